"""Answers from knowledge: finding one that is about the right product, and showing it with its source."""

from __future__ import annotations

from typing import Any

from actions.services import Services
from actions.shown import ANSWER, ENTRY, HELPFUL, RATING, TAPPED, UNHELPFUL
from actions.speech import Button, Reply, button
from actions.turn import Turn
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer, Finding, Verdict


def find(turn: Turn, services: Services, text: str, product: Product | None = None) -> Finding:
    """Return what knowledge has to say to a question: an answer, a choice of questions, or nothing.

    Args:
        turn: The present turn.
        services: The outside world.
        text: The words of the question.
        product: The product that it is about, if that is known; then its own shop answers.
    """
    if not text.strip():
        return Finding(Verdict.UNKNOWN)
    product = meant(turn, product)
    product_id = product.product_id if product is not None else turn.product_in_view
    return services.knowledge.ask(knowledge_of(turn, product), text, now=turn.now, product_id=product_id)


def find_answer(turn: Turn, services: Services, text: str, product: Product | None = None) -> Answer | None:
    """Return the answer to a question, or ``None`` where nothing surely answers it (see ``find``)."""
    return find(turn, services, text, product).answer


def meant(turn: Turn, product: Product | None) -> Product | None:
    """Return a product if a visitor may speak of it: in a shop one of that shop, on the platform any."""
    return product if product is not None and turn.tenant in (PLATFORM, product.merchant_id) else None


def knowledge_of(turn: Turn, product: Product | None) -> str:
    """Return whose knowledge answers, a tenant's id.

    A shop's visitors are answered by that shop and the platform, whatever page they look at or payload they send; only
    visitors of the platform itself have the shop of the product answer.

    Args:
        turn: The present turn.
        product: The product that is meant, if one is.
    """
    return product.merchant_id if product is not None and turn.tenant == PLATFORM else turn.tenant


def show_answer(
    turn: Turn, reply: Reply, answer: Answer, *, buttons: list[Button] | None = None, rated: bool = True
) -> None:
    """Say an answer with its source, and ask whether it was useful.

    Args:
        turn: The present turn.
        reply: What is said.
        answer: The answer.
        buttons: Buttons that matter more here than whether the answer was useful.
        rated: Whether the answer is all that is said; nobody is asked about an answer that is only a part of it, nor
            while a form waits for its own answer.
    """
    asking = rating_buttons(answer) if rated and not buttons and not turn.form else None
    reply.show(
        "knowledge.answer",
        knowledge_card(answer),
        answer=answer.entry.answer,
        source=answer.source,
        buttons=buttons or asking,
    )


def rating_buttons(answer: Answer) -> list[Button]:
    """Return the buttons that say whether an answer was useful."""
    return [
        button(title, TAPPED, **{ENTRY: str(answer.entry.id), RATING: rating})
        for title, rating in (("有用", HELPFUL), ("没用", UNHELPFUL))
    ]


def knowledge_card(answer: Answer) -> dict[str, Any]:
    """Return the card of an answer."""
    entry = answer.entry
    return {
        "type": ANSWER,
        "entry_id": entry.id,
        "version": entry.version,
        "question": entry.question,
        "answer": entry.answer,
        "source": answer.source,
        "layer": entry.layer.value,
        "scope": entry.scope,
        "product_id": entry.product_id,
    }
