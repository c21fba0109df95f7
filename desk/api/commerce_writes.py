"""The writes of the commerce API: one POST for each change that a customer can ask for, with an idempotency key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Security
from fastapi.responses import JSONResponse

from desk.api.commerce_door import BEARER, REFUSALS, RESPONSES, CommerceRoute, Writing
from xiaoer.commerce.changes import LineChange
from xiaoer.commerce.wire import orders as shapes
from xiaoer.commerce.wire import requests as wishes

router = APIRouter(
    prefix="/api/v1/commerce",
    tags=["commerce"],
    route_class=CommerceRoute,
    dependencies=[Security(BEARER)],
    responses={**RESPONSES, **REFUSALS},
)

LineId = Annotated[str, Path(regex=r"^[0-9]{1,9}$")]


@router.post("/orders/{order_no}/urge", response_model=shapes.Reminder)
async def urge_shipment(at: Writing, order_no: str) -> JSONResponse:
    """Put a reminder to ship before the merchant, once a day and order."""
    return await at.ask(None, lambda mall: mall.urge_shipment(at.tenant, at.customer, order_no, now=at.now))


@router.post("/orders/{order_no}/cancel", response_model=shapes.OrderChanged)
async def cancel_order(at: Writing, order_no: str, wish: wishes.Cancellation) -> JSONResponse:
    """Cancel an order that has not been shipped."""
    return await at.ask(
        None,
        lambda mall: mall.cancel_order(at.tenant, at.customer, order_no, reason=wish.reason, key=at.key, now=at.now),
    )


@router.post("/orders/{order_no}/receiver", response_model=shapes.OrderChanged)
async def change_receiver(at: Writing, order_no: str, wish: wishes.ReceiverChange) -> JSONResponse:
    """Change recipient, phone or address of an order that has not been shipped."""
    return await at.ask(
        None,
        lambda mall: mall.change_receiver(at.tenant, at.customer, order_no, wish.domain(), key=at.key, now=at.now),
    )


@router.post("/orders/{order_no}/lines/{line_id}", response_model=shapes.OrderChanged)
async def change_line(at: Writing, order_no: str, line_id: LineId, wish: wishes.LineValues) -> JSONResponse:
    """Change variant or quantity of a position before shipping."""
    change = LineChange(int(line_id), wish.sku_id, wish.quantity)
    return await at.ask(
        None, lambda mall: mall.change_line(at.tenant, at.customer, order_no, change, key=at.key, now=at.now)
    )


@router.post("/orders/{order_no}/remark", response_model=shapes.OrderChanged)
async def change_remark(at: Writing, order_no: str, wish: wishes.Remark) -> JSONResponse:
    """Note a wish on an order that has not been shipped."""
    return await at.ask(
        None, lambda mall: mall.change_remark(at.tenant, at.customer, order_no, wish.remark, key=at.key, now=at.now)
    )


@router.post("/orders/{order_no}/invoice", response_model=shapes.Invoice)
async def request_invoice(at: Writing, order_no: str, wish: wishes.InvoiceRequest) -> JSONResponse:
    """Ask for the invoice of a paid order, or change what was asked for."""
    return await at.ask(
        None,
        lambda mall: mall.request_invoice(at.tenant, at.customer, order_no, wish.domain(), key=at.key, now=at.now),
    )


@router.post("/after-sales", response_model=shapes.AfterSale)
async def apply_after_sale(at: Writing, wish: wishes.Application) -> JSONResponse:
    """File an after-sale case, decided by the rules at that moment."""
    return await at.ask(
        None, lambda mall: mall.apply_after_sale(at.tenant, at.customer, wish.domain(), key=at.key, now=at.now)
    )


@router.post("/after-sales/{after_sale_no}/withdraw", response_model=shapes.AfterSale)
async def withdraw_after_sale(at: Writing, after_sale_no: str) -> JSONResponse:
    """Take back an after-sale case before goods or money are on their way."""
    return await at.ask(
        None, lambda mall: mall.withdraw_after_sale(at.tenant, at.customer, after_sale_no, key=at.key, now=at.now)
    )
