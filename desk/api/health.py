"""Whether the desk and what it stands on are well."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from desk.context import Desk, desk_of
from xiaoer.accounts.tables import TenantRow

logger = logging.getLogger(__name__)

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health(desk: Annotated[Desk, Depends(desk_of)]) -> JSONResponse:
    """Tell how the database and the assistant are; 503 only where the desk itself can't work.

    Without the assistant the desk goes on: messages go to people.
    """
    try:
        await desk.store.read(lambda session: session.execute(select(TenantRow.id).limit(1)).all())
        database = "ok"
    except SQLAlchemyError as error:
        logger.error("database: %s", type(error).__name__)
        database = "unavailable"
    assistant = "ok" if await desk.assistant.answers() else "unavailable"
    status = "unavailable" if database != "ok" else "ok" if assistant == "ok" else "degraded"
    return JSONResponse(
        {"status": status, "database": database, "assistant": assistant},
        status_code=503 if status == "unavailable" else 200,
    )
