"""Puts earlier turns, and what they were answered, before the present one of a tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker

from tests.actions.conftest import Said


def after(tracker: Tracker, *said: tuple[str, str], buttons: bool = True) -> Tracker:
    """Return the tracker with earlier turns in it.

    Args:
        tracker: A tracker of one turn.
        *said: Text and intent of each earlier turn, oldest first.
        buttons: Whether the assistant's answers to them had buttons.
    """
    earlier: list[dict[str, Any]] = []
    for text, intent in said:
        parsed = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": []}
        offered = [{"title": "转人工", "payload": "/request_human"}] if buttons else None
        earlier += [
            {"event": "user", "text": text, "parse_data": parsed},
            {"event": "bot", "text": "…", "data": {"buttons": offered}},
        ]
    tracker.events[:0] = earlier
    return tracker


def answered(tracker: Tracker, *turns: tuple[str, Said | Sequence[Mapping[str, Any]]]) -> Tracker:
    """Return the tracker with earlier turns in it, as Rasa keeps what was said in them.

    Args:
        tracker: A tracker of one turn.
        *turns: Text of each earlier turn, and what an action said to it or the cards that came; oldest first.
    """
    earlier: list[dict[str, Any]] = []
    for text, said in turns:
        cards, buttons = (said.cards, said.buttons) if isinstance(said, Said) else (said, [])
        earlier.append({"event": "user", "text": text, "parse_data": {"text": text, "intent": {"name": "inform"}}})
        earlier.append({"event": "bot", "text": "…", "data": {"custom": None, "buttons": buttons or None}})
        earlier += [{"event": "bot", "text": "…", "data": {"custom": dict(card), "buttons": None}} for card in cards]
    tracker.events[:0] = earlier
    return tracker
