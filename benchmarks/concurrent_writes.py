"""``python -m benchmarks.concurrent_writes``: many conversations that write to the same few orders at once."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.engine import Engine, make_url

from benchmarks.contested import make_orders
from benchmarks.ledger import Ledger
from benchmarks.report import conditions, markdown, say, write_json
from benchmarks.servers import Actions, Desk, Rasa
from benchmarks.snapshot import ROOT
from benchmarks.timing import median, percentile
from benchmarks.wishes import read_wishes
from benchmarks.writers import hold
from xiaoer import migrations
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.clock import system_clock
from xiaoer.database import open_engine
from xiaoer.seeding import seed

PATIENT = {"XIAOER_RATE_LIMIT": "1000000/second", "XIAOER_RASA_TIMEOUT": "60"}
"""Settings of the desk under which load alone makes nothing fail: what is measured is whether all is written once."""


@dataclass(frozen=True)
class Figures:
    """What came of a run.

    Attributes:
        database: Kind of database.
        conversations: Open at once.
        orders: What they were about.
        messages: Sent, those that were sent twice counted twice.
        twice: Messages that were sent twice at once.
        in_flight: The most that were under way at the same moment.
        writes: Changes on record.
        done: Wishes that were granted.
        refusals: Wishes that were refused.
        seconds: From the first message to the last answer.
        messages_per_second: Messages divided by that.
        median_ms: Median of a message, from sending it to its answer.
        p95_ms: 95th percentile of the same.
        violations: What must not be, in words.
    """

    database: str
    conversations: int
    orders: int
    messages: int
    twice: int
    in_flight: int
    writes: int
    done: int
    refusals: int
    seconds: float
    messages_per_second: float
    median_ms: float
    p95_ms: float
    violations: list[str]


@click.command()
@click.option("--conversations", type=click.IntRange(min=1), default=200, show_default=True, help="Open at once.")
@click.option("--orders", type=click.IntRange(min=1), default=20, show_default=True, help="What they are about.")
@click.option(
    "--in-flight",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="Messages under way at most; the others wait at the client, since one Rasa process works on one at a time.",
)
@click.option("--database", help="Address of an empty database; without it a new file of SQLite.")
@click.option(
    "--model", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Model; else the project's."
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def concurrent_writes(
    *, conversations: int, orders: int, in_flight: int, database: str | None, model: Path | None, json_file: Path | None
) -> None:
    """Have many conversations write to the same orders at once, and check that nothing is lost or written twice.

    Desk, Rasa and actions run as in service. Exit status 1 if anything is wrong.
    """
    if model is None:
        ensure_model(ROOT)
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        address = database or f"sqlite:///{folder / 'xiaoer.db'}"
        engine = open_engine(address)
        running.callback(engine.dispose)
        say("loading the demo mall; starting desk, rasa and actions")
        migrations.upgrade(engine)
        seed(engine, ROOT / "demo", now=system_clock())
        url = _start(running, folder, address, (model or model_path(ROOT)).resolve())
        say(f"{conversations} conversations about {orders} orders")
        figures = measure(url, engine, conversations=conversations, orders=orders, in_flight=in_flight)
    click.echo(markdown(("figure", figures.database), _rows(figures)))
    click.echo(f"\n{conditions()}")
    write_json(figures, json_file)
    for violation in figures.violations:
        say(violation)
    if figures.violations:
        raise click.exceptions.Exit(1)


def measure(url: str, engine: Engine, *, conversations: int, orders: int, in_flight: int) -> Figures:
    """Hold the conversations with a running desk, and check its database.

    Args:
        url: The desk.
        engine: Its database, to which the orders are added.
        conversations: How many are open at once.
        orders: How many orders they are about.
        in_flight: How many messages are under way at most.
    """
    contested = make_orders(engine, orders, now=system_clock())
    ledger = Ledger(engine, contested)
    held = asyncio.run(hold(url, contested, read_wishes(), conversations, in_flight))
    return Figures(
        database=make_url(str(engine.url)).get_backend_name(),
        conversations=held.conversations,
        orders=len(contested),
        messages=len(held.ms),
        twice=held.twice,
        in_flight=held.most_in_flight,
        writes=ledger.writes(),
        done=sum(answer.done for answer in held.answers),
        refusals=sum(bool(answer.why_not) for answer in held.answers),
        seconds=held.seconds,
        messages_per_second=len(held.ms) / held.seconds,
        median_ms=median(held.ms),
        p95_ms=percentile(held.ms, 0.95),
        violations=[*held.failures, *ledger.violations(held.answers)],
    )


def _start(running: ExitStack, folder: Path, database: str, model: Path) -> str:
    """Start the three processes, and return the desk's address."""
    loaded = folder / "model.tar.gz"
    loaded.symlink_to(model)
    shared = {} if database.startswith("sqlite") else {"XIAOER_TRACKER_URL": database}
    actions = running.enter_context(Actions(folder, database))
    rasa = running.enter_context(Rasa(ROOT, loaded, {**actions.settings, **shared}))
    desk = running.enter_context(Desk(folder, database, {**PATIENT, "XIAOER_RASA_URL": rasa.address}))
    return desk.url


def _rows(figures: Figures) -> list[tuple[str, object]]:
    return [
        ("conversations, open at once", figures.conversations),
        ("orders", figures.orders),
        ("messages, double submits", f"{figures.messages}, {figures.twice}"),
        ("messages under way at once, at most", figures.in_flight),
        ("writes", figures.writes),
        ("refusals", figures.refusals),
        ("wall time, s", f"{figures.seconds:.1f}"),
        ("messages/s", f"{figures.messages_per_second:.1f}"),
        ("message, ms: median, p95", f"{figures.median_ms:.0f}, {figures.p95_ms:.0f}"),
        ("violations", len(figures.violations)),
    ]


if __name__ == "__main__":
    concurrent_writes()
