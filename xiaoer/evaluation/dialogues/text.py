"""Comparing what customers read: width, case and spaces do not count."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from xiaoer.clock import SHANGHAI

SPACES = re.compile(r"[^\S\n]+")
"""Spaces of all kinds; ends of lines stay, because they keep messages apart."""

CONTAINS = "~"


def normalised(text: str) -> str:
    """Return a text in the form in which it is compared: compatible characters, folded case, no spaces."""
    return SPACES.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def contains(text: str, wanted: str) -> bool:
    """Return whether a text holds another one."""
    return normalised(wanted) in normalised(text)


def strings_in(value: Any) -> Iterator[str]:
    """Yield the texts of a card, however deep they lie; its ``type`` is for programs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "type":
                yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)


def joined(texts: Iterable[str]) -> str:
    """Return texts as one, a line each."""
    return "\n".join(text for text in texts if text)


def holds(value: Any, expected: Any) -> bool:
    """Return whether a column's value is what a file expects: numbers as numbers, all else as text.

    Args:
        value: What the database holds.
        expected: A text (``~TEXT`` for one that is contained), a truth value, ``None`` for empty, or a list of which
            any will do.
    """
    if isinstance(expected, (list, tuple)):
        return any(holds(value, each) for each in expected)
    if expected is None or value is None:
        return expected is None and value in (None, "")
    if isinstance(expected, bool) or isinstance(value, bool):
        return str(value).casefold() == str(expected).casefold()
    text = str(expected)
    if text.startswith(CONTAINS):
        return contains(_as_text(value), text[len(CONTAINS) :])
    if isinstance(value, (int, float, Decimal)):
        number = as_number(text)
        return number is not None and Decimal(str(value)) == number
    return normalised(_as_text(value)) == normalised(text)


def as_number(text: str) -> Decimal | None:
    """Return the number that a text is, or ``None``."""
    try:
        number = Decimal(normalised(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
