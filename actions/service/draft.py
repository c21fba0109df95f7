"""A wish while it takes shape: which task, which order, what is known so far; it lives in Rasa's slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.base import SERVICE_FORM, Events
from actions.events import WISH_VALUES, forget_wish
from actions.turn import Turn

CONFIRM = "confirm"


@dataclass(frozen=True)
class Draft:
    """What a customer wants to have done, as far as it is known.

    Attributes:
        task: Its name, which is an intent's too.
        order_no: The order that it is about.
        key: Idempotency key: however often it is confirmed, it is done once.
        values: What is known, by slot.
    """

    task: str
    order_no: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return a value, or ``None`` where it is not known."""
        return self.values.get(name)

    def knowing(self, values: Mapping[str, Any]) -> Draft:
        """Return the draft with further or other values."""
        return replace(self, values={**self.values, **values})

    def events(self) -> Events:
        """Return the events that keep the draft."""
        return [
            SlotSet("service", self.task),
            SlotSet("service_key", self.key),
            SlotSet("service_order", self.order_no),
            *(SlotSet(name, self.values.get(name)) for name in WISH_VALUES),
        ]

    def saved(self) -> dict[str, Any]:
        """Return the draft as the slot ``paused`` keeps it."""
        return {"task": self.task, "order_no": self.order_no, "key": self.key, "values": dict(self.values)}


def new_draft(task: str, order_no: str, values: Mapping[str, Any]) -> Draft:
    """Return the draft of a wish that was just uttered."""
    return Draft(task, order_no, uuid4().hex, dict(values))


def draft_of(turn: Turn) -> Draft | None:
    """Return the draft that the slots hold, or ``None``."""
    task, order_no = turn.slots.get("service"), turn.slots.get("service_order")
    if not task or not order_no:
        return None
    values = {name: turn.slots[name] for name in WISH_VALUES if turn.slots.get(name) is not None}
    return Draft(str(task), str(order_no), str(turn.slots.get("service_key") or uuid4().hex), values)


def paused_draft(turn: Turn) -> Draft | None:
    """Return the draft that was put aside, or ``None``."""
    saved = turn.slots.get("paused")
    return Draft(saved["task"], saved["order_no"], saved["key"], dict(saved["values"])) if saved else None


def cleared() -> Events:
    """Return the events that forget the draft."""
    return [
        SlotSet("service", None),
        SlotSet("service_key", None),
        *(SlotSet(name, None) for name in (*WISH_VALUES, CONFIRM)),
    ]


def closed() -> Events:
    """Return the events that forget the draft and end its form, whether or not it is open."""
    return [*forget_wish(), ActiveLoop(None), SlotSet("requested_slot", None)]


def form_of_service_open(turn: Turn) -> bool:
    """Return whether the customer is being asked for what a wish needs."""
    return turn.form == SERVICE_FORM
