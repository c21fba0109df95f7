"""Reading and changing entries; each change grows the entry's version and its scope's revision."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import TenantRow
from xiaoer.commerce.tables import ProductRow
from xiaoer.knowledge.errors import EntryNotFound, InvalidEntry, ScopeNotFound, VersionConflict
from xiaoer.knowledge.model import Draft, Entry, Layer
from xiaoer.knowledge.tables import EntryRow, RevisionRow
from xiaoer.knowledge.text import normalise

ACTIVE, ARCHIVED = "active", "archived"

MAX_QUESTION = 300
MAX_ANSWER = 5000
MAX_LABEL = 120
MAX_SIMILAR = 200


def list_entries(session: Session, scope: str, *, archived: bool = False) -> list[Entry]:
    """Return the entries of a scope, oldest first.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``.
        archived: Whether archived entries are among them.
    """
    wanted = select(EntryRow).where(EntryRow.scope == scope)
    if not archived:
        wanted = wanted.where(EntryRow.status == ACTIVE)
    return [_entry(row) for row in session.scalars(wanted.order_by(EntryRow.id))]


def get_entry(session: Session, scope: str, entry_id: int) -> Entry:
    """Return an entry of a scope, archived or not.

    Raises:
        EntryNotFound: If the scope has none with this id.
    """
    return _entry(_row(session, scope, entry_id))


def revision(session: Session, scope: str) -> int:
    """Return how often the knowledge of a scope has changed."""
    row = session.get(RevisionRow, scope)
    return 0 if row is None else int(row.revision)


def add_entry(session: Session, scope: str, draft: Draft) -> Entry:
    """Add an entry to a scope.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        draft: What it says.

    Raises:
        ScopeNotFound: If there is no such merchant.
        InvalidEntry: If the draft lacks something or contradicts itself.
    """
    if session.get(TenantRow, scope) is None:
        raise ScopeNotFound(scope)
    row = EntryRow(scope=scope, version=1, status=ACTIVE)
    _write(session, row, draft)
    session.add(row)
    session.flush()
    _grow(session, scope)
    return _entry(row)


def update_entry(session: Session, scope: str, entry_id: int, draft: Draft, *, version: int | None = None) -> Entry:
    """Replace what an entry says; an archived one comes back to life.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        draft: What it says from now on.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
        InvalidEntry: If the draft lacks something or contradicts itself.
    """
    row = _row(session, scope, entry_id, lock=True)
    _compare(row, version)
    _write(session, row, draft)
    return _changed(session, row, ACTIVE)


def archive_entry(session: Session, scope: str, entry_id: int, *, version: int | None = None) -> Entry:
    """Take an entry out of the answers; one that is archived already stays as it is.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
    """
    row = _row(session, scope, entry_id, lock=True)
    _compare(row, version)
    return _entry(row) if row.status == ARCHIVED else _changed(session, row, ARCHIVED)


def _row(session: Session, scope: str, entry_id: int, *, lock: bool = False) -> EntryRow:
    wanted = select(EntryRow).where(EntryRow.id == entry_id, EntryRow.scope == scope)
    row = session.scalars(
        wanted.with_for_update().execution_options(populate_existing=True) if lock else wanted
    ).first()
    if row is None:
        raise EntryNotFound(f"{scope}/{entry_id}")
    return row


def _compare(row: EntryRow, version: int | None) -> None:
    if version is not None and version != row.version:
        raise VersionConflict(row.version)


def _changed(session: Session, row: EntryRow, status: str) -> Entry:
    row.status = status
    row.version += 1
    session.flush()
    _grow(session, row.scope)
    return _entry(row)


def _grow(session: Session, scope: str) -> None:
    """Grow the scope's revision, so that every process builds its index anew."""
    one_more = update(RevisionRow).where(RevisionRow.scope == scope).values(revision=RevisionRow.revision + 1)
    one_more = one_more.execution_options(synchronize_session="fetch")
    if session.execute(one_more).rowcount:
        return
    try:
        with session.begin_nested():
            session.add(RevisionRow(scope=scope, revision=1))
    except IntegrityError:  # another process wrote the scope's first entry between our look and our write
        session.execute(one_more)


def _write(session: Session, row: EntryRow, draft: Draft) -> None:
    row.layer = Layer(draft.layer).value
    row.question = _phrasing("question", draft.question)
    similar = dict.fromkeys(_phrasing("similar_questions", text) for text in draft.similar_questions)
    if len(similar) > MAX_SIMILAR:
        raise InvalidEntry("similar_questions", f"more than {MAX_SIMILAR}")
    row.similar_questions = [text for text in similar if text != row.question]
    row.answer = _filled("answer", draft.answer, MAX_ANSWER)
    row.product_id, row.product_label = _product(session, row.scope, draft)
    if draft.valid_from is not None and draft.valid_to is not None and draft.valid_from >= draft.valid_to:
        raise InvalidEntry("valid_to", "not after valid_from")
    for field in ("valid_from", "valid_to"):
        moment = getattr(draft, field)
        if moment is not None and moment.tzinfo is None:
            raise InvalidEntry(field, "without an offset")
        setattr(row, field, moment)


def _filled(field: str, text: str, longest: int) -> str:
    stripped = text.strip()
    if not stripped:
        raise InvalidEntry(field, "empty")
    if len(stripped) > longest:
        raise InvalidEntry(field, f"longer than {longest} characters")
    if "\x00" in stripped:
        raise InvalidEntry(field, "with a control character")  # PostgreSQL cannot store it
    return stripped


def _phrasing(field: str, text: str) -> str:
    stripped = _filled(field, text, MAX_QUESTION)
    if not normalise(stripped):
        raise InvalidEntry(field, "without a word")
    return stripped


def _product(session: Session, scope: str, draft: Draft) -> tuple[str | None, str]:
    label = draft.product_label.strip()
    if draft.product_id is None:
        return None, _filled("product_label", label, MAX_LABEL) if label else ""
    if label:
        raise InvalidEntry("product_label", "beside a product of the catalogue")
    product = session.get(ProductRow, draft.product_id)
    if product is None or scope not in (PLATFORM, product.merchant_id):
        raise InvalidEntry("product_id", "no product of this merchant")
    return draft.product_id, ""


def _entry(row: EntryRow) -> Entry:
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
        status=row.status,
    )
