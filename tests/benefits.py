"""Rows of coupons, memberships and storefronts for tests, with as little said as a test needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.engine import Engine

from tests.goods import NOON
from xiaoer.commerce.benefit_tables import CouponRow, MembershipPlanRow, MembershipRow, StorefrontRow, WalletRow
from xiaoer.database import writing

CROSS_SHOP = {"kind": "reduction", "threshold": 300, "discount": 40, "repeated": True}
"""The rule 每满300减40."""


def add_coupon(
    engine: Engine,
    coupon_id: str = "K1",
    name: str = "店铺券",
    threshold: str = "199",
    discount: str = "15",
    *,
    scope: str = "m1",
    customers: Sequence[str] = ("c1",),
    products: Sequence[str] = (),
    starts_at: datetime = NOON - timedelta(days=3),
    ends_at: datetime = NOON + timedelta(days=9),
    used_at: datetime | None = None,
) -> None:
    """Add a coupon in the wallets of customers; by itself it counts until 30 November, 12:00 in Shanghai."""
    with writing(engine) as session:
        session.add(
            CouponRow(
                coupon_id=coupon_id,
                scope=scope,
                name=name,
                threshold=Decimal(threshold),
                discount=Decimal(discount),
                products=list(products),
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
        session.flush()
        for customer in customers:
            session.add(WalletRow(customer_id=customer, coupon_id=coupon_id, used_at=used_at))


def add_membership(
    engine: Engine,
    tenant: str = "m1",
    *,
    customer: str = "c1",
    points: int = 1250,
    earned: int = 1500,
    levels: Sequence[int] = (2000, 8000),
    worth: str = "1",
) -> None:
    """Add a tenant's membership, a point for each yuan, with one member."""
    with writing(engine) as session:
        session.add(
            MembershipPlanRow(
                tenant=tenant,
                points_per_hundred_yuan=100,
                yuan_per_hundred_points=Decimal(worth),
                levels=list(levels),
            )
        )
        session.add(MembershipRow(tenant=tenant, customer_id=customer, points=points, earned=earned))


def add_storefront(
    engine: Engine, tenant: str = "m1", *, page: str = "", freight: str = "10", free_from: str = "99"
) -> None:
    """Add a shop's front: where its products are bought, and what sending costs."""
    with writing(engine) as session:
        session.add(StorefrontRow(tenant=tenant, page=page, freight=Decimal(freight), free_from=Decimal(free_from)))
