"""Finding the weights of the ranking: a conditional logit with 'none of them', by maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from benchmarks.knowledge_cases import FEATURES, Case

OWN_WORDED = (
    *("autoparts", "babyland", "gamezone", "greenhome", "kitchenpro"),
    *("medicare", "sleepwell", "smarthome", "teahouse", "toycastle"),
)
"""Shops whose questions are worded as most are; those of the others are oblique on purpose."""
OBLIQUE, OF_THE_DEMO = 0.1, 0.5
"""What the questions of the other shops and of the demo mall count."""
DEMO = "questions"

L2 = 0.3
CANDIDATES = 25
"""So many that fit best are told apart; the others' share of the probability is next to nothing."""
FOREIGN = -2.5
"""What an entry of the platform has against it: ``platform`` and the difference of the precedences."""
FIRST_LOOK = ("alike", "covered", "means")


@dataclass(frozen=True)
class Logit:
    """A fitted ranking.

    Attributes:
        columns: Positions in ``FEATURES`` that count.
        weights: What each of them counts.
        none: What speaks for no entry.
    """

    columns: tuple[int, ...]
    weights: np.ndarray
    none: float

    def chances(self, case: Case) -> np.ndarray:
        """Return how likely each candidate is the answer, shape ``(n,)``."""
        utilities = case.fits[:, self.columns] @ self.weights + FOREIGN * ~case.own
        greatest = max(float(utilities.max(initial=self.none)), self.none)
        shares = np.exp(utilities - greatest)
        return np.asarray(shares / (shares.sum() + np.exp(self.none - greatest)))


def counts(shop: str) -> float:
    """Return what a question of a file counts."""
    return OF_THE_DEMO if shop == DEMO else 1.0 if shop in OWN_WORDED else OBLIQUE


def fit(cases: Sequence[Case], left_out: Sequence[str] = ()) -> Logit:
    """Return the weights that make the right answers likeliest.

    Args:
        cases: Questions with candidates.
        left_out: Features that do not count.
    """
    columns = tuple(place for place, name in enumerate(FEATURES) if name not in left_out)
    data = [prepared for case in cases if (prepared := _prepared(case, columns))]
    size, widest = len(columns), CANDIDATES + 1
    tables = np.zeros((len(data), widest, size))
    offsets = np.full((len(data), widest), -np.inf)  # so that what fills a short list up has no share
    for number, (table, against, _, _) in enumerate(data):
        tables[number, : len(table)] = table
        offsets[number, : len(table)] = against
    right = np.array([widest if place is None else place for _, _, place, _ in data])
    count = np.array([each for *_, each in data])
    every = np.arange(len(data))

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        weights, none = point[:size], point[size]
        utilities = np.concatenate([tables @ weights + offsets, np.full((len(data), 1), none)], axis=1)
        shares = np.exp(utilities - utilities.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        total = L2 * float(weights @ weights) - float(count @ np.log(shares[every, right] + 1e-12))
        shares[every, right] -= 1
        shares *= count[:, None]
        slope = 2 * L2 * weights + np.einsum("nk,nkd->d", shares[:, :-1], tables, optimize=True)
        return total, np.append(slope, shares[:, -1].sum())

    found = minimize(loss, np.zeros(size + 1), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return Logit(columns, found[:size], float(found[size]))


def _prepared(case: Case, columns: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, int | None, float] | None:
    """Return the features of the best candidates, what else speaks for them, the right one's place and its weight."""
    # Who wrote the questions of the shops did not know the platform's entries: one of them may be right as well.
    kept = np.flatnonzero(case.own | (case.shop == DEMO))
    if case.right is not None and case.right not in kept:
        return None
    look = case.fits[kept][:, [FEATURES.index(name) for name in FIRST_LOOK]].sum(1)
    kept = kept[np.argsort(-look)[:CANDIDATES]]
    if case.right is not None and case.right not in kept:
        kept = np.append(kept, case.right)
    right = None if case.right is None else int(np.flatnonzero(kept == case.right)[0])
    return case.fits[kept][:, columns], FOREIGN * ~case.own[kept], right, counts(case.shop)
