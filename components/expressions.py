"""Finds the expressions in a text whose form alone tells what they are: numbers of orders, phones, money, measures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from components.numerals import ARABIC, CHINESE, read_number
from components.spans import most_specific

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
        carrier: Whose waybill it is, where its form tells; empty for everything else.
    """

    entity: str
    start: int
    end: int
    value: Value
    carrier: str = ""


def find_expressions(text: str) -> list[Expression]:
    """Return the expressions of ``text`` in their order, none overlapping another.

    Where two overlap, the more specific kind wins (an order's number over a phone that could be read into it), and
    among equally specific ones the longer.

    Args:
        text: A text in normal form; letters of either case.
    """
    return most_specific(_candidates(text))


def _candidates(text: str) -> Iterator[tuple[int, Expression]]:
    """Give every reading of every place in ``text``, with its rank: 0 is the most specific."""
    for rank, (entity, pattern, read) in enumerate(_PATTERNS):
        for match in pattern.finditer(text):
            value = read(match)
            if value is not None:
                start, end = match.span("it") if "it" in pattern.groupindex else match.span()
                carrier = carrier_of(str(value)) if entity == "waybill_no" else ""
                yield rank, Expression(entity, start, end, value, carrier)


def carrier_of(waybill_no: str) -> str:
    """Return the carrier whose numbers look like this one, or an empty text where the form does not tell.

    Args:
        waybill_no: Digits and capitals without gaps.
    """
    return next((carrier for carrier, form in _CARRIER_FORMS if form.fullmatch(waybill_no)), "")


def _compact(match: re.Match[str]) -> str:
    """Read a number as its digits and capitals, without the gaps people type."""
    return re.sub(r"[\s-]", "", match["it"]).upper()


def _phone(match: re.Match[str]) -> str:
    """Read a phone: a mobile as 11 digits, a landline as ``area-number``."""
    if match["mobile"]:
        return re.sub(r"\D", "", match["mobile"])
    return f"{match['area']}-{match['line']}" if match["area"] else re.sub(r"\s", "-", match["it"])


def _amount(match: re.Match[str]) -> str | None:
    """Read money in yuan: 三块五 is 3.5, 5毛 is 0.5, 1w2 is 12,000, 一百来块 about 100."""
    groups = match.groupdict()
    yuan = read_number(groups["yuan"]) if groups.get("yuan") else Decimal(0)
    if yuan is None:
        return None
    if groups.get("thousands"):
        yuan *= 1000
    if groups.get("more"):
        yuan += Decimal(groups["more"]) * 1000
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
    """Read a weight in kilograms: 斤 is half of one, 两 a tenth of a 斤, and a bare 体重130 can only be 斤."""
    groups = match.groupdict()
    number = read_number(match["number"])
    tenths = read_number(groups["tenths"]) if groups.get("tenths") else Decimal(0)
    if number is None or tenths is None:
        return None
    unit = (groups.get("unit") or "").lower()
    if groups.get("half"):
        number += Decimal("0.5")
    if not unit:
        unit = "斤" if number >= BARE_CATTIES_FROM else "kg"
    return _measure((number + tenths / 10) * _KILOGRAMS[unit], 0, 100_000)


def _count(match: re.Match[str]) -> Value | None:
    """Read how many; in 1.5元一个 the count only says what the price is for."""
    if match.string.endswith(_PRICED, 0, match.start()) and match["number"] in {"一", "1"}:
        return None
    number = read_number(match["number"])
    if match.groupdict().get("dozen") and number is not None:
        number *= 12
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


BARE_CATTIES_FROM = 85
"""A bare weight of a person from here on is in 斤: hardly anybody weighs 85 kilograms, many weigh 85 斤."""

_KILOGRAMS = {
    **dict.fromkeys(("kg", "公斤", "千克"), Decimal(1)), **dict.fromkeys(("斤", "市斤"), Decimal("0.5")),
    **dict.fromkeys(("g", "克"), Decimal("0.001")), **dict.fromkeys(("两", "兩"), Decimal("0.05")),
}  # fmt: skip
_PRICED = ("元", "块", "塊", "钱", "錢", "毛")

_GAP = r"[ -]?"
_APART = r"(?<![0-9A-Za-z])"
_CLOSED = r"(?![0-9A-Za-z])"
_NUMBER = rf"(?:{ARABIC}|{CHINESE}{{1,8}})"
# A measure has no thousands, so that a comma before it ends what stood there: 1米78,150斤.
_PLAIN = rf"(?:\d{{1,4}}(?:\.\d+)?|{CHINESE}{{1,8}})"
_ROUGHLY = r"(?:是|有|大概|差不多|约|:| )*"
# A number begins here and not in the middle of a longer one.
_FRESH = rf"(?<![\d.])(?<!{CHINESE})"
_FRESH_DIGITS = r"(?<![\d./])"
_TALL = r"(?P<cm>1[3-9]\d)"
# 块 also counts pieces: 3块香皂 is no money.
_NO_PIECES = r"(?!肥皂|香皂|蛋糕|电池|手表|屏|巧克力|玻璃|地垫|地毯|砖|布|饼|肉|豆腐|毛巾|抹布|石|板|表)"
_COUNTED = (
    r"(?:个|個|件(?!代发)|双|雙|条|條|盒|箱|瓶|套|袋|台|臺|只|支|本|罐|把|桶|片|卷|提|颗|粒|枚|张|組|组"
    r"|对(?!一)|部(?!分)|包(?!邮|裹|换|退|赔|郵)|份(?!额))"
)
# What is counted and is no goods: 一个月, 两个小时, 一个问题; and 两件套 is one thing.
_NO_GOODS = r"(?!月|小时|鐘|钟|星期|礼拜|工作日|多|问题|人|电话|说法|办法|字|样|半月|季度|点|世纪|意思|道理|交代|套)"

# What the carriers' numbers look like, from their public forms and the lists of tracking sites (2026). Several share
# a form: what is left out here (12 digits of 顺丰, 圆通 and 中通) has no owner that the number alone would tell.
_CARRIER_FORMS = tuple(
    (carrier, re.compile(form))
    for carrier, form in (
        ("顺丰", r"SF\d{12,15}"),
        ("圆通", r"YT\d{12,15}"),
        ("极兔", r"JT\d{12,15}"),
        ("京东快递", r"JD[A-Z]{0,3}\d{8,16}"),
        ("德邦", r"DP[KL]\d{12,15}"),
        ("中通", r"ZTO\d{12,15}|7[3-689]\d{12}"),
        ("申通", r"STO\d{12,15}|77\d{12,13}"),
        ("韵达", r"YD\d{12,15}|[34]\d{14}|[345]\d{12}"),
        ("EMS", r"E[A-Z]\d{9}CN|1[0-3]\d{11}"),
        ("邮政", r"[CRLV][A-Z]\d{9}CN|P[A-Z]\d{11}|9\d{12}"),
        ("菜鸟", r"LP\d{12,16}|621\d{12}"),
        ("跨越速运", r"KYE?\d{12,16}"),
    )
)

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
    ("waybill_no", _code("SF", _digits(12, 15)), _compact),
    ("waybill_no", _code("(?:YT|JT|DP[KL]|ZTO|STO|YD|KYE?|LP)", _digits(12, 16)), _compact),
    ("waybill_no", _code("JD[A-Z]{0,3}", _digits(8, 16)), _compact),
    ("waybill_no", _code("[ECRLV][A-Z]", _digits(9), "CN"), _compact),
    ("waybill_no", _code("P[A-Z]", _digits(11)), _compact),
    ("waybill_no", _code("7", _digits(13)), _compact),
    ("waybill_no", _code("7", "7", _digits(13)), _compact),
    ("waybill_no", _code("[34]", _digits(14)), _compact),
    ("waybill_no", _code("6", "2", "1", _digits(12)), _compact),
    ("waybill_no", _code(rf"(?:1{_GAP}[0-3]|[3459]{_GAP}\d)", _digits(11)), _compact),
    (
        "phone",
        _pattern(
            rf"(?<![0-9A-Za-z.])(?P<it>(?:\+?86{_GAP})?(?P<mobile>1{_GAP}[3-9]{_GAP}{_digits(9)})",
            r"|(?P<area>0(?:10|2\d|[3-9]\d{2}))[- ]?(?P<line>\d{7,8})|400[- ]?\d{3,4}[- ]?\d{3,4})(?!\d)",
        ),
        _phone,
    ),
    # Behind its carrier's name: 邮政9847362510384, 圆通的 812345678901.
    (
        "waybill_no",
        _pattern(
            r"(?:顺丰|順豐|圆通|圓通|中通|申通|韵达|韻達|极兔|邮政|郵政|EMS|德邦|百世|京东|优速|天天|快递|物流)",
            rf"(?:快递|快運|快运|速递|物流)?的?(?:是|单号)?[ :,]*(?P<it>[A-Z]{{0,4}}{_digits(12, 15)}){_CLOSED}",
        ),
        _compact,
    ),
    # Named by the speaker: 单号 123456789012 is a waybill whatever the carrier's form is.
    (
        "waybill_no",
        _pattern(
            r"(?:(?:快递|快遞|物流|运单|運單|面单)单?[号號]|[运運面][单單][号號])[码碼]?(?:是|为|為)?[ :,]*",
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
    # 165穿什么码
    ("height_cm", _pattern(rf"{_FRESH_DIGITS}(?P<it>{_TALL})(?=[能可]?以?穿(?:什么|多大|哪|几|啥|M|L|X|\d))"), _height),
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
            rf"{_FRESH}(?P<it>(?P<number>{_PLAIN}|半)",
            rf"(?P<unit>kg|公斤|千克|市斤|斤)(?:(?P<half>半)|(?P<tenths>[1-9]|{CHINESE})[两兩])?)(?![A-Za-z])",
        ),
        _weight,
    ),
    ("weight_kg", _pattern(rf"{_FRESH}(?P<it>(?P<number>{_PLAIN}|半)(?P<unit>克))(?![拉重])"), _weight),
    # 128g and 5G speak of phones.
    (
        "weight_kg",
        _pattern(
            rf"{_FRESH}(?!(?:16|32|64|128|256|512)g)(?P<it>(?P<number>\d{{2,4}}(?:\.\d+)?)(?P<unit>(?-i:g)))(?![A-Za-z])"
        ),
        _weight,
    ),
    (
        "weight_kg",
        _pattern(
            rf"(?<![第\d.一])(?<!{CHINESE})(?P<it>(?P<number>\d{{1,2}}|[一二三四五六七八九半])(?P<unit>[两兩]))(?=装|重|的?茶|多重)"
        ),
        _weight,
    ),
    (
        "weight_kg",
        _pattern(rf"(?:体重|體重){_ROUGHLY}(?P<it>(?P<number>\d{{2,3}}(?:\.\d)?|{CHINESE}{{2,6}}))(?![\d.])"),
        _weight,
    ),
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
            rf"{_FRESH}(?<![几幾数好])(?![一1][块塊](?![钱錢一二两三四五六七八九\d多]))",
            rf"(?P<it>(?P<yuan>{_NUMBER}[万千百w]?)(?P<thousands>k)?[多来來几余]? ?",
            r"(?:元钱?|圆钱?|[块塊][钱錢]|rmb|[块塊](?P<jiao>[1-9一二两三四五六七八九])(?:毛[钱錢]?|角)?(?![\d个件斤])",
            rf"|[块塊](?!{CHINESE}){_NO_PIECES}))",
        ),
        _amount,
    ),
    # 1w2 and 1万2; 65w is a charger's power.
    (
        "amount",
        _pattern(rf"{_FRESH}(?P<it>(?P<yuan>[1-9][w万萬])(?P<more>[1-9])(?:元|[块塊][钱錢]?)?)(?![\dA-Za-z个件万千])"),
        _amount,
    ),
    # 一百二, 两千五: the unit that is left out is one of money.
    (
        "amount",
        _pattern(
            rf"{_FRESH}(?<![第重高])(?P<it>(?P<yuan>[一二两兩三四五六七八九][百千][一二三四五六七八九]))",
            rf"(?!{CHINESE}|[十个個件条条斤公克米天年月号度平毫厘分名位人只双码號%多来几k点岁单])",
        ),
        _amount,
    ),
    # 退了98, 到账一百: what is paid, given back or made good without a unit.
    (
        "amount",
        _pattern(
            r"(?:退了我?|退给我|退我|赔我|赔了我?|补我|补了我?|付了|花了|到账了?|收了我)(?:只有)?",
            rf"(?P<it>(?P<yuan>\d{{2,5}}(?:\.\d{{1,2}})?|[一二两三四五六七八九][百千](?:{CHINESE}{{1,4}})?))",
            rf"(?!\d|{CHINESE}|[.%折天号个件条斤公克米年月日小次分单码积k多w双])",
        ),
        _amount,
    ),
    ("amount", _pattern(rf"{_FRESH}(?P<it>(?P<jiao>[1-9]|{CHINESE})(?:毛钱?|角钱))"), _amount),
    # 这两个 points at things and does not count them.
    ("quantity", _pattern(rf"{_FRESH}(?<![第哪每这那几這])(?P<it>(?P<number>{_NUMBER}){_COUNTED}){_NO_GOODS}"), _count),
    (
        "quantity",
        _pattern(r"(?<![他她你我它咱们们這这那哪])(?P<it>(?P<number>[俩倆仨]))(?![人口月星小字钟字儿孩娃])"),
        _count,
    ),
    (
        "quantity",
        _pattern(
            rf"{_FRESH}(?<!第)(?P<it>(?P<number>{_NUMBER}|半)(?P<dozen>打))",
            r"(?=$|[ ,。?!多怎啤鸡袜毛铅要可能吗呢吧的装])",
        ),
        _count,
    ),
)
