"""Which products a text names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.matching import named_in

NAMES = [
    ("coat", "云裳双面羊毛大衣女中长款", "双面羊毛大衣"),
    ("short", "云裳短款羊毛大衣", "短款羊毛大衣"),
    ("down", "云裳轻薄白鸭绒羽绒服", "轻薄羽绒服"),
    ("phones", "极星 Pro2 主动降噪蓝牙耳机", "Pro2降噪耳机"),
    ("tea", "山野明前龙井茶 250g", "龙井茶"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("双面羊毛大衣有货吗", ["coat"]),
        ("云裳短款羊毛大衣还能便宜吗", ["short"]),
        ("那件羊毛大衣", ["coat", "short"]),
        ("大衣会掉毛吗", ["coat", "short"]),
        ("羽绒服怎么洗", ["down"]),
        ("我想问下耳机", ["phones"]),
        ("ＰＲＯ２降噪耳机能连电脑吗", ["phones"]),
        ("pro2 降噪 耳机", ["phones"]),
        ("轻薄的羽绒服", ["down"]),
        ("龙井", ["tea"]),
        ("有没有茶", []),
        ("毛衣", []),
        ("你好", []),
        ("", []),
        ("大衣和羽绒服哪个暖和", ["down"]),
    ],
)
def test_names_head_nouns_and_most_of_a_name_count(text: str, expected: list[str]) -> None:
    assert named_in(text, NAMES) == expected


def test_a_whole_name_counts_more_than_a_shorter_one_inside_it() -> None:
    names = [("inner", "羊毛大衣", "羊毛大衣"), ("outer", "羊毛大衣女士加厚款", "大衣")]

    assert named_in("羊毛大衣女士加厚款还有吗", names) == ["outer"]
    assert named_in("羊毛大衣还有吗", names) == ["inner"]


def test_a_product_without_a_short_name_is_not_in_every_text() -> None:
    assert named_in("你好", [("P1", "龙井茶", "")]) == []
    assert named_in("你好", [("P1", "", " ")]) == []
    assert named_in("龙井茶", [("P1", "龙井茶", "")]) == ["P1"]


def test_no_products_no_names() -> None:
    assert named_in("大衣", []) == []


@given(text=st.text(max_size=80))
def test_any_text_gives_products_of_the_list_in_its_order(text: str) -> None:
    found = named_in(text, NAMES)
    order = [product_id for product_id, _, _ in NAMES]

    assert found == [product_id for product_id in order if product_id in found]


@given(before=st.text("我想问一下的吗呢啊0123 ", max_size=8), after=st.text("有货吗多少钱 ", max_size=8))
def test_a_short_name_is_found_wherever_it_stands(before: str, after: str) -> None:
    for product_id, _, short in NAMES:
        assert named_in(f"{before}{short}{after}", NAMES) == [product_id]
