"""Cancelling and changing orders: exactly what is written, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import (
    PAID,
    SHIPPED,
    UNPAID,
    build_mall,
    lines_of,
    set_price,
    set_stock,
    snapshot,
    stock_of,
)
from xiaoer.commerce.changes import Application, LineChange, ReceiverChange
from xiaoer.commerce.errors import InvalidRequest, OutOfStock, PaymentNeeded, StateForbids
from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleState, OrderState
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import OrderLineRow
from xiaoer.database import writing


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    return engine


def cancel(engine: Engine, order_no: str = PAID, key: str = "k") -> Any:
    return SqlCommerce(engine).cancel_order("m1", "c1", order_no, reason=" 不想要了 ", key=key, now=NOON)


def change(engine: Engine, line: int = 0, order_no: str = PAID, key: str = "k", **wanted: Any) -> Any:
    line_id = lines_of(engine, order_no)[line]
    return SqlCommerce(engine).change_line("m1", "c1", order_no, LineChange(line_id, **wanted), key=key, now=NOON)


def test_cancelling_a_paid_order_brings_everything_back(mall: Engine) -> None:
    first, second = lines_of(mall, PAID)

    cancelled = cancel(mall)

    assert cancelled.order.state is OrderState.CANCELLED
    assert cancelled.order == SqlCommerce(mall).get_order("m1", "c1", PAID)
    assert cancelled.refund == AfterSale(
        after_sale_no=cancelled.refund.after_sale_no,
        order_no=PAID,
        merchant_id="m1",
        customer_id="c1",
        kind=AfterSaleKind.REFUND,
        state=AfterSaleState.REFUNDING,
        reason="不想要了",
        amount=Decimal("260.50"),
        created_at=NOON,
        updated_at=NOON,
        note="",
        lines=(AfterSaleLine(first, 2), AfterSaleLine(second, 1)),
        rules=("order.cancelled",),
        parts=(Decimal("200.00"), Decimal("50.50")),
    )
    assert cancelled.refund.after_sale_no[:10] == "AS20261121"
    assert SqlCommerce(mall).list_after_sales("m1", "c1", PAID) == [cancelled.refund]
    assert stock_of(mall) == {"P1-0": 7, "P1-1": 2, "P1-2": 9, "P1-3": 9, "P2-0": 5}


def test_cancelling_an_unpaid_order_moves_no_money(mall: Engine) -> None:
    cancelled = cancel(mall, UNPAID)

    assert (cancelled.order.state, cancelled.refund) == (OrderState.CANCELLED, None)
    assert SqlCommerce(mall).list_after_sales("m1", "c1", UNPAID) == []
    assert stock_of(mall)["P1-0"] == 7


@pytest.mark.parametrize(("paid", "amount"), [(True, Decimal("260.50")), (False, None)])
def test_a_group_purchase_brings_back_what_was_paid(mall: Engine, paid: bool, amount: Decimal | None) -> None:
    change_order(mall, PAID, state="pending_group", group_size=3, group_joined=1, paid_at=NOON if paid else None)

    refund = cancel(mall).refund

    assert (None if refund is None else refund.amount) == amount


@pytest.mark.parametrize("state", ["partially_shipped", "shipped", "completed", "closed", "cancelled"])
def test_what_has_left_or_is_over_is_not_changed(mall: Engine, state: str) -> None:
    change_order(mall, PAID, state=state)
    commerce, before = SqlCommerce(mall), snapshot(mall)

    for call in (
        lambda: cancel(mall),
        lambda: change(mall, quantity=1),
        lambda: commerce.change_remark("m1", "c1", PAID, "请周末送", key="k", now=NOON),
        lambda: commerce.change_receiver("m1", "c1", PAID, ReceiverChange(name="李雨"), key="k", now=NOON),
    ):
        with pytest.raises(StateForbids) as caught:
            call()
        assert caught.value.state == state

    assert snapshot(mall) == before


def test_a_cancelled_order_ends_the_cases_that_wait(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    application = Application(PAID, AfterSaleKind.REFUND, (AfterSaleLine(lines_of(mall, PAID)[1], 1),), reason="买错了")
    waiting = commerce.apply_after_sale("m1", "c1", application, key="filed", now=NOON)

    cancelled = cancel(mall)

    cases = {case.after_sale_no: case for case in commerce.list_after_sales("m1", "c1", PAID)}
    assert cases[waiting.after_sale_no].state is AfterSaleState.WITHDRAWN
    assert cancelled.refund.amount == Decimal("260.50")
    assert len(cases) == 2


def test_the_recipient_is_changed_as_far_as_it_is_told(mall: Engine) -> None:
    wanted = ReceiverChange(phone="057187654321", address=" 浙江省杭州市余杭区文一西路969号 ")

    order = SqlCommerce(mall).change_receiver("m1", "c1", PAID, wanted, key="k", now=NOON).order

    assert order.receiver_name == "王小雨"
    assert (order.receiver_phone, order.receiver_address) == ("057187654321", "浙江省杭州市余杭区文一西路969号")
    assert SqlCommerce(mall).get_order("m1", "c1", PAID) == order


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ReceiverChange(), "receiver"),
        (ReceiverChange(name="王小雨", phone="13800001111"), "receiver"),
        (ReceiverChange(name=" "), "name"),
        (ReceiverChange(name="王" * 65), "name"),
        (ReceiverChange(name="王\n小雨"), "name"),
        (ReceiverChange(name="王\u202e小雨"), "name"),
        (ReceiverChange(phone="12345678901"), "phone"),
        (ReceiverChange(phone="1380000111"), "phone"),
        (ReceiverChange(phone="１３８００００１１１２"), "phone"),
        (ReceiverChange(phone="13800001112\n"), "phone"),
        (ReceiverChange(phone="01012345"), "phone"),
        (ReceiverChange(phone="+8613800001112"), "phone"),
        (ReceiverChange(address="杭州"), "address"),
        (ReceiverChange(address="杭" * 201), "address"),
        (ReceiverChange(address="浙江省杭州市\0西湖区"), "address"),
        (ReceiverChange(address="浙江省杭州市\ud800西湖区"), "address"),
    ],
)
def test_a_recipient_that_cannot_be_is_refused(mall: Engine, wanted: ReceiverChange, field: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        SqlCommerce(mall).change_receiver("m1", "c1", PAID, wanted, key="k", now=NOON)

    assert caught.value.field == field
    assert snapshot(mall) == before


@pytest.mark.parametrize("remark", ["", " \n", "好" * 201, "好\x07", "\ud800"])
def test_a_remark_that_cannot_be_is_refused(mall: Engine, remark: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        SqlCommerce(mall).change_remark("m1", "c1", PAID, remark, key="k", now=NOON)

    assert caught.value.field == "remark"
    assert snapshot(mall) == before


def test_an_equally_dear_variant_moves_pieces_and_no_money(mall: Engine) -> None:
    changed = change(mall, sku_id="P1-1")

    line = changed.order.lines[0]
    assert (line.sku_id, line.variant, line.quantity, line.unit_price) == ("P1-1", "驼色 M", 2, Decimal("100.00"))
    assert (changed.order.amount, changed.refund) == (Decimal("260.50"), None)
    assert stock_of(mall) == {"P1-0": 7, "P1-1": 0, "P1-2": 9, "P1-3": 9, "P2-0": 4}


def test_what_was_paid_too_much_goes_back(mall: Engine) -> None:
    changed = change(mall, sku_id="P1-2", quantity=1)

    assert changed.order.amount == Decimal("130.50")
    assert (changed.refund.kind, changed.refund.state) == (AfterSaleKind.REFUND, AfterSaleState.REFUNDING)
    assert (changed.refund.amount, changed.refund.rules) == (Decimal("130.00"), ("order.line_changed",))
    assert changed.refund.lines == (AfterSaleLine(changed.order.lines[0].line_id, 0),)
    assert stock_of(mall) == {"P1-0": 7, "P1-1": 2, "P1-2": 8, "P1-3": 9, "P2-0": 4}


def test_after_a_change_the_whole_rest_can_still_go_back(mall: Engine) -> None:
    change(mall, quantity=1)

    assert cancel(mall, key="k2").refund.amount == Decimal("160.50")
    assert sum(case.amount for case in SqlCommerce(mall).list_after_sales("m1", "c1")) == Decimal("260.50")


def test_an_unpaid_order_costs_what_it_then_holds(mall: Engine) -> None:
    dearer = change(mall, order_no=UNPAID, sku_id="P1-3", quantity=3)

    assert (dearer.order.amount, dearer.refund) == (Decimal("420.50"), None)
    assert stock_of(mall) == {"P1-0": 7, "P1-1": 2, "P1-2": 9, "P1-3": 6, "P2-0": 4}


def test_what_the_order_has_off_stays_in_proportion(mall: Engine) -> None:
    change_order(mall, UNPAID, amount=Decimal("210.40"))  # 200.40 for goods of 250.50

    assert change(mall, order_no=UNPAID, quantity=1).order.amount == Decimal("130.40")


def test_a_price_that_has_risen_since_is_not_charged(mall: Engine) -> None:
    set_price(mall, "P1", "120")  # the variant bought at 100 now costs as much as another one

    changed = change(mall, sku_id="P1-3")

    assert (changed.order.lines[0].unit_price, changed.order.amount) == (Decimal("100.00"), Decimal("260.50"))


@pytest.mark.parametrize(
    ("wanted", "amount"),
    [({"sku_id": "P1-3"}, "40.00"), ({"quantity": 3}, "100.00"), ({"sku_id": "P1-2", "quantity": 3}, "10.00")],
)
def test_a_paid_order_does_not_become_dearer(mall: Engine, wanted: dict[str, Any], amount: str) -> None:
    before = snapshot(mall)

    with pytest.raises(PaymentNeeded) as caught:
        change(mall, **wanted)

    assert caught.value.amount == Decimal(amount)
    assert snapshot(mall) == before


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "line"),
        ({"sku_id": "P1-0", "quantity": 2}, "line"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"sku_id": "P2-0"}, "sku_id"),
        ({"sku_id": "\0"}, "sku_id"),
    ],
)
def test_a_line_that_cannot_be_is_refused(mall: Engine, wanted: dict[str, Any], field: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        change(mall, **wanted)

    assert caught.value.field == field
    assert snapshot(mall) == before


def test_a_line_of_another_order_is_refused(mall: Engine) -> None:
    before = snapshot(mall)

    for line_id in (lines_of(mall, SHIPPED)[0], 0, 10**12):
        with pytest.raises(InvalidRequest) as caught:
            SqlCommerce(mall).change_line("m1", "c1", PAID, LineChange(line_id, quantity=1), key="k", now=NOON)
        assert caught.value.field == "line_id"

    assert snapshot(mall) == before


def test_pieces_that_are_not_there_are_not_given(mall: Engine) -> None:
    set_stock(mall, "P1-1", 1)
    before = snapshot(mall)

    with pytest.raises(OutOfStock) as caught:
        change(mall, sku_id="P1-1")

    assert (caught.value.sku_id, caught.value.available) == ("P1-1", 1)
    assert snapshot(mall) == before


def test_a_line_in_a_case_stays_as_it_is(mall: Engine) -> None:
    application = Application(PAID, AfterSaleKind.REFUND, (AfterSaleLine(lines_of(mall, PAID)[0], 1),), reason="买错了")
    SqlCommerce(mall).apply_after_sale("m1", "c1", application, key="filed", now=NOON)
    before = snapshot(mall)

    with pytest.raises(StateForbids) as caught:
        change(mall, quantity=1)

    assert caught.value.state == "pending_review"
    assert snapshot(mall) == before


def test_goods_without_a_price_cost_what_they_become(mall: Engine) -> None:
    with writing(mall) as session:
        for line_id in lines_of(mall, UNPAID):
            session.get(OrderLineRow, line_id).unit_price = Decimal(0)
    change_order(mall, UNPAID, amount=Decimal(10))

    assert change(mall, order_no=UNPAID, sku_id="P1-3").order.amount == Decimal("50.00")
