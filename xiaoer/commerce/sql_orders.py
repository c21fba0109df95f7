"""Changes of orders that have not been shipped, on the tables of the embedded mall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce import claims, rows
from xiaoer.commerce.audit import Call, Done, perform
from xiaoer.commerce.cases import add_refund, cases_of, step_case
from xiaoer.commerce.changes import LineChange, OrderChanged, ReceiverChange
from xiaoer.commerce.errors import InvalidRequest, StateForbids
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState
from xiaoer.commerce.ownership import lock_order
from xiaoer.commerce.refundable import yuan_left
from xiaoer.commerce.sql_lines import change_line
from xiaoer.commerce.states import CASE_STEPS, UNSHIPPED, CaseEvent, OrderEvent, order_after
from xiaoer.commerce.stock import move_stock
from xiaoer.commerce.tables import AfterSaleRow, OrderRow
from xiaoer.commerce.wellformed import REMARK_LENGTH, checked_receiver, checked_text
from xiaoer.commerce.wire import orders as wire
from xiaoer.commerce.wire.values import encoded

REASON_LENGTH = (0, 200)


class SqlOrderChanges:
    """The part of the embedded mall that changes orders (see ``xiaoer.commerce.port.Commerce``)."""

    _engine: Engine

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Cancel an order that has not been shipped; what was paid goes back as a refund case."""
        call = Call(tenant, "cancel_order", order_no, key, {"reason": reason}, now)
        return self._change(call, customer, partial(_cancel, reason=reason, now=now))

    def change_receiver(
        self, tenant: str, customer: str, order_no: str, change: ReceiverChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change recipient, phone or address of an order that has not been shipped."""
        call = Call(tenant, "change_receiver", order_no, key, encoded(change), now)
        return self._change(call, customer, partial(_change_receiver, change=change))

    def change_line(
        self, tenant: str, customer: str, order_no: str, change: LineChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change variant or quantity of a position before shipping; what was paid too much goes back."""
        call = Call(tenant, "change_line", order_no, key, encoded(change), now)
        return self._change(call, customer, partial(change_line, change=change, now=now))

    def change_remark(
        self, tenant: str, customer: str, order_no: str, remark: str, *, key: str, now: datetime
    ) -> OrderChanged:
        """Note a wish on an order that has not been shipped, in place of the remark that is there."""
        call = Call(tenant, "change_remark", order_no, key, {"remark": remark}, now)
        return self._change(call, customer, partial(_change_remark, remark=remark))

    def _change(
        self, call: Call, customer: str, change: Callable[[Session, OrderRow], AfterSaleRow | None]
    ) -> OrderChanged:
        def work(session: Session, order: OrderRow) -> Done[OrderChanged]:
            if OrderState(order.state) not in UNSHIPPED:
                raise StateForbids(order.state)
            before = rows.order(order)
            case = change(session, order)
            session.flush()
            after = rows.order(order)
            refund = None if case is None else rows.after_sale(case)
            rules = () if refund is None else refund.rules
            return Done(OrderChanged(after, refund), before, after, rules=rules)

        lock = partial(lock_order, tenant=call.tenant, order_no=call.subject, customer=customer)
        return perform(self._engine, call, wire.OrderChanged, lock, work)


def _cancel(session: Session, order: OrderRow, *, reason: str, now: datetime) -> AfterSaleRow | None:
    reason = checked_text(reason, "reason", REASON_LENGTH)
    paid = claims.was_paid(order)
    order.state = order_after(order.state, OrderEvent.CANCEL)
    cases = cases_of(session, order)
    for case in cases:
        if _gives_way(case):
            step_case(case, CaseEvent.WITHDRAW, now)
    left = claims.pieces_left(order, cases, AfterSaleKind.REFUND)
    move_stock(session, claims.by_variant(order, left))
    if not paid:
        return None
    amount = order.amount - claims.taken_in_all(cases)
    if amount <= 0:
        return None
    yuan = yuan_left(rows.order(order), [rows.after_sale(each) for each in cases], left)
    lines: dict[int, Any] = {line_id: (count, yuan[line_id], None) for line_id, count in left.items() if count}
    return add_refund(session, order, lines, amount, reason=reason, rule=claims.ORDER_CANCELLED, now=now)


def _gives_way(case: AfterSaleRow) -> bool:
    """Return whether a case ends with its order: nothing of it is on the way yet."""
    return AfterSaleState(case.state) in CASE_STEPS[CaseEvent.WITHDRAW][0].before


def _change_receiver(_session: Session, order: OrderRow, *, change: ReceiverChange) -> None:
    wanted = checked_receiver(change)
    if all(getattr(order, name) == value for name, value in wanted.items()):
        raise InvalidRequest("receiver")
    for name, value in wanted.items():
        setattr(order, name, value)


def _change_remark(_session: Session, order: OrderRow, *, remark: str) -> None:
    order.remark = checked_text(remark, "remark", REMARK_LENGTH)
