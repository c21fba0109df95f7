"""From fits to probabilities."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.knowledge.precedence import RANKS
from xiaoer.knowledge.ranking import default_ranking

RANKING = replace(default_ranking(), weights={"one": 2.0, "two": -1.0}, none=1.0, exact=4.0)


def test_utilities_are_weighted_sums() -> None:
    fits = {"two": np.array([0.5, 1.0]), "one": np.array([1.0, 0.25]), "unweighted": np.array([9.0, 9.0])}
    assert RANKING.utilities(fits).tolist() == [1.5, -0.5]


@given(st.lists(st.floats(-800, 800) | st.just(-math.inf), max_size=9), st.booleans())
def test_probabilities_sum_with_none_to_one(utilities: list[float], exact: bool) -> None:
    found = RANKING.probabilities(np.array(utilities), exact=exact)
    with_none = RANKING.probabilities(np.array([*utilities, RANKING.none - RANKING.exact * exact]), exact=exact)
    none = 1 - found.sum()
    assert ((found >= 0) & (found <= 1)).all()
    assert -1e-9 <= none <= 1
    # An entry as likely as none takes the same share as none then has: p = none / (1 + none).
    assert with_none[-1] == pytest.approx(none / (1 + none), abs=1e-9)
    assert [found[place] for place, each in enumerate(utilities) if each == -math.inf] == [0.0] * utilities.count(
        -math.inf
    )


def test_an_entry_that_fits_as_well_as_none_is_half_likely() -> None:
    assert RANKING.probabilities(np.array([1.0]), exact=False).tolist() == [0.5]
    assert RANKING.probabilities(np.array([1.0, 1.0]), exact=False).tolist() == pytest.approx([1 / 3, 1 / 3])
    assert RANKING.probabilities(np.array([1.0]), exact=True).tolist() == pytest.approx([1 / (1 + math.exp(-4))])


def test_the_projects_own_weights_cover_every_rank_in_order() -> None:
    ranking = default_ranking()
    worth = [ranking.precedence[name] for name in RANKS]
    assert worth in (sorted(worth), sorted(worth, reverse=True))
    assert len(ranking.precedence) == len(RANKS)
    assert 0 < ranking.offer < ranking.answer < 1
