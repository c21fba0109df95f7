"""The knowledge API's questions that found no good answer: listing them in groups, closing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Security
from sqlalchemy.orm import Session

from desk.api import knowledge_shapes as shapes
from desk.api.knowledge_door import BEARER, OF_SCOPE, PREFIX, REFUSALS, RESPONSES, At, KnowledgeRoute
from xiaoer.accounts.directory import list_merchants
from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.permissions import may_read
from xiaoer.knowledge.questions import QuestionGroup, QuestionStatus, close_questions, list_groups

router = APIRouter(
    prefix=PREFIX,
    tags=["knowledge"],
    route_class=KnowledgeRoute,
    dependencies=[Security(BEARER)],
    responses=RESPONSES,
)

Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/questions")
async def everywhere(at: At, status: QuestionStatus = QuestionStatus.OPEN, limit: Limit = 50) -> shapes.QuestionGroups:
    """Return questions of all the scopes that the caller may read, near-duplicates together across them."""

    def work(session: Session) -> list[QuestionGroup]:
        tenants = [PLATFORM, *(merchant.id for merchant in list_merchants(session))]
        readable = [tenant for tenant in tenants if may_read(at.agent, tenant)]
        return list_groups(session, readable, status=status, limit=limit)

    return _shown(await at.read(work))


@router.get("/{scope}/questions", dependencies=[OF_SCOPE])
async def of_scope(at: At, status: QuestionStatus = QuestionStatus.OPEN, limit: Limit = 50) -> shapes.QuestionGroups:
    """Return questions of one scope's customers, near-duplicates together, the most asked first."""
    return _shown(await at.read(lambda session: list_groups(session, [at.scope], status=status, limit=limit)))


@router.post("/{scope}/questions/close", dependencies=[OF_SCOPE], responses=REFUSALS)
async def close(at: At, wish: shapes.ClosedQuestions) -> shapes.Closed:
    """Close questions, all or none of them; one that was answered opens again when it is asked again."""
    ids = list(dict.fromkeys(wish.ids))

    def work(session: Session, change: Change) -> None:
        close_questions(session, at.scope, ids, change, status=wish.status, entry_id=wish.entry_id)

    await at.write(work)
    return shapes.Closed(closed=len(ids))


def _shown(groups: Sequence[QuestionGroup]) -> shapes.QuestionGroups:
    return shapes.QuestionGroups(
        groups=[
            shapes.QuestionGroup(
                **{**vars(group), "questions": [shapes.Question(**vars(each)) for each in group.questions]}
            )
            for group in groups
        ]
    )
