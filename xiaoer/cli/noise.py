"""Warnings of libraries about libraries, which nobody who runs the project can act on.

They can't be switched off: Sanic, which Rasa serves with, switches them on again when it is imported.
"""

from __future__ import annotations

import re

BEGINS = re.compile(r"^\S+:\d+: \w*DeprecationWarning: ")
LONGEST = 4
"""Lines that one warning takes at most: its words, and an indented line of source at the end."""


class Noise:
    """Tells the lines of such warnings from everything else that one process prints."""

    def __init__(self) -> None:
        self._left = 0

    def contains(self, line: str) -> bool:
        """Return whether this line, the next of the process, belongs to such a warning."""
        if BEGINS.match(line):
            self._left = LONGEST - 1
            return True
        if self._left == 0:
            return False
        self._left = 0 if line.startswith("  ") else self._left - 1
        return True
