"""Answers from knowledge, requests that people handle, and what was not understood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from actions.knowledge import ActionFallback, ActionRequestService, ActionSearchKnowledge
from actions.services import Services
from actions.texts import replies
from tests.actions.conftest import DOMAIN, Said, TrackerMaker
from tests.actions.earlier import after
from tests.factories import BY_TESTS
from tests.goods import add_buyer, add_product, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft, Layer
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

FREIGHT = Draft("运费怎么算", "满99元包邮，不满收10元。", similar_questions=("包邮吗", "邮费多少"))
CANCEL = Draft("没发货可以取消订单吗", "未发货的订单可以取消，款项原路退回。", similar_questions=("怎么取消订单",))


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    with writing(sqlite_engine) as session:
        add_entry(session, "m1", FREIGHT, BY_TESTS)
        add_entry(session, "m1", CANCEL, BY_TESTS)


class TestSearch:
    def ask(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionSearchKnowledge(services), tracker)

    def test_an_answer_with_its_source_and_card(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("邮费多少", "ask_shipping_policy", slots={"failures": 2}))
        assert said.texts == ["满99元包邮，不满收10元。\n（来自店铺说明）"]
        assert said.cards == [
            {
                "type": "knowledge_answer",
                "entry_id": 1,
                "version": 1,
                "question": "运费怎么算",
                "answer": "满99元包邮，不满收10元。",
                "source": "店铺说明",
                "layer": "campaign",
                "scope": "m1",
                "product_id": None,
            }
        ]
        assert said.titles == ["有用", "没用"]
        assert said.slots == {"failures": 0, "last_topic": "other", "offer": None}

    def test_nothing_is_known(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("积分能换停车券吗", "ask_membership", slots={"failures": 1}))
        assert said.texts == [
            "这个问题我没有查到准确的说明，不敢乱说。您可以换个说法再问一次，或者转人工，由人工客服来确认。"
        ]
        assert said.payloads == ["/request_human"]
        assert said.cards == []
        assert said.slots == {"failures": 2, "offer": "handoff"}

    def test_a_tapped_button_asks_the_usual_question(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("/ask_shipping_policy"))
        assert said.texts == ["满99元包邮，不满收10元。\n（来自店铺说明）"]

    def test_a_tapped_guess_answers_what_was_typed_before(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        tapped = after(tracker("/ask_after_sale_policy"), ("包邮么你家", "nlu_fallback"))
        assert self.ask(run, services, tapped).texts == ["满99元包邮，不满收10元。\n（来自店铺说明）"]

    def test_on_the_platform_the_shop_of_the_product_answers(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        add_product(services.engine, "P1")
        platform = tracker("运费怎么算", "ask_shipping_policy", tenant="platform")
        assert self.ask(run, services, platform).slots["failures"] == 1
        in_view = tracker("运费怎么算", "ask_shipping_policy", tenant="platform", product_id="P1")
        assert self.ask(run, services, in_view).cards[0]["scope"] == "m1"


class TestRequest:
    def ask(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionRequestService(services), tracker)

    def test_the_rule_and_who_does_it(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("这单我不要了帮我弄掉", "cancel_order", slots={"failures": 1}))
        assert said.texts == [
            "未发货的订单可以取消，款项原路退回。\n（来自店铺说明）",
            "“取消订单”目前需要人工客服来处理，我不能直接操作。需要的话点“转人工”，前面聊过的内容会一起转过去。",
        ]
        assert said.cards[0]["type"] == "knowledge_answer"
        assert said.titles == ["转人工"]
        assert said.payloads == ["/request_human"]
        assert said.slots == {"failures": 0, "last_topic": "other", "offer": "handoff"}

    def test_without_a_rule_only_who_does_it(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("帮我改个收货地址", "change_address"))
        assert said.texts == [
            "“修改收货信息”目前需要人工客服来处理，我不能直接操作。需要的话点“转人工”，前面聊过的内容会一起转过去。"
        ]
        assert said.cards == []

    @pytest.mark.parametrize("intent", ["privacy_request", "account_issue"])
    def test_words_of_their_own(self, services: Services, tracker: TrackerMaker, run: Run, intent: str) -> None:
        said = self.ask(run, services, tracker("怎么弄", intent))
        assert said.texts[-1] == replies("knowledge")[f"by_person_{intent}"].strip()


class TestFallback:
    ranking = (
        ("nlu_fallback", 0.3),
        ("greet", 0.2),
        ("query_order", 0.15),
        ("merchant_fees", 0.1),
        ("ask_stock", 0.09),
        ("query_logistics", 0.08),
        ("return_goods", 0.07),
    )

    def ask(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionFallback(services), tracker)

    def test_the_likeliest_intents_are_offered(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("嗯那个东东咋整", "nlu_fallback", ranking=self.ranking))
        assert said.texts == ["抱歉，我没太明白您的意思。您想问的是下面哪一件？"]
        assert said.titles == ["查订单状态", "问库存", "查物流", "转人工"]
        assert said.payloads == ["/query_order", "/ask_stock", "/query_logistics", "/request_human"]
        assert said.slots == {"failures": 1, "offer": None}

    def test_again_in_other_words(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        again = tracker("嗯那个东东咋整", "nlu_fallback", ranking=self.ranking, slots={"failures": 1})
        said = self.ask(run, services, again)
        assert said.texts == ["抱歉，我还是没弄明白。您可以点下面最接近的一项，或者直接转人工。"]
        assert said.slots["failures"] == 2

    def test_those_who_sell_are_offered_what_they_ask(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        said = self.ask(run, services, tracker("那啥", "nlu_fallback", ranking=self.ranking, role="merchant"))
        assert said.titles == ["费用与保证金", "转人工"]

    def test_without_a_guess_only_people(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("😀", "nlu_fallback"))
        assert said.texts == ["抱歉，我没太明白您的意思。可以换个说法再说一次，或者转人工。"]
        assert said.titles == ["转人工"]

    def test_knowledge_that_clearly_fits_answers(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.ask(run, services, tracker("运费怎么算", "nlu_fallback", ranking=self.ranking))
        assert said.texts == ["满99元包邮，不满收10元。\n（来自店铺说明）"]
        assert said.slots["failures"] == 0

    def test_an_order_number_is_looked_up_whatever_else_was_said(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        number = [{"entity": "order_no", "value": "202611150003214567"}]
        said = self.ask(run, services, tracker("没看清 202611150003214567", "nlu_fallback", entities=number))
        assert said.texts == []
        assert said.followup == "action_query_order"

    def test_a_name_completes_what_was_asked(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P1", "双面羊毛大衣", "双面羊毛大衣")
        said = self.ask(run, services, tracker("大衣啊", "nlu_fallback", slots={"task": "ask_price"}))
        assert said.followup == "action_ask_price"
        assert said.texts == []
        assert said.slots == {"product_id": "P1", "product_view": None}


def test_every_intent_that_can_be_offered_has_a_rule_and_a_name() -> None:
    intents = {next(iter(each)) for each in DOMAIN["intents"]}
    assert set(replies("intents")) <= intents
    assert set(replies("questions")) <= set(replies("intents"))
    chatter = intents - set(replies("intents"))
    assert chatter == {
        "greet", "goodbye", "thank", "affirm", "deny", "stop", "inform", "ask_bot_identity", "ask_capabilities",
        "out_of_scope", "praise", "request_human", "complain", "urge", "nlu_fallback",
    }  # fmt: skip


def test_an_emergency_goes_before_everything(services: Services, tracker: TrackerMaker, run: Run) -> None:
    with writing(services.engine) as session:
        draft = Draft("运费怎么算", "受暴雪影响，今天暂停发货。", Layer.EMERGENCY)
        add_entry(session, "platform", draft, BY_TESTS)
    said = run(ActionSearchKnowledge(services), tracker("运费怎么算", "ask_shipping_policy"))
    assert said.texts == ["受暴雪影响，今天暂停发货。\n（来自平台紧急通知）"]
    assert said.cards[0]["layer"] == "emergency"
