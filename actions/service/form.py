"""Reading what a turn says to the open form, and asking for what is missing until the customer confirms."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.back_office import tell_down
from actions.base import GIVEN_UP, SERVICE_FORM, Events
from actions.order_choice import OrderChooser, Unknown
from actions.order_task import say_unknown
from actions.picking import means
from actions.service.conduct import begin, changes, given_up, next_slot, refuse, understood, why_of
from actions.service.draft import CONFIRM, Draft, closed, draft_of
from actions.service.plan import Context, Plan
from actions.service.plans import plan_of, tasks
from actions.service.said import Said, Wrong, said_in
from actions.service.words import says
from actions.services import Services, process_services
from actions.speech import Reply, text_of
from actions.turn import Turn, UnknownSpeaker, read_turn
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.commerce.model import Order

PLAIN_ANSWERS = frozenset({"inform", "affirm", "deny", "urge", "nlu_fallback", ""})
"""Intents that can only be meant as an answer, even where no value is found in it."""

FREE = frozenset({"reason", "note", "address", "receiver_name", "invoice_title"})
"""Slots whose answers are free words."""

TELLING = frozenset(
    {"complain", "out_of_scope", "report_item_problem", "report_logistics_problem", "request_repair", "change_order"}
)
"""Intents of words that tell what happened, when that was asked for."""

NAMED = {"invoice_title": "names_title", "tax_number": "names_tax", "email": "names_email"}
"""What slots are called that can be asked for anew."""

WITHDRAW = "withdraw_after_sale"
REMEDIES = frozenset({"return_goods", "exchange_goods", "request_refund", "request_repair"})
EXPLAIN_AFTER = 2


class ValidateServiceForm(Action):
    """Takes what a turn says into the draft; what is no answer is left to the rules of its own intent."""

    def __init__(self, services: Services | None = None) -> None:
        """Work with ``services``, or with those of the process when Rasa makes the action."""
        self._services = services

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"validate_{SERVICE_FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Read the turn; Rasa calls this when the form is opened, after each turn, and when it is come back to."""
        services = self._services or process_services()
        try:
            turn = read_turn(tracker, now=services.clock(), fallback_identity=services.shell_identity)
        except UnknownSpeaker:
            return []
        interrupted = _interrupted(tracker)
        return await asyncio.to_thread(_validate, turn, Reply(dispatcher), services, interrupted)


def _interrupted(tracker: Tracker) -> bool:
    """Return whether another action has answered the turn already, so that its words are no answer to the form."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") != SERVICE_FORM:
            return True
    return False


def _validate(turn: Turn, reply: Reply, services: Services, interrupted: bool) -> Events:
    draft = draft_of(turn)
    if draft is None:
        return closed()
    context = Context(turn, services, draft)
    try:
        if not context.exists:
            return given_up()
        asked = turn.slots.get("requested_slot")
        if asked is None or interrupted:
            return [SlotSet("requested_slot", next_slot(plan_of(draft.task), context))]
        return _Answer(turn, reply, services, context, str(asked)).events()
    except BackOfficeDown as error:
        return [*closed(), *tell_down(error, turn, reply, services)]


class _Answer:
    """One turn while the form is open."""

    def __init__(self, turn: Turn, reply: Reply, services: Services, context: Context, asked: str) -> None:
        self.turn = turn
        self.reply = reply
        self.services = services
        self.context = context
        self.asked = asked
        self.plan: Plan = plan_of(context.draft.task)
        self.said: Said = said_in(turn)

    @property
    def draft(self) -> Draft:
        """The draft before this turn."""
        return self.context.draft

    def events(self) -> Events:
        """Return what the turn does to the form; nothing where it is no answer."""
        elsewhere = self.turn.tapped and self.turn.intent not in ("inform", "affirm", "deny")
        if elsewhere or self.turn.intent == "request_human":
            return []
        turned = self._turns_away()
        if turned is not None:
            return turned
        agreed = self.asked == CONFIRM and self._agrees()
        found = understood(self.plan, self.said, self.context, None if self.asked == CONFIRM else self.asked)
        if self.asked in FREE and self.asked in found.values and not found.wrong and self._asks_instead():
            del found.values[self.asked]
            if self.asked == "reason":
                found.values.pop("reason_text", None)
        if agreed and not (set(found.values) - {"reason_text", "photo"}):
            return [*changes(self.draft, found.values), SlotSet(CONFIRM, True), SlotSet("requested_slot", None)]
        if not found.values and not found.wrong:
            return self._again() if found.repeated else self._no_answer()
        return self._taken(found.values, next(iter(found.wrong.values()), None))

    def _turns_away(self) -> Events | None:
        """Return the events of a turn that means another remedy, nothing, or another order; else ``None``."""
        rather = self._rather()
        if rather is not None:
            order, why = self.context.order, why_of(self.draft)
            return [*closed(), *begin(plan_of(rather), self.turn, self.reply, self.services, order, known=why)]
        return given_up() if self._gives_up() else self._other_order()

    def _gives_up(self) -> bool:
        if self.turn.intent in ("stop", "goodbye"):
            return not self._does()
        if self._does() or (self.turn.intent in tasks() and self.turn.intent not in (self.plan.task, WITHDRAW)):
            return False  # it is to be done, or something else instead: 不修了，直接换台新的
        if says("give_up", self.said.text) and not (self.asked == "reason" and "不要" in self.said.text):
            return not says("question", self.said.text)
        return self.turn.intent == WITHDRAW and self.plan.task != WITHDRAW

    def _rather(self) -> str | None:
        """Return another remedy that is named although the turn reads as leaving: 算了，还是换货吧."""
        others = sorted(REMEDIES - {self.plan.task}) if self.plan.task in REMEDIES else []
        leaving = self.turn.intent in ("stop", "deny", "inform", "nlu_fallback")
        return next((task for task in others if leaving and says(f"rather_{task}", self.said.text)), None)

    def _does(self) -> bool:
        """Return whether the turn agrees by naming what was shown: 取消吧, below the summary of a cancellation."""
        return self.asked == CONFIRM and says(f"does_{self.plan.task}", self.said.text)

    def _agrees(self) -> bool:
        return (
            self._does()
            or says("agrees", self.said.text)
            or (self.turn.intent == "affirm" and not says("objects", self.said.text))
        )

    def _other_order(self) -> Events | None:
        """Return the events of a turn that means another order, or ``None``."""
        chooser = OrderChooser(self.turn, self.services.commerce)
        numbered = chooser.by_number() if self.turn.values("order_no") else chooser.by_tail()
        orders: tuple[Order, ...] = () if numbered is None or isinstance(numbered, Unknown) else numbered.orders
        if isinstance(numbered, Unknown):
            return [*say_unknown(self.turn, self.reply, self.plan.task, numbered.number, []), *self._again()]
        if not orders and (says("other_order", self.said.text) or means("another", self.said.text)):
            orders = self._beside(chooser)
            if not orders:
                self.reply.say("service.no_other_order")
                return self._again()
        if not orders or orders[0].order_no == self.draft.order_no:
            return None
        if len(orders) > 1:
            return [
                *closed(),
                SlotSet("task", self.plan.task),
                SlotSet("options", [order.order_no for order in orders[:5]]),
                FollowupAction("order_form"),
            ]
        return [*closed(), *begin(self.plan, self.turn, self.reply, self.services, orders[0], known=why_of(self.draft))]

    def _beside(self, chooser: OrderChooser) -> tuple[Order, ...]:
        """Return the orders that are meant instead: the one placed before or after, where that was said, or all."""
        orders = [order for order in chooser.orders if order.parent_order_no is None]
        numbers = [order.order_no for order in orders]
        here = numbers.index(self.draft.order_no) if self.draft.order_no in numbers else -1
        text = self.said.text
        if here >= 0 and ("上" in text or "前" in text) and here + 1 < len(orders):
            return (orders[here + 1],)
        if here > 0 and ("下一" in text or "后" in text):
            return (orders[here - 1],)
        others = [order for order in orders if order.order_no != self.draft.order_no]
        suiting = [order for order in others if any(order.state in states for states in self.plan.tiers[:1])]
        return tuple(suiting or others)

    def _asks_instead(self) -> bool:
        """Return whether free words are a question or another wish rather than the value that was asked for."""
        intent = self.turn.intent
        if self.asked == "note" and self.plan.task == "request_arbitration":
            return says("question", self.said.text)  # what is demanded belongs to the statement: 要求退款
        if intent in PLAIN_ANSWERS or intent in TELLING or intent == self.plan.task:
            return intent not in ("inform", "") and says("question", self.said.text)
        read_for_sure = self.asked == "reason" and bool(self.said.values("reason"))
        return not read_for_sure or says("question", self.said.text)

    def _no_answer(self) -> Events:
        mistaken = self._mistaken()
        if mistaken is not None:
            return self._taken({mistaken: None}, None)
        if self.asked == CONFIRM and (self.turn.intent == "deny" or says("objects", self.said.text)):
            self.reply.say("service.what_is_wrong")
            return self._again()
        if self.asked != CONFIRM and says("wait", self.said.text):
            self.reply.say("service.waiting")
            return self._again()
        asks = self.turn.intent == "nlu_fallback" and says("question", self.said.text)
        if asks or (self.turn.intent not in PLAIN_ANSWERS and self.turn.intent != self.plan.task):
            return []
        failed = int(self.turn.slots.get("form_failures") or 0) + 1
        name = "explain" if failed >= EXPLAIN_AFTER else "unclear"
        self.reply.say(f"service.{name}")
        return [
            SlotSet("form_failures", failed),
            SlotSet("failures", min(int(self.turn.slots.get("failures") or 0) + 1, GIVEN_UP)),
            SlotSet("requested_slot", self.asked),
        ]

    def _mistaken(self) -> str | None:
        """Return the slot whose value is said to be wrong below the summary, without what it should be."""
        if self.asked != CONFIRM or says("question", self.said.text):
            return None
        needed = self.plan.needed(self.context)
        return next((slot for slot, words in NAMED.items() if slot in needed and says(words, self.said.text)), None)

    def _taken(self, values: dict[str, Any], wrong: Wrong | None) -> Events:
        """Return the events of values that were read, unless the task can't be done with them."""
        values = self.plan.adjust(self.context, values)
        context = self.context.knowing(values)
        refusal = self.plan.refuse(context)
        if refusal is not None:
            return refuse(refusal, self.plan, self.context, self.reply)
        if wrong is not None:
            self.reply.say("service.plain", text=text_of(wrong.text, **wrong.values))
        elif self.asked == CONFIRM and next_slot(self.plan, context) == CONFIRM:
            self.reply.say("service.changed")
        elif values.get("photo") and self.asked != "photo":
            self.reply.say("service.photo_kept", count=len(values["photo"]))
        elif self.asked not in values and next_slot(self.plan, context) == self.asked:
            self.reply.say("service.noted")
        failures = int(self.turn.slots.get("failures") or 0) + 1 if wrong is not None and not values else 0
        return [
            *changes(self.draft, values),
            SlotSet("form_failures", 0),
            SlotSet("failures", min(failures, GIVEN_UP)),
            SlotSet("requested_slot", next_slot(self.plan, context)),
        ]

    def _again(self) -> Events:
        return [SlotSet("form_failures", 0), SlotSet("requested_slot", self.asked)]
