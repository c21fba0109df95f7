"""Pressing for shipment: what is written, and what is said where there is nothing to press for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.orders import UrgeShipment
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker, make_services, make_tracker, run_action
from tests.actions.mall import COAT, DAY, HOUR, SCARF, SHOES, Mall
from xiaoer.commerce.model import OrderState, Reminder

Run = Callable[..., Said]
ORDER = "202611150003214567"


@pytest.fixture
def urge(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Presses for shipment."""

    def ask(text: str = "怎么还没给我发货", intent: str = "urge_shipment", **more: object) -> Said:
        return run(UrgeShipment(services), tracker(text, intent, **more))

    return ask


def test_reminder_is_written_at_once(mall: Mall, urge: Run, now: datetime) -> None:
    mall.order("paid", order_no=ORDER, ship_by=now - 26 * HOUR)

    said = urge()

    assert mall.reminders() == [ORDER]
    assert said.texts == [
        "已经帮您催促商家发货：订单 202611150003214567（羊毛大衣(黑色 L)×1），催促时间 11月21日 12:00。\n"
        "商家承诺在 11月20日 10:00 前发货，现在已经超时1天2小时，很抱歉让您久等了。"
    ]
    assert [card["type"] for card in said.cards] == ["order_card"]
    assert said.slots["offer"] is None
    assert said.slots["order_no"] == ORDER


def test_second_time_on_a_day_writes_nothing_and_says_when(
    mall: Mall, urge: Run, services: Services, now: datetime
) -> None:
    mall.order("paid", order_no=ORDER)
    services.commerce.urge_shipment("m1", "c1", ORDER, now=now - 2 * HOUR)

    said = urge()

    assert mall.reminders() == [ORDER]
    assert "今天 10:00 已经帮您催过商家了" in said.text
    assert said.slots["offer"] == "handoff"
    assert said.payloads == ["/request_human"]


def test_next_day_writes_again(mall: Mall, urge: Run, services: Services, now: datetime) -> None:
    mall.order("paid", order_no=ORDER)
    services.commerce.urge_shipment("m1", "c1", ORDER, now=now - DAY)

    urge()

    assert mall.reminders() == [ORDER, ORDER]


def test_rest_of_a_partly_shipped_order_is_pressed_for(mall: Mall, urge: Run) -> None:
    order = mall.order("partially_shipped", COAT, SCARF, order_no=ORDER)
    mall.parcel(order, lines=[0])

    said = urge()

    assert mall.reminders() == [ORDER]
    assert "催促商家发出剩下的商品：订单 202611150003214567（羊绒围巾(灰色)×2）" in said.text


def test_waiting_part_of_a_shipped_order_is_pressed_for(mall: Mall, urge: Run) -> None:
    order = mall.order("shipped", COAT)
    mall.parcel(order)
    part = mall.order("paid", SCARF, parent_order_no=order.order_no)

    urge(entities={"order_no": order.order_no})

    assert mall.reminders() == [part.order_no]


def test_shipped_order_shows_its_track_and_writes_nothing(mall: Mall, urge: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "in_transit", (5 * HOUR, "in_transit", "已发车"), waybill_no="SF1478852036974")

    said = urge()

    assert mall.reminders() == []
    assert "已经发货了，不用再催" in said.text
    assert "顺丰速运 SF1478852036974，目前【运输中】" in said.text
    assert [card["type"] for card in said.cards] == ["logistics_track"]
    assert said.slots["last_topic"] == "logistics"


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        ("pending_payment", {"closes_at": timedelta(hours=3)}, "请在 11月21日 15:00 前完成付款"),
        ("pending_group", {"group_size": 3, "group_joined": 2, "closes_at": timedelta(hours=3)}, "还差1人"),
        ("completed", {"received_at": timedelta(days=-1)}, "已在 11月20日 12:00 签收"),
        ("cancelled", {"paid_at": None}, "已经取消"),
        ("closed", {}, "已经关闭"),
    ],
)
def test_what_cannot_be_pressed_for_gets_the_truth(
    mall: Mall, urge: Run, now: datetime, state: str, columns: dict[str, object], words: str
) -> None:
    mall.order(
        state, **{name: now + value if isinstance(value, timedelta) else value for name, value in columns.items()}
    )
    before = mall.rows()

    said = urge()

    assert mall.rows() == before
    assert words in said.text
    assert "现在没有需要催发的商品" in said.text


def test_order_shipped_between_look_and_write_gets_its_track(mall: Mall, services: Services) -> None:
    order = mall.order("paid")

    class Racing(type(services.commerce)):  # type: ignore[misc]
        def urge_shipment(self, *args: str, now: datetime) -> Reminder:
            with_parcel = mall.parcel(order)
            assert with_parcel
            from sqlalchemy import update

            from xiaoer.commerce.tables import OrderRow
            from xiaoer.database import writing

            with writing(mall.engine) as session:
                session.execute(update(OrderRow).values(state=OrderState.SHIPPED.value))
            return super().urge_shipment(*args, now=now)

    racing = make_services(mall.engine, mall.now)
    object.__setattr__(racing, "commerce", Racing(mall.engine))

    said = run_action(UrgeShipment(racing), make_tracker("催发货", "urge_shipment"))

    assert mall.reminders() == []
    assert "已经发货了，不用再催" in said.text


def test_several_waiting_orders_are_asked_for(mall: Mall, urge: Run) -> None:
    newer = mall.order("paid")
    older = mall.order("paid", SHOES, placed=2 * DAY)

    said = urge()

    assert mall.reminders() == []
    assert said.followup == "order_form"
    assert said.slots["task"] == "urge_shipment"
    assert said.slots["options"] == [newer.order_no, older.order_no]


@pytest.mark.parametrize(
    "text", ["都催一下", "所有订单都催一下", "全部催一下发货", "两个订单都催一下吧", "帮我都催一下"]
)
def test_all_waiting_orders_can_be_pressed_for_at_once(mall: Mall, urge: Run, text: str) -> None:
    newer = mall.order("paid")
    older = mall.order("paid", SHOES, placed=2 * DAY)
    mall.order("completed", SCARF)

    said = urge(text)

    assert sorted(mall.reminders()) == sorted([newer.order_no, older.order_no])
    assert len(said.cards) == 2


@pytest.mark.parametrize("text", ["都三天了还没发", "怎么都不发货", "你们都不发货的吗"])
def test_impatience_is_not_taken_for_all_orders(mall: Mall, urge: Run, text: str) -> None:
    mall.order("paid")
    mall.order("paid", SHOES)

    assert urge(text).followup == "order_form"
    assert mall.reminders() == []


def test_named_product_tells_which_order(mall: Mall, urge: Run) -> None:
    mall.order("paid")
    shoes = mall.order("paid", SHOES)

    urge("运动鞋怎么还不发货")

    assert mall.reminders() == [shoes.order_no]


def test_foreign_order_is_not_found_and_nothing_is_written(mall: Mall, urge: Run) -> None:
    mall.order("paid", order_no=ORDER, customer="c2")
    before = mall.rows()

    foreign = urge(entities={"order_no": ORDER}, slots={"order_no": None})
    missing = urge(entities={"order_no": "202611159999999999"})

    assert mall.rows() == before
    assert foreign.text.replace(ORDER, "N") == missing.text.replace("202611159999999999", "N")
    assert ORDER in foreign.text
    assert "order_no" not in foreign.slots
    assert foreign.slots["failures"] == 1
    assert foreign.cards == []


def test_order_of_another_merchant_is_not_found(mall: Mall, urge: Run) -> None:
    mall.order("paid", order_no=ORDER, merchant="m2")

    said = urge(entities={"order_no": ORDER})

    assert mall.reminders() == []
    assert "没有查到 202611150003214567 对应的订单" in said.text


def test_nobody_without_an_account_writes(mall: Mall, urge: Run) -> None:
    mall.order("paid", order_no=ORDER)
    before = mall.rows()

    urge(entities={"order_no": ORDER}, role="anonymous", subject="anonymous")
    urge(entities={"order_no": ORDER}, role="merchant")

    assert mall.rows() == before


def test_nothing_waits_but_others_are_under_way(mall: Mall, urge: Run, now: datetime) -> None:
    mall.order("pending_payment", closes_at=now + HOUR)
    mall.parcel(mall.order("shipped", SHOES))

    said = urge()

    assert "您目前没有等待发货的订单" in said.text
    assert len(said.buttons) == 2
    assert mall.reminders() == []


def test_two_processes_write_one_reminder(engine: Engine, now: datetime) -> None:
    mall = Mall(engine, now)
    mall.order("paid", order_no=ORDER)

    def press(_: int) -> Said:
        return run_action(UrgeShipment(make_services(engine, now)), make_tracker("催发货", "urge_shipment"))

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(press, range(4)))

    assert mall.reminders() == [ORDER]
    assert sum("已经帮您催促" in each.text for each in said) == 1
    assert sum("已经帮您催过" in each.text for each in said) == 3
