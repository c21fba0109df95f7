"""Tables of the embedded mall, which the ``sql`` adapter works on."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import relationship

from xiaoer.database import Base, Money, UtcDateTime


class ProductRow(Base):
    """A product of one merchant."""

    __tablename__ = "products"

    product_id = Column(String(32), primary_key=True)
    merchant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    name = Column(String(120), nullable=False)
    short_name = Column(String(60), nullable=False)
    category = Column(String(32), nullable=False)
    price = Column(Money, nullable=False)
    on_sale = Column(Boolean, nullable=False, default=True)
    attributes = Column(JSON, nullable=False, default=dict)
    size_chart = Column(JSON, nullable=False, default=list)
    restock_at = Column(UtcDateTime)
    goods_class = Column(String(32), nullable=False, default="ordinary", server_default="ordinary")
    variants = relationship("VariantRow", order_by="VariantRow.position", lazy="selectin")


class VariantRow(Base):
    """One kind of a product that can be bought."""

    __tablename__ = "variants"

    sku_id = Column(String(40), primary_key=True)
    product_id = Column(ForeignKey("products.product_id"), nullable=False, index=True)
    position = Column(Integer, nullable=False)
    name = Column(String(60), nullable=False, default="")
    color = Column(String(30), nullable=False, default="")
    size = Column(String(30), nullable=False, default="")
    price = Column(Money, nullable=False)
    stock = relationship("StockRow", order_by="StockRow.warehouse", lazy="selectin")


class StockRow(Base):
    """Pieces of a variant in one warehouse."""

    __tablename__ = "stock"

    sku_id = Column(ForeignKey("variants.sku_id"), primary_key=True)
    warehouse = Column(String(40), primary_key=True)
    quantity = Column(Integer, nullable=False)


class OrderRow(Base):
    """An order; a split order's parts name it in ``parent_order_no``."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_owner", "customer_id", "merchant_id", "created_at"),)

    order_no = Column(String(32), primary_key=True)
    merchant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False)
    state = Column(String(24), nullable=False, index=True)
    amount = Column(Money, nullable=False)
    freight = Column(Money, nullable=False, default=0)
    created_at = Column(UtcDateTime, nullable=False)
    paid_at = Column(UtcDateTime)
    shipped_at = Column(UtcDateTime)
    received_at = Column(UtcDateTime)
    ship_by = Column(UtcDateTime)
    closes_at = Column(UtcDateTime)
    group_size = Column(Integer)
    group_joined = Column(Integer)
    parent_order_no = Column(ForeignKey("orders.order_no"), index=True)
    receiver_name = Column(String(64), nullable=False)
    receiver_phone = Column(String(20), nullable=False)
    receiver_address = Column(String(200), nullable=False)
    remark = Column(String(200), nullable=False, default="")
    lines = relationship("OrderLineRow", order_by="OrderLineRow.line_id", lazy="selectin")
    shipments = relationship("ShipmentRow", order_by="ShipmentRow.shipment_id", lazy="select")


class OrderLineRow(Base):
    """One position of an order; ``shipment_id`` tells the parcel that it is in."""

    __tablename__ = "order_lines"

    line_id = Column(Integer, primary_key=True)
    order_no = Column(ForeignKey("orders.order_no"), nullable=False, index=True)
    product_id = Column(ForeignKey("products.product_id"), nullable=False, index=True)
    sku_id = Column(ForeignKey("variants.sku_id"), nullable=False)
    product_name = Column(String(120), nullable=False)
    variant = Column(String(60), nullable=False, default="")
    quantity = Column(Integer, nullable=False)
    unit_price = Column(Money, nullable=False)
    shipment_id = Column(ForeignKey("shipments.shipment_id"), index=True)


class ShipmentRow(Base):
    """A parcel with its trace."""

    __tablename__ = "shipments"

    shipment_id = Column(Integer, primary_key=True)
    order_no = Column(ForeignKey("orders.order_no"), nullable=False, index=True)
    carrier = Column(String(16), nullable=False)
    carrier_name = Column(String(32), nullable=False)
    waybill_no = Column(String(40), nullable=False, unique=True)
    state = Column(String(24), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    delivered_at = Column(UtcDateTime)
    events = relationship("ShipmentEventRow", order_by="ShipmentEventRow.at, ShipmentEventRow.id", lazy="selectin")
    lines = relationship("OrderLineRow", order_by="OrderLineRow.line_id", lazy="selectin")


class ShipmentEventRow(Base):
    """One line of a carrier's trace."""

    __tablename__ = "shipment_events"

    id = Column(Integer, primary_key=True)
    shipment_id = Column(ForeignKey("shipments.shipment_id"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False)
    state = Column(String(24), nullable=False)
    text = Column(String(300), nullable=False)


class AfterSaleRow(Base):
    """An after-sale case; without lines it is about the whole order."""

    __tablename__ = "after_sales"

    after_sale_no = Column(String(32), primary_key=True)
    order_no = Column(ForeignKey("orders.order_no"), nullable=False, index=True)
    merchant_id = Column(ForeignKey("tenants.id"), nullable=False)
    customer_id = Column(ForeignKey("customers.id"), nullable=False, index=True)
    kind = Column(String(24), nullable=False)
    state = Column(String(24), nullable=False)
    reason = Column(String(200), nullable=False, default="")
    amount = Column(Money, nullable=False, default=0)
    created_at = Column(UtcDateTime, nullable=False)
    updated_at = Column(UtcDateTime, nullable=False)
    note = Column(String(300), nullable=False, default="")
    remark = Column(String(200), nullable=False, default="", server_default="")
    reason_code = Column(String(40), nullable=False, default="", server_default="")
    evidence = Column(JSON, nullable=False, default=list, server_default="[]")
    pickup = Column(Boolean, nullable=False, default=False, server_default=false())
    liable = Column(String(16), nullable=False, default="none", server_default="none")
    freight_payer = Column(String(16), nullable=False, default="none", server_default="none")
    rules = Column(JSON, nullable=False, default=list, server_default="[]")
    explanation = Column(String(500), nullable=False, default="", server_default="")
    lines = relationship("AfterSaleLineRow", order_by="AfterSaleLineRow.line_id", lazy="selectin")


class AfterSaleLineRow(Base):
    """Pieces of an order's line that an after-sale case is about, and the part of its yuan that falls on them."""

    __tablename__ = "after_sale_lines"

    after_sale_no = Column(ForeignKey("after_sales.after_sale_no"), primary_key=True)
    line_id = Column(ForeignKey("order_lines.line_id"), primary_key=True)
    quantity = Column(Integer, nullable=False)
    sku_id = Column(ForeignKey("variants.sku_id"))
    amount = Column(Money, nullable=False, default=0)


class AuditEntryRow(Base):
    """A change that was made: who made it, of what, by which rules; and, by its key, the answer to a repeated call."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("customer_id", "actor", "key"),)

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False)
    tenant = Column(String(64), nullable=False)
    merchant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False)
    actor = Column(String(72), nullable=False)
    operation = Column(String(32), nullable=False)
    subject = Column(String(32), nullable=False, index=True)
    key = Column(String(128), nullable=False)
    fingerprint = Column(String(64), nullable=False)
    before = Column(JSON, nullable=False)
    after = Column(JSON, nullable=False)
    rules = Column(JSON, nullable=False)
    result = Column(JSON, nullable=False)


class PromotionRow(Base):
    """A campaign of a merchant or of the platform."""

    __tablename__ = "promotions"

    promotion_id = Column(String(32), primary_key=True)
    scope = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    name = Column(String(80), nullable=False)
    description = Column(Text, nullable=False)
    rule = Column(JSON, nullable=False, default=dict, server_default="{}")
    starts_at = Column(UtcDateTime, nullable=False)
    ends_at = Column(UtcDateTime, nullable=False)


class InvoiceRow(Base):
    """An invoice that was asked for; an order has one."""

    __tablename__ = "invoices"

    order_no = Column(ForeignKey("orders.order_no"), primary_key=True)
    kind = Column(String(16), nullable=False)
    title = Column(String(120), nullable=False)
    tax_number = Column(String(32), nullable=False, default="")
    email = Column(String(120), nullable=False)
    state = Column(String(16), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)


class ReminderRow(Base):
    """A customer's wish that an order be shipped: one a day (Shanghai) and order."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("order_no", "day"),)

    id = Column(Integer, primary_key=True)
    order_no = Column(ForeignKey("orders.order_no"), nullable=False)
    merchant_id = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False)
    day = Column(Date, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
