"""What can go wrong in commerce, in the words of the trade."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiaoer.commerce.policy.decision import Decision


class CommerceError(Exception):
    """Base of the errors of this package."""


class OrderNotFound(CommerceError):
    """The caller has no order with this number; somebody else's order is not found either."""


class ShipmentNotFound(CommerceError):
    """The caller has no shipment with this waybill number."""


class ProductNotFound(CommerceError):
    """The tenant has no such product."""


class NotUrgeable(CommerceError):
    """The order is in a state in which there is no shipping to press for.

    Attributes:
        state: The order's state.
    """

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Refused(CommerceError):
    """A change that is not made, and nothing is written; subclasses say why."""


class StateForbids(Refused):
    """The order or the after-sale case is in a state in which this can't be done.

    Attributes:
        state: The state that it is in.
    """

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class OutOfStock(Refused):
    """There are not so many pieces of a variant.

    Attributes:
        sku_id: The variant.
        available: Pieces there are.
    """

    def __init__(self, sku_id: str, available: int) -> None:
        super().__init__(f"{sku_id}: {available}")
        self.sku_id = sku_id
        self.available = available


class PaymentNeeded(Refused):
    """The change costs more than was paid, and this door takes no payments.

    Attributes:
        amount: Yuan that would have to be paid on top.
    """

    def __init__(self, amount: Decimal) -> None:
        super().__init__(str(amount))
        self.amount = amount


class ExceedsBought(Refused):
    """More pieces are asked for than were bought and are not in another case already.

    Attributes:
        left: Pieces that are left by line id.
    """

    def __init__(self, left: dict[int, int]) -> None:
        super().__init__(str(left))
        self.left = left


class NotEligible(Refused):
    """The rules of after-sales do not allow it.

    Attributes:
        decision: What the rules say, with their ids and a sentence for the customer.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.rules[0])
        self.decision = decision


class AfterSaleNotFound(CommerceError):
    """The caller has no after-sale case with this number."""


class InvalidRequest(Refused):
    """What is asked for makes no sense in itself.

    Attributes:
        field: The part that is wrong, for example ``phone``.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class KeyReused(Refused):
    """The idempotency key belongs to another request of the same customer."""


class BackOfficeDown(CommerceError):
    """A merchant's own system gave no usable answer; whether a write arrived is not known.

    Attributes:
        tenant: The merchant.
        written: Whether a write may have been done all the same; a repeat with the same key is safe.
    """

    def __init__(self, tenant: str, *, written: bool = False) -> None:
        super().__init__(tenant)
        self.tenant = tenant
        self.written = written
