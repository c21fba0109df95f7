"""The ``sql`` adapter: commerce on the tables of the embedded mall."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from xiaoer.accounts.model import PLATFORM
from xiaoer.clock import local_day
from xiaoer.commerce import rows
from xiaoer.commerce.errors import NotUrgeable, ProductNotFound, ShipmentNotFound
from xiaoer.commerce.matching import named_in
from xiaoer.commerce.model import (
    AfterSale,
    Invoice,
    Order,
    OrderQuery,
    OrderState,
    Product,
    ProductQuery,
    Promotion,
    Reminder,
    Shipment,
)
from xiaoer.commerce.ownership import owned, owned_order
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.sql_after_sales import SqlAfterSales
from xiaoer.commerce.sql_benefits import SqlBenefits
from xiaoer.commerce.sql_invoices import SqlInvoices
from xiaoer.commerce.sql_orders import SqlOrderChanges
from xiaoer.commerce.tables import (
    AfterSaleRow,
    InvoiceRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    PromotionRow,
    ReminderRow,
    ShipmentRow,
    StockRow,
    VariantRow,
)
from xiaoer.commerce.wishes import best_fits, fit
from xiaoer.database import reading, storable, writing

URGEABLE = frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED})
"""States in which an order, or the rest of it, waits for shipment."""


DESCRIBING = ("product_id", "name", "short_name", "category", "attributes")
"""Columns of a product that a wish is compared with."""


class SqlCommerce(SqlOrderChanges, SqlAfterSales, SqlInvoices, SqlBenefits):
    """The embedded mall (see ``xiaoer.commerce.port.Commerce`` for what each call promises)."""

    def __init__(self, engine: Engine, policies: Policies | None = None) -> None:
        """Work on the database behind ``engine`` and decide by ``policies``, or else by the platform's."""
        self._engine = engine
        self._policies = policies or Policies()

    def get_order(self, tenant: str, customer: str, order_no: str) -> Order:
        """Return an order of the customer."""
        with reading(self._engine) as session:
            return rows.order(owned_order(session, tenant, customer, order_no))

    def list_orders(self, tenant: str, customer: str, query: OrderQuery) -> list[Order]:
        """Return orders of the customer, newest first."""
        wanted = owned(select(OrderRow), OrderRow, tenant, customer)
        if query.states:
            wanted = wanted.where(OrderRow.state.in_([state.value for state in query.states]))
        if query.product_id is not None:
            with_product = select(OrderLineRow.order_no).where(OrderLineRow.product_id == query.product_id)
            wanted = wanted.where(OrderRow.order_no.in_(with_product))
        wanted = wanted.order_by(OrderRow.created_at.desc(), OrderRow.order_no.desc()).limit(query.limit)
        with reading(self._engine) as session:
            return [rows.order(row) for row in session.scalars(wanted)]

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order and of the orders that it was split into, oldest first."""
        with reading(self._engine) as session:
            order = owned_order(session, tenant, customer, order_no)
            parts = [order, *_parts(session, tenant, customer, order_no)]
            found = [rows.shipment(row) for part in parts for row in part.shipments]
        return sorted(found, key=lambda shipment: (shipment.created_at, shipment.shipment_id))

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer by its tracking number."""
        wanted = owned(select(ShipmentRow).join(OrderRow), OrderRow, tenant, customer)
        if not storable(waybill_no):
            raise ShipmentNotFound(waybill_no)
        with reading(self._engine) as session:
            row = session.scalars(wanted.where(ShipmentRow.waybill_no == waybill_no.strip().upper())).first()
            if row is None:
                raise ShipmentNotFound(waybill_no)
            return rows.shipment(row)

    def list_parts(self, tenant: str, customer: str, order_no: str) -> list[Order]:
        """Return the orders that an order was split into, by number."""
        with reading(self._engine) as session:
            owned_order(session, tenant, customer, order_no)
            return [rows.order(row) for row in _parts(session, tenant, customer, order_no)]

    def list_after_sales(self, tenant: str, customer: str, order_no: str | None = None) -> list[AfterSale]:
        """Return after-sale cases of the customer, newest first."""
        wanted = owned(select(AfterSaleRow), AfterSaleRow, tenant, customer)
        if order_no is not None:
            if not storable(order_no):
                return []
            wanted = wanted.where(AfterSaleRow.order_no == order_no)
        wanted = wanted.order_by(AfterSaleRow.created_at.desc(), AfterSaleRow.after_sale_no.desc())
        with reading(self._engine) as session:
            return [rows.after_sale(row) for row in session.scalars(wanted)]

    def get_invoice(self, tenant: str, customer: str, order_no: str) -> Invoice | None:
        """Return the invoice of an order, or ``None`` where none was asked for."""
        with reading(self._engine) as session:
            owned_order(session, tenant, customer, order_no)
            row = session.get(InvoiceRow, order_no)
            return None if row is None else rows.invoice(row)

    def urge_shipment(self, tenant: str, customer: str, order_no: str, *, now: datetime) -> Reminder:
        """Put a reminder to ship before the merchant, once a day and order."""
        day = local_day(now)
        try:
            with writing(self._engine) as session:
                order = owned_order(session, tenant, customer, order_no)
                if OrderState(order.state) not in URGEABLE:
                    raise NotUrgeable(order.state)
                known = _reminded_at(session, order_no, day)
                if known is not None:
                    return Reminder(order_no, day, created=False, at=known)
                session.add(
                    ReminderRow(
                        order_no=order_no,
                        merchant_id=order.merchant_id,
                        customer_id=order.customer_id,
                        day=day,
                        created_at=now,
                    )
                )
        except IntegrityError:  # another process wrote the day's reminder between our look and our write
            with reading(self._engine) as session:
                return Reminder(order_no, day, created=False, at=_reminded_at(session, order_no, day))
        return Reminder(order_no, day, created=True, at=now)

    def get_product(self, tenant: str, product_id: str) -> Product:
        """Return a product of the tenant."""
        if not storable(product_id):
            raise ProductNotFound(product_id)
        with reading(self._engine) as session:
            row = session.get(ProductRow, product_id)
            if row is None or tenant not in (PLATFORM, row.merchant_id):
                raise ProductNotFound(product_id)
            return rows.product(row)

    def find_products(self, tenant: str, text: str, limit: int = 5) -> list[Product]:
        """Return the products of the tenant that a text names, best first."""
        names = select(ProductRow.product_id, ProductRow.name, ProductRow.short_name).order_by(ProductRow.product_id)
        if tenant != PLATFORM:
            names = names.where(ProductRow.merchant_id == tenant)
        with reading(self._engine) as session:
            found = named_in(text, [tuple(row) for row in session.execute(names)])[:limit]
            return [rows.product(session.get(ProductRow, product_id)) for product_id in found]

    def list_products(self, tenant: str, query: ProductQuery) -> list[Product]:
        """Return products of the tenant that can be bought now, those that fit the query best first."""
        with reading(self._engine) as session:
            found = list(session.execute(_buyable(tenant, query)))
            chosen = [row.product_id for row in found]
            if query.words:
                chosen = best_fits({row.product_id: _fit(query, row) for row in found})
            return [rows.product(session.get(ProductRow, product_id)) for product_id in chosen[: query.limit]]

    def list_promotions(self, tenant: str, *, now: datetime) -> list[Promotion]:
        """Return the campaigns that run now, the tenant's own before the platform's."""
        wanted = (
            select(PromotionRow)
            .where(
                PromotionRow.scope.in_([tenant, PLATFORM]), PromotionRow.starts_at <= now, PromotionRow.ends_at > now
            )
            .order_by(PromotionRow.ends_at, PromotionRow.promotion_id)
        )
        with reading(self._engine) as session:
            found = [rows.promotion(row) for row in session.scalars(wanted)]
        return sorted(found, key=lambda promotion: promotion.scope != tenant)


def _buyable(tenant: str, query: ProductQuery) -> Select:
    pieces = func.sum(StockRow.quantity).label("pieces")
    stock = select(VariantRow.product_id, pieces).join(StockRow, StockRow.sku_id == VariantRow.sku_id)
    in_stock = stock.group_by(VariantRow.product_id).having(pieces > 0).subquery()
    wanted = (
        select(*(getattr(ProductRow, name) for name in DESCRIBING))
        .join(in_stock, in_stock.c.product_id == ProductRow.product_id)
        .where(ProductRow.on_sale)
        .order_by(in_stock.c.pieces.desc(), ProductRow.product_id)
    )
    if tenant != PLATFORM:
        wanted = wanted.where(ProductRow.merchant_id == tenant)
    if query.least is not None:
        wanted = wanted.where(ProductRow.price >= query.least)
    if query.most is not None:
        wanted = wanted.where(ProductRow.price <= query.most)
    return wanted if query.words else wanted.limit(query.limit)


def _fit(query: ProductQuery, row: Any) -> int:
    remarks = " ".join(f"{name} {value}" for name, value in row.attributes.items())
    return fit(query.words, name=f"{row.name} {row.short_name}", category=row.category, remarks=remarks)


def _reminded_at(session: Session, order_no: str, day: date) -> datetime | None:
    known = select(ReminderRow.created_at).where(ReminderRow.order_no == order_no, ReminderRow.day == day)
    return session.scalars(known).first()


def _parts(session: Session, tenant: str, customer: str, order_no: str) -> list[OrderRow]:
    wanted = owned(select(OrderRow), OrderRow, tenant, customer)
    return list(session.scalars(wanted.where(OrderRow.parent_order_no == order_no).order_by(OrderRow.order_no)))
