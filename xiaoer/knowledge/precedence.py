"""Which of several entries that fit a question wins: emergency, then the merchant's own, then the platform's."""

from __future__ import annotations

from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.model import Entry, Layer

OWN_EMERGENCY, EMERGENCY, OWN_PRODUCT, OWN_CAMPAIGN, OWN, PLATFORM_CAMPAIGN, PLATFORM_RULE = RANKS = (
    "own_emergency",
    "platform_emergency",
    "own_product_meant",
    "own_campaign",
    "own",
    "platform_campaign",
    "platform",
)


def rank(entry_scope: str, layer: Layer, tenant: str, *, meant: bool) -> str:
    """Return the rank of an entry, one of ``RANKS``.

    Args:
        entry_scope: Whose entry it is.
        layer: What it is for.
        tenant: Whose visitor asks.
        meant: Whether it is about a product that the question names or the view shows.
    """
    own = entry_scope == tenant
    if layer is Layer.EMERGENCY:
        return OWN_EMERGENCY if own else EMERGENCY
    if not own:
        return PLATFORM_CAMPAIGN if layer is Layer.CAMPAIGN else PLATFORM_RULE
    if meant:
        return OWN_PRODUCT
    return OWN_CAMPAIGN if layer is Layer.CAMPAIGN else OWN


def source(entry: Entry) -> str:
    """Return where an answer comes from, as customers read it."""
    platform = entry.scope == PLATFORM
    if entry.layer is Layer.EMERGENCY:
        return "平台紧急通知" if platform else "店铺紧急通知"
    if platform:
        return "平台规则"
    return "店铺商品说明" if entry.product_id or entry.product_label else "店铺说明"
