"""Products: what they are like, what they cost and whether they can be had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from actions.answers import find, find_answer, show_answer
from actions.asking import asks
from actions.attributes import asked_attributes, is_general
from actions.base import Events, TopicAction
from actions.offers import offer_or_pass
from actions.product_cards import FEW, price_text, product_card, stock_lines, stock_text
from actions.product_choice import (
    MOST_OPTIONS,
    Choice,
    ask_which,
    choice_of,
    choose_product,
    person_button,
    settled,
    titles_of,
    unsettled,
)
from actions.promotions import say_price
from actions.question import Question, question_of
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from actions.wording import day, yuan
from xiaoer.clock import local_text
from xiaoer.commerce.model import Product, ProductQuery, Promotion, Variant
from xiaoer.commerce.variants import Named, named_variants
from xiaoer.commerce.wishes import fit, read_wish

MOST_ATTRIBUTES = 8
MOST_CAMPAIGNS = 2


class ActionAskProduct(TopicAction):
    """Answers what a product is like: from knowledge, else from the catalogue, else not at all."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_product"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer, or ask which product is meant."""
        question = question_of(turn, "ask_product")
        choice = choose_product(turn, services.commerce, question.text)
        product = choice.product
        if product is None:
            answer = None if choice.options else find_answer(turn, services, question.text)
            if answer is None or answer.entry.product_id is not None:
                return ask_which(turn, reply, services, "ask_product", choice.options)
            show_answer(turn, reply, answer)
            return settled(turn)
        asked = asked_attributes(question.text, product.attributes)
        general = not question.text or is_general(question.text)
        finding = find(turn, services, question.text, product)
        if finding.answer is not None:
            show_answer(turn, reply, finding.answer)
        elif asked:
            _say_attributes(reply, product, asked)
        elif general:
            _say_overview(reply, product)
        else:
            offer = offer_or_pass(
                turn,
                reply,
                services,
                finding,
                question.text,
                about=product,
                unknown="products.unknown",
                product=product.name,
            )
            return unsettled(turn, product, offer=offer)
        return settled(turn, product)


def _say_attributes(reply: Reply, product: Product, asked: dict[str, str]) -> None:
    if len(asked) == 1:
        ((attribute, value),) = asked.items()
        reply.show("products.attribute", product_card(product), product=product.name, attribute=attribute, value=value)
    else:
        reply.show("products.attributes", product_card(product), product=product.name, lines=attribute_lines(asked))


def _say_overview(reply: Reply, product: Product) -> None:
    main = dict(list(product.attributes.items())[:MOST_ATTRIBUTES])
    reply.show(
        "products.overview",
        product_card(product),
        product=product.name,
        price=price_text(product.variants) or yuan(product.price),
        stock=stock_text(product),
        lines=attribute_lines(main),
    )


def attribute_lines(attributes: dict[str, str]) -> str:
    """Return attributes one below the other."""
    return "\n".join(
        text_of("products.attribute_line", attribute=attribute, value=value) for attribute, value in attributes.items()
    )


class ActionAskPrice(TopicAction):
    """Answers what a product costs, which campaigns run, and those who haggle."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_price"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer, or ask which product is meant."""
        question = question_of(turn, "ask_price")
        choice = choose_product(turn, services.commerce, question.text)
        product = choice.product
        if product is not None and asks("net_price", question.text):
            return _answer_net_price(turn, reply, services, question, product)
        if asks("freight", question.text):
            return _answer_freight(turn, reply, services, question, product)
        haggling = asks("haggling", question.text)
        if product is None and (choice.options or not haggling):
            return ask_which(turn, reply, services, "ask_price", choice.options)
        answer = find_answer(turn, services, question.text, product) if haggling else None
        if answer is not None:
            show_answer(turn, reply, answer, rated=False)
        shop = product.merchant_id if product is not None else turn.tenant
        campaigns = services.commerce.list_promotions(shop, now=turn.now)[:MOST_CAMPAIGNS]
        if product is None:
            _answer_haggling(reply, campaigns, answered=answer is not None)
            return settled(turn)
        lines = [price_sentence(product, named_in_question(product, question).variants)]
        if haggling and answer is None:
            lines.append(text_of("products.haggling"))
        lines += [campaign_sentence(campaign) for campaign in campaigns]
        reply.show("products.lines", product_card(product), lines="\n".join(lines))
        return settled(turn, product)


def _answer_net_price(turn: Turn, reply: Reply, services: Services, question: Question, product: Product) -> Events:
    if not say_price(turn, reply, services, product, question):
        reply.show("promotions.net_price_off", product_card(product), product=product.name)
    return settled(turn, product)


def _answer_freight(
    turn: Turn, reply: Reply, services: Services, question: Question, product: Product | None
) -> Events:
    finding = find(turn, services, question.text, product)
    if finding.answer is None:
        unknown = "products.freight_unknown"
        offer = offer_or_pass(turn, reply, services, finding, question.text, about=product, unknown=unknown)
        return unsettled(turn, product, offer=offer)
    show_answer(turn, reply, finding.answer)
    return settled(turn, product)


def _answer_haggling(reply: Reply, campaigns: Sequence[Promotion], *, answered: bool) -> None:
    if campaigns:
        opening = [] if answered else [text_of("products.haggling")]
        reply.say("products.lines", lines="\n".join([*opening, *map(campaign_sentence, campaigns)]))
    elif not answered:
        reply.say("products.haggling_none", buttons=[person_button()])


def named_in_question(product: Product, question: Question) -> Named:
    """Return the variants of a product that a question names."""
    return named_variants(product, question.text, question.values("color"), question.values("size"))


def price_sentence(product: Product, variants: Sequence[Variant]) -> str:
    """Return what variants of a product cost."""
    price = price_text(variants) or yuan(product.price)
    if not product.on_sale:
        return text_of("products.price_off", product=product.name, price=price)
    if len({variant.price for variant in variants}) > 1:
        lines = "\n".join(
            text_of("products.price_line", variant=variant.name, price=yuan(variant.price)) for variant in variants
        )
        return text_of("products.price_range", product=product.name, price=price, lines=lines)
    if len(variants) == 1 and len(product.variants) > 1:
        return text_of("products.price_variant", product=product.name, variant=variants[0].name, price=price)
    return text_of("products.price_one", product=product.name, price=price)


def campaign_sentence(campaign: Promotion) -> str:
    """Return a campaign with its rule and its end."""
    description = campaign.description.rstrip("。")
    return text_of(
        "products.campaign", campaign=campaign.name, description=description, until=local_text(campaign.ends_at)
    )


class ActionAskStock(TopicAction):
    """Answers whether a product, or a variant of it, can be had, and when if not now."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_stock"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Answer, or ask which product is meant."""
        question = question_of(turn, "ask_stock")
        choice = choose_product(turn, services.commerce, question.text)
        thing = _other_thing(turn, services, question, choice.product)
        if thing:
            query = ProductQuery(words=read_wish(thing).words, limit=MOST_OPTIONS)
            choice = choice_of(services.commerce.list_products(turn.tenant, query))
        if thing and choice == Choice(None):
            goods = titles_of(services.commerce.list_products(turn.tenant, ProductQuery(limit=MOST_OPTIONS)))
            reply.say(f"products.not_in_shop{'' if goods else '_empty'}", thing=thing, goods="、".join(goods))
            return settled(turn)
        if choice.product is None:
            return ask_which(turn, reply, services, "ask_stock", choice.options)
        product = choice.product
        named = named_in_question(product, question)
        lines = stock_sentences(product, named, turn.now)
        if asks("restock", question.text) and product.on_sale and 0 < _gone(named) < len(named.variants):
            lines.append(text_of("products.restock_rest", restock=restock_text(product, turn.now)))
        reply.show("products.lines", product_card(product), lines="\n".join(lines))
        return settled(turn, product)


def _gone(named: Named) -> int:
    return sum(variant.available <= 0 for variant in named.variants)


def _other_thing(turn: Turn, services: Services, question: Question, product: Product | None) -> str:
    """Return what a question asks for where that is no product of the catalogue, nor a name for the one in sight."""
    things = question.values("product")
    if not things or turn.tapped or services.commerce.find_products(turn.tenant, question.text, limit=1):
        return ""
    words = read_wish(things[0]).words
    if not words or asks("anything", things[0]):
        return ""
    called = product is not None and fit(words, name=product.name, category=product.category, remarks="")
    return "" if called else things[0]


def stock_sentences(product: Product, named: Named, now: datetime) -> list[str]:
    """Return what there is to say of the stock of the variants that were asked for."""
    name, variants = product.name, named.variants
    if not product.on_sale:
        return [text_of("products.off_sale", product=name)]
    if named.unknown:
        lines = stock_lines(product.variants)
        return [text_of("products.no_variant", product=name, unknown="、".join(named.unknown), lines=lines)]
    left = [variant for variant in variants if variant.available > 0]
    if not left:
        return _out_of_stock(product, named, now)
    if len(variants) > 1:
        return [text_of("products.stock_lines", product=name, lines=stock_lines(variants))]
    few = "_few" if variants[0].available <= FEW else ""
    which = "_variant" if variants[0].name else ""
    return [
        text_of(f"products.in_stock{which}{few}", product=name, variant=variants[0].name, count=variants[0].available)
    ]


def _out_of_stock(product: Product, named: Named, now: datetime) -> list[str]:
    asked = "、".join(variant.name for variant in named.variants)
    lines = [
        text_of(
            "products.out_of_stock_variant" if named.narrowed and asked else "products.out_of_stock",
            product=product.name,
            variant=asked,
            restock=restock_text(product, now),
        )
    ]
    others = [variant for variant in product.variants if variant.available > 0]
    if others:
        lines.append(text_of("products.others_in_stock", lines=stock_lines(others)))
    return lines


def restock_text(product: Product, now: datetime) -> str:
    """Return when more of a product is expected, as far as that is known."""
    if product.restock_at is None or product.restock_at < now:
        return text_of("products.restock_unknown")
    return text_of("products.restock_at", day=day(product.restock_at))
