"""Saying of an answer whether it was useful."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rasa_sdk import Tracker

from actions.knowledge import ActionRequestService, ActionSearchKnowledge
from actions.order_form import read_answer
from actions.services import Services
from actions.shown import shown_in
from actions.turn import read_turn
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import answered
from tests.actions.gaps import questions, ratings
from tests.factories import BY_TESTS, row_counts
from tests.goods import add_shops
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

FREIGHT, COD, OTHERS = 1, 2, 3
"""The numbers of the entries below."""

HELPFUL = '/ask_service_info{"entry": "1", "rating": "helpful"}'
UNHELPFUL = '/ask_service_info{"entry": "1", "rating": "unhelpful"}'
QUESTION = "邮费多少呀"


@pytest.fixture(autouse=True)
def shop(services: Services) -> None:
    add_shops(services.engine)
    with writing(services.engine) as session:
        freight = Draft("运费怎么算", "满99元包邮。", similar_questions=("邮费多少", "邮费多少呀"))
        add_entry(session, "m1", freight, BY_TESTS)
        add_entry(session, "platform", Draft("可以货到付款吗", "不支持货到付款。"), BY_TESTS)
        add_entry(session, "m2", Draft("运费怎么算", "本店都包邮。"), BY_TESTS)


@pytest.fixture
def answer(services: Services, tracker: TrackerMaker, run: Run) -> Said:
    return run(ActionSearchKnowledge(services), tracker(QUESTION, "ask_shipping_policy"))


def rate(run: Run, services: Services, tracker: Tracker) -> Said:
    return run(ActionSearchKnowledge(services), tracker)


class TestButtons:
    def test_an_answer_by_itself_has_them(self, answer: Said) -> None:
        assert answer.titles == ["有用", "没用"]
        assert answer.payloads == [HELPFUL, UNHELPFUL]

    def test_beside_an_open_form_nobody_is_asked(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        for form in ("order_form", "service_form"):
            said = rate(run, services, tracker(QUESTION, "ask_shipping_policy", active_loop=form))
            assert said.texts == ["满99元包邮。\n（来自店铺说明）"]
            assert said.buttons == []

    def test_where_a_person_is_offered_nobody_is_asked(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        said = run(ActionRequestService(services), tracker("运费怎么算", "opt_out_marketing"))
        assert said.cards[0]["entry_id"] == FREIGHT
        assert said.payloads == ["/request_human"]

    def test_they_are_no_offer_that_was_not_taken(
        self, services: Services, answer: Said, tracker: TrackerMaker
    ) -> None:
        later = answered(tracker("你们快点"), (QUESTION, answer))
        assert not read_turn(later, now=services.clock(), fallback_identity={}).buttons_offered


class TestHelpful:
    def test_it_is_counted_with_a_short_thank_you(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        tapped = answered(tracker(HELPFUL, slots={"failures": 1}, conversation_id="k1"), (QUESTION, answer))
        said = rate(run, services, tapped)
        assert said.texts == ["谢谢您的反馈！还有其他问题，随时问我。"]
        assert said.buttons == []
        assert said.slots == {"failures": 0, "offer": None}
        assert ratings(services.engine) == [("m1", FREIGHT, "k1", True)]
        assert questions(services.engine) == []

    def test_the_last_word_counts_once_a_conversation(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        for payload in (HELPFUL, UNHELPFUL, HELPFUL):
            rate(run, services, answered(tracker(payload, conversation_id="k1"), (QUESTION, answer)))
        rate(run, services, answered(tracker(UNHELPFUL, conversation_id="k2"), (QUESTION, answer)))
        assert ratings(services.engine) == [("m1", FREIGHT, "k1", True), ("m1", FREIGHT, "k2", False)]

    @pytest.mark.parametrize(("role", "subject"), [("merchant", "a1"), ("anonymous", "anonymous")])
    def test_staff_and_visitors_rate_the_platforms_answers_too(
        self, services: Services, tracker: TrackerMaker, run: Run, role: str, subject: str
    ) -> None:
        who = {"role": role, "subject": subject, "conversation_id": "k1"}
        answer = rate(run, services, tracker(f'/ask_service_info{{"entry": "{COD}"}}', **who))
        said = rate(run, services, answered(tracker(answer.payloads[0], **who), ("可以货到付款吗", answer)))
        assert said.texts == ["谢谢您的反馈！还有其他问题，随时问我。"]
        assert ratings(services.engine) == [("m1", COD, "k1", True)]


class TestUnhelpful:
    def test_it_says_sorry_and_records_what_was_asked(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        tapped = answered(tracker(UNHELPFUL, slots={"failures": 1}, conversation_id="k1"), (QUESTION, answer))
        said = rate(run, services, tapped)
        assert said.texts == ["抱歉，这条说明没有帮到您。您可以换个说法再问一次，或者转人工，由人工客服来解答。"]
        assert said.payloads == ["/request_human"]
        assert said.slots == {"failures": 2, "offer": "handoff"}
        assert ratings(services.engine) == [("m1", FREIGHT, "k1", False)]
        recorded = {"tenant": "m1", "text": QUESTION, "outcome": "unhelpful", "entry_id": FREIGHT, "count": 1}
        assert questions(services.engine) == [recorded]

    def test_what_was_asked_is_not_the_choice_among_questions(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        offer = {"type": "knowledge_offer", "questions": [{"entry_id": FREIGHT, "question": "…", "scope": "m1"}]}
        picked = answered(tracker(UNHELPFUL), ("寄过来要钱不", [offer]), ("第一个", answer), ("谢谢", []))
        rate(run, services, picked)
        assert [each["text"] for each in questions(services.engine)] == ["寄过来要钱不"]

    def test_below_a_tapped_question_it_is_that_question(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        rate(run, services, answered(tracker(UNHELPFUL), ("/ask_shipping_policy", answer)))
        assert [each["text"] for each in questions(services.engine)] == ["运费怎么算"]

    def test_a_second_tap_is_no_second_failure(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        rate(run, services, answered(tracker(UNHELPFUL), (QUESTION, answer)))
        again = answered(tracker(UNHELPFUL, slots={"failures": 1}), (QUESTION, answer), (UNHELPFUL, []))
        said = rate(run, services, again)
        assert said.slots == {"offer": "handoff"}
        assert [each["count"] for each in questions(services.engine)] == [1]


class TestDenied:
    @pytest.mark.parametrize("entry", ["2", "3", "99", "x", "9" * 30])
    def test_only_what_was_answered_here_can_be_rated(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run, entry: str
    ) -> None:
        before = row_counts(services.engine)
        tapped = tracker(f'/ask_service_info{{"entry": "{entry}", "rating": "unhelpful"}}', slots={"failures": 1})
        said = rate(run, services, answered(tapped, (QUESTION, answer)))
        assert said.texts == ["这条评价没有记上。您还想了解什么，可以直接告诉我。"]
        assert said.events == []
        assert row_counts(services.engine) == before

    def test_an_offered_question_was_not_answered(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        offer = {"type": "knowledge_offer", "questions": [{"entry_id": FREIGHT, "question": "…", "scope": "m1"}]}
        before = row_counts(services.engine)
        rate(run, services, answered(tracker(HELPFUL), (QUESTION, [offer])))
        assert row_counts(services.engine) == before

    def test_another_shops_entry_is_not_counted_even_if_it_had_been_shown(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        card = {"type": "knowledge_answer", "entry_id": OTHERS, "question": "运费怎么算", "scope": "m2"}
        before = row_counts(services.engine)
        tapped = tracker(f'/ask_service_info{{"entry": "{OTHERS}", "rating": "unhelpful"}}')
        rate(run, services, answered(tapped, (QUESTION, [card])))
        assert row_counts(services.engine) == before


class TestForms:
    @pytest.mark.parametrize("payload", [HELPFUL, UNHELPFUL, '/ask_service_info{"entry": "1"}'])
    def test_a_tap_is_no_answer_to_the_form_that_chooses_an_order(
        self, services: Services, answer: Said, tracker: TrackerMaker, payload: str
    ) -> None:
        tapped = answered(tracker(payload, active_loop="order_form"), (QUESTION, answer))
        assert read_answer(read_turn(tapped, now=services.clock(), fallback_identity={}), services) is None

    def test_an_earlier_answer_can_be_rated_while_a_form_is_open(
        self, services: Services, answer: Said, tracker: TrackerMaker, run: Run
    ) -> None:
        tapped = answered(tracker(HELPFUL, active_loop="order_form"), (QUESTION, answer), ("快递到哪了", []))
        said = rate(run, services, tapped)
        assert said.texts == ["谢谢您的反馈！还有其他问题，随时问我。"]
        assert not said.leaves_form
        assert len(ratings(services.engine)) == 1


def test_what_was_shown_is_read_from_the_events(answer: Said, tracker: TrackerMaker) -> None:
    events = answered(tracker("谢谢"), ("运费呢", answer), ("好", [{"type": "order_card"}])).events
    (shown,) = shown_in(events)
    assert (shown.card["entry_id"], shown.asked, shown.last) == (FREIGHT, "运费呢", False)
    (shown,) = shown_in(answered(tracker("谢谢"), ("运费呢", answer)).events)
    assert shown.last
    assert shown_in([]) == ()
