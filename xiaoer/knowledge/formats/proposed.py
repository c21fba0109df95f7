"""Rows of files that are no tables: what a page or a conversation says, in the columns of one."""

from __future__ import annotations

from collections.abc import Mapping

from xiaoer.knowledge.formats.columns import WRITTEN
from xiaoer.knowledge.formats.model import SourceRow


def proposed_row(number: int, cells: Mapping[str, str], sheet: str = "") -> SourceRow:
    """Return a row as an export would write it.

    Args:
        number: The line or row where it begins.
        cells: Text by column.
        sheet: The sheet that it comes from, if any.
    """
    stripped = {column: text.strip() for column, text in cells.items()}
    original = tuple(stripped.get(column, "") for column in WRITTEN)
    return SourceRow(number, sheet, tuple(WRITTEN.values()), original, stripped)
