"""Rasa's Socket.IO channel."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError

from desk.context import Desk
from desk.errors import DeskError
from desk.identity import bearer, visitor
from desk.inbound import parse_inbound, parse_sender
from desk.pushing import BOT_EVENT, room_of
from desk.shapes import socket_message
from xiaoer.accounts.model import Identity

logger = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[None]]


def new_server() -> AsyncServer:
    """Return a Socket.IO server; other origins are welcome, since tokens and not cookies tell who somebody is."""
    # Below these levels the libraries log what customers write, and a traceback for every malformed packet.
    logging.getLogger("desk.socketio").setLevel(logging.ERROR)
    logging.getLogger("desk.engineio").setLevel(logging.CRITICAL)
    return AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=[],
        logger=logging.getLogger("desk.socketio"),
        engineio_logger=logging.getLogger("desk.engineio"),
    )


class SocketChannel:
    """Answers the events of Rasa's Socket.IO protocol.

    Args:
        server: The Socket.IO server, which gets the handlers.
        desk: The desk behind.
    """

    def __init__(self, server: AsyncServer, desk: Desk) -> None:
        self._server = server
        self._desk = desk
        server.on("connect", self.connect)
        server.on("session_request", self._told(self.session_request))
        server.on("user_uttered", self._told(self.user_uttered))

    async def connect(self, sid: str, environ: Any = None, auth: object = None, *_: object) -> None:
        """Let a visitor in who can be told.

        Raises:
            ConnectionRefusedError: If the token is not good, or missing where there must be one; its message is the
                code, its data the error as everywhere.
        """
        known = self._server.get_environ(sid)
        if environ is not known:  # the library lets clients send events of this name too
            return
        try:
            credentials = _credentials(known, auth)
            await self._identify(*credentials)
        except DeskError as error:
            raise ConnectionRefusedError(error.code, error.body) from error
        except Exception as error:
            logger.exception("unexpected error on connect")
            raise ConnectionRefusedError("internal", DeskError("internal").body) from error
        address = (known["asgi.scope"].get("client") or ("",))[0]
        await self._server.save_session(sid, {"credentials": credentials, "address": address})

    async def session_request(self, sid: str, data: object = None) -> None:
        """Confirm the name of the conversation, or give one, and let its messages through to this socket."""
        name = data.get("session_id") if isinstance(data, Mapping) else None
        sender = secrets.token_urlsafe(16) if name is None else parse_sender(name)
        session = await self._server.get_session(sid)
        await self._join(sid, await self._identify(*session["credentials"]), sender)
        await self._server.emit("session_confirm", sender, room=sid)

    async def user_uttered(self, sid: str, data: object = None) -> None:
        """Take a customer's message; the answers go to every socket that holds the conversation."""
        if not isinstance(data, Mapping):
            raise DeskError("body_invalid")
        session = await self._server.get_session(sid)
        # As in Rasa, a socket that never asked for a session talks under its own id.
        sender = data.get("session_id") or session.get("sender") or sid
        body = {"sender": sender, "message": data.get("message"), "metadata": _metadata(data)}
        inbound = parse_inbound(body, max_chars=self._desk.settings.max_message_chars)
        identity = await self._identify(*session["credentials"])
        await self._join(sid, identity, inbound.sender)
        outcome = await self._desk.turns.take(identity, inbound, session["address"])
        if not outcome.repeated:
            await self._desk.pusher.push(outcome.conversation, outcome.replies)
            return
        for reply in outcome.replies:
            await self._server.emit(BOT_EVENT, socket_message(reply), room=sid)

    async def _identify(self, token: str | None, merchant: object) -> Identity:
        desk = self._desk
        return await desk.store.read(lambda session: visitor(session, token, merchant, now=desk.clock()))

    async def _join(self, sid: str, identity: Identity, sender: str) -> None:
        self._server.enter_room(sid, room_of(identity.tenant, identity.role.value, identity.subject, sender))
        session = await self._server.get_session(sid)
        await self._server.save_session(sid, {**session, "sender": sender})

    def _told(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def telling(sid: str, data: object = None, *_: object) -> None:
            try:
                await handler(sid, data)
            except DeskError as error:
                body = error.body
                if error.retry_after is not None:
                    body["error"]["retry_after"] = error.retry_after
                await self._server.emit("error", body, room=sid)
            except Exception:
                logger.exception("unexpected error on a socket event")
                await self._server.emit("error", DeskError("internal").body, room=sid)

        return telling


def _credentials(environ: Mapping[str, Any], auth: object) -> tuple[str | None, object]:
    if auth is not None and not isinstance(auth, Mapping):
        raise DeskError("token_invalid")
    given = auth or {}
    token = given.get("token")
    if token is None:
        return bearer(environ.get("HTTP_AUTHORIZATION")), given.get("merchant")
    if not isinstance(token, str) or not token:
        raise DeskError("token_invalid")
    return token, None


def _metadata(data: Mapping[str, Any]) -> object:
    metadata = data.get("metadata")
    if metadata is None:
        metadata = data.get("customData")
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except (ValueError, RecursionError) as error:
            raise DeskError("metadata_invalid") from error
    if data.get("message_id") is not None and (metadata is None or isinstance(metadata, Mapping)):
        return {**(metadata or {}), "message_id": data["message_id"]}
    return metadata
