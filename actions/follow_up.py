"""Promising that somebody looks into a matter and answers: one follow-up a day, topic and order."""

from __future__ import annotations

from actions.services import Services
from actions.speech import text_of
from actions.turn import Turn
from xiaoer.commerce.model import Order
from xiaoer.database import writing
from xiaoer.service.follow_ups import open_follow_up
from xiaoer.service.promises import promise

LONGEST_DETAIL = 500


def promise_answer(turn: Turn, services: Services, topic: str, order: Order, detail: str) -> str:
    """Open a follow-up about one of the caller's orders, or find today's, and return what the customer is told of it.

    Args:
        turn: The present turn.
        services: The outside world.
        topic: What it is about; the table of promises says until when somebody answers.
        order: The caller's order.
        detail: What is to be looked into.
    """
    promised = promise(topic)
    with writing(services.engine) as session:
        follow_up = open_follow_up(
            session,
            turn.tenant,
            turn.subject,
            topic,
            now=turn.now,
            order_no=order.order_no,
            conversation_id=turn.conversation_id,
            detail=detail[:LONGEST_DETAIL],
            due_at=promised.until(turn.now),
        )
    return text_of(
        "follow_up.opened" if follow_up.created else "follow_up.opened_before",
        at=follow_up.created_at,
        due_at=follow_up.due_at,
        source=promised.source,
        outcome=promised.outcome,
    )
