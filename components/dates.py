"""Finds days and spans of days in a text and resolves them to ISO dates.

Days that the words leave open are chosen like this. ``15号`` and ``11月15号`` are the nearest such day, and a bare
``周三`` the next one, unless the words around it tell: what was bought, sent or promised and has not come lies behind
(``15号拍的``, ``15号说到，怎么还没到``), what can, shall or must be lies ahead (``15号能到吗``, ``15号之前``). Lunar
feasts and vague times (``过几天``) are left alone, and so are durations (``7天无理由``, ``3天内``) and days counted
from something else (``签收3天后``).

JioNLP 1.5, the best of the kept libraries tried, knows neither ``后儿`` nor ``上个月``, gives moments where days are
meant (``下周三之前`` begins now), and brings 20 MB.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from components.leaning import Lean, lean_of
from components.numerals import CHINESE, read_number
from components.spans import most_specific

DAY = timedelta(days=1)
WEEK = timedelta(days=7)

Span = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True)
class DateFound:
    """A day or span of days that was found.

    Attributes:
        start: First character.
        end: One past the last character.
        first: First day.
        last: Last day; the first one again where one day is meant.
    """

    start: int
    end: int
    first: date
    last: date

    @property
    def value(self) -> str:
        """The day as ``2026-11-25``, a span as ``2026-11-20/2026-11-22``."""
        return str(self.first) if self.first == self.last else f"{self.first}/{self.last}"


def find_dates(text: str, today: date) -> list[DateFound]:
    """Return the days and spans of ``text`` in their order, none overlapping another.

    Args:
        text: A text in normal form.
        today: The day on which it was written, in the writer's time zone.
    """
    return list(_joined(text, most_specific(_candidates(text, today))))


def _candidates(text: str, today: date) -> Iterator[tuple[int, DateFound]]:
    """Give every reading of every place in ``text``, with its rank: 0 is the most specific."""
    for rank, (pattern, read) in enumerate(_PATTERNS):
        for match in pattern.finditer(text):
            try:
                span = read(match, today)
            except (ValueError, OverflowError):  # 2月30号; 9999年后
                continue
            if span is not None:
                yield rank, DateFound(match.start(), match.end(), *span)


def _joined(text: str, found: list[DateFound]) -> Iterator[DateFound]:
    """Give the days, two with 到 between them as one span."""
    waiting: DateFound | None = None
    for each in found:
        if waiting is not None and _UNTIL.fullmatch(text, waiting.end, each.start):
            # 周六到周一 ends in the week after.
            over = WEEK if each.last < waiting.first and "月" not in text[each.start : each.end] else timedelta()
            if waiting.first < each.last + over:
                waiting = DateFound(waiting.start, each.end, waiting.first, each.last + over)
                continue
        if waiting is not None:
            yield waiting
        waiting = each
    if waiting is not None:
        yield waiting


def _word(match: re.Match[str], today: date) -> Span:
    """Read 昨天, 大后天, 明儿."""
    word = match.group().replace("後", "后").replace("兒", "儿")
    step = next(step for begin, step in _WORDS.items() if word.startswith(begin))
    return _one(today + step * DAY)


def _distance(match: re.Match[str], today: date) -> Span | None:
    """Read 三天前, 两周后, 半个月前."""
    sign = -1 if match["way"] == "前" else 1
    day = _moved(today, _number(match["n"]), match["unit"], sign)
    return None if day is None else _one(day)


def _ahead(match: re.Match[str], today: date) -> Span | None:
    """Read 过三天."""
    day = _moved(today, _number(match["n"]), match["unit"], 1)
    return None if day is None else _one(day)


def _lately(match: re.Match[str], today: date) -> Span | None:
    """Read 最近三天, which ends today, and 前两天, which ended yesterday."""
    day = _moved(today, _number(match["n"]), match["unit"], -1)
    if day is None or day == today:
        return None
    return (day, today - DAY) if match.groupdict().get("before") else (day + DAY, today)


def _week(match: re.Match[str], today: date) -> Span | None:
    """Read 下周三, 上周, 这周末, 礼拜六."""
    which, name = match["which"] or "", match["day"] or ""
    monday = today - today.weekday() * DAY
    days = _WEEK_DAYS.get(name)
    if which:
        monday += _steps(which) * WEEK
        return (monday, monday + 6 * DAY) if days is None else (monday + days[0] * DAY, monday + days[1] * DAY)
    if days is None:
        return None
    first, last = monday + days[0] * DAY, monday + days[1] * DAY
    lean = lean_of(match.string, *match.span())
    if lean is Lean.PAST:
        return (first, last) if last < today else (first - WEEK, last - WEEK)
    return (first, last) if last >= today else (first + WEEK, last + WEEK)


def _month(match: re.Match[str], today: date) -> Span:
    """Read 上个月, 这个月15号, 下月初, 月底."""
    steps = _steps(match["which"] or "")
    months = today.year * 12 + today.month - 1 + steps
    return _within(months // 12, months % 12 + 1, match)


def _whole(match: re.Match[str], today: date) -> Span | None:
    """Read 2026年11月15日, 2026-11-15, 去年10月."""
    year = _year(match["year"], today)
    month = _number(match["month"])
    return None if year is None or month is None or not 1 <= month <= 12 else _within(year, int(month), match)


def _year_alone(match: re.Match[str], today: date) -> Span | None:
    """Read 去年."""
    year = _year(match["year"], today)
    return None if year is None else (date(year, 1, 1), date(year, 12, 31))


def _end_of_year(match: re.Match[str], today: date) -> Span:
    """Read 年底, 去年底."""
    return _one(date(today.year + _YEARS.get(f"{match['year']}年", 0), 12, 31))


def _in_year(match: re.Match[str], today: date) -> Span | None:
    """Read 11月15号, 11.15, 10月份: of the year that suits best."""
    month = _number(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    spans = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            spans.append(_within(year, int(month), match))
        except ValueError:  # 2月29号 of most years
            continue
    return _suiting(spans, today, match)


def _feast(match: re.Match[str], today: date) -> Span | None:
    """Read 国庆, 双十一那天: feasts with a fixed day."""
    name = next(name for name in _FEASTS if match.group().startswith(name))
    month, day = _FEASTS[name]
    return _suiting([_one(date(today.year + step, month, day)) for step in (-1, 0, 1)], today, match)


def _day(match: re.Match[str], today: date) -> Span | None:
    """Read 15号 and 15-18号: of the month that suits best."""
    last = _number(match["day"])
    first = _number(match.groupdict().get("from") or match["day"])
    if first is None or last is None or not 1 <= first <= last <= 31:
        return None
    spans = []
    for step in (-2, -1, 0, 1, 2):
        months = today.year * 12 + today.month - 1 + step
        try:
            spans.append(
                (date(months // 12, months % 12 + 1, int(first)), date(months // 12, months % 12 + 1, int(last)))
            )
        except ValueError:  # 31号 of a short month
            continue
    return _suiting(spans, today, match)


def _suiting(spans: list[Span], today: date, match: re.Match[str]) -> Span | None:
    """Return the span that the words around point to, else the nearest one."""
    lean = lean_of(match.string, *match.span())
    behind = [span for span in spans if span[0] <= today]
    ahead = [span for span in spans if span[1] >= today]
    if lean is Lean.PAST:
        return behind[-1] if behind else None
    if lean is Lean.FUTURE:
        return ahead[0] if ahead else None
    return min(spans, key=lambda span: max(abs(span[0] - today), abs(span[1] - today)), default=None)


def _within(year: int, month: int, match: re.Match[str]) -> Span:
    """Return the day or part of a month that a match names, else the whole month.

    Raises:
        ValueError: If there is no such day.
    """
    groups = match.groupdict()
    end = monthrange(year, month)[1]
    if groups.get("day"):
        last = _number(groups["day"])
        first = _number(groups.get("from") or groups["day"])
        if first is None or last is None or first > last:
            raise ValueError(f"{match.group()} names no days")
        return date(year, month, int(first)), date(year, month, int(last))
    first, last = _PARTS.get(groups.get("part") or groups.get("third") or "", (1, end))
    return date(year, month, first or end), date(year, month, last or end)


def _moved(day: date, count: float | None, unit: str, sign: int) -> date | None:
    """Return ``day`` moved by so many units, or ``None`` if that is no sensible distance."""
    if count is None or not 0 < count <= 400:
        return None
    if unit in {"天", "日"}:
        return day + sign * int(count) * DAY if count == int(count) else None
    if unit[-1] in "周週期拜":
        return day + sign * int(count) * WEEK if count == int(count) else None
    if unit[-1] == "月":
        if count == 0.5:
            return day + sign * 15 * DAY
        months = int(count)
    else:
        months = 6 if count == 0.5 else int(count) * 12
    total = day.year * 12 + day.month - 1 + sign * months
    year, month = total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _steps(which: str) -> int:
    """Return how many weeks or months 上, 下, 这 go."""
    return which.count("下") - which.count("上")


def _year(text: str, today: date) -> int | None:
    """Read a year: 2026, 26, 二〇二六, 去年."""
    if text in _YEARS:
        return today.year + _YEARS[text]
    number = _number(text)
    if number is None or number != int(number):
        return None
    year = int(number) + (2000 if number < 100 else 0)
    return year if 2000 <= year < 2100 else None


def _number(text: str | None) -> float | None:
    """Read a number, or return ``None``."""
    number = read_number(text) if text else None
    return None if number is None else float(number)


def _one(day: date) -> Span:
    return day, day


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts))


# Longer beginnings first.
_WORDS = {
    "大大前": -4, "大大后": 4, "大前": -3, "大后": 3, "前": -2, "昨": -1, "寻": -1, "尋": -1, "今": 0, "明": 1,
    "听": 1, "聽": 1, "后": 2,
}  # fmt: skip
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WEEK_DAYS = {
    **{name: (index, index) for index, name in enumerate("一二三四五六日")}, "天": (6, 6), "末": (5, 6), "六日": (5, 6),
    **{str(index + 1): (index, index) for index in range(6)},
}  # fmt: skip
# First and last day of a part of a month; 0 is its last.
_PARTS = {"底": (0, 0), "末": (0, 0), "初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "下旬": (21, 0)}
_FEASTS = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "劳动节": (5, 1), "五一": (5, 1), "儿童节": (6, 1),
    "618": (6, 18), "国庆": (10, 1), "國慶": (10, 1), "双十一": (11, 11), "双11": (11, 11), "雙十一": (11, 11),
    "雙11": (11, 11), "双十二": (12, 12), "双12": (12, 12), "圣诞": (12, 25), "聖誕": (12, 25),
}  # fmt: skip

_N = rf"(?:\d{{1,3}}(?![\d.])|{CHINESE}{{1,4}}|半)"
_FRESH = rf"(?<![\d.,/-])(?<!{CHINESE})"
_YEAR = r"(?P<year>(?:20\d\d|\d\d|二[零〇][零〇一二三四五六七八九]{2})(?=年)|[前去今明]年)"
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_DAY_IN_WORDS = r"[二两三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九]"
_UNIT = r"(?P<unit>天|周|週|[个個]?(?:星期|礼拜|禮拜)|[个個]月|年)"
_WEEK = r"(?:周|週|星期|礼拜|禮拜)"
# 上个月 is a month, 这个月饼 is none.
_NO_CAKE = r"(?![饼餅饼经經季亮球光子嫂色龄])"
_UNTIL = re.compile(r" ?(?:到|至|-|~|—|–)+ ?")

# What stands behind a number that is a day, and behind a day in figures (11.15) that could be a price.
_AFTER_DAY = (
    r"(?=之?前|以前|之?[后後]|以[后後]|当天|當天|那天|早|晚|夜|上午|下午|中午|凌晨|买|買|拍|下[单單的]|付|订|訂|发|發|到|收"
    r"|签|簽|寄|送|能|可以|会|會|就|要|才|还|還|我|说|說|退|申请|提交|左右|开始|開始|截止|怎|行不?|取|装|安装|上门|过来"
    r"|过生日|搬|再|给我|换的?|约|至|出|没|沒|的(?:[单單订訂快包货貨]|时候)|[-~—][\d一二三])"
)
_DAY_CLOSES = r"(?=$|[ ,。?!;、])"
_NO_PLACE = r"(?<![月路街巷弄道院楼栋门村组幢区段第座室])"

Reader = Callable[[re.Match[str], date], "Span | None"]

# Ordered from the most specific to the least: the place in this table is the rank.
_PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        _pattern(r"(?<![\d.-])(?P<year>20\d\d)([-/.])(?P<month>1[0-2]|0?[1-9])\2", _DAY, r"(?![\d./-])"),
        _whole,
    ),
    (
        _pattern(
            rf"(?<!\d){_YEAR}年?的?",
            _MONTH,
            rf"(?:月份?(?P<part>底|末|初|中旬|上旬|下旬)|月(?P<day>3[01]|[12]\d|0?[1-9]|{_DAY_IN_WORDS})[日号號]?|月份?{_NO_CAKE})",
        ),
        _whole,
    ),
    (
        _pattern(
            rf"{_FRESH}(?<![下单付款收到货签了过])(?P<n>{_N})", _UNIT, r"(?:多)?[之以]?(?P<way>[前后後])(?![天悔])"
        ),
        _distance,
    ),
    (_pattern(rf"{_FRESH}(?<![下单付款收到货签了过])(?P<n>{_N})(?P<unit>日)[之以]?(?P<way>[后後])(?!悔)"), _distance),
    (
        _pattern(
            rf"(?<![超经經通度难路])[再]?[过過](?P<n>{_N})",
            r"(?P<unit>天|周|[个個]?(?:星期|礼拜)|[个個]月)(?![没了内未])",
        ),
        _ahead,
    ),
    (_pattern(rf"(?:最近|过去|近)的?(?P<n>{_N})", _UNIT), _lately),
    (_pattern(r"(?<![之以从目提])(?P<before>前)(?P<n>[两兩])(?P<unit>天)"), _lately),
    (
        _pattern(
            r"大大?前[天日儿兒]|大大?[后後][天日儿兒]|(?<![之以从目提先跟眼年])前[天日晚儿兒](?!内)|昨[天日晚夜早儿兒个個]|[寻尋]日"
            r"|(?<![如当])今[天日早晚晨夜儿兒](?!头条)|(?<![文证声发透])明[天日早晚晨儿兒](?!达|香)|[听聽]日"
            r"|(?<![之以最然随先落])[后後][天儿兒](?!性|气)"
        ),
        _word,
    ),
    (
        _pattern(
            rf"(?<![每逢\d])(?<![^周週期拜]{CHINESE})(?<!^{CHINESE})(?P<which>上上|下下|上|下|这|這|本)?(?(which)[个個一]?|){_WEEK}",
            r"(?P<day>六日|[一二三四五六日天末]|[1-6](?!\d|天|次|个))(?![次种款件折福常])",
        ),
        _week,
    ),
    (_pattern(rf"(?P<which>上上|下下|上|下|这|這|本)[个個一]?{_WEEK}(?P<day>)(?![边围期])"), _week),
    (
        _pattern(
            r"(?P<which>上上|下下|上|下|这|這|本)[个個]?月",
            rf"(?:的?(?P<day>3[01]|[12]\d|0?[1-9]|{_DAY_IN_WORDS})[日号號]|(?P<part>底|末|初|中旬|中|上旬|下旬)|份?{_NO_CAKE})",
        ),
        _month,
    ),
    (
        _pattern(
            rf"{_FRESH}",
            _MONTH,
            rf"月(?P<from>3[01]|[12]\d|0?[1-9]|{_DAY_IN_WORDS})[日号號]?(?:到|至|-|~)(?P<day>3[01]|[12]\d|0?[1-9]|{_DAY_IN_WORDS})[日号號]",
        ),
        _in_year,
    ),
    (
        _pattern(
            rf"{_FRESH}",
            _MONTH,
            rf"月(?P<day>(?:3[01]|[12]\d|0?[1-9])(?![\d.个個块元件折天])|(?:{_DAY_IN_WORDS})(?=[日号號]|{_AFTER_DAY}))[日号號]?(?!{CHINESE})",
        ),
        _in_year,
    ),
    (
        _pattern(rf"{_FRESH}", _MONTH, r"月(?:份?(?P<part>底|末|初|中旬|上旬|下旬)|份|(?=[买買拍下付发發的]))"),
        _in_year,
    ),
    (
        _pattern(r"(?<![个個每])(?P<which>)(?:月(?P<part>底|末|初(?!一))|(?<![\u4e00-\u9fff])(?P<third>[上中下]旬))"),
        _month,
    ),
    (
        _pattern(r"(?<![\d.,/-])(?P<month>1[0-2]|0?[1-9])[./]", _DAY, rf"(?![\d./])(?:[日号號]|{_AFTER_DAY})"),
        _in_year,
    ),
    (
        _pattern(
            r"(?<![\d.,/-])(?P<month>1[0-2])/(?P<day>3[01]|[12]\d|0[1-9])(?=$|[ ,。?!;、\u4e00-\u9fff])(?![的码碼])"
        ),
        _in_year,
    ),
    (
        _pattern(
            rf"{_FRESH}{_NO_PLACE}(?P<from>3[01]|[12]\d|[1-9]|{_DAY_IN_WORDS})(?:到|至|-|~)",
            rf"(?P<day>3[01]|[12]\d|[1-9]|{_DAY_IN_WORDS})[日号號](?![色码碼线楼])",
        ),
        _day,
    ),
    (
        _pattern(
            rf"(?<![A-Za-z]){_FRESH}{_NO_PLACE}(?:(?P<day>3[01]|[12]\d|[1-9]|{_DAY_IN_WORDS}))[日号號](?:{_AFTER_DAY}|(?<=\d\d.){_DAY_CLOSES}"
            rf"|(?<=十.){_DAY_CLOSES}|(?<=十[一二三四五六七八九].){_DAY_CLOSES})",
        ),
        _day,
    ),
    (_pattern(r"国庆节?|國慶節?|元旦节?|圣诞节?|聖誕節?|情人节|妇女节|劳动节|儿童节"), _feast),
    (
        _pattern(
            r"(?<![\d一二三四五六七八九十])(?:五一|[双雙](?:十一|11|十二|12)|618)",
            r"(?=那天|当天|当晚|之?前|之?后|期间|买|拍|下单|下的|付|能到|放假|假期)(?!前端)",
        ),
        _feast,
    ),
    (_pattern(r"(?P<year>[前去今明])?年(?P<part>底|末)(?!奖)"), _end_of_year),
    (_pattern(r"(?P<year>[前去今明]年)(?!新?款|[\d一二三四五六七八九十])"), _year_alone),
)
