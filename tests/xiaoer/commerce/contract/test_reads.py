"""What every adapter answers when it is asked for something."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from tests.factories import add_after_sale, add_invoice, add_parcel, change_order
from tests.goods import NOON, add_order, add_product, add_promotion
from tests.xiaoer.commerce.writes import OTHERS, PAID, SHIPPED, UNPAID, lines_of, snapshot
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.benefit_tables import CouponRow, StorefrontRow, WalletRow
from xiaoer.commerce.errors import InvalidRequest, OrderNotFound, ProductNotFound, ShipmentNotFound
from xiaoer.commerce.model import (
    AfterSaleState,
    Invoice,
    OrderLine,
    OrderQuery,
    OrderState,
    ProductQuery,
    ShipmentEvent,
    ShipmentState,
)
from xiaoer.commerce.port import Commerce
from xiaoer.database import writing

UNKNOWN = (
    "209912310000000001",
    "",
    "x" * 10_000,
    "' OR '1'='1",
    "%",
    "２０２６１１２００００００００００１",
    "a/b",
    "..",
    "\0",
    "\ud800",
)


def numbers(orders: list) -> list[str]:
    return [order.order_no for order in orders]


def test_an_order_with_its_lines(commerce: Commerce, mall: Engine) -> None:
    order = commerce.get_order("m1", "c1", PAID)

    assert (order.order_no, order.merchant_id, order.customer_id) == (PAID, "m1", "c1")
    assert (order.state, order.amount, order.freight) == (OrderState.PAID, Decimal("260.50"), Decimal(10))
    assert (order.created_at, order.paid_at, order.shipped_at) == (NOON - timedelta(days=1),) * 2 + (None,)
    assert order.receiver_address == "浙江省杭州市西湖区文一路1号"
    coat, headphones = lines_of(mall, PAID)
    assert order.lines == (
        OrderLine(coat, "P1", "P1-0", "云裳双面羊毛大衣女中长款", "黑色 L", 2, Decimal("100.00"), shipped=False),
        OrderLine(headphones, "P2", "P2-0", "极星降噪耳机", "", 1, Decimal("50.50"), shipped=False),
    )


@pytest.mark.parametrize("order_no", [OTHERS, *UNKNOWN])
def test_what_is_somebody_elses_is_not_found(commerce: Commerce, mall: Engine, order_no: str) -> None:
    before = snapshot(mall)

    for call in (commerce.get_order, commerce.list_shipments, commerce.list_parts, commerce.get_invoice):
        with pytest.raises(OrderNotFound):
            call("m1", "c1", order_no)
    with pytest.raises(OrderNotFound):
        commerce.urge_shipment("m1", "c1", order_no, now=NOON)
    with pytest.raises(ShipmentNotFound):
        commerce.find_shipment("m1", "c1", order_no)
    with pytest.raises(ProductNotFound):
        commerce.get_product("m1", order_no)
    assert commerce.list_after_sales("m1", "c1", order_no) == []
    assert snapshot(mall) == before


def test_the_orders_of_another_shop_are_not_found_but_by_the_platform(commerce: Commerce, mall: Engine) -> None:
    with pytest.raises(OrderNotFound):
        commerce.get_order("m2", "c1", PAID)

    assert commerce.get_order(PLATFORM, "c1", PAID).order_no == PAID
    assert commerce.list_orders("m2", "c1", OrderQuery()) == []


def test_orders_are_listed_newest_first_and_as_asked_for(commerce: Commerce) -> None:
    assert numbers(commerce.list_orders("m1", "c1", OrderQuery())) == [UNPAID, PAID, SHIPPED]
    assert numbers(commerce.list_orders("m1", "c1", OrderQuery(limit=2))) == [UNPAID, PAID]
    states = frozenset({OrderState.PAID, OrderState.SHIPPED})
    assert numbers(commerce.list_orders("m1", "c1", OrderQuery(states))) == [PAID, SHIPPED]
    assert commerce.list_orders("m1", "c1", OrderQuery(product_id="P9")) == []
    assert numbers(commerce.list_orders("m1", "nobody", OrderQuery())) == []


def test_a_split_order_has_parts_and_their_parcels(commerce: Commerce, mall: Engine) -> None:
    part = "202611200000000011"
    add_order(mall, part, product_ids=("P2",))
    change_order(mall, part, parent_order_no=PAID, state="shipped")
    trace = [(NOON - timedelta(hours=3), "in_transit", "快件离开杭州转运中心")]
    add_parcel(mall, part, "SF1000000000009", trace=trace)

    assert numbers(commerce.list_parts("m1", "c1", PAID)) == [part]
    [parcel] = commerce.list_shipments("m1", "c1", PAID)
    assert (parcel.order_no, parcel.waybill_no, parcel.carrier_name) == (part, "SF1000000000009", "顺丰速运")
    assert parcel.events == (ShipmentEvent(trace[0][0], ShipmentState.IN_TRANSIT, "快件离开杭州转运中心"),)
    assert parcel.contents == ("极星降噪耳机×1",)


def test_a_parcel_is_found_in_whatever_case_its_number_was_typed(commerce: Commerce) -> None:
    assert commerce.find_shipment("m1", "c1", " sf1000000000001 ").order_no == SHIPPED
    with pytest.raises(ShipmentNotFound):
        commerce.find_shipment("m1", "c2", "SF1000000000001")


def test_cases_of_one_order_and_of_all(commerce: Commerce, mall: Engine) -> None:
    add_after_sale(mall, "AS20261120000001", order_no=PAID)
    add_after_sale(mall, "AS20261121000002", order_no=SHIPPED, created_at=NOON)
    add_after_sale(mall, "AS20261121000003", order_no=OTHERS, customer="c2")

    cases = commerce.list_after_sales("m1", "c1")

    assert [case.after_sale_no for case in cases] == ["AS20261121000002", "AS20261120000001"]
    assert (cases[1].state, cases[1].amount, cases[1].reason) == (
        AfterSaleState.PENDING_REVIEW,
        Decimal("899.00"),
        "尺码不合适",
    )
    assert commerce.list_after_sales("m1", "c1", PAID) == [cases[1]]


def test_an_invoice_or_none(commerce: Commerce, mall: Engine) -> None:
    assert commerce.get_invoice("m1", "c1", PAID) is None

    add_invoice(mall, PAID)

    expected = Invoice(PAID, "personal", "王小雨", "", "xiaoyu@example.com", "requested")
    assert commerce.get_invoice("m1", "c1", PAID) == expected


def test_products_by_number_by_name_and_by_wish(commerce: Commerce, mall: Engine) -> None:
    chart = [{"size": "S", "height_cm": [150, 159], "weight_kg": [40, 47.5]}]
    add_product(mall, "P3", "云裳羊绒衫", "羊绒衫", price="299", attributes={"材质": "羊绒"}, size_chart=chart)
    add_product(mall, "P4", "别家的围巾", "围巾", tenant="m2", price="10")

    found = commerce.get_product("m1", "P3")

    assert (found.name, found.price, found.attributes) == ("云裳羊绒衫", Decimal("299.00"), {"材质": "羊绒"})
    assert found.size_chart == tuple(chart)
    assert [(each.sku_id, each.stock) for each in found.variants] == [("P3-0", {"杭州仓": 10})]
    assert [each.product_id for each in commerce.find_products("m1", "羊绒衫" + "哈" * 3000)] == ["P3"]
    assert commerce.find_products("m1", "围巾\0\ud800") == []
    query = ProductQuery(("羊绒",), Decimal(200), Decimal("299.00"))
    assert [each.product_id for each in commerce.list_products("m1", query)] == ["P3"]
    assert [each.product_id for each in commerce.list_products("m1", ProductQuery(most=Decimal(60)))] == ["P2"]
    with pytest.raises(ProductNotFound):
        commerce.get_product("m1", "P4")
    assert commerce.get_product(PLATFORM, "P4").merchant_id == "m2"


def test_the_page_of_a_product(commerce: Commerce, mall: Engine) -> None:
    assert commerce.get_product_page("m1", "P1") is None

    with writing(mall) as session:
        session.add(StorefrontRow(tenant="m1", page="https://m1.example.com/goods/{product_id}"))

    assert commerce.get_product_page("m1", "P1") == "https://m1.example.com/goods/P1"
    with pytest.raises(ProductNotFound):
        commerce.get_product_page("m2", "P1")


def test_campaigns_that_run_now(commerce: Commerce, mall: Engine) -> None:
    add_promotion(mall, "A1", scope=PLATFORM, name="双十二")
    add_promotion(mall, "A2")
    add_promotion(mall, "A3", scope="m2")
    add_promotion(mall, "A4", ends_at=NOON)

    found = commerce.list_promotions("m1", now=NOON)

    assert [(each.promotion_id, each.scope) for each in found] == [("A2", "m1"), ("A1", PLATFORM)]


def test_coupons_membership_and_what_a_purchase_costs(commerce: Commerce, mall: Engine) -> None:
    with writing(mall) as session:
        span = {"starts_at": NOON - timedelta(days=1), "ends_at": NOON + timedelta(days=1)}
        session.add(
            CouponRow(
                coupon_id="C1", scope="m1", name="满100减15", threshold=Decimal(100), discount=Decimal(15), **span
            )
        )
        session.flush()
        session.add(WalletRow(customer_id="c1", coupon_id="C1"))

    [coupon] = commerce.list_coupons("m1", "c1", now=NOON)
    quote = commerce.quote("m1", "c1", [("P1-0", 1), ("P2-0", 1)], now=NOON)

    assert (coupon.coupon_id, coupon.threshold, coupon.used_at) == ("C1", Decimal(100), None)
    assert commerce.list_coupons("m1", "c2", now=NOON) == []
    assert (quote.goods, quote.payable) == (Decimal("150.50"), Decimal("135.50"))
    assert [(each.name, each.amount) for each in quote.deductions] == [("满100减15", Decimal("15.00"))]
    assert commerce.get_membership("m1", "c1").level == 0
    with pytest.raises(ProductNotFound):
        commerce.quote("m1", "c1", [("P9-0", 1)], now=NOON)
    for items in ([], [("P1-0", 0)], [("P1-0", 10_000)]):
        with pytest.raises(InvalidRequest):
            commerce.quote("m1", "c1", items, now=NOON)
