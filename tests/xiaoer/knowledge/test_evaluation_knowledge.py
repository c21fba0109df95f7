"""The figures of a file of questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from xiaoer.evaluation.knowledge import (
    Figures,
    Outcome,
    Question,
    ask,
    evaluate,
    figures,
    read_questions,
)
from xiaoer.evaluation.tables import InvalidTable
from xiaoer.knowledge.model import Entry, Verdict
from xiaoer.knowledge.search import KnowledgeBase

Add = Callable[..., Entry]


def outcome(expected: str, *found: str, verdict: Verdict = Verdict.ANSWER, offered: int = 1) -> Outcome:
    shown = () if verdict is Verdict.UNKNOWN else found[:offered]
    return Outcome(Question("?", "shop", expected), found, 0.9, verdict, shown, 2.0)


def test_figures_are_counted_by_hand() -> None:
    assert figures(
        [
            outcome("一", "一", "二", "三"),
            outcome("一", "二", "一", "三"),
            outcome("一？", "二", "三", "一"),
            outcome("一", "一", verdict=Verdict.UNKNOWN),
            outcome("一", "二"),
            outcome("一", verdict=Verdict.UNKNOWN),
            outcome("一", "二", "一", "三", verdict=Verdict.OFFER, offered=2),
            outcome("一", "二", "三", "一", verdict=Verdict.OFFER, offered=2),
            outcome("none", verdict=Verdict.UNKNOWN),
            outcome("none", "二", verdict=Verdict.OFFER),
            outcome("none", "二", verdict=Verdict.UNKNOWN),
            outcome("none", "二"),
        ]
    ) == Figures(
        n=12,
        hit_at_1=2 / 8,
        hit_at_3=6 / 8,
        mrr=round((1 + 1 / 2 + 1 / 3 + 1 + 1 / 2 + 1 / 3) / 8, 4),
        answered=1 / 8,
        answered_wrongly=3 / 8,
        offered=1 / 8,
        none_n=4,
        none_wrongly_answered=1 / 4,
        none_offered=1 / 4,
        median_ms=2.0,
    )


def test_shares_of_nothing_are_none() -> None:
    assert figures([]) == Figures(0, None, None, None, None, None, None, 0, None, None, None)
    found = figures([outcome("none", verdict=Verdict.UNKNOWN)])
    assert (found.hit_at_1, found.answered, found.answered_wrongly, found.offered) == (None, None, None, None)
    found = figures([outcome("一", "一")])
    assert (found.none_wrongly_answered, found.none_offered) == (None, None)


def test_questions_are_searched_at_their_merchant(small_mall: Engine, add_small: Add, now: datetime) -> None:
    add_small("shop", "包邮吗")
    add_small("other", "几点上班")
    knowledge = KnowledgeBase(small_mall)
    questions = [
        Question("请问包邮吗", "shop", "包邮吗"),
        Question("请问包邮吗", "other", "none"),
        Question("请问几点上班", "shop", "none"),
        Question("请问几点上班", "other", "几点上班？"),
    ]
    ticks = count()
    outcomes = ask(knowledge, questions, now=now, clock=lambda: next(ticks) / 8)
    assert [each.right for each in outcomes] == [True, True, True, True]
    assert [each.found for each in outcomes] == [("包邮吗",), ("几点上班",), ("包邮吗",), ("几点上班",)]
    assert [each.offered for each in outcomes] == [("包邮吗",), (), (), ("几点上班",)]
    assert {each.milliseconds for each in outcomes} == {125.0}
    found = evaluate(knowledge, questions, now=now)
    assert (found.n, found.hit_at_1, found.hit_at_3, found.mrr) == (4, 1.0, 1.0, 1.0)
    assert (found.answered, found.answered_wrongly, found.offered) == (1.0, 0.0, 0.0)
    assert (found.none_n, found.none_wrongly_answered, found.none_offered) == (2, 0.0, 0.0)


def test_a_file_is_read_by_its_headers(tmp_path: Path) -> None:
    path = tmp_path / "q.tsv"
    path.write_text(
        'note\texpected\tquestion\tmerchant\nx\t包邮吗\t"免邮"不 \tshop\n\tnone\t天气\tplatform\n', encoding="utf-8"
    )
    assert read_questions(path) == [Question('"免邮"不', "shop", "包邮吗"), Question("天气", "platform", "none")]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "q.tsv: no rows"),
        (b"question\tmerchant\texpected\n", "q.tsv: no rows"),
        (b"question\tmerchant\nx\ty\n", "q.tsv: no column expected"),
        (b"question\tmerchant\texpected\nx\ty\tz\nx\t\tz\n", "q.tsv, line 3: merchant is empty"),
        (b"question\tmerchant\texpected\nx\ty\n", "q.tsv, line 2: expected is empty"),
        (b"question\tmerchant\texpected\n\xff\ty\tz\n", "q.tsv: no tab-separated text in UTF-8"),
    ],
)
def test_a_broken_file_is_named_as_such(tmp_path: Path, content: bytes, error: str) -> None:
    path = tmp_path / "q.tsv"
    path.write_bytes(content)
    with pytest.raises(InvalidTable) as caught:
        read_questions(path)
    assert str(caught.value) == error
