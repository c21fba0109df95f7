"""The state machine of a conversation: ``bot → queued → human → bot|closed``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.service.conversations import RANK, as_conversation, conversation_row
from xiaoer.service.errors import InvalidTransition
from xiaoer.service.model import Author, Conversation, Priority, Reason, Status
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow

STEPS: dict[str, tuple[frozenset[Status], Status]] = {
    "hand_over": (frozenset({Status.BOT}), Status.QUEUED),
    "accept": (frozenset({Status.QUEUED}), Status.HUMAN),
    "return_to_bot": (frozenset({Status.QUEUED, Status.HUMAN}), Status.BOT),
    "resolve": (frozenset({Status.QUEUED, Status.HUMAN, Status.BOT}), Status.CLOSED),
}
"""Each step with the statuses that allow it and the status that it leads to."""

PRIORITIES = {Reason.POLICY: Priority.URGENT, Reason.ANGRY: Priority.HIGH}
"""How soon a person should look, by reason; ``normal`` for the others."""

TRANSCRIPT_LENGTH = 50
"""Messages that a handoff keeps of the conversation before it."""


def _step(row: ConversationRow, step: str, now: datetime) -> None:
    allowed, after = STEPS[step]
    if Status(row.status) not in allowed:
        raise InvalidTransition(row.status, step)
    row.status = after.value
    row.updated_at = now


def hand_over(
    session: Session,
    tenant: str,
    conversation_id: str,
    *,
    reason: Reason,
    rule: str,
    now: datetime,
    sentiment: str = "",
    failures: int = 0,
    slots: dict[str, Any] | None = None,
    orders: list[str] | None = None,
    vip: bool = False,
) -> Conversation:
    """Put a conversation into the queue of people, with all that was learned so far.

    A conversation that is with people already stays as it is, so that a repeated call changes nothing.

    Args:
        session: A writing session.
        tenant: Whose conversation it is.
        conversation_id: The conversation.
        reason: Why.
        rule: Name of the rule that fired.
        now: The present moment.
        sentiment: The customer's mood, where it was measured.
        failures: Unresolved turns in a row.
        slots: What the assistant knew.
        orders: Numbers of the orders in view.
        vip: Whether the customer is a VIP, who is looked after sooner.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
        InvalidTransition: If it is closed.
    """
    row = conversation_row(session, tenant, conversation_id)
    if Status(row.status) in (Status.QUEUED, Status.HUMAN):
        return as_conversation(session, row)
    _step(row, "hand_over", now)
    wanted = [PRIORITIES.get(reason, Priority.NORMAL), *([Priority.HIGH] if vip else [])]
    row.priority = min(wanted, key=lambda priority: RANK[priority.value]).value
    row.waiting_since = now
    session.add(
        HandoffRow(
            conversation_id=row.id,
            reason=reason.value,
            rule=rule,
            sentiment=sentiment,
            failures=failures,
            slots=slots or {},
            orders=orders or [],
            transcript=_transcript(session, row.id),
            at=now,
        )
    )
    session.flush()
    return as_conversation(session, row)


def _transcript(session: Session, conversation_id: str) -> list[dict[str, str]]:
    latest = session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.author != Author.NOTE.value)
        .order_by(MessageRow.id.desc())
        .limit(TRANSCRIPT_LENGTH)
    )
    return [{"author": row.author, "text": row.text, "at": row.at.isoformat()} for row in reversed(list(latest))]


def accept(session: Session, tenant: str, conversation_id: str, agent: str, *, now: datetime) -> Conversation:
    """Let an agent take a conversation out of the queue.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
        InvalidTransition: If it is not queued (somebody else may have been faster).
    """
    row = conversation_row(session, tenant, conversation_id)
    _step(row, "accept", now)
    row.assignee = agent
    row.waiting_since = None
    session.flush()
    return as_conversation(session, row)


def record_reply(session: Session, tenant: str, conversation_id: str, *, now: datetime) -> Conversation:
    """Note that a person has answered.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
        InvalidTransition: If no person has the floor.
    """
    row = conversation_row(session, tenant, conversation_id)
    if Status(row.status) is not Status.HUMAN:
        raise InvalidTransition(row.status, "reply")
    row.first_reply_at = row.first_reply_at or now
    row.updated_at = now
    session.flush()
    return as_conversation(session, row)


def return_to_bot(session: Session, tenant: str, conversation_id: str, *, now: datetime) -> Conversation:
    """Give a conversation back to the assistant.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
        InvalidTransition: If it is not with people.
    """
    row = conversation_row(session, tenant, conversation_id)
    _step(row, "return_to_bot", now)
    row.assignee = None
    row.waiting_since = None
    row.priority = Priority.NORMAL.value
    session.flush()
    return as_conversation(session, row)


def resolve(session: Session, tenant: str, conversation_id: str, *, now: datetime) -> Conversation:
    """Close a conversation.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
        InvalidTransition: If it is closed already.
    """
    row = conversation_row(session, tenant, conversation_id)
    _step(row, "resolve", now)
    row.waiting_since = None
    session.flush()
    return as_conversation(session, row)
