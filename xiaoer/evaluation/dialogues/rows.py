"""What the database holds of a speaker, before and after: what is new, what has changed, what has not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderLineRow, OrderRow, ReminderRow
from xiaoer.evaluation.dialogues.cast import Cast
from xiaoer.evaluation.dialogues.columns import TABLES, column_names
from xiaoer.evaluation.dialogues.script import Conversation, Written
from xiaoer.evaluation.dialogues.text import holds
from xiaoer.knowledge.tables import FeedbackRow, QuestionRow
from xiaoer.service.tables import FollowUpRow, TicketRow

KEPT: Mapping[str, tuple[Any, str]] = {
    "order": (OrderRow, "order_no"),
    "after_sale": (AfterSaleRow, "after_sale_no"),
    "invoice": (InvoiceRow, "order_no"),
    "reminder": (ReminderRow, "id"),
    "ticket": (TicketRow, "ticket_no"),
    "follow_up": (FollowUpRow, "id"),
    "question": (QuestionRow, "id"),
    "feedback": (FeedbackRow, "id"),
}
"""Table and primary key of each kind of row that an expectation can be about."""

OF_TENANT = (QuestionRow, FeedbackRow)
"""Tables whose rows name no speaker: those of the tenant are the speaker's."""

BOOKKEEPING = frozenset({"created_at", "updated_at"})
"""Columns that may change without anything having happened."""

LINES = "lines"

Snapshot = Mapping[Any, Mapping[str, Any]]
"""Primary key → column → value; the lines of an order stand under ``lines``."""


def snapshot(session: Session, kind: str, cast: Cast) -> Snapshot:
    """Return the rows of a kind that are the speaker's, or are about the picked orders; of knowledge, the tenant's.

    Args:
        session: A session to read with.
        kind: One of ``KEPT``.
        cast: Who speaks, about what.
    """
    table, key = KEPT[kind]
    found = session.scalars(_concerned(select(table), table, cast)).all()
    return {getattr(row, key): _values(row) for row in found}


def picked(session: Session, cast: Cast) -> Mapping[str, Mapping[str, Any] | None]:
    """Return name → values of each picked row, ``None`` for one that is gone."""
    found = {name: session.get(TABLES[kind], key) for name, (kind, key) in cast.rows.items()}
    return {name: None if row is None else _values(row) for name, row in found.items()}


def _concerned(query: Select, table: Any, cast: Cast) -> Select:
    if table in OF_TENANT:
        return query.where(table.tenant == cast.tenant)
    about = table.order_no.in_(sorted(cast.orders))
    if hasattr(table, "customer_id"):
        return query.where(or_(table.customer_id == cast.subject, about))
    own = select(OrderRow.order_no).where(OrderRow.customer_id == cast.subject)
    return query.where(or_(table.order_no.in_(own), about))


def _values(row: Any) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in column_names(row) if name not in BOOKKEEPING}
    if isinstance(row, OrderRow):
        found[LINES] = tuple(_values(line) for line in row.lines)
    return found


def written(before: Snapshot, after: Snapshot, wanted: Written) -> list[Mapping[str, Any]]:
    """Return the rows that are new or have changed and hold what is wanted.

    Args:
        before: The rows when the conversation began.
        after: The rows now.
        wanted: Columns and what they must hold.
    """
    return [row for row in touched(before, after) if _holds(row, wanted.columns)]


def touched(before: Snapshot, after: Snapshot) -> list[Mapping[str, Any]]:
    """Return the rows that are new or have changed."""
    return [row for key, row in after.items() if before.get(key) != row]


def new(before: Snapshot, after: Snapshot) -> list[Mapping[str, Any]]:
    """Return the rows that were not there before."""
    return [row for key, row in after.items() if key not in before]


def _holds(row: Mapping[str, Any], columns: Mapping[str, Any]) -> bool:
    own = {name: wanted for name, wanted in columns.items() if name in row}
    of_line = {name: wanted for name, wanted in columns.items() if name not in row}
    if not all(holds(row[name], wanted) for name, wanted in own.items()):
        return False
    return not of_line or any(
        all(name in line and holds(line[name], wanted) for name, wanted in of_line.items())
        for line in row.get(LINES, ())
    )


def kinds_wanted(conversation: Conversation) -> list[str]:
    """Return the kinds of rows that a conversation's expectations are about."""
    expected = [turn.expect for turn in conversation.turns]
    kinds = {each.kind for expect in expected for each in expect.written}
    return sorted(kinds | {kind for expect in expected for kind in expect.not_written})


def unknown_columns(wanted: Written) -> list[str]:
    """Return the columns of an expectation that no row of its kind has."""
    table, _ = KEPT[wanted.kind]
    known = {*column_names(table), *(column_names(OrderLineRow) if wanted.kind == "order" else ())}
    return [name for name in wanted.columns if name not in known]


def described(found: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Return rows as people read them in a report: the columns that an expectation is about, or all that are set."""
    names = list(columns)
    return "; ".join(_described(row, names) for row in found) or "nothing"


def _described(row: Mapping[str, Any], names: list[str]) -> str:
    lines = row.get(LINES, ())
    shown = {name: row[name] if name in row else [line.get(name) for line in lines] for name in names}
    if not names:
        shown = {name: value for name, value in row.items() if name != LINES and value not in (None, "")}
    return "{" + ", ".join(f"{name}: {value}" for name, value in shown.items()) + "}"
