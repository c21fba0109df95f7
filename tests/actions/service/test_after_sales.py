"""What is applied for after the sale, from the wish to the row."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from actions.service.tasks import ExchangeGoods, ProtectPrice, RequestRefund, RequestRepair, ReturnGoods
from actions.services import Services
from tests.actions.conftest import Said
from tests.actions.mall import COAT, DAY, SCARF, Item, Mall
from tests.actions.service.wish import Wish
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow, StockRow, VariantRow
from xiaoer.database import reading, writing

FISH: Item = ("鲈鱼", "500克", 1, "69.00")


def received(mall: Mall, *items: Item, days: float = 2, **columns: Any) -> OrderRow:
    at = mall.now - timedelta(days=days)
    return mall.order("completed", *items, placed=timedelta(days=days + 3), received_at=at, **columns)


def describe(mall: Mall, item: Item, **columns: Any) -> None:
    """Change columns of an item's product."""
    with writing(mall.engine) as session:
        product = session.get(ProductRow, f"m1-{item[0]}")
        for name, value in columns.items():
            setattr(product, name, value)


def offer(mall: Mall, item: Item, *names: str, stock: int = 5) -> None:
    """Sell further variants of an item's product, and stock all."""
    product_id = f"m1-{item[0]}"
    with writing(mall.engine) as session:
        for place, name in enumerate(names, 1):
            sku_id = f"{product_id}-{name}"
            session.add(
                VariantRow(sku_id=sku_id, product_id=product_id, position=place, name=name, price=Decimal(item[3]))
            )
        session.flush()
        for name in (item[1], *names):
            variant = session.get(VariantRow, f"{product_id}-{name}")
            variant.color, variant.size = name.split()
            session.add(StockRow(sku_id=variant.sku_id, warehouse="杭州", quantity=stock))


def cases(mall: Mall) -> list[AfterSaleRow]:
    with reading(mall.engine) as session:
        return list(session.scalars(select(AfterSaleRow).order_by(AfterSaleRow.created_at, AfterSaleRow.after_sale_no)))


def fields(said: Said) -> dict[str, str]:
    """Return what the summary shows."""
    cards = [card for card in said.cards if card["type"] == "form_summary"]
    return {each["label"]: each["value"] for each in cards[-1]["fields"]} if cards else {}


def asked(said: Said) -> list[str]:
    return [card["slot"] for card in said.cards if card["type"] == "form_question"]


def test_a_return_asks_why_shows_all_and_is_filed_once_confirmed(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)

    first = wish.ask(ReturnGoods, "我要退货", "return_goods", order_no=order.order_no)
    assert asked(first) == ["reason"]
    summary = wish.say("不喜欢")
    assert fields(summary) == {
        "订单": order.order_no,
        "商品": "羊毛大衣(黑色 L)×1",
        "申请类型": "退货退款",
        "原因": "不喜欢",
        "退款金额": "299.00元",
        "寄回方式": "上门取件",
        "寄回运费": "您承担",
    }
    assert cases(mall) == []
    done = wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.order_no, case.kind, case.state, case.reason_code, case.amount) == (
        order.order_no,
        "return",
        "pending_review",
        "disliked",
        Decimal("299.00"),
    )
    assert done.texts[0].startswith(f"退货退款申请已经提交，售后单号 {case.after_sale_no}，目前【待商家审核】。")
    assert not wish.open


@pytest.mark.parametrize("text", ["谢谢", "运费谁出？", "我再想想", "不对", "等一下"])
def test_what_is_no_yes_files_nothing(services: Services, mall: Mall, text: str) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "不喜欢，退货", "return_goods", order_no=order.order_no, reason="disliked")

    wish.say(text, "thank" if text == "谢谢" else "inform")

    assert wish.slots["requested_slot"] == "confirm"
    assert cases(mall) == []


@pytest.mark.parametrize("text", ["对", "这回对了，确认", "没问题，提交", "好的退货吧", "確認", "行", "嗯嗯，确认提交"])
def test_a_yes_in_many_forms_files_it(services: Services, mall: Mall, text: str) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "不喜欢，退货", "return_goods", order_no=order.order_no, reason="disliked")

    wish.say(text)

    assert [case.kind for case in cases(mall)] == ["return"]


def test_a_question_instead_of_the_reason_is_left_to_its_own_rule(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    said = wish.say("退货运费谁出？", "ask_after_sale_policy")

    assert said.events == []
    assert said.texts == []


def test_a_fault_needs_a_picture_and_a_reason_corrected_at_the_summary_too(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "不想要了退货", "return_goods", order_no=order.order_no, reason="no_longer_wanted")

    corrected = wish.say("不是，是质量问题，掉色", reason="quality")
    assert asked(corrected) == ["photo"]
    refused = wish.say("没有照片")
    assert refused.texts[0] == (
        "这种情况需要至少一张照片或一段视频作凭证，商家才能审核。方便时直接发在这里就行；实在没有的话，可以转人工说明。"
    )
    summary = wish.say("", "nlu_fallback", image=True)
    assert (fields(summary)["原因"], fields(summary)["凭证"], fields(summary)["寄回运费"]) == (
        "质量问题",
        "1份",
        "商家承担",
    )
    wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.reason_code, case.liable, case.evidence) == ("quality", "merchant", ["https://example.com/1.jpg"])


def test_pieces_are_read_beside_other_numbers_and_never_more_than_bought(services: Services, mall: Mall) -> None:
    order, wish = received(mall, SCARF), Wish(services)
    found = {"order_no": order.order_no, "reason": "disliked", "quantity": ["2", "1"]}

    summary = wish.ask(ReturnGoods, "买了2条，退1条，不喜欢", "return_goods", **found)
    assert (fields(summary)["数量"], fields(summary)["退款金额"]) == ("1件", "99.50元")
    too_many = wish.say("数量改成5件", "change_order", quantity="5")
    assert too_many.texts[0] == "这笔订单里一共2件，数量不能超过2件。"
    both = wish.say("那就2件", quantity="2")
    assert fields(both)["数量"] == "2件"
    wish.say("自己寄回")
    wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.amount, case.pickup) == (Decimal("199.00"), False)


def test_one_of_several_goods_is_chosen(services: Services, mall: Mall) -> None:
    order, wish = received(mall, COAT, SCARF), Wish(services)

    first = wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)
    assert (asked(first), first.titles) == (["items"], ["羊毛大衣(黑色 L)×1", "羊绒围巾(灰色)×2", "全部"])
    wish.say("第二个")
    wish.say("1")
    wish.say("不喜欢")
    wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.kind, case.amount) == ("return", Decimal("99.50"))


def test_the_reason_is_kept_when_the_order_is_corrected(services: Services, mall: Mall) -> None:
    wrong, meant = received(mall), received(mall, SCARF, days=3)
    wish = Wish(services)
    wish.ask(ReturnGoods, "不喜欢，退货", "return_goods", order_no=wrong.order_no, reason="disliked")

    said = wish.say(f"搞错了，是{meant.order_no}", order_no=meant.order_no)

    assert said.cards[-1]["slot"] == "quantity"
    assert (wish.slots["service_order"], wish.slots["reason"]) == (meant.order_no, "disliked")
    assert cases(mall) == []


def test_what_was_opened_is_not_returned_for_being_disliked(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    describe(mall, COAT, category="cosmetics", goods_class="cosmetics")

    summary = wish.ask(ReturnGoods, "不喜欢，还没拆封", "return_goods", order_no=order.order_no, reason="disliked")
    assert fields(summary)["原因"] == "不喜欢"
    refused = wish.say("其实已经拆开用过了")

    assert refused.texts == [
        "这是化妆品，拆封后影响安全和品质，拆封或使用后不支持无理由退换；有质量等问题仍然可以申请。"
    ]
    assert refused.leaves_form
    assert cases(mall) == []


@pytest.mark.parametrize(
    ("days", "goods", "reason", "sentence"),
    [
        (9, {}, "disliked", "7天无理由退换到"),
        (2, {"category": "fresh", "goods_class": "fresh"}, "disliked", "这是生鲜商品，鲜活易腐，不支持无理由退换"),
        (2, {"goods_class": "custom_made"}, "disliked", "这是定制商品，按您的要求制作，无法再次销售，不支持无理由退换"),
        (20, {}, "quality", "质量等问题的退换到"),
    ],
)
def test_a_return_is_refused_with_the_true_reason(
    services: Services, mall: Mall, days: int, goods: dict[str, str], reason: str, sentence: str
) -> None:
    order, wish = received(mall, days=days), Wish(services)
    describe(mall, COAT, **goods)

    said = wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no, reason=reason)

    assert sentence in said.texts[0]
    assert said.titles[-1] == "转人工"
    assert (wish.open, cases(mall)) == (False, [])


def test_another_order_of_somebody_else_is_not_found_and_nothing_changes(services: Services, mall: Mall) -> None:
    order, wish = received(mall, customer="c2"), Wish(services)
    before = mall.rows()

    said = wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    assert said.texts[0].startswith(f"没有查到 {order.order_no} 对应的订单")
    assert (wish.open, mall.rows()) == (False, before)


def test_a_live_case_is_named_and_not_doubled(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    case = mall.case(order)

    said = wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    assert said.texts == [
        f"这笔订单已经有一个退货退款申请（{case.after_sale_no}）在处理，目前【待商家审核】，不能重复申请。"
    ]
    assert said.titles == ["查售后进度", "撤销这个申请", "转人工"]
    assert len(cases(mall)) == 1


def test_an_order_that_has_not_left_is_cancelled_instead(services: Services, mall: Mall) -> None:
    order, wish = mall.order("paid"), Wish(services)

    said = wish.ask(ReturnGoods, "退货退款", "return_goods", order_no=order.order_no)

    assert said.texts[0] == f"订单 {order.order_no} 还没有发货，不用走售后，直接取消就能退款。"
    assert (wish.slots["service"], fields(said)["退款金额"]) == ("cancel_order", "299.00元，原路退回")


@pytest.mark.parametrize("task", [(ReturnGoods, "return_goods"), (RequestRefund, "request_refund")])
def test_a_parcel_on_its_way_can_be_stopped(services: Services, mall: Mall, task: tuple[Any, str]) -> None:
    order, wish = mall.order("shipped"), Wish(services)
    mall.parcel(order, "in_transit", (2 * DAY / 24, "in_transit", "到达杭州"))

    said = wish.ask(task[0], "不要了", task[1], order_no=order.order_no, reason="no_longer_wanted")

    assert "可以请快递拦截或在送到时拒收" in said.texts[0]
    assert said.titles == ["帮我拦截快递", "查物流", "转人工"]
    assert (wish.slots["offer"], cases(mall)) == ("intercept_parcel", [])


def test_asking_for_the_interception_in_words_asks_for_it(services: Services, mall: Mall) -> None:
    order, wish = mall.order("shipped"), Wish(services)
    mall.parcel(order, "in_transit", (2 * DAY / 24, "in_transit", "到达杭州"))

    said = wish.ask(RequestRefund, "那帮我拦截吧", "request_refund", order_no=order.order_no)

    assert (said.followup, said.texts, wish.slots["order_no"]) == ("action_intercept_parcel", [], order.order_no)


def test_a_stuck_parcel_is_refunded_as_not_received(services: Services, mall: Mall) -> None:
    order, wish = mall.order("shipped", placed=7 * DAY), Wish(services)
    mall.parcel(order, "in_transit", (4 * DAY, "in_transit", "到达杭州"), created=6 * DAY)

    summary = wish.ask(
        RequestRefund, "好几天没动了，不要了", "request_refund", order_no=order.order_no, reason="no_longer_wanted"
    )
    assert (fields(summary)["原因"], fields(summary)["退款金额"]) == ("没收到货", "299.00元")
    wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.kind, case.reason_code, case.liable) == ("refund", "not_received", "carrier")


def test_a_refund_of_received_goods_asks_why_first_and_becomes_a_return(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)

    first = wish.ask(RequestRefund, "仅退款", "request_refund", order_no=order.order_no)
    assert (asked(first), first.texts[0].splitlines()[0]) == (["reason"], "请问是什么原因？点一下，或者直接说：")
    said = wish.say("不想要了")

    assert said.texts[0] == "商品已经签收，这种情况要寄回商品才能退款，我按“退货退款”帮您办；想换货直接告诉我。"
    assert (wish.slots["service"], wish.slots["reason"]) == ("return_goods", "no_longer_wanted")
    assert cases(mall) == []


def test_a_missing_piece_is_refunded_without_sending_back(services: Services, mall: Mall) -> None:
    order, wish = received(mall, SCARF), Wish(services)

    wish.ask(RequestRefund, "少发了一条", "request_refund", order_no=order.order_no, reason="missing_item")
    wish.say("1")
    summary = wish.say("", image=True)
    assert "寄回方式" not in fields(summary)
    wish.say("确认", "affirm")

    (case,) = cases(mall)
    assert (case.kind, case.amount, case.liable, case.freight_payer) == (
        "refund",
        Decimal("99.50"),
        "warehouse",
        "none",
    )


def test_fresh_food_is_refunded_in_time_and_refused_after_that(services: Services, mall: Mall) -> None:
    late, early = received(mall, FISH, days=30), received(mall, FISH, days=0.5)
    describe(mall, FISH, category="fresh", goods_class="fresh")

    refused = Wish(services).ask(RequestRefund, "臭了", "request_refund", order_no=late.order_no, reason="expired")
    returned = Wish(services).ask(ReturnGoods, "臭了", "return_goods", order_no=late.order_no, reason="expired")
    wish = Wish(services)
    granted = wish.ask(RequestRefund, "臭了", "request_refund", order_no=early.order_no, reason="expired")

    assert "已经超过" in refused.texts[0]
    assert returned.texts == refused.texts  # the return does not promise the refund that is over
    assert asked(granted) == ["photo"]
    assert cases(mall) == []


def test_a_larger_size_is_its_own_reason(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    offer(mall, COAT, "黑色 XL")

    summary = wish.ask(ExchangeGoods, "换大一码", "exchange_goods", order_no=order.order_no)
    assert (fields(summary)["换成"], fields(summary)["原因"]) == ("黑色 XL", "尺码不合适")
    wish.say("换吧")

    assert [(case.kind, case.reason_code) for case in cases(mall)] == [("exchange", "size_mismatch")]


def test_the_variant_tells_which_of_several_goods(services: Services, mall: Mall) -> None:
    order, wish = received(mall, COAT, SCARF), Wish(services)
    offer(mall, COAT, "驼色 L")

    said = wish.ask(ExchangeGoods, "换成驼色的", "exchange_goods", order_no=order.order_no, color="驼色")

    assert asked(said) == ["reason"]
    assert wish.slots["variant"] == "m1-羊毛大衣-驼色 L"


def test_no_such_size_is_said_with_what_there_is(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    offer(mall, COAT, "黑色 M")
    wish.ask(ExchangeGoods, "换货", "exchange_goods", order_no=order.order_no)

    said = wish.say("换成紫色的", color="紫色")

    assert said.texts[0] == "没有“紫色”这个规格。现在有货的规格：黑色 L、黑色 M。"
    assert cases(mall) == []


def test_a_reason_told_before_is_kept_for_the_remedy_that_is_possible(services: Services, mall: Mall) -> None:
    order, wish = received(mall, days=60), Wish(services)
    describe(mall, COAT, category="electronics")

    refused = wish.ask(
        ExchangeGoods, "开不了机，换一台", "exchange_goods", order_no=order.order_no, reason="malfunction"
    )
    assert refused.titles == ["申请维修", "转人工"]
    said = wish.ask(RequestRepair, "那维修吧", "request_repair")
    assert asked(said) == ["photo"]
    wish.say("", image=True)
    wish.say("修吧")

    assert [(case.kind, case.reason_code, case.reason) for case in cases(mall)] == [
        ("repair", "malfunction", "开不了机，换一台")
    ]


def test_the_price_is_protected_once(services: Services, mall: Mall) -> None:
    order, wish = received(mall, SCARF), Wish(services)
    with writing(mall.engine) as session:
        session.get(VariantRow, "m1-羊绒围巾-灰色").price = Decimal("79.50")

    summary = wish.ask(ProtectPrice, "降价了", "price_protection", order_no=order.order_no)
    assert fields(summary)["补差金额"] == "40.00元"
    assert fields(summary)["羊绒围巾"] == "下单价99.50元 → 现价79.50元，×2"
    wish.say("确认", "affirm")
    again = Wish(services).ask(ProtectPrice, "再补一次", "price_protection", order_no=order.order_no)

    assert again.texts == ["这件商品已经申请过价保，同一件商品只补一次差价。"]
    assert [(case.kind, case.amount) for case in cases(mall)] == [("price_protection", Decimal("40.00"))]


@pytest.mark.parametrize(
    ("days", "price", "words"), [(2, "99.50", "现在没有降价，您买的时候是99.5元一件"), (9, "79.50", "已经超过")]
)
def test_no_price_protection(services: Services, mall: Mall, days: int, price: str, words: str) -> None:
    order, wish = received(mall, SCARF, days=days), Wish(services)
    with writing(mall.engine) as session:
        session.get(VariantRow, "m1-羊绒围巾-灰色").price = Decimal(price)

    said = wish.ask(ProtectPrice, "退差价", "price_protection", order_no=order.order_no)

    assert words in said.texts[0]
    assert cases(mall) == []


@pytest.mark.parametrize("text", ["affirm", "return_goods{}", "[图片]", "我要重新申请退货", "好的"])
def test_what_tells_nothing_is_no_reason(services: Services, mall: Mall, text: str) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    wish.say(text, "return_goods" if "退货" in text else "inform")

    assert (wish.slots["requested_slot"], wish.slots["reason"]) == ("reason", None)


def test_words_of_ones_own_are_kept_until_another_reason_is_given(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    own = wish.say("家里人说没必要")
    assert fields(own)["原因"] == "家里人说没必要"
    other = wish.say("不喜欢")
    assert fields(other)["原因"] == "不喜欢"
    wish.say("可以的", "affirm")

    assert [(case.reason_code, case.reason) for case in cases(mall)] == [("disliked", "不喜欢")]


def test_another_remedy_takes_the_place_of_the_first(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    describe(mall, COAT, category="electronics")
    wish.ask(ReturnGoods, "开不了机退货", "return_goods", order_no=order.order_no, reason="malfunction")

    exchange = wish.say("算了还是换货吧", "stop")
    assert (wish.slots["service"], asked(exchange)) == ("exchange_goods", ["photo"])
    repair = wish.say("还是修一下吧", "stop")
    assert (wish.slots["service"], asked(repair)) == ("request_repair", ["photo"])
    wish.say("", image=True)
    wish.say("确认", "affirm")

    assert [(case.kind, case.reason_code) for case in cases(mall)] == [("repair", "malfunction")]


def test_a_number_means_the_variant_at_that_place_of_the_list(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    offer(mall, COAT, "黑色 M", "黑色 XL")
    with writing(mall.engine) as session:
        session.get(StockRow, ("m1-羊毛大衣-黑色 M", "杭州")).quantity = 0

    question = wish.ask(ExchangeGoods, "换货", "exchange_goods", order_no=order.order_no)
    assert question.titles == ["黑色 L", "黑色 XL"]
    wish.say("2")

    assert wish.slots["variant"] == "m1-羊毛大衣-黑色 XL"


@pytest.mark.parametrize("text", ["稍等我拍一下", "好的，等我一下", "我去找找", "马上"])
def test_who_needs_a_moment_is_waited_for(services: Services, mall: Mall, text: str) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "掉色退货", "return_goods", order_no=order.order_no, reason="quality")

    said = wish.say(text)

    assert said.texts[0] == "好的，不着急，我在这里等您。"
    assert (asked(said), wish.slots["form_failures"]) == (["photo"], 0)


def test_a_reason_named_as_such_is_filed_by_its_label(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ReturnGoods, "太大了，退货", "return_goods", order_no=order.order_no, reason="size_mismatch")

    wish.say("原因改成不喜欢", reason="disliked")
    wish.say("确认", "affirm")

    assert [(case.reason_code, case.reason) for case in cases(mall)] == [("disliked", "不喜欢")]
