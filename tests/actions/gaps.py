"""Reading what was recorded of knowledge, and knowledge that is never sure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine

from xiaoer.database import reading
from xiaoer.knowledge.model import Answer, Finding, Verdict
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.tables import FeedbackRow, QuestionRow


class Unsure:
    """Knowledge that finds the same questions likely, whatever is asked, and is sure of none."""

    def __init__(self, inner: KnowledgeBase, *entries: tuple[str, int], score: float = 0.5) -> None:
        self._inner = inner
        self._entries = entries
        self._score = score

    def ask(self, tenant: str, text: str, *, now: datetime, product_id: str | None = None) -> Finding:
        found = [self._inner.chosen(scope, entry_id, now=now) for scope, entry_id in self._entries]
        answers = tuple(Answer(each.entry, self._score, each.source) for each in found if each is not None)
        return Finding(Verdict.OFFER, answers) if answers else Finding(Verdict.UNKNOWN)

    def chosen(self, tenant: str, entry_id: int, *, now: datetime) -> Answer | None:
        return self._inner.chosen(tenant, entry_id, now=now)


def questions(engine: Engine) -> list[dict[str, Any]]:
    """Return what was recorded of questions, in order."""
    names = ("tenant", "text", "outcome", "entry_id", "count")
    with reading(engine) as session:
        rows = session.scalars(select(QuestionRow).order_by(QuestionRow.id))
        return [{name: getattr(row, name) for name in names} for row in rows]


def ratings(engine: Engine) -> list[tuple[str, int, str, bool]]:
    """Return tenant, entry, conversation and verdict of what was said of answers, in order."""
    with reading(engine) as session:
        rows = session.scalars(select(FeedbackRow).order_by(FeedbackRow.id))
        return [(row.tenant, row.entry_id, row.conversation_id, row.helpful) for row in rows]
