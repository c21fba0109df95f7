"""What every part of the desk works with, put together once per app."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import CapacityLimiter
from fastapi import Request

from desk.assistant import Assistant
from desk.pushing import Pusher
from desk.store import Store
from desk.throttle import Throttle
from desk.turn import Turns
from xiaoer.clock import Clock
from xiaoer.commerce.port import Commerce
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.settings import Settings


@dataclass(frozen=True)
class Desk:
    """The parts of a running desk.

    Attributes:
        settings: The settings that it runs with.
        store: The domain's database.
        assistant: Rasa.
        throttle: How often one visitor may write.
        turns: Takes the visitors' messages.
        pusher: Brings messages to open sockets.
        clock: The present moment.
        commerce_throttle: How often the commerce API may be asked about one customer.
        mall: The embedded mall, which the commerce API serves.
        knowledge: Searches what merchants and the platform know.
        imports: How many files of knowledge are taken in at a time; the others wait.
    """

    settings: Settings
    store: Store
    assistant: Assistant
    throttle: Throttle
    turns: Turns
    pusher: Pusher
    clock: Clock
    commerce_throttle: Throttle
    mall: Commerce
    knowledge: KnowledgeBase
    imports: CapacityLimiter


def desk_of(request: Request) -> Desk:
    """Return the desk that serves a request."""
    desk: Desk = request.app.state.desk
    return desk
