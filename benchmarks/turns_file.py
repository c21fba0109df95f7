"""Labelled turns of real people, from a file that is given on the command line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

NOTHING = "none"
"""The label of a turn that wants nothing, so that nothing should be done about it."""


@dataclass(frozen=True)
class LabelledTurn:
    """What somebody wrote, and what they wanted.

    Attributes:
        text: The words.
        intent: The intent, or ``none``.
        random: Whether it was drawn as it came, rather than looked for.
    """

    text: str
    intent: str
    random: bool


def read_turns(file: Path) -> list[LabelledTurn]:
    """Return the rows of a file with the columns ``text``, ``intent`` and, if there is one, ``drawn``.

    Raises:
        ValueError: If a column is missing.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = {"text", "intent"} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{file} lacks the columns {', '.join(sorted(missing))}")
        return [LabelledTurn(row["text"], row["intent"], (row.get("drawn") or "random") == "random") for row in rows]
