"""Placing an order: the customer is taken to the product, or to the cart; the assistant orders nothing."""

from __future__ import annotations

from actions.answers import find_answer, show_answer
from actions.asking import asks
from actions.base import Events, TopicAction
from actions.product_cards import price_text, product_card, stock_lines, stock_text
from actions.product_choice import ask_which, choose_product, person_button, settled, unsettled
from actions.products import named_in_question, stock_sentences
from actions.question import Question, question_of
from actions.quoting import price_after_discounts, price_lines
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from actions.wording import yuan
from xiaoer.accounts.model import Role
from xiaoer.commerce.model import OrderQuery, OrderState, Product

TASK = "place_order"


class ActionPlaceOrder(TopicAction):
    """Shows what is wanted with its price after discounts, and says where to order it."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_place_order"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Take the customer to the product, or ask what is wanted."""
        question = question_of(turn, TASK)
        if asks("cannot_order", question.text):
            return _help(turn, reply, services, question)
        choice = choose_product(turn, services.commerce, question.text)
        answer = find_answer(turn, services, question.text, choice.product)
        if answer is not None:
            show_answer(turn, reply, answer, rated=choice.product is None)
        if choice.product is None:
            if answer is None:
                _mention_unpaid(turn, reply, services)
                return ask_which(turn, reply, services, TASK, choice.options)
            return settled(turn)
        _show(turn, reply, services, choice.product, question)
        _mention_unpaid(turn, reply, services)
        return settled(turn, choice.product)


def _help(turn: Turn, reply: Reply, services: Services, question: Question) -> Events:
    """Say what helps where the page does not let somebody order, and offer a person."""
    product = choose_product(turn, services.commerce, question.text).product
    answer = find_answer(turn, services, question.text, product)
    lines = [] if product is None else stock_sentences(product, named_in_question(product, question), turn.now)
    if product is not None:
        reply.show("products.lines", product_card(product), lines="\n".join(lines))
    if answer is not None:
        show_answer(turn, reply, answer, rated=False)
    reply.say("placing.trouble", buttons=[person_button()])
    return unsettled(turn, product, offer="handoff")


def _show(turn: Turn, reply: Reply, services: Services, product: Product, question: Question) -> None:
    named = named_in_question(product, question)
    priced = price_after_discounts(turn, services, product, question)
    buyable = priced is not None and priced.variant.available > 0 and not named.unknown
    if not buyable:
        lines = stock_sentences(product, named, turn.now)
        reply.show("products.lines", product_card(product), lines="\n".join(lines))
        return
    url = services.commerce.get_product_page(product.merchant_id, product.product_id)
    lines = [
        text_of(
            "placing.product",
            product=product.name,
            price=price_text(named.variants) or yuan(product.price),
            stock=stock_text(product),
        )
    ]
    if len(product.variants) > 1:
        lines.append(text_of("placing.variants", lines=stock_lines(named.variants)))
    lines += price_lines(priced) if priced is not None else []
    lines.append(text_of("placing.go_link", url=url) if url else text_of("placing.go"))
    reply.show("products.lines", product_card(product, priced, url=url), lines="\n".join(lines))


def _mention_unpaid(turn: Turn, reply: Reply, services: Services) -> None:
    if turn.role is not Role.CONSUMER:
        return
    query = OrderQuery(states=frozenset({OrderState.PENDING_PAYMENT}), limit=1)
    for order in services.commerce.list_orders(turn.tenant, turn.subject, query):
        if order.closes_at is None or order.closes_at > turn.now:
            reply.say("placing.unpaid", order=order)
