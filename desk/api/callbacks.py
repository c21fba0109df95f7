"""Doors for what other systems report: 快递100 pushes what happens to parcels."""

from __future__ import annotations

import logging
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from desk.context import Desk, desk_of
from desk.errors import DeskError
from xiaoer.commerce.carriers.errors import ForgedPush, MalformedTrace
from xiaoer.commerce.carriers.recording import read_push, take_push

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/callbacks", tags=["carriers"])

# The answer that 快递100 demands, within 20 seconds (https://api.kuaidi100.com/document/timeout), and its opposite.
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}
NOT_TAKEN = {"result": False, "returnCode": "500", "message": "失败"}


@router.post("/kuaidi100")
async def take(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> JSONResponse:
    """Take a push of 快递100: a form of ``param`` and ``sign``. Parcels that we do not have are passed over."""
    salt = desk.settings.kuaidi100_salt
    if not salt:
        raise DeskError("not_found")
    form = await request.form(max_files=0, max_fields=10)
    param, signature = form.get("param"), form.get("sign")
    if not isinstance(param, str) or not isinstance(signature, str):
        return JSONResponse(NOT_TAKEN, status_code=400)
    try:
        trace = read_push(param, signature, salt=salt)
    except ForgedPush:
        logger.warning("a push of 快递100 is not signed with our salt")
        return JSONResponse(NOT_TAKEN, status_code=403)
    except MalformedTrace as error:
        logger.warning("a push of 快递100 is malformed: %s", error)
        return JSONResponse(NOT_TAKEN, status_code=400)
    await to_thread.run_sync(partial(take_push, desk.store.engine, trace, now=desk.clock()))
    return JSONResponse(TAKEN)
