"""``python -m benchmarks.back_office``: what a turn costs when the merchant's own system answers over HTTP."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import click
import httpx

from benchmarks.report import conditions, markdown, say, write_json
from benchmarks.servers import Actions, Desk, Rasa, SilentActions
from benchmarks.snapshot import ROOT
from benchmarks.timing import median, percentile
from xiaoer import migrations
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import issue_token
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.clock import system_clock
from xiaoer.commerce.back_offices import BackOffice, connect_back_office
from xiaoer.database import open_engine, reading, writing
from xiaoer.seeding import seed

MERCHANT, CUSTOMER = "yunshang", "c001"
WARM_UP = 5

SQL, HTTP, WITHOUT = "order status, sql", "order status, http", "the same turn, actions silent"
QUESTION = "我的订单到哪一步了"


@click.command()
@click.option("--rounds", type=click.IntRange(min=2), default=200, show_default=True, help="Turns of each kind.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def back_office(*, rounds: int, json_file: Path | None) -> None:
    """Compare whole turns with one action: on the embedded mall, on a merchant's own system, and with a silent action.

    The merchant's system is a running desk of another installation with the same demo mall. Each kind has a Rasa of its
    own; the turns are taken alternately, over Rasa's REST channel, each as the first of its conversation.
    """
    ensure_model(ROOT)
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        say("loading the demo mall; starting a desk, two action servers and three times Rasa")
        theirs, mine = _malls(folder)
        unlimited = {"XIAOER_COMMERCE_RATE_LIMIT": "1000000/second"}
        office = running.enter_context(Desk(_made(folder / "theirs"), theirs, unlimited))
        _connect(mine, theirs, f"{office.url}/api/v1/commerce")
        embedded = running.enter_context(Actions(_made(folder / "sql"), theirs))
        connected = running.enter_context(Actions(_made(folder / "http"), mine))
        silent = running.enter_context(SilentActions({"XIAOER_DATABASE_URL": theirs}))
        shared = {SQL: embedded.settings, HTTP: connected.settings, WITHOUT: silent.settings}
        client = running.enter_context(httpx.Client(trust_env=False, timeout=60))
        urls = {}
        for number, (name, settings) in enumerate(shared.items()):
            model = shutil.copy(model_path(ROOT), _made(folder / f"rasa{number}"))
            urls[name] = running.enter_context(Rasa(ROOT, Path(model), settings)).url
        say(f"{rounds} turns of each kind, alternately")
        times, said = _take(client, urls, rounds)
    if said[SQL] != said[HTTP]:
        raise click.ClickException("the two shop systems were answered from differently")
    click.echo(table(times))
    click.echo(f"\n{conditions()}")
    write_json(
        {name: {"median_ms": median(each), "p95_ms": percentile(each, 0.95)} for name, each in times.items()}, json_file
    )


def _take(
    client: httpx.Client, urls: Mapping[str, str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """Take the turns, and return the milliseconds of each and the words of the last, by kind."""
    times: dict[str, list[float]] = {name: [] for name in urls}
    said: dict[str, list[str]] = {}
    metadata = {"tenant": MERCHANT, "subject": CUSTOMER, "role": Role.CONSUMER.value, "channel": "web"}
    for number in range(-WARM_UP, rounds):
        for name, url in urls.items():
            body = {"sender": f"benchmark-{number}", "message": QUESTION, "metadata": metadata}
            began = time.perf_counter()
            response = client.post(url, json=body)
            taken = (time.perf_counter() - began) * 1000
            said[name] = [str(each.get("text")) for each in response.raise_for_status().json()]
            if number >= 0:
                times[name].append(taken)
    return times, said


def table(times: Mapping[str, list[float]]) -> str:
    """Return the figures as people read them.

    Args:
        times: Milliseconds of every turn by kind.
    """
    least = median(times[WITHOUT])
    rows = [
        (name, f"{median(each):.1f}", f"{percentile(each, 0.95):.1f}", f"{median(each) / least:.2f}")
        for name, each in times.items()
    ]
    return markdown(("turn", "median, ms", "p95, ms", "÷ silent"), rows)


def _malls(folder: Path) -> tuple[str, str]:
    """Return the addresses of two databases with the same mall."""
    file = folder / "theirs.db"
    engine = open_engine(f"sqlite:///{file}")
    migrations.upgrade(engine)
    seed(engine, ROOT / "demo", now=system_clock())
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    shutil.copy(file, folder / "mine.db")
    return f"sqlite:///{file}", f"sqlite:///{folder / 'mine.db'}"


def _connect(mine: str, theirs: str, url: str) -> None:
    engine = open_engine(theirs)
    with reading(engine) as session:
        identity = Identity("benchmark", MERCHANT, Role.SYSTEM)
        token = issue_token(session, identity, now=system_clock(), lifetime=timedelta(days=1))
    engine.dispose()
    engine = open_engine(mine)
    with writing(engine) as session:
        connect_back_office(session, BackOffice(MERCHANT, url, token))
    engine.dispose()


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    back_office()
