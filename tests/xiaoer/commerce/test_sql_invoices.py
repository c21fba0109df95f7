"""Asking for invoices: once per order, of paid orders, with what can be right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import COMPANY, PAID, UNPAID, build_mall, snapshot
from xiaoer.commerce.changes import InvoiceRequest
from xiaoer.commerce.errors import InvalidRequest, StateForbids
from xiaoer.commerce.model import Invoice
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import InvoiceRow
from xiaoer.database import reading, writing

WANTED = InvoiceRequest("company", " 杭州小二科技有限公司 ", COMPANY, "fapiao@example.com")
PERSONAL = InvoiceRequest("personal", "王小雨", "", "xiaoyu@example.com")


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    return engine


def ask(engine: Engine, request: InvoiceRequest = WANTED, order_no: str = PAID, key: str = "k") -> Invoice:
    return SqlCommerce(engine).request_invoice("m1", "c1", order_no, request, key=key, now=NOON)


@pytest.mark.parametrize("state", ["paid", "partially_shipped", "shipped", "completed"])
def test_a_paid_order_has_one(mall: Engine, state: str) -> None:
    change_order(mall, PAID, state=state)

    invoice = ask(mall)

    assert invoice == Invoice(PAID, "company", "杭州小二科技有限公司", COMPANY, "fapiao@example.com", "requested")
    assert SqlCommerce(mall).get_invoice("m1", "c1", PAID) == invoice
    with reading(mall) as session:
        assert session.get(InvoiceRow, PAID).created_at == NOON


def test_it_is_changed_until_it_is_issued(mall: Engine) -> None:
    ask(mall)

    assert ask(mall, PERSONAL, key="k2") == Invoice(PAID, "personal", "王小雨", "", "xiaoyu@example.com", "requested")
    with writing(mall) as session:
        session.get(InvoiceRow, PAID).state = "issued"
    before = snapshot(mall)
    with pytest.raises(StateForbids) as caught:
        ask(mall, key="k3")

    assert caught.value.state == "issued"
    assert snapshot(mall) == before


@pytest.mark.parametrize("state", ["pending_payment", "pending_group", "closed", "cancelled"])
def test_an_order_that_is_not_paid_has_none(mall: Engine, state: str) -> None:
    change_order(mall, UNPAID, state=state)
    before = snapshot(mall)

    with pytest.raises(StateForbids) as caught:
        ask(mall, order_no=UNPAID)

    assert caught.value.state == state
    assert snapshot(mall) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "special"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "司" * 121}, "title"),
        ({"title": "杭州\x00公司"}, "title"),
        ({"tax_number": ""}, "tax_number"),
        ({"tax_number": "91110000600037341M"}, "tax_number"),
        ({"tax_number": "91110000600037341"}, "tax_number"),
        ({"tax_number": "'; DROP TABLE orders"}, "tax_number"),
        ({"kind": "personal"}, "tax_number"),
        ({"email": "fapiao"}, "email"),
        ({"email": "fapiao@example"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "fapiao@example.com\nbcc: x@example.com"}, "email"),
        ({"email": "发票@example.com"}, "email"),
        ({"email": f"{'a' * 60}@{'b' * 60}.com"}, "email"),
    ],
)
def test_what_cannot_be_right_is_refused(mall: Engine, changes: dict[str, Any], field: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        ask(mall, replace(WANTED, **changes))

    assert caught.value.field == field
    assert snapshot(mall) == before


def test_a_tax_number_is_kept_as_it_is_usually_written(mall: Engine) -> None:
    assert ask(mall, replace(WANTED, tax_number=" 9111 0000 6000 3734 1l ")).tax_number == COMPANY
