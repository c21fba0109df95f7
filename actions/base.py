"""The common frame of all actions: read the turn, act in a thread of its own, speak."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.back_office import tell_down
from actions.services import Services, process_services
from actions.speech import Reply
from actions.turn import Turn, UnknownSpeaker, read_turn
from xiaoer.commerce.errors import BackOfficeDown

logger = logging.getLogger(__name__)

ACTION_LISTEN = "action_listen"
SERVICE_FORM = "service_form"
GIVEN_UP = 3
"""Unresolved turns in a row after which the escalation policy hands over; it must have the word then."""

Events = list[dict[str, Any]]


class TopicAction(Action, ABC):
    """An action of one topic.

    The work runs in a thread: the database is synchronous, and the server must go on with other conversations.
    """

    def __init__(self, services: Services | None = None) -> None:
        """Work with ``services``, or with those of the process when Rasa makes the action."""
        self._services = services

    @property
    def services(self) -> Services:
        """What the action works with."""
        return self._services or process_services()

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Act on the present turn; Rasa calls this."""
        services = self.services
        reply = Reply(dispatcher)
        try:
            turn = read_turn(tracker, now=services.clock(), fallback_identity=services.shell_identity)
        except UnknownSpeaker:
            logger.warning("%s: a message without trusted metadata is answered without data", self.name())
            reply.say("smalltalk.unknown_speaker")
            return []
        try:
            events = await asyncio.to_thread(self.act, turn, reply, services)
        except BackOfficeDown as error:
            events = await asyncio.to_thread(tell_down, error, turn, reply, services)
            return events if self._given_up(events) or self._asks else [*events, FollowupAction(ACTION_LISTEN)]
        return events + self._then_listen(turn, events)

    @property
    def _asks(self) -> bool:
        """Whether the action is a form's question, which listens by itself."""
        return self.name().startswith(("action_ask_order_form", f"action_ask_{SERVICE_FORM}"))

    def _given_up(self, events: Events) -> bool:
        return any(each.get("name") == "failures" and (each["value"] or 0) >= GIVEN_UP for each in events)

    def _then_listen(self, turn: Turn, events: Events) -> Events:
        # Rules tell what follows an action that answers the customer. What follows an action that another one called
        # they can't tell, and Rasa would fall back again and again.
        called = turn.previous_action not in ("", ACTION_LISTEN) and not self._asks
        goes_on = any(each["event"] == "followup" for each in events)
        if not called or goes_on or self._given_up(events):
            return []
        return [FollowupAction(SERVICE_FORM if turn.form == SERVICE_FORM else ACTION_LISTEN)]

    @abstractmethod
    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Act, speak, and return the events that Rasa should record."""
