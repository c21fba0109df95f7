"""Choosing the shop system of a tenant: the embedded mall, or the merchant's own behind HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from sqlalchemy.engine import Engine

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.back_offices import BackOffice, list_back_offices
from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, OrderChanged, ReceiverChange
from xiaoer.commerce.http import HttpCommerce
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
from xiaoer.commerce.platform import PlatformCommerce
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.database import reading

SECONDS_KNOWN = 5.0
"""How long a change of the configuration may stay unnoticed."""


class RoutedCommerce:
    """All shop systems of an installation (see ``xiaoer.commerce.port.Commerce`` for what each call promises).

    Calls for a merchant with a system of its own may raise ``BackOfficeDown`` besides.

    Args:
        engine: The database, with the embedded mall and the configuration.
        policies: What the embedded mall decides by, or else the platform's tables.
        seconds: Gives seconds that only ever grow.
        adapter: Makes the adapter of a merchant's own system.
    """

    def __init__(
        self,
        engine: Engine,
        policies: Policies | None = None,
        *,
        seconds: Callable[[], float] = time.monotonic,
        adapter: Callable[[BackOffice], Commerce] = HttpCommerce,
    ) -> None:
        self._engine = engine
        self._mall = SqlCommerce(engine, policies)
        self._seconds = seconds
        self._adapter = adapter
        self._lock = Lock()
        self._known_until = float("-inf")
        self._offices: dict[BackOffice, Commerce] = {}

    def _of(self, tenant: str) -> Commerce:
        offices = self._by_tenant()
        if tenant == PLATFORM and offices:
            return PlatformCommerce(self._mall, offices)
        return offices.get(tenant, self._mall)

    def _by_tenant(self) -> dict[str, Commerce]:
        with self._lock:
            if self._seconds() >= self._known_until:
                with reading(self._engine) as session:
                    found = list_back_offices(session)
                # An adapter is kept while its configuration stays as it is: it holds connections and a breaker.
                self._offices = {each: self._offices.get(each) or self._adapter(each) for each in found}
                self._known_until = self._seconds() + SECONDS_KNOWN
            return {office.tenant: adapter for office, adapter in self._offices.items()}

    def get_order(self, tenant: str, customer: str, order_no: str) -> Order:
        """Return an order of the customer."""
        return self._of(tenant).get_order(tenant, customer, order_no)

    def list_orders(self, tenant: str, customer: str, query: OrderQuery) -> list[Order]:
        """Return orders of the customer, newest first."""
        return self._of(tenant).list_orders(tenant, customer, query)

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order, oldest first; a split order's parcels are those of its parts too."""
        return self._of(tenant).list_shipments(tenant, customer, order_no)

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer by its tracking number, in whatever case it was typed."""
        return self._of(tenant).find_shipment(tenant, customer, waybill_no)

    def list_parts(self, tenant: str, customer: str, order_no: str) -> list[Order]:
        """Return the orders that an order was split into, by number; empty where it was not split."""
        return self._of(tenant).list_parts(tenant, customer, order_no)

    def list_after_sales(self, tenant: str, customer: str, order_no: str | None = None) -> list[AfterSale]:
        """Return after-sale cases of the customer, newest first, of one order or of all."""
        return self._of(tenant).list_after_sales(tenant, customer, order_no)

    def get_invoice(self, tenant: str, customer: str, order_no: str) -> Invoice | None:
        """Return the invoice of an order, or ``None`` where none was asked for."""
        return self._of(tenant).get_invoice(tenant, customer, order_no)

    def urge_shipment(self, tenant: str, customer: str, order_no: str, *, now: datetime) -> Reminder:
        """Put a reminder to ship before the merchant, once a day (Shanghai) and order."""
        return self._of(tenant).urge_shipment(tenant, customer, order_no, now=now)

    def get_product(self, tenant: str, product_id: str) -> Product:
        """Return a product of the tenant (of any merchant for the platform)."""
        return self._of(tenant).get_product(tenant, product_id)

    def find_products(self, tenant: str, text: str, limit: int = 5) -> list[Product]:
        """Return the products of the tenant that a text names, best first; empty where it names none."""
        return self._of(tenant).find_products(tenant, text, limit)

    def list_products(self, tenant: str, query: ProductQuery) -> list[Product]:
        """Return products of the tenant that can be bought now, those that fit the query best first."""
        return self._of(tenant).list_products(tenant, query)

    def list_promotions(self, tenant: str, *, now: datetime) -> list[Promotion]:
        """Return the campaigns that run now, the tenant's own before the platform's."""
        return self._of(tenant).list_promotions(tenant, now=now)

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Cancel an order that has not been shipped; what was paid goes back as a refund case."""
        return self._of(tenant).cancel_order(tenant, customer, order_no, reason=reason, key=key, now=now)

    def change_receiver(
        self, tenant: str, customer: str, order_no: str, change: ReceiverChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change recipient, phone or address of an order that has not been shipped."""
        return self._of(tenant).change_receiver(tenant, customer, order_no, change, key=key, now=now)

    def change_line(
        self, tenant: str, customer: str, order_no: str, change: LineChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change variant or quantity of a position before shipping."""
        return self._of(tenant).change_line(tenant, customer, order_no, change, key=key, now=now)

    def change_remark(
        self, tenant: str, customer: str, order_no: str, remark: str, *, key: str, now: datetime
    ) -> OrderChanged:
        """Note a wish on an order that has not been shipped, in place of the remark that is there."""
        return self._of(tenant).change_remark(tenant, customer, order_no, remark, key=key, now=now)

    def apply_after_sale(
        self, tenant: str, customer: str, application: Application, *, key: str, now: datetime
    ) -> AfterSale:
        """File an after-sale case, decided by the rules at that moment."""
        return self._of(tenant).apply_after_sale(tenant, customer, application, key=key, now=now)

    def withdraw_after_sale(
        self, tenant: str, customer: str, after_sale_no: str, *, key: str, now: datetime
    ) -> AfterSale:
        """Take back an after-sale case before goods or money are on their way."""
        return self._of(tenant).withdraw_after_sale(tenant, customer, after_sale_no, key=key, now=now)

    def request_invoice(
        self, tenant: str, customer: str, order_no: str, request: InvoiceRequest, *, key: str, now: datetime
    ) -> Invoice:
        """Ask for the invoice of a paid order, or change what was asked for as long as it is not issued."""
        return self._of(tenant).request_invoice(tenant, customer, order_no, request, key=key, now=now)

    def list_coupons(self, tenant: str, customer: str, *, now: datetime) -> list[Coupon]:
        """Return the coupons in the customer's wallet, those that end first before the others."""
        return self._of(tenant).list_coupons(tenant, customer, now=now)

    def get_membership(self, tenant: str, customer: str) -> Membership:
        """Return the customer's standing with the tenant."""
        return self._of(tenant).get_membership(tenant, customer)

    def quote(self, tenant: str, customer: str, items: Sequence[tuple[str, int]], *, now: datetime) -> Quote:
        """Return what variants (``(sku_id, pieces)`` each) cost the customer after all that counts."""
        return self._of(tenant).quote(tenant, customer, items, now=now)

    def get_product_page(self, tenant: str, product_id: str) -> str | None:
        """Return the address of the page on which a product is bought, or ``None`` where there is none."""
        return self._of(tenant).get_product_page(tenant, product_id)
