"""Reading delimited text row by row, so that a broken quote spoils its own row and no other.

The standard library's reader gives up at the first cell that is too long, whose limit is one for the whole process,
and lets an open quote swallow all that follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xiaoer.knowledge.formats.grid import GridRow

DELIMITERS = (",", ";", "\t")
"""What may stand between cells, the likeliest first."""

BROKEN = "引号没有成对，内容里的引号要写成两个"
LINE_END = re.compile(r"\r\n|\r|\n")


def grid_rows(text: str, delimiter: str) -> Iterator[GridRow]:
    """Yield the rows of a delimited text, empty ones too.

    Args:
        text: The text.
        delimiter: What stands between cells.
    """
    ends = re.compile(rf"{re.escape(delimiter)}|\r\n|\r|\n")
    position, number = 0, 0
    while position < len(text):
        number += 1
        row, position = _row(text, position, number, ends)
        yield row


def _row(text: str, position: int, number: int, ends: re.Pattern[str]) -> tuple[GridRow, int]:
    """Return the row that begins at a position, and where the next one does."""
    cells: list[str] = []
    while True:
        cell = _cell(text, position, ends)
        if cell is None:
            return _broken(text, position, number, cells, ends)
        content, position = cell
        cells.append(content)
        found = ends.match(text, position)
        position = found.end() if found else len(text)
        if found is None or found.group() in ("\r\n", "\r", "\n"):
            return GridRow(number, {index: each for index, each in enumerate(cells) if each}), position


def _cell(text: str, position: int, ends: re.Pattern[str]) -> tuple[str, int] | None:
    """Return the cell that begins at a position, and where it ends; ``None`` if its quotes don't match."""
    start = position
    while text.startswith(" ", start):
        start += 1
    if not text.startswith('"', start):
        found = ends.search(text, position)
        end = found.start() if found else len(text)
        return text[position:end], end
    quoted = _quoted(text, start + 1)
    if quoted is None:
        return None
    content, end = quoted
    while text.startswith(" ", end):
        end += 1
    return (content, end) if end == len(text) or ends.match(text, end) else None


def _quoted(text: str, position: int) -> tuple[str, int] | None:
    parts: list[str] = []
    while (end := text.find('"', position)) >= 0:
        if not text.startswith('""', end):
            return "".join([*parts, text[position:end]]), end + 1
        parts.append(text[position : end + 1])
        position = end + 2
    return None


def _broken(text: str, position: int, number: int, cells: list[str], ends: re.Pattern[str]) -> tuple[GridRow, int]:
    """Return the line in which quotes don't match as a row that is wrong, cut wherever a delimiter stands."""
    found = LINE_END.search(text, position)
    end = found.start() if found else len(text)
    broken = len(cells)
    cells = [*cells, *ends.split(text[position:end])]
    row = GridRow(number, dict(enumerate(cells)), {broken: BROKEN}, unreliable=True)
    return row, found.end() if found else len(text)
