"""When an order went through its states, counted back from the one moment that its scenario fixes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from xiaoer.commerce.model import OrderState
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.files import Scenario
from xiaoer.seeding.spans import Span

HOUR = timedelta(hours=1)
TRAVEL = Span(42 * HOUR, 80 * HOUR)
FRESH_TRAVEL = Span(20 * HOUR, 32 * HOUR)
PACKING = Span(3 * HOUR, 22 * HOUR)
PAYING = Span(timedelta(minutes=1), timedelta(minutes=25))


@dataclass(frozen=True)
class Times:
    """When an order went through its states; ``None`` for those that it has not reached."""

    created: datetime
    paid: datetime | None = None
    shipped: datetime | None = None
    received: datetime | None = None

    @property
    def last(self) -> datetime:
        """When the order last went on."""
        return self.received or self.shipped or self.paid or self.created


def times_of(scenario: Scenario, chance: Chance, now: datetime) -> Times:
    """Return the times of an order of a scenario.

    Raises:
        ValueError: If the scenario fixes none.
    """
    if scenario.placed is not None:
        return Times(chance.moment("placed", scenario.placed, now))
    received = shipped = paid = None
    if scenario.received is not None:
        received = chance.moment("received", scenario.received, now)
        shipped = received - chance.length("travel", FRESH_TRAVEL if scenario.category == "fresh" else TRAVEL)
    elif scenario.shipped is not None:
        shipped = chance.moment("shipped", scenario.shipped, now)
    if shipped is not None:
        paid = shipped - chance.length("packing", PACKING)
    elif scenario.paid is not None:
        paid = chance.moment("paid", scenario.paid, now)
    if paid is None:
        raise ValueError("no time is given")
    return Times(paid - chance.length("paying", PAYING), paid, shipped, received)


def as_far_as(times: Times, state: OrderState) -> Times:
    """Return the times of a part of an order that has come only to ``state``."""
    if state is OrderState.PAID:
        return replace(times, shipped=None, received=None)
    return times if state is OrderState.COMPLETED else replace(times, received=None)
