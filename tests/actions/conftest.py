"""Fixtures of the tests of actions: services on a new database, trackers as Rasa sends them, and running an action."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Engine

from actions.services import Services
from tests.actions.mall import Mall
from xiaoer.commerce.model import Shipment
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.knowledge.search import KnowledgeBase

MERCHANT = "m1"
CUSTOMER = "c1"
DOMAIN: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text(encoding="utf-8"))

TrackerMaker = Callable[..., Tracker]


class Said(NamedTuple):
    """What an action did in one turn: texts, cards and buttons in the order said, and its events."""

    texts: list[str]
    cards: list[dict[str, Any]]
    buttons: list[dict[str, str]]
    events: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """All texts, one below the other."""
        return "\n".join(self.texts)

    @property
    def slots(self) -> dict[str, Any]:
        """The slots that the events set, the last value of each."""
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def followup(self) -> str | None:
        """The action that the events ask for next, other than to listen."""
        asked = (event["name"] for event in self.events if event["event"] == "followup")
        return next((name for name in asked if name != "action_listen"), None)

    @property
    def ends_turn(self) -> bool:
        """Whether the events say that nothing more is to be done in this turn."""
        return self.events[-1] == {"event": "followup", "timestamp": None, "name": "action_listen"}

    @property
    def leaves_form(self) -> bool:
        """Whether the events end an open form."""
        return any(event["event"] == "active_loop" and event["name"] is None for event in self.events)

    @property
    def titles(self) -> list[str]:
        """What the buttons read."""
        return [each["title"] for each in self.buttons]

    @property
    def payloads(self) -> list[str]:
        """What the buttons send."""
        return [each["payload"] for each in self.buttons]


def make_services(engine: Engine, now: datetime) -> Services:
    """Return services on a database, with a clock that stands at ``now``."""
    return Services(engine=engine, commerce=SqlCommerce(engine), knowledge=KnowledgeBase(engine), clock=lambda: now)


@pytest.fixture
def services(sqlite_engine: Engine, now: datetime) -> Services:
    """Services on an empty SQLite database; the clock stands at ``now``."""
    return make_services(sqlite_engine, now)


class Silent:
    """The mall while its carriers can't be asked: what they said last is two hours old."""

    def __init__(self, inner: Commerce, as_of: datetime) -> None:
        self._inner = inner
        self._as_of = as_of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def list_shipments(self, *args: str) -> list[Shipment]:
        return [replace(parcel, as_of=self._as_of) for parcel in self._inner.list_shipments(*args)]


@pytest.fixture
def silent_carriers(services: Services, now: datetime) -> Services:
    """Services whose carriers can't be asked."""
    return replace(services, commerce=Silent(services.commerce, now - timedelta(hours=2)))


@pytest.fixture
def mall(sqlite_engine: Engine, now: datetime) -> Mall:
    """The database of ``services``, with a merchant and customers, to be filled."""
    return Mall(sqlite_engine, now)


def make_tracker(
    text: str = "",
    intent: str = "inform",
    entities: dict[str, Any] | Sequence[dict[str, Any]] = (),
    slots: dict[str, Any] | None = None,
    *,
    tenant: str = MERCHANT,
    subject: str = CUSTOMER,
    role: str = "consumer",
    vip_level: int = 0,
    order_no: str | None = None,
    product_id: str | None = None,
    conversation_id: str | None = None,
    attachments: Sequence[dict[str, str]] = (),
    sentiment: str = "calm",
    confidence: float = 0.95,
    ranking: Sequence[tuple[str, float]] = (),
    active_loop: str | None = None,
    latest_action_name: str = "action_listen",
    sender: str = "visitor-1",
    metadata: dict[str, Any] | None = None,
) -> Tracker:
    """Return a tracker made from the JSON that Rasa would send.

    Args:
        text: What was typed; a payload such as ``/inform{"order_no": "…"}`` gives its own intent and entities.
        intent: The intent found.
        entities: Values by entity (a list for several), or entities as Rasa gives them.
        slots: Slots that are set; all others of the domain are ``None``.
        metadata: Replaces everything that the desk would have sent; ``{}`` for a message that did not pass it.
    """
    if text.startswith("/"):
        intent, brace, rest = text[1:].partition("{")
        entities = json.loads(brace + rest) if brace else {}
    if isinstance(entities, dict):
        pairs = [(name, each) for name, found in entities.items() for each in _several(found)]
        entities = [{"entity": name, "value": value, "start": 0, "end": 0} for name, value in pairs]
    known = dict.fromkeys([*DOMAIN["slots"], "requested_slot"])
    if active_loop == "order_form":
        known["requested_slot"] = "order_choice"
    desk = {
        "tenant": tenant,
        "subject": subject,
        "role": role,
        "channel": "web",
        "vip_level": vip_level,
        "conversation_id": conversation_id,
        "product_id": product_id,
        "order_no": order_no,
        "attachments": list(attachments),
    }
    return Tracker.from_dict(
        {
            "sender_id": sender,
            "slots": {**known, **(slots or {})},
            "latest_message": {
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "intent_ranking": [{"name": name, "confidence": score} for name, score in ranking],
                "entities": list(entities),
                "sentiment": {"label": sentiment, "anger": 0.0},
                "metadata": desk if metadata is None else metadata,
            },
            "events": [
                {"event": "action", "name": "action_listen"},
                {"event": "user", "text": text},
                *([{"event": "action", "name": latest_action_name}] if latest_action_name != "action_listen" else []),
            ],
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": active_loop} if active_loop else {},
            "latest_action_name": latest_action_name,
        }
    )


def _several(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else [found]


@pytest.fixture
def tracker() -> TrackerMaker:
    """Makes trackers (see ``make_tracker``)."""
    return make_tracker


def run_action(action: Action, tracker: Tracker) -> Said:
    """Run an action as the action server does and return what it said and recorded."""
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, tracker, DOMAIN))
    messages = dispatcher.messages
    return Said(
        texts=[message["text"] for message in messages if message["text"]],
        cards=[message["custom"] for message in messages if message["custom"]],
        buttons=[each for message in messages for each in message["buttons"]],
        events=list(events),
    )


@pytest.fixture
def run() -> Callable[[Action, Tracker], Said]:
    """Runs an action (see ``run_action``)."""
    return run_action
