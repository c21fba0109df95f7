"""Moments as people and spreadsheets write them, in Shanghai time where they don't say otherwise."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone, tzinfo

from xiaoer.clock import SHANGHAI

UNBOUNDED = frozenset({"-", "—", "/", "无", "不限", "长期", "长期有效", "永久", "永久有效"})
"""What people write into a time's cell to say that there is none."""

WRITTEN = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<divided>[-/.年])\s*(?P<month>[0-9]{1,2})\s*[-/.月]\s*(?P<day>[0-9]{1,2})\s*日?"
    r"|(?P<month2>[0-9]{2})(?P<day2>[0-9]{2}))"
    r"(?P<clock>[T\s]*(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:\.(?P<part>[0-9]{1,6}))?)?"
    r"|[点时](?:(?P<minute2>[0-9]{1,2})分?)?(?:(?P<second2>[0-9]{1,2})秒)?)"
    r"\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?)?",
    re.IGNORECASE,
)
SERIAL = re.compile(r"(?P<days>[0-9]{5})(?:\.(?P<part>[0-9]{1,15}))?")
SERIAL_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's day knows no zone)
FIRST_SERIAL, LAST_SERIAL = 36526, 73050
"""The days of 2000 to 2099; other numbers of five digits are no days that anybody means."""

LAST_YEAR = 9998


def parse_moment(text: str, *, end: bool = False) -> datetime | None:
    """Return the moment that a cell names, in UTC, or ``None`` where it names none.

    Args:
        text: Such as ``2026-01-05 09:00``, ``2026/1/5``, ``2026年1月5日 9点``, ``46027.375``, or empty.
        end: Whether it is the end of something, so that a day alone means all of it.

    Raises:
        ValueError: If it is no moment; the message is Chinese.
    """
    cell = unicodedata.normalize("NFKC", text).strip()
    if not cell or cell in UNBOUNDED:
        return None
    try:
        moment, whole_day = _serial(cell) or _written(cell)
        later = timedelta(days=1) if end and whole_day else timedelta()
        return (moment + later).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"“{text[:40]}”不是时间，请写成 2026-11-21 09:00 这样") from None


def _serial(cell: str) -> tuple[datetime, bool] | None:
    found = SERIAL.fullmatch(cell)
    if found is None or not FIRST_SERIAL <= int(found["days"]) <= LAST_SERIAL:
        return None
    seconds = round(float(f"0.{found['part'] or 0}") * 86_400)
    moment = SERIAL_BEGIN + timedelta(days=int(found["days"]), seconds=seconds)
    return moment.replace(tzinfo=SHANGHAI), seconds == 0


def _written(cell: str) -> tuple[datetime, bool]:
    found = WRITTEN.fullmatch(cell)
    if found is None or int(found["year"]) > LAST_YEAR:
        raise ValueError(cell)
    day = datetime(  # noqa: DTZ001 (the zone comes with the clock)
        int(found["year"]), int(found["month"] or found["month2"]), int(found["day"] or found["day2"])
    )
    if not found["clock"]:
        return day.replace(tzinfo=SHANGHAI), True
    hour, minute = int(found["hour"]), int(found["minute"] or found["minute2"] or 0)
    second, part = int(found["second"] or found["second2"] or 0), int((found["part"] or "").ljust(6, "0"))
    midnight = hour == 24 and not (minute or second or part)  # 24:00 closes a day
    if (hour > 23 and not midnight) or minute > 59 or second > 59:
        raise ValueError(cell)
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=part)
    return moment.replace(tzinfo=_zone(found["offset"])), False


def _zone(offset: str | None) -> tzinfo:
    if offset is None:
        return SHANGHAI
    if offset in "Zz":
        return timezone.utc
    digits = offset[1:].replace(":", "").ljust(6, "0")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
    return timezone(-length if offset[0] == "-" else length)


def written_moment(moment: datetime | None) -> str:
    """Return a moment as ``parse_moment`` reads it: in Shanghai time, with its offset only where that is unusual.

    Args:
        moment: An aware datetime, or ``None``.
    """
    if moment is None:
        return ""
    try:
        local = moment.astimezone(SHANGHAI)
    except OverflowError:  # the first and the last day of all calendars
        return moment.isoformat(sep=" ")
    plain = local.replace(tzinfo=None, fold=0)
    usual = plain.replace(tzinfo=SHANGHAI).astimezone(timezone.utc) == moment.astimezone(timezone.utc)
    return (plain if usual else local).isoformat(sep=" ")
