"""Tickets: matters that people work on beyond the conversation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.clock import local_day
from xiaoer.commerce.model import Liable
from xiaoer.service.conversations import held_conversation
from xiaoer.service.errors import TicketNotFound
from xiaoer.service.model import Priority, Ticket, TicketState
from xiaoer.service.tables import TicketRow

SERIALS = 10**10
"""How many numbers a day has; drawn by chance, so that they tell neither how many there are nor whose is next."""


def open_ticket(
    session: Session,
    tenant: str,
    customer: str,
    topic: str,
    *,
    subject: str,
    now: datetime,
    detail: str = "",
    order_no: str | None = None,
    conversation_id: str | None = None,
    priority: Priority = Priority.NORMAL,
    liable: Liable = Liable.NONE,
    rules: Sequence[str] = (),
) -> Ticket:
    """Open a ticket.

    Whether the order is the customer's own is for the caller to know: the shop system may be another database.

    Args:
        session: A writing session.
        tenant: Merchant id, or ``platform``.
        customer: Whose matter it is.
        topic: What it is about.
        subject: The matter in a line.
        now: The present moment.
        detail: All that is known of it.
        order_no: Order that it is about.
        conversation_id: Where it came up; left out where it is no conversation of this customer.
        priority: How soon a person should look.
        liable: Who answers for what went wrong.
        rules: Ids of the rules that led to it.
    """
    row = TicketRow(
        ticket_no=f"TK{local_day(now):%Y%m%d}{secrets.randbelow(SERIALS):010d}",
        tenant=tenant,
        customer_id=customer,
        conversation_id=held_conversation(session, tenant, customer, conversation_id),
        order_no=order_no,
        topic=topic,
        subject=subject,
        detail=detail,
        state=TicketState.OPEN.value,
        priority=priority.value,
        liable=liable.value,
        rules=list(rules),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return _ticket(row)


def get_ticket(session: Session, tenant: str, customer: str, ticket_no: str) -> Ticket:
    """Return a ticket of a customer with a tenant.

    Raises:
        TicketNotFound: If the customer has none with this number there.
    """
    row = session.get(TicketRow, ticket_no)
    if row is None or (row.tenant, row.customer_id) != (tenant, customer):
        raise TicketNotFound(ticket_no)
    return _ticket(row)


def list_tickets(
    session: Session,
    tenant: str,
    customer: str,
    *,
    order_no: str | None = None,
    state: TicketState | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """Return tickets of a customer with a tenant, the latest first.

    Args:
        session: A session to read with.
        tenant: Merchant id, or ``platform``.
        customer: Whose.
        order_no: Only those about this order.
        state: Only those that stand so.
        limit: At most so many.
    """
    wanted = select(TicketRow).where(TicketRow.tenant == tenant, TicketRow.customer_id == customer)
    if order_no is not None:
        wanted = wanted.where(TicketRow.order_no == order_no)
    if state is not None:
        wanted = wanted.where(TicketRow.state == state.value)
    latest = wanted.order_by(TicketRow.created_at.desc(), TicketRow.ticket_no.desc()).limit(limit)
    return [_ticket(row) for row in session.scalars(latest)]


def _ticket(row: TicketRow) -> Ticket:
    return Ticket(
        ticket_no=row.ticket_no,
        tenant=row.tenant,
        customer_id=row.customer_id,
        conversation_id=row.conversation_id,
        order_no=row.order_no,
        topic=row.topic,
        subject=row.subject,
        detail=row.detail,
        state=TicketState(row.state),
        priority=Priority(row.priority),
        liable=Liable(row.liable),
        rules=tuple(row.rules),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
