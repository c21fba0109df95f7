"""``xiaoer knowledge``: searching, exporting and importing what a tenant knows."""

from __future__ import annotations

import click

from xiaoer.accounts.directory import get_tenant
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json
from xiaoer.database import open_engine, reading
from xiaoer.knowledge.model import Answer
from xiaoer.knowledge.precedence import THRESHOLD
from xiaoer.knowledge.search import KnowledgeBase
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
