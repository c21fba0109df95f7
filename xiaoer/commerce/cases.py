"""Writing after-sale cases: their numbers, their lines, and those that a change of an order brings by itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.clock import local_day
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState
from xiaoer.commerce.states import CaseEvent, case_after
from xiaoer.commerce.tables import AfterSaleLineRow, AfterSaleRow, OrderRow


def cases_of(session: Session, order: OrderRow) -> list[AfterSaleRow]:
    """Return all after-sale cases of an order, oldest first."""
    wanted = select(AfterSaleRow).where(AfterSaleRow.order_no == order.order_no)
    return list(session.scalars(wanted.order_by(AfterSaleRow.created_at, AfterSaleRow.after_sale_no)))


def case_number(now: datetime) -> str:
    """Return a number for a new case: ``AS``, the day in Shanghai and six digits by chance."""
    return f"AS{local_day(now):%Y%m%d}{secrets.randbelow(10**6):06d}"


def step_case(case: AfterSaleRow, event: CaseEvent, now: datetime) -> None:
    """Lead a case to its next state.

    Raises:
        StateForbids: If the event can't happen in the state that it is in.
    """
    case.state = case_after(case.kind, case.state, event)
    case.updated_at = now


def add_case(
    session: Session,
    order: OrderRow,
    kind: AfterSaleKind,
    lines: Mapping[int, tuple[int, Decimal, str | None]],
    *,
    now: datetime,
    **columns: Any,
) -> AfterSaleRow:
    """Add a case of an order.

    Args:
        session: A writing session that has locked the order.
        order: The order.
        kind: What is asked for.
        lines: Pieces, yuan and wanted variant by line id.
        now: The present moment.
        columns: Further columns of the case.
    """
    case = AfterSaleRow(
        after_sale_no=_free_number(session, now),
        order_no=order.order_no,
        merchant_id=order.merchant_id,
        customer_id=order.customer_id,
        kind=kind.value,
        created_at=now,
        updated_at=now,
        lines=[
            AfterSaleLineRow(line_id=line_id, quantity=quantity, amount=amount, sku_id=sku_id)
            for line_id, (quantity, amount, sku_id) in lines.items()
        ],
        **columns,
    )
    session.add(case)
    session.flush()
    session.refresh(case)
    return case


def add_refund(
    session: Session,
    order: OrderRow,
    lines: Mapping[int, tuple[int, Decimal, str | None]],
    amount: Decimal,
    *,
    reason: str,
    rule: str,
    now: datetime,
) -> AfterSaleRow:
    """Add a case that brings back, without anybody's approval, what a change of the order has set free.

    Args:
        session: A writing session that has locked the order.
        order: The order.
        lines: As in ``add_case``.
        amount: Yuan.
        reason: Why, in words.
        rule: Id of the rule.
        now: The present moment.
    """
    return add_case(
        session,
        order,
        AfterSaleKind.REFUND,
        lines,
        now=now,
        state=AfterSaleState.REFUNDING.value,
        amount=amount,
        reason=reason,
        rules=[rule],
    )


def _free_number(session: Session, now: datetime) -> str:
    while True:
        number = case_number(now)
        taken = select(AfterSaleRow.after_sale_no).where(AfterSaleRow.after_sale_no == number)
        if session.scalars(taken).first() is None:
            return number
