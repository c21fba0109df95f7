"""Goods that came damaged, wrong or incomplete: the remedies that are offered, and the tap that takes one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from actions.service.problems import ReportItemProblem
from actions.service.tasks import ReturnGoods
from actions.services import Services
from tests.actions.mall import Mall
from tests.actions.service.wish import Wish
from xiaoer.commerce.tables import OrderRow, ProductRow
from xiaoer.database import writing

GOODS = "羊毛大衣(黑色 L)×1"


def received(mall: Mall, days: float = 2, **product: Any) -> OrderRow:
    at = mall.now - timedelta(days=days)
    order = mall.order("completed", placed=timedelta(days=days + 3), received_at=at)
    with writing(mall.engine) as session:
        row = session.get(ProductRow, "m1-羊毛大衣")
        for name, value in product.items():
            setattr(row, name, value)
    return order


def payload(task: str, order: OrderRow) -> str:
    return f'/{task}{{"order_no": "{order.order_no}"}}'


def test_the_remedies_are_offered_and_one_tap_goes_on_with_what_was_told(services: Services, mall: Mall) -> None:
    order, wish = received(mall), Wish(services)
    before = mall.rows()

    said = wish.ask(ReportItemProblem, "发错了", "report_item_problem", order_no=order.order_no, reason="wrong_item")

    assert said.texts[0].startswith(f"很抱歉，订单 {order.order_no}（{GOODS}）出现发错货的情况。")
    assert "可以申请：退货退款、换货" in said.texts[0]
    assert said.payloads[:2] == [payload("return_goods", order), payload("exchange_goods", order)]
    assert said.titles[-1] == "转人工"
    tapped = wish.ask(ReturnGoods, said.payloads[0], "return_goods")
    assert tapped.cards[-1]["slot"] == "photo"
    assert wish.slots["reason"] == "wrong_item"
    assert mall.rows() == before


def test_electronics_can_be_mended_too(services: Services, mall: Mall) -> None:
    order = received(mall, category="electronics")

    said = Wish(services).ask(
        ReportItemProblem, "开不了机", "report_item_problem", order_no=order.order_no, reason="malfunction"
    )

    assert {"申请退货退款", "申请换货", "申请维修"} <= set(said.titles)


@pytest.mark.parametrize(
    ("days", "goods", "words"),
    [
        (20, {}, "质量等问题的退换到"),
        (30, {"category": "fresh", "goods_class": "fresh"}, "已经超过"),
    ],
)
def test_too_late_says_since_when_and_offers_a_person(
    services: Services, mall: Mall, days: int, goods: dict[str, str], words: str
) -> None:
    order = received(mall, days, **goods)

    said = Wish(services).ask(
        ReportItemProblem, "烂了", "report_item_problem", order_no=order.order_no, reason="expired"
    )

    assert words in said.texts[0]
    assert "可以拍照申请" not in said.texts[0]
    assert said.titles == ["转人工"]


def test_a_running_case_is_named(services: Services, mall: Mall) -> None:
    order = received(mall)
    case = mall.case(order)

    said = Wish(services).ask(ReportItemProblem, "还少了一件", "report_item_problem", order_no=order.order_no)

    assert said.texts == [
        f"这笔订单已经有一个退货退款申请（{case.after_sale_no}）在处理，目前【待商家审核】。"
        "新的情况可以补充给人工，需要我帮您转吗？"
    ]
    assert said.slots["offer"] == "handoff"


def test_somebody_elses_order_is_not_found(services: Services, mall: Mall) -> None:
    order, before = mall.order("completed", customer="c2"), mall.rows()

    said = Wish(services).ask(ReportItemProblem, "坏了", "report_item_problem", order_no=order.order_no)

    assert said.texts[0].startswith(f"没有查到 {order.order_no} 对应的订单")
    assert mall.rows() == before
