"""The merchant's side: what each step does, who may take it, and that none is taken twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import PAID, SHIPPED, UNPAID, build_mall, lines_of, set_stock, snapshot, stock_of
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.back_office import SqlBackOffice
from xiaoer.commerce.back_office_orders import Parcel
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    InvalidRequest,
    KeyReused,
    OrderNotFound,
    OutOfStock,
    ShipmentNotFound,
    StateForbids,
)
from xiaoer.commerce.model import (
    AfterSale,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleState,
    OrderState,
    Shipment,
    ShipmentState,
)
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AuditEntryRow
from xiaoer.database import reading

WAYBILL = "SF2000000000001"
SENT_BACK = ("approve_case", "await_return", "record_return", "receive_goods")


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    return engine


def parcel(*line_ids: int, waybill_no: str = WAYBILL) -> Parcel:
    return Parcel(line_ids, "sf", "顺丰速运", waybill_no)


def ship(engine: Engine, *line_ids: int, waybill_no: str = WAYBILL) -> Shipment:
    wanted = parcel(*line_ids, waybill_no=waybill_no)
    return SqlBackOffice(engine).ship_lines("m1", PAID, wanted, agent="a1", key=waybill_no, now=NOON)


def trace(engine: Engine, state: ShipmentState, waybill_no: str = WAYBILL, key: str = "") -> Shipment:
    return SqlBackOffice(engine).record_trace(
        "m1", waybill_no, state, "已到达", agent="a1", key=key or f"{waybill_no}{state}", now=NOON
    )


def file(engine: Engine, kind: AfterSaleKind, order_no: str, *lines: AfterSaleLine) -> AfterSale:
    application = Application(
        order_no, kind, lines, reason="商品有质量问题", reason_code="quality", evidence=("upload:1",)
    )
    return SqlCommerce(engine).apply_after_sale("m1", "c1", application, key=f"{kind}{lines}", now=NOON)


def walk(engine: Engine, case: AfterSale, *steps: str) -> AfterSale:
    for step in steps:
        later = NOON + timedelta(hours=1)
        method = getattr(SqlBackOffice(engine), step)
        case = method("m1", case.after_sale_no, agent="a1", key=f"{case.after_sale_no}{step}", now=later)
    return case


def state_of(engine: Engine, order_no: str = PAID) -> OrderState:
    return SqlCommerce(engine).get_order("m1", "c1", order_no).state


class TestOrders:
    def test_paying(self, mall: Engine) -> None:
        change_order(mall, UNPAID, closes_at=NOON)
        order = SqlBackOffice(mall).pay_order("m1", UNPAID, agent="a1", key="k", now=NOON)

        assert (order.state, order.paid_at, order.closes_at) == (OrderState.PAID, NOON, None)
        assert SqlCommerce(mall).get_order("m1", "c1", UNPAID) == order

    def test_a_group_waits_until_it_is_full(self, mall: Engine) -> None:
        change_order(mall, UNPAID, group_size=3, group_joined=1)
        office = SqlBackOffice(mall)

        waiting = office.pay_order("m1", UNPAID, agent="a1", key="k", now=NOON)
        full = office.fill_group("m1", UNPAID, agent="a1", key="k2", now=NOON)

        assert (waiting.state, waiting.group_joined) == (OrderState.PENDING_GROUP, 2)
        assert (full.state, full.group_joined) == (OrderState.PAID, 3)

    def test_the_last_of_a_group_fills_it(self, mall: Engine) -> None:
        change_order(mall, UNPAID, group_size=2, group_joined=1)

        order = SqlBackOffice(mall).pay_order("m1", UNPAID, agent="a1", key="k", now=NOON)

        assert (order.state, order.group_joined) == (OrderState.PAID, 2)

    def test_a_group_that_has_not_paid_is_not_filled(self, mall: Engine) -> None:
        change_order(mall, UNPAID, state="pending_group", group_size=2)
        before = snapshot(mall)

        with pytest.raises(StateForbids):
            SqlBackOffice(mall).fill_group("m1", UNPAID, agent="a1", key="k", now=NOON)

        assert snapshot(mall) == before

    def test_shipping_in_two_parcels(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)

        one = ship(mall, first, waybill_no=" sf2000000000001 ")
        assert (one.order_no, one.state, one.waybill_no) == (PAID, ShipmentState.CREATED, WAYBILL)
        assert (one.created_at, one.contents) == (NOON, ("云裳双面羊毛大衣女中长款(黑色 L)×2",))
        assert state_of(mall) is OrderState.PARTIALLY_SHIPPED
        ship(mall, second, waybill_no="SF2000000000002")

        order = SqlCommerce(mall).get_order("m1", "c1", PAID)
        assert (order.state, order.shipped_at) == (OrderState.SHIPPED, NOON)
        assert [line.shipped for line in order.lines] == [True, True]
        assert len(SqlCommerce(mall).list_shipments("m1", "c1", PAID)) == 2

    @pytest.mark.parametrize(
        "wrong", [(), (0,), (10**12,), ("twice",), ("other",)], ids=["none", "zero", "unknown", "twice", "other"]
    )
    def test_lines_that_cannot_be_shipped(self, mall: Engine, wrong: tuple[Any, ...]) -> None:
        first = lines_of(mall, PAID)[0]
        line_ids = {("twice",): (first, first), ("other",): tuple(lines_of(mall, SHIPPED))}.get(wrong, wrong)
        before = snapshot(mall)

        with pytest.raises(InvalidRequest) as caught:
            ship(mall, *line_ids)

        assert caught.value.field == "line_ids"
        assert snapshot(mall) == before

    def test_a_line_is_shipped_once(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)
        ship(mall, first)
        before = snapshot(mall)

        for waybill_no, lines in [("SF2000000000002", [first]), ("SF1000000000001", [second]), ("SF 1", [second])]:
            with pytest.raises(InvalidRequest):
                ship(mall, *lines, waybill_no=waybill_no)

        assert snapshot(mall) == before

    def test_the_last_parcel_that_arrives_tells_when_the_order_was_received(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)
        ship(mall, first)
        ship(mall, second, waybill_no="SF2000000000002")

        arrived = trace(mall, ShipmentState.DELIVERED)
        assert (arrived.state, arrived.delivered_at, arrived.events[-1].text) == (
            ShipmentState.DELIVERED,
            NOON,
            "已到达",
        )
        assert SqlCommerce(mall).get_order("m1", "c1", PAID).received_at is None
        trace(mall, ShipmentState.IN_TRANSIT, "SF2000000000002")
        trace(mall, ShipmentState.DELIVERED, "SF2000000000002")

        assert SqlCommerce(mall).get_order("m1", "c1", PAID).received_at == NOON
        done = SqlBackOffice(mall).complete_order("m1", PAID, agent="a1", key="k", now=NOON + timedelta(days=7))
        assert (done.state, done.received_at) == (OrderState.COMPLETED, NOON)

    def test_a_parcel_that_has_arrived_goes_no_further(self, mall: Engine) -> None:
        before = snapshot(mall)

        with pytest.raises(StateForbids) as caught:
            trace(mall, ShipmentState.IN_TRANSIT, "SF1000000000001")

        assert caught.value.state == "delivered"
        assert snapshot(mall) == before


class TestCases:
    def test_a_return_is_paid_back_once(self, mall: Engine) -> None:
        case = walk(mall, file(mall, AfterSaleKind.RETURN, SHIPPED), *SENT_BACK)
        assert (case.state, stock_of(mall)["P1-0"], stock_of(mall)["P2-0"]) == (AfterSaleState.RECEIVED, 7, 5)

        case = walk(mall, case, "start_refund", "pay_refund")
        after = snapshot(mall)

        assert (case.state, case.amount) == (AfterSaleState.COMPLETED, Decimal("250.50"))
        assert case.updated_at == NOON + timedelta(hours=1)
        assert walk(mall, case, "pay_refund") == case
        with pytest.raises(StateForbids):
            SqlBackOffice(mall).pay_refund("m1", case.after_sale_no, agent="a1", key="again", now=NOON)
        with pytest.raises(StateForbids):
            SqlBackOffice(mall).pay_refund("m1", case.after_sale_no, agent="a2", key="k", now=NOON)
        assert snapshot(mall) == after

    def test_goods_that_were_refunded_before_they_left_are_not_sent(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)
        case = file(mall, AfterSaleKind.REFUND, PAID, AfterSaleLine(second, 1))
        before = snapshot(mall)
        with pytest.raises(StateForbids) as caught:
            ship(mall, first, second)
        assert caught.value.state == "pending_review"
        assert snapshot(mall) == before

        walk(mall, case, "approve_case", "start_refund", "pay_refund")

        assert stock_of(mall)["P2-0"] == 5
        with pytest.raises(InvalidRequest):
            ship(mall, second)
        ship(mall, first)
        assert state_of(mall) is OrderState.SHIPPED

    def test_an_order_that_was_refunded_whole_is_closed(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)
        one = file(mall, AfterSaleKind.REFUND, PAID, AfterSaleLine(first, 2))
        walk(mall, one, "approve_case", "start_refund", "pay_refund")
        assert state_of(mall) is OrderState.PAID
        rest = file(mall, AfterSaleKind.REFUND, PAID, AfterSaleLine(second, 1))

        walk(mall, rest, "approve_case", "start_refund", "pay_refund")

        assert (one.amount, rest.amount) == (Decimal("200.00"), Decimal("60.50"))
        assert state_of(mall) is OrderState.CLOSED
        assert stock_of(mall) == {"P1-0": 7, "P1-1": 2, "P1-2": 9, "P1-3": 9, "P2-0": 5}

    def test_what_is_left_of_an_order_was_shipped_when_the_rest_is_refunded(self, mall: Engine) -> None:
        first, second = lines_of(mall, PAID)
        case = file(mall, AfterSaleKind.REFUND, PAID, AfterSaleLine(second, 1))
        ship(mall, first)
        assert state_of(mall) is OrderState.PARTIALLY_SHIPPED

        walk(mall, case, "approve_case", "start_refund", "pay_refund")

        assert state_of(mall) is OrderState.SHIPPED

    def test_the_refund_of_a_cancelled_order_moves_no_pieces_again(self, mall: Engine) -> None:
        refund = SqlCommerce(mall).cancel_order("m1", "c1", PAID, reason="", key="k", now=NOON).refund
        assert refund is not None
        stock = stock_of(mall)

        assert walk(mall, refund, "pay_refund").state is AfterSaleState.COMPLETED
        assert (stock_of(mall), state_of(mall)) == (stock, OrderState.CANCELLED)

    def test_an_exchange_swaps_pieces(self, mall: Engine) -> None:
        first = lines_of(mall, SHIPPED)[0]
        case = file(mall, AfterSaleKind.EXCHANGE, SHIPPED, AfterSaleLine(first, 2, "P1-1"))

        walk(mall, case, *SENT_BACK)
        assert stock_of(mall)["P1-0"] == 7
        done = walk(mall, case, "complete_case")

        assert (done.state, stock_of(mall)["P1-1"]) == (AfterSaleState.COMPLETED, 0)
        line = SqlCommerce(mall).get_order("m1", "c1", SHIPPED).lines[0]
        assert (line.sku_id, line.variant, line.unit_price) == ("P1-1", "驼色 M", Decimal("100.00"))

    def test_an_exchange_waits_for_pieces(self, mall: Engine) -> None:
        first = lines_of(mall, SHIPPED)[0]
        case = file(mall, AfterSaleKind.EXCHANGE, SHIPPED, AfterSaleLine(first, 2, "P1-1"))
        walk(mall, case, *SENT_BACK)
        set_stock(mall, "P1-1", 1)
        before = snapshot(mall)

        with pytest.raises(OutOfStock):
            walk(mall, case, "complete_case")

        assert snapshot(mall) == before

    def test_a_repair_moves_no_pieces(self, mall: Engine) -> None:
        stock = stock_of(mall)

        line = AfterSaleLine(lines_of(mall, SHIPPED)[1], 1)
        case = walk(mall, file(mall, AfterSaleKind.REPAIR, SHIPPED, line), *SENT_BACK, "complete_case")

        assert (case.state, stock_of(mall)) == (AfterSaleState.COMPLETED, stock)

    def test_what_the_merchant_says_is_kept_until_more_is_said(self, mall: Engine) -> None:
        office, case = SqlBackOffice(mall), file(mall, AfterSaleKind.RETURN, SHIPPED)

        office.approve_case("m1", case.after_sale_no, agent="a1", key="k1", now=NOON, note=" 请寄到杭州仓 ")
        case = office.await_return("m1", case.after_sale_no, agent="a1", key="k2", now=NOON)

        assert case.note == "请寄到杭州仓"

    def test_a_rejected_case_is_over(self, mall: Engine) -> None:
        case = walk(mall, file(mall, AfterSaleKind.RETURN, SHIPPED), "reject_case")
        before = snapshot(mall)

        for step in (*SENT_BACK, "start_refund", "pay_refund", "complete_case"):
            with pytest.raises(StateForbids) as caught:
                walk(mall, case, step)
            assert caught.value.state == "rejected"

        assert snapshot(mall) == before


def steps(engine: Engine, tenant: str, order_no: str, case_no: str) -> list[tuple[Callable[..., Any], type[Exception]]]:
    office = SqlBackOffice(engine)
    common: dict[str, Any] = {"agent": "a1", "key": "k", "now": NOON}
    lines = parcel(lines_of(engine, PAID)[0])
    on_orders = [
        lambda: office.pay_order(tenant, order_no, **common),
        lambda: office.fill_group(tenant, order_no, **common),
        lambda: office.complete_order(tenant, order_no, **common),
        lambda: office.ship_lines(tenant, order_no, lines, **common),
    ]
    names = [*SENT_BACK, "reject_case", "start_refund", "pay_refund", "complete_case"]
    on_cases = [lambda name=name: getattr(office, name)(tenant, case_no, **common) for name in names]
    on_parcels = [
        lambda: office.record_trace(tenant, "SF1000000000001", ShipmentState.RETURNED, "退回", **common),
        lambda: office.record_trace(tenant, "sf1000000000001", ShipmentState.IN_TRANSIT, "已到达", **common),
    ]
    return [
        *((call, OrderNotFound) for call in on_orders),
        *((call, AfterSaleNotFound) for call in on_cases),
        *((call, ShipmentNotFound) for call in on_parcels),
    ]


def test_another_merchant_finds_nothing_to_move(mall: Engine) -> None:
    case = file(mall, AfterSaleKind.RETURN, SHIPPED)
    before = snapshot(mall)

    for call, error in steps(mall, "m2", UNPAID, case.after_sale_no):
        with pytest.raises(error):
            call()

    assert snapshot(mall) == before


def test_a_key_of_another_step_changes_nothing(mall: Engine) -> None:
    case = file(mall, AfterSaleKind.RETURN, SHIPPED)
    SqlBackOffice(mall).pay_order("m1", UNPAID, agent="a1", key="k", now=NOON)
    before = snapshot(mall)

    for call, _ in steps(mall, "m1", PAID, case.after_sale_no):
        with pytest.raises(KeyReused):
            call()

    assert snapshot(mall) == before


def test_the_audit_entry_names_who_did_it(mall: Engine) -> None:
    SqlBackOffice(mall).pay_order(PLATFORM, UNPAID, agent="a1", key="k", now=NOON)

    with reading(mall) as session:
        entry = session.scalars(select(AuditEntryRow)).one()

    assert (entry.actor, entry.tenant, entry.merchant_id, entry.customer_id) == ("agent:a1", PLATFORM, "m1", "c1")
    assert (entry.operation, entry.subject) == ("pay_order", UNPAID)
    assert (entry.before["state"], entry.after["state"]) == ("pending_payment", "paid")
