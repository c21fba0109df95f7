"""Which entries answer nearly the same question: twice, in contradiction, or one hidden behind the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.answers import Difference, difference
from xiaoer.knowledge.index import product_key
from xiaoer.knowledge.model import Entry, EntryStatus, Layer
from xiaoer.knowledge.nearness import near_pairs, vectors
from xiaoer.knowledge.precedence import RANKS, rank
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.synonyms import Synonyms, default_synonyms
from xiaoer.knowledge.text import normalise

SIMILARITY = 0.625
"""Least cosine of two questions that are nearly the same; chosen on the ``dev`` half of
``tests/xiaoer/knowledge/same_questions.tsv``."""


CODE = re.compile(r"[a-z]*\d+[a-z0-9]*")
"""A number or a model's name: questions that name different ones are never the same."""


class ConflictKind(str, Enum):
    """What is the matter with two entries: they say the same, contradict each other, or one hides the other."""

    CONFLICT = "conflict"
    DUPLICATE = "duplicate"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True)
class Conflict:
    """Two entries with nearly the same question for the same product, or for none, that hold at the same time.

    Attributes:
        kind: What is the matter with them.
        first: The one that wins where both fit equally well, or the older one.
        second: The other.
        similarity: How near their questions are, above 0 and at most 1.
        questions: The phrasing of the first and of the second that are nearest.
        differs: In what the answers differ.
    """

    kind: ConflictKind
    first: Entry
    second: Entry
    similarity: float
    questions: tuple[str, str]
    differs: Difference


def find_conflicts(
    entries: Sequence[Entry],
    *,
    names: ProductNames | None = None,
    synonyms: Synonyms | None = None,
    limit: int | None = None,
) -> list[Conflict]:
    """Report entries of one scope, and of a merchant with the platform's, that are asked nearly the same.

    Two merchants' entries are never compared, nor entries about different products, nor what is not published.

    Args:
        entries: Entries of one or several scopes.
        names: How products are called, so that a product's name alone makes no two of its questions alike.
        synonyms: Words that count as one, and words that count as nothing; the project's own when ``None``.
        limit: At most so many.

    Returns:
        Conflicts first, those with different numbers before all others; then duplicates, then what is overridden; of
        each the nearest questions first.
    """
    known = synonyms or default_synonyms()
    published = sorted((each for each in entries if each.status is EntryStatus.PUBLISHED), key=lambda each: each.id)
    found = [_conflict(*near) for near in _near(published, names, known)]
    return sorted(found, key=_urgency)[:limit]


def _urgency(conflict: Conflict) -> tuple:
    kinds = list(ConflictKind)
    return (
        kinds.index(conflict.kind),
        not conflict.differs.numbers,
        -conflict.similarity,
        conflict.first.id,
        conflict.second.id,
    )


def _near(
    entries: list[Entry], names: ProductNames | None, synonyms: Synonyms
) -> Iterator[tuple[Entry, Entry, float, tuple[str, str]]]:
    """Yield each two entries that are about the same and hold at the same time, with their nearest phrasings."""
    phrasings = [
        (owner, text, _bare(normalise(text), entry, names))
        for owner, entry in enumerate(entries)
        for text in dict.fromkeys((entry.question, *entry.similar_questions))
    ]
    if not phrasings:
        return
    forms = list(dict.fromkeys(form for _, _, form in phrasings))
    places = {form: number for number, form in enumerate(forms)}
    matrix = vectors(forms, synonyms)[[places[form] for _, _, form in phrasings]]
    owners = np.array([owner for owner, _, _ in phrasings])
    scopes = np.array([each.scope for each in entries])
    platform = scopes == PLATFORM
    about = np.array([product_key(each) or "" for each in entries])
    codes = np.array([" ".join(sorted(set(CODE.findall(form)))) for _, _, form in phrasings])
    best: dict[tuple[int, int], tuple[float, int, int]] = {}
    for first, second, cosines in near_pairs(matrix, SIMILARITY):
        one, other = owners[first], owners[second]
        meet = (scopes[one] == scopes[other]) | platform[one] | platform[other]
        wanted = (one != other) & (about[one] == about[other]) & (codes[first] == codes[second]) & meet
        for place in np.flatnonzero(wanted):
            pair = (int(one[place]), int(other[place]))
            similarity = float(cosines[place])
            if pair not in best or similarity > best[pair][0]:
                best[pair] = (similarity, int(first[place]), int(second[place]))
    for (left, right), (similarity, here, there) in best.items():
        if _both_hold(entries[left], entries[right]):
            texts = (phrasings[here][1], phrasings[there][1])
            yield entries[left], entries[right], min(1.0, round(similarity, 4)), texts


def _bare(form: str, entry: Entry, names: ProductNames | None) -> str:
    """Return a phrasing without the name of the product that its entry is about."""
    key = product_key(entry)
    if key is None:
        return form
    bare = names.without(form, [key]) if names is not None else form
    return normalise(bare.replace(normalise(entry.product_label), " ")) or form if entry.product_label else bare or form


def _both_hold(one: Entry, other: Entry) -> bool:
    """Whether there is a moment at which both hold."""
    begins = [moment for moment in (one.valid_from, other.valid_from) if moment is not None]
    ends = [moment for moment in (one.valid_to, other.valid_to) if moment is not None]
    return not begins or not ends or max(begins) < min(ends)


def _conflict(one: Entry, other: Entry, similarity: float, texts: tuple[str, str]) -> Conflict:
    first, second = _by_precedence(one, other)
    questions = texts if first is one else (texts[1], texts[0])
    differs = difference(first.answer, second.answer)
    return Conflict(_kind(first, second, differs), first, second, similarity, questions, differs)


def _by_precedence(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    """Return two entries in the order in which the search has them where both fit equally well."""
    tenant = other.scope if one.scope == PLATFORM else one.scope

    def place(entry: Entry) -> tuple[int, int]:
        return RANKS.index(rank(entry.scope, entry.layer, tenant, meant=product_key(entry) is not None)), entry.id

    first, second = sorted((one, other), key=place)
    return first, second


def _kind(first: Entry, second: Entry, differs: Difference) -> ConflictKind:
    if first.scope != second.scope:
        return ConflictKind.OVERRIDDEN
    if first.layer is second.layer:
        return ConflictKind.DUPLICATE if differs.none else ConflictKind.CONFLICT
    if Layer.EMERGENCY in (first.layer, second.layer) or differs.none:
        return ConflictKind.OVERRIDDEN
    return ConflictKind.CONFLICT  # between campaign and product the better fit decides: either can win
