"""The door of the commerce API: who may ask for whom, how often, and how the domain's errors leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from desk.context import Desk, desk_of
from desk.errors import DeskError, malformed_request
from desk.identity import LONGEST_ID, bearer, shopper
from xiaoer.accounts.model import Identity, Role
from xiaoer.commerce.errors import CommerceError
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.wire.refusals import described
from xiaoer.commerce.wire.values import encoded


class Refusal(BaseModel):
    """What is wrong; some codes come with more (``state``, ``field``, ``amount``, ``decision``, …)."""

    code: str
    message: str


class Problem(BaseModel):
    """An error."""

    error: Refusal


RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token, or none that is good"},
    403: {"model": Problem, "description": "`not_yours`: tenant or customer is not the token's"},
    404: {"model": Problem, "description": "What is asked for is not there, or belongs to somebody else"},
    422: {"model": Problem, "description": "`invalid_request`, with `field`"},
    429: {"model": Problem, "description": "Too many calls; `Retry-After` tells when to go on"},
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "`idempotency_key_required` or `json_invalid`"},
    409: {
        "model": Problem,
        "description": "`state_forbids`, `not_urgeable`, `out_of_stock`, `payment_needed`, `not_eligible`, "
        "`exceeds_bought` or `key_reused`",
    },
}
BEARER = HTTPBearer(auto_error=False, description="A customer's visitor token, or a token with the role `system`")

KEY = re.compile(r"[\x21-\x7e]{1,128}")
PRINTABLE = r"^[^\x00-\x1f\x7f\ud800-\udfff]+$"


class CommerceRoute(APIRoute):
    """A route whose errors name what is wrong, so that programs can tell people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with the domain's errors and those of the request's form translated."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                # Who does not say who asks, learns nothing of what else may be wrong.
                request.state.shopper = await _shopper(request)
                return await handle(request)
            except RequestValidationError as error:
                raise malformed_request(error) from error
            except CommerceError as error:
                raise refusal(error) from error

        return translated


def refusal(error: CommerceError) -> DeskError:
    """Return an error of the domain as the desk sends it."""
    found = described(error)
    if found is None:
        return DeskError("internal")
    _, code, shown = found
    return DeskError(code, shown=shown, **shown)


async def _shopper(request: Request) -> Identity:
    desk, token = desk_of(request), bearer(request.headers.get("authorization"))
    return await desk.store.read(lambda session: shopper(session, token, now=desk.clock()))


@dataclass(frozen=True)
class Counter:
    """A caller at the counter of the embedded mall, asking for one customer of one tenant.

    Attributes:
        desk: The desk.
        tenant: Merchant id, or ``platform``.
        customer: Customer id.
    """

    desk: Desk
    tenant: str
    customer: str

    async def ask(self, name: str | None, call: Callable[[Commerce], Any]) -> JSONResponse:
        """Call the mall in a thread and answer with what it gives.

        Args:
            name: Under which name the value stands; ``None`` where it is an object of its own.
            call: Calls the mall.
        """
        found = encoded(await to_thread.run_sync(call, self.desk.mall))
        return JSONResponse(found if name is None else {name: found})

    @property
    def now(self) -> datetime:
        """The desk's present moment."""
        return self.desk.clock()


@dataclass(frozen=True)
class Till(Counter):
    """A counter at which something is changed.

    Attributes:
        key: The caller's idempotency key.
    """

    key: str


async def counter(
    request: Request,
    desk: Annotated[Desk, Depends(desk_of)],
    tenant: Annotated[str, Query(max_length=LONGEST_ID, regex=PRINTABLE)],
    customer: Annotated[str, Query(max_length=LONGEST_ID, regex=PRINTABLE)],
) -> Counter:
    """Return the counter for whom the caller may ask; a mismatch is told without a look at the database.

    Raises:
        DeskError: If it is somebody else's business, or there were too many calls.
    """
    caller: Identity = request.state.shopper
    if caller.tenant != tenant or (caller.role is Role.CONSUMER and caller.subject != customer):
        raise DeskError("not_yours")
    desk.commerce_throttle.hit(caller.role.value, tenant, caller.subject, customer)
    return Counter(desk, tenant, customer)


async def till(
    at: Annotated[Counter, Depends(counter)],
    idempotency_key: Annotated[str | None, Header(description="1 to 128 visible characters; one for each wish")] = None,
) -> Till:
    """Return the counter for a write.

    Raises:
        DeskError: If there is no usable idempotency key.
    """
    if idempotency_key is None or not KEY.fullmatch(idempotency_key):
        raise DeskError("idempotency_key_required")
    return Till(at.desk, at.tenant, at.customer, idempotency_key)


At = Annotated[Counter, Depends(counter)]
Writing = Annotated[Till, Depends(till)]
