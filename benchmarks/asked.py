"""A process of its own that is asked for things, so that its memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from benchmarks.serving import PEAK
from benchmarks.snapshot import environment

_Process = TypeVar("_Process", bound="AskedProcess")


class WorkerError(Exception):
    """The process ended; its last words are the message."""


class AskedProcess:
    """A process that serves requests (``benchmarks.serving``), running while the ``with`` block lasts."""

    module = ""
    """The module that it runs."""

    def __init__(self, folder: Path, log: Path) -> None:
        """Prepare it.

        Args:
            folder: The snapshot that it works in.
            log: Where it writes what Rasa says.
        """
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self: _Process) -> _Process:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
                [sys.executable, "-m", self.module],
                cwd=self._folder,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            if kind is not None:
                self._process.terminate()
            self._process.communicate()

    def peak_mb(self) -> float:
        """Return the most memory that the process has had until now."""
        return float(self._ask("nothing")[PEAK])

    def _ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise WorkerError("the worker has not been started")
        try:
            print(json.dumps({"do": what, **arguments}, ensure_ascii=False), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(self._log.read_text(encoding="utf-8", errors="replace")[-3000:])
        return dict(json.loads(line))
