"""What customers say of answers: once for each conversation and entry, counted exactly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import EntryNotFound
from xiaoer.knowledge.feedback import Feedback, feedback_counts, record_feedback
from xiaoer.knowledge.model import Change, Entry
from xiaoer.knowledge.store import retire_entry
from xiaoer.knowledge.tables import FeedbackRow

Add = Callable[..., Entry]


def say(engine: Engine, tenant: str, entry: Entry, conversation: str, now: datetime, *, helpful: bool) -> None:
    with writing(engine) as session:
        record_feedback(session, tenant, entry.id, conversation, helpful=helpful, now=now)


def counts(engine: Engine, scope: str, *entries: Entry) -> dict[int, Feedback]:
    with reading(engine) as session:
        return feedback_counts(session, scope, [entry.id for entry in entries])


def test_feedback_is_counted_by_entry_and_scope(mall: Engine, add: Add, now: datetime) -> None:
    own, quiet, rule, foreign = add("shop", "一"), add("shop", "二"), add("platform", "三"), add("other", "四")
    for number in range(5):
        say(mall, "shop", own, f"C{number}", now, helpful=number < 3)
    say(mall, "shop", rule, "C1", now, helpful=False)
    say(mall, "other", rule, "D1", now, helpful=True)
    say(mall, "other", foreign, "D1", now, helpful=True)
    everything = (own, quiet, rule, foreign)
    assert counts(mall, "shop", *everything) == {own.id: Feedback(3, 2), quiet.id: Feedback(0, 0)}
    assert counts(mall, "platform", *everything) == {rule.id: Feedback(1, 1)}
    assert counts(mall, "shop") == {}


def test_the_last_word_of_a_conversation_counts(mall: Engine, add: Add, now: datetime) -> None:
    entry = add("shop", "一")
    say(mall, "shop", entry, "C1", now, helpful=True)
    with writing(mall) as session:
        retire_entry(session, "shop", entry.id, Change("A1", now))
    say(mall, "shop", entry, "C1", now + timedelta(minutes=1), helpful=False)
    assert counts(mall, "shop", entry) == {entry.id: Feedback(0, 1)}
    with reading(mall) as session:
        (row,) = session.scalars(select(FeedbackRow))
    assert (row.version, row.at) == (2, now + timedelta(minutes=1))


def test_nobody_speaks_for_another_tenants_conversation_or_of_its_entries(
    mall: Engine, add: Add, now: datetime
) -> None:
    own, rule = add("shop", "一"), add("platform", "二")
    say(mall, "shop", rule, "C1", now, helpful=True)
    with pytest.raises(EntryNotFound):
        say(mall, "other", own, "D1", now, helpful=False)
    say(mall, "other", rule, "C1", now, helpful=False)
    assert counts(mall, "shop", own) == {own.id: Feedback(0, 0)}
    assert counts(mall, "platform", rule) == {rule.id: Feedback(1, 0)}


def test_clicks_at_once_are_one(mall: Engine, add: Add, now: datetime) -> None:
    entry = add("shop", "一")
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda number: say(mall, "shop", entry, f"C{number % 3}", now, helpful=True), range(24)):
            pass
    assert counts(mall, "shop", entry) == {entry.id: Feedback(3, 0)}
