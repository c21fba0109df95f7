"""Which plan does which task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from actions.service.arbitration import RequestArbitration
from actions.service.invoicing import RequestInvoice
from actions.service.orders import Cancel, ChangeOrder, ChangeReceiver
from actions.service.plan import Plan
from actions.service.remedies import Exchange, PriceProtection, Refund, Repair, Return
from actions.service.withdrawing import Withdraw

KINDS: tuple[type[Plan], ...] = (
    Cancel,
    ChangeReceiver,
    ChangeOrder,
    Return,
    Refund,
    Exchange,
    Repair,
    PriceProtection,
    Withdraw,
    RequestInvoice,
    RequestArbitration,
)


@cache
def _plans() -> Mapping[str, Plan]:
    return {kind.task: kind() for kind in KINDS}


def plan_of(task: str) -> Plan:
    """Return the plan of a task.

    Raises:
        KeyError: If there is none.
    """
    return _plans()[task]


def tasks() -> frozenset[str]:
    """Return the names of all tasks."""
    return frozenset(_plans())
