"""The errors of commerce by the codes that the API gives them, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, Field, StrictBool, ValidationError

from xiaoer.commerce import errors
from xiaoer.commerce.model import AfterSaleKind, Liable
from xiaoer.commerce.policy import decision
from xiaoer.commerce.wire.values import Money, Name, Shape, Text, Whole, encoded

CODES: Mapping[type[errors.CommerceError], tuple[int, str, tuple[str, ...]]] = {
    errors.OrderNotFound: (404, "order_not_found", ()),
    errors.ShipmentNotFound: (404, "shipment_not_found", ()),
    errors.ProductNotFound: (404, "product_not_found", ()),
    errors.AfterSaleNotFound: (404, "after_sale_not_found", ()),
    errors.NotUrgeable: (409, "not_urgeable", ("state",)),
    errors.StateForbids: (409, "state_forbids", ("state",)),
    errors.OutOfStock: (409, "out_of_stock", ("sku_id", "available")),
    errors.PaymentNeeded: (409, "payment_needed", ("amount",)),
    errors.NotEligible: (409, "not_eligible", ("decision",)),
    errors.ExceedsBought: (409, "exceeds_bought", ("left",)),
    errors.KeyReused: (409, "key_reused", ()),
    errors.InvalidRequest: (422, "invalid_request", ("field",)),
}
"""Status, code, and the attributes that go with it, by error."""


class Decision(Shape):
    """What the rules of after-sales say."""

    of = decision.Decision
    allowed: StrictBool
    rules: list[Name] = Field(min_items=1)
    sentence: Text
    liable: Liable
    freight_payer: Liable
    evidence_needed: StrictBool
    amount: Money
    compensation: tuple[Money, Money] | None
    alternatives: list[AfterSaleKind]
    version: Text


class _State(BaseModel):
    state: Name


class _Stock(BaseModel):
    sku_id: Name
    available: Whole


class _Amount(BaseModel):
    amount: Money


class _Left(BaseModel):
    left: dict[int, int]


class _Field(BaseModel):
    field: Name


class _Denial(BaseModel):
    decision: Decision


READERS: Mapping[str, Callable[[dict[str, Any]], errors.CommerceError]] = {
    "order_not_found": lambda _: errors.OrderNotFound(),
    "shipment_not_found": lambda _: errors.ShipmentNotFound(),
    "product_not_found": lambda _: errors.ProductNotFound(),
    "after_sale_not_found": lambda _: errors.AfterSaleNotFound(),
    "not_urgeable": lambda body: errors.NotUrgeable(_State.parse_obj(body).state),
    "state_forbids": lambda body: errors.StateForbids(_State.parse_obj(body).state),
    "out_of_stock": lambda body: errors.OutOfStock(**_Stock.parse_obj(body).dict()),
    "payment_needed": lambda body: errors.PaymentNeeded(_Amount.parse_obj(body).amount),
    "not_eligible": lambda body: errors.NotEligible(_Denial.parse_obj(body).decision.domain()),
    "exceeds_bought": lambda body: errors.ExceedsBought(_Left.parse_obj(body).left),
    "key_reused": lambda _: errors.KeyReused(),
    "invalid_request": lambda body: errors.InvalidRequest(_Field.parse_obj(body).field),
}
"""What makes the error of a code from the attributes beside it."""


def described(error: errors.CommerceError) -> tuple[int, str, dict[str, Any]] | None:
    """Return status, code and attributes of an error, or ``None`` where the API has no code for it."""
    found = CODES.get(type(error))
    if found is None:
        return None
    status, code, names = found
    return status, code, {name: encoded(getattr(error, name)) for name in names}


def read_refusal(status: int, body: object) -> errors.CommerceError | None:
    """Return the error that an answer stands for, or ``None`` where it stands for none of them.

    Args:
        status: HTTP status.
        body: What the answer holds.
    """
    refusal = body.get("error") if isinstance(body, dict) else None
    code = refusal.get("code") if isinstance(refusal, dict) else None
    known = {each: expected for expected, each, _ in CODES.values()}
    if not isinstance(refusal, dict) or not isinstance(code, str) or known.get(code) != status:
        return None
    try:
        return READERS[code](refusal)
    except ValidationError:
        return None
