"""What every task that writes something says of itself: whether it can be done, what it needs, how it is done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from actions.order_choice import Tiers
from actions.service.draft import Draft
from actions.services import Services
from actions.speech import Button
from actions.turn import Turn
from xiaoer.commerce.errors import OrderNotFound
from xiaoer.commerce.model import AfterSale, Order, OrderLine, OrderState, Product

UNSHIPPED = frozenset({OrderState.PENDING_PAYMENT, OrderState.PENDING_GROUP, OrderState.PAID})
"""States in which nothing has left, so that an order can still be changed."""

UNDER_WAY = frozenset({OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED})
ANY = frozenset(OrderState)


@dataclass(frozen=True)
class Refusal:
    """Why a task is not done.

    Attributes:
        text: The true reason, in words for the customer.
        buttons: What can be done instead.
        offer: What a bare 好的 accepts, or ``None``.
        instead: The task that does what is really wanted, begun at once, or ``None``.
    """

    text: str
    buttons: list[Button] = field(default_factory=list)
    offer: str | None = None
    instead: str | None = None


@dataclass(frozen=True)
class Done:
    """What came of a task.

    Attributes:
        text: What is said.
        card: The card beside it, or ``None``.
        buttons: What can be tapped.
        offer: What a bare 好的 accepts, or ``None``.
    """

    text: str
    card: dict[str, Any] | None = None
    buttons: list[Button] = field(default_factory=list)
    offer: str | None = None


class Context:
    """A draft with what it is about.

    Args:
        turn: The present turn.
        services: The outside world.
        draft: The draft.
    """

    def __init__(self, turn: Turn, services: Services, draft: Draft) -> None:
        self.turn = turn
        self.services = services
        self.draft = draft

    def knowing(self, values: Mapping[str, Any]) -> Context:
        """Return the context of the draft with further values."""
        after = Context(self.turn, self.services, self.draft.knowing(values))
        after.__dict__.update({name: self.__dict__[name] for name in ("order", "cases") if name in self.__dict__})
        return after

    def get(self, name: str) -> Any:
        """Return a value of the draft, or ``None``."""
        return self.draft.get(name)

    @cached_property
    def order(self) -> Order:
        """The order.

        Raises:
            OrderNotFound: If the caller has it no more.
        """
        return self.services.commerce.get_order(self.turn.tenant, self.turn.subject, self.draft.order_no)

    @cached_property
    def cases(self) -> list[AfterSale]:
        """The order's after-sale cases, newest first."""
        return self.services.commerce.list_after_sales(self.turn.tenant, self.turn.subject, self.draft.order_no)

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        """The positions meant: those chosen, or all."""
        chosen = self.get("items")
        return tuple(line for line in self.order.lines if not chosen or line.line_id in chosen)

    def product(self, line: OrderLine) -> Product:
        """Return the product of a position."""
        return self.services.commerce.get_product(self.order.merchant_id, line.product_id)

    @property
    def exists(self) -> bool:
        """Whether the order is the caller's."""
        try:
            return bool(self.order)
        except OrderNotFound:
            return False


class Plan(ABC):
    """A task that writes something once the customer has confirmed it.

    Attributes:
        task: Its name; an intent of this name asks for it.
        topic: What later turns without an object are read from.
        tiers: Which orders suit it, the likeliest first.
        reads: Slots that the customer's own words may fill, whatever is being asked.
        evidence: Whether pictures belong to it.
    """

    task: ClassVar[str]
    topic: ClassVar[str] = "orders"
    tiers: ClassVar[Tiers]
    reads: ClassVar[tuple[str, ...]] = ()
    evidence: ClassVar[bool] = False

    def refuse(self, context: Context) -> Refusal | None:
        """Return why it can't be done with what is known so far, or ``None``."""
        return None

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Return what the words that asked for it tell beyond the values of ``reads``.

        Args:
            context: The draft with the values read already.
            words: What was typed.
        """
        return {}

    def needed(self, context: Context) -> Sequence[str]:
        """Return the slots that must be known, in the order in which they are asked for."""
        return ()

    def notice(self, context: Context) -> str:
        """Return what the customer should know before the first question; usually nothing."""
        return ""

    def adjust(self, context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Return values that were read, with what they make of values known before.

        Args:
            context: The draft before them.
            values: What was read; ``None`` forgets what was known.
        """
        return values

    @abstractmethod
    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return what the summary shows, label by value."""

    def remark(self, context: Context) -> str:
        """Return the sentence below the summary: what follows from confirming."""
        return ""

    @abstractmethod
    def submit(self, context: Context) -> Done:
        """Write it.

        Raises:
            Refused: If it is not done; nothing is written then.
            BackOfficeDown: If the shop's system does not answer.
        """
