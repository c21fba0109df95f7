"""The agents' API: conversations of their tenants, and what people do in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from desk import wording
from desk.cleaning import clean
from desk.context import Desk, desk_of
from desk.errors import DeskError
from desk.identity import Caller, known_tenant
from desk.incoming import current_caller
from desk.shapes import agent_conversation, full_message
from xiaoer.accounts.directory import list_merchants
from xiaoer.accounts.errors import TenantNotFound
from xiaoer.accounts.model import PLATFORM
from xiaoer.service import transitions
from xiaoer.service.conversations import add_message, get_conversation, list_messages, message_by_client_id
from xiaoer.service.errors import ConversationNotFound
from xiaoer.service.inbox import conversations_of, tenant_of
from xiaoer.service.model import Author, Conversation, Message, Status

router = APIRouter(prefix="/api/v1/conversations", tags=["agents"])

CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Words(BaseModel):
    """What an agent writes.

    Attributes:
        text: The words.
        message_id: The client's own id of the message; a second sending under it writes nothing.
    """

    text: str
    message_id: str | None = Field(None, min_length=1, max_length=128, regex=r"^[\x21-\x7e]+$")


class MessageRequest(Words):
    """A message of an agent, to the customer or as a note for colleagues.

    Attributes:
        private: Whether it is a note, which customers never see.
    """

    private: bool = False


@dataclass(frozen=True)
class Work:
    """A caller at work in one conversation that is the caller's business.

    Attributes:
        desk: The desk.
        caller: The agent.
        conversation_id: The conversation.
    """

    desk: Desk
    caller: Caller
    conversation_id: str

    def tenant(self, session: Session) -> str:
        """Return the conversation's tenant.

        Raises:
            ConversationNotFound: If there is no such conversation, or it is none of the caller's business.
        """
        if not CONVERSATION_ID.fullmatch(self.conversation_id):
            raise ConversationNotFound(self.conversation_id)
        tenant = tenant_of(session, self.conversation_id)
        if not self.caller.may_see(tenant):
            raise ConversationNotFound(self.conversation_id)
        return tenant

    async def step(
        self, transition: Callable[[Session, str], Conversation], says: Callable[[Conversation], str]
    ) -> dict[str, Any]:
        """Take a step of the state machine, tell the customer, and return the conversation.

        Args:
            transition: Takes the step, given a writing session and the tenant.
            says: Returns the customer's words about it.
        """

        def work(session: Session) -> tuple[Conversation, Message]:
            conversation = transition(session, self.tenant(session))
            message = add_message(
                session,
                conversation.id,
                Author.SYSTEM,
                now=self.desk.clock(),
                text=says(conversation),
                custom=wording.handoff_card(conversation),
            )
            return conversation, message

        conversation, message = await self.desk.store.write(work)
        await self.desk.pusher.push(conversation, [message])
        return agent_conversation(conversation)

    async def say(self, words: Words, author: Author) -> dict[str, Any]:
        """Write a message of the agent down and, unless it is a note, bring it to the customer."""
        text, now = self._text(words), self.desk.clock()

        def work(session: Session) -> tuple[Conversation, Message, bool]:
            tenant = self.tenant(session)
            known = words.message_id and message_by_client_id(session, self.conversation_id, words.message_id)
            if known:
                return get_conversation(session, tenant, self.conversation_id), known, False
            if author is Author.AGENT:
                transitions.record_reply(session, tenant, self.conversation_id, now=now)
            message = add_message(session, self.conversation_id, author, now=now, text=text, client_id=words.message_id)
            return get_conversation(session, tenant, self.conversation_id), message, author is Author.AGENT

        conversation, message, pushed = await self.desk.store.write(work)
        if pushed:
            await self.desk.pusher.push(conversation, [message])
        return full_message(message)

    def _text(self, words: Words) -> str:
        limit = self.desk.settings.max_message_chars
        if len(words.text) > limit:
            raise DeskError("message_too_long", limit=limit)
        text = clean(words.text)
        if not text:
            raise DeskError("message_empty")
        return text


def work_in(
    conversation_id: str,
    desk: Annotated[Desk, Depends(desk_of)],
    caller: Annotated[Caller, Depends(current_caller)],
) -> Work:
    """Return the caller's work in the conversation that the path names."""
    return Work(desk, caller, conversation_id)


At = Annotated[Work, Depends(work_in)]


@router.get("")
async def overview(
    desk: Annotated[Desk, Depends(desk_of)],
    caller: Annotated[Caller, Depends(current_caller)],
    status: Status | Literal[""] | None = None,
    tenant: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Return conversations: waiting ones in the order of the queue, then the others, latest first."""

    def work(session: Session) -> list[Conversation]:
        if tenant:
            wanted = [known_tenant(session, tenant).id]
        elif caller.everywhere:
            wanted = [PLATFORM, *(merchant.id for merchant in list_merchants(session))]
        else:
            wanted = [caller.agent.tenant]
        if not all(caller.may_see(each) for each in wanted):
            raise TenantNotFound(tenant)
        return conversations_of(session, wanted, status=status or None, limit=limit)

    return {"conversations": [agent_conversation(each) for each in await desk.store.read(work)]}


@router.get("/{conversation_id}")
async def one(at: At) -> dict[str, Any]:
    """Return a conversation, with the transcript of its latest handoff."""
    found = await at.desk.store.read(lambda session: get_conversation(session, at.tenant(session), at.conversation_id))
    return agent_conversation(found, transcript=True)


@router.get("/{conversation_id}/messages")
async def messages(
    at: At,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> dict[str, Any]:
    """Return messages of a conversation, notes included, oldest first."""

    def work(session: Session) -> list[Message]:
        at.tenant(session)
        return list_messages(session, at.conversation_id, after=after, limit=limit, notes=True)

    return {"messages": [full_message(message) for message in await at.desk.store.read(work)]}


@router.post("/{conversation_id}/messages")
async def write(at: At, words: MessageRequest) -> dict[str, Any]:
    """Answer the customer, or leave a private note."""
    return await at.say(words, Author.NOTE if words.private else Author.AGENT)


@router.post("/{conversation_id}/reply")
async def reply(at: At, words: Words) -> dict[str, Any]:
    """Answer the customer; a person must have accepted the conversation."""
    return await at.say(words, Author.AGENT)


@router.post("/{conversation_id}/note")
async def note(at: At, words: Words) -> dict[str, Any]:
    """Leave a note for colleagues, which customers never see."""
    return await at.say(words, Author.NOTE)


@router.post("/{conversation_id}/accept")
async def accept(at: At) -> dict[str, Any]:
    """Take the conversation out of the queue."""
    agent = at.caller.agent
    return await at.step(
        lambda session, tenant: transitions.accept(session, tenant, at.conversation_id, agent.id, now=at.desk.clock()),
        lambda _: wording.accepted(agent.name),
    )


@router.post("/{conversation_id}/resolve")
async def resolve(at: At) -> dict[str, Any]:
    """Close the conversation."""
    return await at.step(
        lambda session, tenant: transitions.resolve(session, tenant, at.conversation_id, now=at.desk.clock()),
        lambda _: wording.CLOSED,
    )


@router.post("/{conversation_id}/return_to_bot")
async def return_to_bot(at: At) -> dict[str, Any]:
    """Give the conversation back to the assistant."""
    return await at.step(
        lambda session, tenant: transitions.return_to_bot(session, tenant, at.conversation_id, now=at.desk.clock()),
        lambda _: wording.AGENT_GAVE_BACK,
    )
