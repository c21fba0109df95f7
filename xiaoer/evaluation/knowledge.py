"""How well questions find their entry in the knowledge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean, median

from xiaoer.evaluation.tables import read_table
from xiaoer.knowledge.model import Verdict
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.text import normalise

NONE = "none"
"""What is expected where no entry answers the question."""

COLUMNS = ("question", "merchant", "expected")


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
        verdict: Whether the first was said, some were offered to choose from, or nothing was known.
        offered: The questions offered to choose from; the one answered, where one was; none else.
        milliseconds: How long it took.
    """

    question: Question
    found: tuple[str, ...]
    score: float
    verdict: Verdict
    offered: tuple[str, ...]
    milliseconds: float

    @property
    def answered(self) -> bool:
        """Whether the first was good enough to be said."""
        return self.verdict is Verdict.ANSWER

    @property
    def rank(self) -> int | None:
        """The place of the expected entry, from 1, or ``None``."""
        places = [normalise(found) for found in self.found]
        wanted = normalise(self.question.expected)
        return places.index(wanted) + 1 if wanted in places else None

    @property
    def helped(self) -> bool:
        """Whether the expected entry was said, or among those offered."""
        return normalise(self.question.expected) in [normalise(offered) for offered in self.offered]

    @property
    def right(self) -> bool:
        """Whether the visitor got what was expected: that entry, or no answer."""
        return not self.answered if self.question.expected == NONE else self.answered and self.rank == 1


@dataclass(frozen=True)
class Figures:
    """The figures of a file of questions; shares are 0 to 1, and ``None`` where there is nothing to divide by.

    Attributes:
        n: Questions, those without an entry included.
        hit_at_1: Share of the questions with an entry for which it was found first, whether it was said or not.
        hit_at_3: Share of them for which it was among the first three found.
        mrr: Mean of one over its place among the first three, zero where it is not there.
        answered: Share of them that were answered with it outright.
        answered_wrongly: Share of them that were answered with another entry.
        offered: Share of them that were offered it among the questions to choose from.
        none_n: Questions that no entry answers.
        none_wrongly_answered: Share of those that were answered nevertheless.
        none_offered: Share of those for which questions were offered to choose from.
        median_ms: Median time of a search, in milliseconds.
    """

    n: int
    hit_at_1: float | None
    hit_at_3: float | None
    mrr: float | None
    answered: float | None
    answered_wrongly: float | None
    offered: float | None
    none_n: int
    none_wrongly_answered: float | None
    none_offered: float | None
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
        finding = knowledge.ask(question.merchant, question.question, now=now)
        milliseconds = (clock() - begun) * 1000
        outcomes.append(
            Outcome(
                question=question,
                found=tuple(answer.entry.question for answer in finding.found),
                score=finding.found[0].score if finding.found else 0.0,
                verdict=finding.verdict,
                offered=tuple(answer.entry.question for answer in finding.answers),
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
        hit_at_1=_mean([outcome.rank == 1 for outcome in others]),
        hit_at_3=_mean([outcome.rank is not None for outcome in others]),
        mrr=_mean([1 / outcome.rank if outcome.rank else 0.0 for outcome in others]),
        answered=_mean([outcome.right for outcome in others]),
        answered_wrongly=_mean([outcome.answered and not outcome.right for outcome in others]),
        offered=_mean([outcome.verdict is Verdict.OFFER and outcome.helped for outcome in others]),
        none_n=len(nones),
        none_wrongly_answered=_mean([outcome.answered for outcome in nones]),
        none_offered=_mean([outcome.verdict is Verdict.OFFER for outcome in nones]),
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
