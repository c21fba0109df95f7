"""What of knowledge the assistant has shown in a conversation, and the buttons below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.picking import in_place

ANSWER = "knowledge_answer"
OFFER = "knowledge_offer"

TAPPED = "ask_service_info"
"""The intent of all these buttons: a question of its own, so that it is answered beside an open form, not by it."""

ENTRY = "entry"
RATING = "rating"
HELPFUL = "helpful"
UNHELPFUL = "unhelpful"


@dataclass(frozen=True)
class Shown:
    """An answer, or questions to choose from, with what they were said to.

    Attributes:
        card: The card: of an answer, or of a choice with its ``questions``.
        asked: What the speaker had typed last before; empty where only buttons were tapped.
        last: Whether it stands in the assistant's last words before the present turn.
    """

    card: Mapping[str, Any]
    asked: str
    last: bool

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The questions to choose from, each with ``entry_id``, ``question`` and ``scope``; none below an answer."""
        return list(self.card.get("questions") or ())


def is_rating(payload: str) -> bool:
    """Whether a button's payload says what is thought of an answer."""
    return payload.startswith(f"/{TAPPED}{{") and f'"{RATING}"' in payload


def shown_in(events: Sequence[Mapping[str, Any]]) -> tuple[Shown, ...]:
    """Return what of knowledge was shown before the present turn, oldest first.

    Args:
        events: The events of the conversation as Rasa sends them; the last ``user`` event begins the present turn.
    """
    turns = [number for number, event in enumerate(events) if event.get("event") == "user"]
    last_words = turns[-2] if len(turns) > 1 else -1
    found: list[Shown] = []
    asked = ""
    listed: list[dict[str, Any]] = []
    for number, event in enumerate(events[: turns[-1]] if turns else ()):
        if event.get("event") == "user":
            text = str(event.get("text") or "")
            if text and not text.startswith("/") and in_place(text, listed) is None:
                asked = text
            listed = []
        elif event.get("event") == "bot":
            card = (event.get("data") or {}).get("custom")
            if isinstance(card, dict) and card.get("type") in (ANSWER, OFFER):
                found.append(Shown(card, asked, number > last_words))
                listed = found[-1].questions or listed
    return tuple(found)
