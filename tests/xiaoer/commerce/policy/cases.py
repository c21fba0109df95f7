"""Facts for the decision tables, with as little said as a test needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from xiaoer.clock import SHANGHAI
from xiaoer.commerce.model import (
    AfterSale,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleState,
    Order,
    OrderLine,
    OrderState,
    Shipment,
    ShipmentEvent,
    ShipmentState,
)
from xiaoer.commerce.policy.facts import CaseFacts, LineFacts

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def line(number: int = 1, *, price: str = "100", quantity: int = 2, shipped: bool = True) -> OrderLine:
    return OrderLine(number, f"P{number}", f"P{number}-1", f"商品{number}", "", quantity, Decimal(price), shipped)


def meant(
    each: OrderLine | None = None,
    *,
    goods: str = "ordinary",
    category: str = "clothing",
    now: str | None = "100",
    quantity: int | None = None,
) -> LineFacts:
    each = each or line()
    price = None if now is None else Decimal(now)
    return LineFacts(each, each.quantity if quantity is None else quantity, goods, category, price)


def order(state: str = "completed", *, received: datetime | None = None, **fields: Any) -> Order:
    lines = fields.pop("lines", (line(),))
    values: dict[str, Any] = {
        "order_no": "202611010000000001",
        "merchant_id": "m1",
        "customer_id": "c1",
        "state": OrderState(state),
        "amount": sum((each.unit_price * each.quantity for each in lines), Decimal(10)),
        "freight": Decimal(10),
        "created_at": ago(days=500),
        "paid_at": ago(days=500),
        "shipped_at": ago(days=499),
        "received_at": received,
        "ship_by": ago(days=498),
        "closes_at": None,
        "group_size": None,
        "group_joined": None,
        "parent_order_no": None,
        "receiver_name": "王小雨",
        "receiver_phone": "13800001111",
        "receiver_address": "杭州",
        "remark": "",
        "lines": lines,
    }
    return Order(**{**values, **fields})


def parcel(state: str, *, moved: datetime | None = None, mishap: bool = False) -> Shipment:
    at = moved or ago(hours=5)
    events = [ShipmentEvent(at, ShipmentState(state), "")]
    if mishap:
        events.insert(0, ShipmentEvent(at, ShipmentState.EXCEPTION, "外包装破损"))
    delivered = at if state == "delivered" else None
    return Shipment(
        1, "202611010000000001", "sf", "顺丰", "SF1", ShipmentState(state), at, delivered, tuple(events), ()
    )


def case(
    kind: str = "price_protection",
    state: str = "pending_review",
    lines: tuple[AfterSaleLine, ...] = (),
    *,
    amount: str = "10",
    **fields: Any,
) -> AfterSale:
    return AfterSale(
        after_sale_no="AS20261120000001",
        order_no="202611010000000001",
        merchant_id="m1",
        customer_id="c1",
        kind=AfterSaleKind(kind),
        state=AfterSaleState(state),
        reason="",
        amount=Decimal(amount),
        created_at=NOW,
        updated_at=NOW,
        note="",
        lines=lines,
        **fields,
    )


def facts(kind: str = "return", reason: str = "no_longer_wanted", **fields: Any) -> CaseFacts:
    """Return facts; by default 2 pieces of 100 yuan each, received three days ago."""
    received = fields.pop("received", ago(days=3))
    whole = fields.pop("order", None) or order(received=received)
    lines = fields.pop("lines", None)
    if lines is None:
        about = {name: fields.pop(name) for name in ("goods", "category", "price") if name in fields}
        if "price" in about:
            about["now"] = about.pop("price")
        lines = (meant(whole.lines[0], **about),)
    values: dict[str, Any] = {
        "parcels": (),
        "cases": (),
        "opened": None,
        "evidence": 0,
        "amount": None,
        "now": NOW,
        **fields,
    }
    return CaseFacts(kind=AfterSaleKind(kind), reason_code=reason, order=whole, lines=tuple(lines), **values)
