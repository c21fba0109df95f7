"""Says the same to several running assistants, message by message in turns, and takes the time of each turn."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

FILE = Path(__file__).with_name("turns.yml")


@dataclass(frozen=True)
class Turn:
    """One message and what each assistant made of it.

    Attributes:
        ms: How long each took, by its name.
        alike: Whether all of them said the same.
    """

    ms: Mapping[str, float]
    alike: bool


def read_conversations(file: Path = FILE) -> list[list[str]]:
    """Return conversations, each a list of messages."""
    return [[str(message) for message in messages] for messages in yaml.safe_load(file.read_text(encoding="utf-8"))]


def hold(
    urls: Mapping[str, str], conversations: Sequence[Sequence[str]], metadata: Mapping[str, Any], rounds: int
) -> Iterator[Turn]:
    """Hold every conversation with every assistant, ``rounds`` times, each time as another conversation.

    Who is asked first changes from message to message, so that whatever else the machine does falls on all alike.

    Args:
        urls: The REST channels, by name.
        conversations: What is said.
        metadata: Who says it.
        rounds: How often.
    """
    order = list(urls)
    with httpx.Client(timeout=60, trust_env=False) as client:
        for _ in range(rounds):
            for messages in conversations:
                sender = secrets.token_hex(8)
                for message in messages:
                    order = [*order[1:], order[0]]
                    yield _turn(client, {name: urls[name] for name in order}, sender, message, metadata)


def _turn(
    client: httpx.Client, urls: Mapping[str, str], sender: str, message: str, metadata: Mapping[str, Any]
) -> Turn:
    body = {"sender": sender, "message": message, "metadata": dict(metadata)}
    ms: dict[str, float] = {}
    said: list[list[str]] = []
    for name, url in urls.items():
        began = time.perf_counter()
        response = client.post(url, json=body)
        ms[name] = 1000 * (time.perf_counter() - began)
        said.append([reply.get("text") or "" for reply in response.raise_for_status().json()])
    return Turn(ms, alike=all(words == said[0] for words in said))
