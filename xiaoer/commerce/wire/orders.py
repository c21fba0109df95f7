"""Orders, parcels, after-sale cases, invoices and reminders as JSON."""

from __future__ import annotations

from pydantic import Field, StrictBool

from xiaoer.commerce import changes, model
from xiaoer.commerce.wire.values import Day, Moment, Money, Name, Shape, Text, Whole


class OrderLine(Shape):
    """One position of an order."""

    of = model.OrderLine
    line_id: Whole
    product_id: Name
    sku_id: Name
    product_name: Name
    variant: Text
    quantity: Whole
    unit_price: Money
    shipped: StrictBool


class Order(Shape):
    """An order with its lines."""

    of = model.Order
    order_no: Name
    merchant_id: Name
    customer_id: Name
    state: model.OrderState
    amount: Money
    freight: Money
    created_at: Moment
    paid_at: Moment | None
    shipped_at: Moment | None
    received_at: Moment | None
    ship_by: Moment | None
    closes_at: Moment | None
    group_size: Whole | None
    group_joined: Whole | None
    parent_order_no: Name | None
    receiver_name: Text
    receiver_phone: Text
    receiver_address: Text
    remark: Text
    lines: list[OrderLine] = Field(min_items=1)


class Orders(Shape):
    """Orders, in the order that the call promises."""

    of = tuple
    orders: list[Order]


class ShipmentEvent(Shape):
    """One line of a carrier's trace."""

    of = model.ShipmentEvent
    at: Moment
    state: model.ShipmentState
    text: Text


class Shipment(Shape):
    """A parcel with its trace, oldest event first."""

    of = model.Shipment
    shipment_id: Whole
    order_no: Name
    carrier: Text
    carrier_name: Text
    waybill_no: Name
    state: model.ShipmentState
    created_at: Moment
    delivered_at: Moment | None
    events: list[ShipmentEvent]
    contents: list[Text]
    as_of: Moment | None = None


class Shipments(Shape):
    """Parcels, oldest first."""

    of = tuple
    shipments: list[Shipment]


class AfterSaleLine(Shape):
    """A position of an order that an after-sale case is about."""

    of = model.AfterSaleLine
    line_id: Whole
    quantity: Whole
    sku_id: Name | None = None


class AfterSale(Shape):
    """An after-sale case."""

    of = model.AfterSale
    after_sale_no: Name
    order_no: Name
    merchant_id: Name
    customer_id: Name
    kind: model.AfterSaleKind
    state: model.AfterSaleState
    reason: Text
    amount: Money
    created_at: Moment
    updated_at: Moment
    note: Text
    remark: Text = Text("")
    lines: list[AfterSaleLine] = Field([])
    reason_code: Text = Text("")
    evidence: list[Text] = Field([])
    pickup: StrictBool = False
    liable: model.Liable = model.Liable.NONE
    freight_payer: model.Liable = model.Liable.NONE
    rules: list[Text] = Field([])
    explanation: Text = Text("")
    parts: list[Money] = Field([])


class AfterSales(Shape):
    """After-sale cases, newest first."""

    of = tuple
    after_sales: list[AfterSale]


class OrderChanged(Shape):
    """An order after a change, and the case that brings money back, if any."""

    of = changes.OrderChanged
    order: Order
    refund: AfterSale | None = None


class Invoice(Shape):
    """An invoice asked for."""

    of = model.Invoice
    order_no: Name
    kind: Name
    title: Text
    tax_number: Text
    email: Text
    state: Name


class MaybeInvoice(Shape):
    """The invoice of an order, or ``null`` where none was asked for."""

    of = tuple
    invoice: Invoice | None = Field(...)


class Reminder(Shape):
    """A wish that an order be shipped."""

    of = model.Reminder
    order_no: Name
    day: Day
    created: StrictBool
    at: Moment | None = None
