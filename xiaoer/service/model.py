"""Value objects of the service desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from xiaoer.commerce.model import Liable


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


class FollowUpState(str, Enum):
    """Whether somebody still owes the customer an answer."""

    OPEN = "open"
    DONE = "done"


class TicketState(str, Enum):
    """Where a ticket stands."""

    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


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


@dataclass(frozen=True)
class FollowUp:
    """Something that was promised to a customer: somebody looks into it and answers.

    Attributes:
        id: Its number.
        tenant: Merchant id, or ``platform``.
        customer_id: Whom the answer is for.
        conversation_id: Where it was promised; ``None`` where the desk does not know the conversation.
        order_no: Order that it is about, or ``None``.
        topic: What it is about, for example ``logistics``.
        detail: What is to be looked into.
        state: Whether it is still open.
        due_at: Until when the answer was promised, or ``None``.
        created_at: When it was promised.
        updated_at: When it last changed.
        created: Whether the call that returned it has opened it; ``False`` for one that was open before.
    """

    id: int
    tenant: str
    customer_id: str
    conversation_id: str | None
    order_no: str | None
    topic: str
    detail: str
    state: FollowUpState
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    created: bool = False


@dataclass(frozen=True)
class Ticket:
    """A matter that people work on beyond the conversation.

    Attributes:
        ticket_no: Its number, as customers are told it.
        tenant: Merchant id, or ``platform``.
        customer_id: Whose matter it is.
        conversation_id: Where it came up; ``None`` where the desk does not know the conversation.
        order_no: Order that it is about, or ``None``.
        topic: What it is about, for example ``after_sales``.
        subject: The matter in a line.
        detail: All that is known of it.
        state: Where it stands.
        priority: How soon a person should look.
        liable: Who answers for what went wrong, as far as that is known.
        rules: Ids of the rules that led to it.
        created_at: When it was opened.
        updated_at: When it last changed.
    """

    ticket_no: str
    tenant: str
    customer_id: str
    conversation_id: str | None
    order_no: str | None
    topic: str
    subject: str
    detail: str
    state: TicketState
    priority: Priority
    liable: Liable
    rules: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
