"""Rows around orders and conversations for tests; shops, buyers, products and orders are in ``tests.goods``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from tests.goods import NOON
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderLineRow, OrderRow, ShipmentEventRow, ShipmentRow
from xiaoer.database import Base, reading, writing
from xiaoer.knowledge.model import Change, Entry, EntryStatus, Layer
from xiaoer.service.conversations import add_message, open_conversation
from xiaoer.service.model import Author, Conversation

BUYER = Identity(subject="c1", tenant="m1", role=Role.CONSUMER)
"""The customer of ``tests.goods.add_buyer`` at the shop of ``tests.goods.add_shop``."""

BY_TESTS = Change(by="tests", at=NOON)
"""Who changes knowledge in tests, and when."""


def add_agent(engine: Engine, agent: str = "a1", *, tenant: str = "m1", name: str = "小王") -> None:
    """Add a person who serves a tenant's customers."""
    role = Role.PLATFORM_AGENT if tenant == PLATFORM else Role.AGENT
    with writing(engine) as session:
        session.add(AgentRow(id=agent, tenant=tenant, name=name, role=role.value, created_at=NOON))


def change_order(engine: Engine, order_no: str, **columns: Any) -> None:
    """Set columns of an order."""
    with writing(engine) as session:
        order = session.get(OrderRow, order_no)
        for name, value in columns.items():
            setattr(order, name, value)


def add_parcel(
    engine: Engine,
    order_no: str,
    waybill_no: str = "SF1000000000001",
    *,
    state: str = "in_transit",
    created_at: datetime = NOON - timedelta(hours=20),
    trace: Sequence[tuple[datetime, str, str]] = (),
    with_lines: bool = True,
) -> int:
    """Add a parcel and return its number.

    Args:
        engine: The database.
        order_no: Order that it belongs to.
        waybill_no: Its tracking number.
        state: Where it stands.
        created_at: When the waybill was made.
        trace: ``(moment, state, words)`` of each event, in whatever order.
        with_lines: Whether the lines of the order that are in no parcel yet are put into it.
    """
    with writing(engine) as session:
        parcel = ShipmentRow(
            order_no=order_no,
            carrier="sf",
            carrier_name="顺丰速运",
            waybill_no=waybill_no,
            state=state,
            created_at=created_at,
        )
        session.add(parcel)
        session.flush()
        for at, then, text in trace:
            session.add(ShipmentEventRow(shipment_id=parcel.shipment_id, at=at, state=then, text=text))
        if with_lines:
            free = select(OrderLineRow).where(OrderLineRow.order_no == order_no, OrderLineRow.shipment_id.is_(None))
            for line in session.scalars(free):
                line.shipment_id = parcel.shipment_id
        return int(parcel.shipment_id)


def add_after_sale(
    engine: Engine,
    after_sale_no: str = "AS20261120000001",
    *,
    order_no: str,
    tenant: str = "m1",
    customer: str = "c1",
    kind: str = "return",
    state: str = "pending_review",
    created_at: datetime = NOON - timedelta(hours=5),
) -> None:
    """Add an after-sale case."""
    with writing(engine) as session:
        session.add(
            AfterSaleRow(
                after_sale_no=after_sale_no,
                order_no=order_no,
                merchant_id=tenant,
                customer_id=customer,
                kind=kind,
                state=state,
                reason="尺码不合适",
                amount=Decimal("899.00"),
                created_at=created_at,
                updated_at=created_at,
            )
        )


def add_invoice(engine: Engine, order_no: str, *, title: str = "王小雨") -> None:
    """Add the invoice of an order."""
    with writing(engine) as session:
        session.add(
            InvoiceRow(
                order_no=order_no,
                kind="personal",
                title=title,
                email="xiaoyu@example.com",
                state="requested",
                created_at=NOON,
            )
        )


def add_conversation(
    engine: Engine,
    sender: str = "s1",
    *,
    identity: Identity = BUYER,
    now: datetime = NOON,
    messages: Sequence[tuple[Author, str]] = (),
) -> Conversation:
    """Open a conversation with some messages, a minute apart, and return it."""
    with writing(engine) as session:
        conversation = open_conversation(session, identity, sender, now=now)
        for number, (author, text) in enumerate(messages):
            add_message(session, conversation.id, author, now=now + timedelta(minutes=number), text=text)
        return conversation


NO_ENTRY = Entry(0, "shop", Layer.CAMPAIGN, "", (), "答", None, "", None, None, 1, EntryStatus.PUBLISHED)
"""What an entry of the tests is like where nothing else is said."""


def make_entry(number: int, question: str = "包邮吗", answer: str = "答", **fields: Any) -> Entry:
    """Return an entry that is in no database."""
    return replace(NO_ENTRY, id=number, question=question, answer=answer, **fields)


def row_counts(engine: Engine) -> Mapping[str, int]:
    """Return how many rows each table holds: what a denied write must leave as it was."""
    with reading(engine) as session:
        return {
            table.name: int(session.scalar(select(func.count()).select_from(table)))
            for table in Base.metadata.sorted_tables
        }
