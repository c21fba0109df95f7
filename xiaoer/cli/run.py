"""``xiaoer run``: from a checkout to three running servers, in one command."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import click
import httpx
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from xiaoer import migrations
from xiaoer.cli.db import DEMO, in_words, shown
from xiaoer.cli.model import ensure_learned, model_path
from xiaoer.cli.moments import present
from xiaoer.cli.noise import Noise
from xiaoer.cli.ports import check_free
from xiaoer.cli.project import address_of, project_root, service_environment
from xiaoer.database import open_engine
from xiaoer.seeding import SeedReport, seed
from xiaoer.settings import Settings

POLL_SECONDS = 0.5


@click.command()
@click.option("--demo/--no-demo", default=True, show_default=True, help="Load the demo mall into an empty database.")
def run(demo: bool) -> None:
    """Start the desk, Rasa and the actions.

    Creates the database, loads the demo mall into an empty one, and trains the model where there is none for the
    present data. Ctrl-C stops all three.
    """
    root = project_root()
    settings = Settings()
    check_ports(settings)
    prepare_database(settings, root, demo=demo)
    ensure_learned(root)
    environment = service_environment(settings, model_path(root))
    sys.exit(serve(root, environment, settings))


def check_ports(settings: Settings) -> None:
    """Make sure that all three servers can listen.

    Raises:
        click.ClickException: If one can't, before anything has started.
    """
    check_free(settings.desk_host, settings.desk_port, "desk", "XIAOER_DESK_PORT")
    check_free(*address_of(settings.rasa_url, "XIAOER_RASA_URL", 5005), "rasa", "XIAOER_RASA_URL")
    check_free(*address_of(settings.actions_url, "XIAOER_ACTIONS_URL", 5055), "actions", "XIAOER_ACTIONS_URL")


def prepare_database(settings: Settings, root: Path, *, demo: bool) -> None:
    """Bring the tables up to date and load the demo mall into an empty database.

    Args:
        settings: Where the database is.
        root: The project's folder.
        demo: Whether an empty database gets the demo mall.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrations.upgrade(engine)
    report = seed(engine, root / DEMO, now=present(settings)) if demo else SeedReport(loaded=False)
    if report.loaded:
        click.echo(f"loaded the demo mall into {shown(settings.database)}: {in_words(report)}")
    engine.dispose()


class QuietPrinter(Printer):
    """Honcho's printer without the warnings that nobody here can act on."""

    def __init__(self, output: TextIO) -> None:
        """Print to ``output``."""
        super().__init__(output)
        self._noise: defaultdict[str, Noise] = defaultdict(Noise)

    def write(self, message: Message) -> None:
        """Print a line of a process, with the time and the process's name before it."""
        line = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        if not self._noise[message.name].contains(line):
            super().write(message)


class Supervisor(Manager):
    """Honcho's manager, which also survives being told to stop before everything has started.

    Attributes:
        asked_to_stop: Whether somebody asked to stop, rather than a process ending by itself.
    """

    def __init__(self, when_started: Callable[[], None]) -> None:
        """Manage nothing yet.

        Args:
            when_started: Called, in a thread of its own, when the processes have been launched.
        """
        super().__init__(QuietPrinter(sys.stdout))
        self.asked_to_stop = False
        self._stop_later = False
        self._when_started = when_started

    def _start(self) -> None:
        click.echo("starting desk, rasa and actions; Rasa takes half a minute …")
        super()._start()  # forks, so there are no threads before it
        threading.Thread(target=self._when_started, daemon=True).start()

    def terminate(self) -> None:
        """Stop all processes; those that are being started right now, as soon as that is done."""
        self.asked_to_stop = self.asked_to_stop or not self._any_stopped()
        if super()._all_started():
            super().terminate()
        else:
            self._stop_later = True

    def _all_started(self) -> bool:  # asked by the manager's loop several times a second
        started = bool(super()._all_started())
        if started and self._stop_later:
            self._stop_later = False
            super().terminate()
        return started


def serve(root: Path, environment: Mapping[str, str], settings: Settings) -> int:
    """Run the lines of ``Procfile`` until one ends or somebody asks to stop, and return the exit status.

    Args:
        root: The project's folder.
        environment: What the lines find in their environment.
        settings: Where the servers listen.
    """
    manager = Supervisor(partial(announce, settings))
    processes = parse_procfile((root / "Procfile").read_text(encoding="utf-8")).processes
    for name, command in processes.items():
        # Without a shell in between, the server itself gets the signals and gives the exit status.
        manager.add_process(name, f"exec {command}", env=dict(environment), cwd=str(root))
    # A terminal that is closed must not leave three servers behind.
    signal.signal(signal.SIGHUP, _stop)
    manager.loop()
    return 0 if manager.asked_to_stop else (manager.returncode or 1)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def announce(settings: Settings) -> None:
    """Wait until all three servers answer, and say where they are."""
    desk = f"http://{_reachable(settings.desk_host)}:{settings.desk_port}"
    host, port = address_of(settings.actions_url, "XIAOER_ACTIONS_URL", 5055)
    checks = [f"{desk}/health", f"{settings.rasa_url.rstrip('/')}/", f"http://{_reachable(host)}:{port}/health"]
    began = time.monotonic()
    with httpx.Client(trust_env=False, timeout=2) as client:
        while not all(_answers(client, each) for each in checks):
            time.sleep(POLL_SECONDS)
    click.echo(
        f"""
  Xiaoer is ready ({time.monotonic() - began:.0f} s).

    customers   {desk}/chat
    API         {desk}/docs
    private     rasa {settings.rasa_url}, actions {settings.actions_url}

  Ctrl-C stops it.
"""
    )


def _reachable(host: str) -> str:
    """Return a host as it stands in an address that a browser of this machine can open."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not listened on
    return f"[{host}]" if ":" in host else host


def _answers(client: Any, url: str) -> bool:
    try:
        return bool(client.get(url).status_code == httpx.codes.OK)
    except httpx.HTTPError:
        return False
