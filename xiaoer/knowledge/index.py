"""How well each of a tenant's entries fits a question: words, concepts and pairs of characters, compared by cosine."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from xiaoer.knowledge.model import Entry
from xiaoer.knowledge.products import LABEL, ProductNames
from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import clauses, features, normalise

CLAUSE_SHARE = 0.95
"""What a fit with one clause counts, against a fit with the whole text."""

UNNAMED_SHARE = 0.9
"""What a product's entry counts where neither the text nor the view says which product is meant."""


def product_key(entry: Entry) -> str | None:
    """Return the key of the product that an entry is about, or ``None`` where it is about none."""
    return entry.product_id or (f"{LABEL}{entry.product_label}" if entry.product_label else None)


@dataclass(frozen=True)
class Fit:
    """An entry with its fit.

    Attributes:
        entry: The entry.
        score: How well it fits, 0 to 1.
        product: Whether it is about a product that the text names or the view shows.
    """

    entry: Entry
    score: float
    product: bool


class Index:
    """Entries of one tenant and the platform, ready to be compared; never changes after it was built."""

    def __init__(self, entries: Iterable[Entry], names: ProductNames, synonyms: Synonyms) -> None:
        """Take the entries apart.

        Args:
            entries: What can be an answer, whether it holds at the moment or not.
            names: The products that a text can name.
            synonyms: Words that count as one, and words that count as nothing.
        """
        self._entries = list(entries)
        self._names = names
        self._synonyms = synonyms
        phrasings = [(number, form) for number, entry in enumerate(self._entries) for form in self._forms(entry)]
        self._owner = [number for number, _ in phrasings]
        taken_apart = [features(form, synonyms) for _, form in phrasings]
        self._rarity = _rarity(zip(self._owner, taken_apart, strict=True), len(self._entries))
        self._unknown = math.log(1 + len(self._entries)) + 1
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, parts in enumerate(taken_apart):
            for feature, weight in self._unit(parts).items():
                self._postings[feature].append((number, weight))

    def _forms(self, entry: Entry) -> list[str]:
        forms = [normalise(text) for text in (entry.question, *entry.similar_questions)]
        key = product_key(entry)
        if key is not None:
            forms += [self._names.without(form, [key]) for form in forms]
        return list(dict.fromkeys(form for form in forms if form))

    def _unit(self, parts: dict[str, float]) -> dict[str, float]:
        weighed = {feature: weight * self._rarity.get(feature, self._unknown) for feature, weight in parts.items()}
        length = math.sqrt(sum(weight * weight for weight in weighed.values()))
        return {feature: weight / length for feature, weight in weighed.items()} if length else {}

    def fits(self, text: str, product_id: str | None) -> list[Fit]:
        """Return the entries that have anything in common with a text, best first.

        An entry about a product is left out where the text names other products, or where it names none and another
        product is in view.

        Args:
            text: What somebody typed.
            product_id: The product in view, if any.
        """
        forms = clauses(text)
        if not forms:
            return []
        named = self._names.named(forms[0])
        meant = named or (self._names.same(product_id) if product_id else frozenset())
        scores: dict[int, float] = defaultdict(float)
        for position, form in enumerate(forms):
            share = CLAUSE_SHARE if position else 1.0
            for variant in dict.fromkeys([form, self._names.without(form, named)]):
                for number, score in self._compare(variant).items():
                    scores[self._owner[number]] = max(scores[self._owner[number]], score * share)
        found = [fit for number, score in scores.items() if (fit := _fit(self._entries[number], score, meant))]
        return sorted(found, key=lambda fit: (-fit.score, fit.entry.id))

    def _compare(self, form: str) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        for feature, weight in self._unit(features(form, self._synonyms)).items():
            for number, other in self._postings.get(feature, ()):
                scores[number] += weight * other
        return scores


def _fit(entry: Entry, score: float, meant: frozenset[str]) -> Fit | None:
    key = product_key(entry)
    if key is not None and meant and key not in meant:
        return None
    share = UNNAMED_SHARE if key is not None and not meant else 1.0
    return Fit(entry, round(min(score, 1.0) * share, 4), product=key is not None and key in meant)


def _rarity(phrasings: Iterable[tuple[int, dict[str, float]]], count: int) -> dict[str, float]:
    """Return how telling each feature is: the fewer entries have it, the more."""
    owners: dict[str, set[int]] = defaultdict(set)
    for owner, parts in phrasings:
        for feature in parts:
            owners[feature].add(owner)
    common = Counter({feature: len(found) for feature, found in owners.items()})
    return {feature: math.log((1 + count) / (1 + entries)) + 1 for feature, entries in common.items()}
