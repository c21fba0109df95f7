"""Reading questions and answers from Markdown: headings with text, pairs of question and answer, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xiaoer.knowledge.formats.blocks import Block, blocks
from xiaoer.knowledge.formats.columns import ANSWER, FROM, LAYER, PRODUCT, QUESTION, SIMILAR, STATUS, TO, column_of
from xiaoer.knowledge.formats.grid import find_table
from xiaoer.knowledge.formats.model import SourceRow
from xiaoer.knowledge.formats.proposed import proposed_row

FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_COLUMNS = frozenset({LAYER, PRODUCT, FROM, TO, STATUS})
MARK = r"(?:[-*•]\s+|\d+[.)]\s+)?"
ASKED = re.compile(rf"{MARK}(?:Question|Q|问题|问)(?:\s*\d+\s*[:：.、]|\s*[:：])\s*(?P<text>\S.*)", re.IGNORECASE)
ANSWERED = re.compile(rf"{MARK}(?:Answer|A|答案|回答|答)(?:\s*\d+\s*[:：.、]|\s*[:：])\s*(?P<text>.*)", re.IGNORECASE)
ALSO_ASKED = re.compile(rf"{MARK}(?:相似问法|相似问题|扩展问法)\s*[:：]\s*(?P<text>.*)")
GENERAL = re.compile(r"常见问题|问答|FAQ|帮助|知识库|说明|须知", re.IGNORECASE)
QUESTION_END = re.compile(r"[?？吗呢么]\s*$")
REQUIRED = frozenset({QUESTION, ANSWER})


@dataclass
class _Pair:
    """A question, and what is said about it."""

    number: int
    question: str
    similar: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)

    def row(self, shared: Mapping[str, str]) -> SourceRow:
        """Return the pair with what the text says of all its entries."""
        cells = {QUESTION: self.question, SIMILAR: "\n".join(self.similar), ANSWER: "\n".join(self.answer)}
        return proposed_row(self.number, {**shared, **cells})


def markdown_rows(text: str) -> list[SourceRow]:
    """Return what a text in Markdown says, as rows of a table of knowledge.

    Args:
        text: The text; HTML within it is text.
    """
    shared, body = _front_matter(text)
    rows: list[SourceRow] = []
    sections = list(_sections(blocks(body)))
    for position, (heading, parts) in enumerate(sections):
        following = sections[position + 1][0] if position + 1 < len(sections) else None
        title = heading
        if heading and heading.level == 1 and not QUESTION_END.search(heading.text):
            title = None
            if not GENERAL.search(heading.text) and PRODUCT not in shared:
                shared[PRODUCT] = heading.text
        elif heading and not parts and following and following.level > heading.level:
            title = None
        rows += _section_rows(title, parts, shared)
    return rows


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return what the head of a text says of all its entries, and the text with empty lines in place of the head."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    found = FRONT.match(plain)
    if found is None:
        return {}, plain
    shared: dict[str, str] = {}
    for line in found[1].split("\n"):
        name, _, value = line.replace("：", ":", 1).partition(":")
        column = column_of(name)
        if column in FRONT_COLUMNS and value.strip():
            shared[column] = value.strip().strip("\"'")
    return shared, "\n" * found.group().count("\n") + plain[found.end() :]


def _sections(parts: Sequence[Block]) -> Iterator[tuple[Block | None, list[Block]]]:
    heading: Block | None = None
    below: list[Block] = []
    for part in parts:
        if part.level:
            yield heading, below
            heading, below = part, []
        else:
            below.append(part)
    yield heading, below


def _section_rows(heading: Block | None, parts: Sequence[Block], shared: Mapping[str, str]) -> Iterator[SourceRow]:
    """Yield the rows below a heading: its own, its tables' and its pairs'."""
    own = _Pair(heading.number, heading.text) if heading else None
    current, pairs, tables = own, [], []
    for part in parts:
        table = find_table(part.table, column_of, REQUIRED) if part.table else None
        if table is not None:
            tables += [_without_places(row, shared) for row in table.source_rows("")]
            continue
        for offset, line in enumerate(part.text.split("\n")):
            if found := ASKED.match(line):
                current = _Pair(part.number + offset, found["text"])
                pairs.append(current)
            elif current is not None:
                _add(current, line, own=current is own)
    if own and (own.answer or own.similar or not (pairs or tables)):
        yield own.row(shared)
    yield from sorted([*(pair.row(shared) for pair in pairs), *tables], key=lambda row: row.number)


def _add(pair: _Pair, line: str, *, own: bool) -> None:
    if found := ALSO_ASKED.match(line):
        pair.similar.append(found["text"])
    elif not own and not pair.answer and (found := ANSWERED.match(line)):
        pair.answer.append(found["text"])
    else:
        pair.answer.append(line)


def _without_places(row: SourceRow, shared: Mapping[str, str]) -> SourceRow:
    """Return a row of a table in a text, which has lines but no cells with names."""
    filled = {column: text for column, text in row.cells.items() if text}
    return replace(row, cells={**shared, **filled}, places={})
