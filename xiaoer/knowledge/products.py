"""Which products a question names, from the catalogue or by a label that only the knowledge knows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from xiaoer.commerce.matching import named_in
from xiaoer.knowledge.text import normalise

LABEL = "label:"
"""Begins the key of a product that only the knowledge knows; a catalogue id is its own key."""

CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{2,}(?![a-z0-9])")
"""A model's name among Chinese: x14, buds3, 65w."""

MIN_PIECE = 2
"""Shortest piece of a name, in characters, that is taken for a mention."""


@dataclass(frozen=True)
class ProductName:
    """How a product is called.

    Attributes:
        key: Catalogue id, or ``label:`` and the label.
        name: Its whole name, in normal form.
        short: Its short name, in normal form.
    """

    key: str
    name: str
    short: str


class ProductNames:
    """The names of one tenant's products, fast to look for in a text."""

    def __init__(self, names: Iterable[tuple[str, str, str]]) -> None:
        """Take over ``(key, name, short_name)`` of each product."""
        self._by_key = {key: ProductName(key, normalise(name), normalise(short)) for key, name, short in names}
        self._by_pair: dict[str, set[str]] = defaultdict(set)
        self._by_code: dict[str, set[str]] = defaultdict(set)
        for product in self._by_key.values():
            for code in CODE.findall(product.short):
                self._by_code[code].add(product.key)
            for pair in _pairs(product.name) | _pairs(product.short):
                self._by_pair[pair].add(product.key)

    def named(self, text: str) -> frozenset[str]:
        """Return the keys of the products that a text in normal form names, all those that it names equally well.

        A model's name says it all: 耳机 and 手机 in S9手机能连Buds3吗 are not asked any more.
        """
        coded = [self._by_code[code] for code in CODE.findall(text) if code in self._by_code]
        if coded:
            return frozenset().union(*coded)
        near = set().union(*(self._by_pair.get(pair, ()) for pair in _pairs(text)))
        candidates = [self._by_key[key] for key in self._by_key if key in near and self._by_key[key].short]
        return frozenset(named_in(text, [(product.key, product.name, product.short) for product in candidates]))

    def same(self, product_id: str) -> frozenset[str]:
        """Return the keys of a catalogue product: its id, and each label that is a part of its name."""
        product = self._by_key.get(product_id)
        if product is None:
            return frozenset({product_id})
        labels = (key for key, other in self._by_key.items() if key.startswith(LABEL) and other.name in product.name)
        return frozenset({product_id, *labels})

    def without(self, text: str, keys: Iterable[str]) -> str:
        """Return a text in normal form without its mention of products."""
        for key in keys:
            product = self._by_key.get(key)
            if product is not None:
                text = _without(text, product)
        return text


def _pairs(text: str) -> set[str]:
    return {text[start : start + 2] for start in range(max(1, len(text) - 1))}


def _without(text: str, product: ProductName) -> str:
    for name in (product.name, product.short):
        if name and name in text:
            return normalise(text.replace(name, " "))
    piece = SequenceMatcher(None, text, product.short, autojunk=False).find_longest_match(
        0, len(text), 0, len(product.short)
    )
    return normalise(f"{text[: piece.a]} {text[piece.a + piece.size :]}") if piece.size >= MIN_PIECE else text
