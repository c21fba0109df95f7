"""Deliveries that went wrong: what the trace shows of it, what happens now, and until when somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from actions.base import Events
from actions.cards import track_card
from actions.delivery import Problem, disproved, in_time, problem_in, promised_day
from actions.events import resolved
from actions.follow_up import promise_answer
from actions.logistics import (
    ENDED,
    TROUBLED,
    UNDER_WAY,
    as_of_line,
    contents_of,
    meant_parcels,
    show_not_shipped,
    silence,
)
from actions.order_choice import Found, Several, remembered
from actions.order_task import OrderTask, order_button
from actions.question import words_of_task
from actions.services import Services
from actions.speech import Button, Reply, button, text_of
from actions.standing import WAITING
from actions.turn import Turn
from actions.wording import shipment_state, span
from xiaoer.clock import local_text
from xiaoer.commerce.model import Order, OrderState, Shipment, ShipmentEvent, ShipmentState

TOPIC = "logistics"

AT_THE_DOOR = frozenset({Problem.NOT_RECEIVED, Problem.NOT_TO_DOOR, Problem.DAMAGED, Problem.WRONG_PLACE, Problem.LOST})
"""Problems that a parcel which was signed for is likeliest to have."""

SENT = frozenset({OrderState.SHIPPED, OrderState.COMPLETED})
"""States in which an order without a parcel is odd."""

REASONS = {
    Problem.NOT_RECEIVED: "not_received",
    Problem.LOST: "not_received",
    Problem.STUCK: "not_received",
    Problem.DAMAGED: "damaged",
}
"""Reasons of after-sales that problems of delivery stand for."""

REFUSALS = ("拒收", "拒签")


class ReportLogisticsProblem(OrderTask):
    """Says what the trace knows of a delivery that went wrong, and has somebody look into it."""

    task = "report_logistics_problem"
    topic = TOPIC
    tiers = (UNDER_WAY, frozenset({OrderState.COMPLETED}), WAITING, frozenset(OrderState))

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Keep the orders in whose trace the reported problem shows."""
        problem = problem_in(words_of_task(turn, self.task))
        fitting = tuple(order for order in several.orders if _shows(turn, services, order, problem))
        if len(fitting) == 1:
            return Found(fitting, slots=remembered(turn, fitting[0]))
        return Several(fitting) if fitting else several

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """State the facts of the parcels that have the problem."""
        offers = [_report(turn, reply, services, found, order) for order in found.orders]
        # What is applied for next is applied for because of this.
        problem = problem_in(words_of_task(turn, self.task))
        reason = REASONS.get(problem) if problem else None
        return resolved(self.topic, offer=offers[0], **found.slots, **({"reason": reason} if reason else {}))


def _shows(turn: Turn, services: Services, order: Order, problem: Problem | None) -> bool:
    parcels = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
    signed = any(parcel.state is ShipmentState.DELIVERED for parcel in parcels)
    return bool(_wrong(turn, parcels)) or (signed and problem in AT_THE_DOOR and order.state in UNDER_WAY)


def _wrong(turn: Turn, parcels: Sequence[Shipment]) -> list[Shipment]:
    return [parcel for parcel in parcels if silence(parcel, turn.now) or parcel.state in TROUBLED]


def _report(turn: Turn, reply: Reply, services: Services, found: Found, order: Order) -> str | None:
    words = words_of_task(turn, ReportLogisticsProblem.task)
    problem = problem_in(words)
    every = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
    if not every:
        if order.state in SENT:
            reply.say("follow_up.told", promised=promise_answer(turn, services, TOPIC, order, words))
        return show_not_shipped(turn, reply, order)
    parcels = _in_trouble(turn, meant_parcels(turn, found, every), problem)
    if not words and all(parcel.state is ShipmentState.DELIVERED for parcel in parcels):
        problem = Problem.NOT_RECEIVED  # the button below a delivered parcel says no more
    promised = ""
    if _needs_answer(turn, parcels, problem, words):
        waybills = "、".join(parcel.waybill_no for parcel in parcels)
        promised = promise_answer(turn, services, TOPIC, order, f"{words or '没有收到'}（{waybills}）")
    for parcel in parcels:
        reply.show(
            "logistics.problem",
            track_card(parcel),
            buttons=_buttons(order, parcel, problem),
            fact="\n".join([*_age_lines(parcel), _fact(turn, parcel, problem)]),
            step=_step(turn, order, parcel, problem, words),
            promised=promised if parcel is parcels[-1] else "",
            order_no=parcel.order_no,
            goods=contents_of(parcel),
            carrier=parcel.carrier_name,
            waybill_no=parcel.waybill_no,
        )
    return "handoff"


def _needs_answer(turn: Turn, parcels: Sequence[Shipment], problem: Problem | None, words: str) -> bool:
    """Whether somebody must look into it: not where the trace shows that all is well, or nothing was said yet."""
    if problem is None and not words:
        return bool(_wrong(turn, parcels))
    return not all(disproved(problem, parcel, turn.now) for parcel in parcels)


def _in_trouble(turn: Turn, parcels: list[Shipment], problem: Problem | None) -> list[Shipment]:
    """Return the parcels that the problem must be about, judged by their traces; all where none stands out."""
    signed = [parcel for parcel in parcels if parcel.state is ShipmentState.DELIVERED]
    wrong = _wrong(turn, parcels)
    if problem in AT_THE_DOOR:
        return signed or wrong or parcels
    return wrong or [parcel for parcel in parcels if parcel.state not in ENDED] or parcels


def _buttons(order: Order, parcel: Shipment, problem: Problem | None) -> list[Button]:
    signed = parcel.state is ShipmentState.DELIVERED
    buttons = [button("转人工核实", "request_human"), order_button("查物流", "query_logistics", order)]
    if problem is Problem.DAMAGED:
        return_goods = order_button("退货退款", "return_goods", order)
        return [return_goods, order_button("申请退款", "request_refund", order), *buttons]
    if problem is Problem.REFUSED:
        buttons.append(order_button("申请退款", "request_refund", order))
    if problem in (Problem.STUCK, Problem.LATE) and signed:
        buttons.append(order_button("没有收到", "report_logistics_problem", order))
    return buttons


def _age_lines(parcel: Shipment) -> list[str]:
    return [] if parcel.as_of is None else [as_of_line(parcel.as_of)]


def _fact(turn: Turn, parcel: Shipment, problem: Problem | None) -> str:
    if not parcel.events:
        silent = span(turn.now - parcel.created_at)
        return text_of("logistics.fact_no_events", created_at=local_text(parcel.created_at), silent=silent)
    refusal = _refusal(parcel) if problem is Problem.REFUSED else None
    if refusal is not None:
        return text_of("logistics.fact_refused", at=local_text(refusal.at), text=refusal.text)
    last = parcel.events[-1]
    name, silent_for = _fact_name(turn, parcel)
    return text_of(
        f"logistics.fact_{name}",
        at=local_text(last.at),
        text=last.text,
        state=shipment_state(parcel.state),
        silent=span(silent_for),
    )


def _fact_name(turn: Turn, parcel: Shipment) -> tuple[str, timedelta]:
    """Return which fact a trace shows, and for how long the parcel has been silent."""
    silent = turn.now - parcel.moved_at
    if parcel.state is ShipmentState.DELIVERED:
        return "delivered", silent
    if silence(parcel, turn.now) is not None:
        return "stuck", silent
    if parcel.state in TROUBLED:
        return parcel.state.value, silent
    return "out" if parcel.state is ShipmentState.OUT_FOR_DELIVERY else "moving", silent


def _refusal(parcel: Shipment) -> ShipmentEvent | None:
    """Return the latest event that tells of a refusal."""
    return next((event for event in reversed(parcel.events) if any(each in event.text for each in REFUSALS)), None)


def _step(turn: Turn, order: Order, parcel: Shipment, problem: Problem | None, words: str) -> str:
    """Return what the trace means for what was said, and what comes next."""
    name = _step_name(turn, parcel, problem, words)
    return text_of(
        f"logistics.step_{name}",
        carrier=parcel.carrier_name,
        address=order.receiver_address,
        due=promised_day(parcel),
    )


def _step_name(turn: Turn, parcel: Shipment, problem: Problem | None, words: str) -> str:
    signed = parcel.state is ShipmentState.DELIVERED
    if problem is None and not _wrong(turn, [parcel]):
        return "other" if words else "ask"
    if problem is not None and disproved(problem, parcel, turn.now):
        return f"{problem.value}_{'delivered' if signed else 'disproved'}"
    if problem in (None, Problem.STUCK) or (problem is Problem.NOT_RECEIVED and not signed):
        return "trouble" if silence(parcel, turn.now) is None else "stuck"
    if problem is Problem.LATE:
        return {None: "late_unknown", True: "trouble", False: "late"}[in_time(parcel, turn.now)]
    if problem is Problem.REFUSED and _refusal(parcel) is None and parcel.state is not ShipmentState.RETURNED:
        return "refused_unknown"
    return problem.value
