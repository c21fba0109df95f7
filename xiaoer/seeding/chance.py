"""Choices that look random and are always the same: each depends on nothing but the words that name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from xiaoer.clock import SHANGHAI
from xiaoer.seeding.spans import Span

Choice = TypeVar("Choice")

AWAKE = range(8, 23)
"""Hours in Shanghai in which people order, couriers deliver and shops answer."""


class Chance:
    """A source of choices; two with the same name make the same ones.

    A choice is named as well, so that adding one does not change the others.
    """

    def __init__(self, name: str) -> None:
        """Name the source, for example after a scenario and the number of the order in it."""
        self._name = name

    def inner(self, name: str) -> Chance:
        """Return another source for a part of what this one is about."""
        return Chance(f"{self._name}/{name}")

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._name}/{purpose}")  # noqa: S311 - sample data, nothing secret

    def pick(self, purpose: str, options: Sequence[Choice]) -> Choice:
        """Return one of the options."""
        return self._random(purpose).choice(options)

    def shuffle(self, purpose: str, options: Sequence[Choice]) -> list[Choice]:
        """Return the options in another order."""
        return self._random(purpose).sample(options, len(options))

    def number(self, purpose: str, least: int, most: int) -> int:
        """Return a whole number from ``least`` to ``most``."""
        return self._random(purpose).randint(least, most)

    def share(self, purpose: str, least: float, most: float) -> float:
        """Return a number from ``least`` to ``most``."""
        return self._random(purpose).uniform(least, most)

    def length(self, purpose: str, span: Span) -> timedelta:
        """Return a length of time inside the span, in whole seconds."""
        seconds = self._random(purpose).randint(int(span.least.total_seconds()), int(span.most.total_seconds()))
        return timedelta(seconds=seconds)

    def moment(self, purpose: str, span: Span, now: datetime) -> datetime:
        """Return a moment that lies as long ago as the span says, in waking hours where the span has any."""
        random = self._random(purpose)
        least, most = int(span.least.total_seconds()), int(span.most.total_seconds())
        moment = now
        for _ in range(40):
            moment = now - timedelta(seconds=random.randint(least, most))
            if moment.astimezone(SHANGHAI).hour in AWAKE:
                break
        return moment

    def digits(self, purpose: str, count: int, taken: Callable[[str], bool]) -> str:
        """Return ``count`` digits for which ``taken`` is false."""
        random = self._random(purpose)
        while True:
            found = "".join(random.choices("0123456789", k=count))
            if not taken(found):
                return found
