"""What the cases of an order have taken of it, in the rows of the mall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState
from xiaoer.commerce.refundable import LINE_CHANGED, takes
from xiaoer.commerce.states import LIVE
from xiaoer.commerce.tables import AfterSaleRow, OrderLineRow, OrderRow

ORDER_CANCELLED = "order.cancelled"
"""Rule of a case that gives back what was paid for a cancelled order."""

SETTLED_AT_ONCE = frozenset({LINE_CHANGED, ORDER_CANCELLED})
"""Rules of cases whose pieces went into stock when the case was filed."""

TAKES_PIECES = frozenset({AfterSaleKind.RETURN, AfterSaleKind.REFUND})
"""Kinds of cases after which pieces are no longer the buyer's, or are paid for."""


def was_paid(order: OrderRow) -> bool:
    """Return whether money of the buyer is in an order."""
    state = OrderState(order.state)
    if state is OrderState.PENDING_GROUP:
        return order.paid_at is not None
    return state not in (OrderState.PENDING_PAYMENT, OrderState.CLOSED, OrderState.CANCELLED)


def is_live(case: AfterSaleRow) -> bool:
    """Return whether a case is not over."""
    return AfterSaleState(case.state) in LIVE


def counted(cases: Sequence[AfterSaleRow]) -> list[AfterSaleRow]:
    """Return the cases that take something of what the order now holds: those that live or were granted."""
    return [case for case in cases if takes(case.state, case.rules)]


def pieces_left(order: OrderRow, cases: Sequence[AfterSaleRow], kind: AfterSaleKind) -> dict[int, int]:
    """Return the pieces by line id that are in no live case, and were not given back or refunded.

    A fallen price takes no pieces: what is protected may still be returned; but nobody asks twice at a time for that.

    Args:
        order: The order.
        cases: All its cases.
        kind: What is asked for.
    """
    left = {line.line_id: line.quantity for line in order.lines}
    for case in counted(cases):
        protects = AfterSaleKind(case.kind) is AfterSaleKind.PRICE_PROTECTION
        if protects and kind is not AfterSaleKind.PRICE_PROTECTION:
            continue
        if is_live(case) or AfterSaleKind(case.kind) in TAKES_PIECES:
            for line_id, quantity in pieces_of(case, order).items():
                left[line_id] -= quantity
    return {line_id: max(count, 0) for line_id, count in left.items()}


def pieces_of(case: AfterSaleRow, order: OrderRow) -> dict[int, int]:
    """Return the pieces by line id that a case is about; one without lines is about the whole order."""
    if case.lines:
        return {each.line_id: each.quantity for each in case.lines}
    return {line.line_id: line.quantity for line in order.lines}


def gross(line: OrderLineRow) -> Decimal:
    """Return the price of a line before anything that the whole order has off, in yuan."""
    price: Decimal = line.unit_price * line.quantity
    return price


def taken_in_all(cases: Sequence[AfterSaleRow]) -> Decimal:
    """Return the yuan that live and completed cases take back of what the order holds, freight included."""
    return sum((case.amount for case in counted(cases)), Decimal(0))


def by_variant(order: OrderRow, pieces: Mapping[int, int]) -> dict[str, int]:
    """Return pieces by variant of what is given by line id."""
    counts: Counter[str] = Counter()
    for line in order.lines:
        counts[line.sku_id] += pieces.get(line.line_id, 0)
    return dict(counts)


def is_shipped(order: OrderRow, line: OrderLineRow) -> bool:
    """Return whether a line has left; of orders shipped elsewhere no parcel may be known."""
    return line.shipment_id is not None or OrderState(order.state) in (OrderState.SHIPPED, OrderState.COMPLETED)


def may_stop_shipping(case: AfterSaleRow) -> bool:
    """Return whether a case, once it is granted, leaves its pieces unshipped."""
    return is_live(case) and AfterSaleKind(case.kind) is AfterSaleKind.REFUND


def lines_to_ship(order: OrderRow, cases: Sequence[AfterSaleRow]) -> list[OrderLineRow]:
    """Return the lines that are in no parcel and were not refunded whole."""
    refunded: Counter[int] = Counter()
    for case in counted(cases):
        if not is_live(case) and AfterSaleKind(case.kind) in TAKES_PIECES:
            refunded.update(pieces_of(case, order))
    return [line for line in order.lines if line.shipment_id is None and refunded[line.line_id] < line.quantity]
