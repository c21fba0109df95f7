"""Putting an application before the decision tables, with what the tables of the mall know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from xiaoer.commerce import claims, rows
from xiaoer.commerce.changes import Application
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.facts import build_facts
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.states import MONEY_GOES_BACK
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow


@dataclass(frozen=True)
class Worth:
    """What can go back at most, whatever the rules say.

    Attributes:
        lines: Yuan by line id.
        freight: Yuan of the freight that the order was shipped with.
    """

    lines: dict[int, Decimal]
    freight: Decimal

    @property
    def total(self) -> Decimal:
        """Yuan in all."""
        return sum(self.lines.values(), self.freight)


def worth(
    session: Session,
    order: OrderRow,
    cases: Sequence[AfterSaleRow],
    kind: AfterSaleKind,
    wanted: Mapping[int, AfterSaleLine],
) -> Worth:
    """Return what can go back for pieces at most.

    Freight goes back only where nothing was shipped and nothing of the order remains.

    Args:
        session: A session that has read the order.
        order: The order, paid.
        cases: All its cases.
        kind: What is asked for.
        wanted: The pieces by line id.
    """
    if kind not in MONEY_GOES_BACK:
        return Worth(dict.fromkeys(wanted, Decimal(0)), Decimal(0))
    pieces = {line_id: line.quantity for line_id, line in wanted.items()}
    most = claims.yuan_left(order, cases, pieces)
    if kind is AfterSaleKind.PRICE_PROTECTION:
        fallen = price_drops(session, order)
        return Worth({each: min(most[each], fallen[each] * pieces[each]) for each in most}, Decimal(0))
    left = claims.pieces_left(order, cases, kind)
    whole = all(pieces.get(line_id, 0) == count for line_id, count in left.items())
    rest = order.amount - claims.taken_in_all(cases) - sum(most.values(), Decimal(0))
    freight = min(order.freight, max(rest, Decimal(0))) if whole and order.shipped_at is None else Decimal(0)
    return Worth(most, freight if kind is AfterSaleKind.REFUND else Decimal(0))


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
