from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.sizing import Advice, Measures, Verdict, advise, read_chart, read_measures

WOMENS = read_chart(
    [
        {"size": "S", "height_cm": [150, 159], "weight_kg": [40, 48]},
        {"size": "M", "height_cm": [156, 165], "weight_kg": [47, 54]},
        {"size": "L", "height_cm": [161, 170], "weight_kg": [53, 61]},
        {"size": "XL", "height_cm": [165, 175], "weight_kg": [60, 70]},
    ]
)
SHOES = read_chart([{"size": "36", "foot_mm": [226, 230]}, {"size": "35", "foot_mm": [221, 225]}])


@pytest.mark.parametrize(
    ("text", "height", "weight", "foot"),
    [
        ("170 65kg穿什么码", 170, 65, None),
        ("170/65", 170, 65, None),
        ("一米七 一百三十斤", 170, 65, None),
        ("1米7，130", 170, 65, None),
        ("１米７，１３０斤", 170, 65, None),
        ("1.65m 52kg", 165, 52, None),
        ("身高1.7米体重65公斤", 170, 65, None),
        ("身高158体重102", 158, 51, None),
        ("体重130身高一米七", 170, 65, None),
        ("我170高130斤穿什么码合适", 170, 65, None),
        ("172。188斤穿大码裤子", 172, 94, None),
        ("孩子一米二五 五十斤", 125, 25, None),
        ("110 38", 110, 19, None),
        ("身高170", 170, None, None),
        ("男的150斤拍XL行么", None, 75, None),
        ("65", None, 65, None),
        ("170", 170, None, None),
        ("脚长24.5", None, None, 245),
        ("脚长245", None, None, 245),
        ("24.5cm", None, None, 245),
        ("245mm", None, None, 245),
        ("平时穿40码", None, None, None),
        ("三岁穿多少", None, None, None),
        ("胸围92拿哪个", None, None, None),
        ("穿什么码", None, None, None),
        ("身高999体重9999", None, None, None),
    ],
)
def test_measures_are_read(text: str, height: float | None, weight: float | None, foot: float | None) -> None:
    assert read_measures(text) == Measures(height, weight, foot)


def test_what_was_told_before_is_kept_and_completed() -> None:
    assert read_measures("130", Measures(height_cm=170)) == Measures(170, 65)
    assert read_measures("我身高165", Measures(weight_kg=50)) == Measures(165, 50)
    assert read_measures("那170呢", Measures(165, 50)) == Measures(170, 50)
    assert read_measures("不知道", Measures(165, 50)) == Measures(165, 50)


@pytest.mark.parametrize(
    ("measures", "advice"),
    [
        (Measures(152, 44), Advice(Verdict.FITS, ("S",))),
        (Measures(168, 58), Advice(Verdict.FITS, ("L",))),
        (Measures(163, 53.5), Advice(Verdict.BETWEEN, ("M", "L"))),
        (Measures(170, 48), Advice(Verdict.BETWEEN, ("M", "L"))),
        (Measures(152, 65), Advice(Verdict.BETWEEN, ("S", "XL"))),
        (Measures(178, 60), Advice(Verdict.OUTSIDE, ("XL",), outside="height_cm")),
        (Measures(160, 38), Advice(Verdict.OUTSIDE, ("S",), outside="weight_kg")),
        (Measures(160), Advice(Verdict.INCOMPLETE, missing=("weight_kg",))),
        (Measures(), Advice(Verdict.INCOMPLETE, missing=("height_cm", "weight_kg"))),
    ],
)
def test_a_chart_answers(measures: Measures, advice: Advice) -> None:
    assert advise(WOMENS, measures) == advice


def test_shoes_need_the_foot_alone_and_gaps_lie_between() -> None:
    assert [row.size for row in SHOES] == ["35", "36"]
    assert advise(SHOES, Measures(170, 60)) == Advice(Verdict.INCOMPLETE, missing=("foot_mm",))
    assert advise(SHOES, Measures(foot_mm=225)) == Advice(Verdict.FITS, ("35",))
    assert advise(SHOES, Measures(foot_mm=225.5)) == Advice(Verdict.BETWEEN, ("35", "36"))
    assert advise(SHOES, Measures(foot_mm=240)) == Advice(Verdict.OUTSIDE, ("36",), outside="foot_mm")


def test_a_chart_without_ranges_is_no_chart() -> None:
    assert read_chart([{"size": "均码"}]) == []
    with pytest.raises(ValueError, match="no range"):
        read_chart([{"size": "S", "height_cm": 160}])


@given(st.text(max_size=80))
def test_any_text_is_read_and_measures_are_those_of_people(text: str) -> None:
    found = read_measures(text)
    assert found.height_cm is None or 45 <= found.height_cm <= 230
    assert found.weight_kg is None or 2 <= found.weight_kg <= 250
    assert found.foot_mm is None or 80 <= found.foot_mm <= 330


@given(st.floats(130, 200), st.floats(30, 120))
def test_a_fitting_size_really_holds_the_measures(height: float, weight: float) -> None:
    advice = advise(WOMENS, Measures(height, weight))
    if advice.verdict is Verdict.FITS:
        row = next(row for row in WOMENS if row.size == advice.sizes[0])
        assert row.ranges["height_cm"][0] <= height <= row.ranges["height_cm"][1]
        assert row.ranges["weight_kg"][0] <= weight <= row.ranges["weight_kg"][1]
