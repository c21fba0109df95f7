"""Turning rows of the embedded mall into value objects."""

from __future__ import annotations

from xiaoer.commerce.model import (
    AfterSale,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleState,
    Invoice,
    Liable,
    Order,
    OrderLine,
    OrderState,
    Product,
    Promotion,
    Shipment,
    ShipmentEvent,
    ShipmentState,
    Variant,
)
from xiaoer.commerce.tables import (
    AfterSaleRow,
    InvoiceRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    PromotionRow,
    ShipmentRow,
)


def line(row: OrderLineRow) -> OrderLine:
    """Return a position of an order."""
    return OrderLine(
        line_id=row.line_id,
        product_id=row.product_id,
        sku_id=row.sku_id,
        product_name=row.product_name,
        variant=row.variant,
        quantity=row.quantity,
        unit_price=row.unit_price,
        shipped=row.shipment_id is not None,
    )


def order(row: OrderRow) -> Order:
    """Return an order with its lines."""
    return Order(
        order_no=row.order_no,
        merchant_id=row.merchant_id,
        customer_id=row.customer_id,
        state=OrderState(row.state),
        amount=row.amount,
        freight=row.freight,
        created_at=row.created_at,
        paid_at=row.paid_at,
        shipped_at=row.shipped_at,
        received_at=row.received_at,
        ship_by=row.ship_by,
        closes_at=row.closes_at,
        group_size=row.group_size,
        group_joined=row.group_joined,
        parent_order_no=row.parent_order_no,
        receiver_name=row.receiver_name,
        receiver_phone=row.receiver_phone,
        receiver_address=row.receiver_address,
        remark=row.remark,
        lines=tuple(line(each) for each in row.lines),
    )


def shipment(row: ShipmentRow) -> Shipment:
    """Return a parcel with its trace."""
    return Shipment(
        shipment_id=row.shipment_id,
        order_no=row.order_no,
        carrier=row.carrier,
        carrier_name=row.carrier_name,
        waybill_no=row.waybill_no,
        state=ShipmentState(row.state),
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        events=tuple(ShipmentEvent(event.at, ShipmentState(event.state), event.text) for event in row.events),
        contents=tuple(_content(each) for each in row.lines),
    )


def _content(row: OrderLineRow) -> str:
    variant = f"({row.variant})" if row.variant else ""
    return f"{row.product_name}{variant}×{row.quantity}"


def after_sale(row: AfterSaleRow) -> AfterSale:
    """Return an after-sale case."""
    return AfterSale(
        after_sale_no=row.after_sale_no,
        order_no=row.order_no,
        merchant_id=row.merchant_id,
        customer_id=row.customer_id,
        kind=AfterSaleKind(row.kind),
        state=AfterSaleState(row.state),
        reason=row.reason,
        amount=row.amount,
        created_at=row.created_at,
        updated_at=row.updated_at,
        note=row.note,
        remark=row.remark,
        lines=tuple(AfterSaleLine(each.line_id, each.quantity, each.sku_id) for each in row.lines),
        reason_code=row.reason_code,
        evidence=tuple(row.evidence),
        pickup=row.pickup,
        liable=Liable(row.liable),
        freight_payer=Liable(row.freight_payer),
        rules=tuple(row.rules),
        explanation=row.explanation,
        parts=tuple(each.amount for each in row.lines),
    )


def product(row: ProductRow) -> Product:
    """Return a product with its variants and their stock."""
    return Product(
        product_id=row.product_id,
        merchant_id=row.merchant_id,
        name=row.name,
        short_name=row.short_name,
        category=row.category,
        price=row.price,
        on_sale=row.on_sale,
        attributes=dict(row.attributes),
        size_chart=tuple(row.size_chart),
        restock_at=row.restock_at,
        variants=tuple(
            Variant(
                sku_id=each.sku_id,
                name=each.name,
                color=each.color,
                size=each.size,
                price=each.price,
                stock={stock.warehouse: stock.quantity for stock in each.stock},
            )
            for each in row.variants
        ),
        goods_class=row.goods_class,
    )


def promotion(row: PromotionRow) -> Promotion:
    """Return a campaign."""
    return Promotion(row.promotion_id, row.scope, row.name, row.description, row.starts_at, row.ends_at)


def invoice(row: InvoiceRow) -> Invoice:
    """Return an invoice."""
    return Invoice(row.order_no, row.kind, row.title, row.tax_number, row.email, row.state)
