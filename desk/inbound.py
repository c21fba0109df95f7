"""A visitor's message as it comes in: checked against the contract, cleaned, nothing believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from desk.cleaning import clean, visible
from desk.errors import DeskError

MOST_ATTACHMENTS = 9
ATTACHMENT_TYPES = frozenset({"image", "video", "file"})
LONGEST_URL = 2000
LONGEST_NAME = 128
LONGEST_VIEW = 64
UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Inbound:
    """A checked message of a visitor.

    Attributes:
        sender: The client's name of the conversation, 1 to 128 characters.
        text: Cleaned words; empty only beside attachments.
        attachments: ``{"type", "url" | "upload_id"}`` each, at most nine.
        client_id: The client's own id of the message, or ``None``.
        product_id: Product in view, as the client says.
        order_no: Order in view, as the client says.
    """

    sender: str
    text: str
    attachments: tuple[dict[str, str], ...] = ()
    client_id: str | None = None
    product_id: str | None = None
    order_no: str | None = None


def parse_inbound(body: Mapping[str, Any], *, max_chars: int) -> Inbound:
    """Return the message that a request body or a socket event holds.

    Args:
        body: ``{"sender", "message", "metadata"}`` as in Rasa's REST protocol.
        max_chars: Longest message, in characters.

    Raises:
        DeskError: If a part is missing or has the wrong shape.
    """
    sender = parse_sender(body.get("sender"))
    raw = body.get("message")
    if raw is not None and not isinstance(raw, str):
        raise DeskError("message_invalid")
    if raw is not None and len(raw) > max_chars:
        raise DeskError("message_too_long", limit=max_chars)
    metadata = body.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, Mapping):
        raise DeskError("metadata_invalid")
    attachments = _attachments(metadata.get("attachments"))
    text = clean(raw or "")
    if not text and not attachments:
        raise DeskError("message_empty")
    return Inbound(
        sender=sender,
        text=text,
        attachments=attachments,
        client_id=_short(metadata.get("message_id"), LONGEST_NAME),
        product_id=_short(metadata.get("product_id"), LONGEST_VIEW),
        order_no=_short(metadata.get("order_no"), LONGEST_VIEW),
    )


def parse_sender(value: object) -> str:
    """Return a conversation's name as the client chose it.

    Raises:
        DeskError: If it is no text of 1 to 128 visible characters.
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.strip():
        raise DeskError("sender_invalid")
    if not all(visible(character) for character in value):
        raise DeskError("sender_invalid")
    return value


def _short(value: object, longest: int) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest or not all(visible(character) for character in value):
        raise DeskError("metadata_invalid")
    return value


def _attachments(value: object) -> tuple[dict[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_ATTACHMENTS:
        raise DeskError("attachment_invalid")
    return tuple(_attachment(each) for each in value)


def _attachment(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise DeskError("attachment_invalid")
    kind, url, upload_id = value.get("type"), value.get("url"), value.get("upload_id")
    if isinstance(kind, str) and kind in ATTACHMENT_TYPES:
        if isinstance(upload_id, str) and url is None and UPLOAD_ID.fullmatch(upload_id):
            return {"type": kind, "upload_id": upload_id}
        if isinstance(url, str) and upload_id is None and _is_web_address(url):
            return {"type": kind, "url": url}
    raise DeskError("attachment_invalid")


def _is_web_address(url: str) -> bool:
    if len(url) > LONGEST_URL or any(character.isspace() or not visible(character) for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
