"""Taking pieces of variants out of the warehouses and giving them back."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.commerce.errors import OutOfStock
from xiaoer.commerce.tables import StockRow

RETURNS = "退货仓"
"""Warehouse of pieces that come back where the variant has none."""


def move_stock(session: Session, pieces: Mapping[str, int]) -> None:
    """Change the stock of variants.

    Args:
        session: A writing session that has locked the order that this is about.
        pieces: Pieces by variant; positive ones come back, negative ones go out.

    Raises:
        OutOfStock: If there are not so many.
    """
    wanted = sorted(sku_id for sku_id, count in pieces.items() if count)
    # Everybody locks in this order, so that nobody waits for somebody who waits for them.
    rows = session.scalars(
        select(StockRow)
        .where(StockRow.sku_id.in_(wanted))
        .order_by(StockRow.sku_id, StockRow.warehouse)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    stock: dict[str, list[StockRow]] = {sku_id: [] for sku_id in wanted}
    for row in rows:
        stock[row.sku_id].append(row)
    for sku_id in wanted:
        if pieces[sku_id] < 0:
            _take(stock[sku_id], sku_id, -pieces[sku_id])
        elif stock[sku_id]:
            stock[sku_id][0].quantity += pieces[sku_id]
        else:
            session.add(StockRow(sku_id=sku_id, warehouse=RETURNS, quantity=pieces[sku_id]))
    session.flush()


def _take(rows: list[StockRow], sku_id: str, count: int) -> None:
    available = sum(row.quantity for row in rows)
    if available < count:
        raise OutOfStock(sku_id, available)
    for row in sorted(rows, key=lambda row: -row.quantity):
        part = min(row.quantity, count)
        row.quantity -= part
        count -= part
