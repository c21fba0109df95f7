"""What orders and products are like beyond their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.clock import local_day
from xiaoer.commerce.model import OrderState, ShipmentState
from xiaoer.commerce.tables import (
    AfterSaleRow,
    InvoiceRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    ReminderRow,
    ShipmentRow,
    VariantRow,
)
from xiaoer.evaluation.dialogues.script import Range
from xiaoer.evaluation.dialogues.selectors import NONE

STILL = timedelta(hours=72)
"""How long a parcel that is on its way may not have moved before it is stuck."""

MOVING = frozenset({ShipmentState.PICKED_UP.value, ShipmentState.IN_TRANSIT.value})
OVER = frozenset({OrderState.CANCELLED.value, OrderState.CLOSED.value})
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def order_fits(session: Session, row: OrderRow, traits: Mapping[str, Any], now: datetime) -> bool:
    """Return whether an order has all traits.

    Args:
        session: The session that the row belongs to.
        row: The order.
        traits: Name of a trait → parsed value; ``other_customer`` is about the speaker and is not looked at.
        now: The present moment.
    """
    return all(ORDER_TRAITS[name](session, row, value, now) for name, value in traits.items() if name in ORDER_TRAITS)


def product_fits(row: ProductRow, traits: Mapping[str, Any]) -> bool:
    """Return whether a product has all traits.

    Args:
        row: The product, with its session.
        traits: Name of a trait → whether it must have it.
    """
    having = {
        "in_stock": bool(row.on_sale) and any(pieces(variant) > 0 for variant in row.variants),
        "has_sizes": bool(row.size_chart),
    }
    return all(having[name] is wanted for name, wanted in traits.items())


def pieces(variant: VariantRow) -> int:
    """Return the pieces of a variant in all warehouses."""
    return sum(place.quantity for place in variant.stock)


def telling_parcel(row: OrderRow, now: datetime) -> ShipmentRow | None:
    """Return the parcel of an order that is worth talking about: a stuck one, one that was signed for, or the first."""
    parcels: list[ShipmentRow] = list(row.shipments)
    if _stuck(row, now):
        return next(each for each in parcels if _is_still(each, now))
    if _signed_not_received(row):
        return next(each for each in parcels if each.state == ShipmentState.DELIVERED.value)
    return parcels[0] if parcels else None


def other_variant(session: Session, row: OrderRow) -> VariantRow | None:
    """Return another variant of an order's first product at the same price and in stock, or ``None``."""
    line = row.lines[0] if row.lines else None
    bought = None if line is None else session.get(VariantRow, line.sku_id)
    if bought is None:
        return None
    others = session.scalars(
        select(VariantRow)
        .where(
            VariantRow.product_id == bought.product_id,
            VariantRow.sku_id != bought.sku_id,
            VariantRow.price == bought.price,
        )
        .order_by(VariantRow.position, VariantRow.sku_id)
    )
    return next((each for each in others if each.name and pieces(each) > 0), None)


def _is_still(parcel: ShipmentRow, now: datetime) -> bool:
    moved_at = parcel.events[-1].at if parcel.events else parcel.created_at
    return parcel.state in MOVING and now - moved_at >= STILL


def _on_its_way(row: OrderRow) -> bool:
    return bool(row.shipments) and all(parcel.state in MOVING for parcel in row.shipments)


def _stuck(row: OrderRow, now: datetime) -> bool:
    return any(_is_still(parcel, now) for parcel in row.shipments)


def _signed_not_received(row: OrderRow) -> bool:
    delivered = any(parcel.state == ShipmentState.DELIVERED.value for parcel in row.shipments)
    return row.state == OrderState.SHIPPED.value and delivered


def _has(session: Session, wanted: Any) -> bool:
    return session.scalars(wanted.limit(1)).first() is not None


def _variants(session: Session, row: OrderRow) -> list[tuple[OrderLineRow, VariantRow]]:
    return [(line, session.get(VariantRow, line.sku_id)) for line in row.lines]


def _is_split(session: Session, row: OrderRow, wanted: bool, _now: datetime) -> bool:
    parts = select(OrderRow.order_no).where(OrderRow.parent_order_no == row.order_no)
    return _has(session, parts) is wanted


def _price_dropped(session: Session, row: OrderRow, wanted: bool, _now: datetime) -> bool:
    return any(variant.price < line.unit_price for line, variant in _variants(session, row)) is wanted


def _variant_in_stock(session: Session, row: OrderRow, wanted: bool, _now: datetime) -> bool:
    stocks = [pieces(variant) for _line, variant in _variants(session, row)]
    return (bool(stocks) and min(stocks) > 0) is wanted


def _after_sale(session: Session, row: OrderRow, wanted: str, _now: datetime) -> bool:
    cases = select(AfterSaleRow.after_sale_no).where(AfterSaleRow.order_no == row.order_no)
    if wanted == NONE:
        return not _has(session, cases)
    return _has(session, cases.where(AfterSaleRow.kind == wanted))


def _no_invoice(session: Session, row: OrderRow, _wanted: str, _now: datetime) -> bool:
    return session.get(InvoiceRow, row.order_no) is None


def _no_reminder(session: Session, row: OrderRow, _wanted: str, now: datetime) -> bool:
    today = select(ReminderRow.id).where(ReminderRow.order_no == row.order_no, ReminderRow.day == local_day(now))
    return not _has(session, today)


def _category(session: Session, row: OrderRow, wanted: str, _now: datetime) -> bool:
    products = [session.get(ProductRow, line.product_id) for line in row.lines]
    return bool(products) and all(product.category == wanted for product in products)


def _received(_session: Session, row: OrderRow, wanted: Range, now: datetime) -> bool:
    return row.received_at is not None and wanted.holds((now - row.received_at) / DAY)


def _unshipped(_session: Session, row: OrderRow, wanted: Range, now: datetime) -> bool:
    waiting = row.paid_at is not None and row.shipped_at is None and row.state not in OVER
    return waiting and wanted.holds((now - row.paid_at) / HOUR)


Trait = Callable[[Session, OrderRow, Any, datetime], bool]

ORDER_TRAITS: Mapping[str, Trait] = {
    "parcels": lambda _session, row, wanted, _now: len(row.shipments) == wanted,
    "lines": lambda _session, row, wanted, _now: len(row.lines) == wanted,
    "split": _is_split,
    "on_its_way": lambda _session, row, wanted, _now: _on_its_way(row) is wanted,
    "stuck": lambda _session, row, wanted, now: _stuck(row, now) is wanted,
    "signed_not_received": lambda _session, row, wanted, _now: _signed_not_received(row) is wanted,
    "price_dropped": _price_dropped,
    "variant_in_stock": _variant_in_stock,
    "other_variant_in_stock": lambda session, row, wanted, _now: (other_variant(session, row) is not None) is wanted,
    "after_sale": _after_sale,
    "invoice": _no_invoice,
    "reminder": _no_reminder,
    "category": _category,
    "received_days": _received,
    "unshipped_hours": _unshipped,
}
"""Whether an order has a trait, by its name in the files."""
