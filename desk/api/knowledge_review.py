"""The knowledge API for looking at how good a scope's answers are: search, feedback, conflicts, synonyms."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Security
from sqlalchemy.orm import Session

from desk.api import knowledge_shapes as shapes
from desk.api.knowledge import shaped
from desk.api.knowledge_door import BEARER, OF_SCOPE, PREFIX, REFUSALS, RESPONSES, At, KnowledgeRoute
from desk.cleaning import HARMLESS, as_typed, clean
from desk.errors import DeskError
from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.catalogue import Catalogue
from xiaoer.knowledge.conflicts import Conflict, find_conflicts
from xiaoer.knowledge.feedback import Feedback, feedback_counts
from xiaoer.knowledge.model import Answer, Entry, EntryStatus
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.synonyms_store import SynonymGroup, list_synonyms, set_synonyms

router = APIRouter(
    prefix=f"{PREFIX}/{{scope}}",
    tags=["knowledge"],
    route_class=KnowledgeRoute,
    dependencies=[Security(BEARER), OF_SCOPE],
    responses=RESPONSES,
)

COUNTED_AT_A_TIME = 5000
"""Entries whose feedback is counted at a time: databases take only so many parameters."""

Orders = Literal["unhelpful", "helpful"]


@router.get("/search")
async def search(
    at: At,
    q: str,
    product_id: Annotated[str | None, Query(max_length=shapes.LONGEST_ID, regex=shapes.PRINTABLE)] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> shapes.Finding:
    """Return what a customer who types ``q`` would be told now, and what else was found."""
    longest = at.desk.settings.max_message_chars
    if len(q) > longest:
        raise DeskError("message_too_long", limit=longest)
    text = as_typed(clean(q))
    if text == HARMLESS:
        raise DeskError("invalid_request", shown={"field": "q"}, field="q")
    base, now = at.desk.knowledge, at.desk.clock()

    def work() -> shapes.Finding:
        finding = base.ask(at.scope, text, now=now, product_id=product_id)
        found = base.search(at.scope, text, now=now, product_id=product_id, limit=limit)
        return shapes.Finding(
            verdict=finding.verdict,
            answers=[_found(answer) for answer in finding.answers],
            found=[_found(answer) for answer in found],
        )

    return await to_thread.run_sync(work)


@router.get("/feedback")
async def feedback(
    at: At,
    order: Orders = "unhelpful",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> shapes.RatedEntries:
    """Return the entries that most conversations found unhelpful, or helpful; those that none did are left out."""

    def work(session: Session) -> list[shapes.Entry]:
        entries = {entry.id: entry for entry in list_entries(session, at.scope, statuses=tuple(EntryStatus))}
        ids = list(entries)
        said: dict[int, Feedback] = {}
        for start in range(0, len(ids), COUNTED_AT_A_TIME):
            said.update(feedback_counts(session, at.scope, ids[start : start + COUNTED_AT_A_TIME]))
        rated = sorted(
            (number for number, each in said.items() if getattr(each, order)),
            key=lambda number: (-getattr(said[number], order), number),
        )
        return [shaped(entries[number], said[number]) for number in rated[:limit]]

    return shapes.RatedEntries(entries=await at.read(work))


@router.get("/conflicts")
async def conflicts(at: At, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> shapes.Conflicts:
    """Return published entries that are asked nearly the same, among themselves and with the platform's."""

    def work(session: Session) -> list[Conflict]:
        entries = [entry for each in dict.fromkeys([at.scope, PLATFORM]) for entry in list_entries(session, each)]
        names = ProductNames((key, name, name) for key, name in Catalogue(session, at.scope).names.items())
        own = (
            each for each in find_conflicts(entries, names=names) if at.scope in (each.first.scope, each.second.scope)
        )
        return [each for each, _ in zip(own, range(limit), strict=False)]

    return shapes.Conflicts(conflicts=[_conflict(each) for each in await at.read(work)])


@router.get("/synonyms")
async def synonyms(at: At) -> shapes.Synonyms:
    """Return the words that mean the same to the scope's customers, besides those that mean the same to everybody."""
    return _groups(await at.read(lambda session: list_synonyms(session, at.scope)))


@router.put("/synonyms", responses=REFUSALS)
async def replace_synonyms(at: At, wish: shapes.SynonymWords) -> shapes.Synonyms:
    """Replace all groups of the scope."""
    return _groups(await at.write(lambda session, change: set_synonyms(session, at.scope, wish.groups, change)))


def _groups(groups: list[SynonymGroup]) -> shapes.Synonyms:
    return shapes.Synonyms(groups=[shapes.SynonymGroup(**vars(group)) for group in groups])


def _found(answer: Answer) -> shapes.Found:
    entry = answer.entry
    return shapes.Found(**vars(entry), entry_id=entry.id, score=round(answer.score, 4), source=answer.source)


def _conflict(conflict: Conflict) -> shapes.Conflict:
    def side(entry: Entry, phrasing: str, only: tuple[str, ...]) -> shapes.ConflictSide:
        return shapes.ConflictSide(**vars(entry), phrasing=phrasing, only=list(only))

    differs = conflict.differs
    return shapes.Conflict(
        kind=conflict.kind,
        similarity=conflict.similarity,
        numbers_differ=differs.numbers,
        first=side(conflict.first, conflict.questions[0], differs.first),
        second=side(conflict.second, conflict.questions[1], differs.second),
    )
