"""Beginning a wish, going on with it, and ending it: the steps that its form and its action share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.base import SERVICE_FORM, Events
from actions.events import resolved
from actions.order_choice import remembered
from actions.service.draft import CONFIRM, Draft, closed, draft_of, new_draft
from actions.service.plan import Context, Plan, Refusal
from actions.service.plans import plan_of, tasks
from actions.service.reading import read
from actions.service.said import Said, Wrong, pictures_of
from actions.service.words import says
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from xiaoer.commerce.model import Order

CONTINUE = "action_continue_task"
RESUME = "resume_service"
INTERCEPT = "intercept_parcel"


WHY = ("reason", "reason_text")
"""Slots that hold why something is wanted, whatever it is."""


def why_of(draft: Draft) -> dict[str, Any]:
    """Return why a wish is uttered, for the wish that takes its place."""
    return {name: draft.get(name) for name in WHY if draft.get(name)}


def begin(
    plan: Plan,
    turn: Turn,
    reply: Reply,
    services: Services,
    order: Order,
    *,
    known: Mapping[str, Any] | None = None,
) -> Events:
    """Begin a wish about an order: refuse it with the true reason, or open the form for what is still to be known.

    Args:
        plan: What is wanted.
        turn: The present turn.
        reply: What is said.
        services: The outside world.
        order: The order.
        known: What was known already, by slot.
    """
    said = request_of(turn, plan.task)
    context, found = _first_context(plan, turn, services, order, said=said, told=known or {})
    refusal = plan.refuse(context)
    if refusal is not None:
        return refuse(refusal, plan, context, reply)
    notice = plan.notice(context)
    if notice:
        reply.say("service.plain", text=notice)
    for name in plan.needed(context):
        if name in found.wrong and context.get(name) in (None, [], ""):
            reply.say("service.plain", text=text_of(found.wrong[name].text, **found.wrong[name].values))
            break
    return [*_put_aside(turn, context.draft), *open_form(turn, order, context.draft, plan)]


def open_form(turn: Turn, order: Order, draft: Draft, plan: Plan) -> Events:
    """Return the events that keep a draft and open its form, which then asks for what is missing."""
    return [
        SlotSet("failures", 0),
        SlotSet("form_failures", 0),
        SlotSet("offer", None),
        SlotSet("last_topic", plan.topic),
        SlotSet("requested_slot", None),
        SlotSet(CONFIRM, None),
        *(SlotSet(name, value) for name, value in remembered(turn, order).items()),
        *draft.events(),
        FollowupAction(SERVICE_FORM),
    ]


def refuse(refusal: Refusal, plan: Plan, context: Context, reply: Reply) -> Events:
    """Say why a wish is not granted, and begin what is really wanted where that is plain."""
    turn, order = context.turn, context.order
    if refusal.instead is not None:
        reply.say("service.plain", text=refusal.text)
        return begin(plan_of(refusal.instead), turn, reply, context.services, order, known=why_of(context.draft))
    if (
        refusal.offer == INTERCEPT and not turn.tapped and says("intercept", turn.text)
    ):  # the offer is taken, or asked for
        known = [SlotSet(name, value) for name, value in remembered(turn, order).items()]
        return [*(closed() if turn.slots.get("service") else []), *known, FollowupAction(f"action_{INTERCEPT}")]
    reply.say("service.plain", text=refusal.text, buttons=refusal.buttons)
    events = resolved(plan.topic, offer=refusal.offer, **remembered(turn, order))
    # Whoever taps another remedy then is not asked again for what was told.
    events += [SlotSet(name, value) for name, value in why_of(context.draft).items() if name in plan.reads]
    return [*closed(), *events] if turn.slots.get("service") else events


def request_of(turn: Turn, task: str) -> Said:
    """Return the words of a wish: this turn's, or those before the order was chosen."""
    if turn.previous_action == CONTINUE or turn.slots.get("requested_slot") == "order_choice":
        typed = [each for each in turn.earlier if not each.text.startswith("/")]
        asking = [place for place, each in enumerate(typed) if each.intent in tasks() or each.intent == task]
        asking = asking or [place for place, each in enumerate(typed) if each.intent == "nlu_fallback"]
        before = typed[asking[-1] :] if asking else []
        words = "，".join(each.text for each in before)
        found = tuple(entity for each in before for entity in each.entities)
        return Said(words, found, pictures_of(turn.attachments))
    return Said("" if turn.tapped else turn.text.strip(), turn.entities, pictures_of(turn.attachments))


def _first_context(
    plan: Plan, turn: Turn, services: Services, order: Order, *, said: Said, told: Mapping[str, Any]
) -> tuple[Context, Understood]:
    """Return the draft with what the words tell and what was known of the same order's trouble, and how they read."""
    known = {name: value for name, value in told.items() if name in plan.reads}
    if turn.slots.get("order_no") == order.order_no:
        known.update({name: turn.slots[name] for name in WHY if turn.slots.get(name) and name in plan.reads})
    if plan.evidence and turn.slots.get("photo"):
        known["photo"] = turn.slots["photo"]
    context = Context(turn, services, new_draft(plan.task, order.order_no, known))
    found = understood(plan, said, context)
    context = context.knowing(found.values)
    return context.knowing(plan.begin(context, said.text)), found


class Understood:
    """What a turn says about the slots of a plan.

    Attributes:
        values: Slot → value.
        wrong: Slot → why an answer can't be one.
        repeated: Slots of which the turn says what is known already.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.repeated: list[str] = []
        self.wrong: dict[str, Wrong] = {}


def understood(plan: Plan, said: Said, context: Context, asked: str | None = None) -> Understood:
    """Return what is said about the slots that a plan reads, the one that was asked for before the others."""
    found = Understood()
    names = [*([asked] if asked else []), *(name for name in plan.reads if name != asked)]
    if plan.evidence and "photo" not in names:
        names.append("photo")
    for name in names:
        value = read(name, said, context.knowing(found.values), asked=name == asked)
        if isinstance(value, Wrong):
            found.wrong[name] = value
        elif value is not None and value == context.get(name):
            found.repeated.append(name)
        elif value is not None:
            found.values[name] = value
    if "reason" in found.values and context.get("reason_text") and "reason_text" not in found.values:
        found.values["reason_text"] = None  # the words were those of the reason before
    return found


def _put_aside(turn: Turn, draft: Draft) -> Events:
    """Return the events that keep another wish for later, if one was being arranged for something else."""
    before = draft_of(turn)
    if before is None or before.task == draft.task or _same_kind(before, draft):
        return []
    return [SlotSet("paused", before.saved())]


def _same_kind(one: Draft, other: Draft) -> bool:
    """Return whether a wish takes another's place: another remedy for the same order."""
    same = {"return_goods", "request_refund", "exchange_goods", "request_repair", "cancel_order"}
    return one.order_no == other.order_no and one.task in same and other.task in same


def next_slot(plan: Plan, context: Context) -> str | None:
    """Return the slot to ask for next; ``confirm`` where all is known, ``None`` where that is confirmed too."""
    for name in plan.needed(context):
        if context.get(name) in (None, [], ""):
            return name
    return None if context.turn.slots.get(CONFIRM) is True else CONFIRM


def changes(before: Draft, values: Mapping[str, Any]) -> Events:
    """Return the events that write values of a draft."""
    return [SlotSet(name, value) for name, value in values.items() if before.get(name) != value]


def given_up() -> Events:
    """Return the events that end the form; the action that says so forgets the draft."""
    return [  # without a slot other than requested_slot Rasa takes the turn for no answer to the form
        SlotSet("form_failures", 0),
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        FollowupAction("action_leave_flow"),
    ]
