"""What customers say went wrong with a delivery (``delivery.yml``), and whether the trace bears it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from importlib.resources import files

import yaml

from actions.logistics import ESTIMATE, TROUBLED, silence
from actions.picking import plain
from xiaoer.clock import local_day
from xiaoer.commerce.model import Shipment, ShipmentState

DAY_OF_MONTH = re.compile(r"(\d{1,2})月(\d{1,2})[日号]")
NEAR_DAYS = {"今": 0, "明": 1, "后": 2}
NEAR_DAY = re.compile(r"([今明后])[天日]")


class Problem(str, Enum):
    """What went wrong with a delivery."""

    DAMAGED = "damaged"
    REFUSED = "refused"
    NOT_RECEIVED = "not_received"
    NOT_TO_DOOR = "not_to_door"
    LOST = "lost"
    WRONG_PLACE = "wrong_place"
    LATE = "late"
    STUCK = "stuck"


def problem_in(text: str) -> Problem | None:
    """Return what a text says went wrong, or ``None`` where it names nothing known."""
    said = plain(text)
    matching = (problem for problem, patterns in _patterns().items() if any(each.search(said) for each in patterns))
    return next(matching, None)


@cache
def _patterns() -> Mapping[Problem, tuple[re.Pattern[str], ...]]:
    content = yaml.safe_load(files("actions").joinpath("delivery.yml").read_text(encoding="utf-8"))
    return {Problem(name): tuple(map(re.compile, patterns)) for name, patterns in content.items()}


def promised_day(parcel: Shipment) -> date | None:
    """Return the day in Shanghai on which the trace says that the parcel arrives, the latest word first."""
    for event in reversed(parcel.events):
        said = ESTIMATE.search(event.text)
        if said is None:
            continue
        told = local_day(event.at)
        near, exact = NEAR_DAY.search(said[0]), DAY_OF_MONTH.search(said[0])
        if near is not None:
            return told + timedelta(days=NEAR_DAYS[near[1]])
        if exact is not None:
            return _day(told, int(exact[1]), int(exact[2]))
    return None


def _day(told: date, month: int, day: int) -> date | None:
    try:
        return date(told.year + (month < told.month), month, day)
    except ValueError:  # the carrier wrote a day that there is not
        return None


def disproved(problem: Problem | None, parcel: Shipment, now: datetime) -> bool:
    """Return whether the trace shows that it is not as the customer says; one that may be old shows nothing.

    Args:
        problem: What is said.
        parcel: The parcel.
        now: The present moment.
    """
    if parcel.as_of is not None:
        return False
    signed = parcel.state is ShipmentState.DELIVERED
    well = silence(parcel, now) is None and parcel.state not in TROUBLED
    if problem is Problem.STUCK:
        return well and bool(parcel.events)
    if problem is Problem.NOT_RECEIVED:
        return well and not signed
    if problem is Problem.LATE:
        return well and in_time(parcel, now) is True
    return False


def in_time(parcel: Shipment, now: datetime) -> bool | None:
    """Return whether the day that the trace promises was kept, or is still to come; ``None`` where it promises none.

    Args:
        parcel: The parcel.
        now: The present moment.
    """
    due = promised_day(parcel)
    signed = parcel.state is ShipmentState.DELIVERED
    arrived = local_day(parcel.delivered_at or parcel.moved_at) if signed else local_day(now)
    return None if due is None else arrived <= due
