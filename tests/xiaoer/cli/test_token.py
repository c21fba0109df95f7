"""``xiaoer token issue``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.factories import add_agent
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from tests.xiaoer.cli.conftest import Call, on_sqlite, printed
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tables import CustomerRow
from xiaoer.accounts.tokens import verify_token
from xiaoer.database import open_engine, reading, writing
from xiaoer.schema import metadata

ORDER = "202611200000000001"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The database that the command finds in its environment, with all tables."""
    engine = open_engine(database_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def mall(engine: Engine) -> Engine:
    """One shop with a VIP's order, another shop, the platform, and an agent of each."""
    for tenant in ("m1", "m2", "platform"):
        add_shop(engine, tenant, tenant)
        add_agent(engine, f"agent-{tenant}", tenant=tenant)
    add_buyer(engine)
    add_product(engine)
    add_order(engine, ORDER)
    with writing(engine) as session:
        session.get(CustomerRow, "c1").vip_level = 2
    return engine


def stands_for(engine: Engine, token: str, after: timedelta = timedelta(0)) -> Identity:
    with reading(engine) as session:
        return verify_token(session, token.strip(), now=NOON + after)


def test_a_customer_of_a_merchant(call: Call, mall: Engine) -> None:
    result = call("token", "issue", "--customer", "c1", "--merchant", "m1")

    assert result.exit_code == 0
    assert stands_for(mall, result.stdout) == Identity("c1", "m1", Role.CONSUMER, "web", vip_level=2)


def test_everything_that_a_token_may_say(call: Call, mall: Engine) -> None:
    said = printed(
        call(
            *("token", "issue", "--customer", "c1", "--merchant", "m1", "--role", "consumer", "--channel", "app"),
            *("--hours", "0.5", "--product", "P1", "--order", ORDER, "--json"),
        )
    )

    assert {**said, "token": ""} == {
        "token": "",
        "sub": "c1",
        "tenant": "m1",
        "role": "consumer",
        "channel": "app",
        "expires_at": "2026-11-21T04:30:00+00:00",
    }
    assert stands_for(mall, said["token"], timedelta(minutes=29)) == Identity(
        "c1", "m1", Role.CONSUMER, "app", vip_level=2, product_id="P1", order_no=ORDER
    )


def test_a_shops_own_people_need_no_account(call: Call, mall: Engine) -> None:
    result = call("token", "issue", "--customer", "staff-7", "--merchant", "m1", "--role", "merchant")

    assert stands_for(mall, result.stdout) == Identity("staff-7", "m1", Role.MERCHANT)


@pytest.mark.parametrize(("agent", "role"), [("agent-m1", Role.AGENT), ("agent-platform", Role.PLATFORM_AGENT)])
def test_an_agent_has_the_merchant_and_role_on_record(call: Call, mall: Engine, agent: str, role: Role) -> None:
    result = call("token", "issue", "--agent", agent)

    assert stands_for(mall, result.stdout) == Identity(agent, agent.removeprefix("agent-"), role)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--customer", "c9", "--merchant", "m1"], "there is no customer with the id c9"),
        (["--customer", "c1", "--merchant", "m9"], "there is no merchant with the id m9"),
        (["--agent", "c1"], "there is no agent with the id c1"),
        (["--customer", "c1", "--merchant", "m2", "--product", "P1"], "this merchant has no product with the id P1"),
        (
            ["--customer", "c1", "--merchant", "m2", "--order", ORDER],
            f"no order at this merchant with the number {ORDER}",
        ),
        (["--customer", "c1", "--merchant", "m1", "--order", "1"], "no order at this merchant with the number 1"),
    ],
)
@on_sqlite
def test_a_token_for_nobody_is_not_issued(call: Call, mall: Engine, arguments: list[str], said: str) -> None:
    result = call("token", "issue", *arguments)

    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--customer", "c1"],
        ["--merchant", "m1"],
        ["--agent", "agent-m1", "--customer", "c1"],
        ["--agent", "agent-m1", "--role", "merchant"],
        ["--customer", "c1", "--merchant", "m1", "--role", "agent"],
        ["--customer", "c1", "--merchant", "m1", "--role", "anonymous"],
        ["--customer", "c1", "--merchant", "m1", "--hours", "0"],
        ["--customer", "c1", "--merchant", "m1", "--hours", "-1"],
        ["--customer", "c1", "--merchant", "m1", "--channel", "x" * 33],
        ["--customer", " ", "--merchant", "m1", "--role", "merchant"],
        ["--customer", "c" * 65, "--merchant", "m1", "--role", "merchant"],
    ],
)
@on_sqlite
def test_wrong_usage_issues_nothing(call: Call, arguments: list[str]) -> None:
    result = call("token", "issue", *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_program_of_a_merchant(call: Call, mall: Engine) -> None:
    signed = call("token", "issue", "--merchant", "m1", "--role", "system", "--hours", "720")

    identity = stands_for(mall, signed.output, after=timedelta(hours=719))
    assert (identity.subject, identity.tenant, identity.role) == ("system", "m1", Role.SYSTEM)


@on_sqlite
@pytest.mark.parametrize(
    "options",
    [
        ("--role", "system"),
        ("--role", "system", "--merchant", "m9"),
        ("--role", "system", "--merchant", "m1", "--customer", "c1"),
        ("--role", "system", "--merchant", "m1", "--order", ORDER),
    ],
)
def test_a_program_stands_for_one_merchant_and_no_customer(call: Call, mall: Engine, options: tuple[str, ...]) -> None:
    assert call("token", "issue", *options).exit_code in (1, 2)
