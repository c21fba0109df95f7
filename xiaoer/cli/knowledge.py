"""``xiaoer knowledge``: searching, exporting and importing what a tenant knows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from xiaoer.accounts.directory import get_tenant
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.errors import ImportRejected
from xiaoer.knowledge.model import Answer
from xiaoer.knowledge.precedence import THRESHOLD
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.transfer import MAX_BYTES, export_csv, import_csv
from xiaoer.settings import Settings

tenant_option = click.option("--tenant", required=True, metavar="ID", help="Merchant, or platform.")


@click.group()
def knowledge() -> None:
    """Search, export and import what the platform and each merchant know."""


@knowledge.command("search")
@click.argument("text")
@tenant_option
@click.option("--product", metavar="ID", help="Product that the visitor looks at.")
@click.option("--limit", type=click.IntRange(1, 50), default=3, show_default=True, help="At most so many entries.")
@json_option
def search(text: str, tenant: str, product: str | None, limit: int, as_json: bool) -> None:
    """Show what a visitor of a tenant who asks TEXT would be answered, and what else was found."""
    settings = Settings()
    engine = open_engine(settings.database)
    with reading(engine) as session:
        get_tenant(session, tenant)
    found = KnowledgeBase(engine).search(tenant, text, now=present(settings), product_id=product, limit=limit)
    answered = bool(found) and found[0].score >= THRESHOLD
    if as_json:
        print_json({"answered": answered, "threshold": THRESHOLD, "found": [_plain(answer) for answer in found]})
        return
    if not answered:
        click.echo("no answer")
    for answer in found:
        click.echo(f"{answer.score:.2f}  {answer.source}  {answer.entry.question}\n      {answer.entry.answer}")


@knowledge.command("export")
@tenant_option
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File; else standard output.")
def export(tenant: str, output: Path | None) -> None:
    """Write the entries of a tenant as CSV with Chinese headers, as spreadsheets and `import` read it."""
    with reading(open_engine(Settings().database)) as session:
        get_tenant(session, tenant)
        entries = list_entries(session, tenant)
    content = export_csv(entries)
    if output is None:
        click.echo(content, nl=False)
        return
    output.write_bytes(content.encode("utf-8-sig"))  # without the mark, Excel takes it for another encoding
    click.echo(f"{len(entries)} entries written to {output}", err=True)


@knowledge.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@tenant_option
@json_option
def import_command(file: Path, tenant: str, as_json: bool) -> None:
    r"""Write the entries of a CSV FILE into the knowledge of a tenant, all of them or none.

    \b
    Columns: 问题 and 答案; 相似问法 (separated by |), 层级 (商品, 活动, 紧急), 商品, 生效时间, 失效时间, 编号.
    """
    if file.stat().st_size > MAX_BYTES:
        raise click.ClickException(f"{file} has more than {MAX_BYTES} bytes")
    try:
        with writing(open_engine(Settings().database)) as session:
            get_tenant(session, tenant)
            report = import_csv(session, tenant, file.read_bytes())
    except ImportRejected as error:
        raise click.ClickException(f"nothing was imported from {file}:\n{error}") from error
    if as_json:
        print_json(asdict(report))
    else:
        click.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged")


def _plain(answer: Answer) -> dict[str, object]:
    entry = answer.entry
    return {
        "id": entry.id,
        "score": answer.score,
        "source": answer.source,
        "scope": entry.scope,
        "layer": entry.layer.value,
        "question": entry.question,
        "answer": entry.answer,
        "product_id": entry.product_id,
        "product_label": entry.product_label,
        "version": entry.version,
    }
