"""Cancelling an order and changing it: what is shown, what is written, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from actions.service.doing import InterceptParcel
from actions.service.tasks import CancelOrder, ChangeAddress, ChangeOrderTask, ExchangeGoods
from actions.services import Services
from tests.actions.conftest import make_tracker, run_action
from tests.actions.mall import COAT, SCARF, Mall
from tests.actions.service.talking import Talk
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, StockRow, VariantRow
from xiaoer.database import reading, writing
from xiaoer.service.tables import FollowUpRow

COLUMNS = ("state", "receiver_name", "receiver_phone", "receiver_address", "remark", "amount")


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services)


@pytest.fixture
def coats(mall: Mall) -> OrderRow:
    """A paid order of one black coat in L; there is black XL, and white L that is dearer, and no more black S."""
    order = mall.order("paid", COAT)
    with writing(mall.engine) as session:
        bought = session.get(VariantRow, "m1-羊毛大衣-黑色 L")
        bought.color, bought.size, bought.position = "黑色", "L", 1
        for place, (color, size, price) in enumerate(
            (("黑色", "S", "299.00"), ("黑色", "XL", "299.00"), ("白色", "L", "399.00"), ("灰色", "L", "249.00"))
        ):
            session.add(
                VariantRow(
                    sku_id=f"{color}{size}",
                    product_id="m1-羊毛大衣",
                    position=(0, 2, 3, 4)[place],
                    name=f"{color} {size}",
                    color=color,
                    size=size,
                    price=Decimal(price),
                )
            )
        session.flush()
        for sku in ("m1-羊毛大衣-黑色 L", "黑色XL", "白色L", "灰色L"):
            session.add(StockRow(sku_id=sku, warehouse="hz", quantity=5))
        session.add(StockRow(sku_id="黑色S", warehouse="hz", quantity=0))
    return order


def row(mall: Mall, order: OrderRow) -> dict[str, Any]:
    with reading(mall.engine) as session:
        found = session.get(OrderRow, order.order_no)
        lines = [(line.variant, line.quantity) for line in found.lines]
        return {**{name: getattr(found, name) for name in COLUMNS}, "lines": lines}


def cases(mall: Mall) -> list[tuple[str, str, str, Decimal]]:
    with reading(mall.engine) as session:
        found = session.scalars(select(AfterSaleRow).order_by(AfterSaleRow.created_at))
        return [(case.order_no, case.kind, case.state, case.amount) for case in found]


def test_a_paid_order_is_cancelled_and_refunded_once(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")

    talk.begin(CancelOrder, "拍错了，取消订单", "cancel_order", {"reason": "ordered_by_mistake"})
    assert talk.fields == {"当前状态": "待发货", "退款金额": "299.00元，原路退回", "取消原因": "拍错了"}
    assert cases(mall) == []
    slots = dict(talk.slots)
    first = talk.say("对，确认", "affirm")
    talk.slots, talk.open = slots, True  # the same confirmation once more, as a client that tries again sends it
    talk.say("对，确认", "affirm")

    assert first.startswith(f"订单 {order.order_no}（羊毛大衣(黑色 L)×1）已经取消。\n退款299.00元已经发起，原路退回")
    assert row(mall, order)["state"] == "cancelled"
    assert cases(mall) == [(order.order_no, "refund", "refunding", Decimal("299.00"))]


@pytest.mark.parametrize("state", ["pending_payment", "pending_group", "paid"])
@pytest.mark.parametrize(
    "words", ["确认", "嗯嗯", "好，取消吧", "对，取消", "可以", "是的", "没问题", "帮我取消掉", "ok", "確認"]
)
def test_many_words_agree_to_a_cancellation(mall: Mall, talk: Talk, state: str, words: str) -> None:
    order = mall.order(state)
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    talk.say(words, "cancel_order")

    assert row(mall, order)["state"] == "cancelled"
    assert len(cases(mall)) == (0 if state == "pending_payment" else 1)


@pytest.mark.parametrize(
    "words",
    [
        "先不取消了",
        "不取消了",
        "改主意了不取消了",
        "算了",
        "那算了吧",
        "算了还是留着吧",
        "不想取消了",
        "先不办了",
        "放弃",
    ],
)
def test_many_words_give_a_cancellation_up(mall: Mall, talk: Talk, words: str) -> None:
    order = mall.order("paid")
    before = row(mall, order)
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    assert talk.say(words, "cancel_order") == "好的，没有提交，什么都没有改动。需要时再告诉我。"
    assert not talk.open
    assert (row(mall, order), cases(mall)) == (before, [])
    assert talk.slots["service"] is None


@pytest.mark.parametrize("words", ["不", "不对", "等等", "不行", "我要修改", "嗯…等等，先别取消"])
def test_a_no_asks_what_is_wrong(mall: Mall, talk: Talk, words: str) -> None:
    order = mall.order("paid")
    before = row(mall, order)
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    assert talk.say(words, "deny").startswith("好的，先不提交。哪里要改，直接告诉我就行")
    assert talk.asked == "confirm"
    assert row(mall, order) == before


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("shipped", "已经发货，不能直接取消了"),
        ("partially_shipped", "已经发出了一部分，不能整单取消了"),
        ("completed", "已经签收，不能取消了"),
        ("cancelled", "目前是【已取消】，不能再改了"),
        ("closed", "目前是【已关闭】，不能再改了"),
    ],
)
def test_too_late_to_cancel(mall: Mall, talk: Talk, state: str, told: str) -> None:
    order = mall.order(state)
    before = row(mall, order)

    assert told in talk.begin(CancelOrder, "取消订单", "cancel_order", {"order_no": order.order_no})
    assert not talk.open
    assert (row(mall, order), cases(mall)) == (before, [])


def test_a_parcel_is_stopped_once_a_day(services: Services, mall: Mall, talk: Talk) -> None:
    order = mall.order("shipped")
    talk.begin(CancelOrder, "取消订单", "cancel_order")
    assert talk.slots["offer"] == "intercept_parcel"

    said = [
        run_action(InterceptParcel(services), make_tracker("好的", "affirm", slots=dict(talk.slots))) for _ in range(2)
    ]

    assert said[0].text.startswith(f"已经把拦截请求提交给商家：订单 {order.order_no}")
    assert (
        said[1].text
        == f"订单 {order.order_no}（羊毛大衣(黑色 L)×1）今天已经提交过拦截请求，商家正在处理，没有重复提交。"
    )
    with reading(mall.engine) as session:
        assert [(each.order_no, each.topic) for each in session.scalars(select(FollowUpRow))] == [
            (order.order_no, "intercept")
        ]


def test_somebody_elses_order_is_not_there(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid", customer="c2")
    before = row(mall, order)

    for action, intent in ((CancelOrder, "cancel_order"), (ChangeAddress, "change_address")):
        told = talk.begin(action, f"{order.order_no}改成杭州市文三路1号", intent, {"order_no": order.order_no})
        assert (
            told
            == f"没有查到 {order.order_no} 对应的订单，请核对一下号码再发给我。订单号是18位数字，在订单详情里可以看到。"
        )
        assert not talk.open
    assert (row(mall, order), cases(mall)) == (before, [])


def test_an_order_that_leaves_before_the_confirmation_is_not_cancelled(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")
    talk.begin(CancelOrder, "取消订单", "cancel_order")
    with writing(mall.engine) as session:
        session.get(OrderRow, order.order_no).state = "shipped"

    assert talk.say("确认", "affirm").startswith("没有办成，什么都没有改动：订单")
    assert (row(mall, order)["state"], cases(mall)) == ("shipped", [])


def test_several_orders_are_cancelled_one_after_the_other(mall: Mall, talk: Talk) -> None:
    one, two = mall.order("paid"), mall.order("paid", SCARF)

    told = talk.begin(CancelOrder, "我的订单都取消", "cancel_order")
    assert told.startswith("一共2笔，需要逐笔确认，先办第一笔：")
    assert talk.say("确认", "affirm").endswith("还没有提交，要继续吗？")
    assert talk.slots["offer"] == "resume_service"
    talk.resume()
    talk.say("确认", "affirm")

    assert {row(mall, order)["state"] for order in (one, two)} == {"cancelled"}
    assert len(cases(mall)) == 2
    assert talk.slots["paused"] is None


def test_all_parts_of_a_recipient_in_one_message(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")
    found = {"person": "李雷", "phone": "13912345678", "address": "浙江省杭州市余杭区文一西路969号3幢501"}

    talk.begin(ChangeAddress, "地址改成文一西路，收件人李雷，电话13912345678", "change_address", found)

    assert talk.fields == {
        "收件人": "张三 → 李雷",
        "手机号": "13800000001 → 13912345678",
        "收货地址": "浙江省杭州市西湖区文三路1号 → 浙江省杭州市余杭区文一西路969号3幢501",
    }
    assert row(mall, order)["receiver_name"] == "张三"
    assert talk.say("没错", "affirm").startswith(f"已经改好了，订单 {order.order_no}")
    changed = row(mall, order)
    assert (changed["receiver_name"], changed["receiver_phone"]) == ("李雷", "13912345678")
    assert changed["receiver_address"] == "浙江省杭州市余杭区文一西路969号3幢501"


@pytest.mark.parametrize(
    ("words", "slot"),
    [
        ("收货电话写错了", "receiver_phone"),
        ("换个手机号", "receiver_phone"),
        ("收件人名字错了", "receiver_name"),
        ("地址填错了", "address"),
        ("收货信息要改", "address"),
        ("地址没错，收件人名字要改", "receiver_name"),
        ("地址和收件人都要改", "receiver_name"),
    ],
)
def test_the_part_that_is_named_is_asked_for(mall: Mall, talk: Talk, words: str, slot: str) -> None:
    mall.order("paid")

    talk.begin(ChangeAddress, words, "change_address")

    assert talk.asked == slot


def test_phone_and_name_are_asked_for_one_after_the_other(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")
    talk.begin(ChangeAddress, "收件人和电话都要改", "change_address")

    assert talk.asked == "receiver_name"
    talk.say("韩梅梅")
    assert talk.asked == "receiver_phone"
    talk.say("13900001111", entities={"phone": "13900001111"})
    talk.say("好的", "affirm")

    changed = row(mall, order)
    assert (changed["receiver_name"], changed["receiver_phone"]) == ("韩梅梅", "13900001111")
    assert changed["receiver_address"] == "浙江省杭州市西湖区文三路1号"


def test_the_address_of_what_has_left_is_for_a_person(mall: Mall, talk: Talk) -> None:
    order = mall.order("shipped")
    before = row(mall, order)

    assert "已经发货，系统里改不了地址了" in talk.begin(ChangeAddress, "改地址", "change_address")
    assert talk.told[-1].titles == ["转人工联系快递", "查物流"]
    assert talk.slots["offer"] == "handoff"
    assert row(mall, order) == before


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("大一码", "黑色 L → 黑色 XL"),
        ("换成XL", "黑色 L → 黑色 XL"),
        ("黑色L换成黑色XL", "黑色 L → 黑色 XL"),
    ],
)
def test_another_variant(mall: Mall, coats: OrderRow, talk: Talk, words: str, shown: str) -> None:
    talk.begin(ChangeOrderTask, words, "change_order")
    assert talk.fields == {"规格": shown}

    talk.say("对，确认", "affirm")

    assert row(mall, coats)["lines"] == [("黑色 XL", 1)]
    assert cases(mall) == []


def test_a_cheaper_variant_gives_money_back(mall: Mall, coats: OrderRow, talk: Talk) -> None:
    talk.begin(ChangeOrderTask, "改成灰色", "change_order")
    assert talk.fields == {"规格": "黑色 L → 灰色 L", "退回差额": "50.00元，原路退回"}

    talk.say("确认", "affirm")

    assert row(mall, coats)["lines"] == [("灰色 L", 1)]
    assert cases(mall) == [(coats.order_no, "refund", "refunding", Decimal("50.00"))]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("改成白色", "这样改要多付100.00元，已付款的订单不能补款。可以取消后重新下单，或者转人工问商家。"),
        ("再加一件", "这样改要多付299.00元，已付款的订单不能补款。可以取消后重新下单，或者转人工问商家。"),
        ("小一码", "“黑色 S”现在没有货，暂时换不了。"),
    ],
)
def test_what_can_not_be_changed(mall: Mall, coats: OrderRow, talk: Talk, words: str, told: str) -> None:
    before = row(mall, coats)

    assert talk.begin(ChangeOrderTask, words, "change_order", _pieces(words)) == told
    assert not talk.open
    assert row(mall, coats) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("换成紫色", "没有“紫色”这个规格"),
        ("换成黑色L", "现在就是“黑色 L”，没有变化。"),
        ("数量改成1件", "现在就是1件，没有变化。"),
        ("少要一件", "数量至少是1件。"),
    ],
)
def test_what_is_no_change(mall: Mall, coats: OrderRow, talk: Talk, words: str, told: str) -> None:
    assert talk.begin(ChangeOrderTask, words, "change_order", _pieces(words)).startswith(told)
    assert talk.asked in ("variant", "quantity")


def _pieces(words: str) -> dict[str, Any]:
    return {"quantity": 1} if "一件" in words or "1件" in words else {}


def test_a_bare_number_of_pieces(mall: Mall, talk: Talk) -> None:
    mall.order("paid", SCARF)

    talk.begin(ChangeOrderTask, "数量改成1", "change_order")

    assert talk.fields["数量"] == "2 → 1"


@pytest.mark.parametrize(
    ("words", "pieces", "shown"),
    [("少要一件", 1, "2 → 1"), ("减一条", 1, "2 → 1"), ("数量改成1件", 1, "2 → 1"), ("只要一条了", 1, "2 → 1")],
)
def test_fewer_pieces(mall: Mall, talk: Talk, words: str, pieces: int, shown: str) -> None:
    order = mall.order("paid", SCARF)

    talk.begin(ChangeOrderTask, words, "change_order", {"quantity": pieces})
    assert talk.fields == {"数量": shown, "退回差额": "99.50元，原路退回"}
    talk.say("对", "affirm")

    assert row(mall, order)["lines"] == [("灰色", 1)]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("麻烦备注一下发货前给我打电话", "发货前给我打电话"),
        ("备注：放门口", "放门口"),
        ("先帮我备注一下：轻拿轻放", "轻拿轻放"),
        ("晚两天再发货", "晚两天再发货"),
        ("发顺丰", "发顺丰"),
        ("礼盒里放张贺卡", "礼盒里放张贺卡"),
        ("能送货上门不", "能送货上门不"),
    ],
)
def test_a_note_in_the_customers_words(mall: Mall, coats: OrderRow, talk: Talk, words: str, written: str) -> None:
    talk.begin(ChangeOrderTask, words, "change_order")
    assert talk.fields == {"备注": written}

    talk.say("确认", "affirm")

    assert row(mall, coats)["remark"] == written


def test_a_note_is_asked_for_and_put_right(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")

    talk.begin(ChangeOrderTask, "加个备注", "change_order")
    assert talk.asked == "note"
    talk.say("要开袋检查", "change_order")
    talk.say("备注改成放门口", "change_order")
    assert talk.fields == {"备注": "放门口"}
    talk.say("就这样", "affirm")

    assert row(mall, order)["remark"] == "放门口"


def test_an_exchange_before_shipping_changes_the_order(mall: Mall, coats: OrderRow, talk: Talk) -> None:
    told = talk.begin(ExchangeGoods, "想换大一码", "exchange_goods")

    assert told.startswith(f"订单 {coats.order_no} 还没有发货，不用走换货，可以直接修改规格。")
    assert talk.fields == {"规格": "黑色 L → 黑色 XL"}
    talk.say("确认", "affirm")
    assert row(mall, coats)["lines"] == [("黑色 XL", 1)]
    assert cases(mall) == []


@pytest.mark.parametrize("state", ["shipped", "completed", "cancelled", "closed"])
def test_too_late_to_change(mall: Mall, talk: Talk, state: str) -> None:
    order = mall.order(state)
    before = row(mall, order)

    told = talk.begin(ChangeOrderTask, "换个颜色", "change_order", {"order_no": order.order_no})

    assert "不能再改了" in told
    assert not talk.open
    assert row(mall, order) == before
