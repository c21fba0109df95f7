"""The commerce API as JSON: every value comes back as it went, and nothing else comes in."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from xiaoer.commerce import benefits, changes, errors, model
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.wire import catalogue, orders, refusals, requests
from xiaoer.commerce.wire.refusals import CODES, READERS, described, read_refusal
from xiaoer.commerce.wire.values import Moment, Money, Shape, encoded

SHAPES = [
    shape
    for module in (orders, catalogue, requests, refusals)
    for shape in vars(module).values()
    if isinstance(shape, type) and issubclass(shape, Shape) and dataclasses.is_dataclass(getattr(shape, "of", None))
]

texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
names = texts.filter(bool)
wholes = st.integers(0, 2**31 - 1)
money = st.decimals(-999_999, 999_999, places=2)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis wants bounds without an offset
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(timezone.utc),
)
for kind, strategy in ((Decimal, money), (datetime, moments), (str, names), (int, wholes)):
    st.register_type_strategy(kind, strategy)
values = {
    model.Product: st.builds(
        model.Product,
        size_chart=st.tuples(st.fixed_dictionaries({"size": names}, optional={"height_cm": st.just([150, 159.5])})),
        attributes=st.dictionaries(names, texts, max_size=3),
    ),
    benefits.Membership: st.builds(
        benefits.Membership,
        points_per_yuan=st.decimals(0, 100, places=3),
        yuan_per_hundred_points=st.decimals(0, 100, places=2),
    ),
    model.Order: st.builds(model.Order, lines=st.lists(st.builds(model.OrderLine), min_size=1, max_size=3).map(tuple)),
    Decision: st.builds(Decision, rules=st.lists(names, min_size=1, max_size=3).map(tuple)),
}
st.register_type_strategy(model.Order, values[model.Order])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(shape: Any, data: st.DataObject) -> None:
    value = data.draw(values.get(shape.of, st.builds(shape.of)))

    assert shape.parse_obj(json.loads(json.dumps(encoded(value)))).domain() == value


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_of_the_domain_is_in_the_api(shape: Any) -> None:
    assert [field.name for field in dataclasses.fields(shape.of)] == list(shape.__fields__)


def test_every_value_object_that_the_port_gives_has_a_shape() -> None:
    shaped = {shape.of for shape in SHAPES}
    given = {
        value
        for module in (model, benefits, changes)
        for value in vars(module).values()
        if dataclasses.is_dataclass(value)
    }
    asked = {model.OrderQuery, model.ProductQuery, changes.LineChange}

    assert given - shaped == asked


@pytest.mark.parametrize(
    "text", ["1", "1.5", "1.234", "1e3", "NaN", "１.００", " 1.00", "1.00\n", "", 1.0, 1, None, True]
)
def test_money_is_a_string_with_two_decimals(text: object) -> None:
    class Priced(Shape):
        of = dict
        price: Money

    with pytest.raises(ValidationError):
        Priced(price=text)


@pytest.mark.parametrize(
    "text", ["2026-11-21", "2026-11-21T12:00:00", "noon", "", 0, None, "0001-01-01T00:00:00+08:00"]
)
def test_a_moment_has_an_offset(text: object) -> None:
    class Timed(Shape):
        of = dict
        at: Moment

    with pytest.raises(ValidationError):
        Timed(at=text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_whatever_comes_is_read_or_refused(value: object) -> None:
    for shape in (orders.Order, catalogue.Product, orders.Reminder):
        with pytest.raises(ValidationError):
            shape.parse_obj(value)
    assert read_refusal(409, value) is None


REFUSED = [
    errors.OrderNotFound(),
    errors.ShipmentNotFound(),
    errors.ProductNotFound(),
    errors.AfterSaleNotFound(),
    errors.NotUrgeable("shipped"),
    errors.StateForbids("shipped"),
    errors.OutOfStock("P1-0", 3),
    errors.PaymentNeeded(Decimal("12.50")),
    errors.ExceedsBought({1: 2, 3: 0}),
    errors.KeyReused(),
    errors.InvalidRequest("phone"),
    errors.NotEligible(
        Decision(
            allowed=False,
            rules=("no_reason.opened",),
            sentence="拆封的食品不支持七天无理由退货。",
            liable=model.Liable.CUSTOMER,
            freight_payer=model.Liable.NONE,
            evidence_needed=False,
            amount=Decimal("0.00"),
            compensation=(Decimal("5.00"), Decimal("10.00")),
            alternatives=(model.AfterSaleKind.EXCHANGE,),
            version="2026-11",
        )
    ),
]


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_as_it_went(error: errors.CommerceError) -> None:
    told = described(error)
    assert told is not None
    status, code, shown = told

    read = read_refusal(status, json.loads(json.dumps({"error": {"code": code, "message": "x", **shown}})))

    assert type(read) is type(error)
    assert vars(read) == vars(error)


def test_every_code_can_be_read_and_every_refusal_has_one() -> None:
    assert {code for _, code, _ in CODES.values()} == set(READERS)
    assert {type(error) for error in REFUSED} == set(CODES)
    assert set(errors.Refused.__subclasses__()) <= set(CODES)


def test_a_refusal_that_is_not_whole_is_none() -> None:
    for code in ("state_forbids", "out_of_stock", "payment_needed", "not_eligible", "exceeds_bought"):
        assert read_refusal(409, {"error": {"code": code, "message": "x"}}) is None
    assert read_refusal(404, {"error": {"code": "key_reused"}}) is None
    assert read_refusal(409, {"error": {"code": ["key_reused"]}}) is None
