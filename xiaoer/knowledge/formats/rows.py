"""Understanding the cells of a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from xiaoer.knowledge.checks import checked
from xiaoer.knowledge.errors import InvalidEntry, RowError
from xiaoer.knowledge.formats.columns import (
    ANSWER,
    FROM,
    ID,
    LAYER,
    LAYER_WORDS,
    LAYERS,
    PRODUCT,
    QUESTION,
    SIMILAR,
    STATUS,
    STATUS_WORDS,
    STATUSES,
    TO,
    split_similar,
)
from xiaoer.knowledge.formats.model import ParsedRow, RejectedRow, Sheet, SourceRow, place_of, rejected
from xiaoer.knowledge.formats.moments import parse_moment
from xiaoer.knowledge.model import Draft, EntryStatus, Layer

MAX_ID = 2**31 - 1
"""Largest number that an entry can have."""

WHOLE_NUMBER = re.compile(r"([0-9]{1,10})(?:\.0*)?")
LOST = "\ufffd"
"""What stands where a character was lost."""

T = TypeVar("T")


class _Wrong(Exception):
    """A cell that means nothing; the message says why."""


def parse_row(row: SourceRow) -> ParsedRow | RejectedRow:
    """Return what a row means, or why it can't be imported; every wrong cell is named.

    Args:
        row: The row as it stood in the file.
    """
    if row.errors and not row.cells:
        return rejected(row, row.errors)
    reader = _Reader(row)
    entry_id = reader.read(ID, _entry_id)
    layer = reader.read(LAYER, _layer)
    status = reader.read(STATUS, _status)
    valid_from = reader.read(FROM, _moment)
    valid_to = reader.read(TO, _end)
    draft = reader.draft(valid_from, valid_to)
    if draft is None:
        return rejected(row, reader.errors())
    return ParsedRow(
        number=row.number,
        sheet=row.sheet,
        entry_id=entry_id,
        question=draft.question,
        similar_questions=draft.similar_questions,
        answer=draft.answer,
        layer=layer,
        product=draft.product_label,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        status=status,
        source=row,
    )


def parse_rows(rows: Iterable[SourceRow], columns: Iterable[str], notes: Iterable[str] = ()) -> Sheet:
    """Return rows as a sheet, those that mean something apart from those that don't.

    Args:
        rows: The rows, in the order of the file.
        columns: The columns that the file has.
        notes: What the sender should know besides.
    """
    sheet = Sheet([], [], tuple(dict.fromkeys(columns)), tuple(notes))
    for row in rows:
        found = parse_row(row)
        if isinstance(found, ParsedRow):
            sheet.rows.append(found)
        else:
            sheet.problems.append(found)
    return sheet


class _Reader:
    """Reads the cells of one row and keeps what is wrong with them."""

    def __init__(self, row: SourceRow) -> None:
        self._row = row
        self._errors = list(row.errors)
        self._places = {error.column for error in row.errors}
        for column, text in row.cells.items():
            if LOST in text or any("\ud800" <= character <= "\udfff" for character in text):
                self._note(column, "有乱码，请改好后再导入")

    def read(self, column: str, meaning: Callable[[str], T]) -> T | None:
        """Return what a cell means; ``None`` where it is empty or wrong."""
        text = self._row.cells.get(column, "")
        try:
            return meaning(text) if text else None
        except _Wrong as error:
            self._note(column, str(error))
            return None

    def draft(self, valid_from: datetime | None, valid_to: datetime | None) -> Draft | None:
        """Return what the row says, checked; ``None`` where anything of the row is wrong."""
        cells = self._row.cells
        written = Draft(
            question=cells.get(QUESTION, ""),
            answer=cells.get(ANSWER, ""),
            similar_questions=split_similar(cells.get(SIMILAR, "")),
            product_label=cells.get(PRODUCT, ""),
            valid_from=valid_from,
            valid_to=valid_to,
        )
        while True:
            try:
                draft = checked(written)
            except InvalidEntry as error:
                column = PRODUCT if error.field.startswith(PRODUCT) else error.field
                self._note(column, error.reason)
                written = _mended(written, error.field)
            else:
                return None if self._errors else draft

    def errors(self) -> tuple[RowError, ...]:
        """Return all that is wrong with the row, by cell."""
        order = {place_of(self._row, column): number for number, column in enumerate(self._row.cells)}
        return tuple(sorted(self._errors, key=lambda error: order.get(error.column, -1 if not error.column else 99)))

    def _note(self, column: str, reason: str) -> None:
        place = place_of(self._row, column)
        if place not in self._places:
            self._places.add(place)
            self._errors.append(RowError(self._row.number, place, reason))


def _mended(draft: Draft, field: str) -> Draft:
    """Return a draft with something right in a field, so that the next field can be looked at."""
    right: Mapping[str, object] = {
        "question": "问",
        "answer": "答",
        "similar_questions": (),
        "product_label": "",
        "valid_from": None,
        "valid_to": None,
    }
    return Draft(**{**vars(draft), field: right[field]})


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _entry_id(text: str) -> int:
    found = WHOLE_NUMBER.fullmatch(_word(text))
    if found is None or not 0 < int(found[1]) <= MAX_ID:
        raise _Wrong(f"“{text[:40]}”不是知识编号，新知识请留空")
    return int(found[1])


def _layer(text: str) -> Layer:
    try:
        return LAYERS[_word(text)]
    except KeyError:
        raise _Wrong(f"“{text[:40]}”不是层级，请填{'、'.join(LAYER_WORDS.values())}") from None


def _status(text: str) -> EntryStatus:
    try:
        return STATUSES[_word(text)]
    except KeyError:
        raise _Wrong(f"“{text[:40]}”不是状态，请填{'、'.join(STATUS_WORDS.values())}") from None


def _moment(text: str) -> datetime | None:
    return _parsed(text, end=False)


def _end(text: str) -> datetime | None:
    return _parsed(text, end=True)


def _parsed(text: str, *, end: bool) -> datetime | None:
    try:
        return parse_moment(text, end=end)
    except ValueError as error:
        raise _Wrong(str(error)) from None
