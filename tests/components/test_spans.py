"""Tests of the choice among readings that overlap."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from components.spans import most_specific


@dataclass(frozen=True)
class Reading:
    start: int
    end: int
    name: str = ""


FIRST, SECOND = Reading(0, 3, "first"), Reading(3, 5, "second")


@pytest.mark.parametrize(
    ("readings", "kept"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(0, SECOND), (1, FIRST)], [FIRST, SECOND], id="neighbours, in the order of the text"),
        pytest.param([(1, Reading(0, 9)), (0, FIRST)], [FIRST], id="the lower rank before the longer"),
        pytest.param([(0, FIRST), (0, Reading(1, 6))], [Reading(1, 6)], id="the longer of one rank"),
        pytest.param([(0, Reading(2, 5)), (0, Reading(0, 3))], [Reading(0, 3)], id="the first of one length"),
        pytest.param([(0, FIRST), (0, Reading(0, 3, "again"))], [FIRST], id="the first given of one place"),
        pytest.param(
            [(0, FIRST), (1, Reading(2, 9)), (2, SECOND)], [FIRST, SECOND], id="what was dropped takes no place"
        ),
    ],
)
def test_most_specific(readings: list[tuple[int, Reading]], kept: list[Reading]) -> None:
    assert most_specific(readings) == kept
