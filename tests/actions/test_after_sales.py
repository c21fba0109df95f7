"""Where after-sale cases stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from actions.after_sales import QueryAfterSale
from actions.logistics import QueryLogistics
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker, make_tracker
from tests.actions.mall import DAY, HOUR, SHOES, Mall
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState

Run = Callable[..., Said]


@pytest.fixture
def query(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Asks where a case stands."""

    def ask(text: str = "售后进度怎么样了", intent: str = "query_after_sale", **more: object) -> Said:
        return run(QueryAfterSale(services), tracker(text, intent, **more))

    return ask


def test_case_tells_kind_state_amount_note_and_what_comes_next(mall: Mall, query: Run, now: datetime) -> None:
    order = mall.order("completed", order_no="202611150003214567")
    case = mall.case(order, "return", "refunding", note="已收到退货", created_at=now - 3 * DAY)

    said = query("我的退款到哪一步了", "query_refund")

    assert said.texts == [
        f"售后单 {case.after_sale_no}（退货退款）目前【退款处理中】。\n"
        "订单 202611150003214567：羊毛大衣(黑色 L)×1\n"
        "申请原因：质量问题\n退款金额：299.00元\n商家说明：已收到退货\n"
        "申请时间 11月18日 12:00，最近更新 11月21日 10:00。\n"
        "退款正在处理，还没有完成，完成后状态会变成“已完成”。"
    ]
    assert said.slots["last_topic"] == "after_sales"
    assert said.slots["order_no"] == "202611150003214567"
    assert said.slots["offer"] is None


@pytest.mark.parametrize("kind", list(AfterSaleKind))
@pytest.mark.parametrize("state", list(AfterSaleState))
def test_every_kind_and_state_has_words(mall: Mall, query: Run, kind: AfterSaleKind, state: AfterSaleState) -> None:
    mall.case(mall.order("completed"), kind.value, state.value, amount="0")

    said = query()

    assert len(said.texts) == 1
    assert "金额" not in said.text


def test_rejected_case_offers_a_person(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"), "return", "rejected", note="已超过七天")

    said = query()

    assert "商家说明：已超过七天" in said.text
    assert said.slots["offer"] == "handoff"
    assert said.payloads == ["/request_human"]


def test_withdrawn_case_can_be_filed_again(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"), "return", "withdrawn")

    assert "已经撤销。如果还需要，可以重新申请" in query().text


def test_case_that_stands_still_is_admitted(mall: Mall, query: Run, now: datetime) -> None:
    mall.case(mall.order("completed"), updated_at=now - 77 * HOUR)

    said = query()

    assert "已经3天5小时没有新进展了" in said.text
    assert said.slots["offer"] == "handoff"


def test_pressing_offers_a_person(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"))

    said = query("快点", "urge", slots={"last_topic": "after_sales"})

    assert "着急的话" in said.text
    assert said.slots["offer"] == "handoff"


def test_running_cases_come_before_those_that_are_over(mall: Mall, query: Run) -> None:
    over = mall.case(mall.order("completed"), "return", "completed")
    running = mall.case(mall.order("completed", SHOES), "exchange", "pending_review", amount="0")

    text = query().text

    assert running.after_sale_no in text
    assert over.after_sale_no not in text


def test_money_asked_about_means_cases_with_money(mall: Mall, query: Run) -> None:
    refund = mall.case(mall.order("completed"), "refund", "completed")
    mall.case(mall.order("completed", SHOES), "exchange", "pending_review", amount="0")

    assert refund.after_sale_no in query("钱退了吗", "query_refund").text


def test_case_number_finds_that_case(mall: Mall, query: Run) -> None:
    case = mall.case(mall.order("completed"), "repair", "completed", amount="0")
    mall.case(mall.order("completed", SHOES))

    said = query(entities={"after_sale_no": case.after_sale_no})

    assert len(said.texts) == 1
    assert "维修已经完成" in said.text


def test_named_order_tells_which_case(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"))
    shoes = mall.order("completed", SHOES)
    case = mall.case(shoes, "exchange", amount="0")

    assert case.after_sale_no in query("运动鞋换货到哪步了").text
    assert case.after_sale_no in query(entities={"order_no": shoes.order_no}).text
    assert case.after_sale_no in query(order_no=shoes.order_no).text


def test_order_without_a_case_says_so_and_shows_the_others(mall: Mall, query: Run) -> None:
    order = mall.order("completed")
    case = mall.case(mall.order("completed", SHOES))

    said = query(entities={"order_no": order.order_no})

    assert said.texts[0] == f"订单 {order.order_no} 没有退款或售后记录，查到您其他订单的售后如下："
    assert case.after_sale_no in said.texts[1]


def test_no_case_at_all_says_what_can_be_done(mall: Mall, query: Run) -> None:
    said = query()

    assert said.texts == [
        "没有查到您的退款或售后记录。如果需要退货、换货、退款或维修，告诉我是哪个订单、遇到了什么问题就行。"
    ]
    assert said.payloads == ["/return_goods", "/query_order", "/request_human"]


def test_order_in_view_without_a_case(mall: Mall, query: Run) -> None:
    order = mall.order("completed")

    said = query(order_no=order.order_no)

    assert f"订单 {order.order_no}（羊毛大衣(黑色 L)×1）没有退款或售后记录" in said.text
    assert said.payloads[0] == f'/return_goods{{"order_no": "{order.order_no}"}}'


def test_foreign_case_reads_like_one_that_does_not_exist(mall: Mall, query: Run) -> None:
    foreign = mall.case(mall.order("completed", customer="c2"))
    before = mall.rows()

    said = query(entities={"after_sale_no": foreign.after_sale_no})
    missing = query(entities={"after_sale_no": "AS99999999999999"})

    assert said.text.replace(foreign.after_sale_no, "N") == missing.text.replace("AS99999999999999", "N")
    assert said.slots == {"failures": 1, "offer": None}
    assert mall.rows() == before


def test_case_of_another_merchant_is_not_told(mall: Mall, query: Run) -> None:
    case = mall.case(mall.order("completed", merchant="m2"))

    assert case.after_sale_no not in query().text
    assert case.after_sale_no in query(tenant="platform").text


def test_anonymous_visitors_are_asked_to_sign_in(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"))

    assert "需要先登录" in query(role="anonymous", subject="anonymous").text


def test_case_asked_about_while_an_order_is_chosen_leaves_the_question_open(mall: Mall, query: Run) -> None:
    mall.case(mall.order("completed"))

    said = query(active_loop="order_form", slots={"task": "query_order", "options": ["x"]})

    assert not said.leaves_form
    assert "options" not in said.slots


def test_case_number_said_with_another_task_still_means_the_case(mall: Mall, services: Services, run: Run) -> None:
    case = mall.case(mall.order("completed"))
    entities = {"after_sale_no": case.after_sale_no}

    asked = run(QueryLogistics(services), make_tracker("到哪步了", "query_logistics", entities))
    assert asked.followup == "action_query_after_sale"

    after = make_tracker("到哪步了", "query_logistics", entities, latest_action_name="action_query_logistics")
    said = run(QueryAfterSale(services), after)
    assert case.after_sale_no in said.text
    assert said.ends_turn
