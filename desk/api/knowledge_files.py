"""The knowledge API's files: imports and what became of them, exports."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, File, Form, Path, Query, Response, Security, UploadFile
from sqlalchemy.orm import Session

from desk.api import knowledge_shapes as shapes
from desk.api.knowledge_door import BEARER, OF_SCOPE, PREFIX, REFUSALS, RESPONSES, At, KnowledgeRoute, Shelf
from desk.cleaning import clean
from desk.errors import DeskError
from xiaoer.accounts.directory import get_tenant
from xiaoer.clock import SHANGHAI
from xiaoer.knowledge.formats.limits import MAX_BYTES
from xiaoer.knowledge.formats.model import Sheet
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.formats.writing import write_csv, write_rejected_csv, write_rejected_xlsx, write_xlsx
from xiaoer.knowledge.import_model import ImportRecord, ImportReport
from xiaoer.knowledge.imports import get_import, import_file, list_imports, rollback_import
from xiaoer.knowledge.model import EntryStatus
from xiaoer.knowledge.store import list_entries

router = APIRouter(
    prefix=f"{PREFIX}/{{scope}}",
    tags=["knowledge"],
    route_class=KnowledgeRoute,
    dependencies=[Security(BEARER), OF_SCOPE],
    responses=RESPONSES,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
LONGEST_NAME = 200

ImportId = Annotated[int, Path(ge=1, le=shapes.LARGEST_ID)]
Format = Literal["csv", "xlsx"]
Status = Literal[EntryStatus.DRAFT, EntryStatus.PUBLISHED]


@router.post("/imports", responses=REFUSALS, response_model=shapes.ImportReport)
async def take(
    at: At,
    file: Annotated[UploadFile | None, File(description="CSV, XLSX, Markdown, HTML or exported conversations")] = None,
    dry_run: Annotated[bool, Query(description="Say what would be done, and do nothing")] = False,
    status: Annotated[Status | None, Query(description="Of rows that name none; `published` if left out")] = None,
    *,
    dry_run_field: Annotated[bool | None, Form(alias="dry_run", description="The same in the form")] = None,
    status_field: Annotated[Status | None, Form(alias="status", description="The same in the form")] = None,
) -> Response:
    """Import a file: its good rows in one step, the others are told and kept, each with its row and column."""
    at.desk.throttle.hit("import", at.agent.id)
    content = await file.read(MAX_BYTES + 1) if file is not None else b""
    if file is None or not content:
        raise DeskError("upload_missing")
    if len(content) > MAX_BYTES:
        raise DeskError("upload_too_large", limit=f"{MAX_BYTES // 1_000_000} MB")
    name, change = _plain(file.filename or ""), at.change
    only_told = dry_run or bool(dry_run_field)
    engine, prepare = at.desk.store.engine, partial(at.desk.knowledge.prepare, at.scope)

    def work() -> Response:
        sheet = read_file(name, content)
        wanted = status_field or status or EntryStatus.PUBLISHED
        report = import_file(
            engine, at.scope, sheet, change, file_name=name, status=wanted, dry_run=only_told, prepare=prepare
        )
        return _told(report, sheet)

    return await to_thread.run_sync(work, limiter=at.desk.imports)


@router.get("/imports")
async def list_all(
    at: At,
    before: Annotated[int | None, Query(ge=1, le=shapes.LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> shapes.Imports:
    """Return imports, the newest first."""
    found = await at.read(lambda session: list_imports(session, at.scope, before=before, limit=limit + 1))
    told = [shapes.Import(**_columns(record)) for record in found[:limit]]
    return shapes.Imports(imports=told, next_before=told[-1].id if len(found) > limit else None)


@router.get("/imports/{import_id}")
async def one(at: At, import_id: ImportId) -> shapes.ImportInFull:
    """Return an import with what is wrong with the rows that could not be imported."""
    record = await at.read(lambda session: get_import(session, at.scope, import_id))
    problems = [shapes.RowProblem(**each) for row in record.rejected for each in row.problems()]
    return shapes.ImportInFull(**_columns(record), problems=problems)


@router.get("/imports/{import_id}/rejected", responses=FILES, response_class=Response)
async def rejected(at: At, import_id: ImportId) -> Response:
    """Return the rows that could not be imported as a file like the one they came in, each with the reason."""

    def work(session: Session) -> Response:
        record = get_import(session, at.scope, import_id)
        stem, _, suffix = record.file_name.rpartition(".")
        name = f"{stem or record.file_name}-未导入"
        if suffix.lower() == "xlsx":
            return _file(write_rejected_xlsx(record.rejected), name, "xlsx", "rejected")
        return _file(write_rejected_csv(record.rejected), name, "csv", "rejected")

    return await at.read(work)


@router.post("/imports/{import_id}/rollback", responses=REFUSALS)
async def rollback(at: At, import_id: ImportId) -> shapes.ImportRollback:
    """Take an import back; entries that were changed since stay as they are."""
    report = await at.write(lambda session, change: rollback_import(session, at.scope, import_id, change))
    return shapes.ImportRollback(
        restored=list(report.restored), retired=list(report.retired), skipped=[entry.id for entry in report.skipped]
    )


@router.get("/export", responses=FILES, response_class=Response)
async def export(at: At, format: Format = "csv") -> Response:
    """Return all entries, drafts and retired ones too, as a file that can be imported again without a loss."""

    def work(session: Session) -> Response:
        entries = list_entries(session, at.scope, statuses=tuple(EntryStatus))
        content = write_xlsx(entries) if format == "xlsx" else write_csv(entries)
        name = f"{_plain(get_tenant(session, at.scope).name)}-知识-{_day(at)}"
        return _file(content, name, format, "knowledge")

    return await at.read(work)


def _day(at: Shelf) -> str:
    now: datetime = at.desk.clock()
    return now.astimezone(SHANGHAI).strftime("%Y%m%d")


def _plain(name: str) -> str:
    """Return a file's name without folders and without what nobody can see."""
    return clean(name.replace("\\", "/").rpartition("/")[2]).replace("\n", " ").replace("\t", " ")[-LONGEST_NAME:]


def _file(content: bytes, name: str, kind: Format, plain: str) -> Response:
    """Return a file to be kept under a Chinese name, and under a plain one by programs that know no other."""
    disposition = f"attachment; filename=\"{plain}.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}', safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


def _columns(record: ImportRecord) -> dict[str, Any]:
    return {**vars(record), "rejected": len(record.rejected)}


def _told(report: ImportReport, sheet: Sheet) -> Response:
    """Return a report as JSON; twenty thousand rows are too many to be checked by their model once more."""
    told = {**report.as_dict(), "notes": list(sheet.notes)}
    # Cells of a file can hold halves of characters, which no UTF-8 has.
    content = json.dumps(told, ensure_ascii=False).encode("utf-8", errors="replace")
    return Response(content, media_type="application/json")
