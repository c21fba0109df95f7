"""Questions that may be meant: offered where there is no sure answer, and the one of them that is chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from actions.gaps import note_question
from actions.picking import in_place, plain
from actions.product_choice import person_button
from actions.services import Services
from actions.shown import ENTRY, OFFER, TAPPED
from actions.speech import Button, Reply, button, text_of
from actions.turn import Turn
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.model import Product
from xiaoer.knowledge.model import Answer, Finding
from xiaoer.knowledge.questions import Outcome

LONGEST_TITLE = 24
"""Characters of a question on a button."""

LONGEST_LINE = 80
"""Characters of a question in a list."""

ENTRY_ID = re.compile(r"\d{1,9}")
NOWHERE = 0
"""The number of no entry."""


def offer_or_pass(
    turn: Turn,
    reply: Reply,
    services: Services,
    finding: Finding,
    text: str,
    *,
    about: Product | None = None,
    unknown: str = "knowledge.unknown",
    **values: object,
) -> str | None:
    """Offer the questions that may be meant, or say that nothing is known and offer a person; record the question.

    Returns what a bare 好的 accepts: ``handoff``, or ``None`` where questions were offered.

    Args:
        turn: The present turn.
        reply: What is said.
        services: The outside world.
        finding: What knowledge has to say, which is no sure answer.
        text: The words of the question.
        about: The product that it is about, if that is known.
        unknown: ``topic.name`` of the text that says that nothing is known.
        **values: What that text names.
    """
    if finding.answers:
        show_offer(turn, reply, finding.answers)
        note_question(turn, services, text, Outcome.OFFERED, about, entry_id=finding.answers[0].entry.id)
        return None
    reply.say(unknown, buttons=[person_button()], **values)
    note_question(turn, services, text, Outcome.UNKNOWN, about)
    return "handoff"


def show_offer(turn: Turn, reply: Reply, answers: Iterable[Answer], others: Sequence[Button] = ()) -> None:
    """Ask which of several questions is meant.

    Args:
        turn: The present turn.
        reply: What is said.
        answers: The answers to these questions, the likeliest first.
        others: Buttons of what else may be meant.
    """
    entries = list({plain(answer.entry.question): answer.entry for answer in reversed(list(answers))}.values())[::-1]
    questions = [shortened(entry.question, LONGEST_LINE) for entry in entries]
    # While a form is open, a number is an answer to its own list.
    name = "offer_beside" if turn.form else "offer_one" if len(questions) == 1 else "offer"
    marks = ["·"] * len(questions) if turn.form else [f"{number}." for number in range(1, len(questions) + 1)]
    buttons = [button(shortened(entry.question, LONGEST_TITLE), TAPPED, **{ENTRY: str(entry.id)}) for entry in entries]
    card: dict[str, Any] = {
        "type": OFFER,
        "questions": [{"entry_id": each.id, "question": each.question, "scope": each.scope} for each in entries],
    }
    reply.show(
        f"knowledge.{name}",
        card,
        question=questions[0],
        questions="\n".join(f"{mark} {question}" for mark, question in zip(marks, questions, strict=True)),
        buttons=[*buttons, *others, person_button()],
    )


def shortened(text: str, longest: int) -> str:
    """Return a text in one line, at most so many characters long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else text_of("knowledge.shortened", text=line[: longest - 1].rstrip())


def chosen_entry(turn: Turn) -> int | None:
    """Return the entry that a turn chooses by its button, its place in the list or a yes; ``None`` where it doesn't.

    Args:
        turn: The present turn.
    """
    if turn.tapped:
        tapped = turn.values(ENTRY)
        return entry_number(tapped[0]) if tapped else None
    if turn.form:
        return None
    listed = [int(each["entry_id"]) for each in questions_offered(turn)]
    if turn.intent == "affirm" and len(listed) == 1:
        return listed[0]
    return in_place(turn.text, listed)


def questions_offered(turn: Turn) -> list[dict[str, Any]]:
    """Return the questions that the assistant's last words offered to choose from, in the order of their list."""
    return [question for shown in turn.shown if shown.last for question in shown.questions]


def entry_number(text: str) -> int:
    """Return the number of an entry in a payload, ``NOWHERE`` where it is none."""
    return int(text) if ENTRY_ID.fullmatch(text) else NOWHERE


def tenant_of_entry(turn: Turn, entry_id: int) -> str:
    """Return as whose visitor somebody may read an entry that was shown.

    A shop's visitors read what their shop and the platform know. On the platform it is the shop whose product was
    talked about when the assistant itself showed the entry.

    Args:
        turn: The present turn.
        entry_id: The entry.
    """
    if turn.tenant != PLATFORM:
        return turn.tenant
    cards = [each for shown in turn.shown for each in (shown.card, *shown.questions)]
    return next((str(card["scope"]) for card in reversed(cards) if card.get("entry_id") == entry_id), turn.tenant)
