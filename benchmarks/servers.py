"""Starts the assistant's private processes on free ports, and says how long that took and how much memory they have."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import click
import httpx

from benchmarks.snapshot import ROOT, environment
from xiaoer.cli.ports import free_port

START_SECONDS = 300
POLL_SECONDS = 0.1
_Server = TypeVar("_Server", bound="Server")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class Server:
    """A process that answers HTTP, running while the ``with`` block lasts.

    Attributes:
        seconds: How long it took until it answered.
    """

    def __init__(self, module: Sequence[str], folder: Path, settings: Mapping[str, str], ready: str, log: Path) -> None:
        """Prepare a server.

        Args:
            module: A module of Python and its arguments.
            folder: Where it runs.
            settings: What it finds in its environment besides what is usual.
            ready: The address that answers when it is ready.
            log: Where its words go.
        """
        self._module = list(module)
        self._folder = folder
        self._environment = dict(settings)
        self._ready = ready
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.seconds = 0.0

    def __enter__(self: _Server) -> _Server:
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
                [sys.executable, "-m", *self._module],
                cwd=self._folder,
                env={**environment(), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            while not self._answers():
                if self._process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                    words = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
                    raise click.ClickException(f"{self._module[0]} did not start:\n{words}")
                time.sleep(POLL_SECONDS)
        except BaseException:
            self._stop()
            raise
        self.seconds = time.perf_counter() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def resident_mb(self) -> float:
        """Return how much memory the process has now, in megabytes.

        Raises:
            RuntimeError: If it does not run, or this system does not tell.
        """
        if self._process is not None and self._process.poll() is None:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
            if found := _RESIDENT.search(status):
                return int(found[1]) / 1024
        raise RuntimeError("the memory of the process is not known")

    def _stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(self._ready, timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


class Actions(Server):
    """The action server, as in service.

    Attributes:
        settings: What it and Rasa find in their environment.
    """

    def __init__(self, folder: Path, database: str) -> None:
        """Prepare it.

        Args:
            folder: Where it writes.
            database: Address of a database with something to talk about.
        """
        address = f"http://127.0.0.1:{free_port()}"
        self.settings = {
            "XIAOER_DATABASE_URL": database,
            "XIAOER_ACTIONS_URL": f"{address}/webhook",
            "XIAOER_DATA_DIR": str(folder),
        }
        super().__init__(["actions.server"], ROOT, self.settings, f"{address}/health", folder / "actions.log")


class Desk(Server):
    """A desk, as in service.

    Attributes:
        url: Its address.
    """

    def __init__(self, folder: Path, database: str, shared: Mapping[str, str]) -> None:
        """Prepare it.

        Args:
            folder: Where it writes.
            database: Address of a database with something to sell.
            shared: What it finds in its environment besides.
        """
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        command = ["uvicorn", "--factory", "desk.app:create_app", "--host", "127.0.0.1", "--port", str(port)]
        settings = {**shared, "XIAOER_DATABASE_URL": database, "XIAOER_DATA_DIR": str(folder)}
        command += ["--ws", "websockets", "--no-access-log"]
        super().__init__(command, ROOT, settings, f"{self.url}/openapi.json", folder / "desk.log")


class SilentActions:
    """An action server that does nothing at once, so that a turn takes what Rasa itself takes.

    Attributes:
        settings: What Rasa finds in its environment.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Listen on a free port.

        Args:
            settings: What Rasa finds in its environment besides.
        """
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Silence)
        self.settings = {**settings, "XIAOER_ACTIONS_URL": f"http://127.0.0.1:{self._server.server_port}/webhook"}

    def __enter__(self) -> SilentActions:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Silence(BaseHTTPRequestHandler):
    """Answers every action with no event and no word."""

    protocol_version = "HTTP/1.1"
    answer = json.dumps({"events": [], "responses": []}).encode()

    def do_POST(self) -> None:
        """Read the request to its end, and say nothing."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Write nothing down."""


class Rasa(Server):
    """``rasa run`` with a model, an SQL tracker store and the REST channel, as in service.

    Attributes:
        address: Its address.
        url: The REST channel.
    """

    def __init__(self, snapshot: Path, model: Path, shared: Mapping[str, str]) -> None:
        """Prepare it.

        Args:
            snapshot: Where it runs.
            model: What it loads; conversations and words are written beside it.
            shared: What it finds in its environment as the action server does; the tracker store is a file beside
                the model unless this names another.
        """
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.url = f"{self.address}/webhooks/rest/webhook"
        command = ["rasa", "run", "--interface", "127.0.0.1", "--port", str(port), "--model", str(model), "--quiet"]
        command += ["--endpoints", str(ROOT / "endpoints.yml"), "--credentials", str(ROOT / "credentials.yml")]
        settings = {"XIAOER_TRACKER_URL": f"sqlite:///{model.with_suffix('.tracker.db')}", **shared}
        super().__init__(command, snapshot, settings, f"{self.address}/", model.with_suffix(".log"))
