"""What makes a purchase cheaper, on the tables of the embedded mall."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import CustomerRow
from xiaoer.commerce import discounts
from xiaoer.commerce.benefit_tables import CouponRow, MembershipPlanRow, MembershipRow, StorefrontRow, WalletRow
from xiaoer.commerce.benefits import Coupon, Membership, Quote
from xiaoer.commerce.campaigns import Announcement, AnyRule, RuleInvalid, read_rule
from xiaoer.commerce.effects import Line, fen
from xiaoer.commerce.errors import InvalidRequest, ProductNotFound
from xiaoer.commerce.offers import Buyer, Campaign, Freight, Offers
from xiaoer.commerce.tables import OrderRow, ProductRow, PromotionRow, VariantRow
from xiaoer.database import reading, storable

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long a coupon that is over stays in sight."""

MOST_PIECES = 9999


class SqlBenefits:
    """Coupons, memberships and prices (see ``xiaoer.commerce.port.Commerce`` for what each call promises)."""

    _engine: Engine

    def list_coupons(self, tenant: str, customer: str, *, now: datetime) -> list[Coupon]:
        """Return the coupons in the customer's wallet, those that end first before the others."""
        with reading(self._engine) as session:
            return _coupons(session, tenant, customer, now)

    def get_membership(self, tenant: str, customer: str) -> Membership:
        """Return the customer's standing with the tenant."""
        with reading(self._engine) as session:
            plan = session.get(MembershipPlanRow, tenant)
            row = session.get(MembershipRow, (tenant, customer))
            levels = [] if plan is None else sorted(plan.levels)
            earned = 0 if row is None else row.earned
            level = max(bisect_right(levels, earned), _vip_level(session, tenant, customer))
            return Membership(
                level=level,
                points=0 if row is None else row.points,
                points_per_yuan=Decimal(0 if plan is None else plan.points_per_hundred_yuan) / 100,
                yuan_per_hundred_points=Decimal(0) if plan is None else plan.yuan_per_hundred_points,
                next_level_points=levels[level] - earned if level < len(levels) else None,
            )

    def quote(self, tenant: str, customer: str, items: Sequence[tuple[str, int]], *, now: datetime) -> Quote:
        """Return what variants cost the customer after all that counts."""
        if not items:
            raise InvalidRequest("items")
        with reading(self._engine) as session:
            lines = [_line(session, tenant, sku_id, pieces) for sku_id, pieces in items]
            shops = {line.merchant_id for line in lines}
            offers = Offers(
                campaigns=_campaigns(session, {*shops, PLATFORM}, now),
                coupons=[each for shop in sorted(shops) for each in _coupons(session, shop, customer, now, own=True)]
                + _coupons(session, PLATFORM, customer, now, own=True),
                freights=_freights(session, shops),
                buyer=_buyer(session, customer),
            )
        return discounts.quote(lines, offers, now=now)

    def get_product_page(self, tenant: str, product_id: str) -> str | None:
        """Return the address of the page on which a product is bought, or ``None`` where there is none."""
        if not storable(product_id):
            raise ProductNotFound(product_id)
        with reading(self._engine) as session:
            row = session.get(ProductRow, product_id)
            if row is None or tenant not in (PLATFORM, row.merchant_id):
                raise ProductNotFound(product_id)
            front = session.get(StorefrontRow, row.merchant_id)
            return front.page.replace("{product_id}", product_id) if front is not None and front.page else None


def _coupons(session: Session, tenant: str, customer: str, now: datetime, *, own: bool = False) -> list[Coupon]:
    """Return coupons of a wallet: those that count at the tenant, or with ``own`` those that the tenant gave out."""
    if not storable(customer):
        return []
    wanted = (
        select(CouponRow, WalletRow.used_at)
        .join(WalletRow, WalletRow.coupon_id == CouponRow.coupon_id)
        .where(WalletRow.customer_id == customer, CouponRow.ends_at > now - KEPT)
        .order_by(CouponRow.ends_at, CouponRow.coupon_id)
    )
    if own:
        wanted = wanted.where(CouponRow.scope == tenant)
    elif tenant != PLATFORM:
        wanted = wanted.where(CouponRow.scope.in_([tenant, PLATFORM]))
    return [_coupon(row, used_at) for row, used_at in session.execute(wanted)]


def _coupon(row: CouponRow, used_at: datetime | None) -> Coupon:
    return Coupon(
        coupon_id=row.coupon_id,
        scope=row.scope,
        name=row.name,
        threshold=row.threshold,
        discount=row.discount,
        products=tuple(row.products),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        used_at=used_at,
    )


def _vip_level(session: Session, tenant: str, customer: str) -> int:
    row = session.get(CustomerRow, customer) if tenant == PLATFORM and storable(customer) else None
    return 0 if row is None else int(row.vip_level)


def _line(session: Session, tenant: str, sku_id: str, pieces: int) -> Line:
    if not 1 <= pieces <= MOST_PIECES:
        raise InvalidRequest("pieces")
    variant = session.get(VariantRow, sku_id) if storable(sku_id) else None
    product = None if variant is None else session.get(ProductRow, variant.product_id)
    if variant is None or product is None or tenant not in (PLATFORM, product.merchant_id):
        raise ProductNotFound(sku_id)
    return Line(sku_id, product.product_id, product.merchant_id, product.category, fen(variant.price), pieces)


def _campaigns(session: Session, scopes: set[str], now: datetime) -> list[Campaign]:
    wanted = select(PromotionRow).where(
        PromotionRow.scope.in_(scopes), PromotionRow.starts_at <= now, PromotionRow.ends_at > now
    )
    return [Campaign(row.promotion_id, row.scope, row.name, _rule(row)) for row in session.scalars(wanted)]


def _rule(row: PromotionRow) -> AnyRule:
    try:
        return read_rule(row.rule)
    except RuleInvalid as error:
        # Better no deduction that can be trusted than no answer at all.
        logger.warning("the rule of campaign %s is left out: %s", row.promotion_id, error)
        return Announcement(kind="announcement")


def _freights(session: Session, shops: set[str]) -> dict[str, Freight]:
    fronts = session.scalars(select(StorefrontRow).where(StorefrontRow.tenant.in_(shops)))
    return {row.tenant: Freight(row.freight, row.free_from) for row in fronts}


def _buyer(session: Session, customer: str) -> Buyer:
    row = session.get(CustomerRow, customer) if storable(customer) else None
    if row is None:
        return Buyer()
    paid = select(OrderRow.merchant_id).where(OrderRow.customer_id == customer, OrderRow.paid_at.is_not(None))
    return Buyer(row.created_at, frozenset(session.scalars(paid.distinct())))
