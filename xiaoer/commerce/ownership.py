"""Finding rows of orders and cases that the caller may touch; what belongs to others is not found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.errors import AfterSaleNotFound, OrderNotFound
from xiaoer.commerce.tables import AfterSaleRow, OrderRow
from xiaoer.database import storable


def of_tenant(wanted: Select, table: Any, tenant: str) -> Select:
    """Restrict a query to a tenant's rows; the platform sees those of all merchants."""
    return wanted if tenant == PLATFORM else wanted.where(table.merchant_id == tenant)


def owned(wanted: Select, table: Any, tenant: str, customer: str) -> Select:
    """Restrict a query to a customer's rows at a tenant."""
    return of_tenant(wanted.where(table.customer_id == customer), table, tenant)


def owned_order(session: Session, tenant: str, customer: str, order_no: str) -> OrderRow:
    """Return an order of a customer.

    Raises:
        OrderNotFound: If the customer has no such order at this tenant.
    """
    if not storable(order_no):
        raise OrderNotFound(order_no)
    wanted = owned(select(OrderRow).where(OrderRow.order_no == order_no), OrderRow, tenant, customer)
    row = session.scalars(wanted).first()
    if row is None:
        raise OrderNotFound(order_no)
    return row


def lock_order(session: Session, tenant: str, order_no: str, customer: str | None = None) -> OrderRow:
    """Return an order that no other transaction can change until this one ends.

    Every write of an order, its lines, parcels, cases or invoice begins here, so that they follow one another.

    Args:
        session: A writing session.
        tenant: Whose order it is.
        order_no: The order.
        customer: Whose it must be; ``None`` for the merchant's own people.

    Raises:
        OrderNotFound: If there is no such order.
    """
    if not storable(order_no):
        raise OrderNotFound(order_no)
    wanted = of_tenant(select(OrderRow).where(OrderRow.order_no == order_no), OrderRow, tenant)
    if customer is not None:
        wanted = wanted.where(OrderRow.customer_id == customer)
    row = session.scalars(wanted.with_for_update()).first()
    if row is None:
        raise OrderNotFound(order_no)
    return row


def lock_case(
    session: Session, tenant: str, after_sale_no: str, customer: str | None = None
) -> tuple[OrderRow, AfterSaleRow]:
    """Return an after-sale case and its order, both locked as in ``lock_order``.

    Raises:
        AfterSaleNotFound: If there is no such case.
    """
    if not storable(after_sale_no):
        raise AfterSaleNotFound(after_sale_no)
    wanted = select(AfterSaleRow.order_no).where(AfterSaleRow.after_sale_no == after_sale_no)
    wanted = of_tenant(wanted, AfterSaleRow, tenant)
    if customer is not None:
        wanted = wanted.where(AfterSaleRow.customer_id == customer)
    order_no = session.scalars(wanted).first()
    if order_no is None:
        raise AfterSaleNotFound(after_sale_no)
    # The case is read only now: whoever held the order before may have changed it.
    order = lock_order(session, tenant, order_no, customer)
    return order, session.get(AfterSaleRow, after_sale_no)
