"""The entries of one scope as arrays, compared with a question all at once; never changes after it was built."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zlib import crc32

import numpy as np

from xiaoer.knowledge.anatomy import BLOCKS, SOUNDS, WORDS, Anatomy, dissect
from xiaoer.knowledge.meaning import Meaning, in_bytes, likeness, unit
from xiaoer.knowledge.model import Draft, Entry, Layer
from xiaoer.knowledge.postings import Postings
from xiaoer.knowledge.products import LABEL, ProductNames
from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import normalise

UNKNOWN_SHARE = 0.6
"""What a feature that no entry has weighs, against the rarest of an entry."""

SPEAKING = 6
"""Characters from which an answer says by itself what it is about: 可以 and 有的 answer anything."""

WHOLE, BARE = 0, 1
"""Whether a phrasing stands as it was written, or without the name of its product."""


def product_key(entry: Entry | Draft) -> str | None:
    """Return the key of the product that an entry is about, or ``None`` where it is about none."""
    return entry.product_id or (f"{LABEL}{entry.product_label}" if entry.product_label else None)


@dataclass(frozen=True)
class Taken:
    """An entry taken apart, which is the slow part of building an index.

    Attributes:
        uses: For each phrasing ``WHOLE`` or ``BARE``.
        forms: For each phrasing a hash of it.
        phrasings: The phrasings.
        answer: The answer.
        meanings: What the phrasings are about together, and what the answer is, shape ``(2, dimensions)``, dtype int8.
    """

    uses: tuple[int, ...]
    forms: tuple[int, ...]
    phrasings: tuple[Anatomy, ...]
    answer: Anatomy
    meanings: np.ndarray


def take_apart(entry: Entry | Draft, names: ProductNames, synonyms: Synonyms, meaning: Meaning) -> Taken:
    """Take an entry apart; one about a product also without the product's name.

    Args:
        entry: The entry.
        names: The products that it can name.
        synonyms: Words that count as one, and words that count as nothing.
        meaning: What texts are about.
    """
    key = product_key(entry)
    forms = dict.fromkeys(normalise(text) for text in (entry.question, *entry.similar_questions))
    bare = dict.fromkeys(filter(None, (names.without(form, [key]) for form in forms))) if key else {}
    cut = [(WHOLE, form) for form in forms] + [(BARE, form) for form in bare]
    answer = normalise(entry.answer)
    phrasings, answered = [dissect(form, synonyms) for _, form in cut], dissect(answer, synonyms)
    # The name of its product would say no more than that: who asks may not name it, and often it is in view.
    telling = BARE if bare else WHOLE
    asked = [meaning.vector(form, each) for (use, form), each in zip(cut, phrasings, strict=True) if use == telling]
    about_answer = meaning.vector(answer, answered) * (len(answer) >= SPEAKING)
    return Taken(
        uses=tuple(use for use, _ in cut),
        forms=tuple(crc32(form.encode()) for _, form in cut),
        phrasings=tuple(phrasings),
        answer=answered.without(SOUNDS),
        meanings=in_bytes(np.stack([unit(np.sum(asked, axis=0)), about_answer])),
    )


class Index:
    """The entries of one scope, ready to be compared.

    Attributes:
        ids: Their numbers, shape ``(n,)``.
        versions: Their versions, shape ``(n,)``.
        about_product: Which are about a product, shape ``(n,)``.
        emergency: Which are of the emergency layer, shape ``(n,)``.
        campaign: Which are of the campaign layer, shape ``(n,)``.
    """

    def __init__(self, entries: Sequence[Entry], taken: Sequence[Taken]) -> None:
        """Put the arrays together.

        Args:
            entries: What can be an answer, whether it holds at the moment or not.
            taken: The same entries, taken apart.
        """
        self.ids = np.array([entry.id for entry in entries], dtype=np.int64)
        self.versions = np.array([entry.version for entry in entries], dtype=np.int64)
        self._keys = tuple(product_key(entry) for entry in entries)
        self.about_product = np.array([key is not None for key in self._keys], dtype=bool)
        self.emergency = np.array([entry.layer is Layer.EMERGENCY for entry in entries], dtype=bool)
        self.campaign = np.array([entry.layer is Layer.CAMPAIGN for entry in entries], dtype=bool)
        self._begin = _moments((entry.valid_from for entry in entries), -math.inf)
        self._end = _moments((entry.valid_to for entry in entries), math.inf)
        counts = [len(each.phrasings) for each in taken]
        self._first = (np.cumsum(counts) - counts).astype(np.int64) if counts else np.zeros(0, dtype=np.int64)
        self._owners = np.repeat(np.arange(len(entries), dtype=np.int32), counts)
        self._bare = np.array([use == BARE for each in taken for use in each.uses], dtype=bool)
        self._forms = np.array([form for each in taken for form in each.forms], dtype=np.uint32)
        self._about = np.concatenate([each.meanings for each in taken]) if taken else np.zeros((0, 0), dtype=np.int8)
        phrasings = [phrasing for each in taken for phrasing in each.phrasings]
        self._asked = Postings.of(phrasings)
        self._answered = Postings.of([each.answer for each in taken])
        features = np.repeat(np.arange(len(self._asked.keys)), np.diff(self._asked.starts))
        owners = self._owners[self._asked.rows]
        having = np.bincount(features[_first_of_each(features, owners)], minlength=len(self._asked.keys))
        self._rarity = (np.log((1 + len(taken)) / (1 + having)) + 1).astype(np.float32)
        self._unknown = (math.log(1 + len(taken)) + 1) * UNKNOWN_SHARE
        weighed = (self._asked.weights * self._rarity[features]) ** 2
        self._lengths = np.sqrt(np.bincount(self._asked.rows, weights=weighed, minlength=len(phrasings)))
        self._lengths = self._lengths.astype(np.float32)

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        flags = (self.about_product, self.emergency, self.campaign, self._bare)
        entries = (self.ids, self.versions, self._begin, self._end, self._first)
        phrasings = (self._owners, self._forms, self._lengths, self._about)
        own = sum(array.nbytes for array in (*flags, *entries, *phrasings, self._rarity))
        return own + self._asked.nbytes + self._answered.nbytes

    def valid_at(self, now: datetime) -> np.ndarray:
        """Return which entries hold at a moment, shape ``(n,)``."""
        moment = now.timestamp()
        return (self._begin <= moment) & (moment < self._end)

    def exact(self, form: str, *, bare: bool) -> np.ndarray:
        """Return which entries have a phrasing that is a text to the letter, shape ``(n,)``.

        Args:
            form: A text in normal form.
            bare: Whether phrasings without their product's name count: only where the product is meant anyway.
        """
        found = np.zeros(len(self), dtype=bool)
        found[self._owners[(self._forms == crc32(form.encode())) & (bare | ~self._bare)]] = True
        return found

    def about(self, products: Collection[str]) -> np.ndarray:
        """Return which entries are about one of several products, shape ``(n,)``.

        Args:
            products: Keys of products.
        """
        if not products:
            return np.zeros(len(self), dtype=bool)
        return np.array([key in products for key in self._keys], dtype=bool)

    def taken(self) -> list[Taken]:
        """Return the entries as they were taken apart, in their order: what has not changed need not be cut again."""
        phrasings, answers = self._asked.texts(), self._answered.texts()
        uses = [BARE if bare else WHOLE for bare in self._bare]
        begins = [*self._first.tolist(), len(self._owners)]
        return [
            Taken(
                tuple(uses[begin:end]),
                tuple(self._forms[begin:end].tolist()),
                tuple(phrasings[begin:end]),
                answers[number],
                self._about[2 * number : 2 * number + 2],
            )
            for number, (begin, end) in enumerate(pairwise(begins))
        ]

    def compare(self, anatomy: Anatomy, *, bare: bool) -> Mapping[str, np.ndarray]:
        """Return how well the words of each entry fit those of a text, in several ways.

        Args:
            anatomy: The text, taken apart.
            bare: Which phrasings of entries about products it is compared with: those without the product's name, or
                the whole ones; entries about no product have whole ones only.

        Returns:
            Arrays of shape ``(n,)`` by name, values 0 to 1: ``alike``, the cosine of the best phrasing;
            ``asked_words``, how much of the text's words the phrasings have together; ``covered``, how much of its
            words, characters and pairs phrasings or answer have.
        """
        size, texts = len(self), len(self._owners)
        positions, places = self._asked.places(anatomy.keys)
        rarity = np.zeros(len(anatomy.keys), dtype=np.float32)
        rarity[positions] = self._rarity[places]
        weights = anatomy.weights * np.where(rarity > 0, rarity, np.float32(self._unknown))
        squares = weights**2
        totals = np.bincount(anatomy.blocks, weights=squares, minlength=len(BLOCKS))
        blocks = anatomy.blocks.astype(np.int64)

        at, which = self._asked.gather(places)
        rows, which = self._asked.rows[at], positions[which]
        values = (weights * rarity)[which] * self._asked.weights[at]
        dots = np.bincount(rows, weights=values, minlength=texts)
        alike = dots / (self._lengths * math.sqrt(totals.sum()) + 1e-9)
        alike[self._left_out(bare)] = 0

        # A feature of several phrasings of an entry counts once.
        seen = np.zeros((len(weights), size), dtype=bool)
        seen[which, self._owners[rows]] = True
        asked = np.where(blocks == WORDS, squares, 0) @ seen
        known, spots = self._answered.places(anatomy.keys)
        there, whose = self._answered.gather(spots)
        seen[known[whose], self._answered.rows[there]] = True
        covered = np.where(blocks != SOUNDS, squares, 0) @ seen
        return {
            "alike": self._best(alike),
            "asked_words": asked / (totals[WORDS] + 1e-9),
            "covered": covered / (totals[:SOUNDS].sum() + 1e-9),
        }

    def near(self, abouts: np.ndarray) -> Mapping[str, np.ndarray]:
        """Return how near each entry is to several texts in what they are about.

        Args:
            abouts: What the texts are about, each as ``Meaning.vector`` has it, shape ``(texts, dimensions)``.

        Returns:
            Arrays of shape ``(texts, n)`` by name, values -1 to 1: ``means_asked``, how near the phrasings are
            together; ``means``, how near they or the answer are: where the question is the same, the answer says no
            more.
        """
        if not len(self):
            return dict.fromkeys(("means_asked", "means"), np.zeros((len(abouts), 0), dtype=np.float32))
        found = likeness(self._about, abouts)
        return {"means_asked": found[:, ::2], "means": np.maximum(found[:, ::2], found[:, 1::2])}

    def _left_out(self, bare: bool) -> np.ndarray:
        """Return which phrasings are not compared, shape ``(phrasings,)``."""
        if not bare:
            return self._bare
        return self.about_product[self._owners] & ~self._bare

    def _best(self, values: np.ndarray) -> np.ndarray:
        """Return for each entry the greatest value of its phrasings."""
        return np.maximum.reduceat(values, self._first) if len(self._first) else values


def _moments(moments: Iterable[datetime | None], unbound: float) -> np.ndarray:
    return np.array([unbound if moment is None else moment.timestamp() for moment in moments], dtype=np.float64)


def _first_of_each(features: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Return which places name an owner for the first time under a feature; both arrays grow together."""
    new = np.ones(len(features), dtype=bool)
    new[1:] = (features[1:] != features[:-1]) | (owners[1:] != owners[:-1])
    return new
