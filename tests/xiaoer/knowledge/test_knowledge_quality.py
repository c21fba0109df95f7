"""How well questions find the knowledge of the demo mall and of shops that nothing was tuned on.

Words, weights and thresholds were chosen with ``questions.tsv``, of which every other question is asked here, for time;
with ``unseen/`` nothing was. The limits lie a little below what was measured, once, and only guard against getting
worse: whoever changes the search because of a question in ``unseen/`` moves it to ``questions.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.engine import Engine

from benchmarks.knowledge_shops import DEMO, UNSEEN, open_mall, questions_of
from xiaoer.database import reading
from xiaoer.evaluation.knowledge import NONE, Question, evaluate, read_questions
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.text import normalise

SETS = {
    "development": read_questions(DEMO)[::2],
    "unseen": [question for questions in questions_of(UNSEEN).values() for question in questions],
}


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Iterator[Engine]:
    """The demo mall and the unseen shops."""
    engine = open_mall(f"sqlite:///{tmp_path_factory.mktemp('mall') / 'xiaoer.db'}", UNSEEN, now=now)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("questions", SETS.values(), ids=SETS)
def test_the_questions_expect_what_the_mall_knows(mall: Engine, questions: list[Question]) -> None:
    with reading(mall) as session:
        known = {
            merchant: {normalise(entry.question) for entry in entries}
            for merchant in {question.merchant for question in questions}
            for entries in [[*list_entries(session, merchant), *list_entries(session, "platform")]]
        }
    expected = {(each.merchant, each.expected) for each in questions if each.expected != NONE}
    assert [each for each in sorted(expected) if normalise(each[1]) not in known[each[0]]] == []


@pytest.mark.parametrize(
    ("name", "n", "none_n", "hit_at_1", "hit_at_3", "answered", "none_wrongly"),
    [
        ("development", 416, 88, 0.945, 0.985, 0.56, 0.03),  # measured 0.960, 1.000, 0.588, 0.000
        ("unseen", 723, 141, 0.895, 0.965, 0.37, 0.06),  # measured 0.914, 0.981, 0.394, 0.043
    ],
)
def test_the_search_does_not_get_worse(
    mall: Engine,
    now: datetime,
    *,
    name: str,
    n: int,
    none_n: int,
    hit_at_1: float,
    hit_at_3: float,
    answered: float,
    none_wrongly: float,
) -> None:
    found = evaluate(KnowledgeBase(mall), SETS[name], now=now)
    assert (found.n, found.none_n) == (n, none_n)
    assert (found.hit_at_1 or 0) >= hit_at_1
    assert (found.hit_at_3 or 0) >= hit_at_3
    assert (found.answered or 0) >= answered
    assert found.none_wrongly_answered is not None
    assert found.none_wrongly_answered <= none_wrongly
