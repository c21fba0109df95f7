"""How likely each entry is to be the answer, from how it fits: a multinomial logit with 'none of them' as a choice.

The probability that entry ``j`` answers is ``exp(u_j) / (exp(u_none) + sum of exp(u))`` with ``u_j`` a weighted sum of
its features (McFadden, *Conditional logit analysis of qualitative choice behavior*, 1974). The weights come from
``ranking.yml``; ``python -m benchmarks.knowledge fit`` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

FILE = Path(__file__).with_name("ranking.yml")


@dataclass(frozen=True)
class Ranking:
    """Weights and thresholds.

    Attributes:
        weights: What each feature of a fit counts.
        none: What speaks for no entry being the answer.
        exact: How much less speaks for it where an entry is asked in its own words.
        own_words: What that entry has before others of its rank.
        precedence: What the rank of an entry, one of ``xiaoer.knowledge.precedence.RANKS``, is worth: how much better
            one of a lower rank must fit to win.
        urgent: Least weighted sum of an emergency entry that wins by its rank: it has to be about the question.
        platform: What an entry of the platform counts less where a merchant's visitor asks: it stands behind the
            merchant's own, and much of it is about other shops.
        answer: Least probability of what is answered outright.
        offer: Least probability of the likeliest where entries are offered to choose from.
        offer_share: Least share of the likeliest one's probability that the others need to be offered beside it.
    """

    weights: Mapping[str, float]
    none: float
    exact: float
    own_words: float
    precedence: Mapping[str, float]
    urgent: float
    platform: float
    answer: float
    offer: float
    offer_share: float

    def utilities(self, fits: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the weighted sums of features, shape ``(n,)``.

        Args:
            fits: For each feature the values of all entries, shape ``(n,)``.
        """
        names = list(self.weights)
        return np.array([self.weights[name] for name in names]) @ np.stack([fits[name] for name in names])

    def probabilities(self, utilities: np.ndarray, *, exact: bool) -> np.ndarray:
        """Return how likely each entry is to be the answer, shape ``(n,)``; what is missing to 1 is none of them.

        Args:
            utilities: The weighted sums of the entries.
            exact: Whether one of them is asked in its own words.
        """
        none = self.none - self.exact * exact
        greatest = float(utilities.max(initial=none))
        shares = np.exp(utilities - greatest)
        return np.asarray(shares / (shares.sum() + np.exp(none - greatest)))


@lru_cache(maxsize=1)
def default_ranking() -> Ranking:
    """Return the project's own weights, read at the first call."""
    return Ranking(**yaml.safe_load(FILE.read_text(encoding="utf-8")))
