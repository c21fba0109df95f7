"""Tickets: kept as opened, numbered by day, and nobody sees another's."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import add_conversation
from tests.goods import add_shop
from xiaoer.commerce.model import Liable
from xiaoer.database import reading, writing
from xiaoer.service.errors import TicketNotFound
from xiaoer.service.model import Priority, Ticket, TicketState
from xiaoer.service.tickets import get_ticket, list_tickets, open_ticket

ORDER = "202611150003214567"


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """A database with two merchants."""
    add_shop(engine, "m1")
    add_shop(engine, "m2")
    return engine


def opened(engine: Engine, now: datetime, *, tenant: str = "m1", customer: str = "c1", **more: Any) -> Ticket:
    with writing(engine) as session:
        return open_ticket(session, tenant, customer, "after_sales", subject="申请平台介入", now=now, **more)


def test_a_ticket_is_kept_as_it_was_opened(shop: Engine, now: datetime) -> None:
    conversation = add_conversation(shop)

    ticket = opened(
        shop,
        now,
        detail="商家拒绝退款",
        order_no=ORDER,
        conversation_id=conversation.id,
        priority=Priority.HIGH,
        liable=Liable.CARRIER,
        rules=["AS-07", "AS-12"],
    )

    assert ticket == Ticket(
        ticket_no=ticket.ticket_no,
        tenant="m1",
        customer_id="c1",
        conversation_id=conversation.id,
        order_no=ORDER,
        topic="after_sales",
        subject="申请平台介入",
        detail="商家拒绝退款",
        state=TicketState.OPEN,
        priority=Priority.HIGH,
        liable=Liable.CARRIER,
        rules=("AS-07", "AS-12"),
        created_at=now,
        updated_at=now,
    )
    with reading(shop) as session:
        assert get_ticket(session, "m1", "c1", ticket.ticket_no) == ticket


def test_what_is_not_said_is_ordinary(shop: Engine, now: datetime) -> None:
    ticket = opened(shop, now)

    assert (ticket.priority, ticket.liable, ticket.rules) == (Priority.NORMAL, Liable.NONE, ())
    assert (ticket.order_no, ticket.conversation_id, ticket.detail) == (None, None, "")


def test_numbers_begin_with_the_day_in_shanghai_and_differ(shop: Engine, now: datetime) -> None:
    first, second = opened(shop, now), opened(shop, now + timedelta(hours=12))

    assert re.fullmatch(r"TK20261121\d{10}", first.ticket_no)
    assert re.fullmatch(r"TK20261122\d{10}", second.ticket_no)
    assert opened(shop, now).ticket_no != first.ticket_no


def test_the_latest_is_listed_first(shop: Engine, now: datetime) -> None:
    first, second = opened(shop, now, order_no=ORDER), opened(shop, now + timedelta(hours=1))

    with reading(shop) as session:
        assert list_tickets(session, "m1", "c1") == [second, first]
        assert list_tickets(session, "m1", "c1", order_no=ORDER) == [first]
        assert list_tickets(session, "m1", "c1", state=TicketState.CLOSED) == []


@pytest.mark.parametrize(("tenant", "customer"), [("m2", "c1"), ("m1", "c2")])
def test_a_ticket_of_somebody_else_is_as_unknown_as_none(
    shop: Engine, now: datetime, tenant: str, customer: str
) -> None:
    ticket = opened(shop, now)

    with reading(shop) as session:
        assert list_tickets(session, tenant, customer) == []
        with pytest.raises(TicketNotFound):
            get_ticket(session, tenant, customer, ticket.ticket_no)
        with pytest.raises(TicketNotFound):
            get_ticket(session, "m1", "c1", "TK202611210000000000")


def test_a_conversation_of_somebody_else_is_not_kept(shop: Engine, now: datetime) -> None:
    conversation = add_conversation(shop)

    assert opened(shop, now, customer="c2", conversation_id=conversation.id).conversation_id is None
