from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.expressions import find_expressions
from components.numerals import read_number
from xiaoer.language.normalise import normalise


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三十", 30), ("十五", 15), ("两百五", 250), ("两百零五", 205), ("一千零五", 1005), ("三万二", 32_000),
        ("二〇二六", 2026),
        ("1,299.50", "1299.5"), ("1.2万", 12_000), ("3千", 3000), ("38.5", "38.5"), ("半", "0.5"), ("一百五十", 150),
        ("叁佰", 300), ("二十一", 21),
    ],
)  # fmt: skip
def test_numbers(text: str, number: int | str) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "万", "三十五一", "abc", "一件", "1.2.3"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


@given(st.integers(min_value=0, max_value=9999))
def test_chinese_numerals_read_back(number: int) -> None:
    assert read_number(in_chinese(number)) == number


def in_chinese(number: int) -> str:
    """Write a number below 10,000 the formal way."""
    text, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending_zero and text else "") + "零一二三四五六七八九"[digit] + name
            pending_zero = False
        else:
            pending_zero = True
    return text or "零"


@pytest.mark.parametrize(
    ("text", "entity", "raw", "value"),
    [
        ("订单202611150003214567到了吗", "order_no", "202611150003214567", "202611150003214567"),
        ("2026 1115 0003 214567", "order_no", "2026 1115 0003 214567", "202611150003214567"),
        ("2026-1115-0003-214567", "order_no", "2026-1115-0003-214567", "202611150003214567"),
        ("sf 1234 5678 9012 3到哪了", "waybill_no", "sf 1234 5678 9012 3", "SF1234567890123"),
        ("SF123456789012", "waybill_no", "SF123456789012", "SF123456789012"),
        ("YT1234567890123", "waybill_no", "YT1234567890123", "YT1234567890123"),
        ("jdva12345678901", "waybill_no", "jdva12345678901", "JDVA12345678901"),
        ("75123456789012", "waybill_no", "75123456789012", "75123456789012"),
        ("433012345678901", "waybill_no", "433012345678901", "433012345678901"),
        ("4330123456789", "waybill_no", "4330123456789", "4330123456789"),
        ("773012345678901", "waybill_no", "773012345678901", "773012345678901"),
        ("快递单号是123456789012", "waybill_no", "123456789012", "123456789012"),
        ("AS20261115000001怎么样了", "after_sale_no", "AS20261115000001", "AS20261115000001"),
        ("工单tk20261115001", "ticket_no", "tk20261115001", "TK20261115001"),
        ("打138 1234 5678", "phone", "138 1234 5678", "13812345678"),
        ("+86 13812345678", "phone", "+86 13812345678", "13812345678"),
        ("010-12345678", "phone", "010-12345678", "010-12345678"),
        ("退我30块", "amount", "30块", "30"),
        ("¥1,299.00", "amount", "¥1,299.00", "1299"),
        ("三十元", "amount", "三十元", "30"),
        ("三块五", "amount", "三块五", "3.5"),
        ("89块9", "amount", "89块9", "89.9"),
        ("5毛", "amount", "5毛", "0.5"),
        ("1.2万块", "amount", "1.2万块", "12000"),
        ("拍了两件", "quantity", "两件", 2),
        ("20双", "quantity", "20双", 20),
        ("身高170", "height_cm", "170", 170),
        ("一米七五", "height_cm", "一米七五", 175),
        ("1米7", "height_cm", "1米7", 170),
        ("1米05", "height_cm", "1米05", 105),
        ("1.75m", "height_cm", "1.75m", 175),
        ("130斤", "weight_kg", "130斤", 65),
        ("一百二十五斤", "weight_kg", "一百二十五斤", 62.5),
        ("2斤半", "weight_kg", "2斤半", 1.25),
        ("65公斤", "weight_kg", "65公斤", 65),
        ("体重130", "weight_kg", "130", 65),
        ("体重60", "weight_kg", "60", 60),
        ("要38.5码的", "size", "38.5码", "38.5码"),
        ("165/88a有吗", "size", "165/88a", "165/88A"),
    ],
)
def test_expressions(text: str, entity: str, raw: str, value: str | float) -> None:
    found = find_expressions(text)
    assert [(each.entity, text[each.start : each.end], each.value) for each in found] == [(entity, raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "第二个", "一个月", "两个小时", "三件套", "一块退", "3块香皂", "几块钱", "99包邮", "一对一", "2026年", "12345",
        "1381234567",
        "138123456789012", "202613150003214567", "高兴", "这件", "有一个问题", "",
    ],
)  # fmt: skip
def test_what_is_no_expression(text: str) -> None:
    assert find_expressions(text) == []


def test_a_height_beside_a_weight() -> None:
    for text in ("170 65kg穿什么码", "170/65", "170，65公斤"):
        found = find_expressions(normalise(text).text)
        assert [(each.entity, each.value) for each in found] == [("height_cm", 170), ("weight_kg", 65)]


def test_the_more_specific_reading_wins_and_nothing_overlaps() -> None:
    text = "订单202611150003214567手机13812345678退30块"
    assert [each.entity for each in find_expressions(text)] == ["order_no", "phone", "amount"]


@given(st.text(st.sampled_from("0123456789 -SFYTJDAsfk一二三十百块元件斤米高.,/订单号码"), max_size=50))
def test_expressions_never_overlap(text: str) -> None:
    found = find_expressions(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.dates(), st.integers(0, 10**10 - 1), st.sampled_from(["", " ", "-"]), st.booleans())
def test_every_order_number_is_read(day, serial: int, gap: str, wide: bool) -> None:
    number = f"20{day.year % 80 + 20:02d}{day.month:02d}{day.day:02d}{serial:010d}"
    typed = gap.join((number[:4], number[4:8], number[8:12], number[12:]))
    if wide:
        typed = typed.translate({ord("0") + i: ord("０") + i for i in range(10)})
    found = find_expressions(normalise(f"单号{typed}呢").text)
    assert [(each.entity, each.value) for each in found] == [("order_no", number)]
