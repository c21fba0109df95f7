"""Questions with all that could answer them: how well each entry fits, and which one is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Engine

from xiaoer.database import reading
from xiaoer.evaluation.knowledge import NONE, Question
from xiaoer.knowledge.indexes import Indexes
from xiaoer.knowledge.model import Entry
from xiaoer.knowledge.search import as_asked, fits
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.text import normalise

FEATURES = ("alike", "asked_words", "covered", "means_asked", "means")


@dataclass(frozen=True)
class Case:
    """A question with its candidates.

    Attributes:
        shop: The file that the question stands in.
        question: The question.
        entries: What can answer it now.
        fits: Their features in the order of ``FEATURES``, shape ``(n, features)``.
        own: Which are the merchant's own, shape ``(n,)``.
        right: The place of the expected one, or ``None`` where there is none.
    """

    shop: str
    question: Question
    entries: Sequence[Entry]
    fits: np.ndarray
    own: np.ndarray
    right: int | None


def cases_of(
    engine: Engine, shop: str, questions: Sequence[Question], *, now: datetime, indexes: Indexes
) -> list[Case]:
    """Return the questions of a file with their candidates; what expects an entry that is no candidate is left out.

    Args:
        engine: The mall.
        shop: The name of the file.
        questions: Its questions.
        now: The present moment.
        indexes: The mall's indexes.
    """
    entries: dict[str, list[Entry]] = {}
    found = []
    for question in questions:
        names, scopes = indexes.of(question.merchant)
        asked = as_asked(question.question, names, None)
        if asked is None:
            continue
        with reading(engine) as session:
            for scope in scopes:
                if scope.name not in entries:
                    entries[scope.name] = list_entries(session, scope.name)
        every = [entry for scope in scopes for entry in entries[scope.name]]
        table = np.concatenate(
            [np.stack([fit[name] for name in FEATURES], axis=1) for fit in fits(asked, scopes, indexes.meaning)]
        )
        about = [scope.index.about_product & ~scope.index.about(asked.meant) for scope in scopes]
        other = np.concatenate(about) & bool(asked.meant)
        kept = np.flatnonzero(~other & np.concatenate([scope.index.valid_at(now) for scope in scopes]))
        candidates = [every[number] for number in kept]
        right = _place(candidates, question.expected)
        if question.expected == NONE or right is not None:
            own = np.array([entry.scope == question.merchant for entry in candidates])
            found.append(Case(shop, question, candidates, table[kept], own, right))
    return found


def _place(entries: Sequence[Entry], expected: str) -> int | None:
    wanted = normalise(expected)
    return next((place for place, entry in enumerate(entries) if normalise(entry.question) == wanted), None)
