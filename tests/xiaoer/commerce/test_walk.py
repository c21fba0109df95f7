"""Orders and cases, walked at random by customer and merchant beside a model of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from tests.goods import NOON
from tests.xiaoer.commerce.writes import (
    COMPANY,
    PAID,
    SHIPPED,
    UNPAID,
    build_mall,
    lines_of,
    set_price,
    snapshot,
    stock_of,
)
from xiaoer.commerce.back_office import SqlBackOffice
from xiaoer.commerce.back_office_orders import Parcel
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange
from xiaoer.commerce.errors import KeyReused, Refused
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine, AfterSaleState, OrderState, ShipmentState
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.states import CASE_STEPS, LIVE, MONEY_GOES_BACK, ORDER_STEPS
from xiaoer.commerce.tables import AfterSaleRow, AuditEntryRow, OrderLineRow, OrderRow
from xiaoer.database import open_engine, reading
from xiaoer.schema import metadata

REASONS = st.sampled_from(["quality", "missing_item", "damaged", "malfunction", "size_mismatch", ""])
ORDERS = st.sampled_from([PAID, UNPAID, SHIPPED])
SKUS = st.sampled_from(["P1-0", "P1-1", "P1-2", "P1-3", "P2-0", None])
STEPS = (
    "approve_case",
    "reject_case",
    "await_return",
    "record_return",
    "receive_goods",
    "start_refund",
    "pay_refund",
    "complete_case",
)
BEFORE_TO_AFTER = {(before.value, after.value) for befores, after in ORDER_STEPS.values() for before in befores}
CASES_BEFORE_TO_AFTER = {
    (kind.value, before.value, step.after.value)
    for steps in CASE_STEPS.values()
    for step in steps
    for kind in step.kinds
    for before in step.before
}


class Mall(RuleBasedStateMachine):
    """One customer, one merchant, three orders, and whatever they may try."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._engine = open_engine(f"sqlite:///{Path(self._folder.name) / 'xiaoer.db'}")
        metadata.create_all(self._engine)
        build_mall(self._engine)
        self._commerce, self._office = SqlCommerce(self._engine), SqlBackOffice(self._engine)
        self._now, self._count = NOON, 0
        self._pieces = self._held() + sum(stock_of(self._engine).values())
        self._paid = dict.fromkeys((PAID, SHIPPED), Decimal("260.50"))
        self._orders, self._cases = self._states()
        self._paid_back: dict[str, Decimal] = {}

    def teardown(self) -> None:
        self._engine.dispose()
        self._folder.cleanup()

    def _try(self, call: Callable[..., Any]) -> Any:
        """Do something twice by one key: refused it changes nothing, done it is done once."""
        self._count += 1
        key, before = f"k{self._count}", snapshot(self._engine)
        try:
            done = call(key=key, now=self._now)
        except KeyReused:
            pytest.fail("every wish has a key of its own")
        except Refused:
            self._unchanged(before)
            return None
        after = snapshot(self._engine)
        assert len(after["audit_entries"]) == len(before["audit_entries"]) + 1
        assert call(key=key, now=self._now + timedelta(days=1)) == done
        assert snapshot(self._engine) == after
        return done

    def _unchanged(self, before: Any) -> None:
        assert snapshot(self._engine) == before

    def _some_case(self, number: int) -> str | None:
        cases = list(self._states()[1])  # as they were filed: their numbers are drawn by chance
        return cases[number % len(cases)] if cases else None

    @rule(order_no=ORDERS)
    def the_customer_cancels(self, order_no: str) -> None:
        self._try(lambda **by: self._commerce.cancel_order("m1", "c1", order_no, reason="不想要了", **by))

    @rule(order_no=ORDERS, line=st.integers(0, 1), sku_id=SKUS, quantity=st.integers(0, 4) | st.none())
    def the_customer_changes_a_line(self, order_no: str, line: int, sku_id: str | None, quantity: int | None) -> None:
        change = LineChange(lines_of(self._engine, order_no)[line], sku_id, quantity)
        self._try(lambda **by: self._commerce.change_line("m1", "c1", order_no, change, **by))

    @rule(order_no=ORDERS)
    def the_customer_wants_an_invoice(self, order_no: str) -> None:
        wanted = InvoiceRequest("company", "杭州小二科技有限公司", COMPANY, "fapiao@example.com")
        self._try(lambda **by: self._commerce.request_invoice("m1", "c1", order_no, wanted, **by))

    @rule(
        order_no=ORDERS,
        kind=st.sampled_from(AfterSaleKind),
        reason=REASONS,
        pieces=st.tuples(st.integers(0, 3), st.integers(0, 2)),
        sku_id=SKUS,
        amount=st.decimals("0.01", "260.50", places=2) | st.none(),
    )
    def the_customer_applies(
        self,
        order_no: str,
        kind: AfterSaleKind,
        reason: str,
        pieces: tuple[int, int],
        sku_id: str | None,
        amount: Decimal | None,
    ) -> None:
        wanted = sku_id if kind is AfterSaleKind.EXCHANGE else None
        lines = tuple(
            AfterSaleLine(line_id, count, wanted)
            for line_id, count in zip(lines_of(self._engine, order_no), pieces, strict=True)
            if count
        )
        application = Application(
            order_no, kind, lines, reason="有问题", reason_code=reason, evidence=("u1",), amount=amount
        )
        self._try(lambda **by: self._commerce.apply_after_sale("m1", "c1", application, **by))

    @rule(order_no=ORDERS, kind=st.sampled_from(AfterSaleKind), reason=REASONS)
    def the_customer_wants_everything(self, order_no: str, kind: AfterSaleKind, reason: str) -> None:
        application = Application(order_no, kind, reason="有问题", reason_code=reason, evidence=("u1",))
        self._try(lambda **by: self._commerce.apply_after_sale("m1", "c1", application, **by))

    @rule(product_id=st.sampled_from(["P1", "P2"]), price=st.integers(1, 60))
    def the_price_falls(self, product_id: str, price: int) -> None:
        set_price(self._engine, product_id, str(price))

    @rule(number=st.integers(0, 9))
    def the_customer_withdraws(self, number: int) -> None:
        case = self._some_case(number)
        if case is not None:
            self._try(lambda **by: self._commerce.withdraw_after_sale("m1", "c1", case, **by))

    @rule(order_no=ORDERS)
    def the_customer_pays(self, order_no: str) -> None:
        paid = self._try(lambda **by: self._office.pay_order("m1", order_no, agent="a1", **by))
        if paid is not None:
            assert order_no not in self._paid
            self._paid[order_no] = paid.amount

    @rule(order_no=ORDERS, chosen=st.sampled_from([(0,), (1,), (0, 1)]))
    def the_merchant_ships(self, order_no: str, chosen: tuple[int, ...]) -> None:
        lines = lines_of(self._engine, order_no)
        parcel = Parcel(tuple(lines[each] for each in chosen), "sf", "顺丰速运", f"SF{self._count:012d}")
        self._try(lambda **by: self._office.ship_lines("m1", order_no, parcel, agent="a1", **by))

    @rule(order_no=ORDERS)
    def the_merchant_completes(self, order_no: str) -> None:
        self._try(lambda **by: self._office.complete_order("m1", order_no, agent="a1", **by))

    @rule(number=st.integers(0, 9), state=st.sampled_from(ShipmentState))
    def the_carrier_reports(self, number: int, state: ShipmentState) -> None:
        parcels = [each for order_no in (PAID, UNPAID, SHIPPED) for each in self._parcels(order_no)]
        waybill_no = parcels[number % len(parcels)].waybill_no
        self._try(lambda **by: self._office.record_trace("m1", waybill_no, state, "已到达", agent="a1", **by))

    @rule(number=st.integers(0, 9), step=st.sampled_from(STEPS))
    def the_merchant_moves_a_case(self, number: int, step: str) -> None:
        case = self._some_case(number)
        if case is not None:
            self._move(case, step)

    @rule(number=st.integers(0, 9), steps=st.sets(st.sampled_from(STEPS), min_size=3))
    def the_merchant_is_busy(self, number: int, steps: set[str]) -> None:
        case = self._some_case(number)
        for step in sorted(steps, key=STEPS.index) if case is not None else []:
            self._move(case, step)

    def _move(self, case: str | None, step: str) -> None:
        moved = self._try(lambda **by: getattr(self._office, step)("m1", case, agent="a1", **by))
        if moved is not None and step == "pay_refund":
            assert moved.after_sale_no not in self._paid_back
            self._paid_back[moved.after_sale_no] = moved.amount
        self.states_only_change_as_the_tables_say()  # a busy merchant takes several steps between two looks

    def _parcels(self, order_no: str) -> list[Any]:
        return self._commerce.list_shipments("m1", "c1", order_no)

    def _states(self) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        with reading(self._engine) as session:
            orders = {row.order_no: row.state for row in session.scalars(select(OrderRow))}
            cases = {row.after_sale_no: (row.kind, row.state) for row in session.scalars(select(AfterSaleRow))}
        return orders, cases

    def _held(self) -> int:
        """Return the pieces that are with buyers, or set aside for them."""
        with reading(self._engine) as session:
            held = 0
            for order in session.scalars(select(OrderRow)):
                if order.state != OrderState.CANCELLED.value:
                    held += sum(line.quantity for line in order.lines)
            cases = list(session.scalars(select(AfterSaleRow)))
            for case in cases:
                held -= self._came_back(case, session.get(OrderRow, case.order_no))
        return held

    def _came_back(self, case: AfterSaleRow, order: OrderRow) -> int:
        pieces = sum(line.quantity for line in case.lines)
        over = case.state == AfterSaleState.COMPLETED.value
        there = over or case.state in (AfterSaleState.RECEIVED.value, AfterSaleState.REFUNDING.value)
        if case.kind == AfterSaleKind.RETURN.value:
            return pieces if there else 0
        if case.kind == AfterSaleKind.EXCHANGE.value:
            return pieces if there and not over else 0
        if case.kind != AfterSaleKind.REFUND.value or "order.line_changed" in case.rules:
            return 0
        if "order.cancelled" in case.rules:
            return 0
        if order.state == OrderState.CANCELLED.value:  # its pieces are in none of the order's: they are set aside
            return 0 if over else -pieces
        never_left = {line.line_id for line in order.lines if line.shipment_id is None}
        return sum(line.quantity for line in case.lines if line.line_id in never_left) if over else 0

    @invariant()
    def states_only_change_as_the_tables_say(self) -> None:
        orders, cases = self._states()
        for order_no, state in orders.items():
            self._orders_step(self._orders[order_no], state)
        for number, (kind, state) in cases.items():
            before = self._cases.get(number, (kind, state))[1]
            assert before == state or (kind, before, state) in CASES_BEFORE_TO_AFTER
        self._orders, self._cases = orders, cases

    def _orders_step(self, before: str, after: str) -> None:
        assert before == after or (before, after) in BEFORE_TO_AFTER

    @invariant()
    def pieces_are_neither_made_nor_lost(self) -> None:
        stock = stock_of(self._engine)
        assert min(stock.values()) >= 0
        assert self._held() + sum(stock.values()) == self._pieces

    @invariant()
    def no_more_comes_back_than_was_bought(self) -> None:
        with reading(self._engine) as session:
            bought = {line.line_id: line.quantity for line in session.scalars(select(OrderLineRow))}
            cases = list(session.scalars(select(AfterSaleRow)))
            live = {state.value for state in LIVE}
            for line_id, quantity in bought.items():
                takes = [
                    line.quantity
                    for case in cases
                    for line in case.lines
                    if line.line_id == line_id
                    and case.kind != "price_protection"
                    and (case.state in live or (case.state == "completed" and case.kind in ("return", "refund")))
                ]
                assert sum(takes) <= quantity
            granted: dict[str, Decimal] = {}
            for case in cases:
                if case.state in live or case.state == "completed":
                    granted[case.order_no] = granted.get(case.order_no, Decimal(0)) + case.amount
                    assert case.amount == 0 or AfterSaleKind(case.kind) in MONEY_GOES_BACK
                    assert sum(line.amount for line in case.lines) <= case.amount
            assert all(amount <= self._paid.get(order_no, 0) for order_no, amount in granted.items())
            completed = {case.after_sale_no: case for case in cases if case.state == "completed"}
            money = {number for number, case in completed.items() if AfterSaleKind(case.kind) in MONEY_GOES_BACK}
            assert money == set(self._paid_back)

    @invariant()
    def keys_are_used_once(self) -> None:
        with reading(self._engine) as session:
            keys = [(row.customer_id, row.actor, row.key) for row in session.scalars(select(AuditEntryRow))]
        assert len(keys) == len(set(keys))


Mall.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestMall = pytest.mark.timeout(600)(Mall.TestCase)
