"""Answers from knowledge: finding one that is about the right product, and showing it with its source."""

from __future__ import annotations

from typing import Any

from actions.services import Services
from actions.speech import Button, Reply
from actions.turn import Turn
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer, Layer

LIKELY = 0.7
"""Score from which on an answer about the shop in general is given to a question about something in particular."""

CLEAR = 0.85
"""Score from which on an answer is given where something else could be said as well."""


def find_answer(
    turn: Turn, services: Services, text: str, product: Product | None = None, *, least: float = 0.0
) -> Answer | None:
    """Return the answer to a question, or ``None`` where nothing answers it well enough.

    Args:
        turn: The present turn.
        services: The outside world.
        text: The words of the question.
        product: The product that it is about, if that is known; then its own shop answers.
        least: Least score of an answer that is not about this very product; knowledge has a least score of its own.
    """
    if not text.strip():
        return None
    tenant = product.merchant_id if product is not None else turn.tenant
    product_id = product.product_id if product is not None else turn.product_in_view
    answer = services.knowledge.answer(tenant, text, now=turn.now, product_id=product_id)
    if answer is None or (product is not None and is_about(answer, product)):
        return answer
    return answer if answer.score >= least else None


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
