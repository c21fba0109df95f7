"""Tables of a page as rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bs4 import Tag

from xiaoer.knowledge.formats.page_text import text_of

MOST_SPANNED = 50
HEADERS_OF_ATTRIBUTES = frozenset({"属性", "属性名", "参数", "参数名", "项目", "名称", "参数名称", "属性名称"})

PageRow = tuple[bool, list[str]]
"""Whether all cells of a row are headers, and their texts."""


def table_rows(table: Tag) -> Iterator[PageRow]:
    """Yield the rows of a table, each cell in every row and column that it spans.

    Args:
        table: The table.
    """
    waiting: dict[int, tuple[int, str]] = {}
    for row in table.find_all("tr"):
        cells: list[str] = []
        tags = row.find_all(["th", "td"], recursive=False)
        for tag in tags:
            _fill(cells, waiting)
            text = " ".join(text_of(tag).split("\n"))
            for _ in range(_span(tag, "colspan")):
                if _span(tag, "rowspan") > 1:
                    waiting[len(cells)] = (_span(tag, "rowspan") - 1, text)
                cells.append(text)
        _fill(cells, waiting)
        if any(cells):
            yield bool(tags) and all(tag.name == "th" for tag in tags), cells


def _fill(cells: list[str], waiting: dict[int, tuple[int, str]]) -> None:
    """Add the cells that reach down from rows above."""
    while len(cells) in waiting:
        index = len(cells)
        left, text = waiting.pop(index)
        cells.append(text)
        if left > 1:
            waiting[index] = (left - 1, text)
            if all(each <= index for each in waiting):
                return


def _span(tag: Tag, name: str) -> int:
    written = str(tag.get(name, "1")).strip()
    return min(max(int(written), 1), MOST_SPANNED) if written.isascii() and written.isdigit() else 1


def is_attributes(rows: Sequence[PageRow]) -> bool:
    """Whether a table tells names with their values, in two columns or in four.

    Args:
        rows: Its rows.
    """
    widths = {len(cells) for _, cells in rows}
    if not rows or not widths <= {2, 4} or (4 in widths and any(head for head, _ in rows)):
        return False
    return not rows[0][0] or rows[0][1][0] in HEADERS_OF_ATTRIBUTES


def table_lines(rows: Sequence[PageRow]) -> list[str]:
    """Return a table as lines such as ``M：胸围 100，衣长 65``.

    Args:
        rows: Its rows, that of the headers first.
    """
    if len(rows) < 2:
        return []
    headers = rows[0][1]
    lines = []
    for _, cells in rows[1:]:
        told = [f"{header} {cell}".strip() for header, cell in zip(headers[1:], cells[1:], strict=False) if cell]
        lines.append(f"{cells[0]}：{'，'.join(told)}" if told else cells[0])
    return lines
