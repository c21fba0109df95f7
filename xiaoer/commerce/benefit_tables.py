"""Tables of what makes a purchase cheaper, and of the shops' fronts that it is made at."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, UniqueConstraint

from xiaoer.database import Base, Money, UtcDateTime


class StorefrontRow(Base):
    """Where a merchant's goods are bought, and what sending costs; ``page`` has ``{product_id}`` in it, or is empty."""

    __tablename__ = "storefronts"

    tenant = Column(ForeignKey("tenants.id"), primary_key=True)
    page = Column(String(300), nullable=False, default="")
    freight = Column(Money, nullable=False, default=0)
    free_from = Column(Money, nullable=False, default=0)


class CouponRow(Base):
    """A coupon that a merchant or the platform gives out."""

    __tablename__ = "coupons"

    coupon_id = Column(String(32), primary_key=True)
    scope = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    name = Column(String(80), nullable=False)
    threshold = Column(Money, nullable=False, default=0)
    discount = Column(Money, nullable=False)
    products = Column(JSON, nullable=False, default=list)
    starts_at = Column(UtcDateTime, nullable=False)
    ends_at = Column(UtcDateTime, nullable=False)


class WalletRow(Base):
    """A coupon in a customer's wallet."""

    __tablename__ = "wallets"
    __table_args__ = (UniqueConstraint("customer_id", "coupon_id"),)

    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False)
    coupon_id = Column(ForeignKey("coupons.coupon_id"), nullable=False)
    used_at = Column(UtcDateTime)


class MembershipPlanRow(Base):
    """How a tenant's membership works: ``levels`` lists the points ever earned from which each level counts."""

    __tablename__ = "membership_plans"

    tenant = Column(ForeignKey("tenants.id"), primary_key=True)
    points_per_hundred_yuan = Column(Integer, nullable=False)
    yuan_per_hundred_points = Column(Money, nullable=False)
    levels = Column(JSON, nullable=False, default=list)


class MembershipRow(Base):
    """A customer's standing with a tenant: points that can be spent, and those that were ever earned."""

    __tablename__ = "memberships"

    tenant = Column(ForeignKey("tenants.id"), primary_key=True)
    customer_id = Column(ForeignKey("customers.id"), primary_key=True)
    points = Column(Integer, nullable=False)
    earned = Column(Integer, nullable=False)
