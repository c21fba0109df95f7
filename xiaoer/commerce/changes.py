"""What customers ask to be changed, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleLine, Order


@dataclass(frozen=True)
class ReceiverChange:
    """New values of an order's recipient; ``None`` keeps what is there.

    Attributes:
        name: Recipient.
        phone: Mainland mobile or landline number, digits only.
        address: Where it goes.
    """

    name: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class LineChange:
    """New values of one position of an order; ``None`` keeps what is there.

    Attributes:
        line_id: The position.
        sku_id: Another variant of the same product.
        quantity: Pieces, at least 1.
    """

    line_id: int
    sku_id: str | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class OrderChanged:
    """An order after a change.

    Attributes:
        order: The order as it is now.
        refund: The case that brings money back, where some was paid too much, else ``None``.
    """

    order: Order
    refund: AfterSale | None = None


@dataclass(frozen=True)
class Application:
    """What a customer applies for after the sale.

    Attributes:
        order_no: Order that it is about.
        kind: What is asked for.
        lines: What it is about; empty means every line with every piece that is left.
        reason: Why, in words.
        reason_code: Why, as one of the fixed codes of ``xiaoer/commerce/policy/reasons.yml``; empty where none fits.
        note: What the customer says beside it.
        evidence: Pictures and videos, by upload id or address.
        pickup: Whether the carrier shall fetch the goods at the door.
        opened: Whether the goods were opened or used; ``None`` where nobody has said.
        amount: Yuan wanted back; ``None`` asks for all that the rules allow.
    """

    order_no: str
    kind: AfterSaleKind
    lines: tuple[AfterSaleLine, ...] = ()
    reason: str = ""
    reason_code: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()
    pickup: bool = False
    opened: bool | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class InvoiceRequest:
    """An invoice as a customer wants it.

    Attributes:
        kind: ``personal`` or ``company``.
        title: Name on it.
        tax_number: The company's unified social credit code; empty for persons.
        email: Where it is sent.
    """

    kind: str
    title: str
    tax_number: str
    email: str
