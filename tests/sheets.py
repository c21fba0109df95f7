"""Sheets as the readers of files give them, written down in short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xiaoer.knowledge.errors import RowError
from xiaoer.knowledge.formats.columns import HEADERS
from xiaoer.knowledge.formats.model import ParsedRow, RejectedRow, Sheet, SourceRow

EMPTY: dict[str, Any] = {
    "entry_id": None,
    "similar_questions": (),
    "layer": None,
    "product": "",
    "valid_from": None,
    "valid_to": None,
    "status": None,
}


def parsed(number: int, question: str, answer: str = "答", *, sheet: str = "", **fields: Any) -> ParsedRow:
    """Return a row that has been understood."""
    cells = {"question": question, "answer": answer}
    places = {"id": f"A{number}", "question": f"B{number}", "product": f"F{number}"} if sheet else {}
    source = SourceRow(number, sheet, ("问题", "答案"), (question, answer), cells, places)
    return ParsedRow(number, sheet, question=question, answer=answer, source=source, **{**EMPTY, **fields})


def broken(number: int, reason: str, *cells: str, sheet: str = "") -> RejectedRow:
    """Return a row that could not be understood."""
    return RejectedRow(number, sheet, ("问题", "答案"), cells, (RowError(number, "答案", reason),))


def sheet_of(*rows: ParsedRow | RejectedRow, columns: tuple[str, ...] = tuple(HEADERS)) -> Sheet:
    """Return the rows as what a file says whose table has all columns, unless told otherwise."""
    cells = dict.fromkeys(columns, "")
    good = [replace(row, source=replace(row.source, cells=cells)) for row in rows if isinstance(row, ParsedRow)]
    return Sheet(good, [row for row in rows if isinstance(row, RejectedRow)], columns)
