"""What the data files may say of what makes a purchase cheaper: campaigns, coupons and memberships."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, validator

from xiaoer.commerce.campaigns import read_rule
from xiaoer.seeding.files import Entry, spans
from xiaoer.seeding.spans import Span, dated, length


class PromotionEntry(Entry):
    """A campaign, around now; without a rule it changes no price (see ``xiaoer.commerce.campaigns``)."""

    id: str
    scope: str
    name: str
    description: str
    valid: Span
    rule: dict[str, Any] = Field(default_factory=dict)

    _read = spans("valid")
    _days = validator("description", allow_reuse=True)(dated)

    @validator("rule")
    def _known(cls, rule: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        read_rule(rule)
        return rule


class CouponEntry(Entry):
    """A coupon in the wallets of ``customers``, or of everybody; ``used`` tells how long ago some have used it."""

    id: str = Field(max_length=32)
    scope: str
    name: str = Field(max_length=80)
    threshold: Decimal = Field(Decimal(0), ge=0)
    discount: Decimal = Field(gt=0)
    products: list[str] = Field(default_factory=list)
    valid: Span
    customers: list[str] = Field(default_factory=list)
    used: dict[str, str] = Field(default_factory=dict)

    _read = spans("valid")

    @validator("used")
    def _lengths(cls, used: dict[str, str]) -> dict[str, str]:  # noqa: N805
        for ago in used.values():
            length(ago)
        return used


class MemberEntry(Entry):
    """Points that can be spent, and those that were ever earned."""

    points: int = Field(ge=0)
    earned: int = Field(ge=0)


class MembershipEntry(Entry):
    """A tenant's membership; without ``members`` everybody's points come from the orders that they have received."""

    id: str
    points_per_yuan: Decimal = Field(Decimal(1), ge=0)
    yuan_per_hundred_points: Decimal = Field(Decimal(0), ge=0)
    levels: list[int] = Field(default_factory=list)
    members: dict[str, MemberEntry] = Field(default_factory=dict)
