"""Searching what a merchant and the platform know, with indexes in memory that follow every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from sqlalchemy.engine import Engine

from xiaoer.accounts.model import PLATFORM
from xiaoer.database import reading
from xiaoer.knowledge.anatomy import Anatomy, dissect
from xiaoer.knowledge.indexes import Indexes, Scope
from xiaoer.knowledge.kept import TakenFiles
from xiaoer.knowledge.meaning import Meaning
from xiaoer.knowledge.model import Answer, Draft, EntryStatus, Finding, Layer, Verdict
from xiaoer.knowledge.precedence import rank, source
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.ranking import Ranking, default_ranking
from xiaoer.knowledge.store import entries_by_id
from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import clauses

MOST_OFFERED = 3
"""How many questions a visitor is asked to choose from."""

SAME_QUESTION = 4.0
"""How far the fits of two entries may be apart, in units of the logit, where they are taken to answer the same."""

CLAUSE_SHARE = 0.9
"""What a fit with one clause counts, against a fit with the whole text."""

MOST_CLAUSES = 9
"""How many parts of a text are looked at; nobody asks more at a time."""

SAME_WORDS = 3
"""Power of the likeness in words below which the nearness in meaning can't be: the same words mean the same."""

MOST_COMPARED = 2
"""How many of its clauses are compared word by word besides the whole text, which takes most of the time."""


@dataclass(frozen=True)
class Asked:
    """A question as it is compared.

    Attributes:
        form: The whole text in normal form.
        parts: The whole text and its clauses, each without the names of the products that it names.
        meant: Keys of the products that it names, or else of the one in view.
    """

    form: str
    parts: tuple[str, ...]
    meant: frozenset[str]


class KnowledgeBase:
    """Answers questions from the knowledge of a merchant and the platform; may be used by several threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        folder: Path | None = None,
        indexes: Indexes | None = None,
        ranking: Ranking | None = None,
    ) -> None:
        """Search the knowledge behind an engine.

        Args:
            engine: The database.
            folder: Where the processes of a machine share what takes long to make of many entries; no process does
                when ``None``.
            indexes: Where the indexes are kept; the knowledge base's own when ``None``.
            ranking: Weights and thresholds; the project's own when ``None``.
        """
        self._engine = engine
        self._indexes = indexes or Indexes(engine, files=TakenFiles(folder) if folder is not None else None)
        self._ranking = ranking or default_ranking()

    def prepare(self, scope: str, drafts: Sequence[Draft], progress: Callable[[int, int], None] | None = None) -> None:
        """Make ready what is about to be published, so that it is answered from as soon as it is (see ``Indexes``).

        Args:
            scope: Merchant id, or ``platform``.
            drafts: What will be published.
            progress: Told how many drafts of how many are done.
        """
        self._indexes.prepare(scope, drafts, progress)

    def search(
        self, tenant: str, text: str, *, now: datetime, product_id: str | None = None, limit: int = 3
    ) -> list[Answer]:
        """Return what fits a question, the likeliest answer first; also what is too weak to be one.

        Args:
            tenant: Whose visitor asks; entries of other merchants are never found.
            text: The question, as it was typed.
            now: The present moment; entries that do not hold now are never found.
            product_id: The product in view, if any.
            limit: At most so many.
        """
        names, scopes = self._indexes.of(tenant)
        asked = as_asked(text, names, product_id)
        if asked is None:
            return []
        ids = np.concatenate([scope.index.ids for scope in scopes])
        each = [
            self._utilities(tenant, asked, scope, fit, now)
            for scope, fit in zip(scopes, fits(asked, scopes, self._indexes.meaning), strict=True)
        ]
        ranks = np.concatenate(
            [self._ranks(tenant, asked, scope, fit) for scope, fit in zip(scopes, each, strict=True)]
        )
        utilities = np.concatenate(each)
        same_words = [scope.index.exact(asked.form, bare=bool(asked.meant)) for scope in scopes]
        exact = np.concatenate(same_words) & np.isfinite(utilities)
        utilities = utilities + self._ranking.own_words * exact
        order = np.lexsort((ids, -(utilities + ranks)))[:limit]
        if not len(order) or not np.isfinite(utilities[order[0]]):
            return []
        # The winner stands as it fits; the others stand as far behind it as rank and fit together leave them.
        first = order[0]
        chances = self._ranking.probabilities(utilities + ranks - ranks[first], exact=bool(exact.any()))
        # What fits as well and stands behind it by rank alone asks the same: that speaks for it, not against. Asked in
        # its own words, all others do; but where no product is meant, those about a product are rivals of one another.
        same = (ranks < ranks[first]) & (np.abs(utilities - utilities[first]) <= SAME_QUESTION) | exact[first]
        about_product = np.concatenate([scope.index.about_product for scope in scopes])
        if about_product[first] and not asked.meant:
            same &= ~about_product
        same[first] = True
        chances[first] = chances[same].sum()
        best = [(int(ids[number]), float(chances[number])) for number in order if np.isfinite(utilities[number])]
        return self._answers(tenant, best, now)

    def ask(self, tenant: str, text: str, *, now: datetime, product_id: str | None = None) -> Finding:
        """Return what there is to say to a question: an answer, a choice, or nothing.

        Args:
            tenant: Whose visitor asks; entries of other merchants are never found.
            text: The question, as it was typed.
            now: The present moment; entries that do not hold now are never found.
            product_id: The product in view, if any.
        """
        found = tuple(self.search(tenant, text, now=now, product_id=product_id, limit=MOST_OFFERED))
        best = found[0].score if found else 0.0
        if best >= self._ranking.answer:
            return Finding(Verdict.ANSWER, found[:1], found)
        if best < self._ranking.offer:
            return Finding(Verdict.UNKNOWN, (), found)
        least = best * self._ranking.offer_share
        return Finding(Verdict.OFFER, tuple(answer for answer in found if answer.score >= least), found)

    def answer(self, tenant: str, text: str, *, now: datetime, product_id: str | None = None) -> Answer | None:
        """Return the answer to a question, or ``None`` where nothing fits it well enough.

        Args:
            tenant: Whose visitor asks; entries of other merchants are never found.
            text: The question, as it was typed.
            now: The present moment; entries that do not hold now are never found.
            product_id: The product in view, if any.
        """
        return self.ask(tenant, text, now=now, product_id=product_id).answer

    def chosen(self, tenant: str, entry_id: int, *, now: datetime) -> Answer | None:
        """Return the answer of an entry that a visitor has chosen, or ``None`` where it does not answer (any more).

        Args:
            tenant: Whose visitor chooses; entries of other merchants are never found.
            entry_id: The entry.
            now: The present moment.
        """
        found = self._answers(tenant, [(entry_id, 1.0)], now)
        return found[0] if found else None

    def _utilities(
        self, tenant: str, asked: Asked, scope: Scope, fit: Mapping[str, np.ndarray], now: datetime
    ) -> np.ndarray:
        """Return how well the entries of a scope fit, shape ``(n,)``; minus infinity for those that cannot answer."""
        index = scope.index
        utilities = self._ranking.utilities(fit)
        if scope.name != tenant:
            utilities = utilities + self._ranking.platform * ~index.emergency
        about_others = index.about_product & ~index.about(asked.meant) if asked.meant else np.zeros(len(index), bool)
        return np.where(index.valid_at(now) & ~about_others, utilities, -np.inf)

    def _ranks(self, tenant: str, asked: Asked, scope: Scope, utilities: np.ndarray) -> np.ndarray:
        """Return what the entries of a scope have for their rank, shape ``(n,)``."""
        index = scope.index

        def worth(layer: Layer, *, meant: bool = False) -> float:
            return self._ranking.precedence[rank(scope.name, layer, tenant, meant=meant)]

        unmeant = np.where(index.campaign, worth(Layer.CAMPAIGN), worth(Layer.PRODUCT))
        found = np.where(index.about(asked.meant), worth(Layer.PRODUCT, meant=True), unmeant)
        urgent = index.emergency & (utilities >= self._ranking.urgent)
        return np.where(urgent, worth(Layer.EMERGENCY), found)

    def _answers(self, tenant: str, chances: list[tuple[int, float]], now: datetime) -> list[Answer]:
        """Return entries as they are now; what has been retired since the index was built is left out."""
        with reading(self._engine) as session:
            entries = entries_by_id(session, (tenant, PLATFORM), [entry_id for entry_id, _ in chances])
        return [
            Answer(entry, round(chance, 4), source(entry))
            for entry_id, chance in chances
            if (entry := entries.get(entry_id)) and entry.status is EntryStatus.PUBLISHED and entry.valid_at(now)
        ]


def as_asked(text: str, names: ProductNames, product_id: str | None) -> Asked | None:
    """Return a question as it is compared, or ``None`` where a text has no word."""
    forms = clauses(text)[:MOST_CLAUSES]
    if not forms:
        return None
    named = names.named(forms[0])
    meant = named or (names.same(product_id) if product_id else frozenset())
    parts = dict.fromkeys(names.without(form, named) or form for form in forms)
    return Asked(forms[0], tuple(parts), meant)


@lru_cache(maxsize=64)  # the platform's entries are compared with the same text as the merchant's own
def _dissected(form: str, synonyms: Synonyms) -> Anatomy:
    return dissect(form, synonyms)


def fits(asked: Asked, scopes: Sequence[Scope], meaning: Meaning) -> list[Mapping[str, np.ndarray]]:
    """Return for each scope how well each entry fits, by feature; of the parts of the question the best counts.

    Args:
        asked: The question.
        scopes: What is searched.
        meaning: What texts are about.
    """
    abouts = {  # a merchant without synonyms of its own has those of the platform
        synonyms: np.stack([meaning.vector(part, _dissected(part, synonyms)) for part in asked.parts])
        for synonyms in {scope.synonyms for scope in scopes}
    }
    near = [scope.index.near(abouts[scope.synonyms]) for scope in scopes]
    shares = np.array([CLAUSE_SHARE if position else 1.0 for position in range(len(asked.parts))])
    found: list[Mapping[str, np.ndarray]] = []
    chosen = _telling(near, shares)
    for scope, means in zip(scopes, near, strict=True):
        compared = []
        for number in chosen:
            words = scope.index.compare(_dissected(asked.parts[number], scope.synonyms), bare=bool(asked.meant))
            same = words["alike"] ** SAME_WORDS
            features = {**words, **{name: np.maximum(values[number], same) for name, values in means.items()}}
            compared.append({name: values * shares[number] for name, values in features.items()})
        found.append({name: np.maximum.reduce([each[name] for each in compared]) for name in compared[0]})
    return found


def _telling(near: Sequence[Mapping[str, np.ndarray]], shares: np.ndarray) -> list[int]:
    """Return which parts are compared word by word: the whole, and the clauses that something is nearest to."""
    closest = np.max([means[name].max(axis=1, initial=0.0) for means in near for name in means], axis=0) * shares
    return [0, *(1 + np.argsort(-closest[1:], kind="stable")[:MOST_COMPARED])]
