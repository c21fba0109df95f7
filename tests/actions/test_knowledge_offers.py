"""Questions that may be meant: offered, chosen, and recorded where nothing answers them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from actions.facts import ActionInform
from actions.knowledge import ActionFallback, ActionSearchKnowledge
from actions.offers import shortened
from actions.picking import in_place
from actions.products import ActionAskProduct
from actions.services import Services
from actions.smalltalk import ActionAcknowledge, ActionDeclineOffer
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import answered
from tests.actions.gaps import Unsure, questions
from tests.factories import BY_TESTS, row_counts
from tests.goods import add_product, add_shops
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft, EntryStatus
from xiaoer.knowledge.store import add_entry, retire_entry

Run = Callable[..., Said]

UNKNOWN = "这个问题我没有查到准确的说明，不敢乱说。您可以换个说法再问一次，或者转人工，由人工客服来确认。"
WRAP, CARD, NOTE = 1, 2, 3
"""The numbers of the entries below."""


@pytest.fixture(autouse=True)
def shop(services: Services) -> None:
    add_shops(services.engine)
    with writing(services.engine) as session:
        for scope, question, answer in (
            ("m1", "可以礼品包装吗", "下单时备注“礼品包装”即可，免费。"),
            ("m1", "能写贺卡吗", "可以，贺卡内容写在备注里。"),
            ("platform", "订单备注写在哪里", "提交订单页最下方有备注栏。"),
        ):
            add_entry(session, scope, Draft(question, answer), BY_TESTS)


@pytest.fixture
def unsure(services: Services) -> Services:
    """Services that find three questions likely, whatever is asked."""
    return knowing(services, ("m1", WRAP), ("m1", CARD), ("platform", NOTE))


def knowing(services: Services, *entries: tuple[str, int], score: float = 0.5) -> Services:
    return replace(services, knowledge=Unsure(services.knowledge, *entries, score=score))  # type: ignore[arg-type]


def ask(run: Run, services: Services, tracker: object) -> Said:
    return run(ActionSearchKnowledge(services), tracker)


@pytest.fixture
def offered(unsure: Services, tracker: TrackerMaker, run: Run) -> Said:
    return ask(run, unsure, tracker("送人的能弄好看点么", "ask_service_info", slots={"failures": 1}))


class TestOffering:
    def test_three_questions_to_tap_or_to_answer_by_number(self, unsure: Services, offered: Said) -> None:
        assert offered.texts == [
            "这个问题我不敢确定，您是想问下面哪一个？\n1. 可以礼品包装吗\n2. 能写贺卡吗\n3. 订单备注写在哪里\n"
            "回复序号就可以；都不是的话，您可以换个说法再问一次，或者转人工。"
        ]
        assert offered.titles == ["可以礼品包装吗", "能写贺卡吗", "订单备注写在哪里", "转人工"]
        assert offered.payloads[:2] == ['/ask_service_info{"entry": "1"}', '/ask_service_info{"entry": "2"}']
        assert offered.payloads[3] == "/request_human"
        assert offered.cards == [
            {
                "type": "knowledge_offer",
                "questions": [
                    {"entry_id": WRAP, "question": "可以礼品包装吗", "scope": "m1"},
                    {"entry_id": CARD, "question": "能写贺卡吗", "scope": "m1"},
                    {"entry_id": NOTE, "question": "订单备注写在哪里", "scope": "platform"},
                ],
            }
        ]
        assert offered.slots == {"failures": 2, "offer": None}
        recorded = {"tenant": "m1", "text": "送人的能弄好看点么", "outcome": "offered", "entry_id": WRAP, "count": 1}
        assert questions(unsure.engine) == [recorded]

    def test_one_question_is_asked_about(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = ask(run, knowing(services, ("m1", CARD)), tracker("卡片", "ask_service_info"))
        assert said.texts == ["您是想问“能写贺卡吗”吗？是的话回复“是”；不是的话，您可以换个说法再问一次，或者转人工。"]
        assert said.titles == ["能写贺卡吗", "转人工"]

    def test_a_question_that_shop_and_platform_both_answer_is_offered_once(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        with writing(services.engine) as session:
            add_entry(session, "platform", Draft("能写贺卡吗 ", "看店铺。"), BY_TESTS)
        said = ask(run, knowing(services, ("m1", CARD), ("platform", 4)), tracker("卡片", "ask_service_info"))
        assert said.payloads == ['/ask_service_info{"entry": "2"}', "/request_human"]

    def test_beside_an_open_form_there_are_no_numbers(self, unsure: Services, tracker: TrackerMaker, run: Run) -> None:
        asked = tracker("能弄好看点么", "ask_service_info", active_loop="order_form")
        said = ask(run, unsure, asked)
        assert said.texts == [
            "这个问题我不敢确定，您是想问：\n· 可以礼品包装吗\n· 能写贺卡吗\n· 订单备注写在哪里\n"
            "点一下就能看到说明；不是的话，您可以换个说法再问一次，或者转人工。"
        ]
        assert said.payloads[0] == '/ask_service_info{"entry": "1"}'

    def test_a_long_question_is_cut(self) -> None:
        assert shortened("一" * 24, 24) == "一" * 24
        assert shortened("一二三四五\n六七", 6) == "一二三四五…"

    def test_a_product_question_is_offered_too(self, unsure: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(unsure.engine, "P1")
        asked = tracker("这个送人体面不", "ask_product", product_id="P1")
        said = run(ActionAskProduct(unsure), asked)
        assert said.titles == ["可以礼品包装吗", "能写贺卡吗", "订单备注写在哪里", "转人工"]
        assert said.slots["failures"] == 1
        assert said.slots["last_topic"] == "products"
        assert questions(unsure.engine)[0]["outcome"] == "offered"


class TestChoosing:
    def test_a_tap_answers_and_what_was_recorded_stays(
        self, unsure: Services, offered: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        before = questions(unsure.engine)
        tapped = answered(tracker(offered.payloads[1], slots={"failures": 2}), ("送人的能弄好看点么", offered))
        said = ask(run, unsure, tapped)
        assert said.texts == ["可以，贺卡内容写在备注里。\n（来自店铺说明）"]
        assert said.cards[0]["entry_id"] == CARD
        assert said.slots == {"failures": 0, "last_topic": "other", "offer": None}
        assert questions(unsure.engine) == before

    @pytest.mark.parametrize(
        ("typed", "answer"),
        [
            ("1", "下单时备注“礼品包装”即可，免费。\n（来自店铺说明）"),
            ("第二个", "可以，贺卡内容写在备注里。\n（来自店铺说明）"),
            ("２号吧", "可以，贺卡内容写在备注里。\n（来自店铺说明）"),
            ("我想问第三个问题", "提交订单页最下方有备注栏。\n（来自平台规则）"),
            ("不是第一个，是最后一个", "提交订单页最下方有备注栏。\n（来自平台规则）"),
        ],
    )
    def test_a_place_in_the_list_answers(
        self, unsure: Services, offered: Said, tracker: TrackerMaker, run: Run, typed: str, answer: str
    ) -> None:
        picked = answered(tracker(typed, "inform"), ("送人的能弄好看点么", offered))
        for action in (ActionInform(unsure), ActionFallback(unsure)):
            first = run(action, picked)
            assert (first.texts, first.followup) == ([], "action_search_knowledge")
        assert ask(run, unsure, picked).texts == [answer]

    @pytest.mark.parametrize("typed", ["第二个包裹到哪了", "4", "第五个", "再说吧", "我要3件", "12"])
    def test_other_words_choose_nothing(
        self, unsure: Services, offered: Said, tracker: TrackerMaker, run: Run, typed: str
    ) -> None:
        said = run(ActionInform(unsure), answered(tracker(typed, "inform"), ("送人的能弄好看点么", offered)))
        assert said.followup is None
        assert said.texts == ["好的，收到。请问您想让我查什么，或者办什么？"]

    def test_a_list_that_something_else_has_followed_is_no_longer_meant(
        self, unsure: Services, offered: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        later = answered(tracker("1", "inform"), ("送人的能弄好看点么", offered), ("快递到哪了", []))
        assert run(ActionInform(unsure), later).followup is None

    def test_while_an_order_is_chosen_numbers_are_those_of_the_orders(
        self, unsure: Services, offered: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        beside = answered(tracker("1", "inform", active_loop="order_form"), ("能弄好看点么", offered))
        assert run(ActionInform(unsure), beside).followup is None

    def test_a_yes_means_the_only_question_but_none_of_several(
        self, services: Services, offered: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        only = ask(run, knowing(services, ("m1", CARD)), tracker("卡片", "ask_service_info"))
        yes = answered(tracker("是的", "affirm"), ("卡片", only))
        assert run(ActionAcknowledge(services), yes).followup == "action_search_knowledge"
        assert ask(run, services, yes).texts == ["可以，贺卡内容写在备注里。\n（来自店铺说明）"]
        several = answered(tracker("是的", "affirm"), ("送人的能弄好看点么", offered))
        assert run(ActionAcknowledge(services), several).texts == ["好的，还有什么需要随时告诉我。"]

    def test_none_of_them_is_meant(self, services: Services, offered: Said, tracker: TrackerMaker, run: Run) -> None:
        said = run(ActionDeclineOffer(services), answered(tracker("都不是", "deny"), ("送人的", offered)))
        assert said.texts == ["好的。您可以换个说法再问一次，或者转人工，由人工客服来解答。"]
        assert said.payloads == ["/request_human"]
        assert said.slots == {"offer": "handoff"}

    @pytest.mark.parametrize("entry", ["4", "5", "6", "7", "99", "0", "-1", "x", "", "9" * 30, "1 OR 1=1"])
    def test_an_entry_that_does_not_answer_here_is_not_known(
        self, services: Services, now: datetime, tracker: TrackerMaker, run: Run, entry: str
    ) -> None:
        with writing(services.engine) as session:
            add_entry(session, "m2", Draft("别家的问题", "别家的答案"), BY_TESTS)
            add_entry(session, "m1", Draft("还没写完", "草稿的答案"), BY_TESTS, status=EntryStatus.DRAFT)
            retired = add_entry(session, "m1", Draft("停用了", "停用的答案"), BY_TESTS)
            retire_entry(session, "m1", retired.id, BY_TESTS)
            add_entry(session, "m1", Draft("过期了", "过期的答案", valid_to=now - timedelta(seconds=1)), BY_TESTS)
        before = row_counts(services.engine)
        tapped = tracker("/ask_service_info", entities={})
        tapped.latest_message["entities"] = [{"entity": "entry", "value": entry}]
        said = ask(run, services, tapped)
        assert said.texts == [UNKNOWN]
        assert said.cards == []
        assert said.slots == {"failures": 1, "offer": "handoff"}
        assert row_counts(services.engine) == before


class TestNotKnown:
    @pytest.mark.parametrize(("role", "subject"), [("consumer", "c1"), ("merchant", "a1"), ("anonymous", "anonymous")])
    def test_it_is_said_and_recorded_whoever_asks(
        self, services: Services, tracker: TrackerMaker, run: Run, role: str, subject: str
    ) -> None:
        for failures in (0, 1):
            asked = tracker(
                "能预约量子检测吗", "ask_service_info", {}, {"failures": failures}, role=role, subject=subject
            )
            said = ask(run, knowing(services), asked)
            assert said.texts == [UNKNOWN]
            assert said.payloads == ["/request_human"]
            assert said.slots == {"failures": failures + 1, "offer": "handoff"}
        recorded = {"tenant": "m1", "text": "能预约量子检测吗", "outcome": "unknown", "entry_id": None, "count": 2}
        assert questions(services.engine) == [recorded]

    def test_personal_data_is_not_recorded(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        ask(run, knowing(services), tracker("量子检测打我13812345678", "ask_service_info"))
        ((text),) = (each["text"] for each in questions(services.engine))
        assert text.startswith("量子检测打我")
        assert "13812345678" not in text

    def test_the_product_of_the_question_is_recorded(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_product(services.engine, "P1")
        said = run(ActionAskProduct(knowing(services)), tracker("能量子检测吗", "ask_product", product_id="P1"))
        assert said.slots["offer"] == "handoff"
        assert [each["outcome"] for each in questions(services.engine)] == ["unknown"]

    def test_a_record_that_can_not_be_kept_does_not_cost_the_answer(
        self, services: Services, tracker: TrackerMaker, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = replace(knowing(services), engine=create_engine(f"sqlite:///{tmp_path}/none/x.sqlite", future=True))
        with caplog.at_level(logging.WARNING):
            said = ask(run, broken, tracker("量子检测打我13812345678", "ask_service_info"))
        assert said.texts == [UNKNOWN]
        assert [record.getMessage() for record in caplog.records] == [
            "a question could not be recorded: OperationalError"
        ]


class TestNotUnderstood:
    ranking = (("nlu_fallback", 0.3), ("query_order", 0.15), ("ask_stock", 0.09), ("query_logistics", 0.08))

    def test_two_questions_and_the_likeliest_wish_are_offered(
        self, unsure: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        said = run(ActionFallback(unsure), tracker("送人咋整", "nlu_fallback", ranking=self.ranking))
        assert said.titles == ["可以礼品包装吗", "能写贺卡吗", "查订单状态", "转人工"]
        assert said.slots == {"failures": 1, "offer": None}
        assert [each["outcome"] for each in questions(unsure.engine)] == ["offered"]

    def test_what_nothing_is_known_of_is_recorded(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        run(ActionFallback(knowing(services)), tracker("量子检测咋整", "nlu_fallback", ranking=self.ranking))
        recorded = {"tenant": "m1", "text": "量子检测咋整", "outcome": "unknown", "entry_id": None, "count": 1}
        assert questions(services.engine) == [recorded]

    @pytest.mark.parametrize(("text", "intent"), [("😀", "nlu_fallback"), ("量子检测咋整", "complain")])
    def test_what_is_no_question_is_not_recorded(
        self, services: Services, tracker: TrackerMaker, run: Run, text: str, intent: str
    ) -> None:
        run(ActionFallback(services), tracker(text, intent, ranking=self.ranking))
        assert questions(services.engine) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2", "乙"),
        ("第一个吧", "甲"),
        ("最后那个", "丙"),
        ("倒数第二个", "乙"),
        ("第九个", None),
        ("", None),
        ("前两个", None),
    ],
)
def test_a_place_in_any_list(text: str, meant: str | None) -> None:
    assert in_place(text, ["甲", "乙", "丙"]) == meant
    assert in_place(text, []) is None
