"""``xiaoer merchant`` and ``xiaoer agent``."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from tests.factories import row_counts
from tests.xiaoer.cli.conftest import Call, on_sqlite, printed
from xiaoer.accounts.directory import get_tenant, signing_key
from xiaoer.commerce.back_offices import BackOffice, list_back_offices
from xiaoer.database import open_engine, reading


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url)


@pytest.fixture
def ready(call: Call) -> Call:
    """A database with one merchant and the platform."""
    call("db", "init")
    call("merchant", "add", "m1", "--name", "云裳服饰", "--category", "clothing", "--level", "3", "--anonymous")
    call("merchant", "add", "platform", "--name", "平台", "--level", "0")
    return call


def test_a_merchant_is_added_with_a_key_of_its_own(ready: Call, engine: Engine) -> None:
    added = printed(ready("merchant", "add", "m2", "--name", " 极星数码 ", "--json"))

    assert added == {
        "id": "m2",
        "name": "极星数码",
        "category": "",
        "level": 1,
        "gmv": "0",
        "anonymous_allowed": False,
    }
    with reading(engine) as session:
        assert get_tenant(session, "m1").anonymous_allowed
        keys = {signing_key(session, tenant) for tenant in ("m1", "m2", "platform")}
    assert len(keys) == 3
    assert min(map(len, keys)) >= 32


def test_merchants_are_listed_without_the_platform(ready: Call) -> None:
    assert ready("merchant", "list").output == (
        "ID  NAME      CATEGORY  LEVEL  ANONYMOUS\n"
        "m1  云裳服饰  clothing  3      yes\n"
    )  # fmt: skip
    assert [each["id"] for each in printed(ready("merchant", "list", "--json"))] == ["m1"]


def test_a_key_is_never_printed(ready: Call, engine: Engine) -> None:
    with reading(engine) as session:
        key = signing_key(session, "m1")
    assert key not in ready("merchant", "list", "--json").output


def test_an_id_is_taken_once(ready: Call, engine: Engine) -> None:
    before = row_counts(engine)

    result = ready("merchant", "add", "m1", "--name", "另一家")

    assert result.exit_code == 1
    assert result.stderr == "Error: there is a merchant already with the id m1\n"
    assert row_counts(engine) == before
    with reading(engine) as session:
        assert get_tenant(session, "m1").name == "云裳服饰"


@pytest.mark.parametrize(
    "arguments",
    [
        ["", "--name", "x"],
        ["a b", "--name", "x"],
        ["../m", "--name", "x"],
        ["m" * 65, "--name", "x"],
        ["店", "--name", "x"],
        ["m2", "--name", "  "],
        ["m2", "--name", "x" * 101],
        ["m2", "--name", "a\u202eb"],
        ["m2", "--name", "x", "--level", "6"],
        ["m2", "--name", "x", "--level", "-1"],
        ["m2", "--name", "x", "--category", "c" * 33],
        ["m2"],
    ],
)
@on_sqlite
def test_a_merchant_that_can_not_be_is_not_added(ready: Call, engine: Engine, arguments: list[str]) -> None:
    before = row_counts(engine)

    assert ready("merchant", "add", *arguments).exit_code == 2
    assert row_counts(engine) == before


def test_agents_are_added_and_listed(ready: Call) -> None:
    first = ready("agent", "add", "a1", "--merchant", "m1", "--name", "小王", "--role", "merchant_admin")
    second = printed(
        ready("agent", "add", "p1", "--merchant", "platform", "--name", "小李", "--role", "platform_agent", "--json")
    )

    assert first.output == "added merchant_admin a1 (小王) of m1\n"
    assert second == {"id": "p1", "tenant": "platform", "name": "小李", "role": "platform_agent"}
    assert ready("agent", "list").output == (
        "ID  MERCHANT  NAME  ROLE\n"
        "a1  m1        小王  merchant_admin\n"
        "p1  platform  小李  platform_agent\n"
    )  # fmt: skip
    assert [each["id"] for each in printed(ready("agent", "list", "--merchant", "m1", "--json"))] == ["a1"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["a1", "--merchant", "m9", "--role", "agent"], 1, "there is no merchant with the id m9"),
        (["a1", "--merchant", "m1", "--role", "platform_admin"], 1, "the people of m1 are agent or merchant_admin"),
        (["a1", "--merchant", "platform", "--role", "agent"], 1, "the people of platform are platform_admin or"),
        (["a0", "--merchant", "m1", "--role", "agent"], 1, "there is an agent already with the id a0"),
        (["a1", "--merchant", "m1", "--role", "consumer"], 2, "'consumer' is not one of"),
        (["a 1", "--merchant", "m1", "--role", "agent"], 2, "letters, digits"),
    ],
)
@on_sqlite
def test_an_agent_that_can_not_be_is_not_added(
    ready: Call, engine: Engine, arguments: list[str], status: int, said: str
) -> None:
    ready("agent", "add", "a0", "--merchant", "m1", "--name", "小赵", "--role", "agent")
    before = row_counts(engine)

    result = ready("agent", "add", *arguments, "--name", "小王")

    assert result.exit_code == status
    assert said in result.stderr
    assert row_counts(engine) == before


def test_the_people_of_nobody_are_not_an_empty_list(ready: Call) -> None:
    result = ready("agent", "list", "--merchant", "m9")

    assert result.exit_code == 1
    assert result.stderr == "Error: there is no merchant with the id m9\n"


class TestBackOffice:
    URL = "https://oms.example.com/commerce/"

    def test_a_merchants_own_system_answers_until_the_mall_does_again(self, ready: Call, engine: Engine) -> None:
        said = ready("merchant", "back-office", "m1", "--url", self.URL, "--token", "secret", "--timeout", "3")

        assert said.output == f"m1 is answered for by {self.URL}\n"
        with reading(engine) as session:
            assert list_back_offices(session) == [
                BackOffice("m1", "https://oms.example.com/commerce", "secret", 3.0),
            ]
        told = printed(ready("merchant", "back-office", "m1", "--sql", "--json"))
        assert told == {"tenant": "m1", "kind": "sql", "base_url": None}
        assert row_counts(engine)["back_offices"] == 0

    def test_the_token_may_come_from_the_environment(
        self, ready: Call, engine: Engine, variables: pytest.MonkeyPatch
    ) -> None:
        variables.setenv("XIAOER_BACK_OFFICE_TOKEN", "secret")

        said = ready("merchant", "back-office", "m1", "--url", self.URL, "--json")

        assert "secret" not in said.output
        with reading(engine) as session:
            assert [each.token for each in list_back_offices(session)] == ["secret"]

    @pytest.mark.parametrize(
        "options",
        [
            ("m1",),
            ("m1", "--url", URL),
            ("m1", "--url", URL, "--token", "x", "--sql"),
            ("m1", "--url", "ftp://oms.example.com", "--token", "x"),
            ("m1", "--url", URL, "--token", "x y"),
            ("m1", "--url", URL, "--token", "x", "--timeout", "0"),
            ("m9", "--url", URL, "--token", "x"),
            ("m9", "--sql"),
            ("platform", "--url", URL, "--token", "x"),
        ],
    )
    def test_what_cannot_be_changes_nothing(self, ready: Call, engine: Engine, options: tuple[str, ...]) -> None:
        before = row_counts(engine)

        assert ready("merchant", "back-office", *options).exit_code in (1, 2)
        assert row_counts(engine) == before
