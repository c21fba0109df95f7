"""The words in which the decision tables speak of a case."""

from __future__ import annotations

from enum import Enum


class Group(str, Enum):
    """Reasons that are decided alike; ``UNSTATED`` is no reason, or one that the tables do not know."""

    OWN_CHOICE = "own_choice"
    QUALITY = "quality"
    WRONG = "wrong"
    MISSING = "missing"
    DAMAGE = "damage"
    DELIVERY = "delivery"
    PRICE = "price"
    UNSTATED = "unstated"


class Stage(str, Enum):
    """Where a position of an order stands.

    ``UNSHIPPED`` means that nothing has left and everything is meant, ``WAITING`` that only a part of what has not left
    is meant, or that another part has left; ``NOTHING`` that no position is left to speak of.
    """

    UNPAID = "unpaid"
    OVER = "over"
    NOTHING = "nothing"
    UNSHIPPED = "unshipped"
    WAITING = "waiting"
    UNDER_WAY = "under_way"
    SENT_BACK = "sent_back"
    RECEIVED = "received"


class ParcelState(str, Enum):
    """Where the parcel of a position stands, as far as decisions depend on it."""

    NONE = "none"
    MOVING = "moving"
    STUCK = "stuck"
    EXCEPTION = "exception"
    RETURNED = "returned"
    DELIVERED = "delivered"


class NoReason(str, Enum):
    """Whether goods can be returned without a reason."""

    NEVER = "never"
    UNOPENED = "unopened"
    ALWAYS = "always"

    @property
    def rank(self) -> int:
        """How much is granted, from 0."""
        return list(NoReason).index(self)


class Opened(str, Enum):
    """Whether goods were opened or used."""

    YES = "opened"
    NO = "unopened"
    UNKNOWN = "unknown"


class Outcome(str, Enum):
    """What a rule of eligibility says."""

    GRANT = "grant"
    REFUSE = "refuse"
