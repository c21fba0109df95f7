"""What a reader of a page sees of it."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import NavigableString, PreformattedString
from bs4.exceptions import ParserRejectedMarkup

from xiaoer.knowledge.formats.model import UnreadableFile

UNSEEN = ["script", "style", "noscript", "template", "svg", "iframe", "object", "head", "button", "select", "textarea"]
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BREAKING = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)


MOST_TAGS = 50_000
DEEPEST = 300
"""How large and how deep a page may be; reading takes time for both."""

LONE = re.compile("[\ud800-\udfff]")


def parsed_page(text: str) -> BeautifulSoup:
    """Return a page as a tree.

    Args:
        text: The page, or a part of one.

    Raises:
        UnreadableFile: If it is no page, or too large or too deep.
    """
    try:
        soup = BeautifulSoup(LONE.sub("\ufffd", text) + "\n", "html.parser")
    except (ParserRejectedMarkup, RecursionError) as error:
        raise UnreadableFile("网页已损坏，读不了") from error
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depths.get(id(tag.parent), 0) + 1
    if len(depths) > MOST_TAGS or max(depths.values()) > DEEPEST:
        raise UnreadableFile("网页太大或嵌套太深，读不了")
    return soup


def remove_unseen(soup: BeautifulSoup) -> None:
    """Take out of a page what nobody sees.

    Args:
        soup: The page; it is changed.
    """
    for tag in soup.find_all(UNSEEN):
        tag.extract()
    for tag in soup.find_all(_is_hidden):
        tag.extract()


def _is_hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or HIDDEN.search(str(tag.get("style", ""))) is not None
    )


def text_of(tag: Tag) -> str:
    """Return the text of a part of a page, with lines where a reader sees them.

    Args:
        tag: The part.
    """
    parts: list[str] = []
    for each in tag.descendants:
        if isinstance(each, Tag) and each.name in BREAKING:
            parts.append("\n")
        elif isinstance(each, NavigableString) and not isinstance(each, (Comment, PreformattedString)):
            unseen = each.parent is not None and each.parent.name in UNSEEN
            parts.append("" if unseen else re.sub(r"\s+", " ", each))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
