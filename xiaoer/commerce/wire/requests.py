"""What clients send with a write, as JSON."""

from __future__ import annotations

from pydantic import Field, StrictBool

from xiaoer.commerce import changes
from xiaoer.commerce.model import AfterSaleKind, AfterSaleLine
from xiaoer.commerce.wire.values import Money, Name, Request, Text, Whole


class Words(Text):
    """A sentence or two."""

    max_length = 1000


class Short(Text):
    """A name, an address, a remark."""

    max_length = 300


class Cancellation(Request):
    """Why an order is to be cancelled."""

    of = dict
    reason: Short = Short("")


class Remark(Request):
    """What is to be noted on an order."""

    of = dict
    remark: Short


class ReceiverChange(Request):
    """New values of an order's recipient; what is left out stays."""

    of = changes.ReceiverChange
    name: Short | None = None
    phone: Short | None = None
    address: Short | None = None


class LineValues(Request):
    """New values of a position; what is left out stays."""

    of = dict
    sku_id: Name | None = None
    quantity: Whole | None = None


class ApplicationLine(Request):
    """A position that an application is about."""

    of = AfterSaleLine
    line_id: Whole
    quantity: Whole
    sku_id: Name | None = None


class Application(Request):
    """What a customer applies for after the sale; no lines means all that is left."""

    of = changes.Application
    order_no: Name
    kind: AfterSaleKind
    lines: list[ApplicationLine] = Field([], max_items=100)
    reason: Short = Short("")
    reason_code: Short = Short("")
    note: Words = Words("")
    evidence: list[Short] = Field([], max_items=20)
    pickup: StrictBool = False
    opened: StrictBool | None = None
    amount: Money | None = None


class InvoiceRequest(Request):
    """An invoice as a customer wants it."""

    of = changes.InvoiceRequest
    kind: Short
    title: Short
    tax_number: Short = Short("")
    email: Short
