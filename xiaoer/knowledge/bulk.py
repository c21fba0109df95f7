"""Writing many entries of a scope at once: few statements, a version of each, and one step of the revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from xiaoer.knowledge.model import Action, Change, Draft, Entry, EntryStatus
from xiaoer.knowledge.questions import answer_questions
from xiaoer.knowledge.rows import columns_of, content_of, lock_scope
from xiaoer.knowledge.tables import EntryRow, VersionRow
from xiaoer.knowledge.upserts import insert_into


@dataclass(frozen=True)
class Write:
    """The next version of an entry, or the first of a new one.

    Attributes:
        before: The entry as it is, or ``None`` for a new one.
        draft: What it says from now on, already checked.
        status: Whether it answers from now on.
        action: What is done to it.
    """

    before: Entry | None
    draft: Draft
    status: EntryStatus
    action: Action

    @property
    def changes_answers(self) -> bool:
        """Whether anybody's answers are others afterwards."""
        return EntryStatus.PUBLISHED in (self.status, self.before.status if self.before else None)


@dataclass(frozen=True)
class Written:
    """What ``write_all`` has done.

    Attributes:
        ids: The ids of the entries, in the order in which they were given.
        answered: How many open questions they answer word for word, which are closed now.
    """

    ids: list[int]
    answered: int


def state_of(session: Session, scope: str) -> int:
    """Return a number that every change of any entry of a scope grows, drafts included."""
    total = select(func.coalesce(func.sum(EntryRow.version), 0)).where(EntryRow.scope == scope)
    return int(session.scalar(total))


def write_all(session: Session, scope: str, writes: Sequence[Write], change: Change) -> Written:
    """Write entries of a scope that ``lock_scope`` has locked before ``writes`` were read.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        writes: What to write; no entry twice.
        change: Who writes it, and when.
    """
    fresh = iter(_new_ids(session, sum(write.before is None for write in writes)))
    ids = [write.before.id if write.before else next(fresh) for write in writes]
    rows: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    for write, number in zip(writes, ids, strict=True):
        version = write.before.version + 1 if write.before else 1
        told = {"scope": scope, "version": version, "status": write.status.value}
        rows.append({"id": number, **told, **columns_of(write.draft)})
        versions.append(_version(number, version, write, change))
    if rows:
        # Many updates at once are many statements to PostgreSQL; many inserts that replace what is there are a few.
        entries = insert_into(session, EntryRow)
        replaced = {name: entries.excluded[name] for name in rows[0] if name not in ("id", "scope")}
        session.execute(entries.on_conflict_do_update(index_elements=["id"], set_=replaced), rows)
        session.execute(insert(VersionRow.__table__), versions)
    session.expire_all()  # the statements have gone past the rows that the session may hold
    if any(write.changes_answers for write in writes):
        lock_scope(session, scope).revision += 1
        session.flush()
    answering = {
        number: write.draft.asked
        for write, number in zip(writes, ids, strict=True)
        if write.status is EntryStatus.PUBLISHED
    }
    return Written(ids, answer_questions(session, scope, answering, change) if answering else 0)


def _version(number: int, version: int, write: Write, change: Change) -> dict[str, Any]:
    return {
        "entry_id": number,
        "version": version,
        "content": content_of(write.draft, write.status),
        "action": write.action.value,
        "by": change.by,
        "at": change.at,
        "import_id": change.import_id,
    }


def _new_ids(session: Session, count: int) -> list[int]:
    """Return ids for new entries: many inserts at once don't tell what ids they gave."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(EntryRow.__tablename__, "id")
        drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, count).table_valued("n"))
        return sorted(session.scalars(drawn))
    last = session.scalar(select(func.coalesce(func.max(EntryRow.id), 0)))  # SQLite lets one write at a time
    return list(range(last + 1, last + 1 + count))
