from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.evaluation.dialogues.placeholders import fullwidth, spaced
from xiaoer.evaluation.dialogues.text import contains, holds, joined, normalised, strings_in

CHARACTERS = st.characters(codec="ascii", exclude_characters="\n\r") | st.sampled_from("订单已发货快递元，。！（）￥")
TEXTS = st.text(CHARACTERS, max_size=40)


@given(TEXTS)
def test_width_and_case_do_not_count(text: str) -> None:
    assert normalised(fullwidth(text)) == normalised(text)
    assert normalised(text.upper()) == normalised(text)


@given(st.lists(TEXTS, min_size=2, max_size=6), st.sampled_from([" ", "  ", "\u3000", "\u00a0", "\t"]))
def test_spaces_do_not_count(parts: list[str], space: str) -> None:
    assert normalised(space.join(parts)) == normalised("".join(parts))


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing_more_for_what_people_type(text: str) -> None:
    ascii_and_han = "".join(char for char in text if char.isascii() or "\u4e00" <= char <= "\u9fff")
    assert normalised(normalised(ascii_and_han)) == normalised(ascii_and_han)


@given(st.text("0123456789", min_size=1, max_size=24))
def test_a_number_in_groups_is_the_same_number(digits: str) -> None:
    assert normalised(spaced(digits)) == digits
    assert contains(f"您的订单 {spaced(digits)} 已发货", digits)


def test_messages_do_not_run_into_each_other() -> None:
    assert not contains(joined(["请稍等，已", "发货请等待"]), "已发货")
    assert contains(joined(["", "已 发 货"]), "已发货")


def test_texts_of_a_card_are_found_however_deep_and_its_type_is_not() -> None:
    card = {"type": "order_card", "order": {"no": "123", "lines": [{"name": "大衣", "price": 3}]}, "state": "已发货"}

    assert list(strings_in(card)) == ["123", "大衣", "已发货"]


@pytest.mark.parametrize(
    ("value", "expected", "fits"),
    [
        ("北京市 朝阳区", "北京市朝阳区", True),
        ("北京市朝阳区望京街道", "北京市朝阳区", False),
        ("北京市朝阳区望京街道", "~朝阳区 望京", True),
        ("company", "COMPANY", True),
        ("00123", "123", False),
        (Decimal("59.90"), "59.9", True),
        (Decimal("59.90"), "５９．９", True),
        (Decimal("59.90"), "59", False),
        (Decimal("59.90"), "~59", True),
        (Decimal("59.90"), "a lot", False),
        (3, "3.0", True),
        (3, "nan", False),
        (None, None, True),
        ("", None, True),
        ("x", None, False),
        (0, None, False),
        (None, "x", False),
        (True, True, True),
        (False, True, False),
        (True, "true", True),
        ("b", ("a", "b"), True),
        ("c", ("a", "b"), False),
        (date(2026, 11, 21), "2026-11-21", True),
        (datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc), "~2026-11-21 12:00", True),
        ({"items": ["羊毛大衣"]}, "~羊毛大衣", True),
    ],
)
def test_values_are_compared_as_numbers_or_as_text(value: Any, expected: Any, fits: bool) -> None:
    assert holds(value, expected) is fits
