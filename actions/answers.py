"""Answers from knowledge: finding one that is about the right product, and showing it with its source."""

from __future__ import annotations

from typing import Any

from actions.services import Services
from actions.speech import Button, Reply
from actions.turn import Turn
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer, Layer

CLEAR = 0.6
"""Score from which on an answer is given where something else could be said as well."""


def find_answer(turn: Turn, services: Services, text: str, product: Product | None = None) -> Answer | None:
    """Return the answer to a question, or ``None``.

    Args:
        turn: The present turn.
        services: The outside world.
        text: The words of the question.
        product: The product that it is about, if that is known; then its own shop answers.
    """
    if not text.strip():
        return None
    tenant = product.merchant_id if product is not None else turn.tenant
    product_id = product.product_id if product is not None else turn.product_in_view
    return services.knowledge.answer(tenant, text, now=turn.now, product_id=product_id)


def is_about(answer: Answer, product: Product) -> bool:
    """Whether an answer is about this very product, or so urgent that it goes before everything."""
    entry = answer.entry
    return entry.product_id == product.product_id or bool(entry.product_label) or entry.layer is Layer.EMERGENCY


def show_answer(reply: Reply, answer: Answer, *, buttons: list[Button] | None = None) -> None:
    """Say an answer with its source."""
    reply.show(
        "knowledge.answer", knowledge_card(answer), answer=answer.entry.answer, source=answer.source, buttons=buttons
    )


def knowledge_card(answer: Answer) -> dict[str, Any]:
    """Return the card of an answer."""
    return {
        "type": "knowledge_answer",
        "question": answer.entry.question,
        "answer": answer.entry.answer,
        "source": answer.source,
        "layer": answer.entry.layer.value,
        "scope": answer.entry.scope,
    }
