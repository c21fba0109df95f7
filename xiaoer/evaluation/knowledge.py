"""How well questions find their entry in the knowledge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean, median

from xiaoer.evaluation.tables import read_table
from xiaoer.knowledge.precedence import THRESHOLD
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.text import normalise

NONE = "none"
"""What is expected where no entry answers the question."""

COLUMNS = ("question", "merchant", "expected")
DEPTH = 3
"""How far down the list the expected entry still counts."""


@dataclass(frozen=True)
class Question:
    """A question with the entry that answers it.

    Attributes:
        question: What a visitor typed.
        merchant: Whom, or ``platform``.
        expected: The question of the entry, or ``none``.
    """

    question: str
    merchant: str
    expected: str


@dataclass(frozen=True)
class Outcome:
    """What one question found.

    Attributes:
        question: The question.
        found: The questions of the entries found, best first.
        score: The first one's score, 0 where nothing was found.
        answered: Whether the first was good enough to be said.
        milliseconds: How long it took.
    """

    question: Question
    found: tuple[str, ...]
    score: float
    answered: bool
    milliseconds: float

    @property
    def rank(self) -> int | None:
        """The place of the expected entry, from 1, or ``None``."""
        places = [normalise(found) for found in self.found]
        wanted = normalise(self.question.expected)
        return places.index(wanted) + 1 if wanted in places else None

    @property
    def right(self) -> bool:
        """Whether the visitor got what was expected: that entry, or no answer."""
        return not self.answered if self.question.expected == NONE else self.answered and self.rank == 1


@dataclass(frozen=True)
class Figures:
    """The figures of a file of questions; shares are 0 to 1, and ``None`` where there is nothing to divide by.

    Attributes:
        n: Questions, those without an entry included.
        hit_at_1: Share of the questions with an entry that were answered with it.
        hit_at_3: Share of them that had it among the first three found, answered or not.
        mrr: Mean of one over its place among the first three, zero where it is not there.
        none_n: Questions that no entry answers.
        none_wrongly_answered: Share of those that were answered nevertheless.
        median_ms: Median time of a search, in milliseconds.
    """

    n: int
    hit_at_1: float | None
    hit_at_3: float | None
    mrr: float | None
    none_n: int
    none_wrongly_answered: float | None
    median_ms: float | None


def read_questions(path: Path) -> list[Question]:
    """Read a tab-separated file with the columns ``question``, ``merchant`` and ``expected``; others are ignored.

    Raises:
        InvalidTable: If the file is no such table.
    """
    return [Question(**row) for row in read_table(path, COLUMNS)]


def ask(
    knowledge: KnowledgeBase,
    questions: Sequence[Question],
    *,
    now: datetime,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Outcome]:
    """Search for each question and note what was found.

    Args:
        knowledge: Where to search.
        questions: What to search for.
        now: The present moment, for entries that hold for a time only.
        clock: Seconds, for measuring.
    """
    for merchant in {question.merchant for question in questions}:
        knowledge.search(merchant, "", now=now)  # builds the index, which is no part of a search
    outcomes = []
    for question in questions:
        begun = clock()
        found = knowledge.search(question.merchant, question.question, now=now, limit=DEPTH)
        milliseconds = (clock() - begun) * 1000
        outcomes.append(
            Outcome(
                question=question,
                found=tuple(answer.entry.question for answer in found),
                score=found[0].score if found else 0.0,
                answered=bool(found) and found[0].score >= THRESHOLD,
                milliseconds=milliseconds,
            )
        )
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Return the figures of what was found."""
    nones = [outcome for outcome in outcomes if outcome.question.expected == NONE]
    others = [outcome for outcome in outcomes if outcome.question.expected != NONE]
    return Figures(
        n=len(outcomes),
        hit_at_1=_mean([outcome.right for outcome in others]),
        hit_at_3=_mean([outcome.rank is not None for outcome in others]),
        mrr=_mean([1 / outcome.rank if outcome.rank else 0.0 for outcome in others]),
        none_n=len(nones),
        none_wrongly_answered=_mean([outcome.answered for outcome in nones]),
        median_ms=round(median(outcome.milliseconds for outcome in outcomes), 3) if outcomes else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None


def evaluate(knowledge: KnowledgeBase, questions: Sequence[Question], *, now: datetime) -> Figures:
    """Search for each question and return the figures.

    Args:
        knowledge: Where to search.
        questions: What to search for.
        now: The present moment, for entries that hold for a time only.
    """
    return figures(ask(knowledge, questions, now=now))
