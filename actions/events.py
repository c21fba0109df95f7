"""The events that actions return most: what was talked about, what was offered, whether it helped."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.base import Events
from actions.turn import Turn

WISH = ("service", "service_order", "service_key", "confirm")
"""Slots of a wish that is being arranged: which, about what order, under which key, and whether it is confirmed."""

WISH_VALUES = (
    "after_sale",
    "wanted",
    "items",
    "quantity",
    "variant",
    "reason",
    "reason_text",
    "photo",
    "pickup",
    "note",
    "receiver_name",
    "receiver_phone",
    "address",
    "invoice_kind",
    "invoice_title",
    "tax_number",
    "email",
)
"""Slots that hold what is known of it."""


def resolved(topic: str, *, offer: str | None = None, **slots: Any) -> Events:
    """Return the events of a turn that helped.

    Args:
        topic: What was talked about; later turns without an object are read from it.
        offer: What the assistant offered to do next (a bare 好的 accepts it), or ``None``.
        **slots: Other slots to set.
    """
    return [
        SlotSet("failures", 0),
        SlotSet("last_topic", topic),
        SlotSet("offer", offer),
        *(SlotSet(name, value) for name, value in slots.items()),
    ]


def unresolved(turn: Turn, *, offer: str | None = None) -> Events:
    """Return the events of a turn that did not help; the third in a row goes to a person.

    Args:
        turn: The present turn.
        offer: What the assistant offered to do next, or ``None``.
    """
    return [SlotSet("failures", int(turn.slots.get("failures") or 0) + 1), SlotSet("offer", offer)]


def leave_form() -> Events:
    """Return the events that end whatever form is open, without its question."""
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("task", None),
        SlotSet("options", None),
        SlotSet("order_choice", None),
        SlotSet("form_failures", 0),
    ]


def forget_wish() -> Events:
    """Return the events that forget the wish that was being arranged."""
    return [SlotSet(name, None) for name in (*WISH, *WISH_VALUES)]
