from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.language.normalise import LONGEST_RUN, normalise


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("２０２６１１１５ＸＬ！", "20261115XL!"),
        ("急急急急急急急", "急急急"),
        ("怎么还不发货！！！！！！", "怎么还不发货!!!"),
        ("在\u200b吗\ufeff\u202e", "在吗"),
        ("订\x00单\x07", "订单"),
        ("a \t\n\u3000 b", "a b"),
        ("3㎏", "3kg"),
        ("❤️👍🏻", "❤👍🏻"),
        ("202611150000004567", "202611150000004567"),
        ("hhhhhh", "hhhhhh"),
        ("請問這件什麼時候發貨", "请问这件什么时候发货"),
        ("乾隆年間的乾燥花", "乾隆年间的干燥花"),
        ("皇后在後面", "皇后在后面"),
        ("發发發发发", "发发发"),
        ("", ""),
        ("\u200b\u200d", ""),
        ("\ud800坏", "坏"),
    ],
)
def test_one_written_form(raw: str, plain: str) -> None:
    assert normalise(raw).text == plain


def test_spans_lead_back_to_the_raw_text() -> None:
    raw = "我要\u200b退急急急急急急急 ３㎏"
    normal = normalise(raw)
    assert normal.text == "我要退急急急 3kg"
    assert raw[slice(*normal.raw_span(2, 3))] == "退"
    assert raw[slice(*normal.raw_span(3, 6))] == "急急急急急急急"
    assert raw[slice(*normal.raw_span(8, 10))] == "㎏"


def test_an_empty_span_has_no_place() -> None:
    with pytest.raises(ValueError, match="empty span"):
        normalise("好").raw_span(0, 0)


@given(st.text())
def test_any_text_has_an_aligned_normal_form(raw: str) -> None:
    normal = normalise(raw)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert all(0 <= start < end <= len(raw) for start, end in zip(normal.starts, normal.ends, strict=True))
    assert list(normal.starts) == sorted(normal.starts)
    assert list(normal.ends) == sorted(normal.ends)
    assert "  " not in normal.text


@given(st.text(alphabet="急！。哈0a１ \u200b發后後乾", max_size=40))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise(raw).text
    assert normalise(once).text == once
    for character in "急!。哈":
        assert character * (LONGEST_RUN + 1) not in once


def test_a_message_is_brought_into_normal_form_once() -> None:
    assert normalise("退　款") is normalise("退　款")
    assert normalise("退　款") is not normalise("退款")
