"""A mall to write in, every write of the port, and what all tables hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import add_parcel, change_order
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, ReceiverChange
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import OrderLineRow, OrderRow, ProductRow, StockRow
from xiaoer.database import Base, reading, writing

PAID = "202611200000000001"
UNPAID = "202611200000000002"
SHIPPED = "202611180000000003"
OTHERS = "202611200000000004"

COMPANY = "91110000600037341L"
"""A code whose check digit is right."""


def snapshot(engine: Engine) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return every row of every table: what a denied write must leave as it was."""
    with reading(engine) as session:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def build_mall(engine: Engine) -> None:
    """Two shops; c1 has an order paid, one unpaid and one delivered, of two lines and 10 yuan of freight each."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(engine, tenant)
    for customer in ("c1", "c2"):
        add_buyer(engine, customer)
    add_product(
        engine, "P1", variants={"黑色 L": ("100", 5), "驼色 M": ("100", 2), "白色 S": ("70", 9), "红色 S": ("120", 9)}
    )
    add_product(engine, "P2", "极星降噪耳机", "降噪耳机", category="electronics", price="50.50", stock=4)
    for order_no, customer in ((PAID, "c1"), (UNPAID, "c1"), (SHIPPED, "c1"), (OTHERS, "c2")):
        days = 3 if order_no == SHIPPED else 1
        add_order(engine, order_no, product_ids=("P1", "P2"), customer=customer, created_at=NOON - timedelta(days=days))
        paid_at = NOON - timedelta(days=days)
        change_order(engine, order_no, freight=Decimal(10), amount=Decimal("260.50"), paid_at=paid_at)
        with writing(engine) as session:
            session.get(OrderLineRow, lines_of(engine, order_no)[0]).quantity = 2
    change_order(engine, UNPAID, state="pending_payment", paid_at=None)
    add_parcel(engine, SHIPPED, "SF1000000000001", state="delivered")
    moments = {"shipped_at": NOON - timedelta(days=2), "received_at": NOON - timedelta(days=1)}
    change_order(engine, SHIPPED, state="shipped", **moments)


def lines_of(engine: Engine, order_no: str) -> list[int]:
    """Return the numbers of an order's lines."""
    with reading(engine) as session:
        return [line.line_id for line in session.get(OrderRow, order_no).lines]


def stock_of(engine: Engine) -> dict[str, int]:
    """Return the pieces in stock by variant."""
    with reading(engine) as session:
        rows = list(session.scalars(select(StockRow)))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.sku_id] = counts.get(row.sku_id, 0) + row.quantity
    return counts


def set_stock(engine: Engine, sku_id: str, pieces: int) -> None:
    """Set the pieces of a variant."""
    with writing(engine) as session:
        session.get(StockRow, (sku_id, "杭州仓")).quantity = pieces


def set_price(engine: Engine, product_id: str, price: str) -> None:
    """Set the price of a product's first variant."""
    with writing(engine) as session:
        session.get(ProductRow, product_id).variants[0].price = Decimal(price)


@dataclass(frozen=True)
class Write:
    """A write that works in the mall of ``build_mall``.

    Attributes:
        call: Does it, given tenant, customer, key and what is asked for.
        request: What is asked for.
        other: Another thing to ask for.
        subject: The order or case that it is about.
        closed: A state of the order in which it is refused.
    """

    call: Callable[..., Any]
    request: Any
    other: Any
    order_no: str = PAID
    closed: str = "shipped"

    def __call__(self, tenant: str = "m1", customer: str = "c1", key: str = "k", request: Any = None) -> Any:
        """Do it."""
        return self.call(tenant, customer, self.request if request is None else request, key)


def all_writes(engine: Engine, commerce: Commerce | None = None) -> dict[str, Write]:
    """Return every write of the port by name, on the mall itself where no other way to it is named."""
    commerce = commerce or SqlCommerce(engine)
    paid, shipped = lines_of(engine, PAID), lines_of(engine, SHIPPED)
    application = Application(SHIPPED, AfterSaleKind.RETURN, (AfterSaleLine(shipped[0], 1),), reason="不合身")
    invoice = InvoiceRequest("company", "杭州小二科技有限公司", COMPANY, "fapiao@example.com")

    def order_write(name: str) -> Callable[..., Any]:
        method = getattr(commerce, name)
        return lambda tenant, customer, request, key: method(tenant, customer, PAID, request, key=key, now=NOON)

    return {
        "cancel_order": Write(
            lambda tenant, customer, request, key: commerce.cancel_order(
                tenant, customer, PAID, reason=request, key=key, now=NOON
            ),
            "不想要了",
            "买错了",
        ),
        "change_receiver": Write(
            order_write("change_receiver"), ReceiverChange(phone="13900002222"), ReceiverChange(name="李小雨")
        ),
        "change_line": Write(
            order_write("change_line"), LineChange(paid[0], sku_id="P1-1"), LineChange(paid[0], quantity=1)
        ),
        "change_remark": Write(order_write("change_remark"), "请周末送", "请放门卫"),
        "request_invoice": Write(
            order_write("request_invoice"), invoice, replace(invoice, title="杭州小三科技有限公司"), closed="cancelled"
        ),
        "apply_after_sale": Write(
            lambda tenant, customer, request, key: commerce.apply_after_sale(
                tenant, customer, request, key=key, now=NOON
            ),
            application,
            replace(application, reason="不喜欢"),
            SHIPPED,
            closed="cancelled",
        ),
    }
