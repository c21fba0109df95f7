"""Where parcels are, and what the trace says when delivery went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from actions.logistics import QueryLogistics
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.mall import COAT, DAY, HOUR, SCARF, SHOES, Mall

Run = Callable[..., Said]
ORDER = "202611150003214567"
WAYBILL = "SF1478852036974"
MOVING = (
    (20 * HOUR, "picked_up", "【杭州市】顺丰速运 已收取快件"),
    (15 * HOUR, "in_transit", "【杭州市】快件已发车"),
    (9 * HOUR, "in_transit", "【成都市】快件到达【成都转运中心】"),
    (3 * HOUR, "in_transit", "【成都市】快件到达【成都武侯营业点】"),
)


@pytest.fixture
def query(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Asks where the parcel is."""

    def ask(text: str = "快递到哪了", intent: str = "query_logistics", **more: object) -> Said:
        return run(QueryLogistics(services), tracker(text, intent, **more))

    return ask


def test_track_tells_carrier_waybill_state_and_latest_events(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "in_transit", *MOVING, waybill_no=WAYBILL)

    said = query("我的包裹呢")

    assert said.texts == [
        "顺丰速运 SF1478852036974，目前【运输中】。\n"
        "订单 202611150003214567：羊毛大衣(黑色 L)×1\n"
        "11月21日 09:00 【成都市】快件到达【成都武侯营业点】\n"
        "11月21日 03:00 【成都市】快件到达【成都转运中心】\n"
        "11月20日 21:00 【杭州市】快件已发车"
    ]
    assert said.cards[0]["type"] == "logistics_track"
    assert said.cards[0]["waybill_no"] == WAYBILL
    assert said.cards[0]["state_text"] == "运输中"
    assert [event["at"] for event in said.cards[0]["events"]] == [
        "11月21日 09:00",
        "11月21日 03:00",
        "11月20日 21:00",
        "11月20日 16:00",
    ]
    assert said.slots["last_topic"] == "logistics"
    assert said.slots["order_no"] == ORDER
    assert said.slots["offer"] is None


def test_waybill_number_finds_that_parcel_alone(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", COAT, SCARF)
    mall.parcel(order, "in_transit", *MOVING, lines=[0], waybill_no=WAYBILL)
    mall.parcel(order, "in_transit", *MOVING, lines=[1], waybill_no="SF1478852036999")

    said = query(entities={"waybill_no": "SF1478852036999"})

    assert [card["waybill_no"] for card in said.cards] == ["SF1478852036999"]
    assert "的第2个包裹（共2个）：羊绒围巾(灰色)×2" in said.text


def test_several_parcels_come_with_their_contents(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", COAT, SCARF)
    mall.parcel(order, "in_transit", *MOVING, lines=[0])
    mall.parcel(order, "out_for_delivery", (HOUR, "out_for_delivery", "正在派送"), lines=[1])

    said = query()

    assert "的第1个包裹（共2个）：羊毛大衣(黑色 L)×1" in said.texts[0]
    assert "的第2个包裹（共2个）：羊绒围巾(灰色)×2" in said.texts[1]
    assert [card["state"] for card in said.cards] == ["in_transit", "out_for_delivery"]


@pytest.mark.parametrize("text", ["围巾那个包裹到哪了", "第二个包裹呢"])
def test_one_of_several_parcels_can_be_named(mall: Mall, query: Run, text: str) -> None:
    order = mall.order("shipped", COAT, SCARF)
    mall.parcel(order, lines=[0])
    mall.parcel(order, lines=[1], waybill_no=WAYBILL)

    assert [card["waybill_no"] for card in query(text).cards] == [WAYBILL]


def test_parcels_of_parts_are_shown_and_what_waits_is_said(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", COAT)
    mall.parcel(order, waybill_no=WAYBILL)
    part = mall.order("shipped", SHOES, parent_order_no=order.order_no)
    mall.parcel(part, waybill_no="SF1478852036999")
    mall.order("paid", SCARF, parent_order_no=order.order_no)

    said = query(entities={"order_no": order.order_no})

    assert [card["waybill_no"] for card in said.cards] == [WAYBILL, "SF1478852036999"]
    assert said.texts[-1] == "另外还没发出的有：羊绒围巾(灰色)×2。"


def test_estimate_is_quoted_where_the_trace_has_one(mall: Mall, query: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "in_transit", (9 * HOUR, "in_transit", "已发往成都，预计11月22日送达。请耐心等待"), *MOVING[3:])

    assert "物流信息里写的是：预计11月22日送达（11月21日 03:00）" in query("什么时候能到").text


def test_estimate_is_not_invented(mall: Mall, query: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "in_transit", *MOVING)

    assert "暂时没有预计送达时间" in query("什么时候能到").text
    assert "预计" not in query("我的包裹呢").text


@pytest.mark.parametrize(("hours", "words"), [(72, "3天"), (101, "4天5小时")])
def test_stuck_parcel_says_for_how_long_and_offers_a_person(mall: Mall, query: Run, hours: int, words: str) -> None:
    order = mall.order("shipped", placed=9 * DAY)
    mall.parcel(order, "in_transit", (hours * HOUR, "in_transit", "快件已发车"))

    said = query()

    assert f"已经{words}没有新的物流信息了" in said.text
    assert "向顺丰速运催一下" in said.text
    assert said.slots["offer"] == "handoff"
    assert said.payloads == ["/request_human"]


def test_parcel_is_not_stuck_before_three_days(mall: Mall, query: Run) -> None:
    mall.parcel(mall.order("shipped", placed=9 * DAY), "in_transit", (71 * HOUR, "in_transit", "快件已发车"))

    said = query()

    assert "没有新的物流信息" not in said.text
    assert said.slots["offer"] is None


def test_parcel_without_events_is_silent_since_its_waybill(mall: Mall, query: Run) -> None:
    mall.parcel(mall.order("shipped", placed=9 * DAY), "created", created=80 * HOUR)

    said = query()

    assert "运单在 11月18日 04:00 生成，快递还没有更新轨迹" in said.text
    assert "已经3天8小时没有新的物流信息了" in said.text


def test_delivered_parcel_says_when_and_where_as_the_trace_words_it(mall: Mall, query: Run, now: datetime) -> None:
    order = mall.order("completed", received_at=now - 30 * HOUR, placed=4 * DAY)
    mall.parcel(order, "delivered", (30 * HOUR, "delivered", "快件已由【武侯菜鸟驿站】代收，请凭取件码6-2-1005取件"))

    said = query()

    assert "包裹已在 11月20日 06:00 签收。" in said.text
    assert "【武侯菜鸟驿站】代收，请凭取件码6-2-1005取件" in said.text
    assert "没有确认收货" not in said.text
    assert said.buttons == []


def test_old_delivery_is_not_stuck(mall: Mall, query: Run, now: datetime) -> None:
    order = mall.order("completed", received_at=now - 30 * DAY, placed=40 * DAY)
    mall.parcel(order, "delivered", (30 * DAY, "delivered", "已签收"))

    assert "没有新的物流信息" not in query().text


def test_signed_but_not_confirmed_asks_back(mall: Mall, query: Run) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "delivered", (5 * HOUR, "delivered", "已签收，签收人：门卫代收"))

    said = query()

    assert "订单还没有确认收货。如果您其实没有收到，请告诉我。" in said.text
    assert said.payloads == [f'/report_logistics_problem{{"order_no": "{ORDER}"}}']


@pytest.mark.parametrize("state", ["exception", "returned"])
def test_trouble_offers_a_person(mall: Mall, query: Run, state: str) -> None:
    mall.parcel(mall.order("shipped"), state, (5 * HOUR, state, "派送不成功"))

    said = query()

    assert said.slots["offer"] == "handoff"
    assert "转人工客服" in said.text


def test_pressing_a_moving_parcel_offers_a_person(mall: Mall, query: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "in_transit", *MOVING)

    said = query("快点快点", "urge", slots={"order_no": order.order_no, "last_topic": "logistics"})

    assert "包裹还在路上" in said.text
    assert said.slots["offer"] == "handoff"


def test_unshipped_order_says_so_with_its_promise(mall: Mall, query: Run, now: datetime) -> None:
    mall.order("paid", order_no=ORDER, ship_by=now - 26 * HOUR)

    said = query()

    assert "订单 202611150003214567（羊毛大衣(黑色 L)×1，299.00元）目前是【待发货】，还没有物流信息。" in said.text
    assert "已经超时1天2小时" in said.text
    assert said.slots["offer"] == "urge_shipment"
    assert said.cards[0]["type"] == "order_card"


def test_several_orders_under_way_are_asked_for(mall: Mall, query: Run) -> None:
    mall.parcel(mall.order("shipped"))
    mall.parcel(mall.order("shipped", SHOES))

    said = query()

    assert said.followup == "order_form"
    assert said.slots["task"] == "query_logistics"


def test_foreign_waybill_is_not_found(mall: Mall, query: Run) -> None:
    mall.parcel(mall.order("shipped", customer="c2"), waybill_no=WAYBILL)

    foreign = query(entities={"waybill_no": WAYBILL})
    missing = query(entities={"waybill_no": "SF0000000000000"})

    assert foreign.text.replace(WAYBILL, "N") == missing.text.replace("SF0000000000000", "N")
    assert foreign.cards == []
    assert "order_no" not in foreign.slots


def test_anonymous_visitors_see_no_parcel(mall: Mall, query: Run) -> None:
    mall.parcel(mall.order("shipped"), waybill_no=WAYBILL)

    said = query(entities={"waybill_no": WAYBILL}, role="anonymous", subject="anonymous")

    assert "需要先登录" in said.text
    assert said.cards == []


def test_a_silent_carrier_is_told_before_what_it_said_last(
    mall: Mall, silent_carriers: Services, tracker: TrackerMaker, run: Run
) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "in_transit", MOVING[-1], waybill_no=WAYBILL)

    said = run(QueryLogistics(silent_carriers), tracker("快递到哪了", "query_logistics"))

    assert said.texts == [
        "顺丰速运 SF1478852036974，目前【运输中】。\n"
        "订单 202611150003214567：羊毛大衣(黑色 L)×1\n"
        "物流公司暂时查不到最新进展，下面是 11月21日 10:00 的记录。\n"
        "11月21日 09:00 【成都市】快件到达【成都武侯营业点】"
    ]
