"""The knowledge API's entries: reading, writing, publishing, retiring, their versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from sqlalchemy.orm import Session

from desk.api import knowledge_shapes as shapes
from desk.api.knowledge_door import BEARER, OF_SCOPE, PREFIX, REFUSALS, RESPONSES, At, KnowledgeRoute, Shelf
from desk.cleaning import clean
from xiaoer.knowledge.checks import checked
from xiaoer.knowledge.feedback import Feedback, feedback_counts
from xiaoer.knowledge.history import list_versions, rollback_entry
from xiaoer.knowledge.model import Change, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.proposals import AlreadyKnown
from xiaoer.knowledge.rows import draft_of, lock_scope
from xiaoer.knowledge.store import add_entry, get_entry, list_entries, publish_entry, retire_entry, update_entry

router = APIRouter(
    prefix=f"{PREFIX}/{{scope}}/entries",
    tags=["knowledge"],
    route_class=KnowledgeRoute,
    dependencies=[Security(BEARER), OF_SCOPE],
    responses=RESPONSES,
)

EntryId = Annotated[int, Path(ge=1, le=shapes.LARGEST_ID)]


@router.get("")
async def list_all(
    at: At,
    status: Annotated[list[EntryStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    layer: Layer | None = None,
    q: Annotated[str, Query(max_length=300)] = "",
    *,
    after: Annotated[int, Query(ge=0, le=shapes.LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> shapes.Entries:
    """Return entries by id, of all statuses where none is named, with what customers say of them."""
    statuses = tuple(status) or tuple(EntryStatus)

    def work(session: Session) -> tuple[list[shapes.Entry], bool]:
        found = list_entries(
            session, at.scope, statuses=statuses, layer=layer, query=clean(q), after=after, limit=limit + 1
        )
        return rated(session, at.scope, found[:limit]), len(found) > limit

    entries, more = await at.read(work)
    return shapes.Entries(entries=entries, next_after=entries[-1].id if more else None)


@router.post("", responses=REFUSALS)
async def add(at: At, words: shapes.NewEntry) -> shapes.Entry:
    """Add an entry; one that says word for word the same as another is refused with the other's id."""
    draft = checked(words.draft())

    def work(session: Session, change: Change) -> Entry:
        lock_scope(session, at.scope)  # who presses a button twice adds one entry
        known = _known(session, at.scope, draft)
        if known is not None:
            raise AlreadyKnown(known.id)
        return add_entry(session, at.scope, draft, change, status=words.status)

    return await _shown(at, await at.write(work))


def _known(session: Session, scope: str, draft: Draft) -> Entry | None:
    present = (EntryStatus.PUBLISHED, EntryStatus.DRAFT)
    same = list_entries(session, scope, statuses=present, layer=draft.layer, query=draft.question)
    return next((entry for entry in same if draft_of(entry) == draft), None)


@router.get("/{entry_id}")
async def one(at: At, entry_id: EntryId) -> shapes.Entry:
    """Return an entry, whatever its status."""
    return await _shown(at, await at.read(lambda session: get_entry(session, at.scope, entry_id)))


@router.put("/{entry_id}", responses=REFUSALS)
async def replace(at: At, entry_id: EntryId, words: shapes.ChangedEntry) -> shapes.Entry:
    """Replace what an entry says; a draft stays one, a retired entry answers again."""
    draft = words.draft()
    entry = await at.write(
        lambda session, change: update_entry(session, at.scope, entry_id, draft, change, version=words.version)
    )
    return await _shown(at, entry)


@router.post("/{entry_id}/publish", responses=REFUSALS)
async def publish(at: At, entry_id: EntryId, seen: shapes.Seen | None = None) -> shapes.Entry:
    """Have an entry answer from now on; open questions that it answers word for word are closed."""
    version = seen.version if seen else None
    entry = await at.write(lambda session, change: publish_entry(session, at.scope, entry_id, change, version=version))
    return await _shown(at, entry)


@router.post("/{entry_id}/retire", responses=REFUSALS)
async def retire(at: At, entry_id: EntryId, seen: shapes.Seen | None = None) -> shapes.Entry:
    """Take an entry out of the answers."""
    version = seen.version if seen else None
    entry = await at.write(lambda session, change: retire_entry(session, at.scope, entry_id, change, version=version))
    return await _shown(at, entry)


@router.get("/{entry_id}/versions")
async def versions(at: At, entry_id: EntryId) -> shapes.Versions:
    """Return all that an entry has said, the newest first: who made it say so, and when."""
    found = await at.read(lambda session: list_versions(session, at.scope, entry_id))
    told = [
        shapes.Version(**vars(each.entry), action=each.action, by=each.by, at=each.at, import_id=each.import_id)
        for each in found
    ]
    return shapes.Versions(versions=told)


@router.post("/{entry_id}/rollback", responses=REFUSALS)
async def rollback(at: At, entry_id: EntryId, wish: shapes.Rollback) -> shapes.Entry:
    """Have an entry say what it said at an earlier version, with the status that it had; this is a new version."""
    entry = await at.write(
        lambda session, change: rollback_entry(
            session, at.scope, entry_id, wish.to_version, change, version=wish.version
        )
    )
    return await _shown(at, entry)


def rated(session: Session, scope: str, entries: Sequence[Entry]) -> list[shapes.Entry]:
    """Return entries of a scope as clients see them, with what customers say of them."""
    counts = feedback_counts(session, scope, [entry.id for entry in entries])
    return [shaped(entry, counts.get(entry.id, Feedback())) for entry in entries]


def shaped(entry: Entry, feedback: Feedback) -> shapes.Entry:
    """Return an entry as clients see it."""
    return shapes.Entry(**vars(entry), feedback=shapes.Feedback(**vars(feedback)))


async def _shown(at: Shelf, entry: Entry) -> shapes.Entry:
    return (await at.read(lambda session: rated(session, at.scope, [entry])))[0]
