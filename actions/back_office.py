"""What is said and noted when a merchant's own system gives no usable answer."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk.events import SlotSet

from actions.services import Services
from actions.speech import Reply, button, text_of
from actions.turn import Turn
from xiaoer.accounts.directory import get_tenant
from xiaoer.accounts.errors import TenantNotFound
from xiaoer.accounts.model import Role
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.database import reading, writing
from xiaoer.service.follow_ups import open_follow_up

logger = logging.getLogger(__name__)

TOPIC = "back_office"
"""Topic of the follow-ups."""


def tell_down(error: BackOfficeDown, turn: Turn, reply: Reply, services: Services) -> list[dict[str, Any]]:
    """Say whose system does not answer and what is possible, and note that somebody looks into it.

    Args:
        error: What went wrong.
        turn: The present turn.
        reply: What is said.
        services: The outside world.

    Returns:
        The events: the turn has not helped, and a person was offered.
    """
    with reading(services.engine) as session:
        try:
            shop = get_tenant(session, error.tenant).name
        except TenantNotFound:
            shop = text_of("back_office.shop_unknown")
    name = "back_office.unknown" if error.written else "back_office.down"
    reply.say(name, shop=shop, noted=_noted(error, turn, services), buttons=[button("转人工", "request_human")])
    return [SlotSet("failures", int(turn.slots.get("failures") or 0) + 1), SlotSet("offer", "handoff")]


def _noted(error: BackOfficeDown, turn: Turn, services: Services) -> bool:
    """Open a follow-up for a customer and return whether there is one now."""
    if turn.role is not Role.CONSUMER:
        return False
    detail = f"{error.tenant}: {turn.intent or '-'}" + (" (结果未知)" if error.written else "")
    with writing(services.engine) as session:
        open_follow_up(
            session,
            turn.tenant,
            turn.subject,
            TOPIC,
            now=turn.now,
            conversation_id=turn.conversation_id,
            detail=detail,
        )
    return True
