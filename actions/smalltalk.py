"""Small talk: beginnings and ends, who answers, and everything that needs no more than a kind word."""

from __future__ import annotations

import zlib

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import SERVICE_FORM, Events, TopicAction
from actions.events import forget_wish, leave_form
from actions.offers import chosen_entry, questions_offered
from actions.order_choice import form_open
from actions.product_choice import person_button, product_buttons
from actions.services import Services
from actions.speech import Button, Reply, button, text_of
from actions.texts import replies
from actions.turn import Turn
from actions.wording import order_state
from xiaoer.accounts.directory import get_tenant
from xiaoer.accounts.model import Role
from xiaoer.commerce.errors import BackOfficeDown, OrderNotFound, ProductNotFound
from xiaoer.commerce.model import Order, OrderState, Product
from xiaoer.database import reading

WAITING = frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED})
"""States in which an order, or the rest of it, waits for shipment."""


def nothing_offered() -> Events:
    """Return the events of chatter: it leaves everything as it is, but a bare 好的 after it accepts nothing."""
    return [SlotSet("offer", None)]


def shop_name(turn: Turn, services: Services) -> str:
    """Return the name of the shop that the speaker is in."""
    with reading(services.engine) as session:
        return get_tenant(session, turn.tenant).name


class ActionGreet(TopicAction):
    """Greets, with the shop's name and what the speaker looks at."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_greet"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Greet."""
        shop = shop_name(turn, services)
        if turn.role is Role.MERCHANT:
            reply.say("smalltalk.greet_merchant", shop=shop, buttons=_starters("merchant"))
            return nothing_offered()
        if any(said.intent == "greet" for said in turn.earlier):
            opening = text_of("smalltalk.greet_again")
        else:
            opening = text_of("smalltalk.greet_vip" if turn.vip_level else "smalltalk.greet", shop=shop)
        order, product = _order_in_view(turn, services), _product_in_view(turn, services)
        lines = [opening]
        buttons: list[Button] = []
        if order is not None:
            state = order_state(order.state)
            lines.append(text_of("smalltalk.greet_order", order_no=order.order_no, goods=order.summary, state=state))
            buttons += _order_buttons(order)
        elif product is not None:
            lines.append(text_of("smalltalk.greet_product", product=product.name))
            buttons += product_buttons(product)
        lines.append(text_of("smalltalk.greet_anonymous" if turn.anonymous else "smalltalk.greet_ask"))
        buttons = buttons or _starters("anonymous" if turn.anonymous else "consumer")
        reply.say("smalltalk.lines", lines="".join(lines), buttons=[*buttons, person_button()])
        return nothing_offered()


def _starters(kind: str) -> list[Button]:
    intents = {
        "consumer": ("query_order", "query_logistics", "ask_promotion"),
        "anonymous": ("recommend_product", "ask_promotion", "ask_shipping_policy"),
        "merchant": ("merchant_fees", "merchant_settlement", "merchant_violation"),
    }
    return [button(replies("intents")[intent], intent) for intent in intents[kind]]


def _order_in_view(turn: Turn, services: Services) -> Order | None:
    if turn.order_in_view is None or turn.role is not Role.CONSUMER:
        return None
    try:
        return services.commerce.get_order(turn.tenant, turn.subject, turn.order_in_view)
    except (OrderNotFound, BackOfficeDown):
        return None


def _product_in_view(turn: Turn, services: Services) -> Product | None:
    if turn.product_in_view is None:
        return None
    try:
        return services.commerce.get_product(turn.tenant, turn.product_in_view)
    except (ProductNotFound, BackOfficeDown):
        return None


def _order_buttons(order: Order) -> list[Button]:
    own = {"order_no": order.order_no}
    buttons = [button("查订单状态", "query_order", **own)]
    if order.state in WAITING:
        buttons.append(button("催发货", "urge_shipment", **own))
    if order.state in (OrderState.SHIPPED, OrderState.PARTIALLY_SHIPPED):
        buttons.append(button("查物流", "query_logistics", **own))
    return buttons


class ActionGoodbye(TopicAction):
    """Takes leave."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_goodbye"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Take leave."""
        reply.say("smalltalk.goodbye")
        return nothing_offered()


class ActionThank(TopicAction):
    """Answers thanks."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_thank"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer thanks, the second time in a row with fewer words."""
        reply.say("smalltalk.thank_again" if turn.asked_again else "smalltalk.thank")
        return nothing_offered()


class ActionPraise(TopicAction):
    """Answers praise."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_praise"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Thank for praise."""
        reply.say("smalltalk.praise")
        return nothing_offered()


class ActionIdentify(TopicAction):
    """Says truthfully who answers."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_identify"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Say that a machine answers and that people can be reached."""
        reply.say("smalltalk.identify", shop=shop_name(turn, services), buttons=[person_button()])
        return nothing_offered()


class ActionShowCapabilities(TopicAction):
    """Tells what works now, and what people do."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_show_capabilities"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Tell what the speaker can have done."""
        kind = {Role.MERCHANT: "merchant", Role.ANONYMOUS: "anonymous"}.get(turn.role, "consumer")
        name = "capabilities" if kind == "consumer" else f"capabilities_{kind}"
        reply.say(f"smalltalk.{name}", buttons=[*_starters(kind), person_button()])
        return nothing_offered()


class ActionDeclineChatter(TopicAction):
    """Turns chatter back to business, kindly."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_decline_chatter"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Decline in words that the same text gets again, and another text likely not."""
        names = sorted(name for name in replies("smalltalk") if name.startswith("chatter_"))
        reply.say(f"smalltalk.{names[zlib.crc32(turn.text.encode()) % len(names)]}")
        return nothing_offered()


class ActionAcknowledge(TopicAction):
    """Answers a yes to nothing in particular."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_acknowledge"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Acknowledge; a yes to the only question that was offered asks it."""
        if chosen_entry(turn) is not None:
            return [FollowupAction("action_search_knowledge")]
        reply.say("smalltalk.acknowledge")
        return nothing_offered()


class ActionDeclineOffer(TopicAction):
    """Answers a no."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_decline_offer"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Let go of what was offered or asked."""
        if questions_offered(turn):
            reply.say("knowledge.none_meant", buttons=[person_button()])
            return [SlotSet("offer", "handoff")]
        reply.say("smalltalk.decline")
        return [*nothing_offered(), *_nothing_pending(turn), SlotSet("paused", None)]


class ActionLeaveFlow(TopicAction):
    """Leaves what was begun."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_leave_flow"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Close the form, if one is open."""
        if turn.slots.get("service") or turn.form == SERVICE_FORM:
            reply.say("service.left")
        else:
            reply.say("smalltalk.leave_open" if form_open(turn) else "smalltalk.leave")
        return [*nothing_offered(), *leave_form(), *forget_wish(), SlotSet("paused", None)]


def _nothing_pending(turn: Turn) -> Events:
    """Return the events that close an open question of the assistant, but no form."""
    if form_open(turn) or not turn.slots.get("task"):
        return []
    return [SlotSet("task", None), SlotSet("options", None)]
