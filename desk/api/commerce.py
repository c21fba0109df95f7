"""The commerce API: what the embedded mall knows and does, for the merchants' programs and other installations.

The same API is what a merchant's own system serves for the ``http`` adapter (``xiaoer/commerce/http.py``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Security
from fastapi.responses import JSONResponse

from desk.api.commerce_door import BEARER, PRINTABLE, RESPONSES, At, CommerceRoute
from desk.errors import DeskError
from xiaoer.commerce.model import OrderQuery, OrderState, ProductQuery
from xiaoer.commerce.wire import catalogue as goods
from xiaoer.commerce.wire import orders as shapes

router = APIRouter(
    prefix="/api/v1/commerce",
    tags=["commerce"],
    route_class=CommerceRoute,
    dependencies=[Security(BEARER)],
    responses=RESPONSES,
)

Limit = Annotated[int, Query(ge=1, le=200)]
Id = Annotated[str | None, Query(max_length=64, regex=PRINTABLE)]
Text = Annotated[str | None, Query(max_length=2000)]
Yuan = Annotated[str | None, Query(regex=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")]
Ids = Annotated[list[str], Query(max_items=50)]
Pieces = Annotated[list[int], Query(max_items=50)]


@router.get("/orders", response_model=shapes.Orders)
async def list_orders(
    at: At,
    state: Annotated[list[OrderState], Query()] = [],  # noqa: B006 - FastAPI copies it
    product_id: Id = None,
    limit: Limit = 5,
) -> JSONResponse:
    """Return orders of the customer, newest first."""
    query = OrderQuery(frozenset(state), product_id, limit)
    return await at.ask("orders", lambda mall: mall.list_orders(at.tenant, at.customer, query))


@router.get("/orders/{order_no}", response_model=shapes.Order)
async def get_order(at: At, order_no: str) -> JSONResponse:
    """Return an order of the customer."""
    return await at.ask(None, lambda mall: mall.get_order(at.tenant, at.customer, order_no))


@router.get("/orders/{order_no}/shipments", response_model=shapes.Shipments)
async def list_shipments(at: At, order_no: str) -> JSONResponse:
    """Return the parcels of an order and of its parts, oldest first."""
    return await at.ask("shipments", lambda mall: mall.list_shipments(at.tenant, at.customer, order_no))


@router.get("/orders/{order_no}/parts", response_model=shapes.Orders)
async def list_parts(at: At, order_no: str) -> JSONResponse:
    """Return the orders that an order was split into, by number."""
    return await at.ask("orders", lambda mall: mall.list_parts(at.tenant, at.customer, order_no))


@router.get("/orders/{order_no}/invoice", response_model=shapes.MaybeInvoice)
async def get_invoice(at: At, order_no: str) -> JSONResponse:
    """Return the invoice of an order; ``null`` where none was asked for."""
    return await at.ask("invoice", lambda mall: mall.get_invoice(at.tenant, at.customer, order_no))


@router.get("/shipments/{waybill_no}", response_model=shapes.Shipment)
async def find_shipment(at: At, waybill_no: str) -> JSONResponse:
    """Return a parcel of the customer by its tracking number."""
    return await at.ask(None, lambda mall: mall.find_shipment(at.tenant, at.customer, waybill_no))


@router.get("/after-sales", response_model=shapes.AfterSales)
async def list_after_sales(at: At, order_no: Id = None) -> JSONResponse:
    """Return after-sale cases of the customer, newest first, of one order or of all."""
    return await at.ask("after_sales", lambda mall: mall.list_after_sales(at.tenant, at.customer, order_no))


@router.get("/products", response_model=goods.Products)
async def list_products(
    at: At,
    *,
    text: Text = None,
    word: Ids = [],  # noqa: B006 - FastAPI copies it
    least: Yuan = None,
    most: Yuan = None,
    limit: Limit = 5,
) -> JSONResponse:
    """Return the products that a text names; without a text those that can be bought and fit words and prices best."""
    if text is not None:
        return await at.ask("products", lambda mall: mall.find_products(at.tenant, text, limit))
    query = ProductQuery(tuple(word), _yuan(least), _yuan(most), limit)
    return await at.ask("products", lambda mall: mall.list_products(at.tenant, query))


@router.get("/products/{product_id}", response_model=goods.Product)
async def get_product(at: At, product_id: str) -> JSONResponse:
    """Return a product with its variants and stock."""
    return await at.ask(None, lambda mall: mall.get_product(at.tenant, product_id))


@router.get("/products/{product_id}/page", response_model=goods.Page)
async def get_product_page(at: At, product_id: str) -> JSONResponse:
    """Return the address of the page on which a product is bought; ``null`` where there is none."""
    return await at.ask("url", lambda mall: mall.get_product_page(at.tenant, product_id))


@router.get("/promotions", response_model=goods.Promotions)
async def list_promotions(at: At) -> JSONResponse:
    """Return the campaigns that run now, the tenant's own before the platform's."""
    return await at.ask("promotions", lambda mall: mall.list_promotions(at.tenant, now=at.now))


@router.get("/coupons", response_model=goods.Coupons)
async def list_coupons(at: At) -> JSONResponse:
    """Return the coupons in the customer's wallet, those that end first before the others."""
    return await at.ask("coupons", lambda mall: mall.list_coupons(at.tenant, at.customer, now=at.now))


@router.get("/membership", response_model=goods.Membership)
async def get_membership(at: At) -> JSONResponse:
    """Return the customer's level and points."""
    return await at.ask(None, lambda mall: mall.get_membership(at.tenant, at.customer))


@router.get("/quote", response_model=goods.Quote)
async def quote(at: At, sku_id: Ids, quantity: Pieces) -> JSONResponse:
    """Return what variants cost after all that counts; ``quantity`` belongs to the ``sku_id`` of the same place."""
    if len(sku_id) != len(quantity):
        raise DeskError("invalid_request", shown={"field": "quantity"}, field="quantity")
    items = list(zip(sku_id, quantity, strict=True))
    return await at.ask(None, lambda mall: mall.quote(at.tenant, at.customer, items, now=at.now))


def _yuan(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
