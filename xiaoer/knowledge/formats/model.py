"""What has been read from a file: rows as they stood there, what they mean, and rows that mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xiaoer.knowledge.errors import KnowledgeError, RowError
from xiaoer.knowledge.formats.columns import WRITTEN
from xiaoer.knowledge.model import EntryStatus, Layer


class UnreadableFile(KnowledgeError):
    """Nothing can be read from a file.

    Attributes:
        reason: Why, in the words of whoever sent it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SourceRow:
    """A row of a file, not understood yet.

    Attributes:
        number: Its row as the spreadsheet counts, or the line where it begins in a text; from 1.
        sheet: The sheet that it is in; empty where a file has none.
        headers: The headers of its table as they stand in the file.
        original: Its cells as the file shows them, in the order of the headers and possibly more of them.
        cells: Stripped text by column (see ``columns.HEADERS``); columns that the file lacks are absent.
        places: The cell that a column is in, such as ``C12``, by column; empty for a text.
        errors: What the reader of the format found wrong with it.
    """

    number: int
    sheet: str
    headers: tuple[str, ...]
    original: tuple[str, ...]
    cells: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True)
class RejectedRow:
    """A row that can't be imported, with all that is needed to give it back.

    Attributes:
        number: Its row as the spreadsheet counts, from 1.
        sheet: The sheet that it is in; empty where a file has none.
        headers: The headers of its table as they stand in the file.
        original: Its cells as the file shows them.
        errors: What is wrong, in Chinese; ``column`` is the cell such as ``C12``, the column's name where the file
            has no cells, or empty where the whole row is meant. Never empty.
    """

    number: int
    sheet: str
    headers: tuple[str, ...]
    original: tuple[str, ...]
    errors: tuple[RowError, ...]

    def problems(self) -> list[dict[str, Any]]:
        """Return what is wrong as the API and the command line tell it, fit for JSON."""
        return [{"sheet": self.sheet, **vars(error)} for error in self.errors]


@dataclass(frozen=True)
class ParsedRow:
    """A row of a file that says what an entry says; lengths and order of times are checked already.

    Attributes:
        number: Its row as the spreadsheet counts, from 1.
        sheet: The sheet that it is in; empty where a file has none.
        entry_id: The entry that it names, if it names one.
        question: The question, 1 to 300 characters.
        similar_questions: Other ways to ask it, distinct, at most 200 of 1 to 300 characters, none the question.
        answer: The answer, 1 to 5,000 characters.
        layer: What it is for, or ``None`` where the row does not say.
        product: Id, name or label of a product, at most 120 characters; empty where the row names none.
        valid_from: From when it holds, in UTC.
        valid_to: Until when it holds, in UTC; later than ``valid_from``.
        status: What becomes of it, or ``None`` where the row does not say.
        source: The row as it stood in the file.
    """

    number: int
    sheet: str
    entry_id: int | None
    question: str
    similar_questions: tuple[str, ...]
    answer: str
    layer: Layer | None
    product: str
    valid_from: datetime | None
    valid_to: datetime | None
    status: EntryStatus | None
    source: SourceRow

    def place(self, column: str) -> str:
        """Return the cell of a column such as ``C12``, or the column's Chinese name where there are no cells."""
        return place_of(self.source, column)

    def rejected(self, column: str, reason: str) -> RejectedRow:
        """Return this row as one that can't be imported after all.

        Args:
            column: A key of ``columns.HEADERS``, or empty where the whole row is meant.
            reason: Why, in Chinese.
        """
        return rejected(self.source, (RowError(self.number, self.place(column), reason),))


@dataclass(frozen=True)
class Sheet:
    """All that a file says; every row of its tables is either among the rows or among the problems.

    Attributes:
        rows: What can be imported, in the order of the file.
        problems: What can't, in the order of the file.
        columns: The columns that the file has, as keys of ``columns.HEADERS``.
        notes: What the sender should know besides, in Chinese, such as columns and sheets that were left out.
    """

    rows: list[ParsedRow]
    problems: list[RejectedRow]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()


def place_of(row: SourceRow, column: str) -> str:
    """Return the cell of a column such as ``C12``, or the column's Chinese name where there is no such cell."""
    return row.places.get(column) or WRITTEN.get(column, column)


def rejected(row: SourceRow, errors: tuple[RowError, ...]) -> RejectedRow:
    """Return a row of a file as one that can't be imported.

    Args:
        row: The row.
        errors: Why, at least one.
    """
    return RejectedRow(row.number, row.sheet, row.headers, row.original, errors)
