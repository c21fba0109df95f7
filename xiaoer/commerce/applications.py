"""Reading an application for an after-sale case: whether it makes sense, and which pieces it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from xiaoer.commerce import claims
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import ExceedsBought, InvalidRequest, OutOfStock, PaymentNeeded
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine
from xiaoer.commerce.states import GOODS_COME_BACK
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow, VariantRow
from xiaoer.commerce.wellformed import checked_text

WORDS = (0, 200)
CODE = (0, 40)
PIECE_OF_EVIDENCE = (1, 500)
MOST_YUAN = 10**9
MOST_EVIDENCE = 9
"""Pictures and videos that a case may have."""


def checked_application(application: Application) -> None:
    """Check what can be checked without the order.

    Raises:
        InvalidRequest: If a text has a wrong length or hidden characters, or the amount is no amount.
    """
    checked_text(application.reason, "reason", WORDS)
    checked_text(application.note, "note", WORDS)
    checked_text(application.reason_code, "reason_code", CODE)
    if len(application.evidence) > MOST_EVIDENCE:
        raise InvalidRequest("evidence")
    for each in application.evidence:
        checked_text(each, "evidence", PIECE_OF_EVIDENCE)
    amount = application.amount
    if amount is not None and not (amount.is_finite() and 0 < amount <= MOST_YUAN and amount == round(amount, 2)):
        raise InvalidRequest("amount")


def wanted_lines(order: OrderRow, cases: Sequence[AfterSaleRow], application: Application) -> dict[int, AfterSaleLine]:
    """Return the pieces that an application is about, by line id.

    Args:
        order: The order, locked.
        cases: All its cases.
        application: What is applied for.

    Raises:
        ExceedsBought: If more pieces are meant than were bought and are in no other case.
        InvalidRequest: If a line is not the order's, is named twice, or has no piece; or a variant is wanted of a
            kind of case that exchanges nothing.
    """
    left = claims.pieces_left(order, cases, application.kind)
    shipped = {line.line_id for line in order.lines if claims.is_shipped(order, line)}
    if shipped and application.kind in GOODS_COME_BACK:  # what has not left can't come back
        left = {line_id: count for line_id, count in left.items() if line_id in shipped}
    lines = application.lines or tuple(AfterSaleLine(line_id, count) for line_id, count in left.items() if count)
    if not lines:
        raise ExceedsBought(left)
    wanted = {line.line_id: line for line in lines}
    if len(wanted) < len(lines) or not wanted.keys() <= {line.line_id for line in order.lines}:
        raise InvalidRequest("line_id")
    for line in lines:
        if line.quantity < 1:
            raise InvalidRequest("quantity")
        if line.sku_id is not None and application.kind is not AfterSaleKind.EXCHANGE:
            raise InvalidRequest("sku_id")
        if line.quantity > left.get(line.line_id, 0):
            raise ExceedsBought(left)
    return wanted


def check_exchange(session: Session, order: OrderRow, wanted: dict[int, AfterSaleLine]) -> None:
    """Check that the variants wanted in exchange can be had; without a wish it is the same variant again.

    Raises:
        InvalidRequest: If a variant is not of the same product.
        PaymentNeeded: If it costs more.
        OutOfStock: If there are not so many pieces.
    """
    pieces: Counter[str] = Counter()
    chosen: dict[str, VariantRow] = {}
    extra = Decimal(0)
    for line in order.lines:
        if line.line_id not in wanted:
            continue
        variants = {each.sku_id: each for each in session.get(ProductRow, line.product_id).variants}
        sku_id = wanted[line.line_id].sku_id or line.sku_id
        if sku_id not in variants:
            raise InvalidRequest("sku_id")
        chosen[sku_id] = variants[sku_id]
        pieces[sku_id] += wanted[line.line_id].quantity
        extra += max(variants[sku_id].price - variants[line.sku_id].price, Decimal(0)) * wanted[line.line_id].quantity
    if extra > 0:
        raise PaymentNeeded(extra)
    for sku_id, count in pieces.items():
        available = sum(each.quantity for each in chosen[sku_id].stock)
        if available < count:
            raise OutOfStock(sku_id, available)
