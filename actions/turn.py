"""One turn as an action sees it: who speaks, what was said, and what is known so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from actions.shown import Shown, is_rating, shown_in
from xiaoer.accounts.model import Role

MEMORY = 6
"""Turns of the speaker that an action can look back on."""

BEGINNINGS = frozenset({"session_started", "restart"})
"""Events before which nothing is remembered."""


class UnknownSpeaker(Exception):
    """The message carries no trusted metadata: it did not come through the desk."""


@dataclass(frozen=True)
class Earlier:
    """What the speaker said in an earlier turn.

    Attributes:
        text: What was typed, or a button's payload.
        intent: The intent found.
        entities: The entities found, as Rasa gives them.
    """

    text: str
    intent: str
    entities: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        tenant: Merchant id, or ``platform``.
        subject: Customer id, staff id, or ``anonymous``.
        role: The speaker's role.
        channel: Where the speaker writes from.
        vip_level: 0 for everybody, 1 and above for VIPs.
        conversation_id: The desk's conversation, or Rasa's sender id where there is none.
        text: What was typed; a button's payload where one was tapped.
        intent: The intent found.
        ranking: The likeliest intents with their confidences, best first.
        entities: The entities found, as Rasa gives them.
        sentiment: ``calm``, ``dissatisfied`` or ``angry``.
        slots: What is known so far.
        attachments: What was sent along: ``{"type", "url" | "upload_id"}`` each.
        product_in_view: Product that the speaker looks at.
        order_in_view: Number of the order that the speaker looks at.
        now: The present moment.
        previous_action: What Rasa ran last before the present action; ``action_listen`` where the action is the first.
        earlier: What the speaker said in the turns before, oldest first; at most ``MEMORY`` of them.
        buttons_offered: Whether the assistant's last words before this turn had buttons below them, other than those
            that ask whether an answer was useful.
        form: Name of the form that is open, or empty.
        shown: What of knowledge the assistant has shown in this conversation, oldest first.
    """

    tenant: str
    subject: str
    role: Role
    channel: str
    vip_level: int
    conversation_id: str
    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[dict[str, Any], ...]
    sentiment: str
    slots: dict[str, Any]
    attachments: tuple[dict[str, Any], ...]
    product_in_view: str | None
    order_in_view: str | None
    now: datetime
    previous_action: str = ""
    earlier: tuple[Earlier, ...] = ()
    buttons_offered: bool = False
    form: str = ""
    shown: tuple[Shown, ...] = ()

    def values(self, entity: str) -> list[str]:
        """Return the values of an entity in this turn, in the order of the text."""
        return [str(found["value"]) for found in self.entities if found.get("entity") == entity]

    @property
    def anonymous(self) -> bool:
        """Whether nobody vouches for the speaker, who then has no orders."""
        return self.role is Role.ANONYMOUS

    @property
    def asked_again(self) -> bool:
        """Whether the turn before had the same intent."""
        return bool(self.earlier) and self.earlier[-1].intent == self.intent

    @property
    def tapped(self) -> bool:
        """Whether a button was tapped instead of words typed (the desk lets only offered payloads through)."""
        return self.text.startswith("/")


def read_turn(tracker: Tracker, *, now: datetime, fallback_identity: dict[str, Any]) -> Turn:
    """Return the present turn of a tracker.

    Args:
        tracker: The tracker that Rasa sent.
        now: The present moment.
        fallback_identity: Trusted metadata assumed where the message carries none.

    Raises:
        UnknownSpeaker: If neither the message nor the fallback says who speaks.
    """
    message: dict[str, Any] = tracker.latest_message or {}
    metadata: dict[str, Any] = message.get("metadata") or {}
    if not isinstance(metadata.get("tenant"), str):
        metadata = {**metadata, **fallback_identity}
    if not isinstance(metadata.get("tenant"), str) or not isinstance(metadata.get("subject"), str):
        raise UnknownSpeaker("the message carries no tenant and subject")
    return Turn(
        tenant=metadata["tenant"],
        subject=metadata["subject"],
        role=Role(metadata.get("role", Role.CONSUMER.value)),
        channel=str(metadata.get("channel", "web")),
        vip_level=int(metadata.get("vip_level") or 0),
        conversation_id=str(metadata.get("conversation_id") or tracker.sender_id),
        text=message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        ranking=tuple(
            (str(each["name"]), float(each["confidence"])) for each in message.get("intent_ranking") or [] if each
        ),
        entities=tuple(message.get("entities") or ()),
        sentiment=str((message.get("sentiment") or {}).get("label", "")),
        slots=dict(tracker.slots),
        attachments=tuple(metadata.get("attachments") or ()),
        product_in_view=metadata.get("product_id"),
        order_in_view=metadata.get("order_no"),
        now=now,
        previous_action=tracker.latest_action_name or "",
        earlier=_earlier(tracker.events),
        buttons_offered=_buttons_offered(tracker.events),
        form=str((tracker.active_loop or {}).get("name") or ""),
        shown=shown_in(tracker.events),
    )


def _earlier(events: list[dict[str, Any]]) -> tuple[Earlier, ...]:
    said: list[Earlier] = []
    for event in events:
        if event.get("event") in BEGINNINGS:
            said.clear()
        elif event.get("event") == "user":
            parsed = event.get("parse_data") or {}
            intent = (parsed.get("intent") or {}).get("name") or ""
            said.append(Earlier(event.get("text") or "", intent, tuple(parsed.get("entities") or ())))
    return tuple(said[:-1][-MEMORY:])


def _buttons_offered(events: list[dict[str, Any]]) -> bool:
    turns = [number for number, event in enumerate(events) if event.get("event") == "user"]
    if not turns:
        return False
    since = turns[-2] if len(turns) > 1 else 0
    said = [event for event in events[since : turns[-1]] if event.get("event") == "bot"]
    buttons = (each for event in said for each in (event.get("data") or {}).get("buttons") or ())
    return any(not is_rating(str(each.get("payload"))) for each in buttons)
