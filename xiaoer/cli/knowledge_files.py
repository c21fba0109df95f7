"""``xiaoer knowledge import``, ``export`` and ``rollback``: files of knowledge in and out, and imports taken back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
from sqlalchemy.engine import Engine

from xiaoer.accounts.directory import get_tenant
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.errors import AlreadyRolledBack, ImportNotFound
from xiaoer.knowledge.formats.limits import MAX_BYTES
from xiaoer.knowledge.formats.model import UnreadableFile
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.formats.writing import write_csv, write_rejected_csv, write_rejected_xlsx, write_xlsx
from xiaoer.knowledge.import_model import ImportReport, Kind
from xiaoer.knowledge.imports import import_file, rollback_import
from xiaoer.knowledge.indexes import AT_ONCE
from xiaoer.knowledge.learning import CHECKOUT, meaning_path
from xiaoer.knowledge.model import Change, Draft, EntryStatus
from xiaoer.knowledge.planning import Progress
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries
from xiaoer.settings import Settings

SHOWN = 20
"""At most so many wrong rows are printed; a file holds them all."""

tenant_option = click.option("--tenant", required=True, metavar="ID", help="Merchant, or platform.")


def _is_spreadsheet(path: Path) -> bool:
    return path.suffix.lower() == ".xlsx"


@click.command("export")
@tenant_option
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File, .csv or .xlsx; else standard output."
)
def export(tenant: str, output: Path | None) -> None:
    """Write all entries of a tenant with Chinese headers, as spreadsheets and `import` read it."""
    with reading(open_engine(Settings().database)) as session:
        get_tenant(session, tenant)
        entries = list_entries(session, tenant, statuses=tuple(EntryStatus))
    if output is None:
        click.echo(write_csv(entries).decode("utf-8-sig"), nl=False)
        return
    output.write_bytes(write_xlsx(entries) if _is_spreadsheet(output) else write_csv(entries))
    click.echo(f"{len(entries)} entries written to {output}", err=True)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@tenant_option
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--draft", is_flag=True, help="Add entries as drafts where the file does not say otherwise.")
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File, .csv or .xlsx, for the rows that could not be imported, with the reasons.",
)
@json_option
def import_command(
    file: Path, tenant: str, *, dry_run: bool, draft: bool, rejected: Path | None, as_json: bool
) -> None:
    r"""Write what FILE says into the knowledge of a tenant: its good rows in one step, the others are given back.

    \b
    FILE is CSV, XLSX, Markdown, an HTML page or an exported conversation.
    Columns: 问题 and 答案; 相似问法 (separated by |), 层级 (商品, 活动, 紧急), 商品, 生效时间, 失效时间, 状态, 编号.
    """
    settings = Settings()
    engine = open_engine(settings.database)
    with reading(engine) as session:
        get_tenant(session, tenant)
    if file.stat().st_size > MAX_BYTES:
        raise click.ClickException(f"{file} has more than {MAX_BYTES} bytes")
    try:
        sheet = read_file(file.name, file.read_bytes())
    except UnreadableFile as error:
        raise click.ClickException(f"nothing was imported from {file}: {error}") from error
    with _bar(hidden=as_json) as progress:
        report = import_file(
            engine,
            tenant,
            sheet,
            Change(by="cli", at=present(settings)),
            file_name=file.name,
            status=EntryStatus.DRAFT if draft else EntryStatus.PUBLISHED,
            dry_run=dry_run,
            progress=progress,
            prepare=partial(_prepare, engine, settings, tenant, progress),
        )
    if rejected is not None and report.rejected_rows:
        rows = report.rejected_rows
        rejected.write_bytes(write_rejected_xlsx(rows) if _is_spreadsheet(rejected) else write_rejected_csv(rows))
    if as_json:
        print_json({**report.as_dict(), "notes": list(sheet.notes)})
        return
    for note in sheet.notes:
        click.echo(note, err=True)
    _print(report)


def _prepare(
    engine: Engine, settings: Settings, tenant: str, progress: Progress | None, drafts: Sequence[Draft]
) -> None:
    """Make many rows ready to be searched, unless nothing here has been searched yet: that is learned first."""
    if len(drafts) > AT_ONCE and meaning_path(CHECKOUT).is_file():
        KnowledgeBase(engine, folder=settings.indexes).prepare(tenant, drafts, progress)


@contextmanager
def _bar(*, hidden: bool) -> Iterator[Progress | None]:
    """Give what moves a progress bar on standard error; only a terminal shows one."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=0, file=sys.stderr, label="rows") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def _print(report: ImportReport) -> None:
    begin = "dry run, nothing was written" if report.id is None else f"import {report.id}"
    click.echo(
        f"{begin}: {report.added} added, {report.updated} updated, {report.unchanged} unchanged,"
        f" {report.duplicates} duplicates, {report.rejected} rejected"
    )
    if report.id is None:
        done = [change for change in report.changes if change.kind is not Kind.UNCHANGED]
        for change in done[:SHOWN]:
            differs = f" ({', '.join(change.differs)})" if change.differs else ""
            click.echo(f"row {change.row}: {change.kind.value}: {change.question}{differs}")
        if len(done) > SHOWN:
            click.echo(f"and {len(done) - SHOWN} more")
    if report.answered_questions:
        click.echo(f"{report.answered_questions} open questions are answered now")
    for problem in report.problems[:SHOWN]:
        click.echo(str(problem), err=True)
    if len(report.problems) > SHOWN:
        click.echo(f"and {len(report.problems) - SHOWN} more", err=True)


@click.command("rollback")
@click.argument("number", type=int)
@tenant_option
def rollback(number: int, tenant: str) -> None:
    """Take the import NUMBER of a tenant back; entries that were changed since stay as they are."""
    settings = Settings()
    with reading(open_engine(settings.database)) as session:
        get_tenant(session, tenant)
    try:
        with writing(open_engine(settings.database)) as session:
            report = rollback_import(session, tenant, number, Change(by="cli", at=present(settings)))
    except ImportNotFound as error:
        raise click.ClickException(f"{tenant} has no import {number}") from error
    except AlreadyRolledBack as error:
        raise click.ClickException(f"import {number} was taken back before") from error
    click.echo(f"{len(report.restored)} restored, {len(report.retired)} retired, {len(report.skipped)} changed since")
    for entry in report.skipped:
        click.echo(f"left as it is: {entry.id} {entry.question}", err=True)
