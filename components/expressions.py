"""Finds the expressions in a text whose form alone tells what they are: numbers of orders, phones, money, measures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from components.numerals import ARABIC, CHINESE, read_number

Value = str | int | float
"""What an expression means: text for numbers and money, a number for measures and counts."""

Reader = Callable[[re.Match[str]], "Value | None"]


@dataclass(frozen=True)
class Expression:
    """An expression that was found.

    Attributes:
        entity: Which kind it is, in the names of the entity catalogue.
        start: First character.
        end: One past the last character.
        value: What it means: digits and capitals without gaps, yuan as decimal text, or a number in the entity's unit.
    """

    entity: str
    start: int
    end: int
    value: Value


def find_expressions(text: str) -> list[Expression]:
    """Return the expressions of ``text`` in their order, none overlapping another.

    Where two overlap, the more specific kind wins (an order's number over a phone that could be read into it), and
    among equally specific ones the longer.

    Args:
        text: A text in normal form; letters of either case.
    """
    found = sorted(_candidates(text), key=lambda each: (each[0], each[1].start - each[1].end, each[1].start))
    taken = bytearray(len(text))
    kept = []
    for _, expression in found:
        if not any(taken[expression.start : expression.end]):
            taken[expression.start : expression.end] = b"\1" * (expression.end - expression.start)
            kept.append(expression)
    return sorted(kept, key=lambda expression: expression.start)


def _candidates(text: str) -> Iterator[tuple[int, Expression]]:
    """Give every reading of every place in ``text``, with its rank: 0 is the most specific."""
    for rank, (entity, pattern, read) in enumerate(_PATTERNS):
        for match in pattern.finditer(text):
            value = read(match)
            if value is not None:
                start, end = match.span("it") if "it" in pattern.groupindex else match.span()
                yield rank, Expression(entity, start, end, value)


def _compact(match: re.Match[str]) -> str:
    """Read a number as its digits and capitals, without the gaps people type."""
    return re.sub(r"[\s-]", "", match["it"]).upper()


def _phone(match: re.Match[str]) -> str:
    """Read a phone: a mobile as 11 digits, a landline as ``area-number``."""
    if match["mobile"]:
        return re.sub(r"\D", "", match["mobile"])
    return f"{match['area']}-{match['line']}" if match["area"] else re.sub(r"\s", "-", match["it"])


def _amount(match: re.Match[str]) -> str | None:
    """Read money in yuan: 三块五 is 3.5, 5毛 is 0.5."""
    groups = match.groupdict()
    yuan = read_number(groups["yuan"]) if groups.get("yuan") else Decimal(0)
    if yuan is None:
        return None
    jiao = read_number(groups["jiao"]) if groups.get("jiao") else Decimal(0)
    if jiao is None or jiao > 9:
        return None
    return _decimal_text(yuan + jiao / 10)


def _height(match: re.Match[str]) -> Value | None:
    """Read a person's height in centimetres: 1米7, 一米七五, 1.7m, 170cm, 身高170."""
    groups = match.groupdict()
    if groups.get("metres"):
        metres, rest = read_number(groups["metres"]), groups.get("rest")
        if metres is None:
            return None
        more = Decimal(0)
        if rest:
            digits = read_number(rest)
            if digits is None or digits >= 100:
                return None
            more = digits * 10 if len(rest) == 1 else digits
        return _measure(metres * 100 + more, 50, 230)
    return _measure(read_number(groups["cm"]), 50, 230)


def _weight(match: re.Match[str]) -> Value | None:
    """Read a weight in kilograms; 斤 is half of one, and a bare 体重130 can only be 斤."""
    number = read_number(match["number"])
    if number is None:
        return None
    unit = (match.groupdict().get("unit") or "").lower()
    if match.groupdict().get("half"):
        number += Decimal("0.5")
    catty = unit in {"斤", "市斤"} or (not unit and number >= 85)
    return _measure(number / 2 if catty else number, 0, 100_000)


def _count(match: re.Match[str]) -> Value | None:
    """Read how many."""
    number = read_number(match["number"])
    return None if number is None or number != int(number) else int(number)


def _size(match: re.Match[str]) -> str:
    """Read a size in numbers: 38.5码, 欧码38, 165/88A, 75B."""
    return match["it"].upper().replace("碼", "码")


def _measure(number: Decimal | None, low: int, high: int) -> Value | None:
    """Return a number that lies where people's measures lie, as a whole one where it is whole."""
    if number is None or not low < number <= high:
        return None
    return int(number) if number == int(number) else float(number)


def _decimal_text(number: Decimal) -> str:
    """Return money without needless zeros: ``30``, ``3.5``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pattern(*parts: str) -> re.Pattern[str]:
    """Compile the parts as one expression that takes letters of either case."""
    return re.compile("".join(parts), re.IGNORECASE)


def _digits(low: int, high: int = 0) -> str:
    """Match that many digits, with at most one gap before each but the first."""
    return rf"\d(?:{_GAP}\d){{{low - 1},{(high or low) - 1}}}"


def _code(*parts: str) -> re.Pattern[str]:
    """Compile a code: its parts may be a gap apart, and it stands apart from other letters and digits."""
    return _pattern(_APART, "(?P<it>", _GAP.join(parts), ")", _CLOSED)


_GAP = r"[ -]?"
_APART = r"(?<![0-9A-Za-z])"
_CLOSED = r"(?![0-9A-Za-z])"
_NUMBER = rf"(?:{ARABIC}|{CHINESE}{{1,8}})"
_ROUGHLY = r"(?:是|有|大概|差不多|约|:| )*"
# A number begins here and not in the middle of a longer one.
_FRESH = rf"(?<![\d.])(?<!{CHINESE})"
_FRESH_DIGITS = r"(?<![\d./])"
_TALL = r"(?P<cm>1[3-9]\d)"
# 块 also counts pieces: 3块香皂 is no money.
_NO_PIECES = r"(?!肥皂|香皂|蛋糕|电池|手表|屏|巧克力|玻璃|地垫|地毯|砖|布|饼|肉|豆腐|毛巾|抹布|石|板|表)"
_COUNTED = (
    r"(?:个|個|件|双|雙|条|條|盒|箱|瓶|套|袋|台|臺|只|支|本|罐|把|桶|片|卷|提|颗|粒|枚|张|組|组"
    r"|对(?!一)|部(?!分)|包(?!邮|裹|换|退|赔|郵)|份(?!额))"
)
# What is counted and is no goods: 一个月, 两个小时, 一个问题; and 两件套 is one thing.
_NO_GOODS = r"(?!月|小时|鐘|钟|星期|礼拜|工作日|多|问题|人|电话|说法|办法|字|样|半月|季度|点|世纪|意思|道理|交代|套)"

# Ordered from the most specific to the least: the place in this table is the rank.
_PATTERNS: tuple[tuple[str, re.Pattern[str], Reader], ...] = (
    ("after_sale_no", _code("AS", _digits(14)), _compact),
    ("ticket_no", _code("TK", _digits(4, 20)), _compact),
    # A date and ten digits more.
    (
        "order_no",
        _code(
            "2",
            "0",
            "[2-9]",
            r"\d",
            rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2])",
            rf"(?:0{_GAP}[1-9]|[12]{_GAP}\d|3{_GAP}[01])",
            _digits(10),
        ),
        _compact,
    ),
    ("waybill_no", _code("SF", _digits(12, 13)), _compact),
    ("waybill_no", _code("(?:YT|JT|DPK|ZTO|STO|YD)", _digits(12, 15)), _compact),
    ("waybill_no", _code("JD[A-Z]{0,3}", _digits(8, 16)), _compact),
    ("waybill_no", _code("E[A-Z]", _digits(9), "CN"), _compact),
    # ZTO writes 14 digits from 7, STO 15 from 77, Yunda 13 or 15 from 4.
    ("waybill_no", _code("7", _digits(13)), _compact),
    ("waybill_no", _code("7", "7", _digits(13)), _compact),
    ("waybill_no", _code("4", rf"(?:{_digits(14)}|{_digits(12)})"), _compact),
    (
        "phone",
        _pattern(
            rf"(?<![0-9A-Za-z.])(?P<it>(?:\+?86{_GAP})?(?P<mobile>1{_GAP}[3-9]{_GAP}{_digits(9)})",
            r"|(?P<area>0(?:10|2\d|[3-9]\d{2}))[- ]?(?P<line>\d{7,8})|400[- ]?\d{3,4}[- ]?\d{3,4})(?!\d)",
        ),
        _phone,
    ),
    # Named by the speaker: 单号 123456789012 is a waybill whatever the carrier's form is.
    (
        "waybill_no",
        _pattern(
            r"(?:快递|物流|运|面|运单|快递单)单?号(?:码)?(?:是|为)?[ :,]*",
            rf"(?P<it>[A-Z]{{0,4}}{_digits(10, 18)}){_CLOSED}",
        ),
        _compact,
    ),
    (
        "height_cm",
        _pattern(rf"(?:身高|个子|高){_ROUGHLY}", r"(?P<it>(?P<cm>1[2-9]\d|20\d)(?![\d.])(?:cm|公分|厘米)?)"),
        _height,
    ),
    ("height_cm", _pattern(r"(?<![\d.])(?P<it>(?P<cm>\d{2,3}(?:\.\d)?)(?:cm|公分|厘米))(?![A-Za-z])"), _height),
    (
        "height_cm",
        _pattern(
            rf"{_FRESH}(?P<it>(?P<metres>[12]|一|两)(?:米|m)",
            rf"(?P<rest>\d{{1,2}}(?![\d.])|{CHINESE}{{1,3}}))",
        ),
        _height,
    ),
    ("height_cm", _pattern(r"(?<![\d.])(?P<it>(?P<metres>[12]\.\d{1,2})(?:米|m))(?![A-Za-z\d])"), _height),
    # 170 65kg and 170/60: a bare number before a weight is a height; 170/88A is the size on a label.
    (
        "height_cm",
        _pattern(
            rf"{_FRESH_DIGITS}(?P<it>{_TALL})",
            r"(?=[ ,/、。.]{0,2}(?:的?体重)?[ :]?\d{2,3}(?:\.\d)?(?:kg|公斤|斤|千克)|/[3-6]\d(?![\dA-Za-z/]))",
        ),
        _height,
    ),
    ("weight_kg", _pattern(rf"{_FRESH_DIGITS}1[3-9]\d/(?P<it>(?P<number>[3-6]\d))(?![\dA-Za-z/])"), _weight),
    (
        "weight_kg",
        _pattern(
            rf"{_FRESH}(?P<it>(?P<number>{_NUMBER}|半)",
            r"(?P<unit>kg|公斤|千克|市斤|斤)(?P<half>半)?)(?![A-Za-z])",
        ),
        _weight,
    ),
    ("weight_kg", _pattern(rf"体重{_ROUGHLY}(?P<it>(?P<number>\d{{2,3}}(?:\.\d)?))(?![\d.])"), _weight),
    (
        "size",
        _pattern(
            _APART,
            r"(?P<it>(?:欧码|美码|英码|法码)?\d{1,3}(?:\.5)?(?:码|碼)",
            rf"|\d{{2,3}}/(?:\d{{2,3}}[A-CY]|[789]\d|1[0-3]\d){_CLOSED}",
            rf"|[6-9][05][A-G](?:杯|{_CLOSED}))",
        ),
        _size,
    ),
    ("amount", _pattern(rf"(?P<it>(?:¥|rmb|人民币) ?(?P<yuan>{ARABIC})(?: ?(?:元|块钱?))?)"), _amount),
    (
        "amount",
        _pattern(
            # 一块退 means together; one yuan is 一块钱.
            rf"{_FRESH}(?!一块(?!钱|[1-9]))(?P<it>(?P<yuan>{_NUMBER}[万千百w]?) ?",
            r"(?:元钱?|圆钱?|块钱|塊錢|rmb|块(?P<jiao>[1-9一二两三四五六七八九])(?:毛钱?|角)?(?![\d个件斤])",
            rf"|块(?!{CHINESE}){_NO_PIECES}))",
        ),
        _amount,
    ),
    ("amount", _pattern(rf"{_FRESH}(?P<it>(?P<jiao>[1-9]|{CHINESE})(?:毛钱?|角钱))"), _amount),
    ("quantity", _pattern(rf"{_FRESH}(?<![第哪每这那几])(?P<it>(?P<number>{_NUMBER}){_COUNTED}){_NO_GOODS}"), _count),
)
