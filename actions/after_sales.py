"""After-sale cases: where they stand, what money is about, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from actions.base import Events, TopicAction
from actions.events import resolved, unresolved
from actions.order_choice import Found, OrderChooser, Unknown, remembered
from actions.order_task import end_turn, order_button, say_no_orders
from actions.services import Services
from actions.speech import Reply, button, text_of
from actions.standing import FINISHED
from actions.texts import replies
from actions.turn import Turn
from actions.wording import after_sale_kind, after_sale_state, goods, span, yuan
from xiaoer.accounts.model import Role
from xiaoer.clock import local_text
from xiaoer.commerce.model import AfterSale, AfterSaleState, Order

TOPIC = "after_sales"
MOST_SHOWN = 3
SLOW_AFTER = timedelta(hours=72)
"""How long a case may stand still before a person is offered."""


@dataclass(frozen=True)
class _Meant:
    """The cases that a turn is about.

    Attributes:
        cases: The cases, newest first.
        order: The order that was meant, if one was.
        elsewhere: Whether that order has none, and the cases are those of other orders.
    """

    cases: tuple[AfterSale, ...]
    order: Order | None = None
    elsewhere: bool = False


class QueryAfterSale(TopicAction):
    """Says where the caller's after-sale cases stand."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_query_after_sale"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Show the cases that are meant, or say that there are none."""
        events = self._act(turn, reply, services)
        return events if turn.previous_action == "action_listen" else end_turn(events, turn)

    def _act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        if turn.role is not Role.CONSUMER:
            return say_no_orders(turn, reply, TOPIC)
        chooser = OrderChooser(turn, services.commerce)
        meant = self._meant(turn, services, chooser)
        if isinstance(meant, Unknown):
            reply.say("after_sales.unknown", number=meant.number)
            return unresolved(turn)
        slots = remembered(turn, meant.order) if meant.order else {}
        if not meant.cases:
            self._say_none(reply, meant.order)
            return resolved(TOPIC, **slots)
        if meant.elsewhere and meant.order is not None:
            reply.say("after_sales.none_for_order", order_no=meant.order.order_no)
        shown = _worth_showing(turn, meant)
        offers = [self._show(turn, reply, chooser, case) for case in shown]
        if len(shown) == 1 and (order := chooser.own(shown[0].order_no)) is not None:
            slots = remembered(turn, order)
        return resolved(TOPIC, offer="handoff" if any(offers) else None, **slots)

    def _meant(self, turn: Turn, services: Services, chooser: OrderChooser) -> _Meant | Unknown:
        cases = services.commerce.list_after_sales(turn.tenant, turn.subject)
        for number in turn.values("after_sale_no"):
            named = tuple(case for case in cases if case.after_sale_no == number.strip().upper())
            return _Meant(named) if named else Unknown(number)
        choice = chooser.by_number() or chooser.by_tail() or chooser.in_mind()
        if isinstance(choice, Unknown):
            return choice
        orders = choice.orders if choice is not None else tuple(chooser.named)
        own = _of_orders(cases, orders)
        order = orders[0] if isinstance(choice, Found) else None
        return _Meant(own or tuple(cases), order, elsewhere=bool(order) and not own)

    def _say_none(self, reply: Reply, order: Order | None) -> None:
        buttons = [
            order_button("申请退货退款", "return_goods", order) if order else button("申请退货退款", "return_goods"),
            button("查订单", "query_order"),
            button("转人工", "request_human"),
        ]
        if order is None:
            reply.say("after_sales.none", buttons=buttons)
        else:
            reply.say("after_sales.none_at_all", order_no=order.order_no, goods=goods(order.lines), buttons=buttons)

    def _show(self, turn: Turn, reply: Reply, chooser: OrderChooser, case: AfterSale) -> bool:
        """Say where a case stands, and return whether a person was offered."""
        order = chooser.own(case.order_no)
        lines = _case_lines(case)
        still = turn.now - case.updated_at
        runs = case.state not in FINISHED
        offered = case.state is AfterSaleState.REJECTED or (runs and (still >= SLOW_AFTER or turn.intent == "urge"))
        if runs and still >= SLOW_AFTER:
            lines.append(text_of("after_sales.slow", still=span(still)))
        elif runs and offered:
            lines.append(text_of("after_sales.offer_press"))
        reply.say(
            "after_sales.case",
            after_sale_no=case.after_sale_no,
            kind=after_sale_kind(case.kind),
            state=after_sale_state(case.state),
            order_no=case.order_no,
            goods=goods(order.lines) if order else "",
            detail="\n".join(lines),
            buttons=[button("转人工", "request_human")] if offered else [],
        )
        return offered


def _of_orders(cases: Sequence[AfterSale], orders: Sequence[Order]) -> tuple[AfterSale, ...]:
    numbers = {order.order_no for order in orders}
    return tuple(case for case in cases if case.order_no in numbers)


def _worth_showing(turn: Turn, meant: _Meant) -> list[AfterSale]:
    """Return the cases that still run, or else the latest; those about money first where money was asked about."""
    cases = [case for case in meant.cases if case.amount] if turn.intent == "query_refund" else []
    cases = cases or list(meant.cases)
    running = [case for case in cases if case.state not in FINISHED]
    return running[:MOST_SHOWN] or cases[:1]


def _case_lines(case: AfterSale) -> list[str]:
    """Return what is known of a case besides its state, and what comes next."""
    lines = []
    if case.reason:
        lines.append(text_of("after_sales.reason", reason=case.reason))
    if case.amount:
        lines.append(text_of(f"after_sales.{_variant('money', case)}", amount=yuan(case.amount)))
    if case.note:
        lines.append(text_of("after_sales.note", note=case.note))
    times = {"created_at": local_text(case.created_at), "updated_at": local_text(case.updated_at)}
    lines.append(text_of("after_sales.times", **times))
    lines.append(text_of(f"after_sales.{_variant(f'next_{case.state.value}', case)}"))
    return lines


def _variant(name: str, case: AfterSale) -> str:
    """Return the name of the text for the case's kind, where there is one of its own."""
    own = f"{name}_{case.kind.value}"
    return own if own in replies("after_sales") else name
