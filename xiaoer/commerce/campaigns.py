"""Rules of campaigns as data: what takes something off a price, from when on, and what it goes together with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, parse_obj_as, validator


class RuleInvalid(ValueError):
    """A rule says something that can't be."""


class _Data(BaseModel):
    class Config:
        extra = "forbid"
        allow_mutation = False


class Rule(_Data):
    """What all rules say.

    Attributes:
        products: Product ids that it is for; empty means all.
        categories: Categories that it is for; empty means all.
        except_products: Product ids that it is not for.
        with_coupons: Whether a coupon can be used on the same goods.
        with_platform: Whether campaigns and coupons of the platform count for the same goods.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    except_products: tuple[str, ...] = ()
    with_coupons: bool = True
    with_platform: bool = True

    def covers(self, product_id: str, category: str) -> bool:
        """Return whether the rule is for a product."""
        return (
            (not self.products or product_id in self.products)
            and (not self.categories or category in self.categories)
            and product_id not in self.except_products
        )


class PiecesStep(_Data):
    """From ``pieces`` on, ``percent`` of the price is paid."""

    pieces: int = Field(1, ge=1)
    percent: int = Field(gt=0, lt=100)


class PercentOff(Rule):
    """打折: a share of the price is paid, a smaller one for more pieces; at most ``most`` yuan are taken off."""

    kind: Literal["percent"]
    steps: list[PiecesStep] = Field(min_items=1)
    most: Decimal | None = Field(None, gt=0)


class SecondHalf(Rule):
    """第二件半价: of every two pieces the cheaper costs half."""

    kind: Literal["second_half"]


class Reduction(Rule):
    """满减: ``discount`` yuan off from ``threshold`` on, once or per multiple, at most ``most`` yuan."""

    kind: Literal["reduction"]
    threshold: Decimal = Field(gt=0)
    discount: Decimal = Field(gt=0)
    repeated: bool = False
    most: Decimal | None = Field(None, gt=0)

    @validator("discount")
    def _no_more_than_the_threshold(cls, discount: Decimal, values: dict[str, Any]) -> Decimal:  # noqa: N805
        if "threshold" in values and discount > values["threshold"]:
            raise ValueError("takes off more than the threshold")
        return discount


class FirstOrder(Rule):
    """首单: ``discount`` yuan off from ``threshold`` on, for a first order within ``days`` after registering."""

    kind: Literal["first_order"]
    threshold: Decimal = Field(Decimal(0), ge=0)
    discount: Decimal = Field(gt=0)
    days: int = Field(ge=1)


class GiftStep(_Data):
    """From ``threshold`` yuan paid for the goods on, ``gift`` comes along."""

    threshold: Decimal = Field(ge=0)
    gift: str = Field(min_length=1, max_length=60)


class Gift(Rule):
    """满赠: something comes along; the highest step that is reached counts."""

    kind: Literal["gift"]
    steps: list[GiftStep] = Field(min_items=1)


class Announcement(Rule):
    """Something that changes no price: points, a trade-in, a sale to come."""

    kind: Literal["announcement"]


AnyRule = PercentOff | SecondHalf | Reduction | FirstOrder | Gift | Announcement

_TAGGED: Any = Annotated[AnyRule, Field(discriminator="kind")]


def read_rule(data: Mapping[str, object]) -> AnyRule:
    """Return the rule that data say; no data are an announcement.

    Args:
        data: For example ``{"kind": "reduction", "threshold": "300", "discount": "40", "repeated": true}``.

    Raises:
        RuleInvalid: If they say something that can't be.
    """
    try:
        rule: AnyRule = parse_obj_as(_TAGGED, data or {"kind": "announcement"})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors())
        raise RuleInvalid(problems) from error
    return rule
