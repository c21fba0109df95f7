"""What holds for every write of the embedded mall: owned, once, in a state that allows it, and audited."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import OTHERS, PAID, SHIPPED, all_writes, build_mall, snapshot
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    InvalidRequest,
    KeyReused,
    NotEligible,
    OrderNotFound,
    StateForbids,
)
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AuditEntryRow
from xiaoer.database import reading

NAMES = ("cancel_order", "change_receiver", "change_line", "change_remark", "request_invoice", "apply_after_sale")


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    return engine


@pytest.mark.parametrize("name", NAMES)
def test_others_find_nothing_to_change(mall: Engine, name: str) -> None:
    write, before = all_writes(mall)[name], snapshot(mall)

    for tenant, customer in [("m1", "c2"), ("m2", "c1"), (PLATFORM, "c2"), ("m9", "c1"), ("m1", "nobody")]:
        with pytest.raises(OrderNotFound):
            write(tenant, customer)

    assert snapshot(mall) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_state_that_forbids_it_changes_nothing(mall: Engine, name: str) -> None:
    write = all_writes(mall)[name]
    change_order(mall, write.order_no, state=write.closed)
    before = snapshot(mall)

    with pytest.raises((StateForbids, NotEligible)) as caught:
        write()

    assert isinstance(caught.value, NotEligible) or caught.value.state == write.closed
    assert snapshot(mall) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_repeated_key_gives_the_first_answer_and_writes_nothing(mall: Engine, name: str) -> None:
    write = all_writes(mall)[name]
    first, after = write(), snapshot(mall)

    assert write() == first
    assert snapshot(mall) == after


@pytest.mark.parametrize("name", NAMES)
def test_a_key_of_another_request_changes_nothing(mall: Engine, name: str) -> None:
    writes = all_writes(mall)
    writes[name]()
    after = snapshot(mall)

    with pytest.raises(KeyReused):
        writes[name](request=writes[name].other)
    with pytest.raises(KeyReused):
        writes[name](PLATFORM)
    for other in set(NAMES) - {name}:
        with pytest.raises(KeyReused):
            writes[other]()

    assert snapshot(mall) == after


@pytest.mark.parametrize("key", ["", "k" * 129, "\0", "\ud800"])
@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_cannot_be_kept_is_refused(mall: Engine, name: str, key: str) -> None:
    write, before = all_writes(mall)[name], snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        write(key=key)

    assert caught.value.field == "key"
    assert snapshot(mall) == before


def test_keys_are_the_customers_own(mall: Engine) -> None:
    commerce = SqlCommerce(mall)

    mine = commerce.change_remark("m1", "c1", PAID, "请周末送", key="k", now=NOON)
    theirs = commerce.change_remark("m1", "c2", OTHERS, "请放门卫", key="k", now=NOON)

    assert (mine.order.remark, theirs.order.remark) == ("请周末送", "请放门卫")


def test_the_platform_may_write_what_the_shop_may(mall: Engine) -> None:
    changed = all_writes(mall)["change_remark"](PLATFORM)

    assert changed.order.remark == "请周末送"


def test_every_change_leaves_an_audit_entry(mall: Engine) -> None:
    SqlCommerce(mall).change_remark("m1", "c1", PAID, "请周末送", key="k1", now=NOON)

    with reading(mall) as session:
        entry = session.scalars(select(AuditEntryRow)).one()

    assert (entry.at, entry.tenant, entry.merchant_id, entry.customer_id) == (NOON, "m1", "m1", "c1")
    assert (entry.actor, entry.operation, entry.subject, entry.key) == ("customer", "change_remark", PAID, "k1")
    assert (entry.before["remark"], entry.after["remark"]) == ("", "请周末送")
    assert {name for name in entry.before if entry.before[name] != entry.after[name]} == {"remark"}
    assert (entry.rules, entry.result) == ([], {"order": entry.after, "refund": None})


def test_the_audit_entry_of_a_case_names_the_case_and_its_rules(mall: Engine) -> None:
    case = all_writes(mall)["apply_after_sale"]()

    with reading(mall) as session:
        entry = session.scalars(select(AuditEntryRow)).one()

    assert (entry.subject, entry.operation, entry.before) == (case.after_sale_no, "apply_after_sale", None)
    assert tuple(entry.rules) == case.rules != ()
    assert entry.after["state"] == "pending_review"


class TestWithdrawing:
    @pytest.fixture
    def case_no(self, mall: Engine) -> str:
        application = Application(SHIPPED, AfterSaleKind.RETURN, reason="不合身")
        case = SqlCommerce(mall).apply_after_sale("m1", "c1", application, key="filed", now=NOON)
        return case.after_sale_no

    def test_others_find_no_case(self, mall: Engine, case_no: str) -> None:
        before = snapshot(mall)
        for tenant, customer, number in [
            ("m1", "c2", case_no),
            ("m2", "c1", case_no),
            (PLATFORM, "c2", case_no),
            ("m1", "c1", "AS00000000000000"),
            ("m1", "c1", "\0"),
            ("m1", "c1", SHIPPED),
        ]:
            with pytest.raises(AfterSaleNotFound):
                SqlCommerce(mall).withdraw_after_sale(tenant, customer, number, key="k", now=NOON)
        assert snapshot(mall) == before

    def test_twice_by_the_same_key_and_not_by_another(self, mall: Engine, case_no: str) -> None:
        commerce = SqlCommerce(mall)
        first = commerce.withdraw_after_sale("m1", "c1", case_no, key="k", now=NOON)
        after = snapshot(mall)

        assert first.state is AfterSaleState.WITHDRAWN
        assert commerce.withdraw_after_sale("m1", "c1", case_no, key="k", now=NOON) == first
        with pytest.raises(StateForbids):
            commerce.withdraw_after_sale("m1", "c1", case_no, key="k2", now=NOON)
        with pytest.raises(KeyReused):
            commerce.withdraw_after_sale("m1", "c1", case_no, key="filed", now=NOON)
        assert snapshot(mall) == after
