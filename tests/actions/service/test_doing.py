"""Doing what was confirmed: once, or not where the order has changed meanwhile; and what comes after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actions.service.doing import InterceptParcel, ResumeService, SubmitService
from actions.service.tasks import CancelOrder, ReturnGoods
from actions.services import Services
from tests.actions.conftest import make_tracker, run_action
from tests.actions.mall import DAY, SCARF, Mall
from tests.actions.service.wish import Wish
from xiaoer.commerce.tables import AfterSaleRow, OrderRow
from xiaoer.database import reading, writing
from xiaoer.service.tables import FollowUpRow


def received(mall: Mall) -> OrderRow:
    return mall.order("completed", placed=5 * DAY, received_at=mall.now - 2 * DAY)


def cases(mall: Mall) -> list[AfterSaleRow]:
    with reading(mall.engine) as session:
        return list(session.scalars(select(AfterSaleRow)))


def follow_ups(mall: Mall) -> list[tuple[str, str]]:
    with reading(mall.engine) as session:
        return [(row.order_no, row.topic) for row in session.scalars(select(FollowUpRow))]


def shown(services: Services, order: OrderRow) -> Wish:
    """Return a return as it is when its summary is shown."""
    wish = Wish(services)
    wish.ask(ReturnGoods, "不喜欢，退货", "return_goods", order_no=order.order_no, reason="disliked")
    return wish


def submit(services: Services, slots: dict[str, Any]) -> Any:
    return run_action(SubmitService(services), make_tracker("确认", "affirm", slots=slots))


def test_the_same_wish_submitted_twice_is_done_once(services: Services, mall: Mall) -> None:
    wish = shown(services, received(mall))
    slots = {**wish.slots, "confirm": True}

    first, second = submit(services, slots), submit(services, slots)

    (case,) = cases(mall)
    assert case.after_sale_no in first.texts[0]
    assert second.texts == first.texts


def test_nothing_is_done_without_the_confirmation(services: Services, mall: Mall) -> None:
    wish = shown(services, received(mall))

    said = submit(services, {**wish.slots, "confirm": None})

    assert (said.texts, cases(mall)) == ([], [])


def test_what_became_impossible_meanwhile_is_not_done_and_why(services: Services, mall: Mall) -> None:
    order = received(mall)
    wish = shown(services, order)
    case = mall.case(order)

    said = wish.say("确认", "affirm")

    assert said.texts[0] == (
        f"没有办成，什么都没有改动：这笔订单已经有一个退货退款申请（{case.after_sale_no}）在处理，"
        "目前【待商家审核】，不能重复申请。"
    )
    assert [each.after_sale_no for each in cases(mall)] == [case.after_sale_no]
    assert wish.slots["service"] is None


def test_an_order_that_went_to_somebody_else_is_left_alone(services: Services, mall: Mall) -> None:
    order = received(mall)
    wish = shown(services, order)
    with writing(mall.engine) as session:
        session.get(OrderRow, order.order_no).customer_id = "c2"

    submit(services, {**wish.slots, "confirm": True})

    assert cases(mall) == []


def test_another_wish_puts_the_first_aside_and_comes_back_to_it(services: Services, mall: Mall) -> None:
    order, other = received(mall), mall.order("paid", SCARF)
    wish = Wish(services)
    wish.ask(ReturnGoods, "退货", "return_goods", order_no=order.order_no)

    wish.ask(CancelOrder, "先取消那单", "cancel_order", order_no=other.order_no)
    assert wish.slots["paused"]["task"] == "return_goods"
    done = wish.say("确认", "affirm")
    assert done.texts[-1] == "刚才的“申请退货退款”还没有提交，要继续吗？"
    assert wish.slots["offer"] == "resume_service"
    resumed = wish.ask(ResumeService, "好", "affirm")

    assert resumed.texts[0] == "好的，接着办“申请退货退款”："
    assert (wish.slots["service_order"], resumed.cards[-1]["slot"]) == (order.order_no, "reason")


def test_resuming_nothing_is_polite(services: Services, mall: Mall) -> None:
    said = Wish(services).ask(ResumeService, "好", "affirm")

    assert len(said.texts) == 1
    assert said.slots["offer"] is None


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_interception_is_asked_for_once_a_day(services: Services, mall: Mall, times: int) -> None:
    order = mall.order("shipped", placed=timedelta(days=2))
    wish = Wish(services)
    wish.slots = {"order_no": order.order_no}

    said = [wish.ask(InterceptParcel, "好的", "affirm") for _ in range(times)]

    assert follow_ups(mall) == [(order.order_no, "intercept")]
    assert said[0].texts[0].startswith(f"已经把拦截请求提交给商家：订单 {order.order_no}（羊毛大衣(黑色 L)×1）。")
    assert all("没有重复提交" in each.texts[0] for each in said[1:])


def test_an_interception_of_no_order_asks_which(services: Services, mall: Mall) -> None:
    said = Wish(services).ask(InterceptParcel, "好的", "affirm")

    assert said.followup == "action_cancel_order"
    assert follow_ups(mall) == []
