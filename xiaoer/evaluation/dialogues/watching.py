"""Looking at the conversation of a visitor without a token, whom the desk has no way to tell from others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

from xiaoer.accounts.model import Identity, Role
from xiaoer.database import reading
from xiaoer.service.inbox import latest_conversation, visitor_messages

ANONYMOUS = "anonymous"
"""Subject that the desk gives to every visitor without a token."""

View = Callable[[int | None], dict[str, Any]]
"""Given the id after which messages are wanted, returns what the desk's API for visitors would."""


def anonymous_view(engine: Engine, tenant: str, sender: str) -> View:
    """Return a view of an anonymous visitor's conversation that reads the database.

    Args:
        engine: The running database.
        tenant: Whom the visitor writes to.
        sender: The client's name of the conversation.
    """
    visitor = Identity(ANONYMOUS, tenant, Role.ANONYMOUS)

    def view(after: int | None) -> dict[str, Any]:
        with reading(engine) as session:
            found = latest_conversation(session, visitor, sender)
            messages = visitor_messages(session, visitor, sender, after=after)
        conversation = found and {
            "id": found.id,
            "status": found.status.value,
            "priority": found.priority.value,
            "handoff": found.handoff and {"reason": found.handoff.reason.value},
        }
        return {
            "conversation": conversation,
            "messages": [
                {
                    "id": message.id,
                    "author": message.author.value,
                    "text": message.text,
                    "buttons": message.buttons,
                    "custom": message.custom,
                    "image": message.image,
                }
                for message in messages
            ],
        }

    return view
