"""The frame of the tasks that need an order: it is found, asked for, or said to be missing, before the task itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import ACTION_LISTEN, SERVICE_FORM, Events, TopicAction
from actions.events import leave_form, resolved, unresolved
from actions.order_choice import MOST_OPTIONS, Found, OrderChooser, Several, Tiers, Unknown, form_open
from actions.product_choice import TASKS
from actions.services import Services
from actions.speech import Button, Reply, button
from actions.turn import Turn
from actions.wording import day, order_state
from xiaoer.accounts.model import Role
from xiaoer.commerce.model import Order

FORM = "order_form"
GIVE_UP_AFTER = 3
"""Unresolved turns after which a person is called."""


class OrderTask(TopicAction):
    """An action about an order of the caller.

    Attributes:
        task: The action's name without ``action_``; an intent of this name means it too.
        topic: What later turns without an object are read from.
        tiers: Which states suit the task, the likeliest first.
        most: For how many orders it is done at once.
    """

    task: ClassVar[str]
    topic: ClassVar[str] = "orders"
    tiers: ClassVar[Tiers]
    most: ClassVar[int] = MOST_OPTIONS

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"action_{self.task}"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Find the order and do the task, or say what stands in the way."""
        return end_turn(self._act(turn, reply, services), turn)

    def _act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        if turn.role is not Role.CONSUMER:
            return say_no_orders(turn, reply, self.topic)
        if turn.values("after_sale_no") and not turn.values("order_no"):
            return [FollowupAction("action_query_after_sale")]
        chooser = OrderChooser(turn, services.commerce)
        choice = chooser.choose(self.suits(turn), most=self.most)
        if isinstance(choice, Several):
            choice = self.narrow(turn, services, choice)
        if isinstance(choice, Several):
            return ask_which(turn, self.task, self.topic, choice.orders)
        closing = leave_form() if form_open(turn) else _answered(turn)
        if isinstance(choice, Found):
            return [*closing, *self.tell(turn, reply, services, choice)]
        if isinstance(choice, Unknown):
            return [*closing, *say_unknown(turn, reply, self.task, choice.number, chooser.orders)]
        return [*closing, *self.tell_unsuitable(turn, reply, services, choice.orders)]

    def suits(self, turn: Turn) -> Tiers:
        """Return which states suit what this turn asks of the task; the task's own unless it knows better."""
        return self.tiers

    @abstractmethod
    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Do the task for the orders that are meant."""

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Return those of several orders that the task's own facts point to; all of them unless a task knows better."""
        return several

    def tell_unsuitable(self, turn: Turn, reply: Reply, services: Services, orders: tuple[Order, ...]) -> Events:
        """Say that no order suits the task.

        Args:
            turn: The present turn.
            reply: What is said.
            services: The outside world.
            orders: Those that the words fit, or all of the caller's.
        """
        reply.say("orders.none")
        return resolved(self.topic)


def end_turn(events: Events, turn: Turn) -> Events:
    """Return the events of an order task with what ends the turn, unless something else is to follow.

    What was asked beside a wish that is being arranged ends with the wish's own question again.

    Rules choose these tasks by slots that the tasks change (a yes by what was offered, pressing by what was talked
    about), or another action calls them; no rule would know the moment after them. Whether a person is called after too
    many unresolved turns stays with the policies.
    """
    follows = any(event["event"] == "followup" for event in events)
    failures = [event["value"] for event in events if event["event"] == "slot" and event["name"] == "failures"]
    if follows or (failures and failures[-1] >= GIVE_UP_AFTER):
        return events
    forgotten = any(event["event"] == "slot" and event["name"] == "service" for event in events)
    if not turn.slots.get("service") or forgotten:
        return [*events, FollowupAction(ACTION_LISTEN)]
    return [*events, SlotSet("requested_slot", None), FollowupAction(SERVICE_FORM)]


def say_no_orders(turn: Turn, reply: Reply, topic: str) -> Events:
    """Say to somebody who is no customer why there are no orders to talk about."""
    reply.say("orders.sign_in" if turn.anonymous else "orders.staff")
    return resolved(topic)


def say_unknown(turn: Turn, reply: Reply, task: str, number: str, orders: list[Order]) -> Events:
    """Say that a number belongs to none of the caller's orders, and offer the latest ones.

    An order of somebody else is answered exactly like one that does not exist.
    """
    buttons = [button(title, task, order_no=order.order_no) for order, title in titled(orders[:MOST_OPTIONS])]
    reply.say("orders.unknown_offer" if buttons else "orders.unknown", number=number, buttons=buttons)
    return [*unresolved(turn), *([] if turn.slots.get("service") else [SlotSet("task", task)])]


def _answered(turn: Turn) -> Events:
    """Return the events that forget what a corrected number would have been for."""
    return [SlotSet("task", None)] if turn.slots.get("task") not in (None, *TASKS) else []


def ask_which(turn: Turn, task: str, topic: str, orders: tuple[Order, ...]) -> Events:
    """Return the events that ask which order is meant; asked a second time without an answer, it has not helped."""
    again = form_open(turn) and turn.slots.get("task") == task
    failed = int(turn.slots.get("form_failures") or 0) + 1 if again else 0
    return [
        *(unresolved(turn) if again else [SlotSet("offer", None)]),
        SlotSet("last_topic", topic),
        SlotSet("task", task),
        SlotSet("options", [order.order_no for order in orders[:MOST_OPTIONS]]),
        SlotSet("form_failures", failed),
        FollowupAction(FORM),
    ]


def titled(orders: list[Order]) -> list[tuple[Order, str]]:
    """Return orders with what their buttons read, for example ``羊毛大衣(黑色 L) · 待发货 · 11月20日``."""
    titles = [f"{order.summary} · {order_state(order.state)} · {day(order.created_at)}" for order in orders]
    return [
        (order, title if titles.count(title) == 1 else f"{title} · 尾号{order.order_no[-4:]}")
        for order, title in zip(orders, titles, strict=True)
    ]


def order_button(title: str, intent: str, order: Order) -> Button:
    """Return a button that says an intent about an order."""
    return button(title, intent, order_no=order.order_no)
