"""Proposing what an agent has replied to a customer as knowledge of the conversation's tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Security
from sqlalchemy.orm import Session

from desk.api import knowledge_shapes as shapes
from desk.api.knowledge import shaped
from desk.api.knowledge_door import BEARER, REFUSALS, RESPONSES, At, KnowledgeRoute
from desk.errors import DeskError
from xiaoer.knowledge.feedback import Feedback
from xiaoer.knowledge.model import Change, Entry
from xiaoer.knowledge.proposals import GREETING, THANKS, propose_entry
from xiaoer.knowledge.text import normalise
from xiaoer.service.conversations import list_messages
from xiaoer.service.model import Author, Message

router = APIRouter(
    prefix="/api/v1/conversations",
    tags=["knowledge"],
    route_class=KnowledgeRoute,
    dependencies=[Security(BEARER)],
    responses={**RESPONSES, **REFUSALS},
)

REPLIES = (Author.AGENT, Author.BOT)
"""Who answers customers; between two of their messages stands what was asked."""


@router.post("/{conversation_id}/messages/{message_id}/propose")
async def propose(
    at: At,
    conversation_id: str,
    message_id: Annotated[int, Path(ge=1, le=shapes.LARGEST_ID)],
    wish: shapes.Proposal | None = None,
) -> shapes.Entry:
    """Make an agent's reply a draft of the conversation's tenant, without personal data.

    The question is what the customer wrote last before it. Only people who may change the tenant's knowledge can: in a
    merchant's conversation that is the merchant's people, not the platform's.
    """
    said = wish or shapes.Proposal()

    def work(session: Session, change: Change) -> Entry:
        # There are no more messages up to this one than its number says.
        messages = list_messages(session, conversation_id, limit=message_id, notes=True)
        reply = next((each for each in messages if each.id == message_id), None)
        if reply is None:
            raise DeskError("message_not_found")
        if reply.author is not Author.AGENT:
            raise DeskError("not_a_reply")
        question = asked_before(reply, messages) if said.question is None else said.question
        if not question:
            raise DeskError("question_missing", shown={"field": "question"})
        answer = reply.text if said.answer is None else said.answer
        return propose_entry(session, at.scope, question, answer, change, product_id=said.product_id)

    return shaped(await at.write(work), Feedback())


def asked_before(reply: Message, messages: Sequence[Message]) -> str:
    """Return what a customer wrote last before a reply, all that no other reply stands between.

    Greetings and thanks are dropped where something else was said. The text is empty where nothing was said at all.

    Args:
        reply: The reply.
        messages: Messages of the conversation, oldest first.
    """
    texts: list[str] = []
    for message in reversed([each for each in messages if each.id < reply.id]):
        if message.author in REPLIES and texts:
            break
        if message.author is Author.CUSTOMER and message.text.strip():
            texts.insert(0, message.text.strip())
    return " ".join([text for text in texts if _says_something(text)] or texts)


def _says_something(text: str) -> bool:
    return bool(normalise(THANKS.sub("", GREETING.sub("", text))))
