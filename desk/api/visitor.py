"""What pages of visitors need: history, status, anonymous tokens."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from desk.context import Desk, desk_of
from desk.errors import DeskError
from desk.identity import allows_anonymous, known_tenant
from desk.inbound import parse_sender
from desk.incoming import address_of, token_bearer
from desk.shapes import full_message, visitor_conversation
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import LIFETIME, issue_token
from xiaoer.service.inbox import latest_conversation, visitor_messages

router = APIRouter(prefix="/api/v1/visitor", tags=["visitors"])


class TokenRequest(BaseModel):
    """Whom an anonymous visitor wants to talk to."""

    merchant: str = Field(min_length=1, max_length=64)


@router.get("/conversations/{sender:path}")
async def conversation(
    sender: str,
    desk: Annotated[Desk, Depends(desk_of)],
    identity: Annotated[Identity, Depends(token_bearer)],
    after: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> dict[str, Any]:
    """Return the visitor's latest conversation of this name, and its messages after an id (the latest ones without)."""
    parse_sender(sender)

    def work(session: Session) -> dict[str, Any]:
        found = latest_conversation(session, identity, sender)
        messages = visitor_messages(session, identity, sender, after=after)
        return {
            "conversation": None if found is None else visitor_conversation(found),
            "messages": [full_message(message) for message in messages],
        }

    return await desk.store.read(work)


@router.get("/merchants/{merchant}")
async def merchant_card(merchant: str, desk: Annotated[Desk, Depends(desk_of)]) -> dict[str, Any]:
    """Return what everybody may know of a shop."""
    tenant = await desk.store.read(lambda session: known_tenant(session, merchant))
    return {"id": tenant.id, "name": tenant.name, "anonymous_allowed": tenant.anonymous_allowed}


@router.post("/token")
async def anonymous_token(
    wanted: TokenRequest, request: Request, desk: Annotated[Desk, Depends(desk_of)]
) -> dict[str, Any]:
    """Give a visitor without an account a token, where the shop talks to such visitors."""
    desk.throttle.hit("anonymous-token", address_of(request))

    def work(session: Session) -> str:
        tenant = known_tenant(session, wanted.merchant)
        if not allows_anonymous(session, tenant.id):
            raise DeskError("anonymous_not_allowed")
        identity = Identity(subject=f"anon-{secrets.token_urlsafe(12)}", tenant=tenant.id, role=Role.ANONYMOUS)
        return issue_token(session, identity, now=desk.clock())

    return {"token": await desk.store.read(work), "expires_in": int(LIFETIME.total_seconds())}
