"""Coupons and membership: what a customer has, where it counts, and the rules of the shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from actions.answers import find_answer, show_answer
from actions.asking import asks
from actions.base import Events, TopicAction
from actions.events import resolved, unresolved
from actions.product_choice import kept_in_mind, person_button
from actions.promotions import product_meant
from actions.question import Question, question_of
from actions.quoting import price_after_discounts, step_lines
from actions.services import Services
from actions.speech import Reply, text_of
from actions.texts import replies
from actions.turn import Turn
from actions.wording import goods, yuan
from xiaoer.accounts.model import PLATFORM, Role
from xiaoer.clock import local_text
from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.errors import OrderNotFound, ProductNotFound
from xiaoer.commerce.model import Order, OrderState, Product
from xiaoer.commerce.port import Commerce

MOST_SHOWN = 8
MOST_NAMED = 3
"""Products of a coupon that are named; the card has all."""


class ActionAskCoupon(TopicAction):
    """Shows the customer's coupons, and which of them count for what is in sight."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_coupon"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer a question about coupons."""
        question = question_of(turn, "ask_coupon")
        told = tell_rule(turn, reply, services, question)
        if turn.role is not Role.CONSUMER:
            return say_who(turn, reply, "coupons_sign_in", told=told)
        coupons = services.commerce.list_coupons(turn.tenant, turn.subject, now=turn.now)[:MOST_SHOWN]
        if not coupons:
            reply.say("promotions.coupons_none")
            return resolved("other")
        product = product_meant(turn, services, question)
        sought = _quote_of(turn, services, product, question)
        coupons = sorted(coupons, key=lambda each: state_of(each, turn.now) != "usable")
        lines = [_coupon_line(turn, services.commerce, each) for each in coupons]
        usable = sum(state_of(each, turn.now) == "usable" for each in coupons)
        card = coupon_card(coupons, turn.now, sought[1] if sought else None)
        reply.show("promotions.coupons", card, usable=usable, lines="\n".join(lines))
        if sought is not None:
            _say_fit(reply, *sought)
        elif asks("refused", question.text):
            reply.say("promotions.fit_which")
        return [*resolved("other"), *kept_in_mind(turn, product if sought else None)]


class ActionAskMembership(TopicAction):
    """Tells the customer's level and points, and what they are worth."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_membership"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer a question about membership."""
        question = question_of(turn, "ask_membership")
        told = tell_rule(turn, reply, services, question)
        if turn.role is not Role.CONSUMER:
            return say_who(turn, reply, "membership_sign_in", told=told)
        lines = []
        for scope in dict.fromkeys((turn.tenant, PLATFORM)):
            standing = services.commerce.get_membership(scope, turn.subject)
            lines.append(standing_text(scope, standing))
        reply.say("products.lines", lines="\n".join(lines))
        return resolved("other")


def tell_rule(turn: Turn, reply: Reply, services: Services, question: Question) -> bool:
    """Say the rule that a question is about, unless it is about the speaker's own; return whether there is one."""
    own = turn.role is Role.CONSUMER
    if own and (not question.text or asks("own_benefits", question.text)):
        return False
    usual = "" if own else replies("questions").get(turn.intent, "")
    answer = find_answer(turn, services, question.text or usual)
    if answer is not None:
        show_answer(turn, reply, answer, rated=False)
    return answer is not None


def say_who(turn: Turn, reply: Reply, name: str, *, told: bool) -> Events:
    """Say to somebody who is no customer what there is to say, after the rule if there was one.

    Args:
        turn: The present turn.
        reply: What is said.
        name: The text that asks a visitor to sign in.
        told: Whether a rule was told.
    """
    if turn.anonymous:
        reply.say(f"promotions.{name}")
    elif not told:
        reply.say("knowledge.unknown", buttons=[person_button()])
        return unresolved(turn, offer="handoff")
    return resolved("other")


def standing_text(scope: str, standing: Membership) -> str:
    """Return a customer's standing with a tenant in words."""
    where = "platform" if scope == PLATFORM else "shop"
    if standing == Membership(0, 0, standing.points_per_yuan * 0, standing.yuan_per_hundred_points * 0, None):
        return text_of("promotions.membership_none")
    worth = standing.points * standing.yuan_per_hundred_points / 100
    return text_of(
        "promotions.membership",
        where=text_of(f"promotions.where_{where}"),
        level=_level_text(where, standing.level),
        next_level=_level_text(where, standing.level + 1),
        standing=standing,
        worth=worth,
        per_yuan=f"{standing.points_per_yuan.normalize():f}",
    )


def _level_text(where: str, level: int) -> str:
    return text_of(f"promotions.level_{where}", level=level) if level else text_of("promotions.level_none")


def state_of(coupon: Coupon, now: datetime) -> str:
    """Return whether a coupon can be used: ``usable``, ``not_yet``, ``used`` or ``over``."""
    if coupon.used_at is not None:
        return "used"
    if coupon.ends_at <= now:
        return "over"
    return "not_yet" if coupon.starts_at > now else "usable"


def coupon_card(coupons: Sequence[Coupon], now: datetime, quote: Quote | None) -> dict[str, Any]:
    """Return the card of coupons, with what each does for the goods of a quote if there is one."""
    reasons = {} if quote is None else _fit_texts(quote)
    return {
        "type": "coupon_card",
        "coupons": [
            {
                "coupon_id": each.coupon_id,
                "name": each.name,
                "scope": each.scope,
                "threshold": yuan(each.threshold),
                "discount": yuan(each.discount),
                "products": list(each.products),
                "starts_at": local_text(each.starts_at),
                "ends_at": local_text(each.ends_at),
                "state": state_of(each, now),
                "state_text": text_of(f"promotions.coupon_{state_of(each, now)}"),
                "note": reasons.get(each.coupon_id, ("", ""))[1],
            }
            for each in coupons
        ],
    }


def _coupon_line(turn: Turn, commerce: Commerce, coupon: Coupon) -> str:
    state = state_of(coupon, turn.now)
    said = "" if state == "usable" else text_of(f"promotions.coupon_{state}")
    return text_of("promotions.coupon_line", coupon=coupon, goods=_names(turn, commerce, coupon.products), state=said)


def _names(turn: Turn, commerce: Commerce, product_ids: Sequence[str]) -> str:
    names = []
    for product_id in product_ids:
        try:
            names.append(commerce.get_product(turn.tenant, product_id).short_name)
        except ProductNotFound:
            continue
    return "、".join(names[:MOST_NAMED]) + ("等" if len(names) > MOST_NAMED else "")


def _quote_of(turn: Turn, services: Services, product: Product | None, question: Question) -> tuple[str, Quote] | None:
    """Return what is in sight to be bought, in words, with its price: an unpaid order in view, else a product."""
    order = _unpaid_in_view(turn, services.commerce)
    if order is not None:
        items = [(line.sku_id, line.quantity) for line in order.lines]
        return goods(order.lines), services.commerce.quote(order.merchant_id, turn.subject, items, now=turn.now)
    priced = None if product is None else price_after_discounts(turn, services, product, question)
    return None if priced is None else (f"{priced.product.short_name}×{priced.pieces}", priced.quote)


def _unpaid_in_view(turn: Turn, commerce: Commerce) -> Order | None:
    if turn.order_in_view is None:
        return None
    try:
        order = commerce.get_order(turn.tenant, turn.subject, turn.order_in_view)
    except OrderNotFound:
        return None
    return order if order.state is OrderState.PENDING_PAYMENT else None


def _fit_texts(quote: Quote) -> dict[str, tuple[str, str]]:
    """Return name and fit of each coupon of a quote by its number, those that count first."""
    counting = {
        each.source_id: (each.name, text_of("promotions.fit_best", amount=each.amount))
        for each in quote.deductions
        if each.source == "coupon"
    }
    missed = {
        each.source_id: (each.name, text_of(f"promotions.fit_{each.reason.value}", missed=each))
        for each in quote.missed
        if each.source == "coupon"
    }
    return {**counting, **missed}


def _say_fit(reply: Reply, what: str, quote: Quote) -> None:
    fits = [text_of("promotions.fit_line", coupon=name, why=why) for name, why in _fit_texts(quote).values()]
    lines = [
        text_of("promotions.fit", what=what, quote=quote, lines="\n".join(fits)),
        *step_lines([each for each in quote.missed if each.source == "promotion"]),
        text_of("promotions.fit_payable", quote=quote),
    ]
    reply.say("products.lines", lines="\n".join(lines))
