"""Placing an order: the customer is taken to the product or the cart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.placing import ActionPlaceOrder
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.benefits import CROSS_SHOP, add_storefront
from tests.factories import BY_TESTS, change_order, row_counts
from tests.goods import NOON, add_buyer, add_order, add_product, add_promotion, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]
GO = "我不能代您提交订单。请在商品页选好规格和数量，点“立即购买”，或加入购物车和其他商品一起结算。"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    add_buyer(sqlite_engine, "c2", "李四")
    variants = {"黑色 M": ("899", 12), "黑色 L": ("899", 3), "驼色 M": ("899", 0)}
    add_product(sqlite_engine, "P1", "双面羊毛大衣", "羊毛大衣", variants=variants)
    add_product(sqlite_engine, "P2", "羊毛围巾", "羊毛围巾", price="129", stock=1)


def ask(run: Run, services: Services, tracker: TrackerMaker, text: str = "我要买", **more: object) -> Said:
    return run(ActionPlaceOrder(services), tracker(text, "place_order", **more))


def test_the_product_in_view_with_price_variants_and_discounts(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    add_promotion(services.engine, "A9", "跨店满减", scope="platform", rule=CROSS_SHOP)
    before = row_counts(services.engine)
    said = ask(run, services, tracker, "给我来两件", entities={"quantity": 2}, product_id="P1")
    assert said.texts == [
        "双面羊毛大衣，售价899.00元，部分规格缺货。\n可选规格：\n黑色：M 有货；L 有货（仅剩3件）\n驼色：M 缺货\n"
        "双面羊毛大衣2件，标价1798.00元，按现在能用的优惠：\n· 跨店满减：减200.00元\n· 运费：免运费\n"
        "到手价1598.00元，以结算页为准。\n再买2.00元可减40.00元（跨店满减）。\n" + GO
    ]
    (card,) = said.cards
    assert (card["type"], card["payable"], card["pieces"]) == ("product_card", "1598.00", 2)
    assert card["variants"][0] == {"name": "黑色 M", "stock_text": "有货"}
    assert "url" not in card
    assert said.slots["product_id"] == "P1"
    assert row_counts(services.engine) == before


def test_the_link_to_the_product(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_storefront(services.engine, page="https://mall.test/item/{product_id}?from=chat")
    said = ask(run, services, tracker, "羊毛围巾怎么买")
    assert said.cards[0]["url"] == "https://mall.test/item/P2?from=chat"
    assert said.texts[0].endswith("请打开商品页选好规格和数量下单：https://mall.test/item/P2?from=chat")


def test_what_cannot_be_had_is_not_sold(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "驼色M来一件", entities={"color": "驼色", "size": "M"}, product_id="P1")
    assert said.texts[0].startswith("双面羊毛大衣（驼色 M）暂时缺货，")
    assert GO not in said.text
    add_product(services.engine, "P3", "冰丝防晒衣", "防晒衣", on_sale=False)
    assert ask(run, services, tracker, "买这个", product_id="P3").texts == ["冰丝防晒衣已下架，目前买不到。"]


def test_nothing_named_asks_what(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "我要下单")
    assert said.texts[0].startswith("请问您想买哪一款？")
    assert said.slots["task"] == "place_order"
    assert '/inform{"product": "P1"}' in said.payloads


def test_an_unpaid_order_is_mentioned(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_order(services.engine, "202611210000000001", product_ids=["P2"], state="pending_payment")
    add_order(services.engine, "202611210000000002", customer="c2", state="pending_payment")
    change_order(services.engine, "202611210000000001", closes_at=NOON + timedelta(hours=3))
    said = ask(run, services, tracker, product_id="P2")
    assert said.texts[-1] == (
        "另外，您还有一笔待付款的订单202611210000000001（羊毛围巾×1，899.00元），请在11月21日 15:00前付款。"
    )
    change_order(services.engine, "202611210000000001", closes_at=NOON - timedelta(hours=3))
    assert len(ask(run, services, tracker, product_id="P2").texts) == 1
    visitor = ask(run, services, tracker, product_id="P2", subject="anonymous", role="anonymous")
    assert len(visitor.texts) == 1


def test_a_page_that_does_not_let_somebody_order(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "怎么下不了单", slots={"failures": 1})
    assert said.texts[-1].startswith("下不了单时，请先确认商品有货")
    assert (said.slots["offer"], said.slots["failures"]) == ("handoff", 2)
    assert said.payloads == ["/request_human"]
    said = ask(run, services, tracker, "点不动啊", product_id="P2")
    assert said.texts[0] == "羊毛围巾有货，目前仅剩1件。"


def test_the_shops_own_words_come_first(services: Services, tracker: TrackerMaker, run: Run) -> None:
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("大货采购怎么下单", "大货采购请联系企业购专线。"), BY_TESTS)
    said = ask(run, services, tracker, "大货采购怎么下单")
    assert said.texts == ["大货采购请联系企业购专线。\n（来自店铺说明）"]
    assert said.slots["failures"] == 0
