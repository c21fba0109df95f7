"""Doing what was confirmed, coming back to what was put aside, and stopping a parcel on its way."""

from __future__ import annotations

from collections.abc import Mapping

from rasa_sdk.events import FollowupAction, SlotSet

from actions.back_office import tell_down
from actions.base import Events, TopicAction
from actions.events import forget_wish, resolved
from actions.order_choice import remembered
from actions.order_task import end_turn
from actions.service.conduct import RESUME, begin, open_form
from actions.service.draft import CONFIRM, Draft, draft_of, paused_draft
from actions.service.plan import Context, Plan, Refusal
from actions.service.plans import plan_of
from actions.services import Services
from actions.speech import Reply, button, text_of
from actions.turn import Turn
from actions.wording import goods, yuan
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    BackOfficeDown,
    CommerceError,
    ExceedsBought,
    InvalidRequest,
    KeyReused,
    NotEligible,
    OrderNotFound,
    OutOfStock,
    PaymentNeeded,
    Refused,
    StateForbids,
)
from xiaoer.database import writing
from xiaoer.service.follow_ups import open_follow_up

WORDS: Mapping[type[CommerceError], str] = {
    OutOfStock: "out_of_stock",
    PaymentNeeded: "payment_needed",
    ExceedsBought: "exceeds_bought",
    InvalidRequest: "invalid_request",
    StateForbids: "state_forbids",
    KeyReused: "state_forbids",
}
"""Names of the texts that say why something was refused."""


class SubmitService(TopicAction):
    """Writes what the customer has confirmed."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_submit_service"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Write it, and say what came of it; nothing where the form was left."""
        draft = draft_of(turn)
        if draft is None or turn.slots.get(CONFIRM) is not True:
            return []
        plan, context = plan_of(draft.task), Context(turn, services, draft)
        try:
            done = plan.submit(context)
        except (Refused, OrderNotFound, AfterSaleNotFound) as error:
            return self._refused(plan, context, reply, error)
        except BackOfficeDown as error:
            # Whether it was written is not known; the key makes another try safe.
            told = tell_down(error, turn, reply, services)
            reply.say("service.try_again", buttons=[{"title": "再试一次", "payload": "/affirm"}])
            return [*forget_wish(), *told, SlotSet("paused", draft.saved()), SlotSet("offer", RESUME)]
        if done.card is not None:
            reply.show("service.plain", done.card, text=done.text, buttons=done.buttons)
        else:
            reply.say("service.plain", text=done.text, buttons=done.buttons)
        events = [*forget_wish(), *resolved(plan.topic, offer=done.offer, **remembered(turn, context.order))]
        return [*events, *_offer_paused(turn, reply, services, draft)]

    def _refused(self, plan: Plan, context: Context, reply: Reply, error: CommerceError) -> Events:
        """Say why it was not done: the order has changed since it was shown."""
        fresh = Context(context.turn, context.services, context.draft)
        refusal = (plan.refuse(fresh) if fresh.exists else None) or Refusal(words_of(error))
        reply.say("service.not_done", text=refusal.text, buttons=[*refusal.buttons, button("转人工", "request_human")])
        return [*forget_wish(), *resolved(plan.topic, offer="handoff")]


def words_of(error: CommerceError) -> str:
    """Return why a change was refused, in words for the customer."""
    if isinstance(error, NotEligible):
        return error.decision.sentence
    values: dict[str, object] = {}
    if isinstance(error, OutOfStock):
        values = {"available": error.available}
    elif isinstance(error, PaymentNeeded):
        values = {"amount": error.amount}
    elif isinstance(error, ExceedsBought):
        values = {"left": sum(error.left.values())}
    return text_of(f"service.{WORDS.get(type(error), 'gone')}", **values)


def _offer_paused(turn: Turn, reply: Reply, services: Services, done: Draft) -> Events:
    """Return the events that offer to go on with what was put aside for this, where that still makes sense."""
    paused = paused_draft(turn)
    if paused is None or (paused.task, paused.order_no) == (done.task, done.order_no):
        return [SlotSet("paused", None)]
    context = Context(turn, services, paused)
    if not context.exists or plan_of(paused.task).refuse(context) is not None:
        return [SlotSet("paused", None)]
    reply.say(
        "service.offer_resume",
        what=text_of(f"service.title_{paused.task}"),
        order_no=paused.order_no if paused.task == done.task else "",
        buttons=[{"title": "继续", "payload": "/affirm"}, button("不用了", "deny")],
    )
    return [SlotSet("offer", RESUME)]


class ResumeService(TopicAction):
    """Goes on with the wish that was put aside."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"action_{RESUME}"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Open its form again where it still can be done."""
        draft = paused_draft(turn)
        if draft is None:
            reply.say("smalltalk.acknowledge")
            return end_turn([SlotSet("offer", None)], turn)
        plan, context = plan_of(draft.task), Context(turn, services, draft)
        if not context.exists:
            reply.say("service.gone")
            return end_turn([SlotSet("offer", None), SlotSet("paused", None)], turn)
        refusal = plan.refuse(context)
        if refusal is not None:
            return end_turn([SlotSet("paused", None), *begin(plan, turn, reply, services, context.order)], turn)
        reply.say("service.resumed", what=text_of(f"service.title_{draft.task}"))
        return [SlotSet("paused", None), *open_form(turn, context.order, draft, plan)]


class InterceptParcel(TopicAction):
    """Asks the shop to stop a parcel that has left already."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_intercept_parcel"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Open a follow-up for it, once a day and order."""
        order_no = turn.slots.get("order_no")
        if not order_no:
            return [FollowupAction("action_cancel_order")]
        order = services.commerce.get_order(turn.tenant, turn.subject, str(order_no))
        with writing(services.engine) as session:
            opened = open_follow_up(
                session,
                turn.tenant,
                turn.subject,
                "intercept",
                now=turn.now,
                order_no=order.order_no,
                conversation_id=turn.conversation_id,
                detail=text_of("service.intercept_detail", goods=goods(order.lines)),
            )
        reply.say(
            "service.intercept_asked" if opened.created else "service.intercept_asked_before",
            order_no=order.order_no,
            goods=goods(order.lines),
            amount=yuan(order.amount),
            buttons=[button("查物流", "query_logistics", order_no=order.order_no), button("转人工", "request_human")],
        )
        return end_turn(resolved("logistics", **remembered(turn, order)), turn)
