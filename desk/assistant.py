"""The assistant behind the desk: Rasa's REST channel, called with a time limit and a circuit breaker."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import httpx
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from xiaoer.settings import Settings

logger = logging.getLogger(__name__)

WEBHOOK = "/webhooks/rest/webhook"
CIRCUIT = "assistant"
PROBE_SECONDS = 2.0
LONGEST_IMAGE = 500
# Rasa's server closes connections that were idle for five seconds; a request on one that it is just closing is lost.
KEEPALIVE_SECONDS = 2.0


class AssistantUnavailable(Exception):
    """The assistant gave no usable answer: down, too slow, broken, or not asked because it just was."""


@dataclass
class Reply:
    """One message of the assistant.

    Attributes:
        text: Its words; may be empty.
        buttons: ``{"title", "payload"}`` each.
        custom: The card that it carries.
        image: Address of a picture.
    """

    text: str
    buttons: list[dict[str, str]]
    custom: dict[str, Any] | None
    image: str | None


class Assistant:
    """Talks to Rasa.

    Args:
        settings: Address, time limit and circuit breaker.
        transport: What carries the requests instead of the network, in tests.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._seconds = settings.rasa_timeout
        self._client = httpx.AsyncClient(
            base_url=settings.rasa_url.rstrip("/"),
            transport=transport,
            timeout=settings.rasa_timeout,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=KEEPALIVE_SECONDS),
            trust_env=False,
        )
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=settings.breaker_threshold,
            default_ttl=settings.breaker_seconds,
            exclude=[asyncio.CancelledError],
        )

    async def ask(self, conversation_id: str, text: str, metadata: dict[str, Any]) -> list[Reply]:
        """Return the assistant's messages to one of the visitor's.

        Args:
            conversation_id: Rasa's name of the conversation.
            text: The words, or a button's payload.
            metadata: What the desk vouches for.

        Raises:
            AssistantUnavailable: If there was no usable answer in time.
        """
        breaker = await self._breakers.get_breaker(CIRCUIT)
        try:
            async with breaker:
                body = {"sender": conversation_id, "message": text, "metadata": metadata}
                response = await asyncio.wait_for(self._client.post(WEBHOOK, json=body), self._seconds)
                response.raise_for_status()
                return read_replies(response.json())
        except OpenedState as error:
            raise AssistantUnavailable("circuit open") from error
        except (httpx.HTTPError, asyncio.TimeoutError, ValueError) as error:
            logger.warning("no answer from the assistant: %s", type(error).__name__)
            raise AssistantUnavailable(type(error).__name__) from error

    async def answers(self) -> bool:
        """Return whether the assistant's server is there at all."""
        try:
            response = await asyncio.wait_for(self._client.get("/"), PROBE_SECONDS)
        except (httpx.HTTPError, asyncio.TimeoutError):
            return False
        return response.is_success

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def read_replies(body: object) -> list[Reply]:
    """Return what Rasa's REST channel answered, with cards beside the words that they belong to.

    Rasa sends the card of a message as an entry of its own after it.

    Raises:
        ValueError: If it is no list of messages.
    """
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise ValueError("not a list of messages")
    replies: list[Reply] = []
    for entry in body:
        reply = _reply(entry)
        card_only = reply.custom is not None and not (reply.text or reply.buttons or reply.image)
        if card_only and replies and replies[-1].custom is None:
            replies[-1].custom = reply.custom
        elif card_only or reply.text or reply.buttons or reply.image:
            replies.append(reply)
    return replies


def _reply(entry: dict[str, Any]) -> Reply:
    text, custom, image, buttons = (entry.get(name) for name in ("text", "custom", "image", "buttons"))
    return Reply(
        text=text.replace("\0", "") if isinstance(text, str) else "",
        buttons=[
            {"title": str(button["title"]), "payload": str(button.get("payload") or button["title"])}
            for button in (buttons if isinstance(buttons, list) else [])
            if isinstance(button, dict) and button.get("title")
        ],
        custom=custom if isinstance(custom, dict) else None,
        image=image if isinstance(image, str) and len(image) <= LONGEST_IMAGE else None,
    )
