"""The customer's coupons and membership."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from actions.benefits import ActionAskCoupon, ActionAskMembership
from actions.services import Services
from actions.speech import text_of
from tests.actions.conftest import Said, TrackerMaker
from tests.benefits import CROSS_SHOP, add_coupon, add_membership
from tests.factories import BY_TESTS, change_order, row_counts
from tests.goods import NOON, add_buyer, add_order, add_product, add_promotion, add_shop
from xiaoer.accounts.tables import CustomerRow
from xiaoer.commerce.benefits import Missed, Reason
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]
DAY = timedelta(days=1)
MINE = "我有哪些优惠券"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "m2", "极星数码")
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    add_buyer(sqlite_engine, "c2", "李四")
    add_product(sqlite_engine, "P1", "羊毛大衣", "羊毛大衣", price="150")
    add_product(sqlite_engine, "P2", "羊毛围巾", "羊毛围巾", price="300")


def know(services: Services, question: str, answer: str) -> None:
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft(question, answer), BY_TESTS)


class TestCoupons:
    def ask(self, run: Run, services: Services, tracker: TrackerMaker, text: str = MINE, **more: object) -> Said:
        return run(ActionAskCoupon(services), tracker(text, "ask_coupon", **more))

    def test_what_is_in_the_wallet(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_coupon(services.engine)
        add_coupon(services.engine, "K2", "围巾券", "0", "6", products=["P2"], ends_at=NOON + DAY)
        add_coupon(services.engine, "K3", "平台红包", "0", "5", scope="platform", used_at=NOON - DAY)
        add_coupon(services.engine, "K4", "上周的券", "0", "4", ends_at=NOON - DAY)
        add_coupon(services.engine, "K5", "别人的券", customers=["c2"])
        add_coupon(services.engine, "K6", "别家的券", scope="m2")
        add_coupon(services.engine, "K7", "早就过期的券", ends_at=NOON - 31 * DAY)
        said = self.ask(run, services, tracker)
        assert said.texts == [
            "您现在有2张可用的优惠券：\n"
            "· 围巾券：无门槛减6.00元，限羊毛围巾，11月22日 12:00到期\n"
            "· 店铺券：满199.00元减15.00元，11月30日 12:00到期\n"
            "· 上周的券：无门槛减4.00元，11月20日 12:00到期（已过期）\n"
            "· 平台红包：无门槛减5.00元，11月30日 12:00到期（已经用过）"
        ]
        assert [(each["coupon_id"], each["state"]) for each in said.cards[0]["coupons"]] == [
            ("K2", "usable"),
            ("K1", "usable"),
            ("K4", "over"),
            ("K3", "used"),
        ]
        assert said.cards[0]["type"] == "coupon_card"
        assert said.cards[0]["coupons"][1] == {
            "coupon_id": "K1",
            "name": "店铺券",
            "scope": "m1",
            "threshold": "199.00",
            "discount": "15.00",
            "products": [],
            "starts_at": "11月18日 12:00",
            "ends_at": "11月30日 12:00",
            "state": "usable",
            "state_text": "可用",
            "note": "",
        }
        assert said.slots["failures"] == 0

    def test_why_a_coupon_does_not_count_for_the_product_in_view(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_coupon(services.engine)
        add_coupon(services.engine, "K2", "围巾券", "0", "6", products=["P2"])
        add_coupon(services.engine, "K3", "平台红包", "0", "5", scope="platform")
        add_coupon(services.engine, "K4", "用掉的券", used_at=NOON - DAY)
        add_promotion(services.engine, "A9", "跨店满减", scope="platform", rule=CROSS_SHOP)
        said = self.ask(run, services, tracker, "这个券怎么用不了", product_id="P1")
        assert said.texts[-1] == (
            "羊毛大衣×1（150.00元）能用的券：\n"
            "· 平台红包：可以用，减5.00元\n"
            "· 店铺券：还差49.00元才能用\n"
            "· 围巾券：这些商品不在它的使用范围里\n"
            "· 用掉的券：已经用过\n"
            "再买150.00元可减40.00元（跨店满减）。\n"
            "这样到手价145.00元，以结算页为准。"
        )
        assert {each["coupon_id"]: each["note"] for each in said.cards[0]["coupons"]}["K1"] == "还差49.00元才能用"
        assert said.slots["product_id"] == "P1"

    def test_the_unpaid_order_in_view(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_coupon(services.engine)
        add_order(services.engine, "202611210000000001", product_ids=["P1", "P2"], state="pending_payment")
        said = self.ask(run, services, tracker, order_no="202611210000000001")
        assert said.texts[-1] == (
            "羊毛大衣×1、羊毛围巾×1（450.00元）能用的券：\n· 店铺券：可以用，减15.00元\n"
            "这样到手价435.00元，以结算页为准。"
        )
        change_order(services.engine, "202611210000000001", state="paid")
        assert len(self.ask(run, services, tracker, order_no="202611210000000001").texts) == 1

    def test_somebody_elses_order_in_view_is_no_order(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_coupon(services.engine)
        add_order(services.engine, "202611210000000002", customer="c2", state="pending_payment")
        assert len(self.ask(run, services, tracker, order_no="202611210000000002").texts) == 1

    def test_nothing_in_sight_to_use_a_coupon_for(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_coupon(services.engine)
        said = self.ask(run, services, tracker, "优惠券怎么用不了")
        assert said.texts[-1] == "想知道哪张能用在哪件商品上，把商品名字或链接发我，我帮您算。"

    def test_an_empty_wallet(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        assert self.ask(run, services, tracker).texts == ["您的卡包里目前没有这家店能用的优惠券。"]

    def test_the_rule_comes_first_where_one_is_asked_for(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_coupon(services.engine)
        know(services, "优惠券怎么领", "进店首页可以领。")
        said = self.ask(run, services, tracker, "优惠券怎么领")
        assert [card["type"] for card in said.cards] == ["knowledge_answer", "coupon_card"]
        assert [card["type"] for card in self.ask(run, services, tracker).cards] == ["coupon_card"]
        assert [card["type"] for card in self.ask(run, services, tracker, "/ask_coupon").cards] == ["coupon_card"]

    def test_visitors_sign_in_first(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_coupon(services.engine, customers=["c1", "c2"])
        know(services, "优惠券怎么领怎么用", "进店首页可以领。")
        before = row_counts(services.engine)
        said = self.ask(run, services, tracker, subject="anonymous", role="anonymous")
        assert said.texts[-1] == ("优惠券和账户绑定，请先登录，再从店铺、商品或订单页面进来，我就能帮您查了。")
        assert "店铺券" not in said.text
        tapped = self.ask(run, services, tracker, "/ask_coupon", subject="anonymous", role="anonymous")
        assert tapped.texts[0] == "进店首页可以领。\n（来自店铺说明）"
        assert row_counts(services.engine) == before

    def test_staff_have_no_wallet(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_coupon(services.engine)
        said = self.ask(run, services, tracker, subject="staff1", role="merchant")
        assert "店铺券" not in said.text
        assert said.slots["failures"] == 1


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_said(reason: Reason) -> None:
    missed = Missed("券", "coupon", "K1", reason)
    assert text_of(f"promotions.fit_{reason.value}", missed=missed)


class TestMembership:
    def ask(
        self, run: Run, services: Services, tracker: TrackerMaker, text: str = "我有多少积分", **more: object
    ) -> Said:
        return run(ActionAskMembership(services), tracker(text, "ask_membership", **more))

    def test_level_points_worth_and_what_is_missing(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_membership(services.engine, worth="2.5")
        add_membership(services.engine, "platform", points=90, earned=9000, levels=[2000, 8000])
        assert self.ask(run, services, tracker).texts == [
            "本店会员：您现在是普通会员，有1250积分，可抵31.25元，消费1元积1分。\n再积500分可以升到1级会员。\n"
            "平台会员：您现在是VIP2，有90积分，可抵0.90元，消费1元积1分。"
        ]

    def test_a_shop_without_membership(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_membership(services.engine, "platform", points=0, earned=0, worth="0")
        assert self.ask(run, services, tracker).texts == [
            "这家店目前没有自己的会员积分。\n"
            "平台会员：您现在是普通会员，有0积分，消费1元积1分。\n再积2000分可以升到VIP1。"
        ]

    def test_the_points_of_somebody_else_are_not_told(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_membership(services.engine, customer="c2", points=777)
        assert "777" not in self.ask(run, services, tracker).text

    def test_the_rule_comes_first_and_visitors_sign_in(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_membership(services.engine)
        know(services, "积分怎么用", "100分抵1元。")
        said = self.ask(run, services, tracker, "积分怎么用")
        assert said.texts[0] == "100分抵1元。\n（来自店铺说明）"
        assert said.texts[1].startswith("本店会员：")
        visitor = self.ask(run, services, tracker, "积分怎么用", subject="anonymous", role="anonymous")
        assert visitor.texts == [
            "100分抵1元。\n（来自店铺说明）",
            "会员等级和积分要登录后才能查，请先登录，再从店铺、商品或订单页面进来。",
        ]

    def test_the_level_of_a_vip_without_points(self, services: Services) -> None:
        add_membership(services.engine, "platform", customer="c2", earned=0)
        with writing(services.engine) as session:
            session.get(CustomerRow, "c1").vip_level = 1
        found = services.commerce.get_membership("platform", "c1")
        assert (found.level, found.points, found.next_level_points) == (1, 0, 8000)
        assert found.points_per_yuan == Decimal(1)
