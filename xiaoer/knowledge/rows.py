"""Between the rows of entries and versions and the value objects that stand for them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from xiaoer.accounts.tables import TenantRow
from xiaoer.knowledge.errors import ScopeNotFound
from xiaoer.knowledge.model import Action, Change, Draft, Entry, EntryStatus, Layer, Version
from xiaoer.knowledge.tables import RevisionRow, VersionRow


def draft_of(entry: Entry) -> Draft:
    """Return what somebody would write down to have an entry say what it says."""
    return Draft(
        question=entry.question,
        answer=entry.answer,
        layer=entry.layer,
        similar_questions=entry.similar_questions,
        product_id=entry.product_id,
        product_label=entry.product_label,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )


def columns_of(draft: Draft) -> dict[str, Any]:
    """Return a draft as columns of ``EntryRow``."""
    return {
        "layer": draft.layer.value,
        "question": draft.question,
        "similar_questions": list(draft.similar_questions),
        "answer": draft.answer,
        "product_id": draft.product_id,
        "product_label": draft.product_label,
        "valid_from": draft.valid_from,
        "valid_to": draft.valid_to,
    }


def content_of(draft: Draft, status: EntryStatus) -> dict[str, Any]:
    """Return what a version keeps of an entry: all but its id, scope and version, moments as ISO 8601 in UTC."""
    return {
        **columns_of(draft),
        "valid_from": _written(draft.valid_from),
        "valid_to": _written(draft.valid_to),
        "status": status.value,
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(timezone.utc).isoformat()


def _read(moment: str | None) -> datetime | None:
    return None if moment is None else datetime.fromisoformat(moment).astimezone(timezone.utc)


def entry_of(row: Any) -> Entry:
    """Return the entry that a row holds: an ``EntryRow``, or its columns alone."""
    return Entry(
        id=row.id,
        scope=row.scope,
        layer=Layer(row.layer),
        question=row.question,
        similar_questions=tuple(row.similar_questions),
        answer=row.answer,
        product_id=row.product_id,
        product_label=row.product_label,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
        status=EntryStatus(row.status),
    )


def version_of(row: VersionRow, scope: str) -> Version:
    """Return the version that a row holds.

    Args:
        row: The row; what it lacks because it is older than a column has that column's default.
        scope: The scope of its entry.
    """
    said = row.content
    entry = Entry(
        id=row.entry_id,
        scope=scope,
        layer=Layer(said["layer"]),
        question=said["question"],
        similar_questions=tuple(said.get("similar_questions", ())),
        answer=said["answer"],
        product_id=said.get("product_id"),
        product_label=said.get("product_label", ""),
        valid_from=_read(said.get("valid_from")),
        valid_to=_read(said.get("valid_to")),
        version=row.version,
        status=EntryStatus(said.get("status", EntryStatus.PUBLISHED.value)),
    )
    return Version(entry, Action(row.action), row.by, row.at, row.import_id)


def version_row(entry: Entry, action: Action, change: Change) -> VersionRow:
    """Return the row that keeps what an entry says now."""
    return VersionRow(
        entry_id=entry.id,
        version=entry.version,
        content=content_of(draft_of(entry), entry.status),
        action=action.value,
        by=change.by,
        at=change.at,
        import_id=change.import_id,
    )


def lock_scope(session: Session, scope: str) -> RevisionRow:
    """Have a scope's knowledge to oneself until the transaction ends; readers go on, other writers wait.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.

    Returns:
        The row to count a change on.

    Raises:
        ScopeNotFound: If there is no such merchant.
    """
    wanted = select(RevisionRow).where(RevisionRow.scope == scope).with_for_update()
    wanted = wanted.execution_options(populate_existing=True)
    row = session.scalars(wanted).first()
    if row is not None:
        return row
    if session.get(TenantRow, scope) is None:
        raise ScopeNotFound(scope)
    try:
        with session.begin_nested():
            session.add(RevisionRow(scope=scope, revision=0))
    except IntegrityError:
        pass  # another process wrote the scope's first entry between our look and our write
    return session.scalars(wanted).one()
