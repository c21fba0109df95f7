"""Paying: what the caller's order shows of it, what to do now, and what must be looked into."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from rasa_sdk.events import FollowupAction

from actions.answers import find, find_answer, show_answer
from actions.base import Events
from actions.cards import order_card
from actions.events import resolved, unresolved
from actions.follow_up import promise_answer
from actions.offers import offer_or_pass
from actions.order_choice import CONTINUE, MOST_OPTIONS, ORDERS_SEEN, Found, Several, Tiers, form_open
from actions.order_task import FORM, OrderTask, order_button, say_no_orders
from actions.picking import plain
from actions.product_choice import person_button
from actions.question import words_of_task
from actions.services import Services
from actions.speech import Reply, text_of
from actions.standing import payment_line
from actions.turn import Turn
from actions.wording import goods, order_state
from xiaoer.accounts.model import Role
from xiaoer.commerce.model import Order, OrderQuery, OrderState
from xiaoer.knowledge.model import Answer, Finding, Verdict

TOPIC = "payment"
UNPAID = frozenset({OrderState.PENDING_PAYMENT})
OVER = frozenset({OrderState.CLOSED, OrderState.CANCELLED})
PAID = frozenset(OrderState) - UNPAID - OVER

NEAR = timedelta(days=1)
"""How far apart two orders of the same amount may be for one to be taken for a second charge of the other."""


class Trouble(str, Enum):
    """What is said of paying."""

    CHARGED_TWICE = "charged_twice"
    PAID_BUT_UNPAID = "paid_but_unpaid"
    DEPOSIT = "deposit"
    FAILED = "failed"
    HOW = "how"
    QUESTION = "question"


CLAIMS = frozenset({Trouble.CHARGED_TWICE, Trouble.PAID_BUT_UNPAID})
"""Troubles that are about money that has left the customer's account; they need an order to be looked into."""

TIERS: Mapping[Trouble, Tiers] = {
    Trouble.CHARGED_TWICE: (PAID, UNPAID, OVER),
    Trouble.PAID_BUT_UNPAID: (UNPAID, OVER, PAID),
}


@dataclass(frozen=True)
class Said:
    """How a trouble is told.

    Attributes:
        patterns: What finds it in a text.
        question: What knowledge is asked of it.
    """

    patterns: tuple[re.Pattern[str], ...]
    question: str


@cache
def sayings() -> Mapping[Trouble, Said]:
    """Return how each trouble is told (``payments.yml``), in the order in which they are tried.

    Raises:
        ValueError: If a trouble is missing, or is none.
    """
    content = yaml.safe_load(files("actions").joinpath("payments.yml").read_text(encoding="utf-8"))
    found = {Trouble(name): _said(entry) for name, entry in content.items()}
    if set(found) != set(Trouble):
        raise ValueError("payments.yml must tell every trouble")
    return found


def _said(entry: Mapping[str, Any]) -> Said:
    return Said(tuple(map(re.compile, entry["patterns"])), str(entry["question"]))


def trouble_in(text: str) -> Trouble:
    """Return what a text says of paying; what names no trouble is a question."""
    said = plain(text)
    matching = (trouble for trouble, how in sayings().items() if any(each.search(said) for each in how.patterns))
    return next(matching, Trouble.QUESTION)


class PaymentIssue(OrderTask):
    """Says what the order shows of paying, answers what knowledge knows, and has claims looked into."""

    task = "payment_issue"
    tiers = (UNPAID,)

    def _act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        words = words_of_task(turn, self.task)
        trouble = trouble_in(words)
        named = bool(turn.values("order_no")) or turn.previous_action == CONTINUE
        if turn.role is not Role.CONSUMER and trouble in CLAIMS:
            return say_no_orders(turn, reply, self.topic)
        if turn.role is not Role.CONSUMER or (trouble is Trouble.QUESTION and not named):
            return self._answered(turn, reply, services)
        return super()._act(turn, reply, services)

    def suits(self, turn: Turn) -> Tiers:
        """Return the states of orders that a trouble is likeliest about."""
        return TIERS.get(trouble_in(words_of_task(turn, self.task)), self.tiers)

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Show all that can be paid where nothing went wrong with any of them."""
        if trouble_in(words_of_task(turn, self.task)) in (Trouble.HOW, Trouble.DEPOSIT):
            return Found(several.orders[:MOST_OPTIONS])
        return several

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Tell what each order shows, then what knowledge says."""
        words = words_of_task(turn, self.task)
        trouble = trouble_in(words)
        orders = found.orders
        if trouble not in CLAIMS and not turn.values("order_no") and turn.previous_action != CONTINUE:
            orders = tuple(order for order in orders if order.state in UNPAID)
            if not orders:  # what was talked about before is paid for: it can't be meant
                return self.tell_unsuitable(turn, reply, services, ())
        for order in orders:
            _tell_order(turn, reply, services, order, words)
        answer = _rule(turn, services, words, trouble)
        if answer is not None:
            show_answer(turn, reply, answer, rated=False)
        return resolved(self.topic, offer="handoff", **found.slots)

    def tell_unsuitable(self, turn: Turn, reply: Reply, services: Services, orders: tuple[Order, ...]) -> Events:
        """Say that nothing waits to be paid, with what knowledge says."""
        words = words_of_task(turn, self.task)
        trouble = trouble_in(words)
        wanted = OrderQuery(states=UNPAID, limit=MOST_OPTIONS)
        unpaid = services.commerce.list_orders(turn.tenant, turn.subject, wanted)
        if unpaid and trouble not in CLAIMS:
            return self.tell(turn, reply, services, Found(tuple(unpaid)))
        if trouble in CLAIMS:
            reply.say("payments.no_order", buttons=[person_button()])
        elif trouble is Trouble.FAILED:
            reply.say("payments.none_unpaid")
        return self._answered(turn, reply, services)

    def _answered(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer from knowledge; where an order was being chosen for something else, that is asked again."""
        words = words_of_task(turn, self.task)
        trouble = trouble_in(words)
        again = [FollowupAction(FORM)] if form_open(turn) and turn.slots.get("task") != self.task else []
        answer = _rule(turn, services, words, trouble)
        if answer is None:
            finding = Finding(Verdict.UNKNOWN) if trouble in CLAIMS else find(turn, services, words)
            return [*unresolved(turn, offer=offer_or_pass(turn, reply, services, finding, words)), *again]
        show_answer(turn, reply, answer, buttons=[person_button()] if trouble in CLAIMS else None)
        return [*resolved("other", offer="handoff" if trouble in CLAIMS else None), *again]


def _rule(turn: Turn, services: Services, words: str, trouble: Trouble) -> Answer | None:
    """Return the answer to the words themselves, else to the usual question about the trouble."""
    return find_answer(turn, services, words) or find_answer(turn, services, sayings()[trouble].question)


def _tell_order(turn: Turn, reply: Reply, services: Services, order: Order, words: str) -> None:
    trouble = trouble_in(words)
    borne_out = trouble not in CLAIMS or (trouble is Trouble.PAID_BUT_UNPAID and order.paid_at is not None)
    promised = "" if borne_out else promise_answer(turn, services, TOPIC, order, words)
    buttons = [person_button()]
    if order.paid_at is not None and order.state in OVER:
        buttons.append(order_button("查退款进度", "query_refund", order))
    reply.show(
        "payments.status",
        order_card(order),
        buttons=buttons,
        order_no=order.order_no,
        goods=goods(order.lines),
        amount=order.amount,
        state=order_state(order.state),
        fact=_fact(turn, order),
        step="\n".join(_steps(turn, services, order, trouble)),
        promised=promised,
        offers=trouble is Trouble.FAILED,
    )


def _fact(turn: Turn, order: Order) -> str:
    """Return what the order shows of its payment."""
    if order.state in UNPAID:
        return payment_line(order, turn.now)
    if order.paid_at is None:
        return text_of("payments.fact_closed" if order.state in OVER else "payments.fact_none")
    name = "fact_paid_closed" if order.state in OVER else "fact_paid"
    return text_of(f"payments.{name}", paid_at=order.paid_at, amount=order.amount)


def _steps(turn: Turn, services: Services, order: Order, trouble: Trouble) -> list[str]:
    """Return what that means for what was said, and what to do now."""
    late = order.state in UNPAID and order.closes_at is not None and order.closes_at <= turn.now
    if trouble in (Trouble.FAILED, Trouble.HOW) and (late or (order.paid_at is None and order.state in OVER)):
        return [text_of("payments.step_over")]
    if order.paid_at is not None and order.state in OVER and trouble is not Trouble.CHARGED_TWICE:
        return [text_of("payments.step_refund")]
    split = trouble not in (Trouble.DEPOSIT, Trouble.QUESTION)
    lines = [text_of(f"payments.step_{trouble.value}{'_unpaid' if split and order.paid_at is None else ''}")]
    twin = _twin(turn, services, order) if trouble is Trouble.CHARGED_TWICE else None
    if twin is not None:
        lines.append(text_of("payments.twin", order_no=twin.order_no, amount=twin.amount, paid_at=twin.paid_at))
    return lines


def _twin(turn: Turn, services: Services, order: Order) -> Order | None:
    """Return another order of the same amount that was paid for at about the same time."""
    every: Sequence[Order] = services.commerce.list_orders(turn.tenant, turn.subject, OrderQuery(limit=ORDERS_SEEN))
    own = {order.order_no} | ({order.parent_order_no} if order.parent_order_no else set())
    others = (each for each in every if each.order_no not in own and each.parent_order_no not in own)
    paid = (each for each in others if each.paid_at is not None)
    same = (each for each in paid if each.amount == order.amount)
    return next((each for each in same if abs(each.created_at - order.created_at) <= NEAR), None)
