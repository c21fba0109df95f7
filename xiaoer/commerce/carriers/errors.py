"""What can go wrong between us and a carrier."""

from __future__ import annotations

from xiaoer.commerce.errors import CommerceError


class CarrierError(CommerceError):
    """Base of the errors of this package."""


class TrackingDown(CarrierError):
    """快递100 gave no usable answer: out of reach, slow, busy, broken, or not asked because it just was."""


class TrackingRefused(CarrierError):
    """快递100 will not answer this question, however often it is asked.

    Attributes:
        code: Its return code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TraceUnknown(CarrierError):
    """The carrier knows nothing of the number yet."""


class MalformedTrace(CarrierError):
    """What came is no trace in the documented form."""


class ForgedPush(CarrierError):
    """The signature of a push is not the one that our salt makes."""
