"""Collecting what an application is decided by."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.engine import Engine

from tests.goods import NOON
from tests.xiaoer.commerce.policy.cases import case, line, order
from tests.xiaoer.commerce.writes import PAID, SHIPPED, build_mall, lines_of
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import OrderNotFound
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine
from xiaoer.commerce.policy.facts import build_facts, facts_of
from xiaoer.commerce.refundable import pieces_left
from xiaoer.commerce.sql import SqlCommerce


@pytest.fixture
def commerce(engine: Engine) -> SqlCommerce:
    build_mall(engine)
    return SqlCommerce(engine)


def test_facts_hold_order_goods_parcels_and_prices(commerce: SqlCommerce, engine: Engine) -> None:
    first, second = lines_of(engine, SHIPPED)
    application = Application(
        SHIPPED, AfterSaleKind.RETURN, (AfterSaleLine(first, 1),), reason_code="quality", evidence=("u1",), opened=True
    )
    found = facts_of(commerce, "m1", "c1", application, NOON)
    assert [(each.line.line_id, each.quantity, each.category, each.price) for each in found.lines] == [
        (first, 1, "clothing", Decimal("100.00"))
    ]
    assert (found.evidence, found.opened, found.reason_code, found.now) == (1, True, "quality", NOON)
    assert [each.waybill_no for each in found.parcels] == ["SF1000000000001"]
    everything = facts_of(commerce, "m1", "c1", Application(SHIPPED, AfterSaleKind.RETURN), NOON)
    assert [(each.line.line_id, each.quantity) for each in everything.lines] == [(first, 2), (second, 1)]


@pytest.mark.parametrize(("tenant", "customer"), [("m1", "c2"), ("m2", "c1")])
def test_facts_of_another_customer_or_shop_are_not_found(commerce: SqlCommerce, tenant: str, customer: str) -> None:
    with pytest.raises(OrderNotFound):
        facts_of(commerce, tenant, customer, Application(PAID, AfterSaleKind.RETURN), NOON)


def test_lines_that_are_not_the_orders_are_left_out_and_unknown_goods_are_ordinary() -> None:
    application = Application("1", AfterSaleKind.RETURN, (AfterSaleLine(1, 1), AfterSaleLine(99, 1)))
    found = build_facts(application, order=order(), products={}, parcels=(), cases=(), now=NOON)
    assert [(each.line.line_id, each.goods_class, each.category, each.price) for each in found.lines] == [
        (1, "ordinary", "", None)
    ]


@pytest.mark.parametrize(
    ("kind", "state", "left"),
    [
        ("return", "pending_review", {1: 1, 2: 2}),
        ("return", "completed", {1: 1, 2: 2}),
        ("exchange", "returning", {1: 1, 2: 2}),
        ("exchange", "completed", {1: 2, 2: 2}),
        ("return", "rejected", {1: 2, 2: 2}),
        ("refund", "withdrawn", {1: 2, 2: 2}),
        ("price_protection", "completed", {1: 2, 2: 2}),
    ],
)
def test_pieces_in_other_cases_are_not_left(kind: str, state: str, left: dict[int, int]) -> None:
    whole = order(lines=(line(1), line(2)))
    assert pieces_left(whole, [case(kind, state, (AfterSaleLine(1, 1),))]) == left


def test_a_case_without_lines_is_about_the_whole_order() -> None:
    assert pieces_left(order(), [case("return")]) == {1: 0}
