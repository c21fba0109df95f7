"""What customers say of answers, counted by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.errors import EntryNotFound
from xiaoer.knowledge.tables import EntryRow, FeedbackRow
from xiaoer.knowledge.upserts import insert_into


@dataclass(frozen=True)
class Feedback:
    """How many conversations found an entry helpful, and how many did not."""

    helpful: int = 0
    unhelpful: int = 0


def record_feedback(
    session: Session, tenant: str, entry_id: int, conversation_id: str, *, helpful: bool, now: datetime
) -> None:
    """Keep what a conversation says of an entry; its last word counts.

    Args:
        session: A writing session.
        tenant: Whose visitor says it.
        entry_id: The entry, which the tenant's visitors can be answered with.
        conversation_id: The conversation, which the caller knows to be the tenant's.
        helpful: What it says.
        now: The present moment.

    Raises:
        EntryNotFound: If the entry is neither the tenant's nor the platform's.
    """
    wanted = select(EntryRow.version).where(
        EntryRow.id == entry_id, or_(EntryRow.scope == tenant, EntryRow.scope == PLATFORM)
    )
    version = session.scalar(wanted)
    if version is None:
        raise EntryNotFound(f"{tenant}/{entry_id}")
    insert = insert_into(session, FeedbackRow).values(
        entry_id=entry_id,
        version=version,
        tenant=tenant,
        conversation_id=conversation_id,
        helpful=helpful,
        at=now,
    )
    said = insert.excluded
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[FeedbackRow.conversation_id, FeedbackRow.entry_id],
            set_={"helpful": said.helpful, "version": said.version, "at": said.at},
            where=FeedbackRow.tenant == said.tenant,
        )
    )


def feedback_counts(session: Session, scope: str, entry_ids: Sequence[int]) -> dict[int, Feedback]:
    """Return what was said of entries of a scope; entries of other scopes are left out.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``, whose entries are told of by the visitors of all merchants.
        entry_ids: The entries.
    """
    wanted = (
        select(EntryRow.id, FeedbackRow.helpful, func.count(FeedbackRow.id))
        .outerjoin(FeedbackRow, FeedbackRow.entry_id == EntryRow.id)
        .where(EntryRow.scope == scope, EntryRow.id.in_(list(entry_ids)))
        .group_by(EntryRow.id, FeedbackRow.helpful)
    )
    counts: dict[int, dict[bool | None, int]] = {}
    for entry_id, helpful, count in session.execute(wanted):
        counts.setdefault(entry_id, {})[helpful] = count
    return {number: Feedback(said.get(True, 0), said.get(False, 0)) for number, said in sorted(counts.items())}
