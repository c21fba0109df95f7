from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.cleaning import HARMLESS, MOST_MARKS, NLU_LENGTH, as_typed, clean


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  你好 \n", "你好"),
        ("e\u0301", "é"),
        ("我\u200b的\u200d订\ufeff单", "我的订单"),
        ("abc\u202edcb\u202c", "abcdcb"),
        ("\u2066x\u2069", "x"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("a\tb", "a\tb"),
        ("\ud83d坏", "坏"),
        ("\u200b\u202e\x00", ""),
        ("😀👍", "😀👍"),
        ("繁體中文 １２３", "繁體中文 １２３"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE orders; --", "'; DROP TABLE orders; --"),
    ],
)
def test_cleans(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_clean_text_is_stable_and_can_be_stored(raw: str) -> None:
    cleaned = clean(raw)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned


def test_stacked_marks_are_cut_and_take_no_time() -> None:
    began = time.monotonic()
    cleaned = clean("a" + "\u0300\u0316" * 10_000)
    assert time.monotonic() - began < 1
    assert len(cleaned) <= MOST_MARKS + 1


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("/restart", "restart"),
        ('/cancel_order{"order_no": "1"}', 'cancel_order{"order_no": "1"}'),
        (" / / //查物流", "查物流"),
        ("///", HARMLESS),
        ("/", HARMLESS),
        ("1/2 价", "1/2 价"),
    ],
)
def test_nobody_types_a_command(text: str, typed: str) -> None:
    assert as_typed(text) == typed


@given(st.text(alphabet=st.sampled_from("/ \t\n\u3000a你{"), max_size=40))
def test_no_typed_text_begins_with_a_slash(text: str) -> None:
    typed = as_typed(clean(text))
    assert typed
    assert not typed.strip().startswith("/")


def test_the_language_model_gets_a_thousand_characters() -> None:
    assert as_typed("字" * 5000) == "字" * NLU_LENGTH == "字" * 1000
