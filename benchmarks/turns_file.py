"""Labelled turns of real people, from a file that is given on the command line."""

from __future__ import annotations

from pathlib import Path

from xiaoer.evaluation.nlu import Turn
from xiaoer.evaluation.tables import read_table

RANDOM = "random"
"""The group of turns that were drawn as they came, rather than looked for."""


def read_turns(file: Path) -> list[Turn]:
    """Return the rows of a file with the columns ``text``, ``intent`` and, if there is one, ``drawn``: their group.

    Raises:
        InvalidTable: If the file is no such table.
    """
    rows = read_table(file, ["text", "intent"], ["drawn"])
    return [Turn(row["text"], row["intent"], row["drawn"] or RANDOM) for row in rows]
