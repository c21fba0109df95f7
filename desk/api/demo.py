"""Stepping into the shoes of the demo mall's customers; there is nothing of it where no demo mall was loaded."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from desk.context import Desk, desk_of
from desk.errors import DeskError
from desk.identity import known_tenant
from xiaoer.accounts.directory import list_merchants
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import LIFETIME, issue_token
from xiaoer.commerce.buyers import has_ordered, list_buyers
from xiaoer.seeding import demo_loaded


async def only_in_a_demo(desk: Annotated[Desk, Depends(desk_of)]) -> None:
    """Let a request through where a demo mall was loaded.

    Raises:
        DeskError: If there is none.
    """
    if not await desk.store.read(demo_loaded):
        raise DeskError("not_found")


router = APIRouter(prefix="/demo", tags=["demo"], dependencies=[Depends(only_in_a_demo)])


class DemoTokenRequest(BaseModel):
    """Whose shoes, in which shop."""

    customer_id: str = Field(min_length=1, max_length=64)
    merchant_id: str = Field(min_length=1, max_length=64)


@router.get("/customers")
async def customers(desk: Annotated[Desk, Depends(desk_of)]) -> dict[str, Any]:
    """Return the demo mall's shops, each with its customers."""

    def work(session: Session) -> list[dict[str, Any]]:
        return [
            {
                "id": merchant.id,
                "name": merchant.name,
                "anonymous_allowed": merchant.anonymous_allowed,
                "customers": [
                    {"id": each.customer_id, "name": each.name, "vip_level": each.vip_level, "orders": each.orders}
                    for each in list_buyers(session, merchant.id)
                ],
            }
            for merchant in list_merchants(session)
        ]

    return {"merchants": await desk.store.read(work)}


@router.post("/token")
async def token(wanted: DemoTokenRequest, desk: Annotated[Desk, Depends(desk_of)]) -> dict[str, Any]:
    """Return a visitor token of a demo customer for a shop where that customer has ordered."""

    def work(session: Session) -> str:
        tenant = known_tenant(session, wanted.merchant_id)
        customer = wanted.customer_id
        if not customer.isprintable() or not has_ordered(session, tenant.id, customer):
            raise DeskError("not_found")
        identity = Identity(subject=customer, tenant=tenant.id, role=Role.CONSUMER)
        return issue_token(session, identity, now=desk.clock())

    return {"token": await desk.store.read(work), "expires_in": int(LIFETIME.total_seconds())}
