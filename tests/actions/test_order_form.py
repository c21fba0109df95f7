"""Choosing one of several orders: what counts as an answer, and what is asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.order_form import AskOrderChoice, ContinueTask, ValidateOrderForm, read_answer
from actions.orders import QueryOrder, UrgeShipment
from actions.services import Services
from actions.turn import read_turn
from tests.actions.conftest import Said, make_tracker, run_action
from tests.actions.mall import COAT, DAY, SHOES, Item, Mall

HAT: Item = ("渔夫帽", "卡其色", 1, "59.00")


class Form:
    """The form over three orders, newest first: a coat to ship, shoes to ship, a hat under way."""

    def __init__(self, services: Services, mall: Mall, now: datetime) -> None:
        self.services, self.mall, self.now = services, mall, now
        self.coat = mall.order("paid", COAT, order_no="202611201000001111", placed=DAY).order_no
        self.shoes = mall.order("paid", SHOES, order_no="202611191000002222", placed=2 * DAY).order_no
        self.hat = mall.order("shipped", HAT, order_no="202611181000003333", placed=3 * DAY).order_no
        self.old = mall.order("completed", SHOES, order_no="202608011000004444", placed=110 * DAY).order_no

    def tracker(self, text: str, intent: str = "inform", task: str = "query_order", **more: Any) -> Tracker:
        slots = {"task": task, "options": [self.coat, self.shoes, self.hat], **more.pop("slots", {})}
        more = {"latest_action_name": "order_form", **more}  # Rasa puts the form's own name last
        return make_tracker(text, intent, slots=slots, active_loop="order_form", **more)

    def read(self, text: str, intent: str = "inform", **more: Any) -> str | None:
        """Return what the answer names: ``coat``, ``shoes``, ``hat``, or the reading itself."""
        turn = read_turn(self.tracker(text, intent, **more), now=self.now, fallback_identity={})
        answer = read_answer(turn, self.services)
        for name in ("coat", "shoes", "hat", "old"):
            answer = answer and answer.replace(getattr(self, name), name)
        return answer

    def validate(self, text: str, intent: str = "inform", **more: Any) -> Said:
        return run_action(ValidateOrderForm(self.services), self.tracker(text, intent, **more))


@pytest.fixture
def form(services: Services, mall: Mall, now: datetime) -> Form:
    return Form(services, mall, now)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("第一个", "coat"),
        ("第二个", "shoes"),
        ("第2个吧", "shoes"),
        ("2", "shoes"),
        ("３", "hat"),
        ("二", "shoes"),
        ("2号", "shoes"),
        ("最后一个", "hat"),
        ("倒数第二个", "shoes"),
        ("最近的那个", "coat"),
        ("刚买的那个", "coat"),
        ("上面那个", "coat"),
        ("中间那个", "shoes"),
        ("最下面的", "hat"),
        ("我要查第三个订单", "hat"),
        ("不是第一个，是第二个", "shoes"),
        ("是不是第二个", "shoes"),
        ("尾号2222", "shoes"),
        ("2222", "shoes"),
        ("后四位是3333的", "hat"),
        ("大衣", "coat"),
        ("那双运动鞋", "shoes"),
        ("渔夫帽那个", "hat"),
        ("黑色的那件", "coat"),
        ("白的", "shoes"),
        ("L码的", "coat"),
        ("459元的", "shoes"),
        ("59", "hat"),
        ("已经发货的那个", "hat"),
        ("昨天买的", "coat"),
        ("11月19日下的", "shoes"),
        ("前天拍的那单", "shoes"),
    ],
)
def test_one_of_the_options_is_chosen(form: Form, text: str, meant: str) -> None:
    assert form.read(text) == f"chosen:{meant}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("都查一下", "coat,shoes,hat"),
        ("全部", "coat,shoes,hat"),
        ("前两个", "coat,shoes"),
        ("第一个和第三个", "coat,hat"),
        ("1和2", "coat,shoes"),
    ],
)
def test_several_of_the_options_are_chosen(form: Form, text: str, meant: str) -> None:
    assert form.read(text) == f"chosen:{meant}"


def test_a_full_number_is_chosen_even_where_it_was_no_option(form: Form) -> None:
    assert form.read(form.old, entities={"order_no": form.old}) == "chosen:old"
    assert form.read("尾号4444的那单") == "chosen:old"
    assert form.read(f'/inform{{"order_no": "{form.hat}"}}') == "chosen:hat"


@pytest.mark.parametrize("number", ["202611150003214567", "SF1478852036974"])
def test_an_unknown_number_is_named(form: Form, number: str) -> None:
    entity = "order_no" if number.startswith("20") else "waybill_no"
    assert form.read(number, entities={entity: number}) == f"unknown:{number}"


def test_an_unknown_end_is_named(form: Form) -> None:
    assert form.read("尾号9999") == "unknown:9999"


def test_somebody_elses_number_reads_like_one_that_does_not_exist(form: Form) -> None:
    foreign = form.mall.order("paid", customer="c2", order_no="202611150003214567").order_no
    assert form.read(foreign, entities={"order_no": foreign}) == f"unknown:{foreign}"


@pytest.mark.parametrize("text", ["待发货的", "没发货的那个"])
def test_words_that_fit_some_options_narrow_them(form: Form, text: str) -> None:
    assert form.read(text) == "narrowed:coat,shoes"


@pytest.mark.parametrize("text", ["都不是", "一个都不是", "这几个都不是"])
def test_none_of_them(form: Form, text: str) -> None:
    assert form.read(text) == "none:"


@pytest.mark.parametrize(
    ("text", "intent"), [("嗯嗯", "affirm"), ("那个", "inform"), ("啥", "nlu_fallback"), ("我有88个", "out_of_scope")]
)
def test_answers_without_a_choice_are_unclear(form: Form, text: str, intent: str) -> None:
    assert form.read(text, intent) == "unclear:"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("你们家包邮吗", "ask_shipping_policy"),
        ("羊毛大衣多少钱", "ask_price"),
        ("算了不查了", "stop"),
        ("转人工", "request_human"),
        ("讲个笑话", "out_of_scope"),
        ("第二个帮我退了", "return_goods"),
        ("第二个的物流到哪了", "query_logistics"),
        ("不用了", "deny"),
        ("你好", "greet"),
    ],
)
def test_other_wishes_are_left_to_their_own_rules(form: Form, text: str, intent: str) -> None:
    assert form.read(text, intent) is None


@pytest.mark.parametrize("intent", ["query_order", "split_order", "ask_stock", "place_order"])
def test_a_bare_choice_counts_whatever_the_intent(form: Form, intent: str) -> None:
    assert form.read("第二个订单", intent, task="urge_shipment") == "chosen:shoes"
    assert form.read("黑色那件", intent, task="urge_shipment") == "chosen:coat"


def test_words_of_the_same_task_count_as_a_choice(form: Form) -> None:
    assert form.read("催一下运动鞋的发货", "urge_shipment", task="urge_shipment") == "chosen:shoes"


def test_a_button_of_another_task_is_no_choice(form: Form) -> None:
    assert form.read(f'/query_order{{"order_no": "{form.hat}"}}', task="urge_shipment") is None


def test_a_choice_fills_the_slot(form: Form) -> None:
    said = form.validate("第二个")

    assert said.slots == {"order_choice": form.shoes, "form_failures": 0}
    assert said.texts == []


def test_a_narrowed_list_is_asked_again_without_counting(form: Form) -> None:
    said = form.validate("没发货的那个")

    assert said.slots == {"order_choice": None, "options": [form.coat, form.shoes]}
    assert said.texts == ["符合的有这几个，再选一下："]


def test_after_none_of_them_the_number_is_asked_for(form: Form) -> None:
    said = form.validate("都不是", "deny")
    assert said.slots == {"order_choice": None, "options": []}

    asked = run_action(AskOrderChoice(form.services), form.tracker("都不是", slots=said.slots))
    assert asked.texts == ["好的，那请把要查的18位订单号发给我，在订单详情里可以看到。"]
    assert asked.cards == [{"type": "form_question", "slot": "order_choice", "options": []}]
    assert asked.payloads == ["/request_human", "/stop"]


def test_first_unclear_answer_is_said_to_be_unclear(form: Form) -> None:
    said = form.validate("嗯嗯", "affirm")

    assert said.texts == ["没有对应上是哪一个订单。"]
    assert said.slots == {"order_choice": None, "form_failures": 1, "failures": 1}


def test_second_unclear_answer_explains_what_is_needed(form: Form) -> None:
    said = form.validate("嗯嗯", "affirm", slots={"form_failures": 1, "failures": 1})

    assert "18位订单号或订单尾号" in said.text
    assert said.slots == {"order_choice": None, "form_failures": 2, "failures": 2}


def test_unknown_number_is_quoted(form: Form) -> None:
    number = "202611150003214567"

    said = form.validate(number, entities={"order_no": number})

    assert said.texts == [f"没有查到 {number} 对应的订单，请核对一下号码。"]
    assert said.slots["order_choice"] is None


def test_another_wish_leaves_the_slot_alone(form: Form) -> None:
    assert form.validate("你们家包邮吗", "ask_shipping_policy").events == []


def test_coming_back_after_an_interruption_reads_nothing(form: Form) -> None:
    said = form.validate("第二个", latest_action_name="action_search_knowledge")

    assert said.events == []
    assert said.texts == []


def test_opening_the_form_reads_nothing(form: Form) -> None:
    said = form.validate("第二个", slots={"requested_slot": None})

    assert said.events == []


def test_question_lists_the_options_as_buttons_and_by_number(form: Form) -> None:
    said = run_action(AskOrderChoice(form.services), form.tracker("我的订单", "query_order"))

    assert said.texts == [
        "请问您要查哪一个订单？点一下，或者回复序号就行：\n"
        "1. 羊毛大衣(黑色 L) · 待发货 · 11月20日（尾号1111，299.00元）\n"
        "2. 运动鞋(白色 42) · 待发货 · 11月19日（尾号2222，459.00元）\n"
        "3. 渔夫帽(卡其色) · 已发货 · 11月18日（尾号3333，59.00元）\n"
        "都不是的话，把订单号发给我就行。"
    ]
    assert said.buttons[0] == {
        "title": "羊毛大衣(黑色 L) · 待发货 · 11月20日",
        "payload": f'/inform{{"order_no": "{form.coat}"}}',
    }
    assert said.cards == [
        {
            "type": "form_question",
            "slot": "order_choice",
            "options": [
                {"order_no": form.coat, "title": "羊毛大衣(黑色 L) · 待发货 · 11月20日"},
                {"order_no": form.shoes, "title": "运动鞋(白色 42) · 待发货 · 11月19日"},
                {"order_no": form.hat, "title": "渔夫帽(卡其色) · 已发货 · 11月18日"},
            ],
        }
    ]


def test_orders_that_look_alike_are_told_apart_by_their_numbers(services: Services, mall: Mall) -> None:
    one, two = mall.order("paid"), mall.order("paid")

    tracker = make_tracker("", slots={"task": "query_order", "options": [one.order_no, two.order_no]})
    said = run_action(AskOrderChoice(services), tracker)

    assert said.titles == [f"羊毛大衣(黑色 L) · 待发货 · 11月20日 · 尾号{order.order_no[-4:]}" for order in (one, two)]


def test_all_can_be_pressed_for_by_a_button(form: Form) -> None:
    said = run_action(AskOrderChoice(form.services), form.tracker("催", "urge_shipment", task="urge_shipment"))

    assert said.buttons[-1] == {"title": "全部都催", "payload": "全部都催"}
    assert form.read("全部都催", "urge_shipment", task="urge_shipment") == "chosen:coat,shoes,hat"


def test_after_two_failures_a_person_and_a_way_out_are_offered(form: Form) -> None:
    said = run_action(AskOrderChoice(form.services), form.tracker("嗯", slots={"form_failures": 2, "failures": 2}))

    assert said.payloads[-2:] == ["/request_human", "/stop"]


def test_nothing_more_is_asked_once_a_person_is_called(form: Form) -> None:
    said = run_action(AskOrderChoice(form.services), form.tracker("嗯", slots={"form_failures": 3, "failures": 3}))

    assert said.texts == []


def test_the_task_goes_on_with_the_choice(form: Form) -> None:
    tracker = form.tracker("第二个", slots={"order_choice": form.shoes, "form_failures": 1}, order_no=form.hat)

    said = run_action(ContinueTask(form.services), tracker)

    assert said.followup == "action_query_order"
    assert said.slots == {
        "order_choice": None,
        "task": None,
        "form_failures": 0,
        "order_no": form.shoes,
        "order_view": form.hat,
        "options": None,
    }


def test_the_chosen_order_is_shown_whatever_is_in_view(form: Form) -> None:
    tracker = make_tracker(
        "第二个",
        slots={"order_no": form.shoes, "order_view": form.hat},
        order_no=form.hat,
        latest_action_name="action_continue_task",
    )

    said = run_action(QueryOrder(form.services), tracker)

    assert said.cards[0]["order_no"] == form.shoes


def test_all_that_were_chosen_are_pressed_for(form: Form) -> None:
    chosen = [form.coat, form.shoes]
    said = run_action(
        ContinueTask(form.services),
        form.tracker("都催一下", "urge_shipment", task="urge_shipment", slots={"order_choice": ",".join(chosen)}),
    )
    assert said.slots["options"] == chosen

    then = make_tracker("都催一下", "urge_shipment", slots=said.slots, latest_action_name="action_continue_task")
    urged = run_action(UrgeShipment(form.services), then)

    assert form.mall.reminders() == chosen
    assert urged.slots["options"] is None


def test_a_lost_task_is_admitted(form: Form) -> None:
    said = run_action(ContinueTask(form.services), make_tracker("第二个", slots={"order_choice": form.coat}))

    assert said.followup is None
    assert "请再说一次" in said.text


def test_options_that_are_no_longer_owned_are_not_shown(form: Form) -> None:
    foreign = form.mall.order("paid", customer="c2")

    said = run_action(AskOrderChoice(form.services), form.tracker("", slots={"options": [foreign.order_no, form.coat]}))

    assert len(said.buttons) == 1
    assert foreign.order_no not in said.text
