"""Rows of shops and goods for tests, with as little said as a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from sqlalchemy.engine import Engine

from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import CustomerRow, TenantRow
from xiaoer.commerce.tables import OrderLineRow, OrderRow, ProductRow, PromotionRow, StockRow, VariantRow
from xiaoer.database import writing

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc)


def add_shop(engine: Engine, tenant: str = "m1", name: str = "云裳服饰", *, anonymous_allowed: bool = True) -> None:
    """Add a merchant, or the platform."""
    with writing(engine) as session:
        session.add(
            TenantRow(id=tenant, name=name, anonymous_allowed=anonymous_allowed, signing_key="k" * 64, created_at=NOON)
        )


def add_shops(engine: Engine) -> None:
    """Add two merchants and the platform, each called by its id, and a customer."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(engine, tenant, tenant)
    add_buyer(engine)


def add_buyer(engine: Engine, customer: str = "c1", name: str = "王小雨") -> None:
    """Add a customer."""
    with writing(engine) as session:
        session.add(CustomerRow(id=customer, name=name, phone="13800001111", created_at=NOON))


def add_product(
    engine: Engine,
    product_id: str = "P1",
    name: str = "云裳双面羊毛大衣女中长款",
    short_name: str = "双面羊毛大衣",
    *,
    tenant: str = "m1",
    category: str = "clothing",
    variants: Mapping[str, tuple[str, int]] | None = None,
    price: str = "899",
    stock: int = 10,
    on_sale: bool = True,
    attributes: Mapping[str, str] | None = None,
    size_chart: Sequence[Mapping[str, object]] = (),
    restock_at: datetime | None = None,
) -> None:
    """Add a product.

    Args:
        engine: The database.
        product_id: Its number.
        name: Its name.
        short_name: As people call it.
        tenant: Who sells it.
        category: Its category.
        variants: Price and pieces by name, ``{"黑色 L": ("899", 3)}``; a name of two words is a colour and a size, and
            one that ends with 色 a colour.
        price: Price where there is only one variant.
        stock: Pieces where there is only one variant.
        on_sale: Whether it can be bought.
        attributes: What the shop says of it.
        size_chart: Its size chart.
        restock_at: When more is expected.
    """
    kinds = variants or {"": (price, stock)}
    with writing(engine) as session:
        session.add(
            ProductRow(
                product_id=product_id,
                merchant_id=tenant,
                name=name,
                short_name=short_name,
                category=category,
                price=min(Decimal(each) for each, _ in kinds.values()),
                on_sale=on_sale,
                attributes=dict(attributes or {}),
                size_chart=[dict(row) for row in size_chart],
                restock_at=restock_at,
            )
        )
        session.flush()
        for position, (kind, (each, pieces)) in enumerate(kinds.items()):
            color, _, size = kind.partition(" ") if " " in kind or kind.endswith("色") else ("", "", "")
            session.add(
                VariantRow(
                    sku_id=f"{product_id}-{position}",
                    product_id=product_id,
                    position=position,
                    name=kind,
                    color=color,
                    size=size,
                    price=Decimal(each),
                )
            )
            session.flush()
            session.add(StockRow(sku_id=f"{product_id}-{position}", warehouse="杭州仓", quantity=pieces))


def add_order(
    engine: Engine,
    order_no: str = "202611200000000001",
    *,
    product_ids: Sequence[str] = ("P1",),
    state: str = "paid",
    tenant: str = "m1",
    customer: str = "c1",
    created_at: datetime = NOON - timedelta(days=1),
) -> None:
    """Add an order of one piece of each product's first variant."""
    with writing(engine) as session:
        session.add(
            OrderRow(
                order_no=order_no,
                merchant_id=tenant,
                customer_id=customer,
                state=state,
                amount=Decimal(899),
                created_at=created_at,
                receiver_name="王小雨",
                receiver_phone="13800001111",
                receiver_address="浙江省杭州市西湖区文一路1号",
            )
        )
        session.flush()
        for product_id in product_ids:
            product = session.get(ProductRow, product_id)
            first = product.variants[0]
            session.add(
                OrderLineRow(
                    order_no=order_no,
                    product_id=product_id,
                    sku_id=first.sku_id,
                    product_name=product.name,
                    variant=first.name,
                    quantity=1,
                    unit_price=first.price,
                )
            )


def add_promotion(
    engine: Engine,
    promotion_id: str = "A1",
    name: str = "冬季满减",
    description: str = "全店满300元减40元，可与店铺券同用",
    *,
    scope: str = "m1",
    starts_at: datetime = NOON - timedelta(days=3),
    ends_at: datetime = NOON + timedelta(days=9),
    rule: Mapping[str, object] | None = None,
) -> None:
    """Add a campaign; by itself it runs until 30 November, 12:00 in Shanghai, and changes no price."""
    with writing(engine) as session:
        session.add(
            PromotionRow(
                promotion_id=promotion_id,
                scope=scope,
                name=name,
                description=description,
                rule=dict(rule or {}),
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
