"""The ``http`` adapter: commerce in a merchant's own system, asked through the commerce API.

Whatever the system answers is checked before it is believed: its form, whose it is, and that it answers the question.
What does not hold raises ``BackOfficeDown``, like no answer at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from xiaoer.accounts.model import PLATFORM
from xiaoer.clock import local_day
from xiaoer.commerce.back_offices import BackOffice
from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, OrderChanged, ReceiverChange
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    InvalidRequest,
    NotUrgeable,
    OrderNotFound,
    ProductNotFound,
    Refused,
    ShipmentNotFound,
)
from xiaoer.commerce.http_addresses import NOBODY, distinct, given, path_of, sendable, usable, who
from xiaoer.commerce.http_exchange import SECONDS_OPEN, Exchange
from xiaoer.commerce.http_exchange import Query as Parameters
from xiaoer.commerce.model import (
    AfterSale,
    Invoice,
    Order,
    OrderQuery,
    Product,
    ProductQuery,
    Promotion,
    Reminder,
    Shipment,
)
from xiaoer.commerce.wire import catalogue, orders
from xiaoer.commerce.wire.values import encoded

LONGEST_SEARCH = 500
"""Characters of a text that are sent to find products in; servers bound the length of addresses."""

T = TypeVar("T")


class HttpCommerce:
    """A merchant's own system (see ``xiaoer.commerce.port.Commerce`` for what each call promises).

    Every call may raise ``BackOfficeDown`` besides. Many threads may use it at once.

    Args:
        back_office: Whom to ask.
        seconds_open: How long nobody asks a system that failed three times in a row.
    """

    def __init__(self, back_office: BackOffice, *, seconds_open: float = SECONDS_OPEN) -> None:
        self._exchange = Exchange(back_office, seconds_open=seconds_open)

    def get_order(self, tenant: str, customer: str, order_no: str) -> Order:
        """Return an order of the customer."""
        path = path_of("orders", order_no, missing=OrderNotFound)
        return self._owned_order(
            tenant, customer, self._exchange.read(path, who(tenant, customer), orders.Order, OrderNotFound), order_no
        )

    def list_orders(self, tenant: str, customer: str, query: OrderQuery) -> list[Order]:
        """Return orders of the customer, newest first."""
        asked = [*who(tenant, customer), ("limit", str(query.limit))]
        asked += [("state", state.value) for state in sorted(query.states)]
        asked += [("product_id", query.product_id)] if query.product_id is not None else []
        found = self._exchange.read("/orders", asked, orders.Orders).orders
        return self._several(found, "order_no", lambda each: self._owned_order(tenant, customer, each))[: query.limit]

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order and of the orders that it was split into, oldest first."""
        path = path_of("orders", order_no, "shipments", missing=OrderNotFound)
        found = self._exchange.read(path, who(tenant, customer), orders.Shipments, OrderNotFound).shipments
        return self._several(found, "waybill_no", lambda each: each.domain())

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer by its tracking number."""
        waybill_no = waybill_no.strip().upper()
        path = path_of("shipments", waybill_no, missing=ShipmentNotFound)
        found = self._exchange.read(path, who(tenant, customer), orders.Shipment, ShipmentNotFound)
        self._true(found.waybill_no.upper() == waybill_no, "another parcel")
        return found.domain()

    def list_parts(self, tenant: str, customer: str, order_no: str) -> list[Order]:
        """Return the orders that an order was split into, by number."""
        path = path_of("orders", order_no, "parts", missing=OrderNotFound)
        found = self._exchange.read(path, who(tenant, customer), orders.Orders, OrderNotFound).orders
        self._true(all(each.parent_order_no == order_no for each in found), "parts of another order")
        return self._several(found, "order_no", lambda each: self._owned_order(tenant, customer, each))

    def list_after_sales(self, tenant: str, customer: str, order_no: str | None = None) -> list[AfterSale]:
        """Return after-sale cases of the customer, newest first."""
        if order_no is not None and not usable(order_no):
            return []
        asked = [*who(tenant, customer), *([] if order_no is None else [("order_no", order_no)])]
        found = self._exchange.read("/after-sales", asked, orders.AfterSales).after_sales
        self._true(order_no is None or all(each.order_no == order_no for each in found), "cases of another order")
        return self._several(found, "after_sale_no", lambda each: self._owned_case(tenant, customer, each))

    def get_invoice(self, tenant: str, customer: str, order_no: str) -> Invoice | None:
        """Return the invoice of an order, or ``None`` where none was asked for."""
        path = path_of("orders", order_no, "invoice", missing=OrderNotFound)
        found = self._exchange.read(path, who(tenant, customer), orders.MaybeInvoice, OrderNotFound).invoice
        return None if found is None else self._invoice(found, order_no)

    def urge_shipment(self, tenant: str, customer: str, order_no: str, *, now: datetime) -> Reminder:
        """Put a reminder to ship before the merchant, once a day and order."""
        key = f"urge-{order_no}-{local_day(now).isoformat()}"
        path = path_of("orders", order_no, "urge", missing=OrderNotFound)
        found = self._exchange.write(
            path, who(tenant, customer), orders.Reminder, OrderNotFound, NotUrgeable, key=key, body={}
        )
        self._true(found.order_no == order_no, "another order's reminder", written=True)
        return found.domain()

    def get_product(self, tenant: str, product_id: str) -> Product:
        """Return a product of the tenant."""
        path = path_of("products", product_id, missing=ProductNotFound)
        found = self._exchange.read(path, who(tenant, NOBODY), catalogue.Product, ProductNotFound)
        self._true(found.product_id == product_id, "another product")
        return self._product(tenant, found)

    def get_product_page(self, tenant: str, product_id: str) -> str | None:
        """Return the address of the page on which a product is bought, or ``None`` where there is none."""
        path = path_of("products", product_id, "page", missing=ProductNotFound)
        return self._exchange.read(path, who(tenant, NOBODY), catalogue.Page, ProductNotFound).url

    def find_products(self, tenant: str, text: str, limit: int = 5) -> list[Product]:
        """Return the products of the tenant that a text names, best first."""
        asked = [*who(tenant, NOBODY), ("text", sendable(text)[:LONGEST_SEARCH]), ("limit", str(limit))]
        return self._products(tenant, asked)[:limit]

    def list_products(self, tenant: str, query: ProductQuery) -> list[Product]:
        """Return products of the tenant that can be bought now, those that fit the query best first."""
        asked = [*who(tenant, NOBODY), ("limit", str(query.limit))]
        asked += [("word", sendable(word)) for word in query.words]
        asked += [("least", f"{query.least:.2f}")] if query.least is not None else []
        asked += [("most", f"{query.most:.2f}")] if query.most is not None else []
        return self._products(tenant, asked)[: query.limit]

    def list_promotions(self, tenant: str, *, now: datetime) -> list[Promotion]:
        """Return the campaigns that run now, the tenant's own before the platform's."""
        found = self._exchange.read("/promotions", who(tenant, NOBODY), catalogue.Promotions).promotions
        self._true(all(each.scope in (tenant, PLATFORM) for each in found), "campaigns of another shop")
        return self._several(found, "promotion_id", lambda each: each.domain())

    def list_coupons(self, tenant: str, customer: str, *, now: datetime) -> list[Coupon]:
        """Return the coupons in the customer's wallet, those that end first before the others."""
        found = self._exchange.read("/coupons", who(tenant, customer), catalogue.Coupons).coupons
        self._true(all(each.scope in (tenant, PLATFORM) for each in found), "coupons of another shop")
        return self._several(found, "coupon_id", lambda each: each.domain())

    def get_membership(self, tenant: str, customer: str) -> Membership:
        """Return the customer's standing with the tenant."""
        return self._exchange.read("/membership", who(tenant, customer), catalogue.Membership).domain()

    def quote(self, tenant: str, customer: str, items: Sequence[tuple[str, int]], *, now: datetime) -> Quote:
        """Return what variants cost the customer after all that counts."""
        asked = [*who(tenant, customer)]
        asked += [("sku_id", sendable(sku_id)) for sku_id, _ in items]
        asked += [("quantity", str(pieces)) for _, pieces in items]
        return self._exchange.read("/quote", asked, catalogue.Quote, ProductNotFound, InvalidRequest).domain()

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Cancel an order that has not been shipped."""
        return self._change(tenant, customer, order_no, "cancel", {"reason": reason}, key=key)

    def change_receiver(
        self, tenant: str, customer: str, order_no: str, change: ReceiverChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change recipient, phone or address of an order that has not been shipped."""
        return self._change(tenant, customer, order_no, "receiver", given(encoded(change)), key=key)

    def change_line(
        self, tenant: str, customer: str, order_no: str, change: LineChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change variant or quantity of a position before shipping."""
        wanted = given(encoded(change))
        return self._change(tenant, customer, order_no, f"lines/{wanted.pop('line_id')}", wanted, key=key)

    def change_remark(
        self, tenant: str, customer: str, order_no: str, remark: str, *, key: str, now: datetime
    ) -> OrderChanged:
        """Note a wish on an order that has not been shipped."""
        return self._change(tenant, customer, order_no, "remark", {"remark": remark}, key=key)

    def apply_after_sale(
        self, tenant: str, customer: str, application: Application, *, key: str, now: datetime
    ) -> AfterSale:
        """File an after-sale case."""
        if not usable(application.order_no):
            raise OrderNotFound(application.order_no)
        body = given(encoded(application))
        found = self._exchange.write(
            "/after-sales", who(tenant, customer), orders.AfterSale, OrderNotFound, Refused, key=key, body=body
        )
        self._true(found.order_no == application.order_no, "a case of another order", written=True)
        return self._owned_case(tenant, customer, found, written=True)

    def withdraw_after_sale(
        self, tenant: str, customer: str, after_sale_no: str, *, key: str, now: datetime
    ) -> AfterSale:
        """Take back an after-sale case before goods or money are on their way."""
        path = path_of("after-sales", after_sale_no, "withdraw", missing=AfterSaleNotFound)
        found = self._exchange.write(
            path, who(tenant, customer), orders.AfterSale, AfterSaleNotFound, Refused, key=key, body={}
        )
        self._true(found.after_sale_no == after_sale_no, "another case", written=True)
        return self._owned_case(tenant, customer, found, written=True)

    def request_invoice(
        self, tenant: str, customer: str, order_no: str, request: InvoiceRequest, *, key: str, now: datetime
    ) -> Invoice:
        """Ask for the invoice of a paid order, or change what was asked for as long as it is not issued."""
        path = path_of("orders", order_no, "invoice", missing=OrderNotFound)
        asked, body = who(tenant, customer), encoded(request)
        return self._invoice(
            self._exchange.write(path, asked, orders.Invoice, OrderNotFound, Refused, key=key, body=body),
            order_no,
            written=True,
        )

    def _change(
        self, tenant: str, customer: str, order_no: str, what: str, body: dict[str, object], *, key: str
    ) -> OrderChanged:
        path = f"{path_of('orders', order_no, missing=OrderNotFound)}/{what}"
        found = self._exchange.write(
            path, who(tenant, customer), orders.OrderChanged, OrderNotFound, Refused, key=key, body=body
        )
        order = self._owned_order(tenant, customer, found.order, order_no, written=True)
        refund = found.refund
        return OrderChanged(order, None if refund is None else self._owned_case(tenant, customer, refund, written=True))

    def _products(self, tenant: str, asked: Parameters) -> list[Product]:
        found = self._exchange.read("/products", asked, catalogue.Products).products
        return self._several(found, "product_id", lambda each: self._product(tenant, each))

    def _product(self, tenant: str, found: catalogue.Product) -> Product:
        self._true(tenant in (PLATFORM, found.merchant_id), "a product of another shop")
        return found.domain()

    def _invoice(self, found: orders.Invoice, order_no: str, *, written: bool = False) -> Invoice:
        self._true(found.order_no == order_no, "another order's invoice", written=written)
        return found.domain()

    def _owned_order(
        self, tenant: str, customer: str, found: orders.Order, order_no: str | None = None, *, written: bool = False
    ) -> Order:
        self._owned(tenant, customer, found, written=written)
        self._true(order_no in (None, found.order_no), "another order", written=written)
        return found.domain()

    def _owned_case(self, tenant: str, customer: str, found: orders.AfterSale, *, written: bool = False) -> AfterSale:
        self._owned(tenant, customer, found, written=written)
        return found.domain()

    def _owned(self, tenant: str, customer: str, found: orders.Order | orders.AfterSale, *, written: bool) -> None:
        mine = found.customer_id == customer and tenant in (PLATFORM, found.merchant_id)
        self._true(mine, "what belongs to somebody else", written=written)

    def _several(self, found: Sequence[object], name: str, read: Callable[..., T]) -> list[T]:
        self._true(distinct(getattr(each, name) for each in found), "the same answer twice")
        return [read(each) for each in found]

    def _true(self, holds: bool, otherwise: str, *, written: bool = False) -> None:
        if not holds:
            self._exchange.unusable(otherwise, written=written)
