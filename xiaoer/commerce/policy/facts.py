"""What is known of an after-sale wish when it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import ProductNotFound
from xiaoer.commerce.model import (
    AfterSale,
    AfterSaleKind,
    Order,
    OrderLine,
    Product,
    Shipment,
)
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.refundable import pieces_left

ORDINARY = "ordinary"
"""Class of goods of which nothing special is known."""


@dataclass(frozen=True)
class LineFacts:
    """A position that is meant.

    Attributes:
        line: The order's line.
        quantity: Pieces asked for.
        goods_class: Class of the product in ``goods.yml``.
        category: Category of the product, or empty where it is not known any more.
        price: Yuan that the variant costs now, or ``None`` where it is not known any more.
    """

    line: OrderLine
    quantity: int
    goods_class: str
    category: str
    price: Decimal | None


@dataclass(frozen=True)
class CaseFacts:
    """What an after-sale wish is decided by.

    Attributes:
        kind: What is asked for.
        reason_code: Why, as a code of ``reasons.yml``; what is no such code counts as no reason.
        order: The order.
        lines: The positions meant; empty where none is left.
        parcels: The order's parcels.
        cases: Other after-sale cases of the order.
        opened: Whether the goods were opened or used; ``None`` where nobody has said.
        evidence: Pictures and videos that are there.
        amount: Yuan wanted, or ``None`` for all that is granted.
        now: The present moment.
    """

    kind: AfterSaleKind
    reason_code: str
    order: Order
    lines: tuple[LineFacts, ...]
    parcels: tuple[Shipment, ...]
    cases: tuple[AfterSale, ...]
    opened: bool | None
    evidence: int
    amount: Decimal | None
    now: datetime


def facts_of(commerce: Commerce, tenant: str, customer: str, application: Application, now: datetime) -> CaseFacts:
    """Collect what an application is decided by from a shop system.

    Args:
        commerce: The shop system.
        tenant: Merchant, or the platform.
        customer: Who applies.
        application: What is applied for.
        now: The present moment.

    Raises:
        OrderNotFound: If the customer has no such order at this tenant.
    """
    order = commerce.get_order(tenant, customer, application.order_no)
    products = {}
    for product_id in {line.product_id for line in order.lines}:
        try:
            products[product_id] = commerce.get_product(tenant, product_id)
        except ProductNotFound:  # the shop may have taken it away; the order stays
            continue
    return build_facts(
        application,
        order=order,
        products=products,
        parcels=commerce.list_shipments(tenant, customer, order.order_no),
        cases=commerce.list_after_sales(tenant, customer, order.order_no),
        now=now,
    )


def build_facts(
    application: Application,
    *,
    order: Order,
    products: Mapping[str, Product],
    parcels: Sequence[Shipment],
    cases: Sequence[AfterSale],
    now: datetime,
) -> CaseFacts:
    """Return what an application is decided by, from value objects that were read already.

    Args:
        application: What is applied for; lines that are not the order's are left out.
        order: The order.
        products: Products of the order by id, as far as they are known.
        parcels: The order's parcels.
        cases: The order's after-sale cases, without the one that is applied for.
        now: The present moment.
    """
    lines = {line.line_id: line for line in order.lines}
    wanted = {each.line_id: each.quantity for each in application.lines} or pieces_left(order, cases)
    return CaseFacts(
        kind=application.kind,
        reason_code=application.reason_code,
        order=order,
        lines=tuple(
            _line(lines[line_id], quantity, products)
            for line_id, quantity in wanted.items()
            if line_id in lines and quantity > 0
        ),
        parcels=tuple(parcels),
        cases=tuple(cases),
        opened=application.opened,
        evidence=len(application.evidence),
        amount=application.amount,
        now=now,
    )


def _line(line: OrderLine, quantity: int, products: Mapping[str, Product]) -> LineFacts:
    product = products.get(line.product_id)
    if product is None:
        return LineFacts(line, quantity, ORDINARY, "", None)
    prices = {variant.sku_id: variant.price for variant in product.variants}
    return LineFacts(line, quantity, product.goods_class, product.category, prices.get(line.sku_id))
