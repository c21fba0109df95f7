"""Campaigns, coupons, memberships and storefronts as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from xiaoer.commerce.benefit_tables import CouponRow, MembershipPlanRow, MembershipRow, StorefrontRow, WalletRow
from xiaoer.commerce.model import OrderState
from xiaoer.commerce.tables import OrderRow, PromotionRow
from xiaoer.seeding.benefit_files import CouponEntry, MembershipEntry, PromotionEntry
from xiaoer.seeding.files import TenantEntry
from xiaoer.seeding.reading import Mall
from xiaoer.seeding.spans import length, with_days


def storefronts(tenants: Iterable[TenantEntry]) -> list[StorefrontRow]:
    """Return what the merchants' fronts tell."""
    return [
        StorefrontRow(
            tenant=tenant.id, page=tenant.page, freight=tenant.freight.amount, free_from=tenant.freight.free_from
        )
        for tenant in tenants
        if tenant.freight is not None
    ]


def promotion(entry: PromotionEntry, now: datetime) -> PromotionRow:
    """Return a campaign."""
    return PromotionRow(
        promotion_id=entry.id,
        scope=entry.scope,
        name=entry.name,
        description=with_days(entry.description, now),
        rule=entry.rule,
        starts_at=now + entry.valid.least,
        ends_at=now + entry.valid.most,
    )


def coupon(entry: CouponEntry, now: datetime) -> CouponRow:
    """Return a coupon."""
    return CouponRow(
        coupon_id=entry.id,
        scope=entry.scope,
        name=entry.name,
        threshold=entry.threshold,
        discount=entry.discount,
        products=entry.products,
        starts_at=now + entry.valid.least,
        ends_at=now + entry.valid.most,
    )


def wallets(mall: Mall, now: datetime) -> Iterator[WalletRow]:
    """Yield every coupon of every wallet."""
    for entry in mall.coupons:
        for customer in entry.customers or mall.customers:
            ago = entry.used.get(customer)
            used_at = None if ago is None else now - length(ago)
            yield WalletRow(customer_id=customer, coupon_id=entry.id, used_at=used_at)


def plan(entry: MembershipEntry) -> MembershipPlanRow:
    """Return how a tenant's membership works."""
    return MembershipPlanRow(
        tenant=entry.id,
        points_per_hundred_yuan=int(entry.points_per_yuan * 100),
        yuan_per_hundred_points=entry.yuan_per_hundred_points,
        levels=entry.levels,
    )


def memberships(mall: Mall, orders: Iterable[OrderRow]) -> Iterator[MembershipRow]:
    """Yield everybody's standing with every tenant that has a membership."""
    spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in orders:
        if order.state == OrderState.COMPLETED.value:
            spent[order.merchant_id, order.customer_id] += order.amount - order.freight
    for entry in mall.memberships:
        for customer, member in entry.members.items():
            yield MembershipRow(tenant=entry.id, customer_id=customer, points=member.points, earned=member.earned)
        if not entry.members:
            for (merchant, customer), amount in sorted(spent.items()):
                if merchant == entry.id:
                    earned = int(amount * entry.points_per_yuan)
                    yield MembershipRow(tenant=entry.id, customer_id=customer, points=earned, earned=earned)
