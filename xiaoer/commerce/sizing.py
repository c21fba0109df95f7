"""Which size of a chart fits somebody: reading the measures from a text, and finding them in the chart."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from xiaoer.commerce.numerals import in_digits

HEIGHT, WEIGHT, FOOT = DIMENSIONS = ("height_cm", "weight_kg", "foot_mm")
LIMITS = {HEIGHT: (45.0, 230.0), WEIGHT: (2.0, 250.0), FOOT: (80.0, 330.0)}
"""Between what people's measures lie; numbers beyond are something else."""

GROWN_CM = 140.0
"""Height from which on a bare weight is judged as a grown person's."""

_NUMBER = r"(?<![\d.])(\d{1,3}(?:\.\d{1,2})?)"
_IS = r"(?:是|有|大概|大约|差不多|约|:|\s)*"
_OTHER = re.compile(
    r"(?:胸围|腰围|臀围|领围|帽围|头围|肩宽|袖长|裤长|裙长|衣长|胸|腰|臀|脚宽)\D{0,3}\d+(?:\.\d+)?(?:cm|厘米|公分)?"
    r"|\d+(?:\.\d+)?\s*(?:岁|码|号|个|元|块|年|月|天|件|%|xl)"
)
"""Numbers that are no measures of a chart."""

_FEET = (rf"(?:脚长|足长|脚){_IS}{_NUMBER}\s*(?:mm|毫米|cm|厘米|公分)?", rf"{_NUMBER}\s*(?:mm|毫米)")
_METRES = r"(?<![\d.])([12])\s*(?:米|m(?!m))\s*(\d{1,2})(?!\d)"
_HEIGHTS = (
    r"(?<![\d.])([12]\.\d{1,2})(?!\d)\s*(?:米|m(?!m))?(?!\s*(?:kg|公斤|斤))",
    rf"(?:身高|个子|高){_IS}{_NUMBER}\s*(?:cm|厘米|公分)?",
    rf"{_NUMBER}\s*(?:cm|厘米|公分)",
)
_KILOGRAMS = (rf"{_NUMBER}\s*(?:kg|公斤|千克)",)
_CATTIES = (rf"{_NUMBER}\s*斤",)
_UNITLESS_WEIGHT = (rf"体重{_IS}{_NUMBER}",)
_BARE = re.compile(r"(?<![\d.])(\d{2,3}(?:\.\d)?)(?![\d.])")


@dataclass(frozen=True)
class Measures:
    """What is known of somebody's body.

    Attributes:
        height_cm: Height in centimetres.
        weight_kg: Weight in kilograms.
        foot_mm: Length of the foot in millimetres.
    """

    height_cm: float | None = None
    weight_kg: float | None = None
    foot_mm: float | None = None

    def get(self, dimension: str) -> float | None:
        """Return one of the measures by its name."""
        return {HEIGHT: self.height_cm, WEIGHT: self.weight_kg, FOOT: self.foot_mm}[dimension]


class Verdict(str, Enum):
    """What a chart says of somebody's measures."""

    FITS = "fits"
    BETWEEN = "between"
    OUTSIDE = "outside"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Advice:
    """What a chart says of somebody's measures.

    Attributes:
        verdict: Whether a size fits, two do, none does, or something is not known yet.
        sizes: The size that fits; the two between which it lies; or, outside, the nearest one.
        missing: Measures that the chart needs and nobody has told.
        outside: The measure that lies outside the chart.
    """

    verdict: Verdict
    sizes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    outside: str | None = None


@dataclass(frozen=True)
class SizeRow:
    """A row of a size chart.

    Attributes:
        size: Its name.
        ranges: From and to of each measure that matters, both ends included.
    """

    size: str
    ranges: dict[str, tuple[float, float]]


def read_chart(chart: Sequence[dict[str, object]]) -> list[SizeRow]:
    """Return the rows of a size chart, from the smallest to the largest; those without a range are left out."""
    rows = [
        SizeRow(str(row["size"]), {name: _range(row[name]) for name in DIMENSIONS if row.get(name)}) for row in chart
    ]
    return sorted((row for row in rows if row.ranges), key=lambda row: [row.ranges.get(d, (0, 0)) for d in DIMENSIONS])


def _range(value: object) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{value!r} is no range of a size chart")
    return float(value[0]), float(value[1])


def read_measures(text: str, known: Measures | None = None) -> Measures:
    """Return the measures that a text tells, beside those that are known already.

    ``一米七 一百三十斤``, ``170/65``, ``身高158体重102``, ``1.65m 52kg`` and ``脚长24.5`` are understood. A weight
    without a unit is taken for kilograms or for 斤, as fits the height better.

    Args:
        text: What somebody typed.
        known: What was told before; the text's own measures replace it.
    """
    known = known or Measures()
    rest = _OTHER.sub(" ", in_digits(text).lower())
    foot, rest = _take(_FEET, rest)
    kilograms, rest = _take(_KILOGRAMS, rest)
    catties, rest = _take(_CATTIES, rest)
    unitless, rest = _take(_UNITLESS_WEIGHT, rest)
    height, rest = _height(rest)
    if height is not None and height < LIMITS[HEIGHT][0]:  # 24.5cm is nobody's height
        foot, height = foot or height, None
    weight = kilograms if kilograms is not None else catties and catties / 2
    bare = [float(match[1]) for match in _BARE.finditer(rest)]
    height, unitless = _sort_out(bare, height, weight, unitless, known)
    height = _within(HEIGHT, height) or known.height_cm
    if weight is None and unitless is not None:
        weight = _kilograms(unitless, height)
    if foot is not None and foot < LIMITS[FOOT][0]:
        foot *= 10
    return Measures(height, _within(WEIGHT, weight) or known.weight_kg, _within(FOOT, foot) or known.foot_mm)


def _sort_out(
    bare: list[float], height: float | None, weight: float | None, unitless: float | None, known: Measures
) -> tuple[float | None, float | None]:
    """Return height and unitless weight with the numbers that stand without a unit given to one of them."""
    weighed = weight is not None or unitless is not None
    if not bare or (height is not None and weighed):
        return height, unitless
    if height is not None:
        return height, bare[0]
    if weighed:
        return bare[0], unitless
    if len(bare) > 1:
        return max(bare[:2]), min(bare[:2])
    wanted = known.height_cm is None or known.weight_kg is not None
    return (bare[0], None) if wanted and bare[0] >= GROWN_CM else (None, bare[0])


def _take(patterns: Sequence[str], text: str) -> tuple[float | None, str]:
    """Return the number that the first matching pattern finds, and the text without it."""
    for pattern in patterns:
        match = re.search(pattern, text)
        if match is not None:
            return float(match[1]), f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def _height(text: str) -> tuple[float | None, str]:
    match = re.search(_METRES, text)
    if match is not None:
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        return float(match[1]) * 100 + float(match[2]) * (10 if len(match[2]) == 1 else 1), rest
    number, rest = _take(_HEIGHTS, text)
    return (round(number * 100, 1) if number is not None and number < 3 else number), rest


def _within(dimension: str, number: float | None) -> float | None:
    if number is None:
        return None
    least, most = LIMITS[dimension]
    return number if least <= number <= most else None


def _kilograms(number: float, height_cm: float | None) -> float:
    """Read a weight without a unit as kilograms or as 斤, whichever makes the likelier body-mass index."""
    if height_cm is None:
        return number / 2 if number >= 85 else number
    usual = 21.5 if height_cm >= GROWN_CM else 16.0
    return min((number, number / 2), key=lambda weight: abs(math.log(weight / (height_cm / 100) ** 2 / usual)))


def advise(chart: Sequence[SizeRow], measures: Measures) -> Advice:
    """Return what a chart says of somebody's measures.

    Args:
        chart: The rows, from the smallest to the largest; not empty.
        measures: What is known of the body.
    """
    needed = [name for name in DIMENSIONS if any(name in row.ranges for row in chart)]
    missing = tuple(name for name in needed if measures.get(name) is None)
    if missing:
        return Advice(Verdict.INCOMPLETE, missing=missing)
    places = {name: _places(chart, name, float(measures.get(name) or 0)) for name in needed}
    outside = [name for name in needed if not places[name]]
    if outside:
        return Advice(Verdict.OUTSIDE, (chart[_nearest(chart, outside[0], measures)].size,), outside=outside[0])
    common = set.intersection(*places.values())
    if len(common) == 1:
        return Advice(Verdict.FITS, (chart[common.pop()].size,))
    if common:
        return Advice(Verdict.BETWEEN, (chart[min(common)].size, chart[max(common)].size))
    lower, upper = sorted(places.values(), key=max)[0], sorted(places.values(), key=min)[-1]
    return Advice(Verdict.BETWEEN, (chart[max(lower)].size, chart[min(upper)].size))


def _places(chart: Sequence[SizeRow], name: str, value: float) -> set[int]:
    """Return the rows that a measure falls into, or the two between which it lies; empty outside the chart."""
    ranges = {index: row.ranges[name] for index, row in enumerate(chart) if name in row.ranges}
    inside = {index for index, (least, most) in ranges.items() if least <= value <= most}
    if inside:
        return inside
    below = [index for index, (_, most) in ranges.items() if most < value]
    above = [index for index, (least, _) in ranges.items() if value < least]
    return {max(below), min(above)} if below and above else set()


def _nearest(chart: Sequence[SizeRow], name: str, measures: Measures) -> int:
    value = float(measures.get(name) or 0)
    ranges = {index: row.ranges[name] for index, row in enumerate(chart) if name in row.ranges}
    return max(ranges) if value > max(most for _, most in ranges.values()) else min(ranges)
