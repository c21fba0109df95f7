"""Writing entries, and rows that were rejected, as files that can be read again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.utils import get_column_letter

from xiaoer.knowledge.formats.columns import LAYER_WORDS, REASONS_HEADER, STATUS_WORDS, WRITTEN, join_similar
from xiaoer.knowledge.formats.guard import given_back, guarded
from xiaoer.knowledge.formats.model import RejectedRow
from xiaoer.knowledge.formats.moments import written_moment
from xiaoer.knowledge.model import Entry

LONE = re.compile(r"[\ud800-\udfff]")
UNWRITABLE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML has not, and what would be read as the way to write it."""

SHEET = "知识"
BAD_TITLE = re.compile(r"[\\*?:/\[\]]")
LONGEST_TITLE = 31
LONGEST_CELL = 32_000
"""How much a spreadsheet's cell can hold; of longer ones only CSV gives all back."""

CUT = "……（太长，后面的内容没有写出）"
WIDTHS = {"问题": 30, "相似问法": 40, "答案": 60, "生效时间": 20, "失效时间": 20, REASONS_HEADER: 50}

Rows = Iterable[Sequence[str]]


def write_csv(entries: Iterable[Entry], product_names: Mapping[str, str] | None = None) -> bytes:
    """Return entries as CSV in UTF-8 with mark, as Excel opens it; ``read_file`` gives the same back.

    Args:
        entries: What to write, in this order.
        product_names: Names to write instead of product ids; only names that mean one product alone.
    """
    rows = _cells(entries, product_names or {})
    return _csv([tuple(WRITTEN.values()), *([guarded(cell) for cell in row] for row in rows)])


def write_xlsx(entries: Iterable[Entry], product_names: Mapping[str, str] | None = None) -> bytes:
    """Return entries as a spreadsheet in which every cell is text; ``read_file`` gives the same back.

    Args:
        entries: What to write, in this order.
        product_names: Names to write instead of product ids; only names that mean one product alone.
    """
    rows = _cells(entries, product_names or {})
    return _xlsx({SHEET: [tuple(WRITTEN.values()), *([guarded(cell, typed=True) for cell in row] for row in rows)]})


def write_rejected_csv(rows: Iterable[RejectedRow]) -> bytes:
    """Return rejected rows under their headers, with the reasons as the last column.

    Args:
        rows: The rows; where their headers differ, as those of several sheets may, all headers stand there.
    """
    given = list(rows)
    if len({row.headers for row in given}) <= 1:
        return _csv(_rejected(given))
    headers = tuple(dict.fromkeys(header for row in given for header in row.headers if header))
    return _csv(_rejected([_under(row, headers) for row in given]))


def write_rejected_xlsx(rows: Iterable[RejectedRow]) -> bytes:
    """Return rejected rows sheet by sheet under their headers, with the reasons as the last column.

    Args:
        rows: The rows.
    """
    sheets: dict[str, list[RejectedRow]] = {}
    for row in rows:
        sheets.setdefault(row.sheet, []).append(row)
    return _xlsx({name: _rejected(given) for name, given in sheets.items()} or {SHEET: _rejected([])})


def _cells(entries: Iterable[Entry], product_names: Mapping[str, str]) -> Rows:
    for entry in entries:
        product = product_names.get(entry.product_id, entry.product_id) if entry.product_id else entry.product_label
        yield (
            str(entry.id),
            entry.question,
            join_similar(entry.similar_questions),
            entry.answer,
            LAYER_WORDS[entry.layer],
            product,
            written_moment(entry.valid_from),
            written_moment(entry.valid_to),
            STATUS_WORDS[entry.status],
        )


def _rejected(rows: Sequence[RejectedRow]) -> list[Sequence[str]]:
    """Return headers, cells as they stood in the file, and reasons; cells without a header stand before these."""
    headers = rows[0].headers if rows else tuple(WRITTEN.values())
    width = max([len(headers), *(len(row.original) for row in rows)])
    lines: list[Sequence[str]] = [(*headers, *[""] * (width - len(headers)), REASONS_HEADER)]
    for row in rows:
        reasons = "；".join(f"{error.column}：{error.reason}" if error.column else error.reason for error in row.errors)
        cells = (given_back(_whole(cell)) for cell in row.original)
        lines.append((*cells, *[""] * (width - len(row.original)), reasons))
    return lines


def _under(row: RejectedRow, headers: tuple[str, ...]) -> RejectedRow:
    """Return a row under the headers of several tables; what had no header comes last."""
    named = {header: cell for header, cell in zip(row.headers, row.original, strict=False) if header}
    beyond = row.original[len(row.headers) :]
    cells = (*(named.get(header, "") for header in headers), *beyond)
    return RejectedRow(row.number, row.sheet, headers, cells, row.errors)


def _csv(rows: Rows) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow(row)
    return file.getvalue().encode("utf-8-sig")


def _whole(text: str) -> str:
    """Return a text in which characters that were lost show as such."""
    return LONE.sub("\ufffd", text)


def _xlsx(sheets: Mapping[str, Rows]) -> bytes:
    book = Workbook(write_only=True)
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        title = BAD_TITLE.sub(" ", name).strip("' ")[:LONGEST_TITLE]
        sheet = book.create_sheet(title or f"{SHEET}{number if number > 1 else ''}")
        sheet.freeze_panes = "A2"
        style = _text_style(sheet)
        for position, row in enumerate(rows):
            if position == 0:
                for index, header in enumerate(row, start=1):
                    sheet.column_dimensions[get_column_letter(index)].width = WIDTHS.get(header, 12)
            sheet.append([_text_cell(sheet, text, style) for text in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_style(sheet: Any) -> Any:
    """Return the style of cells whose content is text whatever it looks like."""
    cell: Any = WriteOnlyCell(sheet)
    cell.number_format = FORMAT_TEXT
    cell.quotePrefix = True
    return cell._style


def _text_cell(sheet: Any, text: str, style: Any) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    cut = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}{CUT}"
    cell._value = UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", cut)
    cell.data_type = "s"
    cell._style = style
    return cell
