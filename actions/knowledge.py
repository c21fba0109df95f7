"""Rules and facts from knowledge, requests that people handle, and what was not understood."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.answers import CLEAR, find_answer, show_answer
from actions.base import Events, TopicAction
from actions.events import resolved, unresolved
from actions.facts import completed_task, kept, meant_products, number_task
from actions.product_choice import choose_product, person_button
from actions.question import question_of
from actions.services import Services
from actions.speech import Button, Reply, button
from actions.texts import replies
from actions.turn import Turn
from xiaoer.accounts.model import PLATFORM, Role
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer

MOST_GUESSES = 3


class ActionSearchKnowledge(TopicAction):
    """Answers from what the shop and the platform know."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_search_knowledge"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer, or say that nothing is known."""
        text = question_of(turn, turn.intent).text or replies("questions").get(turn.intent, "")
        answer = find_answer(turn, services, text, _product(turn, services, text))
        if answer is None:
            reply.say("knowledge.unknown", buttons=[person_button()])
            return unresolved(turn, offer="handoff")
        show_answer(reply, answer)
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
            show_answer(reply, answer)
        own = f"by_person_{turn.intent}"
        reply.say(
            f"knowledge.{own if own in replies('knowledge') else 'by_person'}",
            what=replies("intents").get(turn.intent, ""),
            buttons=[person_button()],
        )
        return resolved("other", offer="handoff")


def _rule(turn: Turn, services: Services) -> Answer | None:
    """Return the rule for what is wanted: a clear answer to the words themselves, else to the usual question."""
    text = question_of(turn, turn.intent).text
    product = _product(turn, services, text)
    answer = find_answer(turn, services, text, product)
    if answer is not None and answer.score >= CLEAR:
        return answer
    return find_answer(turn, services, replies("questions").get(turn.intent, ""), product, least=CLEAR)


class ActionFallback(TopicAction):
    """Answers what the language model did not understand: from knowledge, else by offering the likeliest intents."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_fallback"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Complete what was begun, answer, or offer what may be meant."""
        products = meant_products(turn, services.commerce) if turn.slots.get("task") else []
        task = number_task(turn) or completed_task(turn, products)
        if task is not None:
            return [*kept(turn, products), FollowupAction(f"action_{task}")]
        answer = find_answer(turn, services, turn.text, least=CLEAR)
        if answer is not None and answer.score >= CLEAR:
            show_answer(reply, answer)
            return resolved("other")
        guesses = likely_buttons(turn)
        name = "fallback_bare"
        if guesses:
            name = "fallback_again" if turn.slots.get("failures") else "fallback"
        reply.say(f"knowledge.{name}", buttons=[*guesses, person_button()])
        return unresolved(turn)


def likely_buttons(turn: Turn) -> list[Button]:
    """Return buttons of the likeliest intents that can be offered to the speaker."""
    titles = replies("intents")
    offered = [name for name, _ in turn.ranking if name in titles and _concerns(turn, name)]
    return [button(titles[name], name) for name in offered[:MOST_GUESSES]]


def _concerns(turn: Turn, intent: str) -> bool:
    """Whether an intent is one of the speaker's kind: those who sell ask other things than those who buy."""
    return intent.startswith("merchant_") == (turn.role is Role.MERCHANT)
