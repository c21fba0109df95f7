"""The form of a wish: what is an answer, what is left to others, corrections, and doing it once."""

from __future__ import annotations

import pytest

from actions.service.form import ValidateServiceForm
from actions.service.tasks import CancelOrder, ChangeAddress, ChangeOrderTask
from actions.services import Services
from tests.actions.conftest import make_tracker, run_action
from tests.actions.mall import DAY, SCARF, SHOES, Mall
from tests.actions.service.talking import Talk
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import reading

ADDRESS = "江苏省南京市玄武区中山路18号德基大厦1001"


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services)


def states(mall: Mall, *orders: OrderRow) -> list[str]:
    with reading(mall.engine) as session:
        return [session.get(OrderRow, order.order_no).state for order in orders]


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("你们发什么快递", "ask_shipping_policy"),
        ("这个订单到哪一步了", "query_order"),
        ("有什么活动", "ask_promotion"),
        ("转人工", "request_human"),
        ("/query_order", "query_order"),
    ],
)
def test_what_is_something_else_is_left_to_its_own_rule(mall: Mall, talk: Talk, words: str, intent: str) -> None:
    mall.order("paid")
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    assert talk.say(words, intent) == ""
    assert talk.told[-1].events == []


@pytest.mark.parametrize("carried", ['"rating": "helpful"', '"rating": "unhelpful"', '"entry": "1"'])
def test_a_button_below_knowledge_is_no_answer(mall: Mall, talk: Talk, carried: str) -> None:
    mall.order("paid")
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    assert talk.say(f'/ask_service_info{{"entry": "1", {carried}}}') == ""
    assert talk.told[-1].events == []
    assert talk.asked == "confirm"


def test_a_turn_that_was_answered_by_another_is_no_answer(services: Services, mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(ChangeAddress, "改地址", "change_address")
    tracker = make_tracker(
        ADDRESS, "inform", slots=talk.slots, active_loop="service_form", latest_action_name="action_query_order"
    )

    assert run_action(ValidateServiceForm(services), tracker).slots == {"requested_slot": "address"}


def test_what_is_not_understood_is_explained_the_second_time(mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(ChangeAddress, "改地址", "change_address")

    assert talk.say("嗯哼", "nlu_fallback").startswith("这句话我没有对应上，请再说一次。")
    assert talk.slots["failures"] == 1
    assert talk.say("哈" * 10_000, "nlu_fallback").startswith("还是没有对应上。")
    assert talk.told[-1].titles == ["转人工", "算了"]
    assert talk.say("\u202e\u0007", "nlu_fallback").startswith("还是没有对应上。")
    assert talk.slots["failures"] == 3
    assert len(talk.told) == 2  # a person is called; the question would get in the way
    assert talk.told[-1].texts == []


def test_an_answer_after_a_failure_counts_as_help(mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(ChangeAddress, "改地址", "change_address")
    talk.say("嗯哼", "nlu_fallback")

    talk.say(ADDRESS)

    assert (talk.asked, talk.slots["failures"], talk.slots["form_failures"]) == ("confirm", 0, 0)


def test_a_correction_below_the_summary_is_shown_again(mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(ChangeAddress, f"改到{ADDRESS}", "change_address", {"address": ADDRESS})

    told = talk.say("电话也换一下，13600001111", "change_address", {"phone": "13600001111"})

    assert told.startswith("已经按您说的改好了，再确认一下：")
    assert talk.fields == {
        "手机号": "13800000001 → 13600001111",
        "收货地址": f"浙江省杭州市西湖区文三路1号 → {ADDRESS}",
    }


def test_not_this_order_but_the_one_before(mall: Mall, talk: Talk) -> None:
    newest = mall.order("paid", placed=DAY)
    middle = mall.order("paid", SCARF, placed=2 * DAY)
    oldest = mall.order("paid", SHOES, placed=3 * DAY)
    talk.begin(CancelOrder, "取消订单", "cancel_order", {"order_no": newest.order_no})

    told = talk.say("不是这个订单，是上一个", "deny")

    assert f"订单：{middle.order_no}" in told
    talk.say("确认", "affirm")
    assert states(mall, newest, middle, oldest) == ["paid", "cancelled", "paid"]


def test_another_order_by_its_number(mall: Mall, talk: Talk) -> None:
    one, two = mall.order("paid"), mall.order("paid", SCARF)
    talk.begin(CancelOrder, "取消订单", "cancel_order", {"order_no": one.order_no})

    assert f"订单：{two.order_no}" in talk.say(f"不对，是{two.order_no}", "deny", {"order_no": two.order_no})
    talk.say("确认", "affirm")
    assert states(mall, one, two) == ["paid", "cancelled"]


def test_somebody_elses_number_changes_nothing(mall: Mall, talk: Talk) -> None:
    own, other = mall.order("paid"), mall.order("paid", customer="c2")
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    told = talk.say(f"是{other.order_no}", "inform", {"order_no": other.order_no})

    assert told.startswith(f"没有查到 {other.order_no} 对应的订单")
    assert states(mall, own, other) == ["paid", "paid"]
    assert talk.slots["service_order"] == own.order_no


def test_there_is_no_other_order(mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(CancelOrder, "取消订单", "cancel_order")

    assert talk.say("不是这个订单", "deny").startswith("没有查到您的其他订单。")
    assert talk.asked == "confirm"


def test_a_wish_in_between_is_done_and_the_first_is_come_back_to(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid")
    talk.begin(ChangeAddress, "改地址", "change_address")
    talk.begin(ChangeOrderTask, "先帮我备注一下：轻拿轻放", "change_order")
    told = talk.say("确认", "affirm")

    assert told.endswith("刚才的“修改收货信息”还没有提交，要继续吗？")
    assert talk.resume().startswith("好的，接着办“修改收货信息”：")
    assert talk.asked == "address"
    talk.say(ADDRESS)
    talk.say("好的", "affirm")
    with reading(mall.engine) as session:
        changed = session.get(OrderRow, order.order_no)
        assert (changed.remark, changed.receiver_address) == ("轻拿轻放", ADDRESS)


def test_giving_up_forgets_what_was_put_aside(mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(ChangeAddress, "改地址", "change_address")
    talk.begin(ChangeOrderTask, "先帮我备注一下：轻拿轻放", "change_order")

    talk.say("算了，都不弄了", "stop")

    assert (talk.open, talk.slots["paused"], talk.slots["service"]) == (False, None, None)


def test_giving_up_counts_as_an_answer_for_rasa(services: Services, mall: Mall, talk: Talk) -> None:
    mall.order("paid")
    talk.begin(CancelOrder, "取消订单", "cancel_order")
    tracker = make_tracker("先不取消了", "cancel_order", slots=talk.slots, active_loop="service_form")

    said = run_action(ValidateServiceForm(services), tracker)

    # Rasa runs a form only where a slot besides requested_slot is set; else the rule of the intent would begin anew.
    assert {"form_failures", "requested_slot"} == set(said.slots)
    assert (said.leaves_form, said.followup) == (True, "action_leave_flow")
