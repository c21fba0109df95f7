"""Which order a turn is about."""

from __future__ import annotations

from datetime import datetime

import pytest

from actions.facts import ActionInform
from actions.order_choice import Found, OrderChooser, Several, Unknown, Unsuitable
from actions.orders import ACTIVE, ANY, QueryOrder
from actions.services import Services
from actions.turn import read_turn
from tests.actions.conftest import make_tracker, run_action
from tests.actions.mall import COAT, DAY, HOUR, SCARF, SHOES, Mall
from xiaoer.commerce.model import OrderState

TIERS = (ACTIVE, ANY)
WAITING = (frozenset({OrderState.PAID}),)


class Chosen:
    """What was chosen, in numbers."""

    def __init__(self, services: Services, now: datetime) -> None:
        self.services, self.now = services, now

    def __call__(self, text: str = "", *, tiers: tuple[frozenset[OrderState], ...] = TIERS, **more: object) -> object:
        turn = read_turn(make_tracker(text, "query_order", **more), now=self.now, fallback_identity={})
        choice = OrderChooser(turn, self.services.commerce).choose(tiers)
        if isinstance(choice, Unknown):
            return choice.number
        numbers = [order.order_no for order in choice.orders]
        return {Found: numbers[0] if len(numbers) == 1 else numbers, Several: tuple(numbers), Unsuitable: {*numbers}}[
            type(choice)
        ]


@pytest.fixture
def chosen(services: Services, now: datetime) -> Chosen:
    return Chosen(services, now)


def test_a_number_outranks_view_and_memory(mall: Mall, chosen: Chosen) -> None:
    one, two, three = mall.order(), mall.order(), mall.order()

    found = chosen("", entities={"order_no": one.order_no}, order_no=two.order_no, slots={"order_no": three.order_no})

    assert found == one.order_no


def test_a_waybill_names_its_order(mall: Mall, chosen: Chosen) -> None:
    mall.order("shipped")
    order = mall.order("shipped")
    mall.parcel(order, waybill_no="SF1478852036974")

    assert chosen("", entities={"waybill_no": "SF1478852036974"}) == order.order_no
    assert chosen("单号 sf1478852036974 到哪了") == order.order_no
    assert chosen("", entities={"waybill_no": "SF0000000000000"}) == "SF0000000000000"


def test_somebody_elses_waybill_is_not_found(mall: Mall, chosen: Chosen) -> None:
    mall.parcel(mall.order("shipped", customer="c2"), waybill_no="SF1478852036974")

    assert chosen("", entities={"waybill_no": "SF1478852036974"}) == "SF1478852036974"


def test_the_end_of_a_number_names_an_order(mall: Mall, chosen: Chosen) -> None:
    mall.order()
    order = mall.order("completed", order_no="202611150003217789", placed=6 * DAY)

    assert chosen("尾号7789的那单") == order.order_no
    assert chosen("查一下后四位7789") == order.order_no
    assert chosen("尾号 9999 的订单") == "9999"


def test_the_end_of_a_phone_is_no_order(mall: Mall, chosen: Chosen) -> None:
    order = mall.order()

    assert chosen("手机尾号8802") == order.order_no


def test_a_new_view_outranks_what_was_talked_about(mall: Mall, chosen: Chosen) -> None:
    one, two = mall.order(), mall.order()

    assert chosen("", order_no=two.order_no, slots={"order_no": one.order_no}) == two.order_no


def test_a_view_that_was_seen_stands_behind_what_was_talked_about(mall: Mall, chosen: Chosen) -> None:
    one, two = mall.order(), mall.order()

    slots = {"order_no": one.order_no, "order_view": two.order_no}
    assert chosen("", order_no=two.order_no, slots=slots) == one.order_no
    assert chosen("", order_no=two.order_no, slots={"order_view": two.order_no}) == two.order_no


def test_a_view_of_somebody_elses_order_counts_for_nothing(mall: Mall, chosen: Chosen) -> None:
    foreign = mall.order(customer="c2")
    order = mall.order()

    assert chosen("", order_no=foreign.order_no) == order.order_no


def test_memory_of_an_order_that_is_no_longer_owned_counts_for_nothing(mall: Mall, chosen: Chosen) -> None:
    foreign = mall.order(customer="c2")
    order = mall.order()

    assert chosen("", slots={"order_no": foreign.order_no}) == order.order_no


@pytest.mark.parametrize("text", ["查另一个订单", "别的订单呢", "其他单子到哪了", "不是这个订单"])
def test_another_order_is_neither_in_view_nor_in_mind(mall: Mall, chosen: Chosen, text: str) -> None:
    one, two = mall.order(), mall.order()

    assert chosen(text, order_no=one.order_no, slots={"order_no": one.order_no}) == two.order_no


def test_a_product_of_another_order_outranks_view_and_memory(mall: Mall, chosen: Chosen) -> None:
    coat, shoes = mall.order("paid", COAT), mall.order("completed", SHOES, placed=9 * DAY)

    assert chosen("运动鞋那单呢", slots={"order_no": coat.order_no}) == shoes.order_no
    assert chosen("运动鞋那单呢", order_no=coat.order_no) == shoes.order_no
    assert chosen("大衣到哪了", order_no=coat.order_no) == coat.order_no


def test_a_product_in_view_tells_which_of_several(mall: Mall, chosen: Chosen) -> None:
    mall.order("paid", COAT)
    shoes = mall.order("paid", SHOES)

    assert chosen("", product_id="m1-运动鞋") == shoes.order_no


def test_a_product_of_several_orders_leaves_those(mall: Mall, chosen: Chosen) -> None:
    new, old = mall.order("paid", COAT), mall.order("paid", COAT, placed=3 * DAY)
    mall.order("paid", SHOES)

    assert chosen("羊毛大衣的订单") == (new.order_no, old.order_no)


def test_a_variant_tells_which_of_several(mall: Mall, chosen: Chosen) -> None:
    mall.order("paid", COAT)
    white = mall.order("paid", ("羊毛大衣", "米白色 M", 1, "299.00"))

    assert chosen("白色的大衣发了吗") == white.order_no


def test_a_state_tells_which_of_several(mall: Mall, chosen: Chosen) -> None:
    mall.order("paid")
    unpaid = mall.order("pending_payment")

    assert chosen("没付款的那个订单") == unpaid.order_no


def test_a_day_tells_which_of_several(mall: Mall, chosen: Chosen) -> None:
    mall.order("paid", placed=3 * DAY)
    yesterday = mall.order("paid", placed=DAY)

    assert chosen("帮忙查下我昨天下的单什么情况") == yesterday.order_no


def test_the_only_order_that_suits_is_meant(mall: Mall, chosen: Chosen) -> None:
    mall.order("completed")
    mall.order("cancelled")
    active = mall.order("shipped", placed=9 * DAY)

    assert chosen("我的订单") == active.order_no


def test_several_come_newest_first(mall: Mall, chosen: Chosen) -> None:
    old, new = mall.order(placed=3 * DAY), mall.order(placed=HOUR)

    assert chosen("我的订单") == (new.order_no, old.order_no)


def test_a_part_is_seen_as_its_original_order(mall: Mall, chosen: Chosen) -> None:
    order = mall.order("shipped", COAT)
    part = mall.order("paid", SCARF, parent_order_no=order.order_no)

    assert chosen("我的订单") == order.order_no
    assert chosen("催发货", tiers=WAITING) == part.order_no


def test_nothing_suits(mall: Mall, chosen: Chosen) -> None:
    order = mall.order("completed")

    assert chosen("催发货", tiers=WAITING) == {order.order_no}


def test_what_was_just_chosen_stands_against_every_word(mall: Mall, chosen: Chosen) -> None:
    one, two = mall.order("paid", COAT), mall.order("paid", SHOES)

    just = {"latest_action_name": "action_continue_task"}
    assert chosen("另一个订单", slots={"order_no": two.order_no}, **just) == two.order_no
    both = [one.order_no, two.order_no]
    assert chosen("都看看", slots={"order_no": one.order_no, "options": both}, **just) == both


def test_places_in_the_open_list_count(mall: Mall, chosen: Chosen) -> None:
    one, two = mall.order("paid", COAT), mall.order("paid", SHOES)

    slots = {"options": [one.order_no, two.order_no], "task": "urge_shipment"}
    assert chosen("第二个到哪了", slots=slots, active_loop="order_form") == two.order_no
    assert chosen("第二个到哪了", slots=slots) == (two.order_no, one.order_no)


def test_a_button_is_not_read_as_words(mall: Mall, chosen: Chosen) -> None:
    one, _ = mall.order(), mall.order()

    assert chosen(f'/query_order{{"order_no": "{one.order_no}"}}') == one.order_no


def test_digits_with_gaps_and_full_width_digits_are_read(mall: Mall, chosen: Chosen) -> None:
    mall.order(order_no="202611150003214567")
    mall.order()

    assert chosen("查２０２６１１１５０００３２１４５６７") == "202611150003214567"
    assert chosen("查 20261115 0003 2145 67 到哪了") == "202611150003214567"


def test_a_phone_number_is_no_order_number(mall: Mall, chosen: Chosen) -> None:
    order = mall.order()

    assert chosen("我的电话13906715520", entities={"phone": "13906715520"}) == order.order_no


def test_an_unknown_number_offers_the_latest_orders_and_counts(services: Services, mall: Mall) -> None:
    order = mall.order()

    said = run_action(
        QueryOrder(services),
        make_tracker("查202611150003214567", "query_order", {"order_no": "202611150003214567"}, {"failures": 1}),
    )

    assert said.texts == [
        "没有查到 202611150003214567 对应的订单，请核对一下号码再发给我，或者直接点下面您最近的订单。"
    ]
    assert said.payloads == [f'/query_order{{"order_no": "{order.order_no}"}}']
    assert said.titles == ["羊毛大衣(黑色 L) · 待发货 · 11月20日"]
    assert said.slots == {"failures": 2, "offer": None, "task": "query_order"}


def test_a_corrected_number_is_for_the_task_of_the_wrong_one(services: Services, mall: Mall) -> None:
    order = mall.order()
    tracker = make_tracker(order.order_no, "inform", {"order_no": order.order_no}, {"task": "cancel_order"})

    assert run_action(ActionInform(services), tracker).followup == "action_cancel_order"


def test_an_order_that_is_found_leaves_no_task_behind(services: Services, mall: Mall) -> None:
    order = mall.order()
    tracker = make_tracker("查订单", "query_order", {"order_no": order.order_no}, {"task": "cancel_order"})

    assert run_action(QueryOrder(services), tracker).slots["task"] is None


def test_a_task_that_resolves_closes_the_form_of_another(services: Services, mall: Mall) -> None:
    one, two = mall.order("paid"), mall.order("paid", SHOES)
    slots = {"task": "urge_shipment", "options": [two.order_no, one.order_no]}

    said = run_action(
        QueryOrder(services), make_tracker("运动鞋到哪一步了", "query_order", slots=slots, active_loop="order_form")
    )

    assert said.leaves_form
    assert said.slots["task"] is None
    assert said.slots["order_no"] == two.order_no


def test_a_task_that_must_ask_replaces_the_form_of_another(services: Services, mall: Mall) -> None:
    mall.order("paid")
    mall.order("paid", SHOES)
    slots = {"task": "urge_shipment", "options": ["x"], "form_failures": 1}

    said = run_action(
        QueryOrder(services), make_tracker("我的订单到哪了", "query_order", slots=slots, active_loop="order_form")
    )

    assert not said.leaves_form
    assert said.slots["task"] == "query_order"
    assert said.slots["form_failures"] == 0
    assert "failures" not in said.slots


def test_asking_the_same_again_does_not_help(services: Services, mall: Mall) -> None:
    mall.order("paid")
    mall.order("paid", SHOES)
    slots = {"task": "query_order", "options": ["x"]}

    said = run_action(
        QueryOrder(services), make_tracker("我的订单到哪了", "query_order", slots=slots, active_loop="order_form")
    )

    assert said.slots["failures"] == 1
    assert said.slots["form_failures"] == 1
    assert said.followup == "order_form"


def test_a_task_ends_its_turn_by_itself(services: Services, mall: Mall) -> None:
    mall.order("paid")

    assert run_action(QueryOrder(services), make_tracker("我的订单", "query_order")).ends_turn
    assert run_action(QueryOrder(services), make_tracker("我的订单", "query_order", role="merchant")).ends_turn


def test_a_task_that_asks_goes_on_with_the_question(services: Services, mall: Mall) -> None:
    mall.order("paid")
    mall.order("paid", SHOES)

    assert not run_action(QueryOrder(services), make_tracker("我的订单", "query_order")).ends_turn


@pytest.mark.parametrize(("failures", "ends"), [(0, True), (1, True), (2, False)])
def test_the_third_unresolved_turn_is_left_to_the_policies(
    services: Services, mall: Mall, failures: int, ends: bool
) -> None:
    tracker = make_tracker(
        "202611150003214567", "query_order", {"order_no": "202611150003214567"}, {"failures": failures}
    )

    assert run_action(QueryOrder(services), tracker).ends_turn is ends
