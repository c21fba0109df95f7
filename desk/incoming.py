"""Reading requests: JSON objects, callers, network addresses."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request

from desk.context import Desk, desk_of
from desk.errors import DeskError
from desk.identity import Caller, bearer, caller, visitor
from xiaoer.accounts.model import Identity


async def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        DeskError: If the body is no JSON, or something else than an object.
    """
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise DeskError("json_invalid") from error
    if not isinstance(body, dict):
        raise DeskError("body_invalid")
    return body


def address_of(request: Request) -> str:
    """Return the network address of the client."""
    return request.client.host if request.client else ""


async def identify(desk: Desk, header: str | None, merchant: object = None) -> Identity:
    """Return the visitor behind an ``Authorization`` header, or the anonymous one of a tenant.

    Raises:
        DeskError: If the visitor can't be told or is not welcome.
    """
    token = bearer(header)
    return await desk.store.read(lambda session: visitor(session, token, merchant, now=desk.clock()))


async def current_visitor(request: Request) -> Identity:
    """Return the visitor of a request; without a token, ``?merchant=`` may name a tenant that allows it.

    Raises:
        DeskError: If the visitor can't be told or is not welcome.
    """
    return await identify(desk_of(request), request.headers.get("authorization"), request.query_params.get("merchant"))


async def token_bearer(request: Request) -> Identity:
    """Return the visitor of a request that needs a token.

    Raises:
        DeskError: If there is no good visitor token.
    """
    return await identify(desk_of(request), request.headers.get("authorization"))


async def current_caller(request: Request) -> Caller:
    """Return the agent who sends a request.

    Raises:
        DeskError: If there is no good token of an agent on record.
    """
    desk = desk_of(request)
    token = bearer(request.headers.get("authorization"))
    return await desk.store.read(lambda session: caller(session, token, now=desk.clock()))
