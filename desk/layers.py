"""ASGI layers around the app: a bound on request bodies, headers on every answer, and an end to stray exceptions."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.errors import DeskError, error_response

logger = logging.getLogger(__name__)

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class BodyLimit:
    """Refuses bodies that are larger than anything the desk has a use for, before they fill the memory.

    Args:
        app: The app behind.
        largest: Bytes that an ordinary body may have.
        larger: Bytes by regular expression of whole paths, where more is allowed.
    """

    def __init__(self, app: ASGIApp, *, largest: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._largest = largest
        self._larger = [(re.compile(pattern), most) for pattern, most in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, counting its bytes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        largest = next((most for pattern, most in self._larger if pattern.fullmatch(path)), self._largest)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > largest:
            await error_response(DeskError("body_too_large"))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > largest:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class SafeHeaders:
    """Adds the headers that keep browsers from guessing types and telling addresses.

    Args:
        app: The app behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class Shelter:
    """Turns exceptions that nobody expected into an answer that shows nothing of them.

    The server would write them into its own log, with whatever personal data they hold.

    Args:
        app: The app behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http":
                raise
            logger.exception("unexpected error on %s %s", scope["method"], scope["path"])
            if not begun:
                await error_response(DeskError("internal"))(scope, receive, send)
