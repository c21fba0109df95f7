"""The port of commerce: what the assistant and the desk need of a shop system, whoever answers."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

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
