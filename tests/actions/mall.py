"""A small mall that tests of actions fill: one merchant, its customers, and rows made by short calls."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from xiaoer.accounts.tables import CustomerRow, TenantRow
from xiaoer.commerce.tables import (
    AfterSaleRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    ReminderRow,
    ShipmentEventRow,
    ShipmentRow,
    VariantRow,
)
from xiaoer.database import reading, writing
from xiaoer.service.tables import ConversationRow, HandoffRow

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Item = tuple[str, str, int, str]
"""Product name, variant, pieces, price of one."""

COAT: Item = ("羊毛大衣", "黑色 L", 1, "299.00")
SCARF: Item = ("羊绒围巾", "灰色", 2, "99.50")
SHOES: Item = ("运动鞋", "白色 42", 1, "459.00")


class Mall:
    """Writes rows; every call returns the row, detached.

    Args:
        engine: An empty database with all tables.
        now: The present moment.
    """

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine = engine
        self.now = now
        self._serial = itertools.count(1)
        for tenant, name in (("m1", "云裳服饰"), ("m2", "极星数码"), ("platform", "小二商城")):
            self.add(TenantRow(id=tenant, name=name, signing_key="k", created_at=now))
        for customer in ("c1", "c2"):
            self.add(CustomerRow(id=customer, name="张三", phone="13800000001", created_at=now))

    def add(self, row: Any) -> Any:
        """Write a row."""
        with writing(self.engine) as session:
            session.add(row)
        return row

    def order(
        self,
        state: str = "paid",
        *items: Item,
        order_no: str | None = None,
        merchant: str = "m1",
        customer: str = "c1",
        placed: timedelta = DAY,
        **columns: Any,
    ) -> OrderRow:
        """Write an order.

        Args:
            state: Where it stands.
            *items: What was bought; a coat where nothing is given.
            order_no: Its number; one is made where none is given.
            merchant: Who sold.
            customer: Who bought.
            placed: How long ago it was placed; what follows from the state is set one hour later.
            **columns: Other columns.
        """
        items = items or (COAT,)
        serial = next(self._serial)
        created = self.now - placed
        number = order_no or f"{created:%Y%m%d}{1000000000 + serial}"
        paid = None if state in ("pending_payment", "closed") else created + HOUR
        times: dict[str, Any] = {"paid_at": paid, "ship_by": paid and paid + 2 * DAY}
        if state in ("shipped", "partially_shipped", "completed"):
            times["shipped_at"] = created + 5 * HOUR
        lines = [self._line(merchant, item) for item in items]
        total = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
        row = OrderRow(
            order_no=number,
            merchant_id=merchant,
            customer_id=customer,
            state=state,
            **{"amount": total, "freight": Decimal(0), "created_at": created, **times, **columns},
            receiver_name="张三",
            receiver_phone="13800000001",
            receiver_address="浙江省杭州市西湖区文三路1号",
            lines=lines,
        )
        return self.add(row)

    def _line(self, merchant: str, item: Item) -> OrderLineRow:
        name, variant, quantity, price = item
        product_id = f"{merchant}-{name}"
        sku_id = f"{product_id}-{variant}"
        with writing(self.engine) as session:
            if session.get(ProductRow, product_id) is None:
                session.add(
                    ProductRow(
                        product_id=product_id,
                        merchant_id=merchant,
                        name=name,
                        short_name=name,
                        category="clothing",
                        price=Decimal(price),
                        on_sale=True,
                        attributes={},
                        size_chart=[],
                    )
                )
                session.flush()
            if session.get(VariantRow, sku_id) is None:
                session.add(
                    VariantRow(sku_id=sku_id, product_id=product_id, position=0, name=variant, price=Decimal(price))
                )
        return OrderLineRow(
            product_id=product_id,
            sku_id=sku_id,
            product_name=name,
            variant=variant,
            quantity=quantity,
            unit_price=Decimal(price),
        )

    def parcel(
        self,
        order: OrderRow,
        state: str = "in_transit",
        *events: tuple[timedelta, str, str],
        lines: Sequence[int] | None = None,
        waybill_no: str | None = None,
        carrier_name: str = "顺丰速运",
        created: timedelta = 20 * HOUR,
    ) -> ShipmentRow:
        """Write a parcel of an order.

        Args:
            order: The order.
            state: Where the parcel stands.
            *events: How long ago, state from then on, and the carrier's words, oldest first.
            lines: Places of the order's lines that are in it; all where nothing is given.
            waybill_no: Its tracking number; one is made where none is given.
            carrier_name: Who carries it.
            created: How long ago the waybill was made.
        """
        number = waybill_no or f"SF{1000000000000 + next(self._serial)}"
        row = ShipmentRow(
            order_no=order.order_no,
            carrier="sf",
            carrier_name=carrier_name,
            waybill_no=number,
            state=state,
            created_at=self.now - created,
            delivered_at=self.now - events[-1][0] if state == "delivered" and events else None,
            events=[ShipmentEventRow(at=self.now - ago, state=was, text=text) for ago, was, text in events],
        )
        self.add(row)
        with writing(self.engine) as session:
            wanted = select(OrderLineRow).where(OrderLineRow.order_no == order.order_no).order_by(OrderLineRow.line_id)
            found = list(session.scalars(wanted))
            for place in range(len(found)) if lines is None else lines:
                found[place].shipment_id = row.shipment_id
        return row

    def case(
        self,
        order: OrderRow,
        kind: str = "return",
        state: str = "pending_review",
        amount: str = "299.00",
        **columns: Any,
    ) -> AfterSaleRow:
        """Write an after-sale case of an order."""
        serial = next(self._serial)
        values: dict[str, Any] = {
            "reason": "质量问题",
            "note": "",
            "created_at": self.now - DAY,
            "updated_at": self.now - 2 * HOUR,
            **columns,
        }
        return self.add(
            AfterSaleRow(
                after_sale_no=f"AS{20261120000000 + serial}",
                order_no=order.order_no,
                merchant_id=order.merchant_id,
                customer_id=order.customer_id,
                kind=kind,
                state=state,
                amount=Decimal(amount),
                **values,
            )
        )

    def reminders(self) -> list[str]:
        """Return the numbers of the orders that shipment was pressed for, one for each reminder."""
        with reading(self.engine) as session:
            return list(session.scalars(select(ReminderRow.order_no).order_by(ReminderRow.id)))

    def conversations(self) -> list[ConversationRow]:
        """Return all conversations."""
        with reading(self.engine) as session:
            return list(session.scalars(select(ConversationRow).order_by(ConversationRow.created_at)))

    def handoffs(self) -> list[HandoffRow]:
        """Return all handoffs, oldest first."""
        with reading(self.engine) as session:
            return list(session.scalars(select(HandoffRow).order_by(HandoffRow.id)))

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has that an action could write."""
        with reading(self.engine) as session:
            tables = (OrderRow, AfterSaleRow, ReminderRow, ConversationRow, HandoffRow)
            return {row.__tablename__: session.scalar(select(func.count()).select_from(row)) for row in tables}
