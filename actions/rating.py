"""What customers say of an answer: whether it was useful."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import Events
from actions.events import unresolved
from actions.gaps import note_question, note_rating
from actions.offers import entry_number, tenant_of_entry
from actions.product_choice import person_button
from actions.services import Services
from actions.shown import ANSWER, ENTRY, HELPFUL, RATING, Shown, is_rating
from actions.speech import Reply
from actions.turn import Turn
from xiaoer.knowledge.questions import Outcome


def rate(turn: Turn, reply: Reply, services: Services) -> Events:
    """Take what is said of an answer that was given in this conversation; where none was, nothing is counted.

    Args:
        turn: The present turn, in which a button below an answer was tapped.
        reply: What is said.
        services: The outside world.
    """
    shown = _rated(turn)
    if shown is None:
        reply.say("knowledge.rating_lost")
        return []
    entry_id = int(shown.card["entry_id"])
    tenant = tenant_of_entry(turn, entry_id)
    helpful = turn.values(RATING)[0] == HELPFUL
    note_rating(turn, services, tenant, entry_id, helpful=helpful)
    if helpful:
        reply.say("knowledge.rated_helpful")
        return [SlotSet("failures", 0), SlotSet("offer", None)]
    reply.say("knowledge.rated_unhelpful", buttons=[person_button()])
    if _said_before(turn):  # a second tap is no second failure
        return [SlotSet("offer", "handoff")]
    asked = shown.asked or str(shown.card["question"])
    note_question(turn, services, asked, Outcome.UNHELPFUL, tenant=tenant, entry_id=entry_id)
    return unresolved(turn, offer="handoff")


def _rated(turn: Turn) -> Shown | None:
    """Return the latest answer that the entry of the button gave in this conversation."""
    entry_id = entry_number(next(iter(turn.values(ENTRY)), ""))
    answers = [shown for shown in turn.shown if shown.card.get("type") == ANSWER]
    return next((shown for shown in reversed(answers) if shown.card.get("entry_id") == entry_id), None)


def _said_before(turn: Turn) -> bool:
    """Whether the turns right before said the same of the same answer."""
    for earlier in reversed(turn.earlier):
        if earlier.text == turn.text:
            return True
        if not is_rating(earlier.text):
            return False
    return False
