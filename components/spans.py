"""Chooses among readings of a text that overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Span(Protocol):
    """A part of a text."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """One past the last character."""


_Span = TypeVar("_Span", bound=Span)


def most_specific(readings: Iterable[tuple[int, _Span]]) -> list[_Span]:
    """Return readings in the order of the text, none overlapping another.

    Where two overlap, the one of lower rank stays; of equal rank the longer, of equal length the first.

    Args:
        readings: Each with its rank, 0 is the most specific.
    """
    kept: list[_Span] = []
    taken: set[int] = set()
    for _, reading in sorted(readings, key=lambda each: (each[0], each[1].start - each[1].end, each[1].start)):
        places = range(reading.start, reading.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(reading)
    return sorted(kept, key=lambda each: each.start)
