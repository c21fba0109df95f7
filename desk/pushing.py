"""Bringing messages to the sockets that hold a conversation."""

from __future__ import annotations

import json
from collections.abc import Iterable

from socketio import AsyncServer

from desk.shapes import socket_message
from xiaoer.service.model import Conversation, Message

BOT_EVENT = "bot_uttered"


def room_of(tenant: str, role: str, subject: str, sender: str) -> str:
    """Return the room of a visitor's conversation; it stays the same when a closed one is followed by the next."""
    return json.dumps([tenant, role, subject, sender], ensure_ascii=False)


class Pusher:
    """Emits messages into the rooms of conversations.

    Args:
        server: The Socket.IO server.
    """

    def __init__(self, server: AsyncServer) -> None:
        self._server = server

    async def push(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        """Bring messages to everybody who holds the conversation.

        Args:
            conversation: The conversation.
            messages: What the customer may read, oldest first.
        """
        room = room_of(conversation.tenant, conversation.role, conversation.subject, conversation.sender)
        for message in messages:
            await self._server.emit(BOT_EVENT, socket_message(message), room=room)
