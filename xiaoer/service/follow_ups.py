"""Follow-ups: what somebody has promised a customer to look into and to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from xiaoer.clock import local_day
from xiaoer.service.conversations import held_conversation
from xiaoer.service.model import FollowUp, FollowUpState
from xiaoer.service.tables import FollowUpRow


def open_follow_up(
    session: Session,
    tenant: str,
    customer: str,
    topic: str,
    *,
    now: datetime,
    order_no: str | None = None,
    conversation_id: str | None = None,
    detail: str = "",
    due_at: datetime | None = None,
) -> FollowUp:
    """Open a follow-up, or return the one that is open since earlier the same day (Shanghai).

    Whether the order is the customer's own is for the caller to know: the shop system may be another database.

    Args:
        session: A writing session.
        tenant: Merchant id, or ``platform``.
        customer: Whom the answer is for.
        topic: What it is about.
        now: The present moment.
        order_no: Order that it is about.
        conversation_id: Where it is promised; left out where it is no conversation of this customer.
        detail: What is to be looked into.
        due_at: Until when the answer is promised.

    Returns:
        The follow-up; ``created`` tells whether it is new. One that was open before keeps its detail and moment.
    """
    known = _open_today(session, tenant, customer, topic, order_no=order_no, now=now)
    if known is not None:
        return _follow_up(known)
    row = FollowUpRow(
        tenant=tenant,
        customer_id=customer,
        conversation_id=held_conversation(session, tenant, customer, conversation_id),
        order_no=order_no,
        topic=topic,
        detail=detail,
        state=FollowUpState.OPEN.value,
        day=local_day(now),
        due_at=due_at,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another process opened it between our look and our write
        known = _open_today(session, tenant, customer, topic, order_no=order_no, now=now)
        if known is None:
            raise
        return _follow_up(known)
    return replace(_follow_up(row), created=True)


def list_follow_ups(
    session: Session,
    tenant: str,
    customer: str,
    *,
    order_no: str | None = None,
    state: FollowUpState | None = None,
    limit: int = 50,
) -> list[FollowUp]:
    """Return follow-ups of a customer with a tenant, the latest first.

    Args:
        session: A session to read with.
        tenant: Merchant id, or ``platform``.
        customer: Whose.
        order_no: Only those about this order.
        state: Only those that stand so.
        limit: At most so many.
    """
    wanted = select(FollowUpRow).where(FollowUpRow.tenant == tenant, FollowUpRow.customer_id == customer)
    if order_no is not None:
        wanted = wanted.where(FollowUpRow.order_no == order_no)
    if state is not None:
        wanted = wanted.where(FollowUpRow.state == state.value)
    latest = wanted.order_by(FollowUpRow.created_at.desc(), FollowUpRow.id.desc()).limit(limit)
    return [_follow_up(row) for row in session.scalars(latest)]


def _open_today(
    session: Session, tenant: str, customer: str, topic: str, *, order_no: str | None, now: datetime
) -> FollowUpRow | None:
    return session.scalars(
        select(FollowUpRow).where(
            FollowUpRow.tenant == tenant,
            FollowUpRow.customer_id == customer,
            FollowUpRow.topic == topic,
            FollowUpRow.order_no.is_(None) if order_no is None else FollowUpRow.order_no == order_no,
            FollowUpRow.day == local_day(now),
            FollowUpRow.state == FollowUpState.OPEN.value,
        )
    ).first()


def _follow_up(row: FollowUpRow) -> FollowUp:
    return FollowUp(
        id=row.id,
        tenant=row.tenant,
        customer_id=row.customer_id,
        conversation_id=row.conversation_id,
        order_no=row.order_no,
        topic=row.topic,
        detail=row.detail,
        state=FollowUpState(row.state),
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
