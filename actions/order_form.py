"""Asking which order is meant, reading the answer, and going on with what was asked for."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, TopicAction
from actions.order_choice import CHOICE, Found, OrderChooser, Several, Unknown
from actions.order_task import FORM, GIVE_UP_AFTER, titled
from actions.picking import means, pick
from actions.services import Services, process_services
from actions.speech import Reply, button, text_of
from actions.turn import Turn, UnknownSpeaker, read_turn
from actions.wording import yuan
from xiaoer.clock import local_day
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.commerce.model import Order

TASKS = frozenset(
    {"query_order", "urge_shipment", "split_order", "payment_issue", "query_logistics", "report_logistics_problem"}
)
"""Tasks that the form can be asking for, each with a question of its own."""

ANSWERS = frozenset({"inform", "affirm", "deny", "urge", "nlu_fallback", "out_of_scope", ""})
"""Intents with which a choice among other words counts as one."""

PLAIN_ANSWERS = frozenset({"inform", "affirm", "nlu_fallback", ""})
"""Intents that can only be meant as an answer, even where no choice is found in it."""

MOST_BESIDE = 4
"""Characters beside a choice in a mere answer; longer ones only happen to hold its words (第三页, 昨天下午)."""

LONG_DIGITS = re.compile(r"[a-z]{0,4}\d{10,}")
"""A full number, which is no word beside the choice but the choice itself."""

EXPLAIN_AFTER = 2
"""Answers without a choice after which it is explained what is needed."""


def read_answer(turn: Turn, services: Services) -> str | None:
    """Return what a turn answers to the question which order is meant.

    Args:
        turn: The present turn.
        services: The outside world.

    Returns:
        ``chosen:`` or ``narrowed:`` with order numbers, ``unknown:`` with the number typed, ``none:``, ``unclear:``; or
        ``None`` where the turn is no answer but something else that the customer wants.
    """
    chooser = OrderChooser(turn, services.commerce)
    options = chooser.options()
    picked = pick("" if turn.tapped else turn.text, options, listed=True, today=local_day(turn.now))
    numbered = chooser.by_number()
    if numbered is not None:
        return None if _wants_more(turn, LONG_DIGITS.sub("", picked.rest)) else _known(numbered)
    if means("none", turn.text):
        return "none:"
    if picked.orders and not _wants_more(turn, picked.rest):
        meant = picked.several or len(picked.orders) == 1
        narrows = len(picked.orders) < len(options)
        return f"{'chosen' if meant else 'narrowed'}:{_numbers(picked.orders)}" if meant or narrows else "unclear:"
    by_tail = chooser.by_tail()
    if by_tail is not None and not _wants_more(turn, picked.rest):
        return _known(by_tail)
    with_digits = turn.intent == "out_of_scope" and any(letter.isdigit() for letter in turn.text)
    return "unclear:" if turn.intent in PLAIN_ANSWERS or with_digits else None


def _wants_more(turn: Turn, rest: str) -> bool:
    """Return whether the words beside a choice ask for something else than the task that the choice is for."""
    if turn.intent == turn.slots.get("task"):
        return False
    if turn.intent in ANSWERS:
        return len(rest) > MOST_BESIDE
    return turn.tapped or bool(rest)


def _known(choice: Found | Several | Unknown) -> str:
    if isinstance(choice, Unknown):
        return f"unknown:{choice.number}"
    return f"{'chosen' if isinstance(choice, Found) else 'narrowed'}:{_numbers(choice.orders)}"


def _numbers(orders: tuple[Order, ...]) -> str:
    return ",".join(order.order_no for order in orders)


def _interrupted(tracker: Tracker) -> bool:
    """Return whether another action has answered the turn already, so that its words are no answer to the form."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") != FORM:  # Rasa puts the form's own name last
            return True
    return False


class ValidateOrderForm(FormValidationAction):
    """Reads the choice from a turn; what is no answer is left to the rules of its own intent."""

    def __init__(self, services: Services | None = None) -> None:
        """Work with ``services``, or with those of the process when Rasa makes the action."""
        self._services = services

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "validate_order_form"

    async def extract_order_choice(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Return what the turn answers; nothing where the form has not asked yet, or goes on after an interruption."""
        if tracker.slots.get("requested_slot") != CHOICE or _interrupted(tracker):
            return {}
        services = self._services or process_services()
        try:
            turn = read_turn(tracker, now=services.clock(), fallback_identity=services.shell_identity)
        except UnknownSpeaker:
            return {}
        try:
            answer = await asyncio.to_thread(read_answer, turn, services)
        except BackOfficeDown:  # the form asks again, and its question says whose system does not answer
            return {}
        return {} if answer is None else {CHOICE: answer}

    def validate_order_choice(
        self, value: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Keep a choice; say what is wrong with any other answer, so that the form asks again."""
        if value is None:  # forgotten earlier in this turn; Rasa has it validated all the same
            return {CHOICE: None}
        kind, _, numbers = value.partition(":")
        reply = Reply(dispatcher)
        if kind == "chosen":
            return {CHOICE: numbers, "form_failures": 0}
        if kind == "none":
            return {CHOICE: None, "options": []}
        if kind == "narrowed":
            reply.say("orders.choice_narrowed")
            return {CHOICE: None, "options": numbers.split(",")}
        failed = int(tracker.slots.get("form_failures") or 0) + 1
        if kind == "unknown":
            reply.say("orders.choice_unknown", number=numbers)
        else:
            reply.say("orders.choice_explained" if failed >= EXPLAIN_AFTER else "orders.choice_unclear")
        failures = int(tracker.slots.get("failures") or 0) + 1
        return {CHOICE: None, "form_failures": failed, "failures": failures}


class AskOrderChoice(TopicAction):
    """Asks which of several orders is meant."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_order_form_order_choice"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """List the orders, to be tapped or answered by place."""
        if int(turn.slots.get("failures") or 0) >= GIVE_UP_AFTER:  # a person is called; asking would get in the way
            return []
        task = turn.slots.get("task")
        options = titled(OrderChooser(turn, services.commerce).options())
        if not options:
            buttons = [button("转人工", "request_human"), button("算了", "stop")]
            reply.show("orders.ask_number", {"type": "form_question", "slot": CHOICE, "options": []}, buttons=buttons)
            return []
        buttons = [button(title, "inform", order_no=order.order_no) for order, title in options]
        if task == "urge_shipment":
            buttons.append({"title": "全部都催", "payload": "全部都催"})
        if int(turn.slots.get("form_failures") or 0) >= EXPLAIN_AFTER:
            buttons += [button("转人工", "request_human"), button("算了", "stop")]
        listed = [
            text_of("orders.option", number=number, title=title, tail=order.order_no[-4:], amount=yuan(order.amount))
            for number, (order, title) in enumerate(options, 1)
        ]
        reply.show(
            f"orders.ask_{task}" if task in TASKS else "orders.ask_other",
            {
                "type": "form_question",
                "slot": CHOICE,
                "options": [{"order_no": order.order_no, "title": title} for order, title in options],
            },
            listed="\n".join(listed),
            buttons=buttons,
        )
        return []


class ContinueTask(TopicAction):
    """Goes on with what was asked for, now that the order is chosen."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_continue_task"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Remember the order, forget the question, and call the task's action."""
        task, chosen = turn.slots.get("task"), [each for each in (turn.slots.get(CHOICE) or "").split(",") if each]
        cleared = [SlotSet(CHOICE, None), SlotSet("task", None), SlotSet("form_failures", 0)]
        if not task or not chosen:
            reply.say("orders.task_lost")
            return [*cleared, SlotSet("options", None)]
        return [
            *cleared,
            SlotSet("order_no", chosen[0]),
            SlotSet("order_view", turn.order_in_view),
            SlotSet("options", chosen if len(chosen) > 1 else None),
            FollowupAction(f"action_{task}"),
        ]
