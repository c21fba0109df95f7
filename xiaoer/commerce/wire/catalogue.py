"""Products, promotions, coupons, membership and quotes as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from xiaoer.commerce import benefits, model
from xiaoer.commerce.wire.values import Moment, Money, Name, Rate, Shape, Text, Whole

Number = StrictInt | StrictFloat


class Variant(Shape):
    """One kind of a product that can be bought, with pieces per warehouse."""

    of = model.Variant
    sku_id: Name
    name: Text
    color: Text
    size: Text
    price: Money
    stock: dict[Name, Whole]


class SizeRow(Shape):
    """A row of a size chart; each measure as ``[least, most]``."""

    of = dict
    size: Name
    height_cm: tuple[Number, Number] | None = None
    weight_kg: tuple[Number, Number] | None = None
    foot_mm: tuple[Number, Number] | None = None

    def domain(self) -> dict[str, Any]:
        """Return the row with the measures that it has."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.dict().items()
            if value is not None
        }


class Product(Shape):
    """A product of one merchant."""

    of = model.Product
    product_id: Name
    merchant_id: Name
    name: Name
    short_name: Name
    category: Text
    price: Money
    on_sale: StrictBool
    attributes: dict[Name, Text]
    size_chart: list[SizeRow]
    restock_at: Moment | None
    variants: list[Variant]
    goods_class: Name = Name("ordinary")


class Products(Shape):
    """Products, those that fit best first."""

    of = tuple
    products: list[Product]


class Promotion(Shape):
    """A campaign."""

    of = model.Promotion
    promotion_id: Name
    scope: Name
    name: Name
    description: Text
    starts_at: Moment
    ends_at: Moment


class Promotions(Shape):
    """Campaigns that run now, the tenant's own before the platform's."""

    of = tuple
    promotions: list[Promotion]


class Coupon(Shape):
    """A coupon in a customer's wallet."""

    of = benefits.Coupon
    coupon_id: Name
    scope: Name
    name: Name
    threshold: Money
    discount: Money
    products: list[Name]
    starts_at: Moment
    ends_at: Moment
    used_at: Moment | None


class Coupons(Shape):
    """The wallet, those that end first before the others; used ones and such as were over lately are in it."""

    of = tuple
    coupons: list[Coupon]


class Membership(Shape):
    """A customer's standing with a tenant."""

    of = benefits.Membership
    level: Whole
    points: Whole
    points_per_yuan: Rate
    yuan_per_hundred_points: Rate
    next_level_points: Whole | None


class Deduction(Shape):
    """One thing that takes something off a price."""

    of = benefits.Deduction
    name: Text
    amount: Money
    source: Name
    source_id: Name


class Missed(Shape):
    """A campaign or coupon that takes nothing off, or could take more off."""

    of = benefits.Missed
    name: Text
    source: Name
    source_id: Name
    reason: benefits.Reason
    yuan: Money | None = None
    pieces: Whole | None = None
    gain: Money | None = None
    gift: Text = Text("")


class Quote(Shape):
    """What goods cost after everything that can be used together."""

    of = benefits.Quote
    goods: Money
    deductions: list[Deduction]
    freight: Money
    payable: Money
    missed: list[Missed] = Field([])
    gifts: list[Text] = Field([])


class Page(Shape):
    """The address of the page on which a product is bought, or ``null``."""

    of = dict
    url: Text | None = Field(...)
