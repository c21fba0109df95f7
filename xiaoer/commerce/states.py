"""Which event leads an order or an after-sale case from which state to which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from xiaoer.commerce.errors import StateForbids
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState, ShipmentState

UNSHIPPED = frozenset({OrderState.PENDING_PAYMENT, OrderState.PENDING_GROUP, OrderState.PAID})
"""States of an order of which no parcel has left."""

OPEN_TO_INVOICES = frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED, OrderState.COMPLETED})
"""States of an order for which an invoice can be asked."""

LIVE = frozenset(
    {
        AfterSaleState.PENDING_REVIEW,
        AfterSaleState.APPROVED,
        AfterSaleState.AWAITING_RETURN,
        AfterSaleState.RETURNING,
        AfterSaleState.RECEIVED,
        AfterSaleState.REFUNDING,
    }
)
"""States of an after-sale case that is not over."""

GOODS_COME_BACK = frozenset({AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE, AfterSaleKind.REPAIR})
"""Kinds of cases in which the customer sends goods back."""

MONEY_GOES_BACK = frozenset({AfterSaleKind.RETURN, AfterSaleKind.REFUND, AfterSaleKind.PRICE_PROTECTION})
"""Kinds of cases in which the customer gets money back."""


PARCEL_OVER = frozenset({ShipmentState.DELIVERED, ShipmentState.RETURNED})
"""States of a parcel after which its trace goes no further."""


class OrderEvent(str, Enum):
    """What happens to an order."""

    PAY = "pay"
    JOIN_GROUP = "join_group"
    FILL_GROUP = "fill_group"
    CANCEL = "cancel"
    SHIP_SOME = "ship_some"
    SHIP_REST = "ship_rest"
    COMPLETE = "complete"
    REFUND_ALL = "refund_all"


class CaseEvent(str, Enum):
    """What happens to an after-sale case."""

    APPROVE = "approve"
    REJECT = "reject"
    AWAIT_RETURN = "await_return"
    SEND_BACK = "send_back"
    RECEIVE = "receive"
    START_REFUND = "start_refund"
    PAY_REFUND = "pay_refund"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"


ORDER_STEPS: dict[OrderEvent, tuple[frozenset[OrderState], OrderState]] = {
    OrderEvent.PAY: (frozenset({OrderState.PENDING_PAYMENT}), OrderState.PAID),
    OrderEvent.JOIN_GROUP: (frozenset({OrderState.PENDING_PAYMENT}), OrderState.PENDING_GROUP),
    OrderEvent.FILL_GROUP: (frozenset({OrderState.PENDING_GROUP}), OrderState.PAID),
    OrderEvent.CANCEL: (UNSHIPPED, OrderState.CANCELLED),
    OrderEvent.SHIP_SOME: (frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED}), OrderState.PARTIALLY_SHIPPED),
    OrderEvent.SHIP_REST: (frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED}), OrderState.SHIPPED),
    OrderEvent.COMPLETE: (frozenset({OrderState.SHIPPED}), OrderState.COMPLETED),
    OrderEvent.REFUND_ALL: (frozenset({OrderState.PAID}), OrderState.CLOSED),
}
"""Each event with the states of an order that allow it and the state that it leads to."""


@dataclass(frozen=True)
class CaseStep:
    """A step of an after-sale case.

    Attributes:
        before: States that allow it.
        after: The state that it leads to.
        kinds: Kinds of cases that know it.
    """

    before: frozenset[AfterSaleState]
    after: AfterSaleState
    kinds: frozenset[AfterSaleKind] = frozenset(AfterSaleKind)


_STATES = AfterSaleState

CASE_STEPS: dict[CaseEvent, tuple[CaseStep, ...]] = {
    CaseEvent.APPROVE: (CaseStep(frozenset({_STATES.PENDING_REVIEW}), _STATES.APPROVED),),
    CaseEvent.REJECT: (CaseStep(frozenset({_STATES.PENDING_REVIEW}), _STATES.REJECTED),),
    CaseEvent.AWAIT_RETURN: (CaseStep(frozenset({_STATES.APPROVED}), _STATES.AWAITING_RETURN, GOODS_COME_BACK),),
    CaseEvent.SEND_BACK: (
        CaseStep(frozenset({_STATES.APPROVED, _STATES.AWAITING_RETURN}), _STATES.RETURNING, GOODS_COME_BACK),
    ),
    CaseEvent.RECEIVE: (CaseStep(frozenset({_STATES.RETURNING}), _STATES.RECEIVED, GOODS_COME_BACK),),
    CaseEvent.START_REFUND: (
        CaseStep(frozenset({_STATES.RECEIVED}), _STATES.REFUNDING, MONEY_GOES_BACK & GOODS_COME_BACK),
        CaseStep(frozenset({_STATES.APPROVED}), _STATES.REFUNDING, MONEY_GOES_BACK - GOODS_COME_BACK),
    ),
    CaseEvent.PAY_REFUND: (CaseStep(frozenset({_STATES.REFUNDING}), _STATES.COMPLETED, MONEY_GOES_BACK),),
    CaseEvent.COMPLETE: (
        CaseStep(frozenset({_STATES.RECEIVED}), _STATES.COMPLETED, GOODS_COME_BACK - MONEY_GOES_BACK),
    ),
    CaseEvent.WITHDRAW: (
        CaseStep(frozenset({_STATES.PENDING_REVIEW, _STATES.APPROVED, _STATES.AWAITING_RETURN}), _STATES.WITHDRAWN),
    ),
}
"""Each event with the steps that it can be, by kind and state of a case."""


def order_after(state: str, event: OrderEvent) -> str:
    """Return the state that an event leads an order to.

    Args:
        state: The state that it is in.
        event: What happens.

    Raises:
        StateForbids: If it can't happen in that state.
    """
    before, after = ORDER_STEPS[event]
    if OrderState(state) not in before:
        raise StateForbids(state)
    return after.value


def case_after(kind: str, state: str, event: CaseEvent) -> str:
    """Return the state that an event leads an after-sale case to.

    Args:
        kind: The kind of the case.
        state: The state that it is in.
        event: What happens.

    Raises:
        StateForbids: If it can't happen to such a case in that state.
    """
    for step in CASE_STEPS[event]:
        if AfterSaleKind(kind) in step.kinds and AfterSaleState(state) in step.before:
            return step.after.value
    raise StateForbids(state)
