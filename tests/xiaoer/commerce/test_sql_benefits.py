"""The embedded mall's coupons, memberships and prices: what belongs to whom, on either kind of database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from tests.benefits import CROSS_SHOP, add_coupon, add_membership, add_storefront
from tests.factories import change_order, row_counts
from tests.goods import NOON, add_buyer, add_order, add_product, add_promotion, add_shop
from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import CustomerRow
from xiaoer.commerce.benefits import Membership, Reason
from xiaoer.commerce.errors import InvalidRequest, ProductNotFound
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.database import writing

DAY = timedelta(days=1)


@pytest.fixture
def mall(engine: Engine) -> Engine:
    """Two shops and the platform with two customers; each shop has goods."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(engine, tenant)
    for customer in ("c1", "c2"):
        add_buyer(engine, customer)
    add_product(engine, "P1", variants={"黑色 L": ("899", 3), "驼色 M": ("949", 0)})
    add_product(engine, "P2", "极星降噪耳机", "降噪耳机", tenant="m2", category="electronics", price="60")
    return engine


def ids(commerce: SqlCommerce, tenant: str, customer: str) -> list[str]:
    return [each.coupon_id for each in commerce.list_coupons(tenant, customer, now=NOON)]


def test_coupons_by_customer_and_tenant_those_that_end_first_before(mall: Engine) -> None:
    add_coupon(mall, "A", customers=["c1", "c2"])
    add_coupon(mall, "B", ends_at=NOON + DAY, used_at=NOON - DAY)
    add_coupon(mall, "C", scope=PLATFORM, ends_at=NOON + 2 * DAY)
    add_coupon(mall, "D", scope="m2")
    add_coupon(mall, "E", ends_at=NOON - 30 * DAY)
    add_coupon(mall, "F", ends_at=NOON - 29 * DAY)
    commerce = SqlCommerce(mall)
    assert ids(commerce, "m1", "c1") == ["F", "B", "C", "A"]
    assert ids(commerce, "m2", "c1") == ["C", "D"]
    assert ids(commerce, PLATFORM, "c1") == ["F", "B", "C", "A", "D"]
    assert ids(commerce, "m1", "c2") == ["A"]
    assert commerce.list_coupons("m1", "c1", now=NOON)[1].used_at == NOON - DAY
    for nobody in ("c9", "anonymous", "", "\0", "\ud800"):
        assert ids(commerce, "m1", nobody) == []


def test_standing_with_a_tenant(mall: Engine) -> None:
    add_membership(mall, points=150, earned=2000, worth="2.50")
    commerce = SqlCommerce(mall)
    assert commerce.get_membership("m1", "c1") == Membership(1, 150, Decimal(1), Decimal("2.50"), 6000)
    assert commerce.get_membership("m1", "c2") == Membership(0, 0, Decimal(1), Decimal("2.50"), 2000)
    assert commerce.get_membership("m2", "c1") == Membership(0, 0, Decimal(0), Decimal(0), None)


def test_the_highest_level_has_no_next_one(mall: Engine) -> None:
    add_membership(mall, earned=8000)
    found = SqlCommerce(mall).get_membership("m1", "c1")
    assert (found.level, found.next_level_points) == (2, None)


def test_vips_keep_their_level_on_the_platform_alone(mall: Engine) -> None:
    add_membership(mall, PLATFORM, customer="c2", levels=[2000, 8000, 20000])
    with writing(mall) as session:
        session.get(CustomerRow, "c1").vip_level = 2
    commerce = SqlCommerce(mall)
    assert (commerce.get_membership(PLATFORM, "c1").level, commerce.get_membership("m1", "c1").level) == (2, 0)


def test_a_price_with_everything(mall: Engine) -> None:
    add_storefront(mall)
    add_promotion(mall, "A1", "店铺满减", rule={"kind": "reduction", "threshold": 500, "discount": 60})
    add_promotion(mall, "A2", "跨店满减", scope=PLATFORM, rule=CROSS_SHOP)
    add_promotion(mall, "A3", "别家满减", scope="m2", rule=CROSS_SHOP)
    add_promotion(mall, "A4", "昨天的", ends_at=NOON, rule=CROSS_SHOP)
    add_promotion(mall, "A5", "明天的", starts_at=NOON + DAY, rule=CROSS_SHOP)
    add_coupon(mall, "K1", customers=["c1"])
    add_coupon(mall, "K2", customers=["c2"], discount="199")
    before = row_counts(mall)
    found = SqlCommerce(mall).quote("m1", "c1", [("P1-0", 1)], now=NOON)
    assert [(each.source_id, each.amount) for each in found.deductions] == [
        ("A1", Decimal(60)),
        ("K1", Decimal(15)),
        ("A2", Decimal(80)),
    ]
    assert (found.goods, found.freight, found.payable) == (Decimal(899), Decimal(0), Decimal(744))
    assert row_counts(mall) == before


def test_nothing_is_a_first_order_after_something_was_paid_for(mall: Engine) -> None:
    rule = {"kind": "first_order", "threshold": 39, "discount": 10, "days": 30}
    add_promotion(mall, "A1", "首单礼", scope=PLATFORM, rule=rule)
    add_order(mall, state="cancelled")
    commerce = SqlCommerce(mall)
    price = [("P2-0", 1)]
    assert commerce.quote("m2", "c1", price, now=NOON).payable == Decimal(50)
    assert commerce.quote("m2", "c1", price, now=NOON + 31 * DAY).payable == Decimal(60)
    change_order(mall, "202611200000000001", paid_at=NOON - DAY)
    found = commerce.quote("m2", "c1", price, now=NOON)
    assert (found.payable, found.missed[0].reason) == (Decimal(60), Reason.FIRST_ORDER_ONLY)
    assert commerce.quote("m2", "anonymous", price, now=NOON).payable == Decimal(60)


def test_a_rule_that_cannot_be_read_changes_no_price(mall: Engine, caplog: pytest.LogCaptureFixture) -> None:
    add_promotion(mall, "A1", rule={"kind": "reduction", "threshold": "free"})
    found = SqlCommerce(mall).quote("m2", "c1", [("P2-0", 1)], now=NOON)
    assert found.payable == Decimal(60)
    found = SqlCommerce(mall).quote("m1", "c1", [("P1-0", 1)], now=NOON)
    assert found.payable == Decimal(899)
    assert [each.reason for each in found.missed] == [Reason.WITHOUT_PRICE]
    assert "A1" in caplog.text


@pytest.mark.parametrize(("tenant", "sku_id"), [("m2", "P1-0"), ("m1", "P9"), ("m1", ""), ("m1", "\0"), ("m9", "P1-0")])
def test_what_the_tenant_does_not_sell(mall: Engine, tenant: str, sku_id: str) -> None:
    with pytest.raises(ProductNotFound):
        SqlCommerce(mall).quote(tenant, "c1", [(sku_id, 1)], now=NOON)


@pytest.mark.parametrize("items", [[], [("P1-0", 0)], [("P1-0", -1)], [("P1-0", 10_000)]])
def test_numbers_of_pieces_that_cannot_be(mall: Engine, items: list[tuple[str, int]]) -> None:
    with pytest.raises(InvalidRequest):
        SqlCommerce(mall).quote("m1", "c1", items, now=NOON)


def test_the_page_of_a_product(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    assert commerce.get_product_page("m1", "P1") is None
    add_storefront(mall, page="https://mall.test/item/{product_id}")
    assert commerce.get_product_page("m1", "P1") == "https://mall.test/item/P1"
    assert commerce.get_product_page(PLATFORM, "P1") == "https://mall.test/item/P1"
    for tenant, product in (("m2", "P1"), ("m1", "P9"), ("m1", "\0")):
        with pytest.raises(ProductNotFound):
            commerce.get_product_page(tenant, product)
