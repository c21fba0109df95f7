"""What an entry said before, and having it say so again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.knowledge.errors import VersionNotFound
from xiaoer.knowledge.model import Action, Change, Entry, Version
from xiaoer.knowledge.rows import draft_of, version_of
from xiaoer.knowledge.store import get_entry, open_entry, write_entry
from xiaoer.knowledge.tables import VersionRow


def list_versions(session: Session, scope: str, entry_id: int) -> list[Version]:
    """Return all versions of an entry, the newest first.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.

    Raises:
        EntryNotFound: If the scope has none with this id.
    """
    get_entry(session, scope, entry_id)
    wanted = select(VersionRow).where(VersionRow.entry_id == entry_id).order_by(VersionRow.version.desc())
    return [version_of(row, scope) for row in session.scalars(wanted)]


def rollback_entry(
    session: Session, scope: str, entry_id: int, to_version: int, change: Change, *, version: int | None = None
) -> Entry:
    """Have an entry say what it said at an earlier version, with the status that it had; this is a new version.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        entry_id: The entry.
        to_version: The version that is wanted back.
        change: Who wants it, and when.
        version: The version that the writer has seen; not compared when ``None``.

    Raises:
        EntryNotFound: If the scope has none with this id.
        VersionConflict: If somebody else has changed it since.
        VersionNotFound: If it has never had that version.
    """
    entry = open_entry(session, scope, entry_id, version)
    row = session.get(VersionRow, (entry_id, to_version))
    if row is None:
        raise VersionNotFound(f"{scope}/{entry_id}/{to_version}")
    past = version_of(row, scope).entry
    return write_entry(session, entry, draft_of(past), change, status=past.status, action=Action.ROLLED_BACK)
