"""Changing variant or quantity of an order's line: pieces move between variants, and yuan with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy.orm import Session

from xiaoer.commerce import claims
from xiaoer.commerce.cases import add_refund, cases_of
from xiaoer.commerce.changes import LineChange
from xiaoer.commerce.errors import InvalidRequest, PaymentNeeded, StateForbids
from xiaoer.commerce.refundable import FEN, LINE_CHANGED
from xiaoer.commerce.stock import move_stock
from xiaoer.commerce.tables import AfterSaleRow, OrderLineRow, OrderRow, ProductRow, VariantRow

REASON = "修改商品，退还差价"
"""The reason of a case that gives back the difference, as customers read it."""


@dataclass(frozen=True)
class _Wanted:
    variant: VariantRow
    quantity: int
    unit_price: Decimal


def change_line(session: Session, order: OrderRow, *, change: LineChange, now: datetime) -> AfterSaleRow | None:
    """Change a line of an order that has not been shipped, and return the case that gives back what is too much.

    Args:
        session: A writing session that has locked the order.
        order: The order.
        change: What is wanted.
        now: The present moment.

    Raises:
        InvalidRequest: If the line is not the order's, the variant not the product's, or nothing is changed.
        StateForbids: If pieces of the line are in an after-sale case, or were in one that was granted.
        OutOfStock: If there are not so many pieces.
        PaymentNeeded: If a paid order would cost more.
    """
    line = next((line for line in order.lines if line.line_id == change.line_id), None)
    if line is None:
        raise InvalidRequest("line_id")
    wanted = _wanted(session, line, change)
    _refuse_claimed(session, order, line)
    amount = _amount(order, line, wanted)
    difference = order.amount - amount
    paid = claims.was_paid(order)
    if paid and difference < 0:
        raise PaymentNeeded(-difference)
    moved = Counter({line.sku_id: line.quantity})
    moved.subtract({wanted.variant.sku_id: wanted.quantity})
    move_stock(session, moved)
    line.sku_id, line.variant = wanted.variant.sku_id, wanted.variant.name
    line.quantity, line.unit_price = wanted.quantity, wanted.unit_price
    order.amount = amount
    if not paid or difference <= 0:
        return None
    lines = {line.line_id: (0, difference, None)}  # no piece that the order still holds is given back
    return add_refund(session, order, lines, difference, reason=REASON, rule=LINE_CHANGED, now=now)


def _wanted(session: Session, line: OrderLineRow, change: LineChange) -> _Wanted:
    quantity = line.quantity if change.quantity is None else change.quantity
    if quantity < 1:
        raise InvalidRequest("quantity")
    sku_id = line.sku_id if change.sku_id is None else change.sku_id
    variants = {each.sku_id: each for each in session.get(ProductRow, line.product_id).variants}
    if sku_id not in variants:
        raise InvalidRequest("sku_id")
    if (sku_id, quantity) == (line.sku_id, line.quantity):
        raise InvalidRequest("line")
    # Between two variants counts what they differ in now: whoever bought at a lower price keeps that advantage.
    price = line.unit_price + variants[sku_id].price - variants[line.sku_id].price
    return _Wanted(variants[sku_id], quantity, max(price, Decimal(0)))


def _refuse_claimed(session: Session, order: OrderRow, line: OrderLineRow) -> None:
    for case in claims.counted(cases_of(session, order)):
        if claims.pieces_of(case, order).get(line.line_id):
            raise StateForbids(case.state)


def _amount(order: OrderRow, line: OrderLineRow, wanted: _Wanted) -> Decimal:
    """Return what the order costs with the line changed; what the whole order has off stays in proportion."""
    before = sum((claims.gross(each) for each in order.lines), Decimal(0))
    after = before - claims.gross(line) + wanted.unit_price * wanted.quantity
    goods = order.amount - order.freight
    changed = (goods * after / before).quantize(FEN, ROUND_HALF_UP) if before else goods + after
    return changed + Decimal(order.freight)
