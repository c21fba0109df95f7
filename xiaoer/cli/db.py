"""``xiaoer db``: the tables and the demo mall in them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from xiaoer import migrations
from xiaoer.cli.moments import Moment, present
from xiaoer.cli.output import json_option, print_json
from xiaoer.cli.project import project_root
from xiaoer.database import open_engine
from xiaoer.seeding import SeedReport, seed
from xiaoer.settings import Settings

DEMO = "demo"


@click.group()
def db() -> None:
    """Create, upgrade and seed the database."""


@db.command("init")
@json_option
def init(as_json: bool) -> None:
    """Create the database's tables, or bring those that are there up to date."""
    _upgrade(as_json)


@db.command("upgrade")
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the database's tables up to date."""
    _upgrade(as_json)


def _upgrade(as_json: bool) -> None:
    settings = Settings()
    engine = open_engine(settings.database)
    before = migrations.current(engine)
    after = migrations.upgrade(engine)
    if as_json:
        print_json({"database": shown(settings.database), "before": before, "after": after})
    elif before == after:
        click.echo(f"{shown(settings.database)} is up to date (revision {after})")
    else:
        click.echo(f"{shown(settings.database)} is now at revision {after}")


@db.command("seed")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the mall's data files; the demo mall when left out.",
)
@click.option("--now", type=Moment(), help="The moment that the mall is made for; the present when left out.")
@json_option
def seed_command(folder: Path | None, now: datetime | None, as_json: bool) -> None:
    """Load a mall into an empty database; one that holds merchants stays as it is."""
    settings = Settings()
    engine = open_engine(settings.database)
    report = seed(engine, folder or project_root() / DEMO, now=present(settings, now))
    if as_json:
        print_json({"database": shown(settings.database), "loaded": report.loaded, "rows": report.rows})
    elif report.loaded:
        click.echo(f"loaded {in_words(report)}")
    else:
        click.echo("the database is not empty: nothing was loaded")


def in_words(report: SeedReport) -> str:
    """Return what was loaded, for example ``7 tenants, 40 customers``."""
    return ", ".join(f"{number} {table.replace('_', ' ')}" for table, number in report.rows.items())


def shown(url: str) -> str:
    """Return the address of a database without its password."""
    return str(make_url(url).render_as_string(hide_password=True))
