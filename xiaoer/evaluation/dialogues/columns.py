"""Selecting rows by their columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Integer, String, false, or_
from sqlalchemy.sql import Select

from xiaoer.accounts.tables import CustomerRow, TenantRow
from xiaoer.clock import SHANGHAI
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow
from xiaoer.database import Money, UtcDateTime
from xiaoer.evaluation.dialogues.errors import CannotPick

TABLES: Mapping[str, Any] = {
    "order": OrderRow,
    "after_sale": AfterSaleRow,
    "product": ProductRow,
    "customer": CustomerRow,
    "merchant": TenantRow,
}
"""Where the rows of each kind are."""


def column_names(table: Any) -> list[str]:
    """Return the names of a table's columns."""
    return [column.name for column in table.__table__.columns]


def with_columns(query: Select, kind: str, columns: Mapping[str, tuple[Any, ...]]) -> Select:
    """Return a query for those rows of a kind whose columns hold one of the values each.

    Args:
        query: A query on the kind's table.
        kind: ``order``, ``product``, …
        columns: Name of a column → texts, truth values, or ``None`` for an empty one, as a file has them.

    Raises:
        CannotPick: If the installation has no such column, or a value can't be in it.
    """
    table = TABLES[kind]
    for name, values in columns.items():
        if name not in column_names(table):
            raise CannotPick(f"{kind} has no column and no selector {name}")
        column = getattr(table, name)
        wanted = [_converted(kind, name, table.__table__.columns[name].type, value) for value in values]
        present = [value for value in wanted if value is not None]
        query = query.where(
            or_(column.in_(present) if present else false(), column.is_(None) if None in wanted else false())
        )
    return query


def _converted(kind: str, name: str, column_type: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column_type, JSON):
        raise CannotPick(f"{kind} can't be picked by {name}")
    try:
        return _as_type(column_type, value)
    except (ValueError, InvalidOperation) as error:
        raise CannotPick(f"{name} of {kind} can't be {value}") from error


def _as_type(column_type: Any, value: Any) -> Any:
    if isinstance(column_type, Boolean):
        if not isinstance(value, bool):
            raise ValueError(value)
        return value
    if isinstance(value, bool) and not isinstance(column_type, String):
        raise ValueError(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(column_type, Money):
        return Decimal(text).quantize(Decimal("0.01"))
    if isinstance(column_type, UtcDateTime):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    if isinstance(column_type, Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(column_type, Integer) else text
