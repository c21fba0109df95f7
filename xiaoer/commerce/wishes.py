"""What somebody wants suggested: the words that describe it and the money it may cost, read from a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from xiaoer.commerce.model import ProductQuery
from xiaoer.commerce.numerals import in_digits

MAX_CHARS = 300
"""Longest part of a text that is looked at."""

MOST_YUAN = Decimal(100_000_000)
"""More than anybody spends; a longer number is something else."""

ABOUT = Decimal("0.2")
"""How far, as a share, 200左右 reaches to both sides."""

NAME, KIND, AUDIENCE, REMARK = 3, 2, 1, 1
"""What two characters count: in a name, as the category, in a name as whom it is for, in the attributes."""

_NUMBER = r"(\d+(?:\.\d+)?)"
_YUAN = r"\s*(?:元|块钱?|rmb)?\s*"
_BETWEEN = re.compile(rf"{_NUMBER}{_YUAN}(?:-|~|到|至){_YUAN}{_NUMBER}(?!\s*(?:岁|码|斤|cm|kg|公斤|个月|寸))")
_MOST = (
    re.compile(rf"{_NUMBER}{_YUAN}(?:以内|之内|以下|内(?!存|胆|衣|裤)|封顶)"),
    re.compile(rf"(?:不超过|别超过|不要超过|不到|低于|预算|最多|小于)\s*(?:是|在|只有|大概|:)?\s*{_NUMBER}(?!\d)"),
)
_LEAST = (re.compile(rf"{_NUMBER}{_YUAN}(?:以上|起)"), re.compile(rf"(?:高于|不低于|超过){_YUAN}{_NUMBER}"))
_PIECES = re.compile(r"[\u3400-\u9fff]+|[a-z][a-z0-9]*|\d+[a-z][a-z0-9]*")
_AROUND = re.compile(rf"{_NUMBER}{_YUAN}(?:左右|上下|出头|来块)")


@dataclass(frozen=True)
class Vocabulary:
    """How people name what a catalogue has (``wishes.yml``).

    Attributes:
        names: What people read of a category.
        kinds: Category by word.
        stands_for: The catalogue's word by the customer's.
        audience: Those of the words that say whom something is for.
        short: Words of one character that name goods.
        known: Finds the words of ``kinds`` and ``stands_for`` in a text.
        ignored: Finds what says nothing of goods.
    """

    names: dict[str, str]
    kinds: dict[str, str]
    stands_for: dict[str, str]
    audience: frozenset[str]
    short: frozenset[str]
    known: re.Pattern[str]
    ignored: re.Pattern[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the project's own vocabulary, read at the first call."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("wishes.yml").read_text(encoding="utf-8"))
    categories = content["categories"]
    kinds = {word: category for category, each in categories.items() for word in each["words"]}
    audience = {said: meant for meant, words in content["audience"].items() for said in (meant, *words)}
    goods = {said: meant for meant, words in content["stands_for"].items() for said in (meant, *words)}
    stands_for = {**goods, **audience}
    return Vocabulary(
        names={category: each["name"] for category, each in categories.items()},
        kinds=kinds,
        stands_for=stands_for,
        audience=frozenset(audience),
        short=frozenset(content["short"]),
        known=_any_of([*kinds, *stands_for]),
        ignored=_any_of([*content["ignored"], *content["particles"]]),
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def read_wish(text: str, *, limit: int = 3) -> ProductQuery:
    """Return what a text wants suggested.

    Args:
        text: What somebody typed.
        limit: How many products are wanted at most.
    """
    plain = in_digits(text[:MAX_CHARS]).lower()
    least, most, plain = _budget(plain)
    known = vocabulary()
    words = known.known.findall(plain)
    rest = known.ignored.sub(" ", known.known.sub(" ", plain))
    words += [piece for piece in _PIECES.findall(rest) if len(piece) > 1 or piece in known.short]
    return ProductQuery(words=tuple(dict.fromkeys(words)), least=least, most=most, limit=limit)


def _budget(text: str) -> tuple[Decimal | None, Decimal | None, str]:
    """Return least and most yuan of a text, and the text without them."""
    match = _BETWEEN.search(text)
    if match is not None:
        low, high = sorted((Decimal(match[1]), Decimal(match[2])))
        return _yuan(low), _yuan(high), _without(text, match)
    match = _AROUND.search(text)
    if match is not None:
        middle = Decimal(match[1])
        return _yuan(middle * (1 - ABOUT)), _yuan(middle * (1 + ABOUT)), _without(text, match)
    most, text = _first(_MOST, text)
    least, text = _first(_LEAST, text)
    return least, most, text


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> tuple[Decimal | None, str]:
    for pattern in patterns:
        match = pattern.search(text)
        if match is not None:
            return _yuan(Decimal(match[1])), _without(text, match)
    return None, text


def _yuan(number: Decimal) -> Decimal | None:
    """Return money in whole fen, or ``None`` where nobody can mean it."""
    return number.quantize(Decimal("0.01")) if number <= MOST_YUAN else None


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def fit(words: Sequence[str], *, name: str, category: str, remarks: str) -> int:
    """Return how well a product fits the words of a wish; 0 where nothing of them is found.

    Chinese has no borders between words, so words are compared by pairs of characters.

    Args:
        words: The words of a wish.
        name: The product's names.
        category: Its category.
        remarks: Its attributes.
    """
    known = vocabulary()
    name, remarks = name.lower(), remarks.lower()
    score = 0
    for word in words:
        for pair in _pairs(known.stands_for.get(word, word)):
            weight = AUDIENCE if word in known.audience else NAME
            score += weight if pair in name else REMARK if pair in remarks else 0
        score += KIND if known.kinds.get(word) == category else 0
    return score


def _pairs(word: str) -> list[str]:
    if word.isascii() or len(word) == 1:
        return [word]
    return [word[start : start + 2] for start in range(len(word) - 1)]


def best_fits(scores: dict[str, int]) -> list[str]:
    """Return the products that fit best, best first: those with more than half of the best score.

    Args:
        scores: How well each fits, by product id, in the order that decides between equals.
    """
    best = max(scores.values(), default=0)
    kept = [product_id for product_id, score in scores.items() if score and score * 2 > best]
    return sorted(kept, key=lambda product_id: -scores[product_id])
