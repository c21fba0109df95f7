"""What a person wants to read of the many lines that ``rasa train`` prints."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator

LOG = re.compile(r"^\S+ \S+ (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+\S+\s+- (?P<text>.*)$")
STEP = re.compile(r"^(?P<what>Starting to train|Restored) component '(?P<name>[^']+)'")
WARNING = re.compile(r"^\S+:\d+: (?P<kind>\w*Warning): (?P<text>.*)$")
BAR = re.compile(r"\dit/s|\?it/s|\d+%\|")
COLOUR = re.compile(r"\x1b\[\d*m")
VERBS = {"Starting to train": "training", "Restored": "unchanged:"}
LATEST = 80
MISTAKEN = ("You have defined training data consisting of entity examples, but your NLU configuration does not",)
"""Beginnings of warnings that do not hold: Rasa looks for entity extractors among its own classes alone."""


class Progress:
    """Picks the steps, the warnings about the project's own data, and the errors.

    Attributes:
        latest: The last lines as they came, for when the training fails.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin counting seconds.

        Args:
            clock: Seconds that only grow.
        """
        self.latest: deque[str] = deque(maxlen=LATEST)
        self._clock = clock
        self._began = clock()
        self._inside_warning = False

    def read(self, line: str) -> Iterator[str]:
        """Yield what to show for a line, if anything."""
        line = COLOUR.sub("", line).rstrip()
        if not line or BAR.search(line):
            return
        self.latest.append(line)
        log, warning = LOG.match(line), WARNING.match(line)
        if log:
            self._inside_warning = False
            yield from self._log(log["level"], log["text"])
        elif warning:
            self._inside_warning = warning["kind"] == "UserWarning" and not warning["text"].startswith(MISTAKEN)
            if self._inside_warning:
                yield f"  warning: {warning['text']}"
        elif self._inside_warning and not line.startswith("  "):  # an indented line is the source that warned
            yield f"           {line}"

    def _log(self, level: str, text: str) -> Iterator[str]:
        step = STEP.match(text)
        if step:
            yield f"  {self._clock() - self._began:4.0f} s  {VERBS[step['what']]} {step['name']}"
        elif level not in ("DEBUG", "INFO"):
            yield f"  {level.lower()}: {text}"
