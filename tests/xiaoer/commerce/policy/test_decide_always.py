"""What holds of every decision, whatever the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xiaoer.commerce.policy.cases import NOW, case, facts, line, meant, order, parcel
from xiaoer.commerce.model import (
    AfterSale,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleState,
    Liable,
    OrderState,
    ShipmentState,
)
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.facts import CaseFacts
from xiaoer.commerce.policy.tables import Tables, load_tables

MONEY = st.decimals(min_value=0, max_value=100_000, places=2)
PAST = st.integers(min_value=0, max_value=500 * 24 * 3600).map(lambda seconds: NOW - timedelta(seconds=seconds))
REASONS = [*load_tables().reasons, "", "no_such_code"]
CLASSES = [*load_tables().goods, "no_such_class"]
CATEGORIES = ["clothing", "electronics", "food", "fresh", "cosmetics", "home", "books", ""]


@st.composite
def any_facts(draw: st.DrawFn) -> CaseFacts:
    lines = tuple(
        line(number, price=str(draw(MONEY)), quantity=draw(st.integers(1, 9)), shipped=draw(st.booleans()))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )
    chosen = draw(st.lists(st.sampled_from(lines), unique=True, max_size=3))
    price = st.none() | MONEY.map(str)
    whole = order(
        draw(st.sampled_from([each.value for each in OrderState])),
        received=draw(st.none() | PAST),
        lines=lines,
        amount=draw(MONEY),
        freight=draw(st.sampled_from([Decimal(0), Decimal(10)])),
        paid_at=draw(st.none() | PAST),
        shipped_at=draw(st.none() | PAST),
        ship_by=draw(st.none() | PAST),
    )
    states = st.sampled_from([each.value for each in ShipmentState])
    return facts(
        draw(st.sampled_from([each.value for each in AfterSaleKind])),
        draw(st.sampled_from(REASONS)),
        order=whole,
        lines=tuple(
            meant(
                each,
                goods=draw(st.sampled_from(CLASSES)),
                category=draw(st.sampled_from(CATEGORIES)),
                now=draw(price),
                quantity=draw(st.integers(1, each.quantity)),
            )
            for each in chosen
        ),
        parcels=tuple(
            parcel(draw(states), moved=draw(PAST), mishap=draw(st.booleans())) for _ in range(draw(st.integers(0, 2)))
        ),
        cases=tuple(
            case(
                kind.value,
                state.value,
                draw(st.sampled_from([(), (AfterSaleLine(1, 1),), (AfterSaleLine(1, 1), AfterSaleLine(2, 1))])),
                amount=str(draw(MONEY)),
                parts=draw(st.sampled_from([(), (Decimal(7),), (Decimal(3), Decimal("4.01"))])),
                rules=draw(st.sampled_from([(), ("order.line_changed",)])),
            )
            for kind, state in draw(
                st.lists(st.tuples(st.sampled_from(AfterSaleKind), st.sampled_from(AfterSaleState)), max_size=2)
            )
        ),
        opened=draw(st.sampled_from([True, False, None])),
        evidence=draw(st.integers(0, 2)),
    )


@pytest.fixture(scope="module")
def looser(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of a merchant who loosens everything that can be loosened."""
    tables = load_tables()
    times = "".join(f"  {name}: {{days: {term.days * 3}}}\n" for name, term in tables.terms.items())
    classes = "".join(f"  {name}: always\n" for name in tables.goods)
    path = Path(tmp_path_factory.mktemp("policies")) / "m1.yml"
    path.write_text(
        f"version: 2026-11-23\nterms:\n{times}goods:\n{classes}freight: {{freight.own_choice: merchant}}\n"
        "compensation: {compensation.late_shipping: {percent: 10, most: 100}}\n",
        encoding="utf-8",
    )
    return load_tables(path)


def taken(cases: Sequence[AfterSale]) -> Decimal:
    """Return what cases took of an order: all but those that came to nothing, and the difference of a changed line."""
    nothing = (AfterSaleState.REJECTED, AfterSaleState.WITHDRAWN)
    counted = [each for each in cases if each.state not in nothing and "order.line_changed" not in each.rules]
    return sum((each.amount for each in counted), Decimal(0))


@given(about=any_facts())
def test_any_facts_lead_to_a_decision_that_makes_sense(about: CaseFacts) -> None:
    tables = load_tables()
    decision = decide(about, tables)
    assert decision.sentence
    assert "{" not in decision.sentence
    assert decision.rules
    assert len(set(decision.rules)) == len(decision.rules)
    assert decision.version == tables.version
    assert 0 <= decision.amount <= max(about.order.amount - taken(about.cases), Decimal(0))
    assert decision.amount == decision.amount.quantize(Decimal("0.01"))
    if decision.allowed:
        assert decision.alternatives == ()
    else:
        assert (decision.amount, decision.freight_payer, decision.evidence_needed) == (0, Liable.NONE, False)
    if decision.compensation is not None:
        assert 0 <= decision.compensation[0] <= decision.compensation[1]
    assert decide(about, tables) == decision


@given(about=any_facts())
def test_a_looser_merchant_refuses_nothing_that_the_platform_grants(about: CaseFacts, looser: Tables) -> None:
    strict, loose = decide(about, load_tables()), decide(about, looser)
    assert loose.allowed or not strict.allowed
    assert loose.amount >= strict.amount
    if strict.allowed:
        assert loose.freight_payer in (strict.freight_payer, Liable.MERCHANT)
    if strict.compensation is not None:
        assert loose.compensation is not None
        assert loose.compensation >= strict.compensation


def test_positions_are_granted_together_only_if_each_is() -> None:
    lines = (line(1), line(2, price="50", quantity=1))
    both = (meant(lines[0]), meant(lines[1], goods="custom_made"))
    whole = order(received=NOW - timedelta(days=3), lines=lines)
    assert decide(facts(order=whole, lines=both), load_tables()).rules[0] == "own_choice.never"
    good = decide(facts(order=whole, lines=(meant(lines[0]), meant(lines[1]))), load_tables())
    assert (good.allowed, good.amount) == (True, Decimal("250.00"))


def test_what_the_whole_order_had_off_is_off_each_position() -> None:
    lines = (line(1), line(2, price="50", quantity=2))
    whole = order(received=NOW - timedelta(days=3), lines=lines, amount=Decimal(250), freight=Decimal(10))
    decision = decide(facts(order=whole, lines=(meant(lines[1], quantity=1),)), load_tables())
    assert decision.amount == Decimal("40.00")  # 50 of 300, of the 240 that were paid for goods


@pytest.mark.parametrize(
    ("about", "amount"),
    [
        (case("price_protection", "completed", (AfterSaleLine(1, 2),), amount="20"), "180"),
        (case("price_protection", "refunding", amount="20"), "180"),
        (case("refund", "completed", (AfterSaleLine(1, 1),), amount="120"), "80"),
        (case("price_protection", "rejected", (AfterSaleLine(1, 2),), amount="20"), "200"),
        (case("refund", "completed", (AfterSaleLine(1, 0),), amount="50", rules=("order.line_changed",)), "200"),
    ],
)
def test_what_went_back_before_does_not_go_back_again_and_the_sentence_says_so(about: AfterSale, amount: str) -> None:
    decision = decide(facts("refund", "quality", cases=(about,)), load_tables())
    assert decision.amount == Decimal(amount)
    assert f"最多{amount}元" in decision.sentence


def test_what_went_back_is_taken_from_the_positions_it_was_for() -> None:
    lines = (line(1, quantity=1), line(2, price="50", quantity=1))
    whole = order(received=NOW - timedelta(days=3), lines=lines)
    both = (AfterSaleLine(1, 1), AfterSaleLine(2, 1))
    divided = case("price_protection", "completed", both, amount="25", parts=(Decimal(20), Decimal(5)))
    undivided = case("price_protection", "completed", both, amount="24")
    for earlier, left in ((divided, "80"), (undivided, "84")):
        about = facts("refund", "quality", order=whole, lines=(meant(lines[0]),), cases=(earlier,))
        assert decide(about, load_tables()).amount == Decimal(left)


def test_freight_goes_back_with_the_last_that_never_left() -> None:
    lines = (line(1, shipped=False), line(2, shipped=False))
    refunded = case("refund", "completed", (AfterSaleLine(1, 2),), amount="200", parts=(Decimal(200),))
    whole = order("paid", shipped_at=None, lines=lines)
    decision = decide(facts("refund", order=whole, lines=(meant(lines[1]),), cases=(refunded,)), load_tables())
    assert decision.sentence == "这部分商品还没有发货，可以不发并退款210元。"
    first = decide(facts("refund", order=whole, lines=(meant(lines[1]),)), load_tables())
    assert first.amount == Decimal(200)
