"""What placeholders say of picked rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow
from xiaoer.evaluation.dialogues.traits import other_variant, telling_parcel


def plain(amount: Decimal) -> str:
    """Return an amount without noughts at its end: both 59.90 and 59.9 hold 59.9."""
    return f"{amount.normalize():f}"


def describe(session: Session, row: Any, attribute: str, now: datetime) -> str:
    """Return what a placeholder stands for; empty where the row has nothing of the kind.

    Args:
        session: The session that the row belongs to.
        row: An order, after-sale case, product, customer or merchant.
        attribute: What of it; one of ``placeholders.ATTRIBUTES``.
        now: The present moment.
    """
    if isinstance(row, OrderRow) and attribute in OF_ORDER:
        return OF_ORDER[attribute](session, row, now)
    value = getattr(row, attribute)
    if isinstance(row, (OrderRow, AfterSaleRow, ProductRow)) and isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def _carrier_name(_session: Session, row: OrderRow, now: datetime) -> str:
    parcel = telling_parcel(row, now)
    return "" if parcel is None else str(parcel.carrier_name)


def _waybill_no(_session: Session, row: OrderRow, now: datetime) -> str:
    parcel = telling_parcel(row, now)
    return "" if parcel is None else str(parcel.waybill_no)


def _product_name(_session: Session, row: OrderRow, _now: datetime) -> str:
    return str(row.lines[0].product_name) if row.lines else ""


def _variant(_session: Session, row: OrderRow, _now: datetime) -> str:
    return str(row.lines[0].variant) if row.lines else ""


def _other_variant(session: Session, row: OrderRow, _now: datetime) -> str:
    found = other_variant(session, row)
    return "" if found is None else str(found.name)


OF_ORDER: Mapping[str, Callable[[Session, OrderRow, datetime], str]] = {
    "carrier_name": _carrier_name,
    "waybill_no": _waybill_no,
    "product_name": _product_name,
    "variant": _variant,
    "other_variant": _other_variant,
}
"""What is said of an order that is no column of its own."""
