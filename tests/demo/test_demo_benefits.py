"""Coupons, memberships and campaigns of the demo mall, and that prices come out as their words say."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.demo.conftest import Mall
from xiaoer.accounts.tables import CustomerRow, TenantRow
from xiaoer.commerce.benefit_tables import CouponRow, WalletRow
from xiaoer.commerce.benefits import Reason
from xiaoer.commerce.sql import SqlCommerce

SHOPS = ("yunshang", "jixing", "shanye", "huayan", "mujian")


@pytest.fixture(scope="module")
def commerce(mall: Mall) -> SqlCommerce:
    return SqlCommerce(mall.session.get_bind())


def test_everybody_has_coupons_in_every_shop(mall: Mall, commerce: SqlCommerce) -> None:
    for customer in mall.session.scalars(select(CustomerRow.id)):
        for shop in SHOPS:
            coupons = commerce.list_coupons(shop, customer, now=mall.now)
            usable = [each for each in coupons if each.used_at is None and each.starts_at <= mall.now < each.ends_at]
            assert {each.scope for each in usable} == {shop, "platform"}


def test_coupons_are_used_while_they_count(mall: Mall) -> None:
    used = mall.session.execute(
        select(CouponRow, WalletRow.used_at).join(WalletRow).where(WalletRow.used_at.is_not(None))
    ).all()
    assert len(used) == 8
    assert all(coupon.starts_at <= at <= min(mall.now, coupon.ends_at) for coupon, at in used)
    rows = list(mall.session.scalars(select(CouponRow)))
    assert any(row.ends_at <= mall.now for row in rows)
    assert any(row.starts_at > mall.now for row in rows)


def test_levels_on_the_platform_are_the_vip_levels(mall: Mall, commerce: SqlCommerce) -> None:
    for customer in mall.session.scalars(select(CustomerRow)):
        found = commerce.get_membership("platform", customer.id)
        assert found.level == customer.vip_level
        assert (found.next_level_points is None) == (customer.vip_level == 3)
        assert found.points_per_yuan == found.yuan_per_hundred_points == 1


def test_points_of_a_shop_come_from_its_orders(mall: Mall, commerce: SqlCommerce) -> None:
    received = mall.where(merchant_id="yunshang", state="completed")
    customer = received[0].customer_id
    own = [order for order in received if order.customer_id == customer]
    found = commerce.get_membership("yunshang", customer)
    assert found.points == int(sum(order.amount - order.freight for order in own))
    assert commerce.get_membership("jixing", customer).points_per_yuan == 0


@pytest.mark.parametrize(
    ("shop", "pieces", "goods", "payable", "used"),
    [
        # 899, 60 and 40 less, then 40 for each 300 of the 799 that are left, and 15 by the platform's coupon
        (
            "yunshang",
            {"P1001": 1},
            "899",
            "704",
            {"PR-YUNSHANG-02", "CP-YUNSHANG-02", "PR-PLATFORM-01", "CP-PLATFORM-01"},
        ),
        # two sweatshirts: half of one is 74.50, more than the two coupons of 15 that do not go with it
        ("yunshang", {"P1006": 2}, "298", "223.50", {"PR-YUNSHANG-01"}),
        # a charger and a keyboard: 30 less, once; then 40, and 15
        ("jixing", {"P2006": 1, "P2008": 1}, "428", "343", {"PR-JIXING-02", "PR-PLATFORM-01", "CP-PLATFORM-01"}),
        # three bags of fruit at 85 percent are 127.24 and 5 less; 129 are not reached
        ("shanye", {"P3011": 3}, "149.70", "122.25", {"PR-SHANYE-01", "CP-SHANYE-01"}),
        ("mujian", {"P5010": 2}, "116", "66", {"PR-MUJIAN-01"}),
        ("mujian", {"P5002": 1}, "189", "141.20", {"PR-MUJIAN-02", "CP-MUJIAN-01"}),
        # below what is sent free: 8 yuan of freight
        ("mujian", {"P5009": 1}, "39", "47", set()),
    ],
)
def test_prices_come_out_as_the_campaigns_say(
    mall: Mall, commerce: SqlCommerce, shop: str, pieces: dict[str, int], goods: str, payable: str, used: set[str]
) -> None:
    items = [(mall.products[product].variants[0].sku_id, count) for product, count in pieces.items()]
    found = commerce.quote(shop, "c014", items, now=mall.now)
    assert (found.goods, found.payable) == (Decimal(goods), Decimal(payable))
    assert {each.source_id for each in found.deductions} == used
    assert "PR-PLATFORM-02" in {each.source_id for each in found.missed if each.reason is Reason.FIRST_ORDER_ONLY}


def test_gifts(mall: Mall, commerce: SqlCommerce) -> None:
    sku_id = mall.products["P4001"].variants[0].sku_id
    assert commerce.quote("huayan", "c014", [(sku_id, 1)], now=mall.now).gifts == ()
    assert commerce.quote("huayan", "c014", [(sku_id, 2)], now=mall.now).gifts == ("烟酰胺面膜3片",)


def test_freight_is_what_orders_were_charged(mall: Mall, commerce: SqlCommerce) -> None:
    merchants = set(mall.session.scalars(select(TenantRow.id).where(TenantRow.id != "platform")))
    assert merchants == set(SHOPS)
    for order in mall.where(parent_order_no=None, state="paid"):
        items = [(line.sku_id, line.quantity) for line in order.lines]
        assert commerce.quote(order.merchant_id, "c014", items, now=mall.now).freight == order.freight
