"""Reads the tab-separated files that evaluations are made of."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path


class InvalidTable(ValueError):
    """A file is not what it should be; the message names the line."""


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """Read a tab-separated file with a header; columns that were not asked for are left out.

    Quotation marks are text like any other.

    Args:
        path: The file, UTF-8.
        columns: Columns of which every row must have a value.
        optional: Columns that may be missing or empty; they are empty then.

    Raises:
        InvalidTable: If the file is no UTF-8, has no rows, or a column or a value is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidTable(f"{path.name}: no tab-separated text in UTF-8") from error
    if not rows:
        raise InvalidTable(f"{path.name}: no rows")
    missing = [column for column in columns if column not in rows[0]]
    if missing:
        raise InvalidTable(f"{path.name}: no column {', '.join(missing)}")
    table = []
    for line, row in enumerate(rows, start=2):
        values = {column: (row.get(column) or "").strip() for column in (*columns, *optional)}
        empty = [column for column in columns if not values[column]]
        if empty:
            raise InvalidTable(f"{path.name}, line {line}: {empty[0]} is empty")
        table.append(values)
    return table
