"""What the merchant's people do with after-sale cases, on the tables of the embedded mall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce import claims, rows
from xiaoer.commerce.audit import Call, Done, perform
from xiaoer.commerce.cases import cases_of, step_case
from xiaoer.commerce.model import AfterSale, AfterSaleKind, OrderState
from xiaoer.commerce.ownership import lock_case
from xiaoer.commerce.states import CaseEvent, OrderEvent, order_after
from xiaoer.commerce.stock import move_stock
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, VariantRow
from xiaoer.commerce.wellformed import checked_text
from xiaoer.commerce.wire import orders as wire

NOTE_LENGTH = (0, 300)

Effect = Callable[[Session, OrderRow, AfterSaleRow], None]
"""What a step does beside leading the case on."""


class BackOfficeCases:
    """Deciding on after-sale cases and carrying them out, see ``BackOfficeOrders`` for tenants, agents and keys.

    Every step takes a ``note`` that customers read; an empty one leaves what is there. Each raises
    ``AfterSaleNotFound`` if the tenant has no such case, ``StateForbids`` if it can't happen in the state that the case
    is in, and ``KeyReused`` if the key belongs to another request.
    """

    _engine: Engine

    def approve_case(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Grant what is asked for."""
        return self._step(_call(tenant, after_sale_no, CaseEvent.APPROVE, note, agent=agent, key=key, now=now))

    def reject_case(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Refuse what is asked for; the pieces may be in another case again."""
        return self._step(_call(tenant, after_sale_no, CaseEvent.REJECT, note, agent=agent, key=key, now=now))

    def await_return(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Ask the customer to send the goods, or send the carrier to fetch them."""
        return self._step(_call(tenant, after_sale_no, CaseEvent.AWAIT_RETURN, note, agent=agent, key=key, now=now))

    def record_return(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Note that the goods are on their way back."""
        return self._step(_call(tenant, after_sale_no, CaseEvent.SEND_BACK, note, agent=agent, key=key, now=now))

    def receive_goods(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Note that the goods have come back; those that are not repaired go into stock."""
        return self._step(
            _call(tenant, after_sale_no, CaseEvent.RECEIVE, note, agent=agent, key=key, now=now), _take_back
        )

    def start_refund(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Give order to pay the money back."""
        return self._step(_call(tenant, after_sale_no, CaseEvent.START_REFUND, note, agent=agent, key=key, now=now))

    def pay_refund(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Pay the money back, once; pieces that were not shipped go into stock."""
        return self._step(
            _call(tenant, after_sale_no, CaseEvent.PAY_REFUND, note, agent=agent, key=key, now=now), _settle
        )

    def complete_case(
        self, tenant: str, after_sale_no: str, *, agent: str, key: str, now: datetime, note: str = ""
    ) -> AfterSale:
        """Send the repaired goods, or those in exchange, to the customer.

        Raises:
            OutOfStock: If the wanted variant is not there any more.
        """
        return self._step(
            _call(tenant, after_sale_no, CaseEvent.COMPLETE, note, agent=agent, key=key, now=now), _send_exchange
        )

    def _step(self, call: Call, effect: Effect | None = None) -> AfterSale:
        def work(session: Session, order: OrderRow) -> Done[AfterSale]:
            row = session.get(AfterSaleRow, call.subject)
            before = rows.after_sale(row)
            step_case(row, CaseEvent(call.request["event"]), call.now)
            row.note = checked_text(call.request["note"], "note", NOTE_LENGTH) or row.note
            if effect is not None:
                effect(session, order, row)
            session.flush()
            after = rows.after_sale(row)
            return Done(after, before, after, rules=after.rules)

        return perform(
            self._engine,
            call,
            wire.AfterSale,
            lambda session: lock_case(session, call.tenant, call.subject)[0],
            work,
        )


def _call(tenant: str, after_sale_no: str, event: CaseEvent, note: str, *, agent: str, key: str, now: datetime) -> Call:
    request = {"event": event.value, "note": note}
    return Call(tenant, f"{event.value}_case", after_sale_no, key, request, now, f"agent:{agent}")


def _take_back(session: Session, order: OrderRow, case: AfterSaleRow) -> None:
    if AfterSaleKind(case.kind) is not AfterSaleKind.REPAIR:
        move_stock(session, claims.by_variant(order, claims.pieces_of(case, order)))


def _settle(session: Session, order: OrderRow, case: AfterSaleRow) -> None:
    if AfterSaleKind(case.kind) is not AfterSaleKind.REFUND or set(case.rules) & claims.SETTLED_AT_ONCE:
        return
    unshipped = {line.line_id for line in order.lines if not claims.is_shipped(order, line)}
    pieces = {line_id: count for line_id, count in claims.pieces_of(case, order).items() if line_id in unshipped}
    move_stock(session, claims.by_variant(order, pieces))
    if claims.lines_to_ship(order, cases_of(session, order)):
        return
    # Nothing is left to ship: the order is over, or what was shipped already is all of it.
    if OrderState(order.state) is OrderState.PAID:
        order.state = order_after(order.state, OrderEvent.REFUND_ALL)
    elif OrderState(order.state) is OrderState.PARTIALLY_SHIPPED:
        order.state = order_after(order.state, OrderEvent.SHIP_REST)


def _send_exchange(session: Session, order: OrderRow, case: AfterSaleRow) -> None:
    if AfterSaleKind(case.kind) is not AfterSaleKind.EXCHANGE:
        return
    lines = {line.line_id: line for line in order.lines}
    wanted = {each.line_id: each.sku_id for each in case.lines}
    pieces: Counter[str] = Counter()
    for line_id, count in claims.pieces_of(case, order).items():
        line = lines[line_id]
        sku_id = wanted.get(line_id) or line.sku_id
        pieces[sku_id] -= count
        if count == line.quantity:  # a line has one variant: where only some pieces are exchanged it keeps its own
            line.sku_id, line.variant = sku_id, session.get(VariantRow, sku_id).name
    move_stock(session, pieces)
