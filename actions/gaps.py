"""What knowledge lacks: questions without a good answer, and answers that were no use, kept for who writes it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.orm import Session

from actions.answers import knowledge_of, meant
from actions.services import Services
from actions.turn import Turn
from xiaoer.commerce.model import Product
from xiaoer.database import writing
from xiaoer.knowledge.feedback import record_feedback
from xiaoer.knowledge.questions import Outcome, record_question

logger = logging.getLogger(__name__)


def note_question(
    turn: Turn,
    services: Services,
    text: str,
    outcome: Outcome,
    about: Product | None = None,
    *,
    tenant: str | None = None,
    entry_id: int | None = None,
) -> None:
    """Record a question that found no good answer.

    Args:
        turn: The present turn.
        services: The outside world.
        text: The question as it was typed.
        outcome: How the asking ended.
        about: The product that it is about; the one in view where it is not known.
        tenant: Whose knowledge was asked; whose it is for such a question where ``None``.
        entry_id: The entry that was offered, or that was no use.
    """
    about = meant(turn, about)
    asked = tenant or knowledge_of(turn, about)
    product_id = about.product_id if about is not None else turn.product_in_view

    def record(session: Session) -> None:
        record_question(session, asked, text, outcome=outcome, now=turn.now, product_id=product_id, entry_id=entry_id)

    _keep(services, "a question", record)


def note_rating(turn: Turn, services: Services, tenant: str, entry_id: int, *, helpful: bool) -> None:
    """Count what a conversation says of an answer; its last word counts.

    Args:
        turn: The present turn.
        services: The outside world.
        tenant: Whose knowledge answered.
        entry_id: The entry that the answer was.
        helpful: What is said of it.
    """

    def record(session: Session) -> None:
        record_feedback(session, tenant, entry_id, turn.conversation_id, helpful=helpful, now=turn.now)

    _keep(services, "what was said of an answer", record)


def _keep(services: Services, what: str, record: Callable[[Session], None]) -> None:
    try:
        with writing(services.engine) as session:
            record(session)
    except Exception as error:  # whatever it is, the customer's answer must not be lost with it
        # The error's own words hold the row, and so what the customer wrote.
        logger.warning("%s could not be recorded: %s", what, type(error).__name__)
