"""A fact by itself: a number, a name, a size or measures that complete what was asked before."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, TopicAction
from actions.offers import chosen_entry
from actions.order_choice import form_open
from actions.product_choice import TASKS, by_place, offered_products, product_buttons, tapped_products, titles_of
from actions.services import Services
from actions.speech import Reply
from actions.turn import Turn
from xiaoer.commerce.model import Product
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sizing import Measures, read_measures

COMPARE = "compare_products"

ORDER_TASKS = {"orders": "query_order", "logistics": "query_logistics", "after_sales": "query_after_sale"}
"""What an order's number is for, by what was talked about last."""


class ActionInform(TopicAction):
    """Takes a fact to where it belongs, or asks what is wanted with it."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_inform"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Hand the fact on, or ask."""
        if chosen_entry(turn) is not None:
            return [FollowupAction("action_search_knowledge")]
        products = meant_products(turn, services.commerce)
        task = _task(turn, products)
        if task is not None:
            return [*kept(turn, products), FollowupAction(f"action_{task}")]
        if len(products) == 1:
            buttons = product_buttons(products[0])
            reply.say("smalltalk.inform_product", product=titles_of(products)[0], buttons=buttons)
        else:
            reply.say("smalltalk.inform")
        return [SlotSet("offer", None), *kept(turn, products)]


def _task(turn: Turn, products: Sequence[Product]) -> str | None:
    """Return what a fact belongs to, or ``None``."""
    numbered = number_task(turn)
    if numbered is not None:
        return numbered
    of_variant = bool(turn.values("color") or turn.values("size"))
    if of_variant and turn.slots.get("product_id") and turn.slots.get("last_topic") == "products":
        return completed_task(turn, products) or "ask_stock"
    return completed_task(turn, products) or _asked_just_now(turn)


def number_task(turn: Turn) -> str | None:
    """Return the task that a typed number of an order, a parcel or a case belongs to, or ``None`` where there is none.

    Args:
        turn: The present turn.
    """
    if turn.values("order_no"):
        return _order_task(turn)
    if turn.values("waybill_no"):
        return "query_logistics"
    return "query_after_sale" if turn.values("after_sale_no") else None


def _order_task(turn: Turn) -> str:
    pending = turn.slots.get("task")
    if pending and pending not in TASKS:
        return str(pending)
    return ORDER_TASKS.get(str(turn.slots.get("last_topic")), "query_order")


def completed_task(turn: Turn, products: Sequence[Product]) -> str | None:
    """Return the product task that waits for just what this turn tells, or ``None``.

    Args:
        turn: The present turn.
        products: The products that the turn means (see ``meant_products``).
    """
    task = turn.slots.get("task")
    if task not in TASKS or form_open(turn):
        return None
    return str(task) if products or (task == "ask_size" and _tells_measures(turn)) else None


def _asked_just_now(turn: Turn) -> str | None:
    """Return the product task whose question this turn should have answered, and did not; it asks once more."""
    task = turn.slots.get("task")
    if task not in TASKS or form_open(turn) or not turn.earlier:
        return None
    return str(task) if turn.earlier[-1].intent in {task, COMPARE} else None


def _tells_measures(turn: Turn) -> bool:
    known = Measures(height_cm=170.0)  # so that a bare 130 counts as a weight
    return not turn.tapped and (bool(turn.values("height_cm")) or read_measures(turn.text, known) != known)


def meant_products(turn: Turn, commerce: Commerce) -> list[Product]:
    """Return the products that a turn means by itself: tapped, or named, if need be among those that were offered.

    Args:
        turn: The present turn.
        commerce: The shop system.

    Returns:
        One product; two where it stays open which; none where no product is meant.
    """
    if turn.tapped:
        return tapped_products(turn, commerce)
    offered = offered_products(turn, commerce) if turn.slots.get("task") in TASKS else []
    return (
        by_place(turn.text, offered)
        or commerce.find_products(turn.tenant, turn.text, limit=2)
        or _by_difference(turn.text, offered)
    )


def _by_difference(text: str, offered: Sequence[Product]) -> list[Product]:
    """Return the one of those offered whose name shares most with the text that not all names have: 短款的."""
    pairs = [{product.name[start : start + 2] for start in range(len(product.name) - 1)} for product in offered]
    common = set.intersection(*pairs) if pairs else set()
    scores = [sum(pair in text for pair in own - common) for own in pairs]
    best = max(scores, default=0)
    return [offered[scores.index(best)]] if best and scores.count(best) == 1 else []


def kept(turn: Turn, products: Sequence[Product]) -> Events:
    """Return the events that keep a product in mind, if it is just one."""
    if len(products) != 1:
        return []
    return [SlotSet("product_id", products[0].product_id), SlotSet("product_view", turn.product_in_view)]
