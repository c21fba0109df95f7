"""Which order a turn is about: by number, by what is in view or in mind, by words, or the only one that fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from actions.picking import means, pick, tails
from actions.turn import Turn
from xiaoer.clock import local_day
from xiaoer.commerce.errors import OrderNotFound, ShipmentNotFound
from xiaoer.commerce.model import Order, OrderQuery, OrderState
from xiaoer.commerce.port import Commerce

CONTINUE = "action_continue_task"
CHOICE = "order_choice"
MOST_OPTIONS = 5
"""Orders that are shown or listed at once."""

ORDERS_SEEN = 50
"""A customer's latest orders among which words are looked for; a full number finds any."""
PRODUCTS_SEEN = 20
HIGH_VALUE = 5000
"""Yuan from which on an order is of high value."""
LONG_NUMBER = re.compile(r"(?<![A-Z0-9])[A-Z]{0,4}\d{10,20}(?![A-Z0-9])")

Tiers = tuple[frozenset[OrderState], ...]
"""States that suit a task, the likeliest first: the first group with any order decides which are meant."""


@dataclass(frozen=True)
class Found:
    """The orders that are meant, usually one.

    Attributes:
        orders: The orders.
        waybill_no: Tracking number of the parcel that was named, if one was.
        slots: Slots that remember the choice.
    """

    orders: tuple[Order, ...]
    waybill_no: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Several:
    """Orders any of which can be meant, newest first."""

    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Unknown:
    """A number that belongs to none of the caller's orders."""

    number: str


@dataclass(frozen=True)
class Unsuitable:
    """No order suits the task; ``orders`` are those that the words fit, or all of the caller's, newest first."""

    orders: tuple[Order, ...]


Choice = Found | Several | Unknown | Unsuitable


def remembered(turn: Turn, order: Order) -> dict[str, Any]:
    """Return the slots that keep an order in mind once it has been talked about."""
    return {
        "order_no": order.order_no,
        "order_view": turn.order_in_view,
        "high_value": order.amount >= HIGH_VALUE,
    }


def form_open(turn: Turn) -> bool:
    """Return whether the customer is being asked which order is meant."""
    return turn.slots.get("requested_slot") == CHOICE


class OrderChooser:
    """Finds the order that one turn is about, among those of the caller.

    Args:
        turn: The present turn.
        commerce: Where the orders are.
    """

    def __init__(self, turn: Turn, commerce: Commerce) -> None:
        self._turn = turn
        self._commerce = commerce
        self._words = "" if turn.tapped else turn.text

    def choose(self, tiers: Tiers, *, most: int = MOST_OPTIONS) -> Choice:
        """Return the order that is meant, or what stands in the way.

        Args:
            tiers: Which states suit the task.
            most: How many are meant where all are, the newest.
        """
        steps: tuple[Callable[[], Choice | None], ...] = (
            self._just_chosen,
            self.by_number,
            self._from_list,
            self.by_tail,
            lambda: self._all_of(tiers, most),
            self.in_mind,
        )
        for step in steps:
            choice = step()
            if choice is not None:
                return choice
        return self._that_suits(tiers)

    @cached_property
    def orders(self) -> list[Order]:
        """The caller's orders, newest first."""
        return self._commerce.list_orders(self._turn.tenant, self._turn.subject, OrderQuery(limit=ORDERS_SEEN))

    def options(self) -> list[Order]:
        """Return the orders that the open form lists, in its order."""
        return [order for order in map(self.own, self._turn.slots.get("options") or ()) if order is not None]

    def own(self, order_no: str | None) -> Order | None:
        """Return an order if it is the caller's."""
        if not order_no:
            return None
        try:
            return self._commerce.get_order(self._turn.tenant, self._turn.subject, str(order_no))
        except OrderNotFound:
            return None

    def by_number(self) -> Found | Unknown | None:
        """Return the orders whose numbers, or whose parcels' numbers, stand in the turn."""
        found: dict[str, Order] = {}
        waybill_no = None
        for number in self._numbers():
            order = self.own(number)
            if order is None:
                order, waybill_no = self._by_waybill(number), number
            if order is None:
                return Unknown(number)
            found[order.order_no] = order
        return self._found(list(found.values()), waybill_no) if found else None

    def _numbers(self) -> list[str]:
        numbers = [*self._turn.values("order_no"), *self._turn.values("waybill_no")]
        if numbers or self._turn.tapped:
            return numbers
        known = {re.sub(r"\W", "", str(entity.get("value"))).upper() for entity in self._turn.entities}
        typed = "".join(unicodedata.normalize("NFKC", self._words).upper().split(" "))
        return [number for number in LONG_NUMBER.findall(typed) if number not in known]

    def _by_waybill(self, number: str) -> Order | None:
        try:
            parcel = self._commerce.find_shipment(self._turn.tenant, self._turn.subject, number)
        except ShipmentNotFound:
            return None
        return self.own(parcel.order_no)

    def _found(self, orders: Sequence[Order], waybill_no: str | None = None) -> Found:
        return Found(tuple(orders), waybill_no, remembered(self._turn, orders[0]))

    def _just_chosen(self) -> Choice | None:
        if self._turn.previous_action != CONTINUE:
            return None
        chosen = self.options() or [order for order in [self.own(self._turn.slots.get("order_no"))] if order]
        return Found(tuple(chosen), slots={**remembered(self._turn, chosen[0]), "options": None}) if chosen else None

    def _from_list(self) -> Choice | None:
        if not form_open(self._turn) or not self._words:
            return None
        picked = pick(self._words, self.options(), listed=True, today=local_day(self._turn.now))
        if not picked.orders:
            return None
        return self._found(picked.orders) if picked.several or len(picked.orders) == 1 else Several(picked.orders)

    def by_tail(self) -> Found | Several | Unknown | None:
        """Return the orders that a number's end, said to be one, belongs to."""
        ends = tails(self._words)
        if not ends:
            return None
        ending = [order for order in self.orders if any(order.order_no.endswith(end) for end in ends)]
        if not ending:
            return Unknown(ends[0])
        return self._found(ending) if len(ending) == 1 else Several(tuple(ending))

    def _all_of(self, tiers: Tiers, most: int) -> Choice | None:
        if not means("everything", self._words):
            return None
        suiting = _first_tier(self.orders, tiers)[:most]
        return self._found(suiting) if suiting else None

    def in_mind(self) -> Found | None:
        """Return what is in view for the first time, else what was talked about last, else what is in view."""
        if self._another:
            return None
        view, talked = self.own(self._turn.order_in_view), self.own(self._turn.slots.get("order_no"))
        fresh = view is not None and view.order_no != self._turn.slots.get("order_view")
        order = view if fresh else talked or view
        if order is None or (self.named and not any(_related(order, each) for each in self.named)):
            return None
        return self._found([order])

    @cached_property
    def _another(self) -> bool:
        return means("another", self._words)

    @cached_property
    def named(self) -> list[Order]:
        """The orders with a product that the words name."""
        if not self._words:
            return []
        products = self._commerce.find_products(self._turn.tenant, self._words, limit=PRODUCTS_SEEN)
        return _with_products(self.orders, {product.product_id for product in products})

    def _that_suits(self, tiers: Tiers) -> Choice:
        ruled_out = {self._turn.order_in_view, self._turn.slots.get("order_no")} if self._another else set()
        pool = [order for order in self.orders if order.order_no not in ruled_out]
        named = [order for order in pool if order in self.named]
        said = pick(self._words, named or pool, listed=False, today=local_day(self._turn.now)).orders
        if said or named:
            pool = list(said) or named
        suiting = _first_tier(pool, tiers)
        if not said and not named and self._turn.product_in_view:
            suiting = _with_products(suiting, {self._turn.product_in_view}) or suiting
        if not suiting:
            return Unsuitable(tuple(pool))
        return self._found(suiting) if len(suiting) == 1 else Several(tuple(suiting))


def _first_tier(orders: Sequence[Order], tiers: Tiers) -> list[Order]:
    """Return the orders of the first group of states that has any; a part is seen as its original order."""
    for states in tiers:
        suiting = [order for order in orders if order.state in states]
        if suiting:
            numbers = {order.order_no for order in suiting}
            return [order for order in suiting if order.parent_order_no not in numbers]
    return []


def _with_products(orders: Sequence[Order], products: set[str]) -> list[Order]:
    return [order for order in orders if any(line.product_id in products for line in order.lines)]


def _related(order: Order, other: Order) -> bool:
    return order.order_no in (other.order_no, other.parent_order_no) or order.parent_order_no == other.order_no
