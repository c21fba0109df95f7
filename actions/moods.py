"""What is said to customers who press or complain, before people take over."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, TopicAction
from actions.events import unresolved
from actions.product_choice import person_button
from actions.services import Services
from actions.speech import Button, Reply, button
from actions.texts import replies
from actions.turn import Turn
from xiaoer.accounts.model import Role
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.commerce.model import OrderQuery, OrderState

WAITING = frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED})
UNDERWAY = frozenset({OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED})


def _offer(intent: str) -> Button:
    return button(replies("intents")[intent], intent)


def _has_orders(turn: Turn, services: Services, states: frozenset[OrderState]) -> bool:
    query = OrderQuery(states=states, limit=1)
    return bool(services.commerce.list_orders(turn.tenant, turn.subject, query))


class ActionUrge(TopicAction):
    """Finds out what is pressed for when nothing has been talked about."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_urge"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Press for the only thing that can be meant, or ask."""
        if turn.role is not Role.CONSUMER:
            reply.say("smalltalk.urge_sign_in" if turn.anonymous else "smalltalk.urge_what", buttons=[person_button()])
            return _again(turn)
        if turn.slots.get("offer") == "handoff":
            reply.say("smalltalk.urge_person", buttons=[person_button()])
            return [*_again(turn), SlotSet("offer", "handoff")]
        if turn.values("order_no"):  # the order that is named, however it stands
            return [FollowupAction("action_urge_shipment")]
        waiting = _has_orders(turn, services, WAITING)
        underway = _has_orders(turn, services, UNDERWAY)
        if waiting and underway:
            reply.say("smalltalk.urge_which", buttons=[_offer("urge_shipment"), _offer("query_logistics")])
        elif waiting or underway:
            return [FollowupAction("action_urge_shipment" if waiting else "action_query_logistics")]
        else:
            reply.say("smalltalk.urge_what", buttons=[person_button()])
        return _again(turn)


def _again(turn: Turn) -> Events:
    """Return the events of asking back; an offer of buttons that was not taken has not helped."""
    if turn.buttons_offered and not turn.tapped and turn.asked_again:
        return unresolved(turn)
    return [SlotSet("offer", None)]


class ActionSoothe(TopicAction):
    """Answers dissatisfaction that does not go to people yet."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_soothe"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Apologise for what it is about, and offer what can be done; an apology resolves nothing."""
        topic = turn.slots.get("last_topic")
        failed = turn.buttons_offered and not turn.tapped
        name = {"orders": "soothe_orders", "logistics": "soothe_orders"}.get(str(topic), f"soothe_{topic}")
        if failed and (turn.slots.get("failures") or turn.asked_again):
            name = "soothe_again"
        elif name not in ("soothe_orders", "soothe_after_sales", "soothe_products"):
            name = "soothe"
        reply.say(f"smalltalk.{name}", buttons=[*_remedies(turn, services), person_button()])
        return unresolved(turn, offer="handoff") if failed else [SlotSet("offer", "handoff")]


def _remedies(turn: Turn, services: Services) -> list[Button]:
    """Return buttons for what the assistant can do at once."""
    if turn.role is not Role.CONSUMER:
        return []
    try:
        cases = services.commerce.list_after_sales(turn.tenant, turn.subject)
        return [
            *([_offer("urge_shipment")] if _has_orders(turn, services, WAITING) else []),
            *([_offer("query_logistics")] if _has_orders(turn, services, UNDERWAY) else []),
            *([_offer("query_after_sale")] if cases else []),
        ]
    except BackOfficeDown:  # the shop's system can do nothing now; an apology and a person remain
        return []
