"""Beginnings and ends, who answers, and kind words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from actions.services import Services
from actions.smalltalk import (
    ActionAcknowledge,
    ActionDeclineChatter,
    ActionDeclineOffer,
    ActionGoodbye,
    ActionGreet,
    ActionIdentify,
    ActionLeaveFlow,
    ActionPraise,
    ActionShowCapabilities,
    ActionThank,
)
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.goods import add_buyer, add_order, add_product, add_shop

Run = Callable[..., Said]

ORDER = "202611200000000001"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    chart = [{"size": "M", "height_cm": [150, 165]}]
    add_product(sqlite_engine, "P1", "双面羊毛大衣", variants={"黑色 M": ("899", 5)}, size_chart=chart)


class TestGreeting:
    def greet(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionGreet(services), tracker)

    def test_the_shop_and_a_few_starters(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.greet(run, services, tracker("你好", "greet", slots={"failures": 2, "offer": "handoff"}))
        assert said.texts == ["您好，这里是云裳服饰，我是智能客服小二。请问有什么可以帮您？"]
        assert said.titles == ["查订单状态", "查物流", "优惠活动", "转人工"]
        assert said.payloads == ["/query_order", "/query_logistics", "/ask_promotion", "/request_human"]
        assert said.slots == {"offer": None}  # failures stay

    def test_vips_are_known(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.greet(run, services, tracker("在吗", "greet", vip_level=2, tenant="platform"))
        assert said.texts == ["VIP会员您好，欢迎来到集市优选，我是智能客服小二。请问有什么可以帮您？"]

    def test_the_second_greeting_is_short(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.greet(run, services, after(tracker("在吗", "greet"), ("你好", "greet")))
        assert said.texts == ["我在的。请问有什么可以帮您？"]

    def test_the_product_in_view(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.greet(run, services, tracker("你好", "greet", product_id="P1"))
        assert said.texts == ["您好，这里是云裳服饰，我是智能客服小二。您正在看的是双面羊毛大衣。请问有什么可以帮您？"]
        assert said.payloads == [
            '/ask_price{"product": "P1"}',
            '/ask_stock{"product": "P1"}',
            '/ask_size{"product": "P1"}',
            "/request_human",
        ]

    def test_the_order_in_view(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, ORDER)
        said = self.greet(run, services, tracker("你好", "greet", order_no=ORDER))
        assert said.texts == [
            "您好，这里是云裳服饰，我是智能客服小二。"
            f"您正在看的订单 {ORDER}（双面羊毛大衣(黑色 M)）目前待发货。请问有什么可以帮您？"
        ]
        assert said.titles == ["查订单状态", "催发货", "转人工"]
        assert said.payloads[1] == f'/urge_shipment{{"order_no": "{ORDER}"}}'

    def test_somebody_elses_order_is_not_mentioned(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_buyer(services.engine, "c2", "李明")
        add_order(services.engine, ORDER, customer="c2")
        said = self.greet(run, services, tracker("你好", "greet", order_no=ORDER))
        assert said.texts == ["您好，这里是云裳服饰，我是智能客服小二。请问有什么可以帮您？"]

    def test_visitors_and_those_who_sell(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        visitor = self.greet(run, services, tracker("你好", "greet", role="anonymous", subject="anonymous"))
        assert visitor.text.endswith("商品和店铺规则可以直接问我；要查订单的话，请先登录。")
        assert visitor.titles == ["推荐商品", "优惠活动", "运费和发货规则", "转人工"]
        seller = self.greet(run, services, tracker("你好", "greet", role="merchant", subject="s1"))
        assert seller.texts == [
            "您好，我是云裳服饰的智能客服小二。平台规则、费用结算、商品和活动方面的问题都可以问我。"
        ]
        assert seller.titles == ["费用与保证金", "货款结算", "违规与申诉"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (ActionGoodbye, "好的，再见，祝您生活愉快。"),
        (ActionThank, "不客气，还有需要随时找我。"),
        (ActionPraise, "谢谢您的肯定，您满意就好。"),
        (ActionAcknowledge, "好的，还有什么需要随时告诉我。"),
    ],
)
def test_kind_words_change_nothing_but_the_offer(
    services: Services, tracker: TrackerMaker, run: Run, action: type, expected: str
) -> None:
    said = run(action(services), tracker("嗯", slots={"failures": 2, "offer": "handoff", "task": "ask_size"}))
    assert said.texts == [expected]
    assert said.slots == {"offer": None}


def test_thanks_twice(services: Services, tracker: TrackerMaker, run: Run) -> None:
    assert run(ActionThank(services), after(tracker("谢谢", "thank"), ("多谢", "thank"))).texts == ["不客气。"]


def test_who_answers_is_told_truthfully(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = run(ActionIdentify(services), tracker("你是机器人吗", "ask_bot_identity"))
    assert said.texts == [
        "我是云裳服饰的智能客服小二，是机器人，不是真人。查订单、物流和商品我可以直接办；需要人工客服的话，随时点“转人工”。"
    ]
    assert said.payloads == ["/request_human"]


@pytest.mark.parametrize(
    ("role", "has", "has_not"),
    [("consumer", "催发货", "入驻"), ("anonymous", "登录之后", "改地址"), ("merchant", "入驻", "催发货")],
)
def test_what_works_for_whom(
    services: Services, tracker: TrackerMaker, run: Run, role: str, has: str, has_not: str
) -> None:
    said = run(ActionShowCapabilities(services), tracker("你能干嘛", "ask_capabilities", role=role))
    assert has in said.text
    assert has_not not in said.text
    assert said.titles[-1] == "转人工"


def test_what_people_do_is_not_promised(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = run(ActionShowCapabilities(services), tracker("你能干嘛", "ask_capabilities"))
    assert said.text.endswith("每次提交前我都会先跟您确认。处理不了的，我帮您转人工客服。")


def test_chatter_is_declined_in_several_ways(services: Services, tracker: TrackerMaker, run: Run) -> None:
    def answer(text: str) -> str:
        said = run(ActionDeclineChatter(services), tracker(text, "out_of_scope", slots={"failures": 1}))
        assert said.slots == {"offer": None}
        return said.text

    texts = ["今天天气怎么样", "讲个笑话", "国足又输了", "你谈过恋爱吗", "我好无聊", "一加一等于几"]
    assert len({answer(text) for text in texts}) > 1
    assert answer(texts[0]) == answer(texts[0])


def test_a_no_lets_go_of_what_was_asked(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"offer": "urge_shipment", "task": "ask_price", "options": ["P1"]}
    said = run(ActionDeclineOffer(services), tracker("不用了", "deny", slots=slots))
    assert said.texts == ["好的，那就先不办。有需要随时告诉我。"]
    assert said.slots == {"offer": None, "task": None, "options": None, "paused": None}
    opened = tracker("不用了", "deny", slots={"task": "query_order"}, active_loop="order_form")
    assert run(ActionDeclineOffer(services), opened).slots == {"offer": None, "paused": None}


def test_leaving_closes_the_form(services: Services, tracker: TrackerMaker, run: Run) -> None:
    opened = tracker("算了", "stop", slots={"task": "urge_shipment", "options": [ORDER]}, active_loop="order_form")
    said = run(ActionLeaveFlow(services), opened)
    assert said.texts == ["好的，刚才的操作先停下，没有提交任何内容。有需要随时告诉我。"]
    assert said.leaves_form
    assert said.slots["task"] is None
    assert said.slots["requested_slot"] is None
    nothing = run(ActionLeaveFlow(services), tracker("算了", "stop"))
    assert nothing.texts == ["好的，那先不继续了。有需要随时告诉我。"]
    assert nothing.leaves_form


def test_a_message_without_trusted_metadata_gets_no_data(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = run(ActionGreet(services), tracker("你好", "greet", metadata={}))
    assert said.texts == ["抱歉，暂时无法确认您的身份，我这里看不到您的信息。请从店铺页面重新进入后再试。"]
    assert said.events == []
