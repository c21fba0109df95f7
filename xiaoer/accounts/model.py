"""Value objects of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

PLATFORM = "platform"
"""The tenant that stands for the platform itself."""


class Role(str, Enum):
    """What a token's bearer is."""

    CONSUMER = "consumer"
    MERCHANT = "merchant"
    ANONYMOUS = "anonymous"
    AGENT = "agent"
    MERCHANT_ADMIN = "merchant_admin"
    PLATFORM_AGENT = "platform_agent"
    PLATFORM_ADMIN = "platform_admin"
    SYSTEM = "system"
    """A program of the tenant's own, for example its back office."""

    @property
    def serves(self) -> bool:
        """Whether the bearer is one of the people who work at the desk."""
        return self in MERCHANT_ROLES | PLATFORM_ROLES


VISITOR_ROLES = frozenset({Role.CONSUMER, Role.MERCHANT, Role.ANONYMOUS})
MERCHANT_ROLES = frozenset({Role.AGENT, Role.MERCHANT_ADMIN})
"""What the people of a merchant can be."""
PLATFORM_ROLES = frozenset({Role.PLATFORM_AGENT, Role.PLATFORM_ADMIN})
"""What the people of the platform can be."""


@dataclass(frozen=True)
class Tenant:
    """A merchant, or the platform.

    Attributes:
        id: Merchant id, or ``platform``.
        name: Name of the shop as customers know it.
        category: Trade (``clothing``, ``electronics``, ``food``, ``cosmetics``, …; empty for the platform).
        level: Level of the merchant on the platform, 0 (the platform itself) to 5.
        gmv: Gross merchandise value of the last 30 days, in yuan.
        anonymous_allowed: Whether visitors without a token may ask this tenant's knowledge.
    """

    id: str
    name: str
    category: str
    level: int
    gmv: Decimal
    anonymous_allowed: bool


@dataclass(frozen=True)
class Customer:
    """A buyer; one person has one account on the platform and buys from many merchants.

    Attributes:
        id: Customer id.
        name: Name as the customer gave it.
        phone: Mainland mobile number.
        vip_level: 0 for everybody, 1 and above for VIPs.
    """

    id: str
    name: str
    phone: str
    vip_level: int

    @property
    def vip(self) -> bool:
        """Whether the customer is a VIP at any level."""
        return self.vip_level > 0


@dataclass(frozen=True)
class Agent:
    """A person who serves customers.

    Attributes:
        id: Agent id.
        tenant: Merchant id, or ``platform``.
        name: Name as customers see it.
        role: What the person may do.
    """

    id: str
    tenant: str
    name: str
    role: Role


@dataclass(frozen=True)
class Identity:
    """The verified bearer of a token: the only source of who somebody is.

    Attributes:
        subject: Customer id, merchant-staff id, agent id, or ``anonymous``.
        tenant: Merchant id, or ``platform``.
        role: What the subject is.
        channel: Where the subject writes from (``web``, ``app``, ``mini_program``, …).
        vip_level: VIP level that the shop vouches for, 0 for none.
        product_id: Product that the subject looks at.
        order_no: Order that the subject looks at.
    """

    subject: str
    tenant: str
    role: Role
    channel: str = "web"
    vip_level: int = 0
    product_id: str | None = None
    order_no: str | None = None
