"""Who takes part in a conversation, as far as it is settled, and finally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xiaoer.accounts.model import Role


@dataclass(frozen=True)
class Cast:
    """The rows that a conversation is about, and who speaks.

    Attributes:
        tenant: Merchant id that the speaker writes to.
        subject: Customer id, agent id, or ``anonymous``.
        role: What the speaker is.
        vip_level: The speaker's VIP level.
        rows: Name → kind and primary key of each picked row.
        orders: Numbers of the orders that the picked rows are, or are about.
        values: ``order.order_no`` and the like → text.
    """

    tenant: str
    subject: str
    role: Role
    vip_level: int
    rows: Mapping[str, tuple[str, str]]
    orders: frozenset[str]
    values: Mapping[str, str]


@dataclass(frozen=True)
class Settled:
    """What the entries looked at so far have settled.

    Attributes:
        rows: Name, kind and row of each entry, in order.
        tenant: The merchant, once a row names it.
        likely_tenant: The merchant if no row names one: that of the customer's newest order.
        customer: The customer whose rows the unmarked entries pick, once there is one.
        strangers: Owners of rows that are somebody else's: none of them speaks.
    """

    rows: tuple[tuple[str, str, Any], ...] = ()
    tenant: str | None = None
    likely_tenant: str | None = None
    customer: str | None = None
    strangers: frozenset[str] = frozenset()

    def with_row(self, name: str, kind: str, row: Any, **changes: Any) -> Settled:
        """Return what is settled once a row is picked."""
        return replace(self, rows=(*self.rows, (name, kind, row)), **changes)

    def first(self, kind: str) -> Any | None:
        """Return the first row of a kind, or ``None``."""
        return next((row for _, known, row in self.rows if known == kind), None)

    def keys(self, kind: str, key: str) -> list[str]:
        """Return the primary keys of the rows of a kind."""
        return [getattr(row, key) for _, known, row in self.rows if known == kind]
