"""Who has bought from a merchant."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from xiaoer.accounts.tables import CustomerRow
from xiaoer.commerce.tables import OrderRow


@dataclass(frozen=True)
class Buyer:
    """A customer of a merchant.

    Attributes:
        customer_id: Customer id.
        name: Name as the customer gave it.
        vip_level: 0 for everybody, 1 and above for VIPs.
        orders: How many orders the customer has placed there.
    """

    customer_id: str
    name: str
    vip_level: int
    orders: int


def list_buyers(session: Session, tenant: str, *, limit: int = 100) -> list[Buyer]:
    """Return the customers who have ordered from a merchant, those with the most orders first.

    Args:
        session: A session to read with.
        tenant: Merchant id.
        limit: At most so many.
    """
    orders = func.count(OrderRow.order_no)
    found = session.execute(
        select(CustomerRow.id, CustomerRow.name, CustomerRow.vip_level, orders)
        .join(OrderRow, OrderRow.customer_id == CustomerRow.id)
        .where(OrderRow.merchant_id == tenant)
        .group_by(CustomerRow.id, CustomerRow.name, CustomerRow.vip_level)
        .order_by(orders.desc(), CustomerRow.id)
        .limit(limit)
    )
    return [Buyer(*row) for row in found]


def has_ordered(session: Session, tenant: str, customer: str) -> bool:
    """Return whether a customer has ever ordered from a merchant."""
    wanted = select(OrderRow.order_no).where(OrderRow.merchant_id == tenant, OrderRow.customer_id == customer)
    return session.scalars(wanted.limit(1)).first() is not None
