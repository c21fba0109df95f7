"""The door of the knowledge API: whose knowledge a caller may see or change, and how the domain's errors leave."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy.orm import Session

from desk.api.commerce_door import Problem
from desk.api.conversations import work_in
from desk.context import Desk, desk_of
from desk.errors import DeskError, malformed_request
from desk.identity import Caller, bearer, caller, known_tenant
from xiaoer.accounts.errors import TenantNotFound
from xiaoer.accounts.model import Agent
from xiaoer.knowledge.errors import InvalidEntry, InvalidSynonymGroup, KnowledgeError, VersionConflict
from xiaoer.knowledge.formats.columns import WRITTEN
from xiaoer.knowledge.formats.model import UnreadableFile
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.permissions import may_read, may_write
from xiaoer.knowledge.proposals import AlreadyKnown

T = TypeVar("T")

PREFIX = "/api/v1/knowledge"
BEARER = HTTPBearer(auto_error=False, description="The token of somebody who works at the desk")
READS = frozenset({"GET", "HEAD"})
"""Methods that change nothing; all others need the right to write."""

FIELD_NAMES = {**WRITTEN, "product_id": WRITTEN["product"], "product_label": WRITTEN["product"]}
"""What staff call the fields of an entry."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token, or none that is good"},
    403: {
        "model": Problem,
        "description": "`not_an_agent`, `agent_unknown`, or `knowledge_read_only` where the caller may only read",
    },
    404: {"model": Problem, "description": "What is asked for is not there, or is none of the caller's business"},
    422: {"model": Problem, "description": "`invalid_request` or `entry_invalid`, with `field`, and the like"},
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "`json_invalid`, `body_invalid` or `upload_missing`"},
    409: {
        "model": Problem,
        "description": "`version_conflict` with the present `version`, `already_known` with the `entry_id`, "
        "`already_rolled_back` or `not_a_reply`",
    },
    413: {"model": Problem, "description": "The body or the file is too large"},
}


@dataclass(frozen=True)
class Shelf:
    """Somebody of the desk at one scope's knowledge, who may do there what the request's method says.

    Attributes:
        desk: The desk.
        agent: The person.
        scope: Merchant id, or ``platform``; the person's own where a path names none.
    """

    desk: Desk
    agent: Agent
    scope: str

    @property
    def change(self) -> Change:
        """Who changes knowledge, and when."""
        return Change(by=self.agent.id, at=self.desk.clock())

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run work that only reads, in a thread."""
        return await self.desk.store.read(work)

    async def write(self, work: Callable[[Session, Change], T]) -> T:
        """Run work that is committed as a whole or not at all, in a thread."""
        change = self.change
        return await self.desk.store.write(lambda session: work(session, change))


class KnowledgeRoute(APIRoute):
    """A route that looks at who calls before it looks at anything else, and whose errors name what is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with the caller let in before it and its errors translated."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            request.state.shelf = await _admitted(request)
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise malformed_request(error) from error
            except KnowledgeError as error:
                found = refusal(error)
                if found is None:
                    raise
                raise found from error

        return translated


def refusal(error: KnowledgeError) -> DeskError | None:
    """Return an error of the domain that says more than its name as the desk sends it, or ``None`` for others."""
    if isinstance(error, VersionConflict):
        return DeskError("version_conflict", shown={"version": error.version}, version=error.version)
    if isinstance(error, AlreadyKnown):
        return DeskError("already_known", shown={"entry_id": error.entry_id}, entry_id=error.entry_id)
    if isinstance(error, InvalidEntry):
        name = FIELD_NAMES.get(error.field, error.field)
        return DeskError("entry_invalid", shown={"field": error.field}, name=name, reason=error.reason)
    if isinstance(error, InvalidSynonymGroup):
        return DeskError("synonyms_invalid", shown={"group": error.number}, group=error.number, reason=error.reason)
    if isinstance(error, UnreadableFile):
        return DeskError("file_unreadable", reason=error.reason)
    return None


async def _admitted(request: Request) -> Shelf:
    """Let a caller in who may do what the method says with the knowledge that the path names.

    Raises:
        DeskError: If it is nobody of the desk, or somebody who may only read.
        TenantNotFound: If there is no such scope, or it is none of the caller's business.
        ConversationNotFound: If there is no such conversation, or it is none of the caller's business.
    """
    desk, token = desk_of(request), bearer(request.headers.get("authorization"))

    def work(session: Session) -> Shelf:
        person = caller(session, token, now=desk.clock())
        scope = _scope(session, desk, person, request.path_params)
        if request.method not in READS and not may_write(person.agent, scope):
            raise DeskError("knowledge_read_only")
        return Shelf(desk, person.agent, scope)

    return await desk.store.read(work)


def _scope(session: Session, desk: Desk, person: Caller, named: dict[str, Any]) -> str:
    """Return the scope that a path names, itself or by a conversation, and that the person may read."""
    if "conversation_id" in named:
        return work_in(named["conversation_id"], desk, person).tenant(session)
    scope = named.get("scope", person.agent.tenant)
    if not may_read(person.agent, scope):
        raise TenantNotFound(scope)
    return known_tenant(session, scope).id


def shelf(request: Request) -> Shelf:
    """Return where the caller was let in."""
    found: Shelf = request.state.shelf
    return found


At = Annotated[Shelf, Depends(shelf)]


async def named_scope(scope: Annotated[str, Path(description="Merchant id, or `platform`")]) -> None:
    """Describe the part of a path by which the caller was let in."""


OF_SCOPE = Depends(named_scope)
