"""``xiaoer knowledge``: searching, exporting and importing what a tenant knows."""

from __future__ import annotations

import click

from xiaoer.accounts.directory import get_tenant
from xiaoer.cli.knowledge_files import export, import_command, rollback, tenant_option
from xiaoer.cli.knowledge_review import conflicts, history, questions, restore
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json
from xiaoer.database import open_engine, reading
from xiaoer.knowledge.model import Answer, Verdict
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.settings import Settings


@click.group()
def knowledge() -> None:
    """Search, export and import what the platform and each merchant know."""


for command in (export, import_command, rollback, history, restore, questions, conflicts):
    knowledge.add_command(command)


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
    base, now = KnowledgeBase(engine, folder=settings.indexes), present(settings)
    verdict = base.ask(tenant, text, now=now, product_id=product).verdict
    found = base.search(tenant, text, now=now, product_id=product, limit=limit)
    if as_json:
        answered = verdict is Verdict.ANSWER
        print_json({"verdict": verdict.value, "answered": answered, "found": [_plain(answer) for answer in found]})
        return
    click.echo({Verdict.ANSWER: "answered", Verdict.OFFER: "offered", Verdict.UNKNOWN: "not known"}[verdict])
    for answer in found:
        click.echo(f"{answer.score:.2f}  {answer.source}  {answer.entry.question}\n      {answer.entry.answer}")


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
