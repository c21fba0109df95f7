"""``xiaoer knowledge history``, ``restore``, ``questions`` and ``conflicts``: looking after what a tenant knows."""

from __future__ import annotations

import click

from xiaoer.accounts.directory import get_tenant, list_merchants
from xiaoer.accounts.model import PLATFORM
from xiaoer.cli.knowledge_files import tenant_option
from xiaoer.cli.moments import present
from xiaoer.cli.output import json_option, print_json, print_table
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.catalogue import Catalogue
from xiaoer.knowledge.conflicts import Conflict, find_conflicts
from xiaoer.knowledge.errors import EntryNotFound, KnowledgeError
from xiaoer.knowledge.history import list_versions, rollback_entry
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.questions import list_groups
from xiaoer.knowledge.store import list_entries
from xiaoer.settings import Settings


@click.command("history")
@click.argument("entry", type=int)
@tenant_option
@json_option
def history(entry: int, tenant: str, as_json: bool) -> None:
    """Show who changed ENTRY, and what it said then, the newest first."""
    with reading(open_engine(Settings().database)) as session:
        get_tenant(session, tenant)
        try:
            versions = list_versions(session, tenant, entry)
        except EntryNotFound as error:
            raise click.ClickException(f"{tenant} has no entry {entry}") from error
    rows = [
        {
            "version": each.entry.version,
            "action": each.action.value,
            "by": each.by,
            "at": each.at.isoformat(),
            "import": each.import_id,
            "status": each.entry.status.value,
            "question": each.entry.question,
            "answer": each.entry.answer,
        }
        for each in versions
    ]
    if as_json:
        print_json({"versions": rows})
    else:
        print_table(list(rows[0]), [tuple(row.values()) for row in rows])


@click.command("restore")
@click.argument("entry", type=int)
@click.argument("version", type=int)
@tenant_option
def restore(entry: int, version: int, tenant: str) -> None:
    """Let ENTRY say again what it said at VERSION."""
    settings = Settings()
    engine = open_engine(settings.database)
    with reading(engine) as session:
        get_tenant(session, tenant)
    try:
        with writing(engine) as session:
            now = rollback_entry(session, tenant, entry, version, Change(by="cli", at=present(settings)))
    except KnowledgeError as error:
        raise click.ClickException(f"{tenant} has no version {version} of an entry {entry}") from error
    click.echo(f"entry {now.id} is at version {now.version}: {now.status.value}, {now.question}")


@click.command("questions")
@click.option("--tenant", metavar="ID", help="Merchant, or platform; all of them when left out.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many groups.")
@json_option
def questions(tenant: str | None, limit: int, as_json: bool) -> None:
    """List the questions without a good answer, near-duplicates together, the most asked first."""
    with reading(open_engine(Settings().database)) as session:
        if tenant is None:
            tenants = [PLATFORM, *(merchant.id for merchant in list_merchants(session))]
        else:
            tenants = [get_tenant(session, tenant).id]
        groups = list_groups(session, tenants, limit=limit)
    rows = [
        {
            "count": group.count,
            "question": group.text,
            "tenants": group.by_tenant,
            "last_asked_at": group.last_asked_at.isoformat(),
            "ids": [question.id for question in group.questions],
        }
        for group in groups
    ]
    if as_json:
        print_json({"groups": rows})
    elif rows:
        shown = [
            (row["count"], row["question"], _counted(group.by_tenant)) for row, group in zip(rows, groups, strict=True)
        ]
        print_table(["count", "question", "asked at"], shown)
    else:
        click.echo("no open questions")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{tenant} {count}" for tenant, count in counts.items())


@click.command("conflicts")
@tenant_option
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@json_option
def conflicts(tenant: str, limit: int, as_json: bool) -> None:
    """List entries of a tenant, and of the platform beside them, that are asked nearly the same."""
    with reading(open_engine(Settings().database)) as session:
        get_tenant(session, tenant)
        entries = [entry for scope in dict.fromkeys([tenant, PLATFORM]) for entry in list_entries(session, scope)]
        called = Catalogue(session, tenant).names
    names = ProductNames((product, name, name) for product, name in called.items())
    found = [each for each in find_conflicts(entries, names=names) if tenant in (each.first.scope, each.second.scope)][
        :limit
    ]
    if as_json:
        print_json({"conflicts": [_plain(each) for each in found]})
        return
    for each in found:
        first, second = (f"{entry.scope} {entry.id} {entry.question}" for entry in (each.first, each.second))
        click.echo(f"{each.kind.value} ({each.similarity:.2f}): {first} / {second}")
    if not found:
        click.echo("no conflicts")


def _plain(conflict: Conflict) -> dict[str, object]:
    return {
        "kind": conflict.kind.value,
        "entries": [
            {"id": entry.id, "scope": entry.scope, "question": entry.question}
            for entry in (conflict.first, conflict.second)
        ],
        "similarity": round(conflict.similarity, 2),
        "numbers_differ": conflict.differs.numbers,
    }
