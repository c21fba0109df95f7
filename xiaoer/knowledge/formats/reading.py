"""Reading a file of any kind: what it is shows in its content first, then in its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xiaoer.knowledge.formats.chat import ROLE, SENDER, TEXT, chat_column, proposals
from xiaoer.knowledge.formats.columns import ANSWER, QUESTION, WRITTEN, column_of
from xiaoer.knowledge.formats.delimited import DELIMITERS, grid_rows
from xiaoer.knowledge.formats.encodings import decoded
from xiaoer.knowledge.formats.grid import GridRow, Table, find_table
from xiaoer.knowledge.formats.limits import HEADER_ROWS, MAX_BYTES, MAX_ROWS
from xiaoer.knowledge.formats.markdown import markdown_rows
from xiaoer.knowledge.formats.messages import json_rows
from xiaoer.knowledge.formats.model import Sheet, SourceRow, UnreadableFile
from xiaoer.knowledge.formats.page import page_rows
from xiaoer.knowledge.formats.rows import parse_rows
from xiaoer.knowledge.formats.workbook import TOO_MANY_ROWS, Grid, read_workbook

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
REQUIRED = frozenset({QUESTION, ANSWER})
PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
HEAD_OF_PAGE = 5_000
TEXTS = (".md", ".markdown", ".txt")
PAGES = (".html", ".htm", ".xhtml")
NO_HEADERS = f"没有找到表头：前 {HEADER_ROWS} 行里要有“{WRITTEN[QUESTION]}”和“{WRITTEN[ANSWER]}”两列"
NOTHING_ASKED = "聊天记录里没有找到可以整理成知识的问答"
NO_QUESTIONS = "没有找到问题和答案"


def read_file(name: str, content: bytes) -> Sheet:
    """Return what a file says.

    Args:
        name: The file's name; it counts only where the content leaves open what it is.
        content: CSV, XLSX, Markdown, HTML, or exported conversations as CSV, XLSX or JSON.

    Raises:
        UnreadableFile: If nothing can be read from it; the reason is Chinese.
    """
    if not content.strip(b"\x00 \t\r\n"):
        raise UnreadableFile("文件是空的")
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"文件超过 {MAX_BYTES // 1_000_000} MB，请拆成几个文件再导入")
    if content.startswith(OLE):
        raise UnreadableFile(
            "文件有密码，请去掉密码后再上传" if ENCRYPTED in content else "这是旧版 XLS 文件，请另存为 XLSX 再上传"
        )
    if content.startswith(ZIP):
        return _from_grids(read_workbook(content))
    return _from_text(name.lower(), decoded(content))


def _from_text(name: str, text: str) -> Sheet:
    if not text.strip():
        raise UnreadableFile("文件是空的")
    if text.lstrip().startswith(("[", "{")) and (rows := json_rows(text)) is not None:
        return _from_grids([Grid("", False, rows)])
    if PAGE.match(text[:HEAD_OF_PAGE]) or name.endswith(PAGES):
        return _proposed(page_rows(text))
    delimiter = _delimiter(text)
    if delimiter is not None:
        return _from_grids([Grid("", False, _limited(text, delimiter))])
    if name.endswith(TEXTS) or text.lstrip().startswith("#"):
        return _proposed(markdown_rows(text))
    raise UnreadableFile(NO_HEADERS)


def _delimiter(text: str) -> str | None:
    """Return what divides the cells of a text so that there are headers among its first rows."""
    for delimiter in DELIMITERS:
        rows = grid_rows(text, delimiter)
        if _table([row for _, row in zip(range(HEADER_ROWS), rows, strict=False)]) is not None:
            return delimiter
    return None


def _limited(text: str, delimiter: str) -> list[GridRow]:
    rows = []
    for row in grid_rows(text, delimiter):
        if not row.empty:
            rows.append(row)
        if len(rows) > MAX_ROWS + HEADER_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS)
    return rows


def _table(rows: Sequence[GridRow]) -> Table | None:
    return find_table(rows, column_of, REQUIRED) or _chat_table(rows)


def _chat_table(rows: Sequence[GridRow]) -> Table | None:
    return find_table(rows, chat_column, frozenset({ROLE, TEXT})) or find_table(
        rows, chat_column, frozenset({SENDER, TEXT})
    )


def _from_grids(grids: Sequence[Grid]) -> Sheet:
    """Return the tables of all sheets, of conversations too; sheets without one are told."""
    notes = [f"工作表“{grid.name}”是隐藏的，没有读取" for grid in grids if grid.hidden]
    tables = [(grid, _table(grid.rows)) for grid in grids if not grid.hidden]
    read = [(grid, table) for grid, table in tables if table is not None]
    if not read:
        raise UnreadableFile(_missing([grid for grid, _ in tables]))
    if sum(len(table.rows) for _, table in read) > MAX_ROWS:
        raise UnreadableFile(TOO_MANY_ROWS)
    notes += [f"工作表“{grid.name}”里没有知识的表头，没有读取" for grid, table in tables if table is None and grid.rows]
    rows: list[SourceRow] = []
    columns: list[str] = []
    for grid, table in read:
        if set(table.columns) >= REQUIRED:
            rows += table.source_rows(grid.name, f"{grid.name}!" if len(read) > 1 else "")
            columns += [column for column in table.columns if column]
            notes += [f"{f'工作表“{grid.name}”' if len(read) > 1 else ''}{note}" for note in table.notes()]
        else:
            proposed = proposals(table, grid.name)
            notes += [] if proposed else [NOTHING_ASKED]
            rows += proposed
            columns += WRITTEN
    return parse_rows(rows, columns, notes)


def _missing(grids: Sequence[Grid]) -> str:
    """Return what a file lacks to be a table of knowledge."""
    if grids and not any(grid.rows for grid in grids):
        return "文件里没有内容"
    for grid in grids:
        for row in grid.rows[:HEADER_ROWS]:
            found = {column_of(text) for text in row.cells.values()} & REQUIRED
            if found:
                return f"表头里没有“{WRITTEN[next(iter(REQUIRED - found))]}”这一列"
    return NO_HEADERS


def _proposed(rows: Sequence[SourceRow]) -> Sheet:
    if not rows:
        raise UnreadableFile(NO_QUESTIONS)
    if len(rows) > MAX_ROWS:
        raise UnreadableFile(TOO_MANY_ROWS)
    return parse_rows(rows, WRITTEN)
