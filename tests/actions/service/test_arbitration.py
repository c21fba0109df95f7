"""Calling the platform in: the statement, who answers by the rules, what is due, and the ticket."""

from __future__ import annotations

from sqlalchemy import select

from actions.service.tasks import ArbitrationTask
from actions.services import Services
from tests.actions.conftest import Said
from tests.actions.mall import DAY, Mall
from tests.actions.service.wish import Wish
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import reading
from xiaoer.service.tables import TicketRow


def received(mall: Mall) -> OrderRow:
    return mall.order("completed", placed=9 * DAY, received_at=mall.now - 6 * DAY)


def tickets(mall: Mall) -> list[TicketRow]:
    with reading(mall.engine) as session:
        return list(session.scalars(select(TicketRow)))


def fields(said: Said) -> dict[str, str]:
    cards = [card for card in said.cards if card["type"] == "form_summary"]
    return {each["label"]: each["value"] for each in cards[-1]["fields"]}


def test_a_rejected_case_is_taken_to_the_platform_with_its_reason(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    case = mall.case(order, state="rejected", reason="质量问题")

    first = wish.ask(ArbitrationTask, "平台介入", "request_arbitration", order_no=order.order_no)
    assert first.cards[-1]["slot"] == "note"
    summary = wish.say("洗一次就掉色，商家不认，要求退款", "request_refund", reason="quality")
    assert fields(summary) == {
        "订单": order.order_no,
        "商品": "羊毛大衣(黑色 L)×1",
        "申请事项": "平台介入",
        "情况说明": "洗一次就掉色,商家不认,要求退款",
        "相关售后": f"退货退款（{case.after_sale_no}）",
        "初步判定责任": "商家",
    }
    assert tickets(mall) == []
    done = wish.say("确认提交", "affirm")

    (ticket,) = tickets(mall)
    assert (ticket.order_no, ticket.topic, ticket.liable, ticket.detail) == (
        order.order_no,
        "arbitration",
        "merchant",
        "洗一次就掉色,商家不认,要求退款",
    )
    assert f"工单号 {ticket.ticket_no}" in done.texts[0]


def test_what_the_law_grants_is_named_as_a_range(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)

    summary = wish.ask(
        ArbitrationTask,
        "买到假货，要求平台介入，退一赔三",
        "request_arbitration",
        order_no=order.order_no,
        reason="counterfeit",
    )

    assert fields(summary)["初步判定责任"] == "商家"
    assert fields(summary)["规则内补偿"] == "500.00–897.00元"


def test_who_has_not_said_why_is_not_told_that_it_is_their_fault(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ArbitrationTask, "平台介入", "request_arbitration", order_no=order.order_no)

    summary = wish.say("商家一直不理我，请平台处理一下这件事")

    assert fields(summary)["初步判定责任"] == "暂时无法判定"
    wish.say("确认", "affirm")
    assert [ticket.liable for ticket in tickets(mall)] == ["none"]


def test_a_question_is_no_statement(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ArbitrationTask, "平台介入", "request_arbitration", order_no=order.order_no)

    said = wish.say("平台介入要多久？", "ask_after_sale_policy")

    assert said.events == []


def test_giving_up_opens_no_ticket(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    wish.ask(ArbitrationTask, "平台介入", "request_arbitration", order_no=order.order_no)

    said = wish.say("算了", "stop")

    assert said.followup == "action_leave_flow"
    assert tickets(mall) == []


def test_somebody_elses_order_opens_no_ticket(services: Services, mall: Mall) -> None:
    order = mall.order("completed", customer="c2", placed=9 * DAY, received_at=mall.now - 6 * DAY)

    said = Wish(services).ask(
        ArbitrationTask, "假货，平台介入", "request_arbitration", order_no=order.order_no, reason="counterfeit"
    )

    assert said.texts[0].startswith(f"没有查到 {order.order_no} 对应的订单")
    assert tickets(mall) == []
