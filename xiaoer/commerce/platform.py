"""The platform's view: the embedded mall and the merchants' own systems as one shop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, OrderChanged, ReceiverChange
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    BackOfficeDown,
    CommerceError,
    OrderNotFound,
    ProductNotFound,
    ShipmentNotFound,
)
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
from xiaoer.commerce.port import Commerce

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""Merchants' systems that are asked at the same time."""

MARGIN = 4
"""How many times as many rows the mall is asked for, since those of merchants with a system of their own fall away."""

T = TypeVar("T")
Owned = TypeVar("Owned", Order, AfterSale, Product)


class PlatformCommerce:
    """Everything that a customer of the platform has (see ``xiaoer.commerce.port.Commerce`` for each call's promise).

    What the mall still keeps of a merchant with a system of its own is not shown: it is no longer true. A system that
    is down is left out of lists; where a number is found nowhere and a system did not answer, that is said instead.

    Args:
        mall: The embedded mall.
        offices: The merchants' own systems by tenant.
    """

    def __init__(self, mall: Commerce, offices: Mapping[str, Commerce]) -> None:
        self._mall = mall
        self._offices = offices

    def get_order(self, tenant: str, customer: str, order_no: str) -> Order:
        """Return an order of the customer."""
        return self._owner(customer, order_no)[2]

    def list_orders(self, tenant: str, customer: str, query: OrderQuery) -> list[Order]:
        """Return orders of the customer, newest first."""
        wider = replace(query, limit=query.limit * MARGIN)
        found = self._current(self._mall.list_orders(PLATFORM, customer, wider))
        found += self._everywhere(lambda shop, name: shop.list_orders(name, customer, query))
        return sorted(found, key=lambda order: (order.created_at, order.order_no), reverse=True)[: query.limit]

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer by its tracking number."""
        return self._first(ShipmentNotFound, lambda shop, name: shop.find_shipment(name, customer, waybill_no))

    def list_after_sales(self, tenant: str, customer: str, order_no: str | None = None) -> list[AfterSale]:
        """Return after-sale cases of the customer, newest first, of one order or of all."""
        if order_no is not None:
            try:
                shop, named, _ = self._owner(customer, order_no)
            except OrderNotFound:
                return []
            return shop.list_after_sales(named, customer, order_no)
        found = self._current(self._mall.list_after_sales(PLATFORM, customer))
        found += self._everywhere(lambda shop, name: shop.list_after_sales(name, customer))
        return sorted(found, key=lambda case: (case.created_at, case.after_sale_no), reverse=True)

    def get_product(self, tenant: str, product_id: str) -> Product:
        """Return a product of any merchant."""
        return self._first(ProductNotFound, lambda shop, name: shop.get_product(name, product_id))

    def get_product_page(self, tenant: str, product_id: str) -> str | None:
        """Return the address of the page on which a product is bought, or ``None`` where there is none."""
        return self._first(ProductNotFound, lambda shop, name: shop.get_product_page(name, product_id))

    def find_products(self, tenant: str, text: str, limit: int = 5) -> list[Product]:
        """Return the products that a text names, the mall's before the others'."""
        found = self._current(self._mall.find_products(PLATFORM, text, limit * MARGIN))
        return (found + self._everywhere(lambda shop, name: shop.find_products(name, text, limit)))[:limit]

    def list_products(self, tenant: str, query: ProductQuery) -> list[Product]:
        """Return products that can be bought now, the mall's before the others'."""
        found = self._current(self._mall.list_products(PLATFORM, replace(query, limit=query.limit * MARGIN)))
        return (found + self._everywhere(lambda shop, name: shop.list_products(name, query)))[: query.limit]

    def list_promotions(self, tenant: str, *, now: datetime) -> list[Promotion]:
        """Return the platform's campaigns that run now."""
        return self._mall.list_promotions(PLATFORM, now=now)

    def list_coupons(self, tenant: str, customer: str, *, now: datetime) -> list[Coupon]:
        """Return the coupons in the customer's wallet, those that end first before the others."""
        found = [
            each for each in self._mall.list_coupons(PLATFORM, customer, now=now) if each.scope not in self._offices
        ]
        theirs = self._everywhere(
            lambda shop, name: [each for each in shop.list_coupons(name, customer, now=now) if each.scope == name]
        )
        return sorted(found + theirs, key=lambda coupon: coupon.ends_at)

    def get_membership(self, tenant: str, customer: str) -> Membership:
        """Return the customer's standing with the platform."""
        return self._mall.get_membership(PLATFORM, customer)

    def quote(self, tenant: str, customer: str, items: Sequence[tuple[str, int]], *, now: datetime) -> Quote:
        """Return what variants of one shop cost the customer after all that counts."""
        return self._first(ProductNotFound, lambda shop, name: shop.quote(name, customer, items, now=now))

    def apply_after_sale(
        self, tenant: str, customer: str, application: Application, *, key: str, now: datetime
    ) -> AfterSale:
        """File an after-sale case, decided by the rules at that moment."""
        shop, named, _ = self._owner(customer, application.order_no)
        return shop.apply_after_sale(named, customer, application, key=key, now=now)

    def withdraw_after_sale(
        self, tenant: str, customer: str, after_sale_no: str, *, key: str, now: datetime
    ) -> AfterSale:
        """Take back an after-sale case before goods or money are on their way."""

        def keeper(shop: Commerce, name: str) -> tuple[Commerce, str]:
            if all(case.after_sale_no != after_sale_no for case in shop.list_after_sales(name, customer)):
                raise AfterSaleNotFound(after_sale_no)
            return shop, name

        shop, named = self._first(AfterSaleNotFound, keeper)
        return shop.withdraw_after_sale(named, customer, after_sale_no, key=key, now=now)

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order, oldest first; a split order's parcels are those of its parts too."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.list_shipments(named, customer, order_no)

    def list_parts(self, tenant: str, customer: str, order_no: str) -> list[Order]:
        """Return the orders that an order was split into, by number; empty where it was not split."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.list_parts(named, customer, order_no)

    def get_invoice(self, tenant: str, customer: str, order_no: str) -> Invoice | None:
        """Return the invoice of an order, or ``None`` where none was asked for."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.get_invoice(named, customer, order_no)

    def urge_shipment(self, tenant: str, customer: str, order_no: str, *, now: datetime) -> Reminder:
        """Put a reminder to ship before the merchant, once a day (Shanghai) and order."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.urge_shipment(named, customer, order_no, now=now)

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Cancel an order that has not been shipped; what was paid goes back as a refund case."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.cancel_order(named, customer, order_no, reason=reason, key=key, now=now)

    def change_receiver(
        self, tenant: str, customer: str, order_no: str, change: ReceiverChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change recipient, phone or address of an order that has not been shipped."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.change_receiver(named, customer, order_no, change, key=key, now=now)

    def change_line(
        self, tenant: str, customer: str, order_no: str, change: LineChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change variant or quantity of a position before shipping."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.change_line(named, customer, order_no, change, key=key, now=now)

    def change_remark(
        self, tenant: str, customer: str, order_no: str, remark: str, *, key: str, now: datetime
    ) -> OrderChanged:
        """Note a wish on an order that has not been shipped, in place of the remark that is there."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.change_remark(named, customer, order_no, remark, key=key, now=now)

    def request_invoice(
        self, tenant: str, customer: str, order_no: str, request: InvoiceRequest, *, key: str, now: datetime
    ) -> Invoice:
        """Ask for the invoice of a paid order, or change what was asked for as long as it is not issued."""
        shop, named, _ = self._owner(customer, order_no)
        return shop.request_invoice(named, customer, order_no, request, key=key, now=now)

    def _owner(self, customer: str, order_no: str) -> tuple[Commerce, str, Order]:
        """Return who has an order: the shop system, the tenant to name there, and the order.

        Writes go only there: a system that does not have the order has no business with it.
        """

        def ask(shop: Commerce, name: str) -> tuple[Commerce, str, Order]:
            order = shop.get_order(name, customer, order_no)
            if name == PLATFORM and order.merchant_id in self._offices:
                raise OrderNotFound(order_no)
            return shop, name, order

        return self._first(OrderNotFound, ask)

    def _first(self, missing: type[CommerceError], ask: Callable[[Commerce, str], T]) -> T:
        down: CommerceError | None = None
        for name, shop in {PLATFORM: self._mall, **self._offices}.items():
            try:
                return ask(shop, name)
            except missing as error:
                down = down or error
            except BackOfficeDown as error:
                down = error
        raise down or missing(PLATFORM)

    def _everywhere(self, ask: Callable[[Commerce, str], list[T]]) -> list[T]:
        def one(name: str) -> list[T]:
            try:
                return ask(self._offices[name], name)
            except BackOfficeDown:
                logger.warning("what %s has is missing for a customer of the platform", name)
                return []

        with ThreadPoolExecutor(min(AT_ONCE, len(self._offices))) as pool:
            return [each for found in pool.map(one, self._offices) for each in found]

    def _current(self, found: Iterable[Owned]) -> list[Owned]:
        return [each for each in found if each.merchant_id not in self._offices]
