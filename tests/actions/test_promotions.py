"""Campaigns that run now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.promotions import ActionAskPromotion
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.benefits import CROSS_SHOP, add_coupon, add_storefront
from tests.factories import BY_TESTS
from tests.goods import NOON, add_buyer, add_product, add_promotion, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

WINTER = "· 冬季满减：全店满300元减40元，可与店铺券同用（11月30日 12:00结束）"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "m2", "极星数码")
    add_shop(sqlite_engine, "platform", "集市优选")


def ask(run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
    return run(ActionAskPromotion(services), tracker(text, "ask_promotion", **more))


def test_what_runs_now_with_its_rule_and_end(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    add_promotion(services.engine, "A2", "平台红包", "每日可领5元红包。", scope="platform")
    add_promotion(services.engine, "A3", "年货节", starts_at=NOON + timedelta(days=30), ends_at=NOON + timedelta(60))
    add_promotion(services.engine, "A4", "数码周", scope="m2")
    said = ask(run, services, tracker, "现在有什么活动", slots={"failures": 2})
    assert said.texts == [f"现在正在进行的活动：\n{WINTER}\n· 平台红包：每日可领5元红包（11月30日 12:00结束）"]
    assert said.slots == {"failures": 0, "last_topic": "other", "offer": None}


def test_nothing_runs(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "有活动吗")
    assert said.texts == ["目前没有正在进行的优惠活动。"]
    assert said.slots["failures"] == 0


def test_a_detail_is_answered_from_knowledge(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("满减可以和会员价叠加吗", "满减和会员价不能叠加，以更优惠的为准。"), BY_TESTS)
    said = ask(run, services, tracker, "满减可以和会员价叠加吗")
    assert said.texts == ["满减和会员价不能叠加，以更优惠的为准。\n（来自店铺说明）"]
    assert said.cards[0]["type"] == "knowledge_answer"
    assert ask(run, services, tracker, "最近有什么满减活动").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_a_detail_that_nobody_wrote_down_gets_the_rules(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    assert ask(run, services, tracker, "第二件半价吗").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_a_tapped_button_gets_everything(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    assert ask(run, services, tracker, "/ask_promotion").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_on_the_platform_the_shop_in_view_is_meant(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    add_product(services.engine, "P1")
    assert ask(run, services, tracker, "有活动吗", tenant="platform").texts == ["目前没有正在进行的优惠活动。"]
    in_view = ask(run, services, tracker, "有活动吗", tenant="platform", product_id="P1")
    assert in_view.texts == [f"现在正在进行的活动：\n{WINTER}"]


class TestPrice:
    """The price after discounts of a product in sight, with what is missing for more."""

    @pytest.fixture(autouse=True)
    def goods(self, sqlite_engine: Engine) -> None:
        add_buyer(sqlite_engine)
        add_product(sqlite_engine, "P1", "羊毛大衣", "羊毛大衣", price="288")
        add_product(sqlite_engine, "P2", "纯棉短袜", "短袜", price="19.90")
        add_storefront(sqlite_engine)
        add_promotion(sqlite_engine, "A9", "跨店满减", "每满300元减40元", scope="platform", rule=CROSS_SHOP)

    def test_what_is_missing_for_the_next_threshold(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = ask(run, services, tracker, "有什么优惠", product_id="P1")
        assert said.texts == [
            "现在正在进行的活动：\n· 跨店满减：每满300元减40元（11月30日 12:00结束）",
            "羊毛大衣1件，标价288.00元，按现在能用的优惠：\n· 暂时没有能直接减的\n· 运费：免运费\n"
            "到手价288.00元，以结算页为准。\n再买12.00元可减40.00元（跨店满减）。",
        ]
        assert said.slots["last_topic"] == "products"
        assert said.slots["product_id"] == "P1"

    def test_more_pieces_of_a_product_that_is_named(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = ask(run, services, tracker, "羊毛大衣买3件活动完多少钱", entities={"quantity": 3})
        assert said.texts[-1] == (
            "羊毛大衣3件，标价864.00元，按现在能用的优惠：\n· 跨店满减：减80.00元\n· 运费：免运费\n"
            "到手价784.00元，以结算页为准。\n再买36.00元可减40.00元（跨店满减）。"
        )
        assert said.cards == [
            {
                "type": "product_card",
                "product_id": "P1",
                "name": "羊毛大衣",
                "price": "288.00",
                "stock_text": "有货",
                "attributes": {},
                "payable": "784.00",
                "pieces": 3,
                "variant": "",
                "variants": [],
            }
        ]

    @pytest.mark.parametrize("pieces", [0, 100, 10**12])
    def test_a_number_of_pieces_that_cannot_be_is_one(
        self, services: Services, tracker: TrackerMaker, run: Run, pieces: int
    ) -> None:
        said = ask(run, services, tracker, "大衣到手多少", entities={"quantity": pieces}, product_id="P1")
        assert said.texts[-1].startswith("羊毛大衣1件，标价288.00元，")

    def test_pieces_that_are_missing_and_gifts(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_promotion(services.engine, "A1", "短袜第二件半价", rule={"kind": "second_half", "products": ["P2"]})
        steps = [{"threshold": 15, "gift": "洗衣袋1个"}, {"threshold": 59, "gift": "洗衣袋3个"}]
        add_promotion(services.engine, "A2", "满赠", rule={"kind": "gift", "steps": steps})
        said = ask(run, services, tracker, "现在有什么活动", product_id="P2")
        assert said.texts[-1] == (
            "纯棉短袜1件，标价19.90元，按现在能用的优惠：\n· 暂时没有能直接减的\n· 运费：10.00元\n"
            "到手价29.90元，以结算页为准。\n另外会赠送洗衣袋1个。\n再买1件可享受“短袜第二件半价”。\n"
            "再买39.10元可得洗衣袋3个（满赠）。\n再买280.10元可减40.00元（跨店满减）。"
        )

    def test_the_campaigns_threshold_comes_before_the_nearer_ones_of_coupons(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_coupon(services.engine, "K1", "满289减1券", "289", "1")
        add_coupon(services.engine, "K2", "满290减2券", "290", "2")
        with writing(services.engine) as session:
            add_entry(session, "m1", Draft("跨店满减还差多少", "看购物车顶部的提示。"), BY_TESTS)
        said = ask(run, services, tracker, "跨店满减还差多少", product_id="P1")
        assert said.texts[-1].endswith("\n再买12.00元可减40.00元（跨店满减）。\n再买1.00元可减1.00元（满289减1券）。")
        assert ask(run, services, tracker, "跨店满减还差多少").texts == ["看购物车顶部的提示。\n（来自店铺说明）"]

    def test_what_cannot_be_bought_has_no_price(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P3", "冰丝防晒衣", "防晒衣", price="99", on_sale=False)
        said = ask(run, services, tracker, "有什么优惠", product_id="P3")
        assert len(said.texts) == 1
        assert said.slots["last_topic"] == "other"

    def test_an_anonymous_visitor_gets_the_price_without_coupons(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_coupon(services.engine, threshold="0", discount="5")
        signed_in = ask(run, services, tracker, "到手价", product_id="P1")
        anonymous = ask(run, services, tracker, "到手价", product_id="P1", subject="anonymous", role="anonymous")
        assert signed_in.cards[0]["payable"] == "283.00"
        assert anonymous.cards[0]["payable"] == "288.00"
