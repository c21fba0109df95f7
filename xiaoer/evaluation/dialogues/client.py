"""A client of the desk: one visitor's conversation over the REST channel, and an agent's hands on it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from xiaoer.evaluation.dialogues.errors import DeskFailure
from xiaoer.evaluation.dialogues.samples import SAMPLES
from xiaoer.evaluation.dialogues.text import joined, strings_in
from xiaoer.evaluation.dialogues.watching import View

TIMEOUT = 60.0
"""Seconds that one request may take; a turn of the assistant is much quicker, or is given up by the desk."""

REFUSED = frozenset({400, 413, 422})
"""Statuses with which the desk refuses a message in words that a client shows to the visitor."""

TRIES = 6
LONGEST_PAUSE = 120.0
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Reply:
    """A message that the visitor received.

    Attributes:
        text: Its words.
        buttons: Titles of what can be tapped.
        custom: The card that it carries.
        image: Address of a picture, or empty.
    """

    text: str = ""
    buttons: tuple[str, ...] = ()
    custom: Mapping[str, Any] | None = None
    image: str = ""

    @property
    def words(self) -> str:
        """All that can be read of it: text, titles of buttons, texts of the card."""
        return joined([self.text, *self.buttons, *strings_in(self.custom)])

    @property
    def type(self) -> str:
        """Type of its card, or empty."""
        kind = (self.custom or {}).get("type")
        return kind if isinstance(kind, str) else ""

    @property
    def fingerprint(self) -> str:
        """The same text for the same content, whichever way it came."""
        return json.dumps([self.text, self.buttons, self.custom, self.image], sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Standing:
    """How the conversation stands.

    Attributes:
        id: Its number.
        status: Who has the floor.
        priority: How soon a person should look.
        reason: Why it was last handed over, or empty.
    """

    id: str
    status: str
    priority: str
    reason: str


class DeskClient:
    """Holds one conversation with a desk.

    Args:
        desk: Base address of the desk.
        sender: The client's name of the conversation.
        merchant: Tenant that the visitor writes to; only named where there is no token.
        token: The visitor's token; ``None`` for an anonymous visitor.
        view: How the conversation is looked at where there is no token that the desk would show it to.
        agent_token: Token of a person of the tenant, or ``None`` where the tenant has nobody.
        pause: Waits for so many seconds.
    """

    def __init__(
        self,
        desk: str,
        *,
        sender: str,
        merchant: str,
        token: str | None,
        view: View | None = None,
        agent_token: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._desk = desk.rstrip("/")
        self._sender = sender
        self._merchant = merchant
        self._token = token
        self._view = view or self._ask
        self._agent_token = agent_token
        self._pause = pause
        self._http = requests.Session()
        # A proxy that the environment names knows nothing of servers on this machine.
        self._http.trust_env = urlsplit(self._desk).hostname not in LOCAL
        self._latest: int | None = None
        self._answered: Counter[str] = Counter()
        self.standing: Standing | None = None

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def say(
        self, text: str, *, attachments: Sequence[str] = (), in_view: Mapping[str, str] | None = None
    ) -> list[Reply]:
        """Send a message and return what was answered at once.

        Args:
            text: The words.
            attachments: ``image``, ``video`` or ``file`` each; a tiny one is uploaded.
            in_view: ``product_id`` or ``order_no`` that the visitor looks at.

        Raises:
            DeskFailure: If the desk does not answer as its contract says.
        """
        metadata: dict[str, Any] = dict(in_view or {})
        if self._token is None:
            metadata["merchant"] = self._merchant
        if attachments:
            metadata["attachments"] = [self._attachment(kind) for kind in attachments]
        body = {"sender": self._sender, "message": text, "metadata": metadata}
        response = self._request("POST", "/webhooks/rest/webhook", self._token, json=body)
        if response.status_code in REFUSED:
            return [Reply(_error_message(response))]
        found = _json(response)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise DeskFailure("the desk's answer to a message is no list of messages")
        replies = [_reply(each) for each in found]
        self._answered.update(reply.fingerprint for reply in replies)
        return replies

    def poll(self) -> list[Reply]:
        """Look at the conversation, update ``standing``, and return what has come by push since the last look.

        Raises:
            DeskFailure: If the desk does not answer as its contract says.
        """
        found = self._view(self._latest)
        if not isinstance(found, dict) or not isinstance(found.get("messages"), list):
            raise DeskFailure("the desk's view of the conversation has no messages")
        self.standing = _standing(found.get("conversation"))
        pushed = []
        for each in found["messages"]:
            if not isinstance(each, dict) or not isinstance(each.get("id"), int):
                raise DeskFailure("a message of the conversation has no id")
            self._latest = max(self._latest or 0, each["id"])
            if each.get("author") == "customer":
                continue
            reply = _reply(each)
            if self._answered[reply.fingerprint] > 0:
                self._answered[reply.fingerprint] -= 1
            else:
                pushed.append(reply)
        return pushed

    def act(self, action: str, text: str = "") -> None:
        """Do something as a person of the tenant.

        Args:
            action: ``accept``, ``reply``, ``resolve`` or ``return_to_bot``.
            text: The words of a reply.

        Raises:
            DeskFailure: If there is nobody to do it, nothing to do it with, or the desk refuses.
        """
        if self._agent_token is None:
            raise DeskFailure(f"the tenant has nobody who could {action}")
        if self.standing is None:
            self.poll()
        if self.standing is None:
            raise DeskFailure(f"there is no conversation yet to {action}")
        path = f"/api/v1/conversations/{quote(self.standing.id, safe='')}/{action}"
        body = {"text": text} if action == "reply" else {}
        _checked(self._request("POST", path, self._agent_token, json=body))

    def _ask(self, after: int | None) -> Any:
        query = {} if after is None else {"after": after}
        path = f"/api/v1/visitor/conversations/{quote(self._sender, safe='')}"
        return _json(self._request("GET", path, self._token, params=query))

    def _attachment(self, kind: str) -> dict[str, str]:
        name, media_type, make = SAMPLES[kind]
        if self._token is None:  # the desk keeps files only for visitors whom it can tell from others
            return {"type": kind, "url": f"https://example.com/{name}"}
        files = {"file": (name, make(), media_type)}
        found = _json(self._request("POST", "/uploads", self._token, files=files))
        number = found.get("upload_id") if isinstance(found, dict) else None
        if not isinstance(number, str):
            raise DeskFailure("the desk's answer to an upload has no upload_id")
        return {"type": kind, "upload_id": number}

    def _request(self, method: str, path: str, token: str | None, **parts: Any) -> requests.Response:
        """Send a request, again and later where the desk says that it comes too soon."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        for tried in range(1, TRIES + 1):
            try:
                response = self._http.request(method, self._desk + path, headers=headers, timeout=TIMEOUT, **parts)
            except requests.RequestException as error:
                raise DeskFailure(f"the desk at {self._desk} does not answer: {type(error).__name__}") from error
            if response.status_code != 429 or tried == TRIES:
                return response
            self._pause(_seconds(response.headers.get("Retry-After")))
        raise AssertionError("unreachable")


def _seconds(header: str | None) -> float:
    try:
        return min(max(float(header or 1), 0.1), LONGEST_PAUSE)
    except ValueError:
        return 1.0


def _checked(response: requests.Response) -> requests.Response:
    if response.status_code >= 400:
        raise DeskFailure(f"HTTP {response.status_code}: {_error_message(response)}")
    return response


def _json(response: requests.Response) -> Any:
    try:
        return _checked(response).json()
    except requests.JSONDecodeError as error:
        raise DeskFailure("the desk's answer is no JSON") from error


def _error_message(response: requests.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (requests.JSONDecodeError, KeyError, TypeError) as error:
        raise DeskFailure(f"HTTP {response.status_code} without a message for the visitor") from error


def _reply(message: Mapping[str, Any]) -> Reply:
    custom = message.get("custom")
    titles = (str(button.get("title", "")) for button in message.get("buttons") or () if isinstance(button, dict))
    return Reply(
        text=str(message.get("text") or ""),
        buttons=tuple(titles),
        custom=custom if isinstance(custom, dict) and custom else None,
        image=str(message.get("image") or ""),
    )


def _standing(conversation: Any) -> Standing | None:
    if not isinstance(conversation, dict):
        return None
    handoff = conversation.get("handoff")
    return Standing(
        id=str(conversation.get("id") or ""),
        status=str(conversation.get("status") or ""),
        priority=str(conversation.get("priority") or ""),
        reason=str(handoff.get("reason") or "") if isinstance(handoff, dict) else "",
    )
