"""The port of commerce: what the assistant and the desk need of a shop system, whoever answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, OrderChanged, ReceiverChange
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


class Commerce(Protocol):
    """A shop system. ``tenant`` is a merchant id, or ``platform``, which sees the customer's orders at all merchants.

    What belongs to another customer or merchant is not found, exactly like what does not exist.

    Every write names a ``key`` that its caller makes up, one for each wish: a repeat with the same key writes nothing
    and returns what the first call returned; the same key with another request raises ``KeyReused``. A write that is
    refused raises a ``Refused`` and changes nothing. Each write that is done is kept as an audit entry.
    """

    def get_order(self, tenant: str, customer: str, order_no: str) -> Order:
        """Return an order of the customer.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
        """

    def list_orders(self, tenant: str, customer: str, query: OrderQuery) -> list[Order]:
        """Return orders of the customer, newest first."""

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order, oldest first; a split order's parcels are those of its parts too.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
        """

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer by its tracking number, in whatever case it was typed.

        Raises:
            ShipmentNotFound: If none of the customer's orders at this tenant has it.
        """

    def list_parts(self, tenant: str, customer: str, order_no: str) -> list[Order]:
        """Return the orders that an order was split into, by number; empty where it was not split.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
        """

    def list_after_sales(self, tenant: str, customer: str, order_no: str | None = None) -> list[AfterSale]:
        """Return after-sale cases of the customer, newest first, of one order or of all."""

    def get_invoice(self, tenant: str, customer: str, order_no: str) -> Invoice | None:
        """Return the invoice of an order, or ``None`` where none was asked for.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
        """

    def urge_shipment(self, tenant: str, customer: str, order_no: str, *, now: datetime) -> Reminder:
        """Put a reminder to ship before the merchant, once a day (Shanghai) and order.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            NotUrgeable: If the order is not waiting for shipment.
        """

    def get_product(self, tenant: str, product_id: str) -> Product:
        """Return a product of the tenant (of any merchant for the platform).

        Raises:
            ProductNotFound: If the tenant has no such product.
        """

    def find_products(self, tenant: str, text: str, limit: int = 5) -> list[Product]:
        """Return the products of the tenant that a text names, best first; empty where it names none."""

    def list_products(self, tenant: str, query: ProductQuery) -> list[Product]:
        """Return products of the tenant that can be bought now, those that fit the query best first."""

    def list_promotions(self, tenant: str, *, now: datetime) -> list[Promotion]:
        """Return the campaigns that run now, the tenant's own before the platform's."""

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Cancel an order that has not been shipped; what was paid goes back as a refund case.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            StateForbids: If a parcel has left, or the order is over.
            KeyReused: If the key belongs to another request.
        """

    def change_receiver(
        self, tenant: str, customer: str, order_no: str, change: ReceiverChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change recipient, phone or address of an order that has not been shipped.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            StateForbids: If a parcel has left, or the order is over.
            InvalidRequest: If a value can't be what it should be, or nothing is changed.
            KeyReused: If the key belongs to another request.
        """

    def change_line(
        self, tenant: str, customer: str, order_no: str, change: LineChange, *, key: str, now: datetime
    ) -> OrderChanged:
        """Change variant or quantity of a position before shipping; what was paid too much goes back as a refund case.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            StateForbids: If a parcel has left, the order is over, or the line is in an after-sale case.
            InvalidRequest: If the line is not the order's, the variant not the product's, or nothing is changed.
            OutOfStock: If there are not so many pieces.
            PaymentNeeded: If a paid order would cost more.
            KeyReused: If the key belongs to another request.
        """

    def change_remark(
        self, tenant: str, customer: str, order_no: str, remark: str, *, key: str, now: datetime
    ) -> OrderChanged:
        """Note a wish on an order that has not been shipped, in place of the remark that is there.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            StateForbids: If a parcel has left, or the order is over.
            InvalidRequest: If the remark is empty or longer than 200 characters.
            KeyReused: If the key belongs to another request.
        """

    def apply_after_sale(
        self, tenant: str, customer: str, application: Application, *, key: str, now: datetime
    ) -> AfterSale:
        """File an after-sale case, decided by the rules at that moment.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            NotEligible: If the rules do not allow it, or evidence that they demand is missing.
            ExceedsBought: If more pieces are meant than were bought and are in no other case.
            OutOfStock: If the variant wanted in exchange is not there.
            PaymentNeeded: If the variant wanted in exchange costs more.
            StateForbids: If goods should come back that have not left.
            InvalidRequest: If a line or variant is not the order's, or the amount more than the rules allow.
            KeyReused: If the key belongs to another request.
        """

    def withdraw_after_sale(
        self, tenant: str, customer: str, after_sale_no: str, *, key: str, now: datetime
    ) -> AfterSale:
        """Take back an after-sale case before goods or money are on their way.

        Raises:
            AfterSaleNotFound: If the customer has no such case at this tenant.
            StateForbids: If it is too late.
            KeyReused: If the key belongs to another request.
        """

    def request_invoice(
        self, tenant: str, customer: str, order_no: str, request: InvoiceRequest, *, key: str, now: datetime
    ) -> Invoice:
        """Ask for the invoice of a paid order, or change what was asked for as long as it is not issued.

        Raises:
            OrderNotFound: If the customer has no such order at this tenant.
            StateForbids: If the order is not paid, or was cancelled; or the invoice is issued (state ``issued``).
            InvalidRequest: If title, tax number or address can't be right.
            KeyReused: If the key belongs to another request.
        """

    def list_coupons(self, tenant: str, customer: str, *, now: datetime) -> list[Coupon]:
        """Return the coupons in the customer's wallet, those that end first before the others.

        Used ones are among them, and those that were over within the last 30 days: people ask where they went.
        """

    def get_membership(self, tenant: str, customer: str) -> Membership:
        """Return the customer's standing with the tenant."""

    def quote(self, tenant: str, customer: str, items: Sequence[tuple[str, int]], *, now: datetime) -> Quote:
        """Return what variants (``(sku_id, pieces)`` each) cost the customer after all that counts.

        Raises:
            ProductNotFound: If the tenant sells no such variant.
            InvalidRequest: If nothing is bought, or a number of pieces is not between 1 and 9999.
        """

    def get_product_page(self, tenant: str, product_id: str) -> str | None:
        """Return the address of the page on which a product is bought, or ``None`` where there is none.

        Raises:
            ProductNotFound: If the tenant has no such product.
        """
