"""Reading a product's page (HTML): attributes, tables of sizes and frequent questions become entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag

from xiaoer.knowledge.formats.columns import (
    ANSWER,
    LAYER,
    LAYER_WORDS,
    PRODUCT,
    QUESTION,
    column_of,
)
from xiaoer.knowledge.formats.grid import GridRow, find_table
from xiaoer.knowledge.formats.model import SourceRow
from xiaoer.knowledge.formats.page_tables import is_attributes, table_lines, table_rows
from xiaoer.knowledge.formats.page_text import parsed_page, remove_unseen, text_of
from xiaoer.knowledge.formats.proposed import proposed_row
from xiaoer.knowledge.model import Layer

QUESTION_END = re.compile(r"[?？]\s*$|(?:吗|呢|么|怎么办)\s*$")
ASKED = re.compile(r"^(?:Q(?:uestion)?|问)\s*\d*\s*[:：.、]\s*", re.IGNORECASE)
ANSWERED = re.compile(r"^(?:A(?:nswer)?|答)\s*\d*\s*[:：.、]\s*", re.IGNORECASE)
ATTRIBUTES = re.compile(r"attr|param|spec|prop|detail", re.IGNORECASE)
SHOP = re.compile(
    r"\s*[-_|｜–—]\s*[^-_|｜–—]*(?:网|商城|旗舰店|专营店|官网|淘宝|天猫|京东|拼多多|Tmall|Taobao|JD)[^-_|｜–—]*$", re.I
)
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
LONGEST_NAME, LONGEST_TITLE = 30, 300
REQUIRED = frozenset({QUESTION, ANSWER})


def page_rows(text: str) -> list[SourceRow]:
    """Return what a page says, as rows of a table of knowledge.

    Args:
        text: The page; scripts are never run and, like all that is hidden, never text.

    Raises:
        UnreadableFile: If it is no page, or none that anybody would read.
    """
    soup = parsed_page(text)
    data = list(_linked_data(soup))
    product = _product(soup, data)
    found = [*_stated_questions(data), *_marked_up_questions(soup)]
    remove_unseen(soup)
    tables: list[SourceRow] = []
    for reader in (_disclosures, _definitions, _headings):
        found += reader(soup, product)
    for table in soup.find_all("table"):
        if table.find("table"):
            continue  # it arranges other things
        tables += _knowledge_rows(table)
        found += _table(table, product)
    found += _lists(soup, product)
    seen: dict[tuple[str, str], SourceRow] = {}
    for number, question, answer in found:
        cells = {QUESTION: question, ANSWER: answer, LAYER: LAYER_WORDS[Layer.PRODUCT], PRODUCT: product}
        seen.setdefault((question, answer), proposed_row(number, cells))
    return sorted([*seen.values(), *tables], key=lambda row: row.number)


Found = Iterator[tuple[int, str, str]]
"""Line, question and answer."""


def _linked_data(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    """Yield the objects of a page's JSON-LD, with the line that they are in."""
    for script in soup.find_all("script", type=re.compile(r"ld\+json", re.IGNORECASE)):
        try:
            waiting = [json.loads(script.string or "")]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                yield {**value, "line": _line(script)}
                waiting += [each for each in value.values() if isinstance(each, (list, dict))]


def _is(value: dict[str, Any], kind: str) -> bool:
    kinds = value.get("@type")
    return kinds == kind or (isinstance(kinds, list) and kind in kinds)


def _product(soup: BeautifulSoup, data: list[dict[str, Any]]) -> str:
    title = soup.find("meta", attrs={"property": "og:title"})
    heading, page = soup.find("h1"), soup.find("title")
    stated = [str(value.get("name", "")) for value in data if _is(value, "Product")]
    names = [
        str(title.get("content", "")) if title else "",
        text_of(heading) if heading else "",
        text_of(page) if page else "",
        *stated,
    ]
    return next((SHOP.sub("", " ".join(name[:LONGEST_TITLE].split())) for name in names if name.strip()), "")


def _stated_questions(data: list[dict[str, Any]]) -> Found:
    for value in data:
        answer = value.get("acceptedAnswer")
        said = answer[0] if isinstance(answer, list) and answer else answer
        if _is(value, "Question") and isinstance(said, dict):
            markup = parsed_page(str(said.get("text", "")))
            yield value["line"], str(value.get("name", "")), text_of(markup)


def _marked_up_questions(soup: BeautifulSoup) -> Found:
    for item in soup.find_all(itemtype=re.compile(r"schema\.org/Question", re.IGNORECASE)):
        name, text = item.find(itemprop="name"), item.find(itemprop="text") or item.find(itemprop="acceptedAnswer")
        if name and text:
            yield _line(item), _question(text_of(name)), _answer(text_of(text))
            item.extract()


def _disclosures(soup: BeautifulSoup, _: str) -> Found:
    for item in soup.find_all("details"):
        summary = item.find("summary")
        if summary is None:
            continue
        question = _question(text_of(summary.extract()))
        if answer := _answer(text_of(item)):
            yield _line(item), question, answer
            item.extract()


def _definitions(soup: BeautifulSoup, product: str) -> Found:
    for term in soup.find_all("dt"):
        said = []
        for sibling in term.next_siblings:
            if not isinstance(sibling, Tag):
                continue
            if sibling.name == "dt":
                break
            if sibling.name == "dd":
                said.append(text_of(sibling))
        name, text = text_of(term).rstrip("：: "), "\n".join(each for each in said if each)
        if QUESTION_END.search(name) or ASKED.search(name):
            yield _line(term), _question(name), _answer(text)
        elif text:
            yield from _attribute(_line(term), product, name, text)
    for each in soup.find_all("dl"):
        each.extract()


def _headings(soup: BeautifulSoup, _: str) -> Found:
    for heading in soup.find_all(HEADINGS):
        name = text_of(heading)
        if heading.name == "h1" or not (QUESTION_END.search(name) or ASKED.search(name)):
            continue
        said = []
        for sibling in heading.next_siblings:
            if not isinstance(sibling, Tag):
                continue
            if sibling.name in HEADINGS or sibling.find(HEADINGS):
                break
            said.append(text_of(sibling))
        if answer := _answer("\n".join(each for each in said if each)):
            yield _line(heading), _question(name), answer


def _knowledge_rows(table: Tag) -> list[SourceRow]:
    """Return the rows of a table that has the headers of knowledge."""
    grid = [GridRow(number, dict(enumerate(cells))) for number, (_, cells) in enumerate(table_rows(table), start=1)]
    found = find_table(grid, column_of, REQUIRED)
    line = _line(table)
    if found is None:
        return []
    rows = list(found.source_rows(""))
    table["class"] = "read-already"
    return [proposed_row(line + row.number - 1, row.cells) for row in rows]


def _table(table: Tag, product: str) -> Found:
    rows = list(table_rows(table))
    if table.get("class") == "read-already":
        return
    if is_attributes(rows):
        for head, cells in rows:
            for name, value in () if head else zip(cells[::2], cells[1::2], strict=False):
                yield from _attribute(_line(table), product, name, value)
    elif lines := table_lines(rows):
        caption = table.find("caption")
        before = table.find_previous(HEADINGS)
        title = text_of(caption) if caption else text_of(before) if before and before.name != "h1" else rows[0][1][0]
        yield _line(table), _asked(product, title if len(title) <= LONGEST_NAME else "规格"), "\n".join(lines)


def _lists(soup: BeautifulSoup, product: str) -> Found:
    for each in soup.find_all(["ul", "ol"]):
        if not ATTRIBUTES.search(f"{each.get('class') or ''} {each.get('id') or ''}"):
            continue
        for item in each.find_all("li"):
            name, divided, value = text_of(item).replace("：", ":", 1).partition(":")
            if divided:
                yield from _attribute(_line(item), product, name, value)


def _attribute(line: int, product: str, name: str, value: str) -> Found:
    name, value = name.strip().rstrip("：: "), value.strip()
    if name and value and len(name) <= LONGEST_NAME:
        yield line, _asked(product, name), f"{name}：{value.rstrip('。')}。"


def _asked(product: str, name: str) -> str:
    return f"{product}的{name}是什么" if product else f"{name}是什么"


def _question(text: str) -> str:
    return ASKED.sub("", text).strip()


def _answer(text: str) -> str:
    return ANSWERED.sub("", text).strip()


def _line(tag: Tag) -> int:
    return tag.sourceline or 1
