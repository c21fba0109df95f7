"""Which size to take: the measures that were told, compared with the product's size chart."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import SlotSet

from actions.answers import find_answer, show_answer
from actions.asking import asks
from actions.attributes import asked_attributes
from actions.base import Events, TopicAction
from actions.events import unresolved
from actions.order_choice import form_open
from actions.product_cards import product_card
from actions.product_choice import (
    ask_which,
    choose_product,
    kept_in_mind,
    person_button,
    settled,
    unsettled,
)
from actions.products import named_in_question, restock_text
from actions.question import Question, question_of
from actions.services import Services
from actions.speech import Reply, text_of
from actions.turn import Turn
from xiaoer.commerce.model import Product
from xiaoer.commerce.sizing import (
    DIMENSIONS,
    FOOT,
    HEIGHT,
    WEIGHT,
    Advice,
    Measures,
    SizeRow,
    Verdict,
    advise,
    read_chart,
    read_measures,
)

TASK = "ask_size"
FIT_QUESTION = "尺码偏大还是偏小"
"""What knowledge is asked beside a recommendation."""


class ActionAskSize(TopicAction):
    """Recommends a size, or asks for the measures that it needs."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_ask_size"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Recommend, or ask for what is missing."""
        question = question_of(turn, TASK)
        choice = choose_product(turn, services.commerce, question.text)
        product = choice.product
        if product is None:
            return ask_which(turn, reply, services, TASK, choice.options)
        chart = read_chart(product.size_chart)
        measures = told_measures(question)
        if measures == Measures() and _answer_in_words(turn, reply, services, question, product):
            return settled(turn, product)
        if not chart:
            return _without_chart(turn, reply, services, question, product)
        advice = advise(chart, measures)
        if advice.verdict is Verdict.INCOMPLETE:
            return _ask_for_measures(turn, reply, question, product, advice.missing)
        lines = [_recommendation(product, chart, measures, advice), *_notes(turn, services, product, advice)]
        outside = advice.verdict is Verdict.OUTSIDE
        reply.show(
            "products.lines",
            product_card(product),
            lines="\n".join(lines),
            buttons=[person_button()] if outside else None,
        )
        return settled(turn, product, offer="handoff" if outside else None)


def told_measures(question: Question) -> Measures:
    """Return the measures that a question tells, those of later turns before those of earlier ones."""
    measures = Measures()
    for text in question.texts:
        measures = read_measures(text, measures)
    heights, weights = question.values(HEIGHT), question.values(WEIGHT)
    return Measures(
        height_cm=measures.height_cm or (float(heights[0]) if heights else None),
        weight_kg=measures.weight_kg or (float(weights[0]) if weights else None),
        foot_mm=measures.foot_mm,
    )


def _answer_in_words(turn: Turn, reply: Reply, services: Services, question: Question, product: Product) -> bool:
    """Answer whether sizes run small or large, where somebody wrote it down; return whether it was so."""
    if not asks("fit", question.text):
        return False
    answer = find_answer(turn, services, question.text, product)
    if answer is not None:
        show_answer(turn, reply, answer)
        return True
    remarks = asked_attributes(question.text, product.attributes)
    for attribute, value in list(remarks.items())[:1]:
        reply.show("products.attribute", product_card(product), product=product.name, attribute=attribute, value=value)
    return bool(remarks)


def _without_chart(turn: Turn, reply: Reply, services: Services, question: Question, product: Product) -> Events:
    answer = find_answer(turn, services, question.text, product)
    if answer is not None:
        show_answer(turn, reply, answer)
        return settled(turn, product)
    sizes = list(dict.fromkeys(variant.size for variant in product.variants if variant.size))
    if len(sizes) < 2:
        reply.show("products.size_one", product_card(product), product=product.name)
        return settled(turn, product)
    reply.show(
        "products.size_none",
        product_card(product),
        product=product.name,
        sizes="、".join(sizes),
        buttons=[person_button()],
    )
    return unsettled(turn, product, offer="handoff")


def _ask_for_measures(turn: Turn, reply: Reply, question: Question, product: Product, wanted: Sequence[str]) -> Events:
    missing = "和".join(text_of(f"products.{name}") for name in wanted)
    sizes = {variant.size for variant in named_in_question(product, question).variants}
    named = [row for row in read_chart(product.size_chart) if row.size in sizes]
    if len(named) == 1:
        reply.show(
            "products.size_ask_named",
            product_card(product),
            product=product.name,
            size=named[0].size,
            range=range_text(named[0]),
            missing=missing,
        )
    else:
        reply.say("products.size_ask", product=product.name, missing=missing)
    asked_before = turn.slots.get("task") == TASK and not turn.tapped
    again = asked_before and told_measures(question) == told_measures(_before(question))
    return [
        *(unresolved(turn) if again else [SlotSet("offer", None)]),
        SlotSet("last_topic", "products"),
        *kept_in_mind(turn, product),
        *([] if form_open(turn) else [SlotSet("task", TASK)]),
    ]


def _before(question: Question) -> Question:
    return Question(question.texts[:-1], ())


def range_text(row: SizeRow) -> str:
    """Return whom a size fits, for example ``身高161–170cm、体重53–61kg``."""
    return "、".join(
        text_of(f"products.{name}_value", value=f"{row.ranges[name][0]:g}–{row.ranges[name][1]:g}")
        for name in DIMENSIONS
        if name in row.ranges
    )


def measures_text(measures: Measures, chart: Sequence[SizeRow]) -> str:
    """Return the measures that a chart looks at, for example ``身高170cm、体重65kg``."""
    wanted = [name for name in DIMENSIONS if any(name in row.ranges for row in chart)]
    told = [(name, measures.get(name)) for name in wanted]
    return "、".join(text_of(f"products.{name}_value", value=f"{value:g}") for name, value in told if value is not None)


def _recommendation(product: Product, chart: Sequence[SizeRow], measures: Measures, advice: Advice) -> str:
    rows = [next(row for row in chart if row.size == size) for size in advice.sizes]
    told = measures_text(measures, chart)
    if advice.verdict is Verdict.BETWEEN:
        lower, upper = rows
        return text_of(
            "products.size_between",
            product=product.name,
            measures=told,
            lower=lower.size,
            upper=upper.size,
            lower_range=range_text(lower),
            upper_range=range_text(upper),
        )
    name, dimension = "size_fits", ""
    if advice.verdict is Verdict.OUTSIDE:
        name, dimension = "size_outside", text_of(f"products.{advice.outside or FOOT}")
    return text_of(
        f"products.{name}",
        product=product.name,
        measures=told,
        size=rows[0].size,
        range=range_text(rows[0]),
        dimension=dimension,
    )


def _notes(turn: Turn, services: Services, product: Product, advice: Advice) -> list[str]:
    """Return what else to know before taking the recommended size: how sizes run, and that it is out of stock."""
    notes = [str(value) for name, value in product.attributes.items() if "尺码" in name]
    answer = find_answer(turn, services, FIT_QUESTION, product)
    if answer is not None and answer.entry.product_id == product.product_id:
        notes.append(answer.entry.answer)
    lines = [text_of("products.size_note", note=note) for note in notes[:1]]
    if advice.verdict is Verdict.OUTSIDE:
        return lines
    return lines + [line for size in advice.sizes if (line := _stock_note(turn, product, size))]


def _stock_note(turn: Turn, product: Product, size: str) -> str:
    variants = [variant for variant in product.variants if variant.size == size]
    gone = [variant for variant in variants if variant.available <= 0]
    if not gone:
        return ""
    if len(gone) == len(variants):
        return text_of("products.size_out_of_stock", size=size, restock=restock_text(product, turn.now))
    return text_of("products.size_out_of_stock_some", size=size, colors="、".join(variant.color for variant in gone))
