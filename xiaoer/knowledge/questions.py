"""Questions that found no good answer: recorded, listed in groups, closed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import TenantRow
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import storable
from xiaoer.knowledge.errors import EntryNotFound, KnowledgeError, ScopeNotFound
from xiaoer.knowledge.grouping import group_forms
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.personal import mask_personal
from xiaoer.knowledge.tables import EntryRow, QuestionRow
from xiaoer.knowledge.text import normalise
from xiaoer.knowledge.upserts import insert_into

LONGEST = 300
"""Characters of a question that are kept."""

LOOKED_AT = 3000
"""Characters of a text that are looked at: masked, they still are more than are kept."""

MOST_GROUPED = 5000
"""Questions that are put into groups at a time, the most asked ones."""

FEW = 200
"""Texts up to which open questions are looked up by them; for more, all open questions are read, and compared."""

PAYLOAD = re.compile(r"\s*/[A-Za-z_]")
PLACEHOLDER = re.compile(r"\[\w+\]")


class QuestionNotFound(KnowledgeError):
    """The tenant has no question with this id; another tenant's is not found either."""


class Outcome(str, Enum):
    """How an asking ended: not known, a choice was offered, or the answer was no use."""

    UNKNOWN = "unknown"
    OFFERED = "offered"
    UNHELPFUL = "unhelpful"


class QuestionStatus(str, Enum):
    """Whether somebody has still to look at a question."""

    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Question:
    """A question of one tenant's customers, without personal data.

    Attributes:
        id: Its number.
        tenant: Merchant id, or ``platform``.
        text: The question as it was first typed.
        product_id: The product that was last in view, if any.
        count: How often it was asked.
        outcome: How the last asking ended.
        entry_id: The entry that was no use or was offered, or once it is closed, the one that answers it.
        first_asked_at: When it was asked first.
        last_asked_at: When it was asked last.
        status: Whether somebody has still to look at it.
        closed_by: Who closed it.
        closed_at: When.
    """

    id: int
    tenant: str
    text: str
    product_id: str | None
    count: int
    outcome: Outcome
    entry_id: int | None
    first_asked_at: datetime
    last_asked_at: datetime
    status: QuestionStatus
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that ask nearly the same.

    Attributes:
        text: The most asked of them.
        count: How often all of them were asked.
        by_tenant: The same by tenant, the greatest first.
        last_asked_at: When one of them was asked last.
        questions: All of them, the most asked first.
    """

    text: str
    count: int
    by_tenant: dict[str, int]
    last_asked_at: datetime
    questions: tuple[Question, ...]


def record_question(
    session: Session,
    tenant: str,
    text: str,
    *,
    outcome: Outcome,
    now: datetime,
    product_id: str | None = None,
    entry_id: int | None = None,
) -> None:
    """Count a question that found no good answer; nothing is kept of texts without a word and of payloads.

    A question that was answered is open again when it is asked again; one that was dismissed is counted only.

    Args:
        session: A writing session.
        tenant: Whose visitor asks.
        text: The question as it was typed, of any length.
        outcome: How the asking ended.
        now: The present moment.
        product_id: The product in view; left out where it is none of the tenant's.
        entry_id: The entry that was no use or was offered, if any.

    Raises:
        ScopeNotFound: If there is no such tenant.
        EntryNotFound: If the entry is neither the tenant's nor the platform's.
    """
    kept = _kept(text)
    if kept is None:
        return
    _check(session, tenant, entry_id)
    row = {
        "tenant": tenant,
        "form": _form(kept),
        "text": kept,
        "product_id": _product(session, tenant, product_id),
        "count": 1,
        "outcome": Outcome(outcome).value,
        "entry_id": entry_id,
        "first_asked_at": now,
        "last_asked_at": now,
        "status": QuestionStatus.OPEN.value,
    }
    insert = insert_into(session, QuestionRow).values(row)
    asked = insert.excluded
    answered = QuestionRow.status == QuestionStatus.ANSWERED.value
    later = asked.last_asked_at > QuestionRow.last_asked_at
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[QuestionRow.tenant, QuestionRow.form],
            set_={
                "count": QuestionRow.count + 1,
                "outcome": asked.outcome,
                "product_id": func.coalesce(asked.product_id, QuestionRow.product_id),
                "entry_id": asked.entry_id,
                "last_asked_at": case((later, asked.last_asked_at), else_=QuestionRow.last_asked_at),
                "status": case((answered, QuestionStatus.OPEN.value), else_=QuestionRow.status),
                "closed_by": case((answered, None), else_=QuestionRow.closed_by),
                "closed_at": case((answered, None), else_=QuestionRow.closed_at),
            },
        )
    )


def list_groups(
    session: Session,
    tenants: Sequence[str],
    *,
    status: QuestionStatus | str = QuestionStatus.OPEN,
    limit: int = 50,
) -> list[QuestionGroup]:
    """Return the questions of tenants with near-duplicates together, the most asked group first.

    Where there are more than ``MOST_GROUPED``, the least asked are left out.

    Args:
        session: A session to read with.
        tenants: Merchant ids, or ``platform``; questions are put together across them.
        status: Which are wanted.
        limit: At most so many groups.

    Raises:
        ValueError: If there is no such status.
    """
    wanted = (
        select(QuestionRow)
        .where(QuestionRow.tenant.in_(list(tenants)), QuestionRow.status == QuestionStatus(status).value)
        .order_by(QuestionRow.count.desc(), QuestionRow.last_asked_at.desc(), QuestionRow.id)
        .limit(MOST_GROUPED)
        .execution_options(populate_existing=True)
    )
    by_form: dict[str, list[Question]] = defaultdict(list)
    for row in session.scalars(wanted):
        by_form[row.form].append(_question(row))
    members = list(by_form.values())
    counts = [sum(question.count for question in same) for same in members]
    groups = group_forms(list(by_form), counts)
    return [_group([question for number in group for question in members[number]]) for group in groups[:limit]]


def close_questions(
    session: Session,
    tenant: str,
    ids: Sequence[int],
    change: Change,
    *,
    status: QuestionStatus | str,
    entry_id: int | None = None,
) -> None:
    """Close questions of a tenant, all or none of them.

    Args:
        session: A writing session.
        tenant: Merchant id, or ``platform``.
        ids: The questions.
        change: Who closes them, and when.
        status: ``answered`` or ``dismissed``.
        entry_id: The entry that answers them from now on, if one does.

    Raises:
        ValueError: If the status closes nothing.
        QuestionNotFound: If one of them is not the tenant's.
        EntryNotFound: If the entry is neither the tenant's nor the platform's.
    """
    closed = QuestionStatus(status)
    if closed is QuestionStatus.OPEN:
        raise ValueError("a question is closed as answered or as dismissed")
    _check(session, tenant, entry_id)
    wanted = select(QuestionRow).where(QuestionRow.tenant == tenant, QuestionRow.id.in_(list(ids)))
    wanted = wanted.order_by(QuestionRow.id)  # whoever else closes them waits, and does not wait in a circle
    rows = list(session.scalars(wanted.with_for_update().execution_options(populate_existing=True)))
    missing = set(ids) - {row.id for row in rows}
    if missing:
        raise QuestionNotFound(f"{tenant}/{', '.join(str(number) for number in sorted(missing))}")
    for row in rows:
        row.status, row.closed_by, row.closed_at = closed.value, change.by, change.at
        row.entry_id = entry_id if entry_id is not None else row.entry_id
    session.flush()


def answer_questions(session: Session, scope: str, texts: Mapping[int, Sequence[str]], change: Change) -> int:
    """Close the open questions of a scope that entries answer word for word, and return how many there were.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``; only its own questions are closed.
        texts: What is asked of each entry, by its number; all of them published in this scope. Of several entries that
            answer a question the first counts.
        change: Who published them, and when.
    """
    of_scope = (QuestionRow.tenant == scope, QuestionRow.status == QuestionStatus.OPEN.value)
    wanted = select(QuestionRow.form, QuestionRow.id).where(*of_scope)
    few = sum(map(len, texts.values())) <= FEW
    if few:
        wanted = wanted.where(QuestionRow.form.in_({_form(text) for each in texts.values() for text in each}))
    asked = {row.form: row.id for row in session.execute(wanted)}
    answered: dict[int, int] = {}
    if asked:  # the normal forms of twenty thousand entries take seconds, in which other writers would wait for nothing
        for entry_id, each in texts.items():
            for form in map(_form, each):
                if form in asked:
                    answered.setdefault(asked[form], entry_id)
    closed = {"status": QuestionStatus.ANSWERED.value, "closed_by": change.by, "closed_at": change.at}
    count = 0
    for number, entry_id in sorted(answered.items()):
        one = update(QuestionRow).where(QuestionRow.id == number, *of_scope).values(entry_id=entry_id, **closed)
        count += session.execute(one.execution_options(synchronize_session=False)).rowcount
    return count


def _kept(text: str) -> str | None:
    """Return what is kept of a text, or ``None`` where it is no question in words."""
    if PAYLOAD.match(text):
        return None
    readable = "".join(char for char in text[:LOOKED_AT] if storable(char))
    masked = " ".join(mask_personal(readable).split())[:LONGEST].rstrip()
    words = normalise(PLACEHOLDER.sub(" ", masked))
    return masked if any(char.isalpha() for char in words) else None


def _form(text: str) -> str:
    return normalise(text)[:LONGEST].rstrip()


def _product(session: Session, tenant: str, product_id: str | None) -> str | None:
    """Return the product in view where it is one of the tenant's: a visitor's page may name any."""
    product = session.get(ProductRow, product_id) if product_id is not None else None
    return product_id if product is not None and tenant in (PLATFORM, product.merchant_id) else None


def _check(session: Session, tenant: str, entry_id: int | None) -> None:
    if session.get(TenantRow, tenant) is None:
        raise ScopeNotFound(tenant)
    if entry_id is None:
        return
    wanted = select(EntryRow.id).where(
        EntryRow.id == entry_id, or_(EntryRow.scope == tenant, EntryRow.scope == PLATFORM)
    )
    if session.scalar(wanted) is None:
        raise EntryNotFound(f"{tenant}/{entry_id}")


def _question(row: QuestionRow) -> Question:
    return Question(
        id=row.id,
        tenant=row.tenant,
        text=row.text,
        product_id=row.product_id,
        count=row.count,
        outcome=Outcome(row.outcome),
        entry_id=row.entry_id,
        first_asked_at=row.first_asked_at,
        last_asked_at=row.last_asked_at,
        status=QuestionStatus(row.status),
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def _group(questions: list[Question]) -> QuestionGroup:
    by_tenant: dict[str, int] = defaultdict(int)
    for question in questions:
        by_tenant[question.tenant] += question.count
    return QuestionGroup(
        text=questions[0].text,
        count=sum(by_tenant.values()),
        by_tenant=dict(sorted(by_tenant.items(), key=lambda each: (-each[1], each[0]))),
        last_asked_at=max(question.last_asked_at for question in questions),
        questions=tuple(questions),
    )
