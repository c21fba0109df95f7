"""What can go wrong in commerce, in the words of the trade."""

from __future__ import annotations


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
