"""Puts earlier turns before the present one of a tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker


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
