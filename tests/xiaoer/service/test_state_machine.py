"""The state machine of a conversation, walked at random beside a model of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.factories import BUYER, add_agent
from tests.goods import NOON, add_shop
from xiaoer.database import open_engine, reading, writing
from xiaoer.schema import metadata
from xiaoer.service.conversations import add_message, get_conversation, open_conversation
from xiaoer.service.errors import InvalidTransition
from xiaoer.service.inbox import conversations_of
from xiaoer.service.model import Author, Conversation, Priority, Reason, Status
from xiaoer.service.transitions import accept, hand_over, record_reply, resolve, return_to_bot

ORDER = list(Priority)


@dataclass(frozen=True)
class Known:
    """What the model knows of a conversation."""

    sender: str
    status: Status = Status.BOT
    priority: Priority = Priority.NORMAL
    assignee: str | None = None
    waiting_since: datetime | None = None
    first_reply_at: datetime | None = None
    handoffs: int = 0
    reason: Reason | None = None


class Desk(RuleBasedStateMachine):
    """Conversations of a few visitors, and whatever people and the assistant may try with them."""

    conversations = Bundle("conversations")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._engine = open_engine(f"sqlite:///{Path(self._folder.name) / 'xiaoer.db'}")
        metadata.create_all(self._engine)
        add_shop(self._engine)
        for agent in ("a1", "a2"):
            add_agent(self._engine, agent)
        self._known: dict[str, Known] = {}
        self._now = NOON

    def teardown(self) -> None:
        self._engine.dispose()
        self._folder.cleanup()

    def _try(self, conversation_id: str, call: Callable[[Any], Conversation], allowed: bool, **changes: Any) -> None:
        """Try a step: if it is allowed the model changes with it, else it is refused and nothing changes."""
        if not allowed:
            with reading(self._engine) as session:
                before = get_conversation(session, "m1", conversation_id)
            with pytest.raises(InvalidTransition) as caught, writing(self._engine) as session:
                call(session)
            assert caught.value.status == before.status.value
            with reading(self._engine) as session:
                assert get_conversation(session, "m1", conversation_id) == before
            return
        with writing(self._engine) as session:
            after = call(session)
        assert after.updated_at == self._now or not changes
        self._known[conversation_id] = replace(self._known[conversation_id], **changes)

    @rule(minutes=st.integers(0, 3))
    def time_passes(self, minutes: int) -> None:
        self._now += timedelta(minutes=minutes)

    @rule(target=conversations, sender=st.sampled_from(["s1", "s2"]))
    def visitor_writes(self, sender: str) -> str:
        still_open = [
            key for key, known in self._known.items() if known.sender == sender and known.status is not Status.CLOSED
        ]
        with writing(self._engine) as session:
            conversation = open_conversation(session, BUYER, sender, now=self._now)
            add_message(session, conversation.id, Author.CUSTOMER, now=self._now, text="在吗")
        if still_open:
            assert [conversation.id] == still_open
        else:
            assert conversation.id not in self._known
            self._known[conversation.id] = Known(sender)
        return conversation.id

    @rule(key=conversations, reason=st.sampled_from(Reason), vip=st.booleans())
    def the_bot_hands_over(self, key: str, reason: Reason, vip: bool) -> None:
        known = self._known[key]
        changes: dict[str, Any] = {}
        if known.status is Status.BOT:
            wanted = {Reason.POLICY: Priority.URGENT, Reason.ANGRY: Priority.HIGH}.get(reason, Priority.NORMAL)
            priority = Priority.HIGH if vip and wanted is Priority.NORMAL else wanted
            changes = {
                "status": Status.QUEUED,
                "priority": priority,
                "waiting_since": self._now,
                "handoffs": known.handoffs + 1,
                "reason": reason,
            }
        self._try(
            key,
            lambda session: hand_over(session, "m1", key, reason=reason, rule="r", now=self._now, vip=vip),
            known.status is not Status.CLOSED,
            **changes,
        )

    @rule(key=conversations, agent=st.sampled_from(["a1", "a2"]))
    def an_agent_accepts(self, key: str, agent: str) -> None:
        self._try(
            key,
            lambda session: accept(session, "m1", key, agent, now=self._now),
            self._known[key].status is Status.QUEUED,
            status=Status.HUMAN,
            assignee=agent,
            waiting_since=None,
        )

    @rule(key=conversations)
    def the_agent_replies(self, key: str) -> None:
        known = self._known[key]
        self._try(
            key,
            lambda session: record_reply(session, "m1", key, now=self._now),
            known.status is Status.HUMAN,
            first_reply_at=known.first_reply_at or self._now,
        )

    @rule(key=conversations)
    def it_goes_back_to_the_bot(self, key: str) -> None:
        self._try(
            key,
            lambda session: return_to_bot(session, "m1", key, now=self._now),
            self._known[key].status in (Status.QUEUED, Status.HUMAN),
            status=Status.BOT,
            priority=Priority.NORMAL,
            assignee=None,
            waiting_since=None,
        )

    @rule(key=conversations)
    def it_is_resolved(self, key: str) -> None:
        self._try(
            key,
            lambda session: resolve(session, "m1", key, now=self._now),
            self._known[key].status is not Status.CLOSED,
            status=Status.CLOSED,
            waiting_since=None,
        )

    @invariant()
    def the_desk_knows_what_the_model_knows(self) -> None:
        with reading(self._engine) as session:
            there = {each.id: each for each in conversations_of(session, ("m1",), limit=1000)}
        assert set(there) == set(self._known)
        for key, known in self._known.items():
            found = there[key]
            assert (found.status, found.priority, found.assignee) == (known.status, known.priority, known.assignee)
            assert (found.waiting_since, found.first_reply_at) == (known.waiting_since, known.first_reply_at)
            assert (found.handoff is None) == (known.handoffs == 0)
            assert found.handoff is None or found.handoff.reason is known.reason
            assert (found.queue_position is None) == (known.status is not Status.QUEUED)

    @invariant()
    def the_queue_has_one_order(self) -> None:
        with reading(self._engine) as session:
            listed = conversations_of(session, ("m1",), limit=1000)
        queue = [each for each in listed if each.status is Status.QUEUED]
        assert listed[: len(queue)] == queue
        assert [each.queue_position for each in queue] == list(range(1, len(queue) + 1))
        ranks = [(ORDER.index(self._known[each.id].priority), self._known[each.id].waiting_since) for each in queue]
        assert ranks == sorted(ranks)  # type: ignore[type-var]


Desk.TestCase.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
TestDesk = Desk.TestCase
