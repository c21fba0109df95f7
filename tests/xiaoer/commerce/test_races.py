"""Many at once on the same orders: whoever comes second waits, and finds what the first has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON, add_order
from tests.xiaoer.commerce.writes import PAID, SHIPPED, build_mall, lines_of, set_stock, stock_of
from xiaoer.commerce.back_office import SqlBackOffice
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange
from xiaoer.commerce.errors import Refused
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine, OrderState
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AfterSaleRow, AuditEntryRow
from xiaoer.database import open_engine, reading

THREADS = 16
MORE = [f"20261120000000010{number}" for number in range(4)]


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    for order_no in MORE:
        add_order(engine, order_no, product_ids=("P1", "P2"))
        change_order(engine, order_no, amount=Decimal("150.50"), paid_at=NOON)
    set_stock(engine, "P1-1", 3)
    return engine


def at_once(engine: Engine, calls: Sequence[Callable[[SqlCommerce], Any]]) -> list[Any]:
    """Call everything at the same moment, each as a process of its own would, and return results and refusals."""
    start, url = Barrier(len(calls)), engine.url
    engines = [open_engine(url.render_as_string(hide_password=False)) for _ in calls]

    def call(number: int) -> Any:
        start.wait()
        try:
            return calls[number](SqlCommerce(engines[number]))
        except Refused as error:
            return error

    try:
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(call, range(len(calls))))
    finally:
        for each in engines:
            each.dispose()


def done(results: Sequence[Any]) -> list[Any]:
    return [each for each in results if not isinstance(each, Refused)]


def rows_of(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.scalars(select(table)))


def test_an_order_is_cancelled_once(mall: Engine) -> None:
    results = at_once(
        mall,
        [
            lambda commerce, number=number: commerce.cancel_order(
                "m1", "c1", MORE[number % 4], reason="", key=f"k{number}", now=NOON
            )
            for number in range(THREADS)
        ],
    )

    assert len(done(results)) == 4
    assert sorted(case.order_no for case in rows_of(mall, AfterSaleRow)) == MORE
    assert len(rows_of(mall, AuditEntryRow)) == 4
    assert (stock_of(mall)["P1-0"], stock_of(mall)["P2-0"]) == (9, 8)


def test_a_wish_sent_many_times_is_done_once_and_answered_every_time(mall: Engine) -> None:
    application = Application(SHIPPED, AfterSaleKind.RETURN, reason="质量问题", reason_code="quality", evidence=("u",))

    results = at_once(
        mall,
        [
            lambda commerce: commerce.apply_after_sale("m1", "c1", application, key="k", now=NOON)
            for _ in range(THREADS)
        ],
    )

    assert len({case.after_sale_no for case in results}) == 1
    assert len(rows_of(mall, AfterSaleRow)) == len(rows_of(mall, AuditEntryRow)) == 1


def test_a_key_used_for_many_orders_is_used_for_one(mall: Engine) -> None:
    results = at_once(
        mall,
        [
            lambda commerce, number=number: commerce.change_remark(
                "m1", "c1", MORE[number % 4], "请周末送", key="k", now=NOON
            )
            for number in range(THREADS)
        ],
    )

    assert len({changed.order.order_no for changed in done(results)}) == 1
    remarks = Counter(SqlCommerce(mall).get_order("m1", "c1", order_no).remark for order_no in MORE)
    assert remarks == {"请周末送": 1, "": 3}
    assert len(rows_of(mall, AuditEntryRow)) == 1


def test_a_piece_goes_back_once(mall: Engine) -> None:
    line_id = lines_of(mall, SHIPPED)[0]  # of two pieces

    def apply(commerce: SqlCommerce, number: int) -> Any:
        lines = (AfterSaleLine(line_id, 1),)
        application = Application(
            SHIPPED, AfterSaleKind.RETURN, lines, reason="质量问题", reason_code="quality", evidence=("u",)
        )
        return commerce.apply_after_sale("m1", "c1", application, key=f"k{number}", now=NOON)

    results = at_once(mall, [lambda commerce, number=number: apply(commerce, number) for number in range(THREADS)])

    assert [case.amount for case in done(results)] == [Decimal("100.00")] * 2
    assert len(rows_of(mall, AfterSaleRow)) == 2


def test_the_last_pieces_are_given_to_so_many_as_there_are(mall: Engine) -> None:
    def change(commerce: SqlCommerce, number: int) -> Any:
        order_no = MORE[number % 4]
        wanted = LineChange(lines_of(mall, order_no)[0], sku_id="P1-1")
        return commerce.change_line("m1", "c1", order_no, wanted, key=f"k{number}", now=NOON)

    results = at_once(mall, [lambda commerce, number=number: change(commerce, number) for number in range(THREADS)])

    assert len(done(results)) == 3
    assert (stock_of(mall)["P1-1"], stock_of(mall)["P1-0"]) == (0, 8)


def test_a_refund_is_paid_once(mall: Engine) -> None:
    refund = SqlCommerce(mall).cancel_order("m1", "c1", PAID, reason="", key="k", now=NOON).refund
    assert refund is not None

    results = at_once(
        mall,
        [
            lambda commerce, number=number: SqlBackOffice(commerce._engine).pay_refund(
                "m1", refund.after_sale_no, agent=f"a{number % 2}", key=f"k{number}", now=NOON
            )
            for number in range(THREADS)
        ],
    )

    assert len(done(results)) == 1
    assert len(rows_of(mall, AuditEntryRow)) == 2


def test_an_order_has_one_invoice(mall: Engine) -> None:
    def ask(commerce: SqlCommerce, number: int) -> Any:
        wanted = InvoiceRequest("personal", f"王小雨{number}", "", "xiaoyu@example.com")
        return commerce.request_invoice("m1", "c1", PAID, wanted, key=f"k{number}", now=NOON)

    results = at_once(mall, [lambda commerce, number=number: ask(commerce, number) for number in range(THREADS)])

    assert len(done(results)) == THREADS
    assert SqlCommerce(mall).get_invoice("m1", "c1", PAID) in results
    before = [entry.before["title"] for entry in rows_of(mall, AuditEntryRow) if entry.before is not None]
    after = [entry.after["title"] for entry in rows_of(mall, AuditEntryRow)]
    assert len(set(before)) == THREADS - 1
    assert set(before) < set(after)


def test_whatever_is_done_at_once_leaves_orders_whole(mall: Engine) -> None:
    lines = {order_no: lines_of(mall, order_no) for order_no in MORE}
    pieces = sum(stock_of(mall).values())

    def act(commerce: SqlCommerce, number: int) -> Any:
        order_no, key = MORE[number % 4], f"k{number}"
        if number < 4:
            return commerce.cancel_order("m1", "c1", order_no, reason="", key=key, now=NOON)
        if number < 8:
            wanted = LineChange(lines[order_no][0], sku_id="P1-2")
            return commerce.change_line("m1", "c1", order_no, wanted, key=key, now=NOON)
        part = (AfterSaleLine(lines[order_no][1], 1),)
        application = Application(order_no, AfterSaleKind.REFUND, part, reason="买错了")
        return commerce.apply_after_sale("m1", "c1", application, key=key, now=NOON)

    results = at_once(mall, [lambda commerce, number=number: act(commerce, number) for number in range(THREADS)])

    commerce = SqlCommerce(mall)
    assert all(commerce.get_order("m1", "c1", order_no).state is OrderState.CANCELLED for order_no in MORE)
    assert sum(stock_of(mall).values()) == pieces + 8
    for order_no in MORE:
        cases = [case for case in commerce.list_after_sales("m1", "c1", order_no) if case.state.value == "refunding"]
        assert sum(case.amount for case in cases) == Decimal("150.50")
    assert len(rows_of(mall, AuditEntryRow)) == len(done(results))
