"""What goods cost after discounts, in words: the deductions, what is to be paid, and what is missing for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actions.question import Question
from actions.services import Services
from actions.speech import text_of
from actions.turn import Turn
from xiaoer.commerce.benefits import Missed, Quote
from xiaoer.commerce.model import Product, Variant
from xiaoer.commerce.variants import named_variants

MOST_PIECES = 99
MOST_STEPS = 2
"""Thresholds that are told of."""


@dataclass(frozen=True)
class Priced:
    """A product with its price after discounts.

    Attributes:
        product: The product.
        variant: The variant that the price is of.
        pieces: How many.
        quote: What they cost.
    """

    product: Product
    variant: Variant
    pieces: int
    quote: Quote


def price_after_discounts(turn: Turn, services: Services, product: Product, question: Question) -> Priced | None:
    """Return what a product costs the speaker now; ``None`` where it can't be bought.

    Args:
        turn: The present turn.
        services: The outside world.
        product: The product.
        question: What was asked; a variant and a number of pieces that it names count.
    """
    variant = quoted_variant(product, question)
    if variant is None or not product.on_sale:
        return None
    pieces = pieces_in(question)
    items = [(variant.sku_id, pieces)]
    quote = services.commerce.quote(product.merchant_id, turn.subject, items, now=turn.now)
    return Priced(product, variant, pieces, quote)


def quoted_variant(product: Product, question: Question) -> Variant | None:
    """Return the variant that a price is told of: of those named the cheapest that can be had, else the cheapest."""
    named = named_variants(product, question.text, question.values("color"), question.values("size")).variants
    variants = named or product.variants
    return min(variants, key=lambda each: (each.available <= 0, each.price), default=None)


def pieces_in(question: Question) -> int:
    """Return how many pieces a question is about; one where it does not say."""
    for value in question.values("quantity"):
        if value.isdecimal() and 1 <= int(value) <= MOST_PIECES:
            return int(value)
    return 1


def price_lines(priced: Priced) -> list[str]:
    """Return the price with its deductions, gifts, and what is missing for more, line by line."""
    quote = priced.quote
    several = len({each.price for each in priced.product.variants}) > 1
    lines = [
        text_of(
            "promotions.price",
            product=priced.product.name,
            variant=priced.variant.name if several else "",
            pieces=priced.pieces,
            quote=quote,
        )
    ]
    if quote.gifts:
        lines.append(text_of("promotions.gifts", gifts="、".join(quote.gifts)))
    return [*lines, *step_lines(quote.missed)]


def step_lines(missed: Sequence[Missed]) -> list[str]:
    """Return what is missing for more: pieces, the nearest threshold of a campaign, then the nearest of all others."""
    near = sorted((each for each in missed if each.yuan and (each.gain or each.gift)), key=lambda each: each.yuan or 0)
    campaigns = [each for each in near if each.source == "promotion"][:1]
    steps = [*campaigns, *(each for each in near if each not in campaigns)][:MOST_STEPS]
    pieces = [each for each in missed if each.pieces][:1]
    return [
        *(text_of("promotions.step_pieces", missed=each) for each in pieces),
        *(text_of("promotions.step_gift" if each.gift else "promotions.step", missed=each) for each in steps),
    ]
