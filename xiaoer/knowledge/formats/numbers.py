"""Numbers and dates of spreadsheets as Excel shows them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from openpyxl.styles.numbers import is_date_format

LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]')
SIMPLE = re.compile(
    r"(?P<before>[^0#?,.%]*)(?P<whole>[#0,?]+)(?:\.(?P<part>[0#?]+))?(?P<share>%?)(?P<after>[^0#?,.%E]*)"
)
SIGNIFICANT = 15
"""How many digits of a number a spreadsheet keeps."""

LONGEST = 40
"""How many characters a number or its format may have; more is none that anybody typed."""


def is_date(number_format: str) -> bool:
    """Whether a cell of this format shows a date or a time."""
    return bool(is_date_format(number_format))


def shown_moment(value: datetime | date | time | timedelta | None, number_format: str) -> str:
    """Return a date or a time as text that ``parse_moment`` reads; without the clock where the format has none.

    Args:
        value: The cell's value.
        number_format: The cell's format, such as ``yyyy/m/d h:mm``.
    """
    if isinstance(value, datetime):
        clock = value.time() != time() or "h" in number_format.lower()
        return value.isoformat(sep=" ", timespec="seconds") if clock else value.date().isoformat()
    return "" if value is None else str(value)


def shown_number(value: str, number_format: str) -> str:
    """Return a number as it is shown: 5 and not 5.0, 10% and not 0.1, 007 where the format says so.

    Args:
        value: The number as the file holds it.
        number_format: The cell's format, such as ``0.00%``; a format that is not a simple one counts as none.

    Raises:
        ValueError: If it is no number.
    """
    number = _number(value)
    if len(number_format) > LONGEST:
        return _plain(number)
    found = SIMPLE.fullmatch(LITERAL.sub(_literal, number_format.split(";", maxsplit=1)[0]))
    if found is None:
        return _plain(number)
    scaled = number * 100 if found["share"] else number
    part = found["part"] or ""
    rounded = f"{abs(scaled):,.{len(part)}f}" if "," in found["whole"] else f"{abs(scaled):.{len(part)}f}"
    kept = rounded[: len(rounded) - (len(part) - len(part.rstrip("#?")))] + _optional(rounded, part)
    digits = kept.removesuffix(".").zfill(found["whole"].count("0") + (len(part) + 1 if part else 0))
    return f"{'-' if scaled < 0 else ''}{found['before']}{digits}{found['share']}{found['after']}"


def _optional(rounded: str, part: str) -> str:
    """Return the last digits of a number without zeros that its format does not ask for."""
    optional = len(part) - len(part.rstrip("#?"))
    return rounded[len(rounded) - optional :].rstrip("0") if optional else ""


def _literal(found: re.Match[str]) -> str:
    text = found[1] or found[2] or found[3] or ""
    return re.sub(r"[0#?,.%]", "", text)


def _number(value: str) -> Decimal:
    number = float(value)
    shortest = Decimal(format(number, f".{SIGNIFICANT}g"))
    if not shortest.is_finite() or len(format(shortest, "f")) > LONGEST:
        raise ValueError(value)
    return shortest


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
