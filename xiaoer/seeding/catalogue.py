"""Products with their variants and stock, as rows and as what orders choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from xiaoer.commerce.tables import ProductRow, StockRow, VariantRow
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.errors import SeedError
from xiaoer.seeding.files import ProductEntry, VariantEntry
from xiaoer.seeding.reading import Mall
from xiaoer.seeding.spans import length

DEAR = Decimal(5000)
"""Goods from this price on are ordered only where a scenario asks for dear ones, or names them."""


@dataclass(frozen=True)
class Sku:
    """A variant that an order can hold.

    Attributes:
        product: Its product.
        sku_id: Its number.
        name: As people read it, or empty.
        price: Yuan.
        available: Pieces in all warehouses.
        has_other: Whether another variant of the same product and price is in stock.
    """

    product: ProductEntry
    sku_id: str
    name: str
    price: Decimal
    available: int
    has_other: bool


@dataclass(frozen=True)
class Catalogue:
    """All products: their rows, and each merchant's variants in the order of the files."""

    rows: list[ProductRow]
    skus: dict[str, list[Sku]]


def build_catalogue(mall: Mall, now: datetime) -> Catalogue:
    """Return the products of all merchants.

    Raises:
        SeedError: If a product's list of variants out of stock names one that it does not have.
    """
    rows: list[ProductRow] = []
    skus: dict[str, list[Sku]] = {}
    for merchant, products in mall.products.items():
        skus[merchant] = []
        for number, product in enumerate(products, 1):
            row = _product(merchant, number, product, now)
            rows.append(row)
            skus[merchant] += _skus(product, row.variants)
    return Catalogue(rows, skus)


def _product(merchant: str, number: int, product: ProductEntry, now: datetime) -> ProductRow:
    variants = _variants(product)
    names = {variant.name for variant in variants}
    empty = names if product.sold_out else set(product.out_of_stock)
    if not empty <= names:
        unknown = "、".join(sorted(empty - names))
        raise SeedError(
            f"products/{merchant}.yml", f"entry {number} ({product.id})", f"out_of_stock: {unknown} is no variant"
        )
    built = [_variant(product, at, variant, variant.name in empty) for at, variant in enumerate(variants, 1)]
    return ProductRow(
        product_id=product.id,
        merchant_id=merchant,
        name=product.name,
        short_name=product.short_name,
        category=product.category,
        goods_class=product.goods_class,
        price=min(variant.price for variant in built),
        on_sale=product.on_sale,
        attributes=product.attributes,
        size_chart=[_size(row.dict(exclude_none=True)) for row in product.size_chart],
        restock_at=None if product.restock is None else now + length(product.restock),
        variants=built,
    )


def _size(row: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def _variants(product: ProductEntry) -> list[VariantEntry]:
    if product.variants:
        return product.variants
    pairs = [(color, size) for color in product.colors or [""] for size in product.sizes or [""]]
    return [VariantEntry(name=" ".join(filter(None, pair)), color=pair[0], size=pair[1]) for pair in pairs]


def _variant(product: ProductEntry, position: int, variant: VariantEntry, empty: bool) -> VariantRow:
    sku_id = f"{product.id}-{position:02d}"
    chance = Chance(sku_id)
    return VariantRow(
        sku_id=sku_id,
        position=position,
        name=variant.name,
        color=variant.color,
        size=variant.size,
        price=product.price if variant.price is None else variant.price,
        stock=[
            StockRow(
                warehouse=warehouse,
                # Around the number in the file, so that no two variants look alike.
                quantity=0 if empty else chance.number(warehouse, (quantity + 1) // 2, quantity + quantity // 2),
            )
            for warehouse, quantity in product.stock.items()
        ],
    )


def _skus(product: ProductEntry, variants: list[VariantRow]) -> list[Sku]:
    stock = {variant.sku_id: sum(each.quantity for each in variant.stock) for variant in variants}
    return [
        Sku(
            product=product,
            sku_id=variant.sku_id,
            name=variant.name,
            price=variant.price,
            available=stock[variant.sku_id],
            has_other=any(
                other is not variant and other.price == variant.price and stock[other.sku_id] > 0 for other in variants
            ),
        )
        for variant in variants
    ]
