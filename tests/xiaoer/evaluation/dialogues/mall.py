"""A mall that tests build row by row."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Engine

from xiaoer.accounts.tables import AgentRow, CustomerRow, TenantRow
from xiaoer.commerce.tables import (
    AfterSaleRow,
    InvoiceRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    ReminderRow,
    ShipmentEventRow,
    ShipmentRow,
    StockRow,
    VariantRow,
)
from xiaoer.database import writing
from xiaoer.service.tables import ConversationRow

KEY = "0123456789abcdef0123456789abcdef"


class Mall:
    """Writes rows with sensible values for all that a test does not care about."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine = engine
        self.now = now
        self._numbers = 0

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _add(self, *rows: Any) -> None:
        with writing(self.engine) as session:
            for row in rows:
                session.add(row)
                session.flush()

    def merchant(self, merchant: str = "m1", *, name: str = "云裳", agents: int = 1, **columns: Any) -> str:
        self._add(TenantRow(id=merchant, name=name, signing_key=KEY, created_at=self.now, **columns))
        for number in range(1, agents + 1):
            row = AgentRow(id=f"{merchant}-a{number}", tenant=merchant, name="小林", role="agent", created_at=self.now)
            self._add(row)
        return merchant

    def customer(self, customer: str = "c1", *, name: str = "王芳", vip: int = 0) -> str:
        self._add(CustomerRow(id=customer, name=name, phone="13800000001", vip_level=vip, created_at=self.now))
        return customer

    def product(
        self,
        product: str = "p1",
        merchant: str = "m1",
        *,
        name: str = "羊毛大衣",
        variants: tuple[tuple[str, str, int], ...] = (("黑色 L", "399.00", 5),),
        **columns: Any,
    ) -> str:
        """Variants are ``(name, price, pieces)``; the variant's number is ``product-position``."""
        values = {"short_name": name, "category": "clothing", "on_sale": True, "attributes": {}, "size_chart": []}
        price = min(Decimal(each[1]) for each in variants)
        self._add(ProductRow(product_id=product, merchant_id=merchant, name=name, price=price, **(values | columns)))
        for at, (variant, cost, pieces) in enumerate(variants):
            sku = f"{product}-{at}"
            self._add(VariantRow(sku_id=sku, product_id=product, position=at, name=variant, price=Decimal(cost)))
            self._add(StockRow(sku_id=sku, warehouse="杭州", quantity=pieces))
        return product

    def order(
        self,
        order_no: str | None = None,
        *,
        customer: str = "c1",
        merchant: str = "m1",
        state: str = "paid",
        lines: tuple[tuple[str, str, str], ...] = (("p1-0", "羊毛大衣", "黑色 L"),),
        amount: str = "399.00",
        **columns: Any,
    ) -> str:
        """Lines are ``(sku, product name, variant)`` at the price of the order's amount."""
        number = self._number()
        order_no = order_no or f"2026112100000000{number:02d}"
        created = self.now - timedelta(days=9) + timedelta(minutes=number)
        values = {
            "created_at": created,
            "paid_at": None if state.startswith("pending") else created + timedelta(minutes=1),
            "receiver_name": "王芳",
            "receiver_phone": "13800000001",
            "receiver_address": "浙江省杭州市西湖区文三路1号",
        }
        self._add(
            OrderRow(
                order_no=order_no,
                merchant_id=merchant,
                customer_id=customer,
                state=state,
                amount=Decimal(amount),
                **(values | columns),
            )
        )
        for sku, name, variant in lines:
            self._add(
                OrderLineRow(
                    order_no=order_no,
                    product_id=sku.rpartition("-")[0],
                    sku_id=sku,
                    product_name=name,
                    variant=variant,
                    quantity=1,
                    unit_price=Decimal(amount),
                )
            )
        return order_no

    def parcel(
        self,
        order_no: str,
        *,
        state: str = "in_transit",
        hours_ago: float = 5,
        carrier: str = "中通快递",
        waybill: str = "",
    ) -> str:
        """Write a parcel that was last heard of so many hours ago."""
        number = self._number()
        waybill = waybill or f"ZTO{7700000000 + number}"
        at = self.now - timedelta(hours=hours_ago)
        self._add(
            ShipmentRow(
                shipment_id=number,
                order_no=order_no,
                carrier="zto",
                carrier_name=carrier,
                waybill_no=waybill,
                state=state,
                created_at=at - timedelta(hours=10),
                delivered_at=at if state == "delivered" else None,
            ),
            ShipmentEventRow(shipment_id=number, at=at, state=state, text="到达杭州转运中心"),
        )
        return waybill

    def after_sale(
        self, order_no: str, *, number: str = "", customer: str = "c1", merchant: str = "m1", **columns: Any
    ) -> str:
        after_sale_no = number or f"AS{20261121000000 + self._number()}"
        values = {"kind": "return", "state": "pending_review", "amount": Decimal("399.00"), "reason": "不喜欢"}
        self._add(
            AfterSaleRow(
                after_sale_no=after_sale_no,
                order_no=order_no,
                merchant_id=merchant,
                customer_id=customer,
                created_at=self.now,
                updated_at=self.now,
                **(values | columns),
            )
        )
        return after_sale_no

    def invoice(self, order_no: str, **columns: Any) -> None:
        values = {"kind": "personal", "title": "个人", "tax_number": "", "email": "a@example.com", "state": "requested"}
        self._add(InvoiceRow(order_no=order_no, created_at=self.now, **(values | columns)))

    def reminder(self, order_no: str, *, days_ago: int = 0, customer: str = "c1", merchant: str = "m1") -> None:
        at = self.now - timedelta(days=days_ago)
        self._add(
            ReminderRow(order_no=order_no, merchant_id=merchant, customer_id=customer, day=at.date(), created_at=at)
        )

    def conversation(self, customer: str = "c1", merchant: str = "m1", *, status: str = "bot") -> None:
        self._add(
            ConversationRow(
                id=f"conversation-{self._number()}",
                tenant=merchant,
                subject=customer,
                role="consumer",
                sender="s",
                channel="web",
                status=status,
                priority="normal",
                created_at=self.now,
                updated_at=self.now,
            )
        )


def simple_mall(engine: Engine, now: datetime) -> Mall:
    """Return a mall of one merchant with one product, and one customer who has bought nothing yet."""
    mall = Mall(engine, now)
    mall.merchant()
    mall.customer()
    mall.product()
    return mall
