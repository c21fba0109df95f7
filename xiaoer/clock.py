"""Time as the project uses it: aware datetimes in UTC, shown to people in Shanghai time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
"""Gives the present moment as an aware datetime in UTC."""


def system_clock() -> datetime:
    """Return the machine's present moment in UTC."""
    return datetime.now(timezone.utc)


def clock_from(fixed: datetime | None) -> Clock:
    """Return a clock that stands at ``fixed``, or the machine's clock when that is ``None``.

    Args:
        fixed: An aware datetime, or ``None``.

    Raises:
        ValueError: If ``fixed`` has no offset.
    """
    if fixed is None:
        return system_clock
    if fixed.tzinfo is None:
        raise ValueError("a fixed clock needs a datetime with an offset")
    moment = fixed.astimezone(timezone.utc)
    return lambda: moment


def local_day(moment: datetime) -> date:
    """Return the calendar day of ``moment`` in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def local_text(moment: datetime) -> str:
    """Return ``moment`` as people in Shanghai read it, for example ``11月21日 09:05``."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
