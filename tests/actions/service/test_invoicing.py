"""Asking for an invoice, changing it before it is issued, and being told why there is none."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from actions.service.tasks import InvoiceTask
from actions.services import Services
from tests.actions.mall import Mall
from tests.actions.service.talking import Talk
from xiaoer.commerce.tables import InvoiceRow, OrderRow
from xiaoer.database import reading

COMPANY, TAX_NUMBER, WRONG = "杭州晨光科技有限公司", "91330100799655058B", "91330106MA2KJ12A3B"


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services)


@pytest.fixture
def order(mall: Mall) -> OrderRow:
    return mall.order("completed")


def ask(talk: Talk, words: str, **entities: Any) -> str:
    return talk.begin(InvoiceTask, words, "request_invoice", entities)


def invoices(mall: Mall) -> list[tuple[str, str, str, str, str]]:
    with reading(mall.engine) as session:
        found = session.scalars(select(InvoiceRow).order_by(InvoiceRow.order_no))
        return [(each.order_no, each.kind, each.title, each.tax_number, each.email) for each in found]


def invoice(mall: Mall, order: OrderRow, state: str, kind: str = "personal", title: str = "张三") -> None:
    number = TAX_NUMBER if kind == "company" else ""
    mall.add(
        InvoiceRow(
            order_no=order.order_no,
            kind=kind,
            title=title,
            tax_number=number,
            email="a@example.com",
            state=state,
            created_at=mall.now,
        )
    )


def test_a_personal_invoice_step_by_step(mall: Mall, talk: Talk, order: OrderRow) -> None:
    asked = []
    ask(talk, "帮我开发票")
    for words in ("个人", "王小明", "wang@example.com"):
        asked.append(talk.asked)
        talk.say(words)

    assert asked == ["invoice_kind", "invoice_title", "email"]
    assert talk.fields["抬头"] == "王小明"
    assert talk.fields["邮箱"] == "wang@example.com"
    assert talk.fields["金额"] == "299.00元"
    assert invoices(mall) == []
    slots = dict(talk.slots)
    first = talk.say("确认", "affirm")
    talk.slots, talk.open = slots, True
    talk.say("确认", "affirm")

    assert first.startswith("发票申请已经提交：个人，抬头“王小明”。")
    assert invoices(mall) == [(order.order_no, "personal", "王小明", "", "wang@example.com")]


def test_a_companys_invoice_in_one_message(mall: Mall, talk: Talk, order: OrderRow) -> None:
    ask(talk, f"开公司发票，抬头{COMPANY}，税号{TAX_NUMBER}，发到fp@example.com")
    assert talk.asked == "confirm"

    talk.say("信息没错", "affirm")

    assert invoices(mall) == [(order.order_no, "company", COMPANY, TAX_NUMBER, "fp@example.com")]


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("个人，陈晨，cc@example.com", "陈晨"),
        ("开个人发票，抬头张伟，邮箱zw@example.com", "张伟"),
        ("个人 李梅 li@example.com", "李梅"),
        (f"开{COMPANY}的", COMPANY),
        ("还是开公司的吧", None),
        ("开公司抬头", None),
        ("给公司开", None),
        ("抬头写错了", None),
        ("抬头要改一下", None),
        ("发票抬头可以改吗", None),
    ],
)
def test_titles(order: OrderRow, talk: Talk, words: str, title: str | None) -> None:
    ask(talk, words)

    assert talk.slots["invoice_title"] == title


def test_a_wrong_tax_number_is_named_at_once_and_asked_for(mall: Mall, talk: Talk, order: OrderRow) -> None:
    told = ask(talk, f"开公司发票，抬头{COMPANY}，税号{WRONG}")
    assert told.startswith(f"税号 {WRONG} 的校验位不对，请核对一下。")
    assert talk.asked == "tax_number"

    assert talk.say("91330106MA2KJ12").startswith("税号 91330106MA2KJ12 的校验位不对")
    talk.say(f"是{TAX_NUMBER}")
    assert talk.asked == "email"
    assert talk.say("fp@").startswith("这个邮箱地址不完整")
    assert invoices(mall) == []


def test_another_kind_forgets_title_and_tax_number(mall: Mall, talk: Talk, order: OrderRow) -> None:
    ask(talk, "个人，陈晨，cc@example.com")
    assert talk.asked == "confirm"

    told = talk.say("还是开公司的吧", "request_invoice")
    assert told == "请发一下发票抬头（公司全称）。"
    talk.say(COMPANY)
    talk.say(TAX_NUMBER)
    talk.say("对", "affirm")

    assert invoices(mall) == [(order.order_no, "company", COMPANY, TAX_NUMBER, "cc@example.com")]


def test_a_title_is_put_right_before_confirming(mall: Mall, talk: Talk, order: OrderRow) -> None:
    ask(talk, "个人，陈晨，cc@example.com")

    told = talk.say("名字写错了，应该是陈辰", "request_invoice")
    assert told.startswith("已经按您说的改好了，再确认一下：")
    assert talk.fields["抬头"] == "陈辰"
    talk.say("邮箱换成chen@example.com", "request_invoice")
    talk.say("没问题", "affirm")

    assert invoices(mall) == [(order.order_no, "personal", "陈辰", "", "chen@example.com")]


def test_a_part_that_is_called_wrong_is_asked_for_anew(mall: Mall, talk: Talk, order: OrderRow) -> None:
    ask(talk, "个人，陈晨，cc@example.com")

    assert talk.say("抬头错了", "request_invoice") == "请发一下发票抬头（姓名）。"
    talk.say("陈辰")
    talk.say("确认", "affirm")

    assert invoices(mall) == [(order.order_no, "personal", "陈辰", "", "cc@example.com")]


def test_only_the_title_of_what_was_asked_for_is_changed(mall: Mall, talk: Talk, order: OrderRow) -> None:
    invoice(mall, order, "requested")

    assert "还没有开出，可以改" in ask(talk, "发票抬头写错了，改成李明")
    talk.say("确认", "affirm")

    assert invoices(mall) == [(order.order_no, "personal", "李明", "", "a@example.com")]


def test_a_companys_invoice_becomes_a_persons_only_when_that_is_said(mall: Mall, talk: Talk, order: OrderRow) -> None:
    invoice(mall, order, "requested", "company", COMPANY)

    ask(talk, "发票抬头写错了，改成李明")

    assert talk.asked == "invoice_kind"
    assert invoices(mall) == [(order.order_no, "company", COMPANY, TAX_NUMBER, "a@example.com")]


@pytest.mark.parametrize("words", ["发票什么时候开", "发票开好了吗", "发票怎么还没收到", "催一下发票"])
def test_who_asks_when_it_comes_is_told(mall: Mall, talk: Talk, order: OrderRow, words: str) -> None:
    invoice(mall, order, "requested")

    assert ask(talk, words) == (
        "这笔订单的发票已经申请：个人，抬头“张三”，商家还没有开出。\n"
        "开好后会发到 a@example.com。要修改信息可以直接告诉我。"
    )
    assert not talk.open


def test_who_asks_when_it_comes_without_having_asked_for_one(talk: Talk, order: OrderRow) -> None:
    told = ask(talk, "发票什么时候开")

    assert told.startswith(f"订单 {order.order_no} 还没有申请过发票，现在就可以帮您申请。")
    assert talk.asked == "invoice_kind"


def test_an_issued_invoice_is_for_a_person(mall: Mall, talk: Talk, order: OrderRow) -> None:
    invoice(mall, order, "issued")
    before = invoices(mall)

    told = ask(talk, "抬头改成李明")

    assert told.startswith("这笔订单的发票已经开出：个人，抬头“张三”，发到 a@example.com。")
    assert talk.slots["offer"] == "handoff"
    assert invoices(mall) == before


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("pending_payment", "目前是【待付款】，付款后才能开发票。"),
        ("pending_group", "目前是【待成团】，成团后才能开发票。"),
        ("cancelled", "目前是【已取消】，不能开发票。"),
        ("closed", "目前是【已关闭】，不能开发票。"),
    ],
)
def test_no_invoice(mall: Mall, talk: Talk, state: str, why: str) -> None:
    order = mall.order(state)

    told = ask(talk, "开发票", order_no=order.order_no)

    assert told == f"订单 {order.order_no}（羊毛大衣(黑色 L)×1）{why}"
    assert invoices(mall) == []


def test_no_invoice_for_somebody_elses_order(mall: Mall, talk: Talk) -> None:
    other = mall.order("completed", customer="c2")

    told = ask(talk, f"订单{other.order_no}开发票", order_no=other.order_no)

    assert told.startswith(f"没有查到 {other.order_no} 对应的订单")
    assert not talk.open
    assert invoices(mall) == []


@pytest.mark.parametrize("words", ["算了", "不开了", "先不开了", "算了不开了"])
def test_an_invoice_is_given_up(mall: Mall, talk: Talk, order: OrderRow, words: str) -> None:
    ask(talk, "开发票")
    talk.say("个人")

    assert talk.say(words, "stop") == "好的，没有提交，什么都没有改动。需要时再告诉我。"
    assert (talk.open, invoices(mall)) == (False, [])
