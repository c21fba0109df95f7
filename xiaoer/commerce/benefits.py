"""What makes a purchase cheaper: coupons, membership, and the price that remains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum


@dataclass(frozen=True)
class Coupon:
    """A coupon in a customer's wallet.

    Attributes:
        coupon_id: Its number.
        scope: Merchant id, or ``platform``.
        name: As customers know it.
        threshold: Yuan that must be spent for it to count; zero for none.
        discount: Yuan that it takes off.
        products: Product ids that it is for; empty means all of its scope.
        starts_at: From when it counts.
        ends_at: Until when.
        used_at: When it was used, or ``None``.
    """

    coupon_id: str
    scope: str
    name: str
    threshold: Decimal
    discount: Decimal
    products: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Membership:
    """A customer's standing with a tenant.

    Attributes:
        level: 0 for everybody, 1 and above for VIPs.
        points: Points that can be spent.
        points_per_yuan: Points that a yuan spent brings.
        yuan_per_hundred_points: What a hundred points are worth at paying.
        next_level_points: Points still missing for the next level, or ``None`` at the highest.
    """

    level: int
    points: int
    points_per_yuan: Decimal
    yuan_per_hundred_points: Decimal
    next_level_points: int | None


@dataclass(frozen=True)
class Deduction:
    """One thing that takes something off a price.

    Attributes:
        name: What it is, as customers know it.
        amount: Yuan that it takes off.
        source: ``promotion`` or ``coupon``.
        source_id: Number of the promotion or coupon.
    """

    name: str
    amount: Decimal
    source: str
    source_id: str


class Reason(str, Enum):
    """Why a campaign or coupon takes nothing off, or not more."""

    BELOW_THRESHOLD = "below_threshold"
    """Too little is bought of what counts; ``Missed.yuan`` is missing."""
    TOO_FEW_PIECES = "too_few_pieces"
    """``Missed.pieces`` are missing."""
    NEXT_STEP = "next_step"
    """It counts, and would take more off with ``Missed.yuan`` or ``Missed.pieces`` more."""
    OTHER_PRODUCTS = "other_products"
    """It is for goods that are not among those bought."""
    FIRST_ORDER_ONLY = "first_order_only"
    """It is for a first order soon after registering, or it takes a sign-in to know."""
    NOT_YET = "not_yet"
    OVER = "over"
    USED = "used"
    NOT_TOGETHER = "not_together"
    """What counts can't be used together with it, and takes more off."""
    WITHOUT_PRICE = "without_price"
    """It changes something else than this price: points, a trade-in, a sale to come."""


@dataclass(frozen=True)
class Missed:
    """A campaign or coupon that takes nothing off, or could take more off.

    Attributes:
        name: What it is, as customers know it.
        source: ``promotion`` or ``coupon``.
        source_id: Number of the promotion or coupon.
        reason: Why.
        yuan: Yuan that are missing for it to count, where that is why.
        pieces: Pieces that are missing, where that is why.
        gain: Yuan that it would then take off (beyond what it does already), where that is known.
        gift: What it would bring, where it is a gift.
    """

    name: str
    source: str
    source_id: str
    reason: Reason
    yuan: Decimal | None = None
    pieces: int | None = None
    gain: Decimal | None = None
    gift: str = ""


@dataclass(frozen=True)
class Quote:
    """What goods cost after everything that can be used together.

    Attributes:
        goods: Yuan before any deduction.
        deductions: What is taken off, in the order in which it counts.
        freight: Freight in yuan.
        payable: Yuan to pay, freight included; never negative.
        missed: Campaigns and coupons that do not count, or could count more, each with why.
        gifts: What comes along, in words.
    """

    goods: Decimal
    deductions: tuple[Deduction, ...]
    freight: Decimal
    payable: Decimal
    missed: tuple[Missed, ...] = ()
    gifts: tuple[str, ...] = ()
