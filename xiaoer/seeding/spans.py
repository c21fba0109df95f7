"""How the data files write time: ``82h..100h`` (ago), ``-2d..+5d`` (around now), ``{+3d}`` (a day inside a text)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from xiaoer.clock import SHANGHAI

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LENGTH = re.compile(r"([+-]?)(\d+)([mhd])")
DAY = re.compile(r"\{([+-]\d+[mhd])\}")


@dataclass(frozen=True)
class Span:
    """A stretch of time.

    Attributes:
        least: Its nearer end, as a distance from now.
        most: Its farther end.
    """

    least: timedelta
    most: timedelta


def length(text: str) -> timedelta:
    """Return the length of time that ``2d``, ``-36h`` or ``+30m`` stands for.

    Raises:
        ValueError: If the text is none.
    """
    found = LENGTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no length of time such as 36h, -2d or +30m")
    sign, number, unit = found.groups()
    value = timedelta(**{UNITS[unit]: int(number)})
    return -value if sign == "-" else value


def span(text: str) -> Span:
    """Return the stretch that ``82h..100h`` stands for; a single length stands for itself.

    Raises:
        ValueError: If the text is none, or runs backwards.
    """
    first, _, last = text.partition("..")
    least = length(first)
    most = length(last) if last else least
    if most < least:
        raise ValueError(f"{text!r} runs backwards")
    return Span(least, most)


def dated(text: str) -> str:
    """Return a text whose braces all hold days, as ``with_days`` takes it.

    Raises:
        ValueError: If there is anything else in braces.
    """
    if any(brace in DAY.sub("", text) for brace in "{}"):
        raise ValueError("braces hold a day such as {+3d} and nothing else")
    return text


def with_days(text: str, now: datetime) -> str:
    """Return a text with every ``{+3d}`` replaced by that day, as people in Shanghai write it."""

    def day(found: re.Match[str]) -> str:
        local = (now + length(found.group(1))).astimezone(SHANGHAI)
        return f"{local.month}月{local.day}日"

    return DAY.sub(day, text)
