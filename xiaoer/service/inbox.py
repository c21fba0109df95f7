"""Finding conversations from outside: by the visitor who holds them, over tenants, by what was offered in them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from xiaoer.accounts.model import Identity
from xiaoer.service.conversations import RANK, as_conversation, as_message
from xiaoer.service.errors import ConversationNotFound
from xiaoer.service.model import Author, Conversation, Message, Status
from xiaoer.service.tables import ConversationRow, MessageRow


def _held_by(wanted: Select, identity: Identity, sender: str) -> Select:
    return wanted.where(
        ConversationRow.tenant == identity.tenant,
        ConversationRow.subject == identity.subject,
        ConversationRow.role == identity.role.value,
        ConversationRow.sender == sender,
    )


def latest_conversation(session: Session, identity: Identity, sender: str) -> Conversation | None:
    """Return the visitor's newest conversation of this name, open or closed, or ``None``."""
    row = session.scalars(
        _held_by(select(ConversationRow), identity, sender).order_by(
            ConversationRow.created_at.desc(), ConversationRow.updated_at.desc()
        )
    ).first()
    return None if row is None else as_conversation(session, row)


def visitor_messages(
    session: Session, identity: Identity, sender: str, *, after: int | None = None, limit: int = 200
) -> list[Message]:
    """Return what the visitor may read of the conversations of this name, closed ones included, oldest first.

    Args:
        session: A session to read with.
        identity: The visitor, as the token says.
        sender: The name that the visitor's client gave the conversation.
        after: Only messages with a greater id, the first ones of them; ``None`` for the latest ones of all.
        limit: At most so many.
    """
    wanted = _held_by(select(MessageRow).join(ConversationRow), identity, sender)
    wanted = wanted.where(MessageRow.author != Author.NOTE.value).limit(limit)
    if after is not None:
        rows = session.scalars(wanted.where(MessageRow.id > after).order_by(MessageRow.id))
        return [as_message(row) for row in rows]
    rows = session.scalars(wanted.order_by(MessageRow.id.desc()))
    return [as_message(row) for row in reversed(list(rows))]


def visitor_message(session: Session, identity: Identity, sender: str, client_id: str) -> Message | None:
    """Return the message that the visitor's client has sent under an id of its own, or ``None``.

    A client that tries again after the conversation was closed must still find its message.
    """
    wanted = _held_by(select(MessageRow).join(ConversationRow), identity, sender)
    row = session.scalars(wanted.where(MessageRow.client_id == client_id).order_by(MessageRow.id.desc())).first()
    return None if row is None else as_message(row)


def latest_message_id(session: Session, conversation_id: str) -> int | None:
    """Return the id of the newest message of a conversation, or ``None``."""
    return session.scalars(
        select(MessageRow.id).where(MessageRow.conversation_id == conversation_id).order_by(MessageRow.id.desc())
    ).first()


def offered_buttons(session: Session, conversation_id: str, *, messages: int = 10) -> list[list[dict[str, str]]]:
    """Return the buttons that the assistant has offered lately, turn by turn, the latest turn first.

    Args:
        session: A session to read with.
        conversation_id: The conversation.
        messages: How many of the assistant's messages are looked at.
    """
    rows = session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.author == Author.BOT.value)
        .order_by(MessageRow.id.desc())
        .limit(messages)
    )
    turns: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        turns[row.reply_to or -row.id] = [*row.buttons, *turns.get(row.reply_to or -row.id, [])]
    return [buttons for buttons in turns.values() if buttons]


def tenant_of(session: Session, conversation_id: str) -> str:
    """Return the tenant that a conversation belongs to, for people who serve every tenant.

    Raises:
        ConversationNotFound: If there is none with this id.
    """
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise ConversationNotFound(conversation_id)
    return str(row.tenant)


def conversations_of(
    session: Session, tenants: Collection[str], *, status: Status | None = None, limit: int = 50
) -> list[Conversation]:
    """Return conversations of some tenants: waiting ones in the order of the queue, then the others, latest first.

    Args:
        session: A session to read with.
        tenants: Whose conversations.
        status: Only conversations of this status.
        limit: At most so many.
    """
    wanted = select(ConversationRow).where(ConversationRow.tenant.in_(tenants))
    if status is not None:
        wanted = wanted.where(ConversationRow.status == status.value)
    waits = ConversationRow.status == Status.QUEUED.value
    rank = case(*((ConversationRow.priority == name, rank) for name, rank in RANK.items()), else_=len(RANK))
    wanted = wanted.order_by(
        case((waits, 0), else_=1),
        case((waits, rank), else_=0),
        case((waits, ConversationRow.waiting_since)),
        case((waits, ConversationRow.id)),
        ConversationRow.updated_at.desc(),
        ConversationRow.id,
    )
    return [as_conversation(session, row) for row in session.scalars(wanted.limit(limit))]
