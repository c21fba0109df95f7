"""Reading and changing entries; each change is a version of the entry, and grows the revision of its scope."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import String, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.tables import ProductRow
from xiaoer.knowledge.checks import checked
from xiaoer.knowledge.errors import EntryNotFound, InvalidEntry, VersionConflict
from xiaoer.knowledge.model import Action, Change, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.questions import answer_questions
from xiaoer.knowledge.rows import columns_of, draft_of, entry_of, lock_scope, version_row
from xiaoer.knowledge.tables import EntryRow, RevisionRow


def list_entries(
    session: Session,
    scope: str,
    *,
    statuses: Sequence[EntryStatus] = (EntryStatus.PUBLISHED,),
    layer: Layer | None = None,
    query: str = "",
    after: int = 0,
    limit: int | None = None,
) -> list[Entry]:
    """Return the entries of a scope, oldest first.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``.
        statuses: Which are wanted.
        layer: Of which layer; of all when ``None``.
        query: What must stand in a question or the answer, whatever the case of Latin letters.
        after: Only ids above this one, to go on where an earlier call ended.
        limit: At most so many; all when ``None``.
    """
    wanted = select(*EntryRow.__table__.columns).where(
        EntryRow.scope == scope, EntryRow.status.in_([status.value for status in statuses]), EntryRow.id > after
    )
    if layer is not None:
        wanted = wanted.where(EntryRow.layer == layer.value)
    if query.strip():
        wanted = wanted.where(_mentions(query.strip().lower()))
    return [entry_of(row) for row in session.execute(wanted.order_by(EntryRow.id).limit(limit))]


def _mentions(query: str) -> object:
    in_json = json.dumps(query, ensure_ascii=False)[1:-1]  # a quotation mark is stored with a backslash
    return or_(
        func.lower(EntryRow.question).contains(query, autoescape=True),
        func.lower(EntryRow.answer).contains(query, autoescape=True),
        func.lower(cast(EntryRow.similar_questions, String)).contains(in_json, autoescape=True),
    )


def get_entry(session: Session, scope: str, entry_id: int) -> Entry:
    """Return an entry of a scope, whatever its status.

    Raises:
        EntryNotFound: If the scope has none with this id.
    """
    return entry_of(_row(session, scope, entry_id))


# Made once: a search asks it, and making it takes longer than the database does.
_BY_ID = select(*EntryRow.__table__.columns).where(
    EntryRow.scope.in_(bindparam("scopes", expanding=True)), EntryRow.id.in_(bindparam("ids", expanding=True))
)


def entries_by_id(session: Session, scopes: Collection[str], ids: Collection[int]) -> dict[int, Entry]:
    """Return entries of several scopes, whatever their status; ids that are in none of them are left out.

    Args:
        session: A session to read with.
        scopes: Merchant ids, or ``platform``.
        ids: Numbers of entries.
    """
    if not ids:
        return {}
    rows = session.execute(_BY_ID, {"scopes": list(scopes), "ids": list(ids)})
    return {row.id: entry_of(row) for row in rows}


def versions_of(session: Session, scope: str) -> dict[int, int]:
    """Return the version of each published entry of a scope, by id."""
    wanted = select(EntryRow.id, EntryRow.version).where(
        EntryRow.scope == scope, EntryRow.status == EntryStatus.PUBLISHED.value
    )
    return {row.id: row.version for row in session.execute(wanted)}


def revision(session: Session, scope: str) -> int:
    """Return how often what a scope answers has changed."""
    row = session.get(RevisionRow, scope)
    return 0 if row is None else int(row.revision)


def add_entry(
    session: Session, scope: str, draft: Draft, change: Change, *, status: EntryStatus = EntryStatus.PUBLISHED
) -> Entry:
    """Add an entry to a scope.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        draft: What it says.
        change: Who adds it, and when.
        status: Whether it answers from now on.

    Raises:
        ScopeNotFound: If there is no such merchant.
        InvalidEntry: If the draft lacks something or contradicts itself.
    """
    counted = lock_scope(session, scope)
    row = EntryRow(scope=scope, version=1, status=status.value, **columns_of(_checked(session, scope, draft)))
    session.add(row)
    return _written(session, counted, row, Action.CREATED, change, answers=status is EntryStatus.PUBLISHED)


def update_entry(
    session: Session, scope: str, entry_id: int, draft: Draft, change: Change, *, version: int | None = None
) -> Entry:
    """Replace what an entry says; a draft stays one, a retired entry answers again.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        draft: What it says from now on.
        change: Who changes it, and when.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
        InvalidEntry: If the draft lacks something or contradicts itself.
    """
    entry = open_entry(session, scope, entry_id, version)
    status = EntryStatus.DRAFT if entry.status is EntryStatus.DRAFT else EntryStatus.PUBLISHED
    return write_entry(session, entry, _checked(session, scope, draft), change, status=status, action=Action.UPDATED)


def publish_entry(session: Session, scope: str, entry_id: int, change: Change, *, version: int | None = None) -> Entry:
    """Have an entry answer from now on; one that does already stays as it is.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        change: Who publishes it, and when.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
    """
    entry = open_entry(session, scope, entry_id, version)
    return _in_status(session, entry, EntryStatus.PUBLISHED, change, Action.PUBLISHED)


def retire_entry(session: Session, scope: str, entry_id: int, change: Change, *, version: int | None = None) -> Entry:
    """Take an entry out of the answers; one that is retired already stays as it is.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        change: Who retires it, and when.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
    """
    entry = open_entry(session, scope, entry_id, version)
    return _in_status(session, entry, EntryStatus.RETIRED, change, Action.RETIRED)


def _in_status(session: Session, entry: Entry, status: EntryStatus, change: Change, action: Action) -> Entry:
    """Return an opened entry in a status, a new version of it unless it is in that status already."""
    if entry.status is status:
        return entry
    return write_entry(session, entry, draft_of(entry), change, status=status, action=action)


def open_entry(session: Session, scope: str, entry_id: int, version: int | None) -> Entry:
    """Return an entry that nobody else can change until the transaction ends.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
    """
    _row(session, scope, entry_id)
    lock_scope(session, scope)
    entry = entry_of(_row(session, scope, entry_id))
    if version is not None and version != entry.version:
        raise VersionConflict(entry.version)
    return entry


def write_entry(
    session: Session, before: Entry, draft: Draft, change: Change, *, status: EntryStatus, action: Action
) -> Entry:
    """Write the next version of an entry that ``open_entry`` gave.

    Args:
        session: The session that it was opened in.
        before: The entry as it is.
        draft: What it says from now on, already checked.
        change: Who does it, and when.
        status: Whether it answers from now on.
        action: What is done to it.
    """
    row = _row(session, before.scope, before.id)
    for name, value in {**columns_of(draft), "status": status.value, "version": before.version + 1}.items():
        setattr(row, name, value)
    answers = EntryStatus.PUBLISHED in (before.status, status)
    return _written(session, lock_scope(session, before.scope), row, action, change, answers=answers)


def _written(
    session: Session, counted: RevisionRow, row: EntryRow, action: Action, change: Change, *, answers: bool
) -> Entry:
    """Keep a version of a changed row, and have every process build its index anew where the answers change.

    Open questions that the entry answers word for word from now on are closed with it.
    """
    session.flush()
    entry = entry_of(row)
    session.add(version_row(entry, action, change))
    if answers:
        counted.revision += 1
    session.flush()
    if entry.status is EntryStatus.PUBLISHED:
        answer_questions(session, entry.scope, {entry.id: draft_of(entry).asked}, change)
    return entry


def _row(session: Session, scope: str, entry_id: int) -> EntryRow:
    wanted = select(EntryRow).where(EntryRow.id == entry_id, EntryRow.scope == scope)
    row = session.scalars(wanted.execution_options(populate_existing=True)).first()
    if row is None:
        raise EntryNotFound(f"{scope}/{entry_id}")
    return row


def _checked(session: Session, scope: str, draft: Draft) -> Draft:
    """Return a draft as it is stored; its product is of this merchant, or of any for the platform."""
    good = checked(draft)
    if good.product_id is None:
        return good
    product = session.get(ProductRow, good.product_id)
    if product is None or scope not in (PLATFORM, product.merchant_id):
        raise InvalidEntry("product_id", "不是本店的商品")
    return good
