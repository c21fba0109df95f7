from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from xiaoer.evaluation.nlu import (
    FALLBACK,
    Figures,
    IntentFigures,
    Parsed,
    Turn,
    by_intent,
    check_intents,
    confusions,
    figures,
    read_turns,
)
from xiaoer.evaluation.tables import InvalidTable


def said(*names: str, sure: bool = True) -> Parsed:
    ranking = tuple((name, 0.9 / (place + 1)) for place, name in enumerate(names))
    return Parsed(names[0] if sure and names else FALLBACK, ranking)


TURNS = [
    Turn("包邮吗", "ask_shipping_policy"),
    Turn("几天能到", "ask_shipping_policy"),
    Turn("怎么还没到", "query_logistics"),
    Turn("到哪了", "query_logistics"),
    Turn("嗯那个", "none"),
    Turn("白色的那件", "none"),
    Turn("昨天打过电话", "none"),
    Turn("好的", "none"),
]
PARSED = [
    said("ask_shipping_policy"),
    said("query_logistics", "ask_shipping_policy"),
    said("query_logistics", "urge"),
    said("query_logistics", "urge", sure=False),
    said("query_order"),
    said("inform"),
    said("query_order", sure=False),
    said("affirm"),
]


def test_figures() -> None:
    assert figures(TURNS, PARSED) == Figures(
        n=4,
        accuracy=0.75,
        top_3=1.0,
        macro_f1=0.7333,
        acted_right=0.5,
        acted_wrong=0.25,
        asked_back=0.25,
        none_n=4,
        none_triggering=0.25,
    )


def test_figures_of_each_intent() -> None:
    assert by_intent(TURNS, PARSED) == [
        IntentFigures("ask_shipping_policy", n=2, precision=1.0, recall=0.5, f1=0.6667),
        IntentFigures("query_logistics", n=2, precision=0.6667, recall=1.0, f1=0.8),
    ]


def test_an_intent_that_is_never_said_has_no_precision() -> None:
    assert by_intent([Turn("在吗", "greet")], [said("inform")]) == [IntentFigures("greet", 1, None, 0.0, 0.0)]


def test_confusions_hold_the_right_ones_too() -> None:
    assert confusions(TURNS[:3], PARSED[:3]) == Counter(
        {
            ("ask_shipping_policy", "ask_shipping_policy"): 1,
            ("ask_shipping_policy", "query_logistics"): 1,
            ("query_logistics", "query_logistics"): 1,
        }
    )


def test_nothing_to_divide_by() -> None:
    only_none = figures([Turn("嗯那个", "none")], [said("inform")])
    assert (only_none.accuracy, only_none.macro_f1, only_none.none_triggering) == (None, None, 0.0)
    assert figures([Turn("在吗", "greet")], [Parsed("", ())]).none_triggering is None


def test_reading_groups(tmp_path: Path) -> None:
    file = tmp_path / "turns.tsv"
    file.write_text('text\tintent\tdrawn\n他说"好"\taffirm\trandom\n', encoding="utf-8")
    assert read_turns(file, "drawn") == [Turn('他说"好"', "affirm", "random")]
    assert read_turns(file) == [Turn('他说"好"', "affirm")]
    with pytest.raises(InvalidTable, match="no column source"):
        read_turns(file, "source")


def test_a_label_that_is_no_intent() -> None:
    with pytest.raises(InvalidTable, match=r"turns\.tsv: no such intent: buy, sell"):
        check_intents([Turn("买", "buy"), Turn("卖", "sell"), Turn("啊", "none")], ["greet"], "turns.tsv")
