"""The directory: tenants, customers under the names of their channels, and the people who serve them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from tests.factories import add_agent, row_counts
from tests.goods import NOON, add_buyer, add_shop
from xiaoer.accounts.directory import (
    add_agent as add_person,
)
from xiaoer.accounts.directory import (
    add_tenant,
    agent_role,
    customer_by_identity,
    get_agent,
    get_customer,
    get_tenant,
    list_agents,
    list_merchants,
    signing_key,
)
from xiaoer.accounts.errors import (
    AgentExists,
    AgentNotFound,
    CustomerNotFound,
    RoleNotAllowed,
    TenantExists,
    TenantNotFound,
)
from xiaoer.accounts.model import PLATFORM, Agent, Customer, Role, Tenant
from xiaoer.accounts.tables import CustomerIdentityRow
from xiaoer.database import reading, writing


@pytest.fixture
def mall(engine: Engine) -> Engine:
    """Two shops and the platform, a customer known to two channels, and people."""
    for tenant in ("m2", "m1", PLATFORM):
        add_shop(engine, tenant, f"店{tenant}", anonymous_allowed=tenant == "m1")
        add_agent(engine, f"a-{tenant}", tenant=tenant)
    for customer in ("c1", "c2"):
        add_buyer(engine, customer, f"客户{customer}")
    with writing(engine) as session:
        for channel, external_id, customer in [("wechat", "wx-1", "c1"), ("app", "77", "c1"), ("wechat", "77", "c2")]:
            session.add(CustomerIdentityRow(customer_id=customer, channel=channel, external_id=external_id))
    return engine


def test_a_tenant_is_kept_as_it_was_added(engine: Engine) -> None:
    with writing(engine) as session:
        added = add_tenant(
            session,
            "m1",
            name="云裳服饰",
            now=NOON,
            category="clothing",
            level=3,
            gmv=Decimal("1234567.89"),
            anonymous_allowed=True,
        )
    with reading(engine) as session:
        assert get_tenant(session, "m1") == added
        assert added == Tenant("m1", "云裳服饰", "clothing", 3, Decimal("1234567.89"), True)
        assert len(bytes.fromhex(signing_key(session, "m1"))) == 32


def test_each_tenant_gets_a_key_of_its_own(engine: Engine) -> None:
    with writing(engine) as session:
        for tenant in ("m1", "m2"):
            add_tenant(session, tenant, name=tenant, now=NOON)
        assert signing_key(session, "m1") != signing_key(session, "m2")


def test_a_tenant_is_added_once(mall: Engine) -> None:
    before = row_counts(mall)
    with pytest.raises(TenantExists, match="m1"), writing(mall) as session:
        add_tenant(session, "m1", name="另一家", now=NOON)

    assert row_counts(mall) == before
    with reading(mall) as session:
        assert get_tenant(session, "m1").name == "店m1"


def test_an_unknown_tenant_is_not_found(mall: Engine) -> None:
    with reading(mall) as session:
        for tenant in ("m9", "", "M1", "m1 "):
            for look in (get_tenant, signing_key):
                with pytest.raises(TenantNotFound):
                    look(session, tenant)


def test_merchants_are_listed_by_id_without_the_platform(mall: Engine) -> None:
    with reading(mall) as session:
        assert [each.id for each in list_merchants(session)] == ["m1", "m2"]


def test_a_customer_is_found_by_id_and_by_each_channels_name(mall: Engine) -> None:
    with reading(mall) as session:
        first = get_customer(session, "c1")
        assert first == Customer("c1", "客户c1", "13800001111", 0)
        assert not first.vip
        assert customer_by_identity(session, "wechat", "wx-1") == first
        assert customer_by_identity(session, "app", "77") == first
        assert customer_by_identity(session, "wechat", "77").id == "c2"


def test_a_name_counts_in_its_own_channel_only(mall: Engine) -> None:
    with reading(mall) as session:
        for channel, external_id in [("app", "wx-1"), ("web", "77"), ("wechat", ""), ("", "77")]:
            with pytest.raises(CustomerNotFound):
                customer_by_identity(session, channel, external_id)


def test_an_unknown_customer_is_not_found(mall: Engine) -> None:
    with reading(mall) as session, pytest.raises(CustomerNotFound):
        get_customer(session, "c9")


def test_a_channels_name_stands_for_one_customer(mall: Engine) -> None:
    before = row_counts(mall)
    with pytest.raises(IntegrityError), writing(mall) as session:
        session.add(CustomerIdentityRow(customer_id="c2", channel="app", external_id="77"))

    assert row_counts(mall) == before


def test_an_agent_is_found_at_the_own_tenant_only(mall: Engine) -> None:
    with reading(mall) as session:
        assert agent_role(session, "m1", "a-m1") is Role.AGENT
        assert agent_role(session, PLATFORM, "a-platform") is Role.PLATFORM_AGENT
        assert get_agent(session, "a-m2") == Agent("a-m2", "m2", "小王", Role.AGENT)
        for tenant, agent in [("m1", "a-m2"), (PLATFORM, "a-m1"), ("m1", "a-platform"), ("m1", "nobody")]:
            with pytest.raises(AgentNotFound):
                agent_role(session, tenant, agent)
        with pytest.raises(AgentNotFound):
            get_agent(session, "nobody")


def test_agents_are_listed_by_tenant_and_id(mall: Engine) -> None:
    add_agent(mall, "a-0", tenant="m2")
    with reading(mall) as session:
        assert [each.id for each in list_agents(session)] == ["a-m1", "a-0", "a-m2", "a-platform"]
        assert [each.id for each in list_agents(session, "m2")] == ["a-0", "a-m2"]
        assert list_agents(session, "m9") == []


def test_people_have_a_role_of_their_tenant(mall: Engine) -> None:
    roles = {"m1": (Role.AGENT, Role.MERCHANT_ADMIN), PLATFORM: (Role.PLATFORM_AGENT, Role.PLATFORM_ADMIN)}
    for tenant, role in [(tenant, role) for tenant, each in roles.items() for role in each]:
        with writing(mall) as session:
            added = add_person(session, role.value, tenant=tenant, name="小李", role=role, now=NOON)
        with reading(mall) as session:
            assert get_agent(session, role.value) == added == Agent(role.value, tenant, "小李", role)


@pytest.mark.parametrize(
    ("agent", "tenant", "role", "error"),
    [
        *[("new", "m1", role, RoleNotAllowed) for role in Role if role not in (Role.AGENT, Role.MERCHANT_ADMIN)],
        ("new", PLATFORM, Role.AGENT, RoleNotAllowed),
        ("new", PLATFORM, Role.MERCHANT_ADMIN, RoleNotAllowed),
        ("new", "m9", Role.AGENT, TenantNotFound),
        ("a-m1", "m1", Role.AGENT, AgentExists),
        ("a-m2", "m1", Role.AGENT, AgentExists),
    ],
)
def test_who_can_not_be_added_is_not(
    sqlite_engine: Engine, agent: str, tenant: str, role: Role, error: type[Exception]
) -> None:
    for each in ("m1", "m2", PLATFORM):
        add_shop(sqlite_engine, each)
        add_agent(sqlite_engine, f"a-{each}", tenant=each)
    before = row_counts(sqlite_engine)

    with pytest.raises(error), writing(sqlite_engine) as session:
        add_person(session, agent, tenant=tenant, name="小李", role=role, now=NOON)

    assert row_counts(sqlite_engine) == before
    with reading(sqlite_engine) as session:
        assert get_agent(session, "a-m2").tenant == "m2"


def test_who_serves_and_who_visits() -> None:
    visitors = {Role.CONSUMER, Role.MERCHANT, Role.ANONYMOUS}
    assert {role for role in Role if not role.serves} == visitors | {Role.SYSTEM}
