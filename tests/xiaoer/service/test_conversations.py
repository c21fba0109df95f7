"""Conversations and their messages: whose they are, and what is written down."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from tests.factories import BUYER, add_agent, add_conversation, row_counts
from tests.goods import NOON, add_shop
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.database import open_engine, reading, writing
from xiaoer.service.conversations import (
    add_message,
    get_conversation,
    list_messages,
    message_by_client_id,
    open_conversation,
    replies_to,
)
from xiaoer.service.errors import ConversationNotFound
from xiaoer.service.inbox import conversations_of
from xiaoer.service.model import Author, Conversation, Message, Priority, Reason, Status
from xiaoer.service.tables import ConversationRow
from xiaoer.service.transitions import accept, hand_over, record_reply, resolve, return_to_bot


@pytest.fixture
def desk(engine: Engine) -> Engine:
    """Two shops and the platform, with an agent each."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(engine, tenant)
        add_agent(engine, f"a-{tenant}", tenant=tenant)
    return engine


def test_a_new_conversation_is_the_assistants(desk: Engine) -> None:
    conversation = add_conversation(desk, identity=replace(BUYER, channel="app"))

    assert len(conversation.id) >= 20
    assert conversation == Conversation(
        id=conversation.id,
        tenant="m1",
        subject="c1",
        role="consumer",
        sender="s1",
        channel="app",
        status=Status.BOT,
        priority=Priority.NORMAL,
        assignee=None,
        waiting_since=None,
        first_reply_at=None,
        created_at=NOON,
        updated_at=NOON,
        handoff=None,
        queue_position=None,
    )


def test_the_same_visitor_and_name_is_the_same_conversation_until_it_is_closed(desk: Engine) -> None:
    first = add_conversation(desk)
    assert add_conversation(desk, now=NOON + timedelta(hours=1)) == first

    with writing(desk) as session:
        resolve(session, "m1", first.id, now=NOON)
    second = add_conversation(desk, now=NOON + timedelta(hours=2))

    assert second.id != first.id
    assert second.created_at == NOON + timedelta(hours=2)
    assert add_conversation(desk).id == second.id
    with reading(desk) as session:
        assert get_conversation(session, "m1", first.id).status is Status.CLOSED


def test_a_name_selects_a_conversation_of_the_same_visitor_only(desk: Engine) -> None:
    others = [
        BUYER,
        replace(BUYER, subject="c2"),
        replace(BUYER, tenant="m2"),
        replace(BUYER, tenant=PLATFORM),
        replace(BUYER, role=Role.MERCHANT),
    ]
    found = {add_conversation(desk, identity=each).id for each in others}
    found.add(add_conversation(desk, "s2").id)

    assert len(found) == len(others) + 1


def test_a_first_message_that_two_desks_take_at_once_opens_one_conversation(desk: Engine, engine_url: str) -> None:
    engines = [open_engine(engine_url) for _ in range(4)]
    for number in range(5):
        together = Barrier(len(engines))

        def take(engine: Engine, sender: str, barrier: Barrier) -> str:
            barrier.wait()
            with writing(engine) as session:
                return open_conversation(session, BUYER, sender, now=NOON).id

        with ThreadPoolExecutor(len(engines)) as pool:
            assert len(set(pool.map(take, engines, [f"s{number}"] * 4, [together] * 4))) == 1
    assert row_counts(desk)["conversations"] == 5
    for engine in engines:
        engine.dispose()


def test_no_conversation_is_opened_with_a_tenant_that_is_not_there(desk: Engine) -> None:
    with pytest.raises(IntegrityError):
        add_conversation(desk, identity=replace(BUYER, tenant="m9"))

    assert row_counts(desk)["conversations"] == 0


def steps(conversation: Conversation, agent: str = "a-m1") -> dict[str, Callable[..., Conversation]]:
    """Every step of a conversation, as a call with a session and a tenant."""
    at = {"now": NOON + timedelta(hours=3)}
    return {
        "hand_over": lambda s, t: hand_over(s, t, conversation.id, reason=Reason.ANGRY, rule="anger", **at),
        "accept": lambda s, t: accept(s, t, conversation.id, agent, **at),
        "record_reply": lambda s, t: record_reply(s, t, conversation.id, **at),
        "return_to_bot": lambda s, t: return_to_bot(s, t, conversation.id, **at),
        "resolve": lambda s, t: resolve(s, t, conversation.id, **at),
    }


def test_another_tenants_conversation_is_not_there_and_stays_as_it_is(desk: Engine) -> None:
    conversation = add_conversation(desk)
    before = row_counts(desk)
    for tenant, wanted in [("m2", conversation.id), (PLATFORM, conversation.id), ("m9", conversation.id), ("m1", "x")]:
        with reading(desk) as session, pytest.raises(ConversationNotFound):
            get_conversation(session, tenant, wanted)
        for step in steps(replace(conversation, id=wanted)).values():
            with pytest.raises(ConversationNotFound), writing(desk) as session:
                step(session, tenant)

    assert row_counts(desk) == before
    with reading(desk) as session:
        assert get_conversation(session, "m1", conversation.id) == conversation


def test_a_message_is_kept_whole(desk: Engine) -> None:
    conversation = add_conversation(desk)
    with writing(desk) as session:
        asked = add_message(
            session,
            conversation.id,
            Author.CUSTOMER,
            now=NOON,
            text="这件大衣 👗 <b>有货</b>吗",
            attachments=[{"type": "image", "upload_id": "u1"}],
            client_id="k1",
        )
        answered = add_message(
            session,
            conversation.id,
            Author.BOT,
            now=NOON + timedelta(seconds=1),
            text="有货",
            buttons=[{"title": "黑色 L", "payload": "/inform"}],
            custom={"type": "product_card", "price": "899.00"},
            image="https://example.com/coat.jpg",
            reply_to=asked.id,
        )
    with reading(desk) as session:
        assert list_messages(session, conversation.id) == [asked, answered]
        assert message_by_client_id(session, conversation.id, "k1") == asked
        assert message_by_client_id(session, conversation.id, "k2") is None
        assert replies_to(session, asked.id) == [answered]
        assert replies_to(session, answered.id) == []
    assert asked == Message(
        id=asked.id,
        conversation_id=conversation.id,
        author=Author.CUSTOMER,
        text="这件大衣 👗 <b>有货</b>吗",
        buttons=[],
        custom=None,
        image=None,
        attachments=[{"type": "image", "upload_id": "u1"}],
        client_id="k1",
        at=NOON,
    )
    assert answered.custom == {"type": "product_card", "price": "899.00"}
    assert answered.id > asked.id


def test_a_clients_own_id_counts_once_in_a_conversation(desk: Engine) -> None:
    first, second = add_conversation(desk), add_conversation(desk, "s2")
    for conversation in (first, second):
        with writing(desk) as session:
            add_message(session, conversation.id, Author.CUSTOMER, now=NOON, text="在吗", client_id="k1")
            add_message(session, conversation.id, Author.CUSTOMER, now=NOON, text="在吗")
            add_message(session, conversation.id, Author.CUSTOMER, now=NOON, text="在吗")

    with pytest.raises(IntegrityError), writing(desk) as session:
        add_message(session, first.id, Author.CUSTOMER, now=NOON, text="别的", client_id="k1")

    assert row_counts(desk)["messages"] == 6


def test_customers_never_see_notes_and_pages_go_on_where_they_ended(desk: Engine) -> None:
    said = [
        (Author.CUSTOMER, "一"),
        (Author.NOTE, "难缠"),
        (Author.AGENT, "二"),
        (Author.SYSTEM, "三"),
        (Author.BOT, "四"),
    ]
    conversation = add_conversation(desk, messages=said)
    add_conversation(desk, "s2", messages=[(Author.CUSTOMER, "别处")])

    with reading(desk) as session:
        seen = list_messages(session, conversation.id)
        assert [each.text for each in seen] == ["一", "二", "三", "四"]
        assert [each.text for each in list_messages(session, conversation.id, notes=True)] == [
            "一",
            "难缠",
            "二",
            "三",
            "四",
        ]
        first = list_messages(session, conversation.id, limit=2)
        rest = list_messages(session, conversation.id, after=first[-1].id, limit=2)
        assert first + rest == seen
        assert list_messages(session, conversation.id, after=seen[-1].id) == []


def queue(engine: Engine, *waiting: tuple[str, Priority, int], tenant: str = "m1") -> None:
    """Put conversations into a tenant's queue: sender, priority, minutes past noon since when it has waited."""
    with writing(engine) as session:
        for sender, priority, minutes in waiting:
            identity = Identity(sender, tenant, Role.CONSUMER)
            conversation = open_conversation(session, identity, sender, now=NOON)
            row = session.get(ConversationRow, conversation.id)
            row.status, row.priority = Status.QUEUED.value, priority.value
            row.waiting_since = NOON + timedelta(minutes=minutes)


def positions(engine: Engine, *tenants: str) -> list[tuple[str, int | None]]:
    with reading(engine) as session:
        return [(each.sender, each.queue_position) for each in conversations_of(session, tenants or ("m1",))]


def test_the_queue_is_by_priority_and_then_by_waiting(desk: Engine) -> None:
    queue(
        desk,
        ("normal-early", Priority.NORMAL, 0),
        ("low", Priority.LOW, 0),
        ("urgent-late", Priority.URGENT, 9),
        ("high", Priority.HIGH, 5),
        ("urgent-early", Priority.URGENT, 3),
        ("normal-late", Priority.NORMAL, 1),
    )
    queue(desk, ("elsewhere", Priority.URGENT, 0), tenant="m2")
    add_conversation(desk, "with the bot", now=NOON + timedelta(hours=1))

    assert positions(desk) == [
        ("urgent-early", 1),
        ("urgent-late", 2),
        ("high", 3),
        ("normal-early", 4),
        ("normal-late", 5),
        ("low", 6),
        ("with the bot", None),
    ]
    assert positions(desk, "m2") == [("elsewhere", 1)]
    assert positions(desk, PLATFORM) == []


def test_who_has_waited_longest_is_first_also_in_a_short_list(desk: Engine) -> None:
    queue(desk, *[(f"s{number}", Priority.NORMAL, number) for number in range(8)])

    with reading(desk) as session:
        shown = conversations_of(session, ("m1",), limit=3)
    assert [each.queue_position for each in shown] == [1, 2, 3]
    assert [each.sender for each in shown] == ["s0", "s1", "s2"]


def test_those_who_came_at_once_have_different_places(desk: Engine) -> None:
    queue(desk, *[(f"s{number}", Priority.NORMAL, 0) for number in range(4)])
    with writing(desk) as session:
        row = session.scalars(select(ConversationRow).where(ConversationRow.sender == "s2")).one()
        row.updated_at = NOON + timedelta(hours=1)

    assert [place for _, place in positions(desk)] == [1, 2, 3, 4]


def test_an_accepted_conversation_makes_room(desk: Engine) -> None:
    queue(desk, *[(f"s{number}", Priority.NORMAL, number) for number in range(3)])
    with writing(desk) as session:
        first = session.scalars(select(ConversationRow).where(ConversationRow.sender == "s0")).one()
        accept(session, "m1", first.id, "a-m1", now=NOON + timedelta(hours=1))

    assert positions(desk) == [("s1", 1), ("s2", 2), ("s0", None)]
