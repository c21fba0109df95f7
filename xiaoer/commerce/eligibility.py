"""Putting an application before the decision tables, with what the tables of the mall know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from xiaoer.commerce import refundable, rows
from xiaoer.commerce.changes import Application
from xiaoer.commerce.model import AfterSaleLine
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.facts import build_facts
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow


def worth(
    session: Session,
    order: OrderRow,
    cases: Sequence[AfterSaleRow],
    application: Application,
    wanted: Mapping[int, AfterSaleLine],
) -> refundable.Worth:
    """Return what can go back for pieces at most.

    Args:
        session: A session that has read the order.
        order: The order, paid.
        cases: All its cases.
        application: What is applied for.
        wanted: The pieces by line id.
    """
    pieces = {line_id: line.quantity for line_id, line in wanted.items()}
    values = [rows.after_sale(each) for each in cases]
    drops = price_drops(session, order)
    return refundable.worth(rows.order(order), values, application.kind, pieces, drops, reason=application.reason_code)


def price_drops(session: Session, order: OrderRow) -> dict[int, Decimal]:
    """Return by how many yuan a piece of each line has become cheaper since it was bought, by line id."""
    drops = {}
    for line in order.lines:
        prices = {each.sku_id: each.price for each in session.get(ProductRow, line.product_id).variants}
        drops[line.line_id] = max(line.unit_price - prices[line.sku_id], Decimal(0))
    return drops


def judge(
    session: Session,
    order: OrderRow,
    application: Application,
    cases: Sequence[AfterSaleRow],
    *,
    policies: Policies,
    now: datetime,
) -> Decision:
    """Return what the decision tables of the merchant say of an application.

    Args:
        session: A session that has read the order.
        order: The order.
        application: What is applied for, with the lines that it is about.
        cases: All cases of the order.
        policies: The decision tables.
        now: The present moment.
    """
    products = [session.get(ProductRow, product_id) for product_id in {line.product_id for line in order.lines}]
    facts = build_facts(
        application,
        order=rows.order(order),
        products={row.product_id: rows.product(row) for row in products},
        parcels=[rows.shipment(row) for row in order.shipments],
        cases=[rows.after_sale(row) for row in cases],
        now=now,
    )
    return decide(facts, policies.tables_of(order.merchant_id))
