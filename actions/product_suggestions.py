"""Products side by side, and products that fit a wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk.events import SlotSet

from actions.answers import find_answer, show_answer
from actions.asking import asks
from actions.base import Events, TopicAction
from actions.events import unresolved
from actions.order_choice import form_open
from actions.product_cards import comparison_card, price_text, product_card, stock_text
from actions.product_choice import (
    MOST_OPTIONS,
    choose_product,
    in_sight,
    kept_in_mind,
    settled,
    tapped_products,
    titles_of,
    unsettled,
)
from actions.question import question_of
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from actions.wording import yuan
from xiaoer.commerce.errors import ProductNotFound
from xiaoer.commerce.model import Product, ProductQuery
from xiaoer.commerce.wishes import read_wish

TASK = "recommend_product"
COMPARE = "compare_products"
MOST_COMPARED = 4
BETWEEN_NAMES = re.compile(r"和|跟|与|还是|或者|或|、|，|,|比|vs|VS|\s+")


class ActionRecommendProduct(TopicAction):
    """Puts the products that are named side by side, or suggests some that fit what is wanted."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_recommend_product"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Compare or suggest."""
        text = question_of(turn, TASK, COMPARE).text
        comparing = turn.intent == COMPARE or asks("comparing", text) or turn.slots.get("task") == TASK
        named = _named(turn, services, text, comparing=comparing)
        if len(named) > 1:
            _compare(reply, named)
            return [*settled(turn), *_listed(turn, named)]
        if comparing:
            return _compare_unnamed(turn, reply, services, text, named)
        return _suggest(turn, reply, services, text)


def _named(turn: Turn, services: Services, text: str, *, comparing: bool) -> list[Product]:
    """Return the products that a turn names, with the one in sight where only one other is to be compared."""
    found: dict[str, Product] = {}
    pieces = [piece for piece in BETWEEN_NAMES.split(text) if len(piece) > 1]
    groups = [services.commerce.find_products(turn.tenant, piece, limit=MOST_COMPARED) for piece in pieces]
    naming = [group for group in groups if group]
    if not comparing and len({group[0].product_id for group in naming}) < 2:
        return []
    for group in naming:
        found.update({product.product_id: product for product in group})
    found.update({product.product_id: product for product in tapped_products(turn, services.commerce)})
    for product_id in in_sight(turn)[:1] if len(found) == 1 else []:
        try:
            seen = services.commerce.get_product(turn.tenant, product_id)
        except ProductNotFound:
            continue
        found.setdefault(product_id, seen)
    return list(found.values())[:MOST_COMPARED]


def _compare(reply: Reply, products: Sequence[Product]) -> None:
    lines = [
        text_of(
            "products.compare_name",
            number=number,
            product=product.name,
            price=price_text(product.variants) or yuan(product.price),
            stock=stock_text(product),
        )
        for number, product in enumerate(products, 1)
    ]
    reply.show("products.compare", comparison_card(products), lines="\n".join([*lines, *_differences(products)]))


def _differences(products: Sequence[Product]) -> list[str]:
    """Return the attributes of products side by side: first those that several have, then, briefly, nothing else."""
    names = dict.fromkeys(name for product in products for name in product.attributes)
    shared = [name for name in names if sum(name in product.attributes for product in products) > 1]
    blank = text_of("products.compare_blank")
    titles = titles_of(products)
    return [
        text_of(
            "products.compare_line",
            attribute=name,
            values="；".join(
                f"{title} {product.attributes.get(name, blank)}"
                for title, product in zip(titles, products, strict=True)
            ),
        )
        for name in shared
    ]


def _compare_unnamed(turn: Turn, reply: Reply, services: Services, text: str, named: Sequence[Product]) -> Events:
    """Answer a comparison of what the catalogue does not name: from knowledge, of likely products, or by asking."""
    product = named[0] if named else choose_product(turn, services.commerce, text).product
    answer = find_answer(turn, services, text, product)
    if answer is not None:
        show_answer(turn, reply, answer)
        return settled(turn, product)
    wish = read_wish(text, limit=MOST_COMPARED)
    like = services.commerce.list_products(turn.tenant, wish) if wish.words and not named else []
    if len(like) > 1:
        _compare(reply, like)
        return [*settled(turn), *_listed(turn, like)]
    if product is not None:
        reply.say("products.compare_with", product=product.name)
    else:
        reply.say("products.compare_which")
    again = turn.slots.get("task") == TASK
    return [
        *(unresolved(turn) if again else [SlotSet("offer", None)]),
        SlotSet("last_topic", "products"),
        *kept_in_mind(turn, product),
        *([] if form_open(turn) else [SlotSet("task", TASK)]),
    ]


def _suggest(turn: Turn, reply: Reply, services: Services, text: str) -> Events:
    answer = find_answer(turn, services, text)
    if answer is not None:
        show_answer(turn, reply, answer, rated=False)
    wish = read_wish(text)
    found = services.commerce.list_products(turn.tenant, wish)
    if found:
        opening = "suggest_any" if not wish.words and wish.most is None and wish.least is None else "suggest"
        _show_products(reply, "suggest_one" if len(found) == 1 and opening == "suggest" else opening, found)
    elif wish.words and (found := services.commerce.list_products(turn.tenant, replace(wish, least=None, most=None))):
        _show_products(reply, "suggest_over", found, budget=budget_text(wish))
    elif answer is None:
        goods = titles_of(services.commerce.list_products(turn.tenant, ProductQuery(limit=MOST_OPTIONS)))
        reply.say("products.suggest_none" if goods else "products.suggest_empty", goods="、".join(goods))
        return unsettled(turn)
    return [*settled(turn, found[0] if len(found) == 1 else None), *_listed(turn, found)]


def _listed(turn: Turn, products: Sequence[Product]) -> Events:
    """Return the events that remember a list, so that 第二个 can be said of it."""
    if form_open(turn) or not products:
        return []
    return [SlotSet("options", [product.product_id for product in products])]


def _show_products(reply: Reply, opening: str, products: Sequence[Product], budget: str = "") -> None:
    reply.say(f"products.{opening}", budget=budget)
    for number, product in enumerate(products, 1):
        reply.show(
            "products.suggest_line",
            product_card(product),
            number=number,
            product=product.name,
            price=price_text(product.variants) or yuan(product.price),
            stock=stock_text(product),
        )


def budget_text(wish: ProductQuery) -> str:
    """Return the money of a wish as people read it."""
    least, most = (
        None if money is None else f"{money:.2f}".rstrip("0").rstrip(".") for money in (wish.least, wish.most)
    )
    if wish.least is not None and wish.most is not None:
        return text_of("products.budget_between", least=least, most=most)
    return text_of("products.budget_least" if wish.most is None else "products.budget_most", least=least, most=most)
