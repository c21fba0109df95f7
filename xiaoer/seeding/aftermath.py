"""What comes of an order: after-sale cases and invoices."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from xiaoer.commerce.model import AfterSaleKind, AfterSaleState
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderRow
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.files import CustomerEntry, InvoiceEntry, Scenario
from xiaoer.seeding.numbers import Numbers

WITHIN = timedelta(days=4)
"""Customers file a case at most so long after the order's last step."""

SETTLED_WITHIN = timedelta(days=5)
"""A case changes its state at most so long after it was filed."""


def after_sale(order: OrderRow, scenario: Scenario, numbers: Numbers, chance: Chance, now: datetime) -> AfterSaleRow:
    """Return the after-sale case that a scenario gives each of its orders.

    Raises:
        ValueError: If the scenario gives none, or wants a price difference back where no price has fallen.
    """
    case = scenario.after_sale
    if case is None:
        raise ValueError("no after-sale case is given")
    last = order.received_at or order.shipped_at or order.paid_at or order.created_at
    filed = last + min(now - last, WITHIN) * chance.share("filed", 0.2, 0.6)
    changed = filed + min(now - filed, SETTLED_WITHIN) * chance.share("changed", 0.3, 0.9)
    filed, changed = filed.replace(microsecond=0), changed.replace(microsecond=0)
    return AfterSaleRow(
        after_sale_no=numbers.after_sale(filed, chance),
        order_no=order.order_no,
        merchant_id=order.merchant_id,
        customer_id=order.customer_id,
        kind=case.kind.value,
        state=case.state.value,
        reason=case.reason,
        amount=_amount(order, case.kind, scenario.paid_more),
        created_at=filed,
        updated_at=filed if case.state is AfterSaleState.PENDING_REVIEW else changed,
        note=case.note,
    )


def _amount(order: OrderRow, kind: AfterSaleKind, paid_more: Decimal) -> Decimal:
    """Return the yuan that go back: freight too where nothing was shipped."""
    if kind in (AfterSaleKind.EXCHANGE, AfterSaleKind.REPAIR):
        return Decimal(0)
    if kind is AfterSaleKind.PRICE_PROTECTION:
        if paid_more <= 0:
            raise ValueError("price protection needs paid_more")
        return paid_more * sum(line.quantity for line in order.lines)
    return order.amount - order.freight if order.shipped_at else order.amount


def invoice(
    order: OrderRow, wanted: InvoiceEntry, customer: CustomerEntry, chance: Chance, now: datetime
) -> InvoiceRow:
    """Return the invoice that a scenario gives each of its orders."""
    since = order.paid_at or order.created_at
    asked = since + min(now - since, WITHIN) * chance.share("invoice", 0.1, 0.9)
    return InvoiceRow(
        order_no=order.order_no,
        kind="company" if wanted.company else "personal",
        title=wanted.company or customer.name,
        tax_number=wanted.tax_number,
        email=f"{customer.id}@example.com",
        state=wanted.state,
        created_at=asked.replace(microsecond=0),
    )
