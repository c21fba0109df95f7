"""What every adapter does when something is to be changed: once, for the owner, or not at all for a named reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import (
    COMPANY,
    OTHERS,
    PAID,
    SHIPPED,
    UNPAID,
    all_writes,
    lines_of,
    set_stock,
    snapshot,
    stock_of,
)
from xiaoer.accounts.model import PLATFORM
from xiaoer.clock import local_day
from xiaoer.commerce.changes import Application, InvoiceRequest, LineChange, ReceiverChange
from xiaoer.commerce.errors import (
    AfterSaleNotFound,
    ExceedsBought,
    InvalidRequest,
    KeyReused,
    NotEligible,
    NotUrgeable,
    OrderNotFound,
    OutOfStock,
    PaymentNeeded,
    StateForbids,
)
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine, AfterSaleState, OrderState
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce

NAMES = ("cancel_order", "change_receiver", "change_line", "change_remark", "request_invoice", "apply_after_sale")


@pytest.mark.parametrize("name", NAMES)
def test_a_repeated_key_gives_the_first_answer_and_writes_nothing(commerce: Commerce, mall: Engine, name: str) -> None:
    write = all_writes(mall, commerce)[name]
    before = snapshot(mall)
    first, after = write(), snapshot(mall)

    assert write() == first
    assert snapshot(mall) == after != before


@pytest.mark.parametrize("name", NAMES)
def test_a_key_of_another_request_changes_nothing(commerce: Commerce, mall: Engine, name: str) -> None:
    writes = all_writes(mall, commerce)
    writes[name]()
    after = snapshot(mall)

    with pytest.raises(KeyReused):
        writes[name](request=writes[name].other)
    assert snapshot(mall) == after


@pytest.mark.parametrize("name", NAMES)
def test_others_find_nothing_to_change(commerce: Commerce, mall: Engine, name: str) -> None:
    write, before = all_writes(mall, commerce)[name], snapshot(mall)

    for tenant, customer in [("m1", "c2"), ("m2", "c1"), (PLATFORM, "c2"), ("m1", "nobody")]:
        with pytest.raises(OrderNotFound):
            write(tenant, customer)
    assert snapshot(mall) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_state_that_forbids_it_changes_nothing(commerce: Commerce, mall: Engine, name: str) -> None:
    write = all_writes(mall, commerce)[name]
    change_order(mall, write.order_no, state=write.closed)
    before = snapshot(mall)

    with pytest.raises((StateForbids, NotEligible)) as caught:
        write()
    if isinstance(caught.value, StateForbids):
        assert caught.value.state == write.closed
    assert snapshot(mall) == before


@pytest.mark.parametrize("key", ["", "k" * 129, "\0", "\ud800"])
def test_a_key_that_cannot_be_kept_is_refused(commerce: Commerce, mall: Engine, key: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        commerce.change_remark("m1", "c1", PAID, "请周末送", key=key, now=NOON)

    assert caught.value.field == "key"
    assert snapshot(mall) == before


def test_a_key_of_whatever_characters_counts_once(commerce: Commerce, mall: Engine) -> None:
    commerce.change_remark("m1", "c1", PAID, "请周末送", key="会话 7：备注", now=NOON)
    after = snapshot(mall)

    commerce.change_remark("m1", "c1", PAID, "请周末送", key="会话 7：备注", now=NOON)
    with pytest.raises(KeyReused):
        commerce.change_remark("m1", "c1", PAID, "请放门卫", key="会话 7：备注", now=NOON)
    assert snapshot(mall) == after


def test_cancelling_gives_back_money_and_stock(commerce: Commerce, mall: Engine) -> None:
    before = stock_of(mall)

    changed = commerce.cancel_order("m1", "c1", PAID, reason="不想要了", key="k", now=NOON)

    assert changed.order.state is OrderState.CANCELLED
    assert changed.refund is not None
    assert (changed.refund.amount, changed.refund.reason) == (Decimal("260.50"), "不想要了")
    assert changed.refund == commerce.list_after_sales("m1", "c1", PAID)[0]
    assert stock_of(mall) == {**before, "P1-0": before["P1-0"] + 2, "P2-0": before["P2-0"] + 1}
    assert commerce.cancel_order("m1", "c1", UNPAID, reason="", key="k2", now=NOON).refund is None


def test_a_new_receiver(commerce: Commerce, mall: Engine) -> None:
    change = ReceiverChange("李小雨", "13900002222", "浙江省宁波市海曙区中山路9号")

    changed = commerce.change_receiver("m1", "c1", PAID, change, key="k", now=NOON)

    order = changed.order
    assert (order.receiver_name, order.receiver_phone, order.receiver_address) == (
        "李小雨",
        "13900002222",
        "浙江省宁波市海曙区中山路9号",
    )
    assert commerce.get_order("m1", "c1", PAID) == order


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ReceiverChange(phone="12345"), "phone"),
        (ReceiverChange(phone="１３９００００２２２２"), "phone"),
        (ReceiverChange(name="\u202e李"), "name"),
        (ReceiverChange(address="x" * 10_000), "address"),
        (ReceiverChange(), "receiver"),
    ],
)
def test_a_receiver_who_cannot_be_changes_nothing(
    commerce: Commerce, mall: Engine, change: ReceiverChange, field: str
) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        commerce.change_receiver("m1", "c1", PAID, change, key="k", now=NOON)

    assert caught.value.field == field
    assert snapshot(mall) == before


def test_another_variant_or_fewer_pieces(commerce: Commerce, mall: Engine) -> None:
    coat = lines_of(mall, PAID)[0]

    changed = commerce.change_line("m1", "c1", PAID, LineChange(coat, "P1-2", 1), key="k", now=NOON)

    assert changed.order.lines[0].variant == "白色 S"
    assert changed.refund is not None
    assert changed.order.amount + changed.refund.amount == Decimal("260.50")


def test_a_line_that_cannot_be_changed_says_why(commerce: Commerce, mall: Engine) -> None:
    coat, before = lines_of(mall, PAID)[0], snapshot(mall)

    def change(wish: LineChange) -> None:
        commerce.change_line("m1", "c1", PAID, wish, key="k", now=NOON)

    set_stock(mall, "P1-1", 0)
    with pytest.raises(OutOfStock) as out:
        change(LineChange(coat, "P1-1"))
    with pytest.raises(PaymentNeeded) as more:
        change(LineChange(coat, "P1-3"))
    with pytest.raises(InvalidRequest) as no_line:
        change(LineChange(999_999, quantity=1))
    with pytest.raises(InvalidRequest) as none:
        change(LineChange(coat, quantity=0))

    assert (out.value.sku_id, out.value.available) == ("P1-1", 0)
    assert more.value.amount == Decimal("40.00")
    assert (no_line.value.field, none.value.field) == ("line_id", "quantity")
    set_stock(mall, "P1-1", 2)
    assert snapshot(mall) == before


@pytest.mark.parametrize("remark", ["", "x" * 201, "x" * 10_000, "\0", "\ud800"])
def test_a_remark_that_cannot_be_changes_nothing(commerce: Commerce, mall: Engine, remark: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        commerce.change_remark("m1", "c1", PAID, remark, key="k", now=NOON)

    assert caught.value.field == "remark"
    assert snapshot(mall) == before


def test_shipping_is_pressed_for_once_a_day(commerce: Commerce, mall: Engine) -> None:
    first = commerce.urge_shipment("m1", "c1", PAID, now=NOON)
    after = snapshot(mall)

    assert (first.order_no, first.day, first.created, first.at) == (PAID, local_day(NOON), True, NOON)
    assert not commerce.urge_shipment("m1", "c1", PAID, now=NOON).created
    with pytest.raises(NotUrgeable) as caught:
        commerce.urge_shipment("m1", "c1", UNPAID, now=NOON)
    assert caught.value.state == "pending_payment"
    assert snapshot(mall) == after


def test_a_case_is_filed_and_taken_back(commerce: Commerce, mall: Engine) -> None:
    coat = lines_of(mall, SHIPPED)[0]
    application = Application(
        SHIPPED,
        AfterSaleKind.RETURN,
        (AfterSaleLine(coat, 1),),
        reason="不合身",
        note="吊牌还在",
        pickup=True,
        opened=False,
    )

    case = commerce.apply_after_sale("m1", "c1", application, key="k", now=NOON)

    assert (case.order_no, case.kind, case.state) == (SHIPPED, AfterSaleKind.RETURN, AfterSaleState.PENDING_REVIEW)
    assert (case.lines, case.reason, case.remark) == ((AfterSaleLine(coat, 1),), "不合身", "吊牌还在")
    assert case.pickup
    assert case.rules
    assert commerce.list_after_sales("m1", "c1", SHIPPED) == [case]
    withdrawn = commerce.withdraw_after_sale("m1", "c1", case.after_sale_no, key="k2", now=NOON)
    assert (withdrawn.after_sale_no, withdrawn.state) == (case.after_sale_no, AfterSaleState.WITHDRAWN)
    after = snapshot(mall)
    with pytest.raises(StateForbids) as caught:
        commerce.withdraw_after_sale("m1", "c1", case.after_sale_no, key="k3", now=NOON)
    assert caught.value.state == "withdrawn"
    with pytest.raises(AfterSaleNotFound):
        commerce.withdraw_after_sale("m1", "c2", case.after_sale_no, key="k3", now=NOON)
    assert snapshot(mall) == after


def test_an_application_that_cannot_be_says_why(commerce: Commerce, mall: Engine) -> None:
    coat, before = lines_of(mall, SHIPPED)[0], snapshot(mall)

    def refused(application: Application, kind: type[Exception]) -> Exception:
        with pytest.raises(kind) as caught:
            commerce.apply_after_sale("m1", "c1", application, key="k", now=NOON)
        return caught.value

    lines = (AfterSaleLine(coat, 3),)
    exceeds = refused(Application(SHIPPED, AfterSaleKind.RETURN, lines, reason="不合身"), ExceedsBought)
    denied = refused(Application(UNPAID, AfterSaleKind.RETURN, reason="不合身"), NotEligible)
    too_much = Application(SHIPPED, AfterSaleKind.RETURN, reason="不合身", amount=Decimal("9999.00"))
    amount = refused(too_much, InvalidRequest)
    refused(Application(OTHERS, AfterSaleKind.RETURN, reason="不合身"), OrderNotFound)

    assert isinstance(exceeds, ExceedsBought)
    assert exceeds.left[coat] == 2
    assert isinstance(denied, NotEligible)
    decision = _decision_of_the_mall(mall)
    assert denied.decision == decision
    assert not decision.allowed
    assert isinstance(amount, InvalidRequest)
    assert amount.field == "amount"
    assert snapshot(mall) == before


def _decision_of_the_mall(mall: Engine) -> Decision:
    application = Application(UNPAID, AfterSaleKind.RETURN, reason="不合身")
    with pytest.raises(NotEligible) as caught:
        SqlCommerce(mall).apply_after_sale("m1", "c1", application, key="k", now=NOON)
    return caught.value.decision


def test_an_invoice_is_asked_for_and_changed_until_it_is_issued(commerce: Commerce, mall: Engine) -> None:
    company = InvoiceRequest("company", "杭州小二科技有限公司", COMPANY, "fapiao@example.com")

    first = commerce.request_invoice("m1", "c1", PAID, company, key="k", now=NOON)
    person = InvoiceRequest("personal", "王小雨", "", "xiaoyu@example.com")
    second = commerce.request_invoice("m1", "c1", PAID, person, key="k2", now=NOON)

    assert (first.title, first.tax_number, first.state) == ("杭州小二科技有限公司", COMPANY, "requested")
    assert commerce.get_invoice("m1", "c1", PAID) == second
    assert second.kind == "personal"
    after = snapshot(mall)
    for wrong, field in (
        (InvoiceRequest("company", "杭州小二科技有限公司", "123", "fapiao@example.com"), "tax_number"),
        (InvoiceRequest("personal", "王小雨", "", "不是邮箱"), "email"),
        (InvoiceRequest("gift", "王小雨", "", "xiaoyu@example.com"), "kind"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            commerce.request_invoice("m1", "c1", PAID, wrong, key="k3", now=NOON)
        assert caught.value.field == field
    assert snapshot(mall) == after
