"""Handing over to people: what they are given, who comes first, and two who grab the same conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import StatementError

from tests.factories import add_agent, add_conversation, row_counts
from tests.goods import NOON, add_shop
from xiaoer.database import open_engine, reading, writing
from xiaoer.service.conversations import get_conversation
from xiaoer.service.errors import InvalidTransition
from xiaoer.service.model import Author, Conversation, Handoff, Priority, Reason, Status
from xiaoer.service.tables import ConversationRow
from xiaoer.service.transitions import TRANSCRIPT_LENGTH, accept, hand_over, record_reply, resolve, return_to_bot

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def desk(engine: Engine) -> Engine:
    add_shop(engine)
    for agent in ("a1", "a2"):
        add_agent(engine, agent)
    return engine


def handed(engine: Engine, conversation: Conversation, **given: Any) -> Conversation:
    with writing(engine) as session:
        return hand_over(
            session,
            "m1",
            conversation.id,
            **{"reason": Reason.REQUESTED, "rule": "asks_for_a_person", "now": LATER, **given},
        )


def test_people_are_given_all_that_was_learned(desk: Engine) -> None:
    said = [
        (Author.CUSTOMER, "我的大衣到哪了"),
        (Author.BOT, "正在派送"),
        (Author.NOTE, "常客"),
        (Author.CUSTOMER, "转人工！"),
    ]
    conversation = add_conversation(desk, messages=said)

    after = handed(
        desk,
        conversation,
        reason=Reason.ANGRY,
        rule="anger_twice",
        sentiment="angry",
        failures=2,
        slots={"order_no": "202611200000000001", "reason": None, "items": ["大衣"]},
        orders=["202611200000000001"],
    )

    assert after.status is Status.QUEUED
    assert after.waiting_since == after.updated_at == LATER
    assert after.queue_position == 1
    assert after.assignee is None
    assert after.handoff == Handoff(
        reason=Reason.ANGRY,
        rule="anger_twice",
        sentiment="angry",
        failures=2,
        slots={"order_no": "202611200000000001", "reason": None, "items": ["大衣"]},
        orders=["202611200000000001"],
        transcript=[
            {"author": "customer", "text": "我的大衣到哪了", "at": "2026-11-21T04:00:00+00:00"},
            {"author": "bot", "text": "正在派送", "at": "2026-11-21T04:01:00+00:00"},
            {"author": "customer", "text": "转人工！", "at": "2026-11-21T04:03:00+00:00"},
        ],
        at=LATER,
    )
    with reading(desk) as session:
        assert get_conversation(session, "m1", conversation.id) == after


def test_a_long_conversation_is_handed_over_with_its_latest_messages(desk: Engine) -> None:
    conversation = add_conversation(desk, messages=[(Author.CUSTOMER, str(number)) for number in range(70)])
    add_conversation(desk, "s2", messages=[(Author.CUSTOMER, "别处")])

    handoff = handed(desk, conversation).handoff

    assert handoff is not None
    assert [each["text"] for each in handoff.transcript] == [
        str(number) for number in range(70 - TRANSCRIPT_LENGTH, 70)
    ]


def test_little_need_be_known(desk: Engine) -> None:
    handoff = handed(desk, add_conversation(desk)).handoff

    assert handoff == Handoff(Reason.REQUESTED, "asks_for_a_person", "", 0, {}, [], [], LATER)


def test_policy_comes_before_anger_and_vips_before_others(desk: Engine) -> None:
    wanted = {
        (Reason.POLICY, False): Priority.URGENT,
        (Reason.POLICY, True): Priority.URGENT,
        (Reason.ANGRY, False): Priority.HIGH,
        (Reason.ANGRY, True): Priority.HIGH,
        **{
            (reason, vip): Priority.HIGH if vip else Priority.NORMAL
            for reason in Reason
            for vip in (False, True)
            if reason not in (Reason.POLICY, Reason.ANGRY)
        },
    }
    for (reason, vip), priority in wanted.items():
        conversation = add_conversation(desk, f"{reason.value}-{vip}")
        assert handed(desk, conversation, reason=reason, vip=vip).priority is priority


def test_a_repeated_handoff_changes_nothing(desk: Engine) -> None:
    conversation = add_conversation(desk)
    first = handed(desk, conversation)
    before = row_counts(desk)

    again = handed(desk, conversation, reason=Reason.POLICY, rule="other", now=LATER + timedelta(minutes=1))
    assert again == first
    with writing(desk) as session:
        accept(session, "m1", conversation.id, "a1", now=LATER)
    with_people = handed(desk, conversation, reason=Reason.POLICY, now=LATER + timedelta(minutes=2))

    assert (with_people.status, with_people.assignee, with_people.priority) == (Status.HUMAN, "a1", Priority.NORMAL)
    assert row_counts(desk) == before


def test_a_closed_conversation_is_not_handed_over(desk: Engine) -> None:
    conversation = add_conversation(desk)
    with writing(desk) as session:
        resolve(session, "m1", conversation.id, now=NOON)

    with pytest.raises(InvalidTransition) as caught:
        handed(desk, conversation)

    assert (caught.value.status, caught.value.step) == ("closed", "hand_over")
    assert row_counts(desk)["handoffs"] == 0


def test_what_can_not_be_kept_leaves_the_conversation_with_the_bot(desk: Engine) -> None:
    conversation = add_conversation(desk)

    with pytest.raises((TypeError, StatementError)):
        handed(desk, conversation, slots={"amount": Decimal("1.5")})

    with reading(desk) as session:
        assert get_conversation(session, "m1", conversation.id) == conversation
    assert row_counts(desk)["handoffs"] == 0


def test_the_latest_handoff_is_the_one_that_counts(desk: Engine) -> None:
    conversation = add_conversation(desk)
    handed(desk, conversation, reason=Reason.POLICY)
    with writing(desk) as session:
        back = return_to_bot(session, "m1", conversation.id, now=LATER)
    assert (back.status, back.priority, back.waiting_since, back.queue_position) == (
        Status.BOT,
        Priority.NORMAL,
        None,
        None,
    )

    again = handed(desk, conversation, reason=Reason.UNRESOLVED, rule="three_failures", now=LATER + timedelta(hours=1))

    assert again.handoff is not None
    assert (again.handoff.reason, again.handoff.rule) == (Reason.UNRESOLVED, "three_failures")
    assert again.waiting_since == LATER + timedelta(hours=1)
    assert again.priority is Priority.NORMAL
    assert row_counts(desk)["handoffs"] == 2


def test_the_first_reply_of_a_person_is_noted_once(desk: Engine) -> None:
    conversation = add_conversation(desk)
    handed(desk, conversation)
    with writing(desk) as session:
        taken = accept(session, "m1", conversation.id, "a1", now=LATER)
        assert (taken.status, taken.assignee, taken.waiting_since, taken.first_reply_at) == (
            Status.HUMAN,
            "a1",
            None,
            None,
        )
        first = record_reply(session, "m1", conversation.id, now=LATER + timedelta(minutes=1))
        second = record_reply(session, "m1", conversation.id, now=LATER + timedelta(minutes=2))

    assert first.first_reply_at == second.first_reply_at == LATER + timedelta(minutes=1)
    assert second.updated_at == LATER + timedelta(minutes=2)


def test_who_had_it_does_not_keep_it_when_the_bot_takes_over(desk: Engine) -> None:
    conversation = add_conversation(desk)
    handed(desk, conversation, reason=Reason.POLICY)
    with writing(desk) as session:
        accept(session, "m1", conversation.id, "a1", now=LATER)
        back = return_to_bot(session, "m1", conversation.id, now=LATER + timedelta(minutes=1))

    assert (back.status, back.assignee, back.priority) == (Status.BOT, None, Priority.NORMAL)
    assert back.updated_at == LATER + timedelta(minutes=1)


def test_who_accepted_stays_on_record_after_the_end(desk: Engine) -> None:
    conversation = add_conversation(desk)
    handed(desk, conversation)
    with writing(desk) as session:
        accept(session, "m1", conversation.id, "a1", now=LATER)
        closed = resolve(session, "m1", conversation.id, now=LATER)

    assert (closed.status, closed.assignee, closed.waiting_since) == (Status.CLOSED, "a1", None)
    assert closed.handoff is not None


def test_two_agents_who_accept_at_once_do_not_both_get_it(desk: Engine, engine_url: str) -> None:
    """Each desk looks the conversation up before it accepts: what it saw then must not count."""
    engines = [open_engine(engine_url) for _ in range(2)]

    def take(engine: Engine, agent: str, conversation_id: str, barrier: Barrier) -> str:
        try:
            with writing(engine) as session:
                if engine.dialect.name != "sqlite":  # a writer on SQLite is alone from its beginning
                    seen = session.get(ConversationRow, conversation_id)
                    assert seen.status == "queued"
                    barrier.wait()
                return str(accept(session, "m1", conversation_id, agent, now=LATER).assignee)
        except InvalidTransition as error:
            return error.status

    for number in range(5):
        conversation = add_conversation(desk, f"s{number}")
        handed(desk, conversation)
        together = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(take, engines, ["a1", "a2"], [conversation.id] * 2, [together] * 2))
        assert sorted(done) in (["a1", "human"], ["a2", "human"])
        winner = next(each for each in done if each != "human")
        with reading(desk) as session:
            assert get_conversation(session, "m1", conversation.id).assignee == winner
    for engine in engines:
        engine.dispose()
