"""Finding a table in rows of cells: its headers, and what stands below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from xiaoer.knowledge.errors import RowError
from xiaoer.knowledge.formats.columns import ID, PRODUCT, QUESTION, REASONS_HEADER, SIMILAR, plain
from xiaoer.knowledge.formats.guard import failed, unguarded
from xiaoer.knowledge.formats.limits import HEADER_ROWS, MAX_COLUMNS
from xiaoer.knowledge.formats.model import SourceRow, UnreadableFile

ONE_EACH = frozenset({ID, QUESTION, SIMILAR})
"""Columns in which cells that are merged over several rows belong to the first of them only."""

SEVERAL = frozenset({SIMILAR, PRODUCT})
"""Columns that a table may have several times: similar questions are joined, of products the first counts."""

Meaning = Callable[[str], "str | None"]
"""Gives the column that a header means."""


@dataclass(frozen=True)
class GridRow:
    """A row of cells that nothing is known of.

    Attributes:
        number: Its row as the spreadsheet counts, from 1.
        cells: Text by index of the column, from 0; empty cells may be absent.
        problems: What is wrong with a cell, by the same index.
        merged: Text and name of the cell above that one is merged with, by the same index.
        unreliable: Whether its problems leave open where its cells begin and end.
    """

    number: int
    cells: Mapping[int, str]
    problems: Mapping[int, str] = field(default_factory=dict)
    merged: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    unreliable: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.problems and not any(text.strip() for text in self.cells.values())


@dataclass(frozen=True)
class Table:
    """Headers with the rows below them.

    Attributes:
        headers: The headers as they stand there, without that of the reasons.
        indices: The index of the grid's column of each header.
        columns: What each header means, or ``None``.
        rows: The rows below, without empty ones.
        reasons: The indices of columns that hold the reasons why rows were rejected before.
    """

    headers: tuple[str, ...]
    indices: tuple[int, ...]
    columns: tuple[str | None, ...]
    rows: tuple[GridRow, ...]
    reasons: frozenset[int]

    def notes(self) -> list[str]:
        """Return what was left out of the table, for the sender."""
        unused = [
            f"{header}（{get_column_letter(index + 1)}列）"
            if header
            else f"{get_column_letter(index + 1)}列（没有表头）"
            for header, index, column in zip(self.headers, self.indices, self.columns, strict=True)
            if column is None and (header or any(row.cells.get(index, "").strip() for row in self.rows))
        ]
        return [f"没有用到的列：{'、'.join(unused)}"] if unused else []

    def source_rows(self, sheet: str, prefix: str = "") -> Iterator[SourceRow]:
        """Return the rows with their cells by column.

        Args:
            sheet: The sheet that the table is in, or empty.
            prefix: What stands before the names of its cells.
        """
        for row in self.rows:
            yield self._source_row(row, sheet, prefix)

    def _source_row(self, row: GridRow, sheet: str, prefix: str) -> SourceRow:
        original = [row.cells.get(index, "") or self._given(row, index) for index in self.indices]
        extra = {index: text for index, text in sorted(row.cells.items()) if self._beyond(index) and text.strip()}
        everything = (*original, *extra.values())
        if row.unreliable:
            broken = tuple(RowError(row.number, _place(prefix, row, index), why) for index, why in row.problems.items())
            return SourceRow(row.number, sheet, self.headers, everything, {}, {}, broken)
        cells, places, errors = self._cells(row, prefix)
        errors += [
            RowError(row.number, _place(prefix, row, index), "这一格上面没有表头，内容多出来了") for index in extra
        ]
        return SourceRow(row.number, sheet, self.headers, everything, cells, places, tuple(errors))

    def _cells(self, row: GridRow, prefix: str) -> tuple[dict[str, str], dict[str, str], list[RowError]]:
        cells: dict[str, str] = {}
        places: dict[str, str] = {}
        errors: list[RowError] = []
        for index, column in zip(self.indices, self.columns, strict=True):
            if column is None:
                continue
            place = _place(prefix, row, index)
            text, problem = _value(row, index, column)
            if problem:
                errors.append(RowError(row.number, place, problem))
            if not cells.get(column):
                cells[column], places[column] = text, place
            elif column == SIMILAR and text:
                cells[column] += f"\n{text}"
        return cells, places, errors

    def _beyond(self, index: int) -> bool:
        return index > self.indices[-1] and index not in self.reasons

    def _given(self, row: GridRow, index: int) -> str:
        column = self.columns[self.indices.index(index)]
        return row.merged[index][0] if index in row.merged and column not in ONE_EACH else ""


def _place(prefix: str, row: GridRow, index: int) -> str:
    return f"{prefix}{get_column_letter(index + 1)}{row.number}"


def _value(row: GridRow, index: int, column: str) -> tuple[str, str]:
    """Return what a cell says and what is wrong with it."""
    written, problem = row.cells.get(index, "").strip(), row.problems.get(index, "")
    if problem or failed(written):
        return "", problem or f"单元格里是错误值 {written}"
    text = unguarded(written)
    if text or index not in row.merged:
        return text, ""
    given, origin = row.merged[index]
    if column in ONE_EACH:
        return "", f"和 {origin} 是合并的单元格，请取消合并，每行各填各的"
    return unguarded(given.strip()), ""


def find_table(rows: Sequence[GridRow], meaning: Meaning, required: frozenset[str]) -> Table | None:
    """Return the table whose headers stand in one of the first rows, or ``None``.

    Args:
        rows: All rows, from the top.
        meaning: Gives the column that a header means.
        required: The columns without which a row is no row of headers.

    Raises:
        UnreadableFile: If a column stands there twice, so that nobody can tell which one counts.
    """
    for position, row in enumerate(rows[:HEADER_ROWS]):
        if required <= {meaning(text) for index, text in row.cells.items() if index < MAX_COLUMNS}:
            below = tuple(each for each in rows[position + 1 :] if not each.empty)
            return _table(row, below, meaning)
    return None


def _table(head: GridRow, below: tuple[GridRow, ...], meaning: Meaning) -> Table:
    named = {index: text for index, text in head.cells.items() if text.strip() and index < MAX_COLUMNS}
    reasons = frozenset(index for index, text in named.items() if plain(text) == REASONS_HEADER)
    last = max(index for index in named if index not in reasons)
    indices = tuple(index for index in range(last + 1) if index not in reasons)
    headers = tuple(head.cells.get(index, "").strip() for index in indices)
    columns = tuple(meaning(header) for header in headers)
    _refuse_twins(head.number, indices, columns)
    return Table(headers, indices, columns, below, reasons)


def _refuse_twins(number: int, indices: tuple[int, ...], columns: tuple[str | None, ...]) -> None:
    seen: dict[str, int] = {}
    for index, column in zip(indices, columns, strict=True):
        if column is None or column in SEVERAL:
            continue
        if column in seen:
            first, second = (f"{get_column_letter(each + 1)}{number}" for each in (seen[column], index))
            raise UnreadableFile(f"表头 {first} 和 {second} 是同一列，请只留一个")
        seen[column] = index
