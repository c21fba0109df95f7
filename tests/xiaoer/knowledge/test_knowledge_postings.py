"""Rows of features turned on their side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.knowledge.anatomy import Anatomy
from xiaoer.knowledge.postings import Postings

KEYS = st.integers(0, 2**32 - 1) | st.integers(0, 8)
ROWS = st.lists(st.dictionaries(KEYS, st.floats(0.125, 8, width=32), max_size=8), max_size=8)

Rows = list[dict[int, float]]


def turned(rows: Rows) -> Postings:
    return Postings.of(
        [
            Anatomy(
                np.array(list(row), dtype=np.uint32),
                np.array(list(row.values()), dtype=np.float32),
                np.array([key % 4 for key in row], dtype=np.uint8),
            )
            for row in rows
        ]
    )


@given(ROWS)
def test_the_rows_are_given_back(rows: Rows) -> None:
    texts = turned(rows).texts()
    assert [dict(zip(text.keys.tolist(), text.weights.tolist(), strict=True)) for text in texts] == rows
    assert [text.keys.tolist() for text in texts] == [sorted(row) for row in rows]
    assert [text.blocks.tolist() for text in texts] == [[key % 4 for key in sorted(row)] for row in rows]


@given(ROWS, st.lists(KEYS, max_size=8, unique=True))
def test_what_has_a_feature_is_what_a_loop_finds(rows: Rows, asked: list[int]) -> None:
    postings = turned(rows)
    positions, places = postings.places(np.array(asked, dtype=np.uint32))
    assert [asked[position] for position in positions] == [key for key in asked if any(key in row for row in rows)]
    assert postings.keys[places].tolist() == [asked[position] for position in positions]
    at, which = postings.gather(places)
    found = list(
        zip((asked[positions[each]] for each in which), postings.rows[at], postings.weights[at].tolist(), strict=True)
    )
    assert found == [(key, number, row[key]) for key in asked for number, row in enumerate(rows) if key in row]
    assert np.diff(postings.starts)[places].tolist() == [
        sum(key in row for row in rows) for key in asked if any(key in row for row in rows)
    ]


@pytest.mark.parametrize("rows", [[], [{}], [{}, {}]])
def test_nothing_is_found_in_nothing(rows: Rows) -> None:
    positions, places = turned(rows).places(np.array([1, 2], dtype=np.uint32))
    assert (len(positions), len(places), turned(rows).size) == (0, 0, len(rows))
    at, which = turned(rows).gather(places)
    assert (len(at), len(which)) == (0, 0)
