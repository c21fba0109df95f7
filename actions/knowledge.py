"""Rules and facts from knowledge, requests that people handle, and what was not understood."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.answers import find, find_answer, show_answer
from actions.base import Events, TopicAction
from actions.events import resolved, unresolved
from actions.facts import completed_task, kept, meant_products, number_task
from actions.gaps import note_question
from actions.offers import chosen_entry, offer_or_pass, show_offer, tenant_of_entry
from actions.product_choice import choose_product, person_button
from actions.question import NOT_UNDERSTOOD, question_of
from actions.rating import rate
from actions.services import Services
from actions.shown import RATING
from actions.speech import Button, Reply, button
from actions.texts import replies
from actions.turn import Turn
from xiaoer.accounts.model import PLATFORM, Role
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer
from xiaoer.knowledge.questions import Outcome

MOST_GUESSES = 3
"""How many things somebody who was not understood is asked to choose from."""

MOST_QUESTIONS_BESIDE = 2
"""How many of them are questions of knowledge, so that the likeliest intent is among them too."""


class ActionSearchKnowledge(TopicAction):
    """Answers from what the shop and the platform know."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_search_knowledge"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer, offer the questions that may be meant, or say that nothing is known; take what is thought of it."""
        if turn.tapped and turn.values(RATING):
            return rate(turn, reply, services)
        entry_id = chosen_entry(turn)
        if entry_id is not None:
            return _answer_chosen(turn, reply, services, entry_id)
        text = question_of(turn, turn.intent).text or replies("questions").get(turn.intent, "")
        product = _product(turn, services, text)
        finding = find(turn, services, text, product)
        if finding.answer is None:
            return unresolved(turn, offer=offer_or_pass(turn, reply, services, finding, text, about=product))
        show_answer(turn, reply, finding.answer)
        return resolved("other")


def _answer_chosen(turn: Turn, reply: Reply, services: Services, entry_id: int) -> Events:
    answer = services.knowledge.chosen(tenant_of_entry(turn, entry_id), entry_id, now=turn.now)
    if answer is None:  # it was changed since, or is none of what this visitor may read
        reply.say("knowledge.unknown", buttons=[person_button()])
        return unresolved(turn, offer="handoff")
    show_answer(turn, reply, answer)
    return resolved("other")


def _product(turn: Turn, services: Services, text: str) -> Product | None:
    """Return the product whose shop's rules are meant; a shop's own visitors always mean that shop's."""
    return choose_product(turn, services.commerce, text).product if turn.tenant == PLATFORM else None


class ActionRequestService(TopicAction):
    """Tells the rule for what is wanted, and that a person does it: accounts and privacy need an identity check."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_request_service"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer a request."""
        answer = _rule(turn, services)
        if answer is not None:
            show_answer(turn, reply, answer, rated=False)
        own = f"by_person_{turn.intent}"
        reply.say(
            f"knowledge.{own if own in replies('knowledge') else 'by_person'}",
            what=replies("intents").get(turn.intent, ""),
            buttons=[person_button()],
        )
        return resolved("other", offer="handoff")


def _rule(turn: Turn, services: Services) -> Answer | None:
    """Return the rule for what is wanted: the answer to the words themselves, else to the usual question."""
    text = question_of(turn, turn.intent).text
    product = _product(turn, services, text)
    usual = replies("questions").get(turn.intent, "")
    return find_answer(turn, services, text, product) or find_answer(turn, services, usual, product)


class ActionFallback(TopicAction):
    """Answers what the language model did not understand: from knowledge, else by offering what is likeliest."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_fallback"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Complete what was begun, answer, or offer what may be meant."""
        if chosen_entry(turn) is not None:
            return [FollowupAction("action_search_knowledge")]
        products = meant_products(turn, services.commerce) if turn.slots.get("task") else []
        task = number_task(turn) or completed_task(turn, products)
        if task is not None:
            return [*kept(turn, products), FollowupAction(f"action_{task}")]
        finding = find(turn, services, turn.text)
        if finding.answer is not None:
            show_answer(turn, reply, finding.answer)
            return resolved("other")
        offered = finding.answers[:MOST_QUESTIONS_BESIDE]
        if offered:
            show_offer(turn, reply, offered, likely_buttons(turn)[: MOST_GUESSES - len(offered)])
        else:
            _offer_guesses(turn, reply)
        if turn.intent == NOT_UNDERSTOOD:
            _note(turn, services, offered)
        return unresolved(turn)


def _offer_guesses(turn: Turn, reply: Reply) -> None:
    guesses = likely_buttons(turn)
    name = "fallback_bare"
    if guesses:
        name = "fallback_again" if turn.slots.get("failures") else "fallback"
    reply.say(f"knowledge.{name}", buttons=[*guesses, person_button()])


def _note(turn: Turn, services: Services, offered: tuple[Answer, ...]) -> None:
    outcome = Outcome.OFFERED if offered else Outcome.UNKNOWN
    entry_id = offered[0].entry.id if offered else None
    note_question(turn, services, turn.text, outcome, entry_id=entry_id)


def likely_buttons(turn: Turn) -> list[Button]:
    """Return buttons of the likeliest intents that can be offered to the speaker."""
    titles = replies("intents")
    offered = [name for name, _ in turn.ranking if name in titles and _concerns(turn, name)]
    return [button(titles[name], name) for name in offered[:MOST_GUESSES]]


def _concerns(turn: Turn, intent: str) -> bool:
    """Whether an intent is one of the speaker's kind: those who sell ask other things than those who buy."""
    return intent.startswith("merchant_") == (turn.role is Role.MERCHANT)
