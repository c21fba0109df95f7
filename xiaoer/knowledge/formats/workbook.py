"""Reading spreadsheets (XLSX) as rows of cells: what Excel would show, without ever running anything."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.cell.text import Text
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import from_excel
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import FORMULA_TAG, INLINE_STRING, VALUE_TAG, WorkSheetParser

from xiaoer.knowledge.formats.grid import GridRow
from xiaoer.knowledge.formats.guard import failed
from xiaoer.knowledge.formats.limits import HEADER_ROWS, MAX_ROWS, MAX_UNPACKED
from xiaoer.knowledge.formats.model import UnreadableFile
from xiaoer.knowledge.formats.numbers import is_date, shown_moment, shown_number

DAMAGED = "表格文件已损坏，请用 Excel 或 WPS 打开后另存为新的 XLSX 再上传"
TOO_MANY_ROWS = f"文件超过 {MAX_ROWS} 行，请拆成几个文件再导入"
MAX_PARTS = 5_000
MAX_MERGED_ROWS = 1_000_000
LOST = "#VALUE!"
"""What stands for a cell that can't be shown; where a row with it comes back, it is still wrong."""

SHOWN = 60
"""How much of a broken cell its reason tells."""

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How XML of spreadsheets writes characters that XML has not."""


@dataclass(frozen=True)
class Grid:
    """A sheet of a workbook.

    Attributes:
        name: What its tab says.
        hidden: Whether it is hidden; then nothing of it is read.
        rows: Its rows in their order, without those that the file leaves out.
    """

    name: str
    hidden: bool
    rows: Sequence[GridRow]


def read_workbook(content: bytes) -> list[Grid]:
    """Return the sheets of a workbook.

    Args:
        content: The file, with or without macros.

    Raises:
        UnreadableFile: If it is no workbook, damaged, encrypted, or far larger than it seems.
    """
    _check_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        return [_grid(book, sheet) for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    except UnreadableFile:
        raise
    except Exception as error:  # the library raises whatever its parsers raise on what no program has written
        raise UnreadableFile(DAMAGED) from error


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UnreadableFile(DAMAGED) from error
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile("文件有密码，请去掉密码后再上传")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableFile("表格解压后太大，请拆成几个文件再导入")
    if "xl/workbook.bin" in names:
        raise UnreadableFile("这是 XLSB 文件，请另存为 XLSX 再上传")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise UnreadableFile("这个压缩文件不是 XLSX 表格，请另存为 XLSX 再上传")


def _grid(book: Workbook, sheet: Any) -> Grid:
    if sheet.sheet_state != "visible":
        return Grid(sheet.title, True, ())
    with sheet._get_source() as source:
        parser = _Parser(book, sheet, source)
        rows = sorted(parser.grid_rows(), key=lambda row: row.number)
    return Grid(sheet.title, False, _with_merged(rows, parser.merged_ranges()))


_Text: Any = Text
"""The library's text of several runs; its stubs say less of it than it does."""


class _Parser(WorkSheetParser):
    """Reads a sheet cell by cell, so that a broken one is told and the others are read.

    The library's own does not tell an empty cell from a formula that was never calculated, nor which cells are merged.
    """

    def __init__(self, book: Workbook, sheet: Any, source: Any) -> None:
        super().__init__(source, sheet._shared_strings, data_only=True, epoch=book.epoch)
        self._sheet = sheet
        self._formats: dict[int, str] = {}

    def grid_rows(self) -> Iterator[GridRow]:
        """Yield rows that hold anything."""
        count = 0
        for number, cells in self.parse():
            texts = {index: text for index, text, _ in cells if text}
            problems = {index: problem for index, _, problem in cells if problem}
            if texts or problems:
                count += 1
                yield GridRow(number, texts, problems)
            if count > MAX_ROWS + HEADER_ROWS:
                raise UnreadableFile(TOO_MANY_ROWS)

    def merged_ranges(self) -> list[str]:
        """Return the merged cells; they stand after the rows."""
        return [str(each.ref) for each in self.merged_cells.mergeCell] if self.merged_cells else []

    def parse_extensions(self, element: Any) -> None:
        """Leave out what is for the eye only."""

    def parse_formatting(self, element: Any) -> None:
        """Leave out what is for the eye only."""

    def parse_cell(self, element: Element) -> Any:
        """Return index, text and problem of a cell."""
        coordinate = element.get("r")
        self.col_counter = coordinate_to_tuple(coordinate)[1] if coordinate else self.col_counter + 1
        index = self.col_counter - 1
        formula = element.find(FORMULA_TAG) is not None
        value = element.findtext(VALUE_TAG) or ""
        try:
            text = self._text(element, value)
        except (ValueError, IndexError, OverflowError, TypeError):
            return index, LOST, f"单元格内容已损坏（{value[:SHOWN]}），请重新填写"
        if formula and not value:
            written = (element.findtext(FORMULA_TAG) or "").strip()
            return index, LOST, f"单元格里是没有计算结果的公式 ={written[:SHOWN]}，请改成文字"
        if element.get("t") == "e":
            return index, text if failed(text) else LOST, f"单元格里是错误值 {text[:SHOWN]}"
        return index, text, ""

    def _text(self, element: Element, value: str) -> str:
        kind = element.get("t", "n")
        if kind == "inlineStr":
            inline: Any = element.find(INLINE_STRING)
            return "" if inline is None else _unescaped(_Text.from_tree(inline).content)
        if not value:
            return ""
        if kind == "s":
            return _unescaped(self.shared_strings[int(value)])
        if kind == "b":
            return "TRUE" if int(value) else "FALSE"
        if kind == "n":
            return self._number(value, self._format(int(element.get("s") or 0)))
        return _unescaped(value)

    def _number(self, value: str, number_format: str) -> str:
        if is_date(number_format):
            return shown_moment(from_excel(float(value), self.epoch), number_format)
        return shown_number(value, number_format)

    def _format(self, style: int) -> str:
        if style not in self._formats:
            self._formats[style] = ReadOnlyCell(self._sheet, 1, 1, 0, style_id=style).number_format
        return self._formats[style]


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _with_merged(rows: list[GridRow], ranges: list[str]) -> list[GridRow]:
    """Return rows that know which of their cells are merged with one above."""
    numbers = [row.number for row in rows]
    merged: dict[int, dict[int, tuple[str, str]]] = {}
    visited = 0
    for each in ranges:
        left, top, _, bottom = range_boundaries(each)
        if not (left and top and bottom):
            continue
        first = bisect_left(numbers, top)
        if first == len(rows) or numbers[first] != top or not rows[first].cells.get(left - 1):
            continue
        given = rows[first].cells[left - 1], f"{get_column_letter(left)}{top}"
        for position in range(first + 1, bisect_left(numbers, bottom + 1)):
            merged.setdefault(position, {})[left - 1] = given
            visited += 1
            if visited > MAX_MERGED_ROWS:
                raise UnreadableFile("合并的单元格太多，请取消合并后再导入")
    return [replace(row, merged=merged[at]) if at in merged else row for at, row in enumerate(rows)]
