from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.numerals import in_digits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一百三十斤", "130斤"),
        ("两百五", "250"),
        ("两百零五", "205"),
        ("3千以内", "3000以内"),
        ("1.2万", "12000"),
        ("一万二", "12000"),
        ("两三百左右", "200-300左右"),
        ("三四千", "3000-4000"),
        ("一米七五", "1米75"),
        ("一千零五十", "1050"),
        ("二十五", "25"),
        ("十", "10"),
        ("２００元", "200元"),
        ("千万别超过两百", "千万别超过200"),
        ("没有数字", "没有数字"),
        ("", ""),
    ],
)
def test_numbers_are_written_in_digits(text: str, expected: str) -> None:
    assert in_digits(text) == expected


@given(st.integers(min_value=0, max_value=99_999))
def test_digits_stay_as_they_are(number: int) -> None:
    assert in_digits(f"{number}元") == f"{number}元"


def chinese(number: int) -> str:
    """Write a number up to 99,999 the long way."""
    digits, text, gap = "零一二三四五六七八九", "", False
    for unit, name in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + name
            gap = False
        else:
            gap = True
    return text


@given(st.integers(min_value=1, max_value=99_999))
def test_every_numeral_written_out_is_read_back(number: int) -> None:
    assert in_digits(chinese(number)) == str(number)


@given(st.text(max_size=60))
def test_any_text_is_read_without_harm(text: str) -> None:
    in_digits(text)
