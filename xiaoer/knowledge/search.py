"""Searching what a merchant and the platform know, with an index in memory that follows every change."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import reading
from xiaoer.knowledge.index import Index, product_key
from xiaoer.knowledge.model import Answer, Entry
from xiaoer.knowledge.precedence import THRESHOLD, in_order
from xiaoer.knowledge.products import LABEL, ProductNames
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.synonyms import Synonyms, default_synonyms
from xiaoer.knowledge.tables import RevisionRow

State = tuple[tuple[str, int], ...]
"""What an index was built from: revisions by scope, and how many products there were."""


@dataclass(frozen=True)
class _Built:
    state: State
    index: Index


class KnowledgeBase:
    """Answers questions from the knowledge of a merchant and the platform; may be used by several threads."""

    def __init__(self, engine: Engine, synonyms: Synonyms | None = None) -> None:
        """Search the knowledge behind an engine.

        Args:
            engine: The database.
            synonyms: Words that count as one; the project's own when ``None``.
        """
        self._engine = engine
        self._synonyms = synonyms or default_synonyms()
        self._built: dict[str, _Built] = {}
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def search(
        self, tenant: str, text: str, *, now: datetime, product_id: str | None = None, limit: int = 3
    ) -> list[Answer]:
        """Return what fits a question, the answer first; also what is too weak to be one.

        Args:
            tenant: Whose visitor asks; entries of other merchants are never found.
            text: The question, as it was typed.
            now: The present moment; entries that do not hold now are never found.
            product_id: The product in view, if any.
            limit: At most so many.
        """
        fits = [fit for fit in self._index(tenant).fits(text, product_id) if fit.entry.valid_at(now)]
        return in_order(fits, tenant)[:limit]

    def answer(self, tenant: str, text: str, *, now: datetime, product_id: str | None = None) -> Answer | None:
        """Return the answer to a question, or ``None`` where nothing fits it well enough.

        Args:
            tenant: Whose visitor asks; entries of other merchants are never found.
            text: The question, as it was typed.
            now: The present moment; entries that do not hold now are never found.
            product_id: The product in view, if any.
        """
        found = self.search(tenant, text, now=now, product_id=product_id, limit=1)
        return found[0] if found and found[0].score >= THRESHOLD else None

    def _index(self, tenant: str) -> Index:
        with reading(self._engine) as session:
            built = self._built.get(tenant)
            if built is not None and built.state == _state(session, tenant):
                return built.index
        with self._locks[tenant], reading(self._engine) as session:
            # The state is read first: should an entry change meanwhile, the next search builds again.
            state = _state(session, tenant)
            built = self._built.get(tenant)
            if built is None or built.state != state:
                built = self._built[tenant] = _Built(state, self._build(session, tenant))
            return built.index

    def _build(self, session: Session, tenant: str) -> Index:
        entries = [entry for scope in dict.fromkeys([tenant, PLATFORM]) for entry in list_entries(session, scope)]
        return Index(entries, ProductNames(_names(session, tenant, entries)), self._synonyms)


def _state(session: Session, tenant: str) -> State:
    products = select(literal("products"), func.count()).where(ProductRow.merchant_id == tenant)
    revisions = select(RevisionRow.scope, RevisionRow.revision).where(RevisionRow.scope.in_([tenant, PLATFORM]))
    return tuple(sorted((f"{name}", int(number)) for name, number in session.execute(revisions.union_all(products))))


def _names(session: Session, tenant: str, entries: list[Entry]) -> list[tuple[str, str, str]]:
    about = {entry.product_id for entry in entries if entry.product_id}
    wanted = select(ProductRow.product_id, ProductRow.name, ProductRow.short_name).where(
        or_(ProductRow.merchant_id == tenant, ProductRow.product_id.in_(about))
    )
    labels = {str(product_key(entry)) for entry in entries if entry.product_label and not entry.product_id}
    return [
        *((row.product_id, row.name, row.short_name) for row in session.execute(wanted)),
        *((label, label[len(LABEL) :], label[len(LABEL) :]) for label in sorted(labels)),
    ]
