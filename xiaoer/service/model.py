"""Value objects of the service desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class Status(str, Enum):
    """Who has the floor in a conversation."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


class Priority(str, Enum):
    """How soon a person should look; the order of the members is the order of the queue."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Reason(str, Enum):
    """Why a conversation went to people; the first that applies, in this order, names it."""

    REQUESTED = "requested"
    POLICY = "policy"
    ANGRY = "angry"
    MEDIA = "media"
    UNRESOLVED = "unresolved"
    LOW_CONFIDENCE = "low_confidence"
    ASSISTANT_DOWN = "assistant_down"


class Author(str, Enum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"
    NOTE = "note"


@dataclass(frozen=True)
class Handoff:
    """Why and with what a conversation was handed to people.

    Attributes:
        reason: The reason.
        rule: Name of the rule that fired.
        sentiment: ``calm``, ``dissatisfied`` or ``angry``, or empty where it was not measured.
        failures: Unresolved turns in a row up to then.
        slots: What the assistant knew.
        orders: Numbers of the orders in view, the latest first.
        transcript: The conversation up to then: ``{"author", "text", "at"}`` each, oldest first.
        at: When.
    """

    reason: Reason
    rule: str
    sentiment: str
    failures: int
    slots: dict[str, Any]
    orders: list[str]
    transcript: list[dict[str, str]]
    at: datetime


@dataclass(frozen=True)
class Conversation:
    """A conversation of one visitor with one tenant.

    Attributes:
        id: Its number, hard to guess.
        tenant: Merchant id, or ``platform``.
        subject: The visitor's id from the token.
        role: The visitor's role.
        sender: The name that the visitor's client gave the conversation.
        channel: Where the visitor writes from.
        status: Who has the floor.
        priority: How soon a person should look.
        assignee: Agent who has accepted it.
        waiting_since: Since when it has waited for a person.
        first_reply_at: When a person first answered.
        created_at: When it began.
        updated_at: When it last changed.
        handoff: The latest handoff.
        queue_position: 1 for the next in the tenant's queue; ``None`` unless queued.
    """

    id: str
    tenant: str
    subject: str
    role: str
    sender: str
    channel: str
    status: Status
    priority: Priority
    assignee: str | None
    waiting_since: datetime | None
    first_reply_at: datetime | None
    created_at: datetime
    updated_at: datetime
    handoff: Handoff | None
    queue_position: int | None


@dataclass(frozen=True)
class Message:
    """One message of a conversation.

    Attributes:
        id: Grows with every message of the installation.
        conversation_id: Where it belongs.
        author: Who wrote it.
        text: Its words; may be empty where it only carries a picture.
        buttons: What can be tapped: ``{"title", "payload"}`` each.
        custom: The card that it carries, with its ``type``; ``None`` for plain text.
        image: Address of a picture, or ``None``.
        attachments: What the visitor sent along: ``{"type", "url" | "upload_id"}`` each.
        client_id: The client's own id of the message, by which a second sending is known.
        at: When.
    """

    id: int
    conversation_id: str
    author: Author
    text: str
    buttons: list[dict[str, str]]
    custom: dict[str, Any] | None
    image: str | None
    attachments: list[dict[str, str]]
    client_id: str | None
    at: datetime
