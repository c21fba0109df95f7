"""How products read: price, stock and the cards that clients draw beside the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from actions.quoting import Priced
from actions.speech import text_of
from actions.wording import yuan
from xiaoer.commerce.model import Product, Variant

FEW = 5
"""Pieces from which on downwards the number is told."""


def product_card(product: Product, priced: Priced | None = None, *, url: str | None = None) -> dict[str, Any]:
    """Return the card of a product.

    Args:
        product: The product.
        priced: Its price after discounts, where that was asked for.
        url: The page on which it is bought.
    """
    card = {"type": "product_card", **_facts(product)}
    if priced is not None:
        card |= {
            "payable": yuan(priced.quote.payable),
            "pieces": priced.pieces,
            "variant": priced.variant.name,
            "variants": [{"name": each.name, "stock_text": left_text(each)} for each in product.variants if each.name],
        }
    return card | ({"url": url} if url else {})


def comparison_card(products: Sequence[Product]) -> dict[str, Any]:
    """Return the card of products side by side."""
    return {"type": "product_comparison", "products": [_facts(product) for product in products]}


def _facts(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "price": price_text(product.variants) or yuan(product.price),
        "stock_text": stock_text(product),
        "attributes": dict(product.attributes),
    }


def price_text(variants: Iterable[Variant]) -> str:
    """Return what variants cost in yuan: ``899.00``, or ``1699.00–1899.00``; empty where there are none."""
    prices = sorted({variant.price for variant in variants})
    if not prices:
        return ""
    return yuan(prices[0]) if len(prices) == 1 else f"{yuan(prices[0])}–{yuan(prices[-1])}"


def stock_text(product: Product) -> str:
    """Return in a word whether a product can be bought."""
    if not product.on_sale:
        return text_of("products.stock_off")
    left = [variant.available > 0 for variant in product.variants]
    if not any(left):
        return text_of("products.stock_out")
    return text_of("products.stock_all" if all(left) else "products.stock_some")


def left_text(variant: Variant) -> str:
    """Return in a word whether a variant can be bought; few pieces are counted."""
    if variant.available <= 0:
        return text_of("products.left_none")
    name = "left_few" if variant.available <= FEW else "left_enough"
    return text_of(f"products.{name}", count=variant.available)


def stock_lines(variants: Sequence[Variant]) -> str:
    """Return the stock of variants, those of a colour in one line: ``黑色：S、M 有货；XL 缺货``."""
    if any(not (variant.color and variant.size) for variant in variants):
        return _by_left(variants, [variant.name for variant in variants])
    lines = []
    for color in dict.fromkeys(variant.color for variant in variants):
        same = [variant for variant in variants if variant.color == color]
        lines.append(f"{color}：{_by_left(same, [variant.size for variant in same])}")
    return "\n".join(lines)


def _by_left(variants: Sequence[Variant], names: Sequence[str]) -> str:
    left: dict[str, list[str]] = {}
    for variant, name in zip(variants, names, strict=True):
        left.setdefault(left_text(variant), []).append(name)
    return "；".join(f"{'、'.join(found)} {text}" for text, found in left.items())
