"""Markdown as blocks of plain text: headings, text as customers read it, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from xiaoer.knowledge.formats.grid import GridRow


@dataclass
class Block:
    """A part of a text.

    Attributes:
        number: The line where it begins, from 1.
        level: The level of a heading; 0 for what is none.
        text: Its text, without marks of Markdown.
        table: Its rows if it is a table, that of the headers first.
    """

    number: int
    level: int
    text: str
    table: list[GridRow] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    r"""Return the blocks of a text in Markdown; HTML within it is text.

    Args:
        text: The text, with ``\n`` at the end of lines.
    """
    reader = _Blocks()
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(text):
        reader.take(token)
    return reader.found


class _Blocks:
    """Takes one token after the other."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self._line = 1
        self._level = 0
        self._counters: list[int | None] = []
        self._marker = ""
        self._table: list[GridRow] | None = None
        self._row: list[str] = []

    def take(self, token: Token) -> None:
        """Read the next token."""
        if token.map:
            self._line = token.map[0] + 1
        handler = getattr(self, f"_{token.type}", None)
        if handler is not None:
            handler(token)

    def _heading_open(self, token: Token) -> None:
        self._level = int(token.tag[1:])

    def _heading_close(self, _: Token) -> None:
        self._level = 0

    def _bullet_list_open(self, _: Token) -> None:
        self._counters.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._counters.append(int(token.attrs.get("start", 1)))

    def _bullet_list_close(self, _: Token) -> None:
        self._counters.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, _: Token) -> None:
        count = self._counters[-1]
        self._marker = "- " if count is None else f"{count}. "
        self._counters[-1] = None if count is None else count + 1

    def _table_open(self, _: Token) -> None:
        self._table = []

    def _tr_open(self, _: Token) -> None:
        self._row = []

    def _tr_close(self, _: Token) -> None:
        if self._table is not None:
            self._table.append(GridRow(self._line, dict(enumerate(self._row))))

    def _table_close(self, _: Token) -> None:
        table, self._table = self._table or [], None
        lines = "\n".join("｜".join(row.cells.values()) for row in table)
        self.found.append(Block(table[0].number if table else self._line, 0, lines, table))

    def _inline(self, token: Token) -> None:
        text = "".join(_spoken(token.children or [])).strip()
        if self._table is not None:
            self._row.append(text)
        elif text or self._level:
            self.found.append(Block(self._line, self._level, f"{self._marker}{text}"))
            self._marker = ""

    def _fence(self, token: Token) -> None:
        self.found.append(Block(self._line, 0, token.content.rstrip("\n")))

    _code_block = _fence


def _spoken(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the text of inline tokens; a link's address stands behind its text."""
    address = ""
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif token.type == "link_open":
            address = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            yield f"（{address}）" if address else ""
        else:
            yield token.content
