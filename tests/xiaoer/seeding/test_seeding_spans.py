"""Times in data files, and choices that repeat."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.clock import SHANGHAI
from xiaoer.seeding.chance import AWAKE, Chance
from xiaoer.seeding.numbers import Numbers
from xiaoer.seeding.spans import Span, dated, length, span, with_days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("36h", timedelta(hours=36)),
        ("-2d", timedelta(days=-2)),
        ("+30m", timedelta(minutes=30)),
        (" 5d ", timedelta(days=5)),
    ],
)
def test_lengths(text: str, expected: timedelta) -> None:
    assert length(text) == expected


@pytest.mark.parametrize("text", ["", "5", "d", "5w", "1.5h", "5 d", "--5d", "5d5h", "٥d٥"])
def test_no_lengths(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        length(text)


def test_spans() -> None:
    assert span("82h..100h") == Span(timedelta(hours=82), timedelta(hours=100))
    assert span("-2d..+5d") == Span(timedelta(days=-2), timedelta(days=5))
    assert span("3d") == Span(timedelta(days=3), timedelta(days=3))
    with pytest.raises(ValueError, match="runs backwards"):
        span("5d..2d")


def test_days_inside_texts(now: datetime) -> None:
    assert with_days("预计{+3d}恢复，{-1d}起", now) == "预计11月24日恢复，11月20日起"
    late = datetime(2026, 12, 31, 17, 0, tzinfo=timezone.utc)  # already New Year in Shanghai
    assert with_days("{+0d}", late) == "1月1日"
    assert with_days("没有日期 50% {满减}", now) == "没有日期 50% {满减}"


def test_braces_hold_days() -> None:
    assert dated("到{+3d}为止") == "到{+3d}为止"
    for text in ("到{+3y}", "{day}", "到}为止"):
        with pytest.raises(ValueError, match="braces hold a day"):
            dated(text)


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 10**6), st.integers(0, 10**6))
def test_choices_repeat(name: str, purpose: str, first: int, second: int) -> None:
    least, most = sorted((first, second))
    number = Chance(name).number(purpose, least, most)
    assert least <= number <= most
    assert Chance(name).number(purpose, least, most) == number


@given(
    st.integers(1_600_000_000, 2_200_000_000).map(partial(datetime.fromtimestamp, tz=timezone.utc)),
    st.integers(0, 300),
    st.integers(24, 200),
)
def test_moments_lie_inside_their_span_and_the_day(now: datetime, least: int, more: int) -> None:
    wide = Span(timedelta(hours=least), timedelta(hours=least + more))
    moment = Chance("order").moment("paid", wide, now)
    assert wide.least <= now - moment <= wide.most
    assert moment.astimezone(SHANGHAI).hour in AWAKE


def test_short_spans_win_over_the_hour() -> None:
    night = datetime(2026, 11, 21, 19, 0, tzinfo=timezone.utc)  # three in the morning in Shanghai
    moment = Chance("order").moment("paid", Span(timedelta(minutes=5), timedelta(minutes=30)), night)
    assert timedelta(minutes=5) <= night - moment <= timedelta(minutes=30)


def test_numbers_are_given_once(now: datetime) -> None:
    numbers, chance = Numbers(), Chance("same")
    given_out = [numbers.order(now, chance) for _ in range(3)] + [numbers.waybill("SF#############", chance)]
    assert len(set(given_out)) == 4
    assert given_out[0].startswith("20261121")
    assert [len(number) for number in given_out] == [18, 18, 18, 15]
