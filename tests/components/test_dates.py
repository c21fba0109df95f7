from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dates import find_dates
from xiaoer.language.normalise import normalise

WEDNESDAY = date(2026, 11, 18)


def found(text: str, today: date = WEDNESDAY) -> list[tuple[str, str]]:
    normal = normalise(text)
    found = [(normal.raw_span(each.start, each.end), each.value) for each in find_dates(normal.text, today)]
    return [(text[start:end], value) for (start, end), value in found]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("大后天能到吗", "大后天", "2026-11-21"),
        ("後天送", "後天", "2026-11-20"),
        ("后儿有人", "后儿", "2026-11-20"),
        ("大大前天", "大大前天", "2026-11-14"),
        ("昨晚付的", "昨晚", "2026-11-17"),
        ("聽日到唔到", "聽日", "2026-11-19"),
        ("３天前下的单", "３天前", "2026-11-15"),
        ("半个月前", "半个月前", "2026-11-03"),
        ("一个月以前", "一个月以前", "2026-10-18"),
        ("两个星期后", "两个星期后", "2026-12-02"),
        ("过两天再说", "过两天", "2026-11-20"),
        ("前两天还有", "前两天", "2026-11-16/2026-11-17"),
        ("最近三天", "最近三天", "2026-11-16/2026-11-18"),
        ("周三能到吗", "周三", "2026-11-18"),
        ("周三拍的", "周三", "2026-11-11"),
        ("下週二", "下週二", "2026-11-24"),
        ("上周五下的单", "上周五", "2026-11-13"),
        ("礼拜天", "礼拜天", "2026-11-22"),
        ("周六日在家", "周六日", "2026-11-21/2026-11-22"),
        ("这周末要用", "这周末", "2026-11-21/2026-11-22"),
        ("下个礼拜", "下个礼拜", "2026-11-23/2026-11-29"),
        ("周六到周一", "周六到周一", "2026-11-21/2026-11-23"),
        ("11月15号买的", "11月15号", "2026-11-15"),
        ("11.11买的", "11.11", "2026-11-11"),
        ("12/3前", "12/3", "2026-12-03"),
        ("1月5号能到吗", "1月5号", "2027-01-05"),
        ("2026-11-15", "2026-11-15", "2026-11-15"),
        ("2026年11月15日", "2026年11月15日", "2026-11-15"),
        ("去年10月买的", "去年10月", "2025-10-01/2025-10-31"),
        ("二十号之前", "二十号", "2026-11-20"),
        ("10号拍的", "10号", "2026-11-10"),
        ("10号能发吗", "10号", "2026-12-10"),
        ("15号说到，怎么还没到", "15号", "2026-11-15"),
        ("31号付的", "31号", "2026-10-31"),
        ("15-18号", "15-18号", "2026-11-15/2026-11-18"),
        ("11月20到25号", "11月20到25号", "2026-11-20/2026-11-25"),
        ("上个月16号", "上个月16号", "2026-10-16"),
        ("上个月买的", "上个月", "2026-10-01/2026-10-31"),
        ("月底", "月底", "2026-11-30"),
        ("年底前", "年底", "2026-12-31"),
        ("11月中旬", "11月中旬", "2026-11-11/2026-11-20"),
        ("国庆买的", "国庆", "2026-10-01"),
        ("双十一那天", "双十一", "2026-11-11"),
        ("五一前能到吗", "五一", "2027-05-01"),
    ],
)
def test_days(text: str, raw: str, value: str) -> None:
    assert found(text) == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "3天无理由", "7天内", "24小时", "1.5元", "12.5斤", "三月三那款", "版本1.2.3",
        "一号店", "2号色", "38.5码", "1/2杯",
        "每周三上新", "一周三次", "这个月饼", "周大福", "六月龄宝宝", "以前天天买",
        "人民路12号能送到吗", "下单3天后发货",
        "签收7天后", "明日达", "2月30号", "过几天", "等了五天", "3-5天", "13800138000", "618活动", "周年庆", "",
    ],
)  # fmt: skip
def test_what_is_no_day(text: str) -> None:
    assert found(text) == []


@given(st.dates(date(2020, 1, 1), date(2098, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_every_whole_date_is_read(day: date, form: str) -> None:
    assert [value for _, value in found(day.strftime(form))] == [str(day)]


@given(st.dates(date(2020, 1, 1), date(2098, 12, 31)), st.integers(1, 300))
def test_days_ago_count_back(today: date, count: int) -> None:
    assert [value for _, value in found(f"{count}天前", today)] == [str(date.fromordinal(today.toordinal() - count))]


@given(
    st.text(st.sampled_from("0123456789年月日号天周上下大前后昨今明一二三十到-/.买的能底末初"), max_size=40), st.dates()
)
def test_days_never_overlap(text: str, today: date) -> None:
    days = find_dates(text, today)
    assert all(0 <= each.start < each.end <= len(text) and each.first <= each.last for each in days)
    assert all(one.end <= other.start for one, other in pairwise(days))
