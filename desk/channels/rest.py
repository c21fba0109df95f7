"""Rasa's REST channel."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from desk.context import Desk, desk_of
from desk.inbound import parse_inbound
from desk.incoming import address_of, identify, json_object
from desk.shapes import rest_message

router = APIRouter(prefix="/webhooks/rest", tags=["customer channels"])

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["sender"],
                    "properties": {
                        "sender": {"type": "string", "minLength": 1, "maxLength": 128},
                        "message": {"type": "string"},
                        "metadata": {
                            "type": "object",
                            "properties": {
                                "merchant": {"type": "string"},
                                "message_id": {"type": "string", "maxLength": 128},
                                "product_id": {"type": "string", "maxLength": 64},
                                "order_no": {"type": "string", "maxLength": 64},
                                "attachments": {"type": "array", "maxItems": 9, "items": {"type": "object"}},
                            },
                        },
                    },
                }
            }
        },
    }
}


@router.get("/")
async def alive() -> dict[str, str]:
    """Tell that the channel is there."""
    return {"status": "ok"}


@router.post("/webhook", openapi_extra=BODY)
async def receive(request: Request, desk: Annotated[Desk, Depends(desk_of)], stream: str = "") -> Response:
    """Take a customer's message and return what it is answered: Rasa's REST protocol."""
    body = await json_object(request)
    metadata = body.get("metadata")
    merchant = request.query_params.get("merchant") or (
        metadata.get("merchant") if isinstance(metadata, dict) else None
    )
    identity = await identify(desk, request.headers.get("authorization"), merchant)
    inbound = parse_inbound(body, max_chars=desk.settings.max_message_chars)
    outcome = await desk.turns.take(identity, inbound, address_of(request))
    messages = [rest_message(reply, inbound.sender) for reply in outcome.replies]
    if stream.lower() in {"1", "true", "yes"}:
        lines = "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)
        return Response(lines, media_type="text/event-stream")
    return JSONResponse(messages)
