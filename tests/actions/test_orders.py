"""What is said of an order in every state, and of one that comes in parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from actions.orders import QueryOrder, SplitOrder
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.mall import COAT, DAY, HOUR, SCARF, SHOES, Mall

Run = Callable[..., Said]
ORDER = "202611150003214567"


@pytest.fixture
def query(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Asks where the order stands."""

    def ask(text: str = "我的订单到哪一步了", intent: str = "query_order", **more: object) -> Said:
        return run(QueryOrder(services), tracker(text, intent, **more))

    return ask


@pytest.fixture
def split(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Asks why the order comes in parts."""

    def ask(text: str = "怎么是两个包裹", **more: object) -> Said:
        return run(SplitOrder(services), tracker(text, "split_order", **more))

    return ask


def test_unpaid_order_says_until_when_it_must_be_paid(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("pending_payment", order_no=ORDER, closes_at=now + 6 * HOUR)

    said = query()

    assert said.texts == [
        "您的订单 202611150003214567 目前是【待付款】。\n商品：羊毛大衣(黑色 L)×1\n金额：299.00元\n"
        "还没有付款，请在 11月21日 18:00 前完成付款，付款后商家才会发货，逾期订单会关闭。"
    ]
    assert said.slots["offer"] is None


def test_unpaid_order_past_its_time_is_not_promised_anything(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("pending_payment", closes_at=now - 6 * HOUR)

    assert "付款时限 11月21日 06:00 已经过了" in query().text


def test_group_purchase_says_how_many_are_missing(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("pending_group", closes_at=now + 8 * HOUR, group_size=3, group_joined=1)

    assert "需要3人，目前已有1人参团，还差2人，需要在 11月21日 20:00 前成团" in query().text


def test_group_purchase_that_failed_is_said_to_have_failed(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("pending_group", closes_at=now - 8 * HOUR, group_size=3, group_joined=1)

    assert "到截止时间 11月21日 04:00 只有1人参团，还差2人，没有成团" in query().text


def test_paid_order_says_since_when_and_what_was_promised(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("paid", order_no=ORDER, paid_at=now - 20 * HOUR, ship_by=now + 28 * HOUR)

    said = query()

    assert said.texts == [
        "您的订单 202611150003214567 目前是【待发货】。\n商品：羊毛大衣(黑色 L)×1\n金额：299.00元\n"
        "付款时间是 11月20日 16:00，商家还没有发货。\n商家承诺在 11月22日 16:00 前发货，目前还没有超时。\n"
        "需要我帮您催一下商家发货吗？"
    ]
    assert said.buttons == [{"title": "催发货", "payload": f'/urge_shipment{{"order_no": "{ORDER}"}}'}]
    assert said.slots["offer"] == "urge_shipment"
    assert said.slots["order_no"] == ORDER
    assert said.slots["last_topic"] == "orders"
    assert said.slots["failures"] == 0


@pytest.mark.parametrize(("late", "words"), [(30, "1天6小时"), (48, "2天"), (5, "5小时")])
def test_overdue_shipment_is_admitted(mall: Mall, query: Run, now: datetime, late: int, words: str) -> None:
    mall.order("paid", ship_by=now - late * HOUR)

    assert f"现在已经超时{words}，很抱歉让您久等了" in query().text


def test_order_card_carries_what_the_text_says(mall: Mall, query: Run) -> None:
    mall.order("paid", COAT, SCARF, order_no=ORDER, placed=DAY)

    assert query().cards == [
        {
            "type": "order_card",
            "order_no": ORDER,
            "state": "paid",
            "state_text": "待发货",
            "amount": "498.00",
            "lines": [
                {"product_name": "羊毛大衣", "variant": "黑色 L", "quantity": 1, "unit_price": "299.00"},
                {"product_name": "羊绒围巾", "variant": "灰色", "quantity": 2, "unit_price": "99.50"},
            ],
            "created_at": "11月20日 12:00",
        }
    ]


def test_partly_shipped_order_says_what_left_and_what_waits(mall: Mall, query: Run) -> None:
    order = mall.order("partially_shipped", COAT, SCARF)
    mall.parcel(order, "in_transit", (5 * HOUR, "in_transit", "已发车"), lines=[0], waybill_no="SF1478852036974")

    said = query()

    assert "已发出：羊毛大衣(黑色 L)×1\n还没发出：羊绒围巾(灰色)×2" in said.text
    assert "顺丰速运 SF1478852036974，运输中（11月21日 07:00 更新）" in said.text
    assert said.titles == ["催发货", "查物流"]
    assert said.slots["offer"] == "urge_shipment"


def test_shipped_order_offers_its_track(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", placed=2 * DAY)
    mall.parcel(order, "in_transit", (5 * HOUR, "in_transit", "已发车"), waybill_no="SF1478852036974")

    said = query()

    assert "商家已在 11月19日 17:00 发货。" in said.text
    assert "顺丰速运 SF1478852036974，运输中" in said.text
    assert said.slots["offer"] == "query_logistics"
    assert said.titles == ["查物流"]


def test_shipped_order_that_was_signed_for_asks_whether_it_arrived(mall: Mall, query: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "delivered", (5 * HOUR, "delivered", "已签收，签收人：门卫"))

    said = query()

    assert "物流显示包裹已经签收，但订单还没有确认收货" in said.text
    assert "没有收到" in said.titles


def test_completed_order_says_when_it_was_received(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("completed", received_at=now - 2 * DAY)

    assert "包裹已在 11月19日 12:00 签收，订单已完成" in query().text


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        ("closed", {}, "订单没有付款，已经关闭"),
        ("cancelled", {"paid_at": None}, "订单在付款前已经取消，没有扣款"),
    ],
)
def test_orders_that_are_over_say_why(
    mall: Mall, query: Run, state: str, columns: dict[str, object], words: str
) -> None:
    mall.order(state, **columns)

    assert words in query().text


def test_cancelled_order_mentions_its_refund(mall: Mall, query: Run) -> None:
    order = mall.order("cancelled")
    case = mall.case(order, "refund", "refunding")

    said = query()

    assert f"售后：退款（{case.after_sale_no}），退款处理中，金额299.00元。" in said.text
    assert said.titles == ["查售后进度"]


def test_cancelled_and_paid_order_without_a_refund_offers_a_person(mall: Mall, query: Run) -> None:
    mall.order("cancelled")

    said = query()

    assert "没有查到这笔订单的退款记录" in said.text
    assert said.slots["offer"] == "handoff"


def test_running_case_is_mentioned_and_a_withdrawn_one_is_not(mall: Mall, query: Run, now: datetime) -> None:
    order = mall.order("completed", received_at=now - DAY)
    mall.case(order, "exchange", "withdrawn", amount="0")
    running = mall.case(order, "return", "awaiting_return")

    text = query().text

    assert f"退货退款（{running.after_sale_no}），待寄回商品" in text
    assert "换货" not in text


def test_split_order_lists_its_parts_with_their_states(mall: Mall, query: Run, now: datetime) -> None:
    order = mall.order("shipped", COAT)
    mall.parcel(order, "in_transit", (5 * HOUR, "in_transit", "已发车"))
    part = mall.order("paid", SCARF, parent_order_no=order.order_no, ship_by=now - 3 * HOUR)

    said = query()

    assert "这笔订单拆成了2部分：\n1. 原订单：羊毛大衣(黑色 L)×1，已发货\n" in said.text
    assert f"2. 拆分订单 {part.order_no}：羊绒围巾(灰色)×2，待发货" in said.text
    assert "已经超时3小时" in said.text
    assert said.slots["offer"] == "urge_shipment"
    assert said.slots["order_no"] == order.order_no


def test_part_names_the_order_that_it_was_split_from(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", COAT)
    part = mall.order("paid", SCARF, parent_order_no=order.order_no)

    said = query(entities={"order_no": part.order_no})

    assert f"这是订单 {order.order_no} 拆分出来的一部分。" in said.text


def test_high_value_is_remembered(mall: Mall, query: Run) -> None:
    mall.order("paid", amount=Decimal("5000.00"))
    assert query().slots["high_value"] is True


def test_low_value_is_remembered(mall: Mall, query: Run) -> None:
    mall.order("paid", amount=Decimal("4999.99"))
    assert query().slots["high_value"] is False


def test_no_orders_at_all(mall: Mall, query: Run) -> None:
    said = query()

    assert said.texts == ["没有查到您在这里的订单。如果是用别的账号下的单，请换成下单的账号登录再来问我。"]
    assert said.cards == []


def test_anonymous_visitors_are_asked_to_sign_in_and_see_nothing(mall: Mall, query: Run) -> None:
    mall.order("paid", order_no=ORDER)

    said = query(entities={"order_no": ORDER}, subject="anonymous", role="anonymous", order_no=ORDER)

    assert "需要先登录" in said.text
    assert ORDER not in said.text
    assert said.cards == []
    assert "order_no" not in said.slots


def test_merchant_staff_have_no_orders(mall: Mall, query: Run) -> None:
    mall.order("paid", order_no=ORDER, customer="c1")

    said = query(entities={"order_no": ORDER}, role="merchant")

    assert "商家账号" in said.text
    assert said.cards == []


def test_platform_sees_orders_of_all_merchants(mall: Mall, query: Run) -> None:
    mall.order("paid", SHOES, merchant="m2", order_no=ORDER)

    assert "运动鞋(白色 42)×1" in query(tenant="platform").text
    assert query(tenant="m1").cards == []


def test_two_parcels_are_told_apart_by_their_contents(mall: Mall, split: Run) -> None:
    order = mall.order("shipped", COAT, SCARF, order_no=ORDER)
    mall.parcel(order, "in_transit", (5 * HOUR, "in_transit", "已发车"), lines=[0], waybill_no="SF1000000000001")
    mall.parcel(order, "delivered", (2 * HOUR, "delivered", "已签收"), lines=[1], waybill_no="SF1000000000002")

    said = split()

    assert "包裹1：羊毛大衣(黑色 L)×1，顺丰速运 SF1000000000001，运输中" in said.text
    assert "包裹2：羊绒围巾(灰色)×2，顺丰速运 SF1000000000002，已签收" in said.text
    assert said.slots["offer"] == "query_logistics"
    assert said.cards[0]["order_no"] == ORDER


def test_what_is_still_to_come_is_said_with_its_promise(mall: Mall, split: Run, now: datetime) -> None:
    order = mall.order("partially_shipped", COAT, SCARF, ship_by=now + 4 * HOUR)
    mall.parcel(order, lines=[0])

    said = split("剩下的呢")

    assert "还没发出：羊绒围巾(灰色)×2\n商家承诺在 11月21日 16:00 前发货" in said.text
    assert said.slots["offer"] == "urge_shipment"


def test_reason_of_a_split_is_not_invented(mall: Mall, split: Run) -> None:
    order = mall.order("shipped", COAT, SCARF)
    mall.parcel(order, lines=[0])
    mall.parcel(order, lines=[1])

    said = split("为什么拆成两单")

    assert "系统里没有记录" in said.text
    assert "/request_human" in said.payloads


def test_order_in_one_parcel_is_said_not_to_be_split(mall: Mall, split: Run) -> None:
    mall.parcel(mall.order("shipped"))

    assert "这笔订单没有拆分，只有一个包裹。" in split().text


def test_the_one_order_that_did_come_in_parts_is_meant(mall: Mall, split: Run) -> None:
    mall.parcel(mall.order("shipped", SHOES))
    order = mall.order("shipped", COAT, SCARF, placed=3 * DAY)
    mall.parcel(order, lines=[0])
    mall.parcel(order, lines=[1])

    said = split()

    assert said.slots["order_no"] == order.order_no
    assert said.followup is None
