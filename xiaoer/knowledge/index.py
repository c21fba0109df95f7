"""How well each of a tenant's entries fits a question: words, concepts and pairs of characters, compared by cosine."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from xiaoer.knowledge.model import Entry
from xiaoer.knowledge.products import LABEL, ProductNames
from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import clauses, features, normalise

CLAUSE_SHARE = 0.85
"""What a fit with one clause counts, against a fit with the whole text."""

UNNAMED_SHARE = 0.9
"""What a product's entry counts where neither the text nor the view says which product is meant."""


UNKNOWN_SHARE = 0.6
"""What a word that no entry has weighs, against the rarest word of an entry."""

BREADTH_SHARE = 1.1
"""Weight of what the other phrasings of an entry have in common with a text beyond the one that fits best."""

WHOLE_SHARE = 0.85
"""What a fit counts that may come from the product's name alone."""

NAMED_BONUS = 0.15
"""What an entry has for being about the product that is named or in view."""


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


class Use(Enum):
    """When a phrasing is compared."""

    ALWAYS = "always"
    NAMED = "the product is named or in view; the phrasing is without its name"
    UNNAMED = "no product is named or in view"


@dataclass(frozen=True)
class _Phrasing:
    owner: int
    form: str
    use: Use


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
        self._phrasings = [phrasing for number in range(len(self._entries)) for phrasing in self._apart(number)]
        taken_apart = [features(phrasing.form, synonyms) for phrasing in self._phrasings]
        owners = [phrasing.owner for phrasing in self._phrasings]
        self._rarity = _rarity(zip(owners, taken_apart, strict=True), len(self._entries))
        self._unknown = (math.log(1 + len(self._entries)) + 1) * UNKNOWN_SHARE
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, parts in enumerate(taken_apart):
            for feature, weight in self._unit(parts).items():
                self._postings[feature].append((number, weight))

    def _apart(self, number: int) -> list[_Phrasing]:
        entry = self._entries[number]
        key = product_key(entry)
        forms = dict.fromkeys(normalise(text) for text in (entry.question, *entry.similar_questions))
        whole = [_Phrasing(number, form, Use.UNNAMED if key else Use.ALWAYS) for form in forms]
        bare = dict.fromkeys(self._names.without(form, [key]) for form in forms) if key else {}
        return [*whole, *(_Phrasing(number, form, Use.NAMED) for form in bare if form)]

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
        scores: dict[tuple[int, Use], float] = defaultdict(float)
        for position, form in enumerate(forms):
            share = CLAUSE_SHARE if position else 1.0
            bare = self._names.without(form, named)
            for variant in dict.fromkeys([form, bare]):
                whole = 1.0 if variant == bare else WHOLE_SHARE
                for number, score in self._compare(variant).items():
                    phrasing = self._phrasings[number]
                    if phrasing.use is not Use.NAMED or variant == bare:
                        place = (phrasing.owner, phrasing.use)
                        scores[place] = max(scores[place], score * share * whole)
        breadth = self._breadth(self._names.without(forms[0], named))
        for place in scores:
            scores[place] += BREADTH_SHARE * breadth.get(place[0], 0.0)
        found = [fit for place, score in scores.items() if (fit := self._fit(*place, score, meant))]
        return sorted(found, key=lambda fit: (-fit.score, fit.entry.id))

    def _fit(self, owner: int, use: Use, score: float, meant: frozenset[str]) -> Fit | None:
        """Return the fit of an entry by its phrasings for one use, or ``None`` where they are not for this question."""
        entry = self._entries[owner]
        if use is Use.ALWAYS:
            return Fit(entry, round(min(score, 1.0), 4), product=False)
        if use is Use.UNNAMED:
            return None if meant else Fit(entry, round(min(score, 1.0) * UNNAMED_SHARE, 4), product=False)
        if product_key(entry) not in meant:
            return None
        return Fit(entry, round(min(score, 1.0) * (1 - NAMED_BONUS) + NAMED_BONUS, 4), product=True)

    def _breadth(self, form: str) -> dict[int, float]:
        """Return by entry how much of a form all its phrasings have together, beyond the one that fits best.

        A question that an entry answers often mixes the words of several phrasings, a stranger's does not.
        """
        together: dict[int, float] = defaultdict(float)
        alone: dict[int, float] = defaultdict(float)
        cosine: dict[int, float] = defaultdict(float)
        for feature, weight in self._unit(features(form, self._synonyms)).items():
            owners = set()
            for number, other in self._postings.get(feature, ()):
                owners.add(self._phrasings[number].owner)
                alone[number] += weight * weight
                cosine[number] += weight * other
            for owner in owners:
                together[owner] += weight * weight
        best: dict[int, int] = {}
        for number, score in cosine.items():
            owner = self._phrasings[number].owner
            if owner not in best or score > cosine[best[owner]]:
                best[owner] = number
        return {owner: together[owner] - alone[number] for owner, number in best.items()}

    def _compare(self, form: str) -> dict[int, float]:
        """Return the cosine of a form with each phrasing that has anything in common with it."""
        scores: dict[int, float] = defaultdict(float)
        for feature, weight in self._unit(features(form, self._synonyms)).items():
            for number, other in self._postings.get(feature, ()):
                scores[number] += weight * other
        return scores


def _rarity(phrasings: Iterable[tuple[int, dict[str, float]]], count: int) -> dict[str, float]:
    """Return how telling each feature is: the fewer entries have it, the more."""
    owners: dict[str, set[int]] = defaultdict(set)
    for owner, parts in phrasings:
        for feature in parts:
            owners[feature].add(owner)
    common = Counter({feature: len(found) for feature, found in owners.items()})
    return {feature: math.log((1 + count) / (1 + entries)) + 1 for feature, entries in common.items()}
