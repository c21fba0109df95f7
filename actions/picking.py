"""Reading from a customer's words which of several orders is meant: by place, number, goods, state, day or amount."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml

from xiaoer.clock import local_day
from xiaoer.commerce.matching import named_in
from xiaoer.commerce.model import Order

T = TypeVar("T")

NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5} | {str(number): number for number in range(1, 6)}
DENIED = re.compile(r"(?<!是)不(?:是|要)[^,，。是]*[,，。]?")
"""What is ruled out before the choice itself: 不是第一个，是第二个."""
SHORTEST_PIECE = 2
"""Characters of a variant's piece that may stand anywhere; shorter ones, such as the size L, stand by themselves."""
MOST_BESIDE_PLACE = 1
"""Characters beside a place that say nothing else: the 题 of 第二个问题, where 问 is a filler."""
COLOURS = frozenset("黑白红黄蓝绿紫灰粉棕橙金银青咖杏米")


@dataclass(frozen=True)
class Pick:
    """What a text says about which orders are meant.

    Attributes:
        orders: Those that fit all that is said; empty where the text says nothing about it.
        several: Whether more than one was meant on purpose.
        rest: The words that say something else; empty where the whole text is the choice.
    """

    orders: tuple[Order, ...]
    several: bool
    rest: str


@dataclass
class _Reading:
    """A text while its parts are being understood."""

    text: str
    today: date
    rest: str

    def take(self, words: str) -> None:
        """Mark words as understood."""
        self.rest = self.rest.replace(words, "\n")

    def matches(self, name: str) -> Iterator[re.Match[str]]:
        """Give every match of the patterns of a name, and mark the words as understood."""
        for pattern in _patterns(name):
            for match in pattern.finditer(self.text):
                self.take(match[0])
                yield match


def plain(text: str) -> str:
    """Return a text in the form that all comparing is done in: NFKC, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def means(name: str, text: str) -> bool:
    """Return whether a text matches one of the patterns of a name in ``picking.yml``."""
    return any(pattern.search(plain(text)) for pattern in _patterns(name))


def tails(text: str) -> list[str]:
    """Return the ends of order numbers that a text names as such, for example in 尾号1234的那单."""
    return [match["n"] for pattern in _patterns("tail") for match in pattern.finditer(plain(text))]


def pick(text: str, orders: Sequence[Order], *, listed: bool, today: date) -> Pick:
    """Return which of the orders a text means.

    Args:
        text: What was typed.
        orders: Those that it can mean, in the order in which they were listed.
        listed: Whether the customer sees them as a list, so that 第二个 or a bare number can mean a place in it.
        today: The present day in Shanghai.
    """
    asked = plain(DENIED.sub("", text)) or plain(text)
    reading = _Reading(asked, today, asked)
    if listed and means("none", text):
        return Pick((), False, _rest(reading))
    if listed and any(list(reading.matches("all"))):
        return Pick(tuple(orders), len(orders) > 1, _rest(reading))
    placed = _by_place(reading, orders) if listed else []
    if placed:
        return Pick(tuple(placed), len(placed) > 1, _rest(reading))
    by_tail = _by_tail(reading, orders, listed)
    if by_tail:
        return Pick(tuple(by_tail), False, _rest(reading))
    kept: list[Order] = []
    for fits in (_by_goods, _by_variant, _by_listed_state if listed else _by_called_state, _by_day, _by_amount):
        fitting = fits(reading, orders)
        both = [order for order in kept if order in fitting]
        kept = both or kept or fitting
    return Pick(tuple(kept), False, _rest(reading))


def in_place(text: str, listed: Sequence[T]) -> T | None:
    """Return the one of several listed things that a text means by its place and says nothing besides, or ``None``.

    Args:
        text: What was typed.
        listed: What it can mean, in the order in which it was listed.
    """
    asked = plain(DENIED.sub("", text)) or plain(text)
    reading = _Reading(asked, date.min, asked)
    placed = _by_place(reading, listed)
    return placed[0] if len(placed) == 1 and len(_rest(reading)) <= MOST_BESIDE_PLACE else None


def _rest(reading: _Reading) -> str:
    rest = reading.rest
    for pattern in _patterns("filler"):
        rest = pattern.sub("", rest)
    return re.sub(r"[\W_]+", "", rest)


def _by_place(reading: _Reading, listed: Sequence[T]) -> list[T]:
    for match in reading.matches("front_several"):
        return list(listed[: NUMERALS[match["n"]]])
    places = [len(listed) - NUMERALS[match["n"]] for match in reading.matches("from_the_back")]
    if not places:
        places = [NUMERALS[match["n"]] - 1 for match in reading.matches("from_the_front")]
        places += [0 for _ in reading.matches("first")]
        places += [len(listed) - 1 for _ in reading.matches("last")]
        places += [len(listed) // 2 for _ in reading.matches("middle") if len(listed) % 2]
    return [listed[place] for place in dict.fromkeys(places) if 0 <= place < len(listed)]


def _by_tail(reading: _Reading, orders: Sequence[Order], listed: bool) -> list[Order]:
    names = ("tail", "bare_number") if listed else ("tail",)
    ends = [match["n"] for name in names for match in reading.matches(name)]
    return [order for order in orders if any(order.order_no.endswith(end) for end in ends)]


def _by_goods(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    names = {line.product_name for order in orders for line in order.lines}
    named = set(named_in(reading.text, [(name, name, name) for name in sorted(names)]))
    for name in named:
        _take_piece(reading, plain(name))
    return [order for order in orders if any(line.product_name in named for line in order.lines)]


def _take_piece(reading: _Reading, name: str) -> None:
    """Mark the longest end of a name that stands in the text as understood, or any other piece of it."""
    pieces = [name[start:] for start in range(len(name) - 1)]
    pieces += [name[start:end] for end in range(len(name), 1, -1) for start in range(end - 1)]
    for piece in sorted(pieces, key=len, reverse=True):
        if piece in reading.text:
            reading.take(piece)
            return


def _by_variant(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    fitting: dict[str, int] = {}
    for order in orders:
        said = [piece for piece in _pieces(order) if _says(reading, piece)]
        if said:
            fitting[order.order_no] = len(said)
    most = max(fitting.values(), default=0)
    return [order for order in orders if fitting.get(order.order_no) == most]


def _pieces(order: Order) -> set[str]:
    """Return the words of an order's variants in plain form: 黑色 and xl of 黑色 XL."""
    variants = " ".join(unicodedata.normalize("NFKC", line.variant).lower() for line in order.lines)
    return {piece for piece in re.split(r"[\s/、,+]+", variants) if piece}


def _says(reading: _Reading, piece: str) -> bool:
    """Return whether the text names a piece of a variant: 黑色 also as 黑的, 曜石黑 also as 黑色, L only by itself."""
    if re.fullmatch(r"[a-z0-9]{1,4}", piece):
        pattern = rf"(?<![a-z0-9]){piece}(?![a-z0-9])"
    elif len(piece) < SHORTEST_PIECE:
        return False
    else:
        stem = piece[:-1] if piece.endswith("色") else piece
        colour = rf"|{stem[-1]}(?=[的色那])" if len(stem) > 1 and stem[-1] in COLOURS else ""
        pattern = rf"{re.escape(piece)}|{re.escape(stem)}(?=[的色那]){colour}"
    match = re.search(pattern, reading.text)
    if match is not None:
        reading.take(match[0])
    return match is not None


def _by_listed_state(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    said = {state for state in _words()["states"] for _ in reading.matches(f"states.{state}")}
    return [order for order in orders if order.state.value in said]


def _by_called_state(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    called = _words()["called"]
    said = set()
    for state, patterns in _words()["states"].items():
        match = re.search(rf"(?:{'|'.join(patterns)})(?:{called})", reading.text)
        if match is not None:
            reading.take(match[0])
            said.add(state)
    return [order for order in orders if order.state.value in said]


def _by_day(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    days: set[tuple[int | None, int]] = set()
    placed = "|".join(_words()["placed"])
    for words, ago in _words()["days_ago"].items():
        for match in re.finditer(f"(?:{words})(?:{placed})", reading.text):
            reading.take(match[0])
            day = reading.today - timedelta(days=ago)
            days.add((day.month, day.day))
    for match in reading.matches("date"):
        month = match.groupdict().get("month")
        days.add((int(month) if month else None, int(match["day"])))
    return [order for order in orders if any(_placed_on(order, month, day) for month, day in days)]


def _placed_on(order: Order, month: int | None, day: int) -> bool:
    placed = local_day(order.created_at)
    return placed.day == day and month in (None, placed.month)


def _by_amount(reading: _Reading, orders: Sequence[Order]) -> list[Order]:
    amounts = {Decimal(match["n"]) for match in reading.matches("amount")}
    return [order for order in orders if any(amount in (order.amount, int(order.amount)) for amount in amounts)]


@cache
def _words() -> dict[str, Any]:
    loaded = yaml.safe_load(files("actions").joinpath("picking.yml").read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise ValueError("actions/picking.yml must be a mapping")
    return loaded


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    head, _, rest = name.partition(".")
    found = _words()[head][rest] if rest else _words()[head]
    return tuple(re.compile(pattern) for pattern in found)
