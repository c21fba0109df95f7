"""What products are like, what they cost and whether they can be had."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.products import ActionAskPrice, ActionAskProduct, ActionAskStock
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.benefits import CROSS_SHOP, add_coupon
from tests.factories import BY_TESTS
from tests.goods import NOON, add_buyer, add_product, add_promotion, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft, Layer
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

COAT = "云裳双面羊毛大衣女"
ANSWERED = {"failures": 0, "last_topic": "products", "offer": None, "product_id": "P1", "product_view": "P1"}


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    add_product(
        sqlite_engine,
        "P1",
        COAT,
        "双面羊毛大衣",
        variants={"黑色 M": ("899", 12), "黑色 L": ("899", 3), "驼色 M": ("899", 0), "驼色 L": ("949", 20)},
        attributes={"材质": "羊毛90% 羊绒10%", "产地": "浙江嘉兴", "洗涤": "建议干洗"},
    )


def know(services: Services, draft: Draft, scope: str = "m1") -> None:
    with writing(services.engine) as session:
        add_entry(session, scope, draft, BY_TESTS)


class TestProduct:
    def ask(self, run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
        return run(ActionAskProduct(services), tracker(text, "ask_product", product_id="P1", **more))

    def test_an_attribute_is_told(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "这个什么面料的")
        assert said.texts == [f"{COAT}的材质：羊毛90% 羊绒10%。"]
        assert said.slots == ANSWERED
        assert said.cards == [
            {
                "type": "product_card",
                "product_id": "P1",
                "name": COAT,
                "price": "899.00–949.00",
                "stock_text": "部分规格缺货",
                "attributes": {"材质": "羊毛90% 羊绒10%", "产地": "浙江嘉兴", "洗涤": "建议干洗"},
            }
        ]

    def test_several_attributes_are_listed(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "材质和产地是什么")
        assert said.texts == [f"{COAT}的商品资料是这样写的：\n· 材质：羊毛90% 羊绒10%\n· 产地：浙江嘉兴"]

    def test_a_general_question_gets_everything(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "介绍一下这款")
        assert said.texts == [
            f"{COAT}，售价899.00–949.00元，部分规格缺货。\n· 材质：羊毛90% 羊绒10%\n· 产地：浙江嘉兴\n· 洗涤：建议干洗"
        ]

    def test_what_nobody_wrote_down_is_not_made_up(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "会不会起球", slots={"failures": 1})
        assert said.texts == [
            f"关于您问的这一点，{COAT}的商品资料里没有写，我不敢乱说。需要的话可以转人工，让店里的同事确认。"
        ]
        assert said.payloads == ["/request_human"]
        assert said.titles == ["转人工"]
        assert said.slots == {**ANSWERED, "failures": 2, "offer": "handoff"}
        assert said.cards == []

    def test_the_merchants_own_words_go_first(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        draft = Draft("大衣什么材质", "九成羊毛，一成羊绒，不扎人。", Layer.PRODUCT, product_id="P1")
        know(services, draft)
        said = self.ask(run, services, tracker, "这个是什么材质")
        assert said.texts == ["九成羊毛，一成羊绒，不扎人。\n（来自店铺商品说明）"]
        assert said.cards == [
            {
                "type": "knowledge_answer",
                "entry_id": 1,
                "version": 1,
                "question": "大衣什么材质",
                "answer": "九成羊毛，一成羊绒，不扎人。",
                "source": "店铺商品说明",
                "layer": "product",
                "scope": "m1",
                "product_id": "P1",
            }
        ]
        assert said.slots == ANSWERED

    def test_the_platforms_visitors_get_the_shops_answer(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        know(services, Draft("羊毛大衣会起球吗", "正常穿着不易起球。", Layer.PRODUCT, product_id="P1"))
        said = self.ask(run, services, tracker, "会起球吗", tenant="platform")
        assert said.texts == ["正常穿着不易起球。\n（来自店铺商品说明）"]

    def test_the_shop_answers_without_a_product(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        know(services, Draft("你们家衣服是正品吗", "都是自家工厂生产，支持专柜验货。"))
        said = run(ActionAskProduct(services), tracker("你们家衣服是正品吗", "ask_product"))
        assert said.texts == ["都是自家工厂生产，支持专柜验货。\n（来自店铺说明）"]
        assert said.slots == {"failures": 0, "last_topic": "products", "offer": None}

    def test_one_products_answer_is_not_given_for_another(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_product(services.engine, "P2", "云裳羊绒衫", "羊绒衫")
        know(services, Draft("会起球吗", "轻微浮毛是正常的。", Layer.PRODUCT, product_id="P2"))
        assert "浮毛" not in self.ask(run, services, tracker, "会起球吗").text
        unknown = run(ActionAskProduct(services), tracker("会起球吗", "ask_product"))
        assert "浮毛" not in unknown.text
        assert set(unknown.titles) == {"双面羊毛大衣", "羊绒衫"}


class TestPrice:
    def ask(self, run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
        return run(ActionAskPrice(services), tracker(text, "ask_price", **{"product_id": "P1", **more}))

    def test_a_range_with_its_variants(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "多少钱")
        assert said.texts == [
            f"{COAT}现在的价格是899.00–949.00元，各规格：\n"
            "· 黑色 M：899.00元\n· 黑色 L：899.00元\n· 驼色 M：899.00元\n· 驼色 L：949.00元"
        ]
        assert said.cards[0]["type"] == "product_card"
        assert said.slots == ANSWERED

    def test_the_variant_that_is_named(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "驼色L多少钱")
        assert said.texts == [f"{COAT}（驼色 L）现在的价格是949.00元。"]

    def test_campaigns_of_the_moment(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_promotion(services.engine)
        add_promotion(services.engine, "A2", "双十一", starts_at=NOON - timedelta(30), ends_at=NOON - timedelta(5))
        said = self.ask(run, services, tracker, "黑色多少钱")
        assert said.texts == [
            f"{COAT}现在的价格是899.00元。\n"
            "正在进行的活动：冬季满减，全店满300元减40元，可与店铺券同用（11月30日 12:00结束）。"
        ]

    def test_haggling_without_a_rule(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "黑色能便宜点吗")
        assert said.texts == [f"{COAT}现在的价格是899.00元。\n价格由商家设定，我没有改价的权限。"]

    def test_haggling_with_a_rule(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        know(services, Draft("能便宜点吗", "店铺是统一价，不议价，关注店铺可领5元券。"))
        said = self.ask(run, services, tracker, "黑色能便宜点吗")
        assert said.texts == [
            "店铺是统一价，不议价，关注店铺可领5元券。\n（来自店铺说明）",
            f"{COAT}现在的价格是899.00元。",
        ]
        assert [card["type"] for card in said.cards] == ["knowledge_answer", "product_card"]

    def test_haggling_over_nothing_in_particular(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "能便宜点吗", product_id=None)
        assert said.text.startswith("价格由商家设定，我没有改价的权限，目前也没有正在进行的优惠活动。")
        add_promotion(services.engine)
        said = self.ask(run, services, tracker, "能便宜点吗", product_id=None)
        assert said.text.startswith("价格由商家设定，我没有改价的权限。\n正在进行的活动：冬季满减，")
        assert said.slots == {"failures": 0, "last_topic": "products", "offer": None}

    def test_freight_is_known_or_not(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        unknown = self.ask(run, services, tracker, "运费多少")
        assert unknown.texts == ["运费的说明我这里没有查到，不敢乱说。可以转人工，让店里的同事确认。"]
        assert unknown.slots["failures"] == 1
        know(services, Draft("运费怎么算", "满99元包邮，不满收10元。"))
        assert self.ask(run, services, tracker, "运费多少").texts == ["满99元包邮，不满收10元。\n（来自店铺说明）"]

    def test_what_is_no_longer_sold(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P8", "冰丝防晒衣", "防晒衣", price="99", on_sale=False)
        said = self.ask(run, services, tracker, "防晒衣多少钱")
        assert said.texts == ["冰丝防晒衣目前已下架，下架前的标价是99.00元。"]
        assert said.cards[0]["stock_text"] == "已下架"

    @pytest.mark.parametrize("text", ["到手价多少", "这个券后多少钱", "满减后几块", "叠加完优惠下来多少钱"])
    def test_the_price_after_discounts(self, services: Services, tracker: TrackerMaker, run: Run, text: str) -> None:
        add_promotion(services.engine, "A9", "跨店满减", scope="platform", rule=CROSS_SHOP)
        add_coupon(services.engine)
        said = self.ask(run, services, tracker, text)
        assert said.texts == [
            f"{COAT}（黑色 M）1件，标价899.00元，按现在能用的优惠：\n· 店铺券：减15.00元\n· 跨店满减：减80.00元\n"
            "· 运费：免运费\n到手价804.00元，以结算页为准。\n再买16.00元可减40.00元（跨店满减）。"
        ]
        assert said.cards[0]["payable"] == "804.00"
        assert said.slots == ANSWERED

    def test_no_price_after_discounts_of_what_is_no_longer_sold(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_product(services.engine, "P8", "冰丝防晒衣", "防晒衣", price="99", on_sale=False)
        assert self.ask(run, services, tracker, "防晒衣到手价").texts == ["冰丝防晒衣目前已下架，买不到了。"]


class TestStock:
    def ask(self, run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
        return run(ActionAskStock(services), tracker(text, "ask_stock", **{"product_id": "P1", **more}))

    def test_all_variants(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "有现货吗")
        assert said.texts == [f"{COAT}目前的库存：\n黑色：M 有货；L 有货（仅剩3件）\n驼色：M 缺货；L 有货"]
        assert said.cards[0]["type"] == "product_card"
        assert said.slots == ANSWERED

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("黑色M有货吗", f"{COAT}（黑色 M）有货，可以下单。"),
            ("黑的L还有吗", f"{COAT}（黑色 L）有货，目前仅剩3件。"),
            (
                "驼色M有吗",
                f"{COAT}（驼色 M）暂时缺货，补货时间还没有确定。\n现在有货的规格：\n"
                "黑色：M 有货；L 有货（仅剩3件）\n驼色：L 有货",
            ),
            ("驼色有吗", f"{COAT}目前的库存：\n驼色：M 缺货；L 有货"),
            (
                "紫色有吗",
                f"{COAT}没有“紫色”这个规格。现有规格的库存：\n黑色：M 有货；L 有货（仅剩3件）\n驼色：M 缺货；L 有货",
            ),
        ],
    )
    def test_the_variant_that_is_named(
        self, services: Services, tracker: TrackerMaker, run: Run, text: str, expected: str
    ) -> None:
        assert self.ask(run, services, tracker, text).texts == [expected]

    def test_colour_and_size_found_by_the_language_model(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        said = self.ask(run, services, tracker, "嘿色大码还有木有", entities={"color": "黑色", "size": "L"})
        assert said.texts == [f"{COAT}（黑色 L）有货，目前仅剩3件。"]

    def test_when_more_comes(self, services: Services, tracker: TrackerMaker, run: Run, now: datetime) -> None:
        add_product(services.engine, "P4", "真丝睡裙", "真丝睡裙", stock=0, restock_at=now + timedelta(days=9))
        said = self.ask(run, services, tracker, "睡裙什么时候补货")
        assert said.texts == ["真丝睡裙暂时缺货，预计11月30日补货到货。"]
        assert said.cards[0]["stock_text"] == "暂时缺货"

    def test_when_the_rest_comes(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "什么时候补货")
        assert said.text.endswith("\n驼色：M 缺货；L 有货\n缺货的规格补货时间还没有确定。")

    def test_a_day_that_has_passed_is_no_promise(
        self, services: Services, tracker: TrackerMaker, run: Run, now: datetime
    ) -> None:
        add_product(services.engine, "P4", "真丝睡裙", "真丝睡裙", stock=0, restock_at=now - timedelta(days=1))
        assert self.ask(run, services, tracker, "睡裙有货吗").texts == ["真丝睡裙暂时缺货，补货时间还没有确定。"]

    def test_one_variant_and_one_no_longer_sold(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P5", "羊毛围巾", "羊毛围巾", stock=9)
        add_product(services.engine, "P6", "冰丝防晒衣", "冰丝防晒衣", stock=9, on_sale=False)
        assert self.ask(run, services, tracker, "围巾有货吗").texts == ["羊毛围巾有货，可以下单。"]
        assert self.ask(run, services, tracker, "防晒衣有货吗").texts == ["冰丝防晒衣已下架，目前买不到。"]

    def test_what_the_shop_does_not_sell(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker, "有没有缝纫机卖", entities={"product": "缝纫机"})
        assert said.texts == ["本店没有查到“缝纫机”。店里现在有货的商品有：双面羊毛大衣。"]
        assert said.cards == []

    def test_another_word_for_what_is_in_view(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P7", "厚底老爹鞋女", "老爹鞋", stock=9)
        said = self.ask(run, services, tracker, "这鞋子还有货吗", entities={"product": "鞋子"}, product_id="P7")
        assert said.texts == ["厚底老爹鞋女有货，可以下单。"]
        said = self.ask(run, services, tracker, "有鞋子吗", entities={"product": "鞋子"})
        assert said.texts == ["厚底老爹鞋女有货，可以下单。"]
