"""Campaigns: what runs now, what a product costs with them, and what is known of the details."""

from __future__ import annotations

from actions.answers import find_answer, show_answer
from actions.asking import asks
from actions.base import Events, TopicAction
from actions.events import resolved
from actions.product_cards import product_card
from actions.product_choice import choose_product, in_sight, settled, tapped_products
from actions.question import Question, question_of
from actions.quoting import price_after_discounts, price_lines
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from xiaoer.clock import local_text
from xiaoer.commerce.errors import ProductNotFound
from xiaoer.commerce.model import Product

TASK = "ask_promotion"


class ActionAskPromotion(TopicAction):
    """Tells the campaigns that run now, the price with them of a product in sight, and details from knowledge."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_promotion"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer a question about campaigns."""
        question = question_of(turn, TASK)
        text = question.text
        campaigns = services.commerce.list_promotions(_shop(turn, services), now=turn.now)
        general = not text or asks("campaigns", text)
        reckoning = any(asks(name, text) for name in ("net_price", "threshold")) or bool(question.values("quantity"))
        answer = None
        product = product_meant(turn, services, question)
        if not (reckoning and product) and (not general or not campaigns):
            answer = find_answer(turn, services, text)
        if answer is not None:
            show_answer(turn, reply, answer)
            return resolved("other")
        if campaigns:
            lines = [
                text_of(
                    "promotions.line",
                    campaign=campaign.name,
                    description=campaign.description.rstrip("。"),
                    until=local_text(campaign.ends_at),
                )
                for campaign in campaigns
            ]
            reply.say("promotions.some", lines="\n".join(lines))
        else:
            reply.say("promotions.none")
        if product is not None and say_price(turn, reply, services, product, question, always=reckoning):
            return settled(turn, product)
        return resolved("other")


def product_meant(turn: Turn, services: Services, question: Question) -> Product | None:
    """Return the product that is named, tapped, looked at or talked about; not one merely bought before."""
    product = choose_product(turn, services.commerce, question.text).product
    if product is None or product.product_id in in_sight(turn) or tapped_products(turn, services.commerce):
        return product
    named = services.commerce.find_products(turn.tenant, question.text, limit=1) if question.text.strip() else []
    return product if named else None


def say_price(
    turn: Turn, reply: Reply, services: Services, product: Product, question: Question, *, always: bool = True
) -> bool:
    """Say what a product costs after discounts, with its card; return whether that was said.

    Args:
        turn: The present turn.
        reply: What is said.
        services: The outside world.
        product: The product.
        question: What was asked; a variant and a number of pieces that it names count.
        always: Whether to say it where nothing is taken off and no threshold is near, too.
    """
    priced = price_after_discounts(turn, services, product, question)
    if priced is None:
        return False
    lines = price_lines(priced)
    if not always and not priced.quote.deductions and len(lines) == 1:
        return False
    reply.show("products.lines", product_card(product, priced), lines="\n".join(lines))
    return True


def _shop(turn: Turn, services: Services) -> str:
    """Return whose campaigns are meant: those of the shop whose product is looked at, on the platform too."""
    if turn.product_in_view is None:
        return turn.tenant
    try:
        return services.commerce.get_product(turn.tenant, turn.product_in_view).merchant_id
    except ProductNotFound:
        return turn.tenant
