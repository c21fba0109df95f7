"""Importing files of knowledge in one step, keeping what became of their rows, and taking imports back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.database import reading, storable, writing
from xiaoer.knowledge.bulk import Write, state_of, write_all
from xiaoer.knowledge.errors import AlreadyRolledBack, ImportNotFound, RowError, StalePlan
from xiaoer.knowledge.formats.model import RejectedRow, Sheet
from xiaoer.knowledge.import_model import (
    ImportRecord,
    ImportReport,
    ImportStatus,
    Plan,
    RollbackReport,
    RowChange,
)
from xiaoer.knowledge.model import Action, Change, Draft, EntryStatus, Version
from xiaoer.knowledge.planning import Progress, plan_import
from xiaoer.knowledge.rows import draft_of, entry_of, lock_scope, version_of
from xiaoer.knowledge.tables import EntryRow, ImportRow, VersionRow

ATTEMPTS = 3
"""How often an import is planned beside other writers before it has them wait."""

MAX_NAME = 255

Prepare = Callable[[list[Draft]], None]
"""Makes drafts ready to be answered from."""


def apply_plan(session: Session, scope: str, plan: Plan, change: Change, *, file_name: str) -> ImportReport:
    """Write what ``plan_import`` has planned, all of it or nothing, and keep the rows that were rejected.

    Args:
        session: A writing session.
        scope: The scope that the plan was made for.
        plan: What to write.
        change: Who imports, and when.
        file_name: What the file is called.

    Raises:
        ScopeNotFound: If there is no such merchant.
        StalePlan: If an entry of the scope has changed since; nothing was written.
    """
    lock_scope(session, scope)
    if plan.scope != scope or plan.state != state_of(session, scope):
        raise StalePlan(scope)
    report = ImportReport(None, plan.changes, plan.rejected)
    row = ImportRow(
        scope=scope,
        file_name=_storable(file_name)[-MAX_NAME:],
        by=change.by,
        at=change.at,
        status=ImportStatus.APPLIED.value,
        added=report.added,
        updated=report.updated,
        unchanged=report.unchanged,
        duplicates=report.duplicates,
        rejected=[_kept(each) for each in plan.rejected],
    )
    session.add(row)
    session.flush()
    number = int(row.id)
    writes = [write for write in plan.writes if write is not None]
    written = write_all(session, scope, writes, replace(change, import_id=number))
    ids = iter(written.ids)
    changes = [_numbered(each, ids) for each in zip(plan.changes, plan.writes, strict=True)]
    return ImportReport(number, changes, plan.rejected, written.answered)


def _numbered(planned: tuple[RowChange, Write | None], ids: Iterator[int]) -> RowChange:
    change, write = planned
    return change if write is None else replace(change, entry_id=next(ids))


def import_file(
    engine: Engine,
    scope: str,
    sheet: Sheet,
    change: Change,
    *,
    file_name: str,
    status: EntryStatus = EntryStatus.PUBLISHED,
    dry_run: bool = False,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> ImportReport:
    """Import a file: the good rows are written in one step, the others kept with what is wrong with them.

    Other writers wait only for the writing. Where they change the scope's knowledge after it was compared with the
    file, it is compared again.

    Args:
        engine: The database.
        scope: Merchant id, or ``platform``.
        sheet: What the file says.
        change: Who imports it, and when.
        file_name: What it is called.
        status: The status of rows that name none; as drafts they change no published entry.
        dry_run: Whether to say only what would be done.
        progress: Told how many rows of how many are done; it begins anew where the file is compared again.
        prepare: Given what will be published, before it is written; see ``KnowledgeBase.prepare``.

    Raises:
        ScopeNotFound: If there is no such merchant.
    """
    for _ in range(ATTEMPTS):
        with reading(engine) as session:
            plan = plan_import(session, scope, sheet, status=status, progress=progress)
        if dry_run:
            return ImportReport(None, plan.changes, plan.rejected)
        if prepare is not None:
            prepare([each.draft for each in plan.writes if each is not None and each.status is EntryStatus.PUBLISHED])
        try:
            with writing(engine) as session:
                return apply_plan(session, scope, plan, change, file_name=file_name)
        except StalePlan:
            continue
    with writing(engine) as session:
        lock_scope(session, scope)
        plan = plan_import(session, scope, sheet, status=status, progress=progress)
        return apply_plan(session, scope, plan, change, file_name=file_name)


def list_imports(session: Session, scope: str, *, before: int | None = None, limit: int = 20) -> list[ImportRecord]:
    """Return the imports of a scope, the newest first.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``.
        before: Only numbers below this one, to go on where an earlier call ended.
        limit: At most so many.
    """
    wanted = select(ImportRow).where(ImportRow.scope == scope)
    if before is not None:
        wanted = wanted.where(ImportRow.id < before)
    return [_record(row) for row in session.scalars(wanted.order_by(ImportRow.id.desc()).limit(limit))]


def get_import(session: Session, scope: str, import_id: int) -> ImportRecord:
    """Return an import of a scope.

    Raises:
        ImportNotFound: If the scope has none with this id.
    """
    return _record(_row(session, scope, import_id))


def rollback_import(session: Session, scope: str, import_id: int, change: Change) -> RollbackReport:
    """Take an import back: what it changed says again what it said before, what it added is retired.

    Entries that say something else by now stay as they are; those of which a later import was taken back do not.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        import_id: The import.
        change: Who takes it back, and when.

    Raises:
        ImportNotFound: If the scope has none with this id.
        AlreadyRolledBack: If it was taken back before; nothing was written.
    """
    _row(session, scope, import_id)
    lock_scope(session, scope)
    row = _row(session, scope, import_id)
    if row.status == ImportStatus.ROLLED_BACK.value:
        raise AlreadyRolledBack(f"{scope}/{import_id}")
    row.status = ImportStatus.ROLLED_BACK.value
    row.rolled_back_by, row.rolled_back_at = change.by, change.at
    session.flush()
    report, writes = _taken_back(session, scope, import_id)
    write_all(session, scope, writes, replace(change, import_id=import_id))
    return report


def _taken_back(session: Session, scope: str, import_id: int) -> tuple[RollbackReport, list[Write]]:
    made = (
        select(EntryRow, VersionRow)
        .join(VersionRow, VersionRow.entry_id == EntryRow.id)
        .where(VersionRow.import_id == import_id)
        .order_by(EntryRow.id)
    )
    imported = [(entry_of(row), version_of(version, scope)) for row, version in session.execute(made)]
    earlier = _versions_before(session, scope, import_id)
    writes: list[Write] = []
    retired, restored, skipped = [], [], []
    for entry, version in imported:
        if replace(entry, version=0) != replace(version.entry, version=0):
            skipped.append(entry)
        elif version.action is Action.CREATED:
            retired.append(entry.id)
            writes.append(Write(entry, draft_of(entry), EntryStatus.RETIRED, Action.ROLLED_BACK))
        else:
            past = earlier[entry.id].entry
            restored.append(entry.id)
            writes.append(Write(entry, draft_of(past), past.status, Action.ROLLED_BACK))
    return RollbackReport(tuple(restored), tuple(retired), tuple(skipped)), writes


def _versions_before(session: Session, scope: str, import_id: int) -> dict[int, Version]:
    """Return by entry the version that an import has changed."""
    made = select(VersionRow.entry_id, VersionRow.version).where(VersionRow.import_id == import_id).subquery()
    wanted = select(VersionRow).join(
        made, (VersionRow.entry_id == made.c.entry_id) & (VersionRow.version == made.c.version - 1)
    )
    return {row.entry_id: version_of(row, scope) for row in session.scalars(wanted)}


def _row(session: Session, scope: str, import_id: int) -> ImportRow:
    wanted = select(ImportRow).where(ImportRow.id == import_id, ImportRow.scope == scope)
    row = session.scalars(wanted.execution_options(populate_existing=True)).first()
    if row is None:
        raise ImportNotFound(f"{scope}/{import_id}")
    return row


def _storable(text: str) -> str:
    return text if storable(text) else "".join(char if storable(char) else "\ufffd" for char in text)


def _kept(row: RejectedRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "sheet": _storable(row.sheet),
        "headers": [_storable(cell) for cell in row.headers],
        "original": [_storable(cell) for cell in row.original],
        "errors": [{"row": each.row, "column": each.column, "reason": _storable(each.reason)} for each in row.errors],
    }


def _given_back(kept: dict[str, Any]) -> RejectedRow:
    return RejectedRow(
        number=kept["number"],
        sheet=kept["sheet"],
        headers=tuple(kept["headers"]),
        original=tuple(kept["original"]),
        errors=tuple(RowError(**error) for error in kept["errors"]),
    )


def _record(row: ImportRow) -> ImportRecord:
    return ImportRecord(
        id=row.id,
        scope=row.scope,
        file_name=row.file_name,
        by=row.by,
        at=row.at,
        status=ImportStatus(row.status),
        added=row.added,
        updated=row.updated,
        unchanged=row.unchanged,
        duplicates=row.duplicates,
        rejected=tuple(_given_back(each) for each in row.rejected),
        rolled_back_by=row.rolled_back_by,
        rolled_back_at=row.rolled_back_at,
    )
