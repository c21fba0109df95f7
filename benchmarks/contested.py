"""Orders to quarrel about: each with a customer of its own, made from orders that the database has."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tables import CustomerRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import local_day
from xiaoer.commerce.model import OrderState
from xiaoer.commerce.tables import OrderLineRow, OrderRow, ProductRow
from xiaoer.database import writing

KINDS = {"cancelled": OrderState.PAID, "changed": OrderState.PAID, "received": OrderState.COMPLETED}
"""State of the orders of each kind at the beginning."""

PIECES = 2
"""Pieces in each order: two conversations can then each send one back, and a third can't."""

RUNS = 10**7
"""Numbers of runs, so that the orders of several runs on a database are different ones."""

KEPT = ("merchant_id", "receiver_name", "receiver_phone", "receiver_address")
LINE = ("product_id", "sku_id", "product_name", "variant", "unit_price")
AGO = timedelta(hours=20)
RECEIVED_AGO = timedelta(days=2)


@dataclass(frozen=True)
class Contested:
    """An order and its customer.

    Attributes:
        order_no: The order.
        tenant: Its merchant.
        customer: Whose it is.
        kind: What its customer is after, as in ``wishes.yml``.
        token: The customer's visitor token.
    """

    order_no: str
    tenant: str
    customer: str
    kind: str
    token: str


def make_orders(engine: Engine, count: int, *, now: datetime) -> list[Contested]:
    """Add orders and their customers, one of each kind in turn.

    Several are of the same goods, so that their stock is quarrelled about too.

    Args:
        engine: A database with orders of one position of ordinary goods.
        count: How many.
        now: The present moment.

    Raises:
        LookupError: If there is no such order to make others from.
    """
    run = secrets.randbelow(RUNS)
    with writing(engine) as session:
        patterns = _patterns(session)
        return [
            _make(session, f"{run:07d}{number:03d}", pattern, kind, now)
            for number, (pattern, kind) in enumerate(islice(zip(patterns, cycle(KINDS)), count))
        ]


def _patterns(session: Session) -> Iterator[OrderRow]:
    """Return, again and again, one order each of the merchants who sell ordinary goods."""
    single = select(OrderLineRow.order_no).group_by(OrderLineRow.order_no).having(func.count() == 1)
    wanted = (
        select(OrderRow)
        .join(OrderLineRow, OrderLineRow.order_no == OrderRow.order_no)
        .join(ProductRow, ProductRow.product_id == OrderLineRow.product_id)
        .where(OrderRow.order_no.in_(single), ProductRow.goods_class == "ordinary", OrderLineRow.unit_price < 1000)
        .order_by(OrderRow.order_no)
    )
    first: dict[str, OrderRow] = {}
    for row in session.scalars(wanted):
        first.setdefault(row.merchant_id, row)
    if not first:
        raise LookupError("no order of one position of ordinary goods")
    return cycle(first.values())


def _make(session: Session, number: str, pattern: OrderRow, kind: str, now: datetime) -> Contested:
    customer, order_no = f"bench-{number}", f"{local_day(now):%Y%m%d}{number}"
    session.add(CustomerRow(id=customer, name="周并行", phone="13800000000", created_at=now - RECEIVED_AGO))
    session.flush()
    received = KINDS[kind] is OrderState.COMPLETED
    paid = now - (3 * RECEIVED_AGO if received else AGO)
    line = pattern.lines[0]
    session.add(
        OrderRow(
            order_no=order_no,
            customer_id=customer,
            state=KINDS[kind].value,
            amount=line.unit_price * PIECES,
            created_at=paid,
            paid_at=paid,
            shipped_at=now - 2 * RECEIVED_AGO if received else None,
            received_at=now - RECEIVED_AGO if received else None,
            ship_by=paid + 2 * RECEIVED_AGO,
            lines=[OrderLineRow(quantity=PIECES, **{name: getattr(line, name) for name in LINE})],
            **{name: getattr(pattern, name) for name in KEPT},
        )
    )
    identity = Identity(subject=customer, tenant=pattern.merchant_id, role=Role.CONSUMER)
    return Contested(order_no, pattern.merchant_id, customer, kind, issue_token(session, identity, now=now))
