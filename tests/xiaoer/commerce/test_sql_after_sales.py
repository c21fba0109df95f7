"""Filing after-sale cases: what is written, how much can go back, and what is refused."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import add_after_sale, change_order
from tests.goods import NOON
from tests.xiaoer.commerce.writes import (
    PAID,
    SHIPPED,
    build_mall,
    lines_of,
    set_price,
    set_stock,
    snapshot,
    stock_of,
)
from xiaoer.commerce.back_office import SqlBackOffice
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import ExceedsBought, InvalidRequest, NotEligible, OutOfStock, PaymentNeeded, Refused
from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleState, Liable
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.facts import facts_of
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.policy.tables import load_tables
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AfterSaleRow, ProductRow
from xiaoer.database import writing

KINDS = {
    AfterSaleKind.RETURN: ("quality", "250.50"),
    AfterSaleKind.REFUND: ("missing_item", "250.50"),
    AfterSaleKind.EXCHANGE: ("quality", "0.00"),
    AfterSaleKind.REPAIR: ("malfunction", "0.00"),
}
"""A reason with which each kind of case is granted, and the yuan that go back."""


@pytest.fixture
def mall(engine: Engine) -> Engine:
    build_mall(engine)
    return engine


def file(
    engine: Engine, kind: AfterSaleKind, *pieces: int, order_no: str = SHIPPED, key: str = "", **more: Any
) -> AfterSale:
    """File a case about so many pieces of each line in turn; about everything where none are given."""
    lines = tuple(
        AfterSaleLine(line_id, count, more.pop("sku_id", None))
        for line_id, count in zip(lines_of(engine, order_no), pieces, strict=False)
        if count
    )
    more = {"reason": "商品有质量问题", "reason_code": "quality", "evidence": ("upload:1",), **more}
    application = Application(order_no, kind, lines, **more)
    return SqlCommerce(engine).apply_after_sale("m1", "c1", application, key=key or secrets.token_hex(8), now=NOON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_is_kept_as_it_was_filed(mall: Engine, kind: AfterSaleKind) -> None:
    code, amount = KINDS[kind]
    set_category(mall, "P1", "electronics")

    case = file(mall, kind, note="里面有划痕", pickup=True, reason_code=code)

    first, second = lines_of(mall, SHIPPED)
    assert (case.kind, case.state, case.order_no) == (kind, AfterSaleState.PENDING_REVIEW, SHIPPED)
    assert (case.reason, case.reason_code, case.remark, case.note) == ("商品有质量问题", code, "里面有划痕", "")
    assert (case.evidence, case.pickup) == (("upload:1",), True)
    assert case.lines == (AfterSaleLine(first, 2), AfterSaleLine(second, 1))
    assert case.amount == Decimal(amount)
    assert (case.created_at, case.updated_at) == (NOON, NOON)
    assert SqlCommerce(mall).list_after_sales("m1", "c1") == [case]
    assert stock_of(mall)["P1-0"] == 5


def test_pieces_are_in_one_live_case(mall: Engine) -> None:
    first, second = lines_of(mall, SHIPPED)
    assert file(mall, AfterSaleKind.RETURN, 1).amount == Decimal("100.00")
    before = snapshot(mall)

    for pieces in ((2,), (3,), (1, 2)):
        with pytest.raises(ExceedsBought) as caught:
            file(mall, AfterSaleKind.EXCHANGE, *pieces)
        assert caught.value.left == {first: 1, second: 1}
    assert snapshot(mall) == before

    rest = file(mall, AfterSaleKind.RETURN)
    assert rest.lines == (AfterSaleLine(first, 1), AfterSaleLine(second, 1))
    assert rest.amount == Decimal("150.50")
    with pytest.raises(ExceedsBought) as caught:
        file(mall, AfterSaleKind.RETURN, key="again")
    assert caught.value.left == {first: 0, second: 0}


def test_a_case_without_lines_is_about_everything(mall: Engine) -> None:
    add_after_sale(mall, order_no=SHIPPED)

    with pytest.raises(ExceedsBought):
        file(mall, AfterSaleKind.RETURN, 1)


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
def test_pieces_of_a_case_that_came_to_nothing_are_free(mall: Engine, state: str) -> None:
    add_after_sale(mall, order_no=SHIPPED, state=state)

    assert file(mall, AfterSaleKind.RETURN).amount == Decimal("250.50")


@pytest.mark.parametrize("state", ["pending_review", "approved", "awaiting_return"])
def test_a_withdrawn_case_can_be_filed_again(mall: Engine, state: str) -> None:
    case = file(mall, AfterSaleKind.RETURN)
    set_state(mall, case, state)

    withdrawn = SqlCommerce(mall).withdraw_after_sale("m1", "c1", case.after_sale_no, key="w", now=NOON)

    assert withdrawn.state is AfterSaleState.WITHDRAWN
    assert file(mall, AfterSaleKind.RETURN, key="again").amount == Decimal("250.50")


@pytest.mark.parametrize("state", ["returning", "received", "refunding", "completed", "rejected", "withdrawn"])
def test_what_is_on_its_way_is_not_withdrawn(mall: Engine, state: str) -> None:
    case = file(mall, AfterSaleKind.RETURN)
    set_state(mall, case, state)
    before = snapshot(mall)

    with pytest.raises(Refused):
        SqlCommerce(mall).withdraw_after_sale("m1", "c1", case.after_sale_no, key="w", now=NOON)

    assert snapshot(mall) == before


def set_category(engine: Engine, product_id: str, category: str) -> None:
    with writing(engine) as session:
        session.get(ProductRow, product_id).category = category


def set_state(engine: Engine, case: AfterSale, state: str) -> None:
    with writing(engine) as session:
        session.get(AfterSaleRow, case.after_sale_no).state = state


def test_less_may_be_asked_for_and_not_more(mall: Engine) -> None:
    before = snapshot(mall)
    for amount in ("200.01", "0", "-1", "0.001", "NaN", "Infinity", "1E+30"):
        with pytest.raises(InvalidRequest) as caught:
            file(mall, AfterSaleKind.REFUND, 2, reason_code="missing_item", amount=Decimal(amount))
        assert caught.value.field == "amount"
    assert snapshot(mall) == before

    least = file(mall, AfterSaleKind.REFUND, 2, reason_code="missing_item", amount=Decimal("0.01"))
    assert least.amount == Decimal("0.01")


def test_money_is_for_cases_that_give_it_back(mall: Engine) -> None:
    with pytest.raises(InvalidRequest) as caught:
        file(mall, AfterSaleKind.REPAIR, 0, 1, reason_code="malfunction", amount=Decimal(1))

    assert caught.value.field == "amount"


def test_no_line_gives_back_more_than_was_paid_for_it(mall: Engine) -> None:
    change_order(mall, SHIPPED, amount=Decimal("210.40"))  # 50.10 less: 40 of the first line, 10.10 of the second

    assert file(mall, AfterSaleKind.RETURN, 1).amount == Decimal("80.00")
    assert file(mall, AfterSaleKind.RETURN, 0, 1).amount == Decimal("40.40")
    assert file(mall, AfterSaleKind.RETURN, 1, key="last").amount == Decimal("80.00")


def test_the_last_piece_bears_what_does_not_divide(mall: Engine) -> None:
    change_order(mall, SHIPPED, amount=Decimal("135.27"))

    parts = [file(mall, AfterSaleKind.RETURN, 1, key=key).amount for key in ("a", "b")]

    assert parts == [Decimal("50.01"), Decimal("50.00")]


def test_price_protection_gives_back_what_the_price_has_fallen_by(mall: Engine) -> None:
    set_price(mall, "P1", "90")

    case = file(mall, AfterSaleKind.PRICE_PROTECTION, 2, reason="", reason_code="", evidence=())

    assert (case.amount, case.state) == (Decimal("20.00"), AfterSaleState.PENDING_REVIEW)


def test_a_fallen_price_is_asked_for_once_at_a_time_and_takes_no_pieces(mall: Engine) -> None:
    set_price(mall, "P1", "90")
    file(mall, AfterSaleKind.PRICE_PROTECTION, 2, reason="", reason_code="", evidence=())

    with pytest.raises(Refused):
        file(mall, AfterSaleKind.PRICE_PROTECTION, 1, reason="", reason_code="", evidence=())
    assert file(mall, AfterSaleKind.RETURN, 2).amount == Decimal("180.00")


def test_what_price_protection_gave_back_does_not_go_back_again(mall: Engine) -> None:
    set_price(mall, "P1", "90")
    case = file(mall, AfterSaleKind.PRICE_PROTECTION, 2, reason="", reason_code="", evidence=())
    office = SqlBackOffice(mall)
    for number, step in enumerate((office.approve_case, office.start_refund, office.pay_refund)):
        step("m1", case.after_sale_no, agent="a1", key=f"{number}", now=NOON)

    assert file(mall, AfterSaleKind.RETURN, 1).amount == Decimal("90.00")
    assert file(mall, AfterSaleKind.RETURN).amount == Decimal("140.50")
    assert sum(each.amount for each in SqlCommerce(mall).list_after_sales("m1", "c1")) == Decimal("250.50")


def test_what_is_told_before_filing_is_what_is_written(mall: Engine) -> None:
    set_price(mall, "P1", "90")
    set_price(mall, "P2", "50")
    protected = file(mall, AfterSaleKind.PRICE_PROTECTION, reason="", reason_code="", evidence=())
    assert (protected.amount, protected.parts) == (Decimal("20.50"), (Decimal("20.00"), Decimal("0.50")))
    commerce = SqlCommerce(mall)

    for kind in (AfterSaleKind.REFUND, AfterSaleKind.RETURN):
        lines = (AfterSaleLine(lines_of(mall, SHIPPED)[0], 1),)
        wanted = Application(SHIPPED, kind, lines, reason_code="quality", evidence=("upload:1",))
        told = decide(facts_of(commerce, "m1", "c1", wanted, NOON), load_tables())
        written = file(mall, kind, 1)
        assert (told.amount, told.sentence) == (Decimal("90.00"), written.explanation)
        assert written.amount == told.amount


def test_what_has_not_left_is_refunded_whole_and_the_last_of_it_with_the_freight(mall: Engine) -> None:
    before = snapshot(mall)
    with pytest.raises(InvalidRequest) as caught:
        file(mall, AfterSaleKind.REFUND, 1, order_no=PAID, amount=Decimal(1))
    assert caught.value.field == "amount"
    assert snapshot(mall) == before

    assert file(mall, AfterSaleKind.REFUND, 1, order_no=PAID).amount == Decimal("100.00")
    assert file(mall, AfterSaleKind.REFUND, order_no=PAID).amount == Decimal("160.50")


def test_the_rules_decide_and_are_kept(mall: Engine) -> None:
    case = file(mall, AfterSaleKind.RETURN, 1)

    assert case.rules[0] == "fault.in_time"
    assert (case.liable, case.freight_payer) == (Liable.MERCHANT, Liable.MERCHANT)
    assert case.explanation == "签收于11月20日，质量等问题15天内可以退换，到12月5日24点为止，运费由商家承担。"


def test_what_the_rules_refuse_is_not_filed(mall: Engine) -> None:
    before = snapshot(mall)

    with pytest.raises(NotEligible) as caught:
        file(mall, AfterSaleKind.REFUND, 1, reason_code="disliked")

    assert caught.value.decision.rules[0] == "own_choice.send_back"
    assert snapshot(mall) == before


def test_evidence_that_the_rules_demand_must_be_there(mall: Engine) -> None:
    before = snapshot(mall)

    with pytest.raises(NotEligible) as caught:
        file(mall, AfterSaleKind.RETURN, 1, evidence=())

    assert (caught.value.decision.allowed, caught.value.decision.evidence_needed) == (True, True)
    assert snapshot(mall) == before


def test_a_merchant_who_grants_more_decides_so(mall: Engine, tmp_path: Path) -> None:
    (tmp_path / "m1.yml").write_text("version: 2026-11-21\nterms: {own_choice: {days: 60}}\n", encoding="utf-8")
    lines = (AfterSaleLine(lines_of(mall, SHIPPED)[0], 1),)
    application = Application(SHIPPED, AfterSaleKind.RETURN, lines, reason="不喜欢", reason_code="disliked")
    later = NOON + timedelta(days=30)

    with pytest.raises(NotEligible):
        SqlCommerce(mall).apply_after_sale("m1", "c1", application, key="k", now=later)
    case = SqlCommerce(mall, Policies(tmp_path)).apply_after_sale("m1", "c1", application, key="k", now=later)

    assert case.state is AfterSaleState.PENDING_REVIEW


@pytest.mark.parametrize("kind", [AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE, AfterSaleKind.REPAIR])
def test_what_has_not_left_cannot_come_back(mall: Engine, kind: AfterSaleKind) -> None:
    before = snapshot(mall)

    with pytest.raises(Refused):
        file(mall, kind, order_no=PAID)

    assert snapshot(mall) == before


class TestExchange:
    def test_the_wanted_variant_is_kept(self, mall: Engine) -> None:
        case = file(mall, AfterSaleKind.EXCHANGE, 1, sku_id="P1-1")

        assert case.lines == (AfterSaleLine(lines_of(mall, SHIPPED)[0], 1, "P1-1"),)
        assert stock_of(mall)["P1-1"] == 2

    def test_it_must_be_there(self, mall: Engine) -> None:
        set_stock(mall, "P1-1", 1)
        before = snapshot(mall)

        with pytest.raises(OutOfStock) as caught:
            file(mall, AfterSaleKind.EXCHANGE, 2, sku_id="P1-1")

        assert (caught.value.sku_id, caught.value.available) == ("P1-1", 1)
        assert snapshot(mall) == before

    def test_the_same_must_be_there_where_no_other_is_wanted(self, mall: Engine) -> None:
        set_stock(mall, "P1-0", 0)

        with pytest.raises(OutOfStock) as caught:
            file(mall, AfterSaleKind.EXCHANGE, 1)

        assert (caught.value.sku_id, caught.value.available) == ("P1-0", 0)

    def test_a_dearer_one_has_to_be_paid(self, mall: Engine) -> None:
        before = snapshot(mall)

        with pytest.raises(PaymentNeeded) as caught:
            file(mall, AfterSaleKind.EXCHANGE, 2, sku_id="P1-3")

        assert caught.value.amount == Decimal("40.00")
        assert snapshot(mall) == before

    @pytest.mark.parametrize(
        ("kind", "sku_id"),
        [(AfterSaleKind.EXCHANGE, "P2-0"), (AfterSaleKind.EXCHANGE, "\0"), (AfterSaleKind.RETURN, "P1-1")],
    )
    def test_it_must_be_of_the_product(self, mall: Engine, kind: AfterSaleKind, sku_id: str) -> None:
        before = snapshot(mall)

        with pytest.raises(InvalidRequest) as caught:
            file(mall, kind, 1, sku_id=sku_id)

        assert caught.value.field == "sku_id"
        assert snapshot(mall) == before


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"reason": "坏" * 201}, "reason"),
        ({"reason": "坏\x00"}, "reason"),
        ({"note": "坏" * 201}, "note"),
        ({"reason_code": "q" * 41}, "reason_code"),
        ({"evidence": ("u",) * 10}, "evidence"),
        ({"evidence": ("",)}, "evidence"),
        ({"evidence": ("u" * 501,)}, "evidence"),
    ],
)
def test_an_application_that_cannot_be_kept_is_refused(mall: Engine, wanted: dict[str, Any], field: str) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidRequest) as caught:
        file(mall, AfterSaleKind.RETURN, 1, key="k", **wanted)

    assert caught.value.field == field
    assert snapshot(mall) == before


def test_lines_that_cannot_be_are_refused(mall: Engine) -> None:
    first = lines_of(mall, SHIPPED)[0]
    other = lines_of(mall, PAID)[0]
    commerce, before = SqlCommerce(mall), snapshot(mall)

    for lines, field in [
        ([AfterSaleLine(other, 1)], "line_id"),
        ([AfterSaleLine(10**12, 1)], "line_id"),
        ([AfterSaleLine(first, 1), AfterSaleLine(first, 1)], "line_id"),
        ([AfterSaleLine(first, 0)], "quantity"),
        ([AfterSaleLine(first, -1)], "quantity"),
    ]:
        application = Application(SHIPPED, AfterSaleKind.RETURN, tuple(lines), reason="不合身")
        with pytest.raises(InvalidRequest) as caught:
            commerce.apply_after_sale("m1", "c1", application, key="k", now=NOON)
        assert caught.value.field == field

    assert snapshot(mall) == before
