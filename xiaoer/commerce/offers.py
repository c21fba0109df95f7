"""Everything that can make a purchase cheaper, as the computation of a price takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from xiaoer.commerce.benefits import Coupon
from xiaoer.commerce.campaigns import AnyRule


@dataclass(frozen=True)
class Campaign:
    """A campaign that runs, with its rule.

    Attributes:
        promotion_id: Its number.
        scope: Merchant id, or ``platform``.
        name: As customers know it.
        rule: What it does.
    """

    promotion_id: str
    scope: str
    name: str
    rule: AnyRule


@dataclass(frozen=True)
class Freight:
    """What a shop takes for sending: ``amount`` yuan, nothing for goods of ``free_from`` yuan and more."""

    amount: Decimal
    free_from: Decimal


@dataclass(frozen=True)
class Buyer:
    """What matters of who buys.

    Attributes:
        registered_at: Since when the customer is known; ``None`` for somebody who has not signed in.
        bought_at: Merchants at which something was paid for before.
    """

    registered_at: datetime | None = None
    bought_at: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offers:
    """Everything that can make a purchase cheaper.

    Attributes:
        campaigns: Those that run now.
        coupons: Those in the wallet, whether they can be used or not.
        freights: By merchant; where there is none, sending is free.
        buyer: Who buys.
    """

    campaigns: Sequence[Campaign] = ()
    coupons: Sequence[Coupon] = ()
    freights: Mapping[str, Freight] = field(default_factory=dict)
    buyer: Buyer = Buyer()
