"""The three processes as an installation runs them, each of which a test may kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx
from honcho.environ import parse_procfile
from sqlalchemy.engine import Engine

from xiaoer import migrations
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.cli.ports import free_port
from xiaoer.cli.project import service_environment
from xiaoer.clock import system_clock
from xiaoer.database import open_engine
from xiaoer.seeding import seed
from xiaoer.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


class Stack:
    """Desk, rasa and actions on free ports, with the demo mall in a database of their own."""

    def __init__(self, folder: Path, database_url: str = "", tracker_url: str = "") -> None:
        """Prepare the database; nothing is started yet.

        Args:
            folder: Where everything is written, the processes' logs included.
            database_url: The database; SQLite in ``folder`` when empty.
            tracker_url: Rasa's tracker store; where the settings put it when empty.
        """
        self.settings = Settings(
            data_dir=folder,
            database_url=database_url,
            tracker_url=tracker_url,
            desk_port=free_port(),
            rasa_url=f"http://127.0.0.1:{free_port()}",
            actions_url=f"http://127.0.0.1:{free_port()}/webhook",
            rate_limit="600/minute",
            breaker_seconds=1,
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = open_engine(self.settings.database)
        migrations.upgrade(self.engine)
        seed(self.engine, ROOT / "demo", now=system_clock())
        self._environment = {
            **service_environment(self.settings, model_path(ROOT)),
            "XIAOER_RATE_LIMIT": self.settings.rate_limit,
            "XIAOER_BREAKER_SECONDS": "1",
        }
        self._commands = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._health = {
            "desk": f"{self.url}/health",
            "rasa": self.settings.rasa_url,
            "actions": self.settings.actions_url.replace("/webhook", "/health"),
        }

    @property
    def url(self) -> str:
        """The desk's address."""
        return f"http://127.0.0.1:{self.settings.desk_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the processes find in their environment."""
        return dict(self._environment)

    def start(self, *names: str) -> None:
        """Start processes, all of them by default, and wait until they answer; Rasa's model is trained if it lacks.

        Raises:
            RuntimeError: If one ends, or does not answer in time.
        """
        names = names or tuple(self._commands)
        if "rasa" in names:
            ensure_model(ROOT)
        for name in names:
            log = (self.settings.data_dir / f"{name}.log").open("ab")
            self._running[name] = subprocess.Popen(
                self._commands[name],
                shell=True,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        for name in names:
            while not self._answers(name):
                if self._running[name].poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{name} did not start:\n{self.log(name)[-3000:]}")
                time.sleep(0.2)

    def kill(self, name: str) -> None:
        """Kill a process and its children, as a crash or a lost machine would."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError):  # it has ended by itself; why is told by whoever waited for it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Kill whatever runs."""
        for name in list(self._running):
            self.kill(name)
        self.engine.dispose()

    def log(self, name: str) -> str:
        """What a process has printed."""
        return (self.settings.data_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _answers(self, name: str) -> bool:
        try:
            return httpx.get(self._health[name], timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
