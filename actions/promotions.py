"""Campaigns: what runs now, and what is known of the details."""

from __future__ import annotations

from actions.answers import LIKELY, find_answer, show_answer
from actions.asking import asks
from actions.base import Events, TopicAction
from actions.events import resolved
from actions.question import question_of
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from xiaoer.clock import local_text
from xiaoer.commerce.errors import ProductNotFound

TASK = "ask_promotion"


class ActionAskPromotion(TopicAction):
    """Tells the campaigns that run now, and details from knowledge."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_promotion"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer a question about campaigns."""
        text = question_of(turn, TASK).text
        campaigns = services.commerce.list_promotions(_shop(turn, services), now=turn.now)
        general = not text or asks("campaigns", text)
        answer = find_answer(turn, services, text, least=LIKELY) if not general or not campaigns else None
        if answer is not None:
            show_answer(reply, answer)
        elif campaigns:
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
        return resolved("other")


def _shop(turn: Turn, services: Services) -> str:
    """Return whose campaigns are meant: those of the shop whose product is looked at, on the platform too."""
    if turn.product_in_view is None:
        return turn.tenant
    try:
        return services.commerce.get_product(turn.tenant, turn.product_in_view).merchant_id
    except ProductNotFound:
        return turn.tenant
