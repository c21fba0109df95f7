"""Conversations and their messages: opening, finding, writing down."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from xiaoer.accounts.model import Identity
from xiaoer.service.errors import ConversationNotFound
from xiaoer.service.model import Author, Conversation, Handoff, Message, Priority, Reason, Status
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow

RANK = {priority.value: rank for rank, priority in enumerate(Priority)}


def open_conversation(session: Session, identity: Identity, sender: str, *, now: datetime) -> Conversation:
    """Return the visitor's open conversation of this name, or begin one.

    A closed conversation stays as it is; whoever writes again begins the next one.

    Args:
        session: A writing session.
        identity: The visitor, as the token says.
        sender: The name that the visitor's client gave the conversation.
        now: The present moment.
    """
    row = _open_row(session, identity, sender)
    if row is None:
        row = ConversationRow(
            id=secrets.token_urlsafe(16),
            tenant=identity.tenant,
            subject=identity.subject,
            role=identity.role.value,
            sender=sender,
            channel=identity.channel,
            status=Status.BOT.value,
            priority=Priority.NORMAL.value,
            created_at=now,
            updated_at=now,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process began it between our look and our write
            row = _open_row(session, identity, sender)
            if row is None:
                raise
    return as_conversation(session, row)


def _open_row(session: Session, identity: Identity, sender: str) -> ConversationRow | None:
    return session.scalars(
        select(ConversationRow).where(
            ConversationRow.tenant == identity.tenant,
            ConversationRow.subject == identity.subject,
            ConversationRow.role == identity.role.value,
            ConversationRow.sender == sender,
            ConversationRow.status != Status.CLOSED.value,
        )
    ).first()


def conversation_row(session: Session, tenant: str, conversation_id: str) -> ConversationRow:
    """Return the row of a tenant's conversation, locked against other writers where the database can.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
    """
    row = session.scalars(
        select(ConversationRow)
        .where(ConversationRow.id == conversation_id, ConversationRow.tenant == tenant)
        .with_for_update()
        # The session may have read the row before it was locked: what it holds then is what another writer has changed.
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise ConversationNotFound(conversation_id)
    return row


def get_conversation(session: Session, tenant: str, conversation_id: str) -> Conversation:
    """Return a conversation of a tenant.

    Raises:
        ConversationNotFound: If the tenant has none with this id.
    """
    row = session.get(ConversationRow, conversation_id)
    if row is None or row.tenant != tenant:
        raise ConversationNotFound(conversation_id)
    return as_conversation(session, row)


def held_conversation(session: Session, tenant: str, subject: str, conversation_id: str | None) -> str | None:
    """Return the id of a conversation if the visitor holds it with the tenant, else ``None``."""
    return session.scalars(
        select(ConversationRow.id).where(
            ConversationRow.id == conversation_id,
            ConversationRow.tenant == tenant,
            ConversationRow.subject == subject,
        )
    ).first()


def as_conversation(session: Session, row: ConversationRow) -> Conversation:
    """Return the value object of a row, with its latest handoff and its place in the queue."""
    return Conversation(
        id=row.id,
        tenant=row.tenant,
        subject=row.subject,
        role=row.role,
        sender=row.sender,
        channel=row.channel,
        status=Status(row.status),
        priority=Priority(row.priority),
        assignee=row.assignee,
        waiting_since=row.waiting_since,
        first_reply_at=row.first_reply_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        handoff=_latest_handoff(session, row.id),
        queue_position=_queue_position(session, row),
    )


def _latest_handoff(session: Session, conversation_id: str) -> Handoff | None:
    row = session.scalars(
        select(HandoffRow).where(HandoffRow.conversation_id == conversation_id).order_by(HandoffRow.id.desc())
    ).first()
    if row is None:
        return None
    return Handoff(
        reason=Reason(row.reason),
        rule=row.rule,
        sentiment=row.sentiment,
        failures=row.failures,
        slots=row.slots,
        orders=row.orders,
        transcript=row.transcript,
        at=row.at,
    )


def _queue_position(session: Session, row: ConversationRow) -> int | None:
    if row.status != Status.QUEUED.value:
        return None
    sooner = [priority for priority, rank in RANK.items() if rank < RANK[row.priority]]
    same = (ConversationRow.priority == row.priority) & or_(
        ConversationRow.waiting_since < row.waiting_since,
        (ConversationRow.waiting_since == row.waiting_since) & (ConversationRow.id < row.id),
    )
    ahead = select(func.count()).where(
        ConversationRow.tenant == row.tenant,
        ConversationRow.status == Status.QUEUED.value,
        or_(ConversationRow.priority.in_(sooner), same),
    )
    return int(session.scalar(ahead)) + 1


def add_message(
    session: Session,
    conversation_id: str,
    author: Author,
    *,
    now: datetime,
    text: str = "",
    buttons: list[dict[str, str]] | None = None,
    custom: dict[str, Any] | None = None,
    image: str | None = None,
    attachments: list[dict[str, str]] | None = None,
    client_id: str | None = None,
    reply_to: int | None = None,
) -> Message:
    """Write a message down.

    Args:
        session: A writing session.
        conversation_id: Where it belongs.
        author: Who wrote it.
        now: The present moment.
        text: Its words.
        buttons: What can be tapped.
        custom: The card that it carries.
        image: Address of a picture.
        attachments: What the visitor sent along.
        client_id: The client's own id of it.
        reply_to: The visitor's message that it answers.
    """
    row = MessageRow(
        conversation_id=conversation_id,
        author=author.value,
        text=text,
        buttons=buttons or [],
        custom=custom,
        image=image,
        attachments=attachments or [],
        client_id=client_id,
        reply_to=reply_to,
        at=now,
    )
    session.add(row)
    session.flush()
    return as_message(row)


def message_by_client_id(session: Session, conversation_id: str, client_id: str) -> Message | None:
    """Return the message that a client has sent under an id of its own, or ``None``."""
    row = session.scalars(
        select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.client_id == client_id)
    ).first()
    return None if row is None else as_message(row)


def replies_to(session: Session, message_id: int) -> list[Message]:
    """Return what was answered to a visitor's message, oldest first."""
    rows = session.scalars(select(MessageRow).where(MessageRow.reply_to == message_id).order_by(MessageRow.id))
    return [as_message(row) for row in rows]


def list_messages(
    session: Session, conversation_id: str, *, after: int = 0, limit: int = 200, notes: bool = False
) -> list[Message]:
    """Return messages of a conversation, oldest first.

    Args:
        session: A session to read with.
        conversation_id: The conversation.
        after: Only messages with a greater id.
        limit: At most so many.
        notes: Whether the agents' notes are among them; customers never see those.
    """
    wanted = select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.id > after)
    if not notes:
        wanted = wanted.where(MessageRow.author != Author.NOTE.value)
    return [as_message(row) for row in session.scalars(wanted.order_by(MessageRow.id).limit(limit))]


def as_message(row: MessageRow) -> Message:
    """Return the value object of a row."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        author=Author(row.author),
        text=row.text,
        buttons=row.buttons,
        custom=row.custom,
        image=row.image,
        attachments=row.attachments,
        client_id=row.client_id,
        at=row.at,
    )
