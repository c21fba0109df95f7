"""How conversations and messages look from outside: Rasa's two protocols, the visitors' API and the agents' API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from xiaoer.service.model import Conversation, Handoff, Message


def rest_message(message: Message, recipient: str) -> dict[str, Any]:
    """Return a message as Rasa's REST channel gives it.

    Args:
        message: What the customer is answered.
        recipient: The client's own name of the conversation.
    """
    parts = {"text": message.text, "buttons": message.buttons, "image": message.image, "custom": message.custom}
    return {"recipient_id": recipient, **{name: part for name, part in parts.items() if part}}


def socket_message(message: Message) -> dict[str, Any]:
    """Return a message as Rasa's Socket.IO channel gives it: the payload of ``bot_uttered``."""
    shaped: dict[str, Any] = {}
    if message.text:
        shaped["text"] = message.text
    if message.buttons:
        shaped["quick_replies"] = [{"content_type": "text", **button} for button in message.buttons]
        shaped["buttons"] = message.buttons
    if message.image:
        shaped["attachment"] = {"type": "image", "payload": {"src": message.image}}
    if message.custom:
        shaped["custom"] = message.custom
    return shaped


def full_message(message: Message) -> dict[str, Any]:
    """Return a message with everything that its reader may know."""
    return {
        "id": message.id,
        "author": message.author.value,
        "text": message.text,
        "buttons": message.buttons,
        "custom": message.custom,
        "image": message.image,
        "attachments": message.attachments,
        "message_id": message.client_id,
        "at": _moment(message.at),
    }


def visitor_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return what a visitor may know of the own conversation."""
    handoff = conversation.handoff
    return {
        "id": conversation.id,
        "status": conversation.status.value,
        "priority": conversation.priority.value,
        "queue_position": conversation.queue_position,
        "handoff": None if handoff is None else {"reason": handoff.reason.value, "at": _moment(handoff.at)},
        "waiting_since": _moment(conversation.waiting_since),
        "created_at": _moment(conversation.created_at),
        "updated_at": _moment(conversation.updated_at),
    }


def agent_conversation(conversation: Conversation, *, transcript: bool = False) -> dict[str, Any]:
    """Return a conversation as the people who serve it see it.

    Args:
        conversation: The conversation.
        transcript: Whether the handoff comes with the conversation up to then.
    """
    return {
        "id": conversation.id,
        "tenant": conversation.tenant,
        "customer": conversation.subject,
        "role": conversation.role,
        "sender": conversation.sender,
        "channel": conversation.channel,
        "status": conversation.status.value,
        "priority": conversation.priority.value,
        "assignee": conversation.assignee,
        "waiting_since": _moment(conversation.waiting_since),
        "first_reply_at": _moment(conversation.first_reply_at),
        "queue_position": conversation.queue_position,
        "created_at": _moment(conversation.created_at),
        "updated_at": _moment(conversation.updated_at),
        "handoff": None if conversation.handoff is None else _handoff(conversation.handoff, transcript=transcript),
    }


def _handoff(handoff: Handoff, *, transcript: bool) -> dict[str, Any]:
    shaped = {
        "reason": handoff.reason.value,
        "rule": handoff.rule,
        "sentiment": handoff.sentiment,
        "failures": handoff.failures,
        "slots": handoff.slots,
        "orders": handoff.orders,
        "at": _moment(handoff.at),
    }
    return {**shaped, "transcript": handoff.transcript} if transcript else shaped


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
