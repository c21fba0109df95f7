"""Which product a turn is about: tapped, named, in view, talked about last, or the one of the order talked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rasa_sdk.events import SlotSet

from actions.base import Events
from actions.events import resolved, unresolved
from actions.order_choice import form_open
from actions.picking import plain
from actions.services import Services
from actions.speech import Button, Reply, button
from actions.turn import Turn
from xiaoer.accounts.model import Role
from xiaoer.commerce.errors import OrderNotFound, ProductNotFound
from xiaoer.commerce.matching import models_in
from xiaoer.commerce.model import OrderQuery, Product, ProductQuery
from xiaoer.commerce.numerals import in_digits
from xiaoer.commerce.port import Commerce

MOST_OPTIONS = 5

PLACE = re.compile(
    r"第\s*(\d)\s*(?:个|款|种|双|条|台|样|的|那|件(?!半价|打|减|\d)|$)|^\s*(\d)\s*(?:号|个|款)?(?:吧|呢|的)?\s*$"
)
LAST = re.compile(r"最后(?:一|那)?(?:个|款|件|种)|最下面")
"""Places in the list that the customer has seen."""

HEAD = 2
"""Characters at the end of a short name that name the kind of goods: 大衣 of 双面羊毛大衣."""

TASKS = frozenset({"ask_product", "ask_price", "ask_stock", "ask_size", "recommend_product", "place_order"})
"""What a product can be asked or wanted for; the names of the actions without ``action_``."""


@dataclass(frozen=True)
class Choice:
    """The product that a turn is about.

    Attributes:
        product: The product, or ``None``.
        options: Products that are meant equally well; empty where none is in sight.
    """

    product: Product | None
    options: tuple[Product, ...] = ()


def choice_of(products: Sequence[Product]) -> Choice:
    """Return the only product of several that fit, or all of them to choose from."""
    return Choice(products[0]) if len(products) == 1 else Choice(None, tuple(products))


def choose_product(turn: Turn, commerce: Commerce, text: str) -> Choice:
    """Return the product that a turn is about.

    Args:
        turn: The present turn.
        commerce: The shop system.
        text: The words of the question.
    """
    tapped = tapped_products(turn, commerce)
    if tapped:
        return choice_of(tapped)
    named = commerce.find_products(turn.tenant, text, limit=MOST_OPTIONS) if text.strip() else []
    placed = by_place(text, offered_products(turn, commerce))
    if placed:
        return choice_of(placed)
    near = in_sight(turn)
    if near and not any(_surely(product, text) for product in named):
        named = []
    if named:
        meant = [product for each in near for product in named if product.product_id == each]
        return choice_of(meant[:1] or named)
    seen = _first(turn, commerce, near)
    return Choice(seen) if seen is not None else _of_order(turn, commerce)


def _surely(product: Product, text: str) -> bool:
    """Whether a text has a product's head noun or model; with less it speaks of the product in sight."""
    return plain(product.short_name)[-HEAD:] in plain(text) or bool(models_in(text) & models_in(product.short_name))


def tapped_products(turn: Turn, commerce: Commerce) -> list[Product]:
    """Return the product of the button that was tapped, or none."""
    return _existing(turn, commerce, turn.values("product"))[:1] if turn.tapped else []


def in_sight(turn: Turn) -> list[str]:
    """Return the ids of the products in view and talked about last, the likelier first.

    What was talked about last is likelier as long as the customer looks at the same page as then.
    """
    talked, seen = turn.slots.get("product_id"), turn.product_in_view
    same_page = talked is not None and turn.slots.get("product_view") == seen
    return [each for each in ((talked, seen) if same_page else (seen, talked)) if each]


def _first(turn: Turn, commerce: Commerce, product_ids: Sequence[str]) -> Product | None:
    for product_id in product_ids:
        try:
            return commerce.get_product(turn.tenant, product_id)
        except ProductNotFound:  # gone from the shop, or the page of another shop
            continue
    return None


def _of_order(turn: Turn, commerce: Commerce) -> Choice:
    """Return the product of the order in view or talked about last."""
    if turn.role is not Role.CONSUMER:
        return Choice(None)
    for order_no in (turn.order_in_view, turn.slots.get("order_no")):
        if not order_no:
            continue
        try:
            order = commerce.get_order(turn.tenant, turn.subject, order_no)
        except OrderNotFound:
            continue
        found = _existing(turn, commerce, [line.product_id for line in order.lines])
        return choice_of(found)
    return Choice(None)


def offered_products(turn: Turn, commerce: Commerce) -> list[Product]:
    """Return the products that the customer has seen in a list last, in its order; while orders are listed, none."""
    options = turn.slots.get("options")
    if form_open(turn) or not isinstance(options, list):
        return []
    return _existing(turn, commerce, [str(each) for each in options])


def by_place(text: str, offered: Sequence[Product]) -> list[Product]:
    """Return the product that a text means by its place in a list, or none."""
    if offered and LAST.search(text):
        return [offered[-1]]
    match = PLACE.search(in_digits(text))
    place = int(match[1] or match[2]) - 1 if match else -1
    return [offered[place]] if 0 <= place < len(offered) else []


def _existing(turn: Turn, commerce: Commerce, product_ids: Sequence[str]) -> list[Product]:
    found = [_first(turn, commerce, [product_id]) for product_id in dict.fromkeys(product_ids)]
    return [product for product in found if product is not None][:MOST_OPTIONS]


def ask_which(turn: Turn, reply: Reply, services: Services, task: str, options: Sequence[Product]) -> Events:
    """Ask which product is meant, and return the events that keep the question open.

    Args:
        turn: The present turn.
        reply: What is said.
        services: The outside world.
        task: The action that asks, without ``action_``.
        options: The products that can be meant; where there are none, likely ones are offered.
    """
    offered = list(options) or likely_products(turn, services.commerce)
    again = turn.slots.get("task") == task and not turn.tapped
    if not offered:
        reply.say("products.none")
        return [*unresolved(turn), SlotSet("last_topic", "products")]
    # While an order is being chosen, its own task waits; a payload with the intent itself needs no memory.
    intent = task if form_open(turn) else "inform"
    titles = titles_of(offered)
    buttons = [
        button(title, intent, product=product.product_id) for title, product in zip(titles, offered, strict=True)
    ]
    listed = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    opening = "placing.which" if task == "place_order" else "products.which"
    reply.say("products.which_of" if options else opening, options=listed, buttons=buttons)
    waiting: Events = (
        []
        if form_open(turn)
        else [SlotSet("task", task), SlotSet("options", [product.product_id for product in offered])]
    )
    return [*(unresolved(turn) if again else [SlotSet("offer", None)]), SlotSet("last_topic", "products"), *waiting]


def likely_products(turn: Turn, commerce: Commerce) -> list[Product]:
    """Return products that somebody may mean: those of the caller's latest orders, else those the shop has most of."""
    bought: list[Product] = []
    if turn.role is Role.CONSUMER:
        orders = commerce.list_orders(turn.tenant, turn.subject, OrderQuery(limit=3))
        bought = _existing(turn, commerce, [line.product_id for order in orders for line in order.lines])
    return bought or commerce.list_products(turn.tenant, ProductQuery(limit=MOST_OPTIONS))


def titles_of(products: Sequence[Product]) -> list[str]:
    """Return what buttons read: short names, or whole names where two are called alike."""
    short = [product.short_name for product in products]
    return [product.name if short.count(product.short_name) > 1 else product.short_name for product in products]


def settled(turn: Turn, product: Product | None = None, *, offer: str | None = None) -> Events:
    """Return the events of a turn that answered about a product.

    Args:
        turn: The present turn.
        product: The product, which later turns mean too; ``None`` leaves the one before.
        offer: What the assistant offered to do next, or ``None``.
    """
    return [*resolved("products", offer=offer), *kept_in_mind(turn, product)]


def unsettled(turn: Turn, product: Product | None = None, *, offer: str | None = None) -> Events:
    """Return the events of a turn that could not answer about a product (see ``settled``)."""
    return [*unresolved(turn, offer=offer), SlotSet("last_topic", "products"), *kept_in_mind(turn, product)]


def kept_in_mind(turn: Turn, product: Product | None) -> Events:
    """Return the events that keep a product in mind and close the question which one is meant."""
    events: Events = []
    if product is not None:
        events += [SlotSet("product_id", product.product_id), SlotSet("product_view", turn.product_in_view)]
    if turn.slots.get("task") in TASKS and not form_open(turn):
        events += [SlotSet("task", None), SlotSet("options", None)]
    return events


def product_buttons(product: Product) -> list[Button]:
    """Return buttons for what can be asked about a product."""
    own = {"product": product.product_id}
    sizes = [button("选尺码", "ask_size", **own)] if product.size_chart else []
    return [button("价格", "ask_price", **own), button("库存", "ask_stock", **own), *sizes]


def person_button() -> Button:
    """Return the button that asks for a person."""
    return button("转人工", "request_human")
