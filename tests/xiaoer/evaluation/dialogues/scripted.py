"""A small desk that keeps the contract and says what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy.engine import Engine

from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import verify_token
from xiaoer.database import reading, writing
from xiaoer.service import transitions
from xiaoer.service.conversations import add_message, open_conversation
from xiaoer.service.inbox import latest_conversation, visitor_messages
from xiaoer.service.model import Author, Reason, Status
from xiaoer.service.uploads import media_type_of


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str | None = "不行", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = b"oops" if message is None else json.dumps({"error": {"code": "x", "message": message}}).encode()


@dataclass
class Heard:
    """A message that arrived, and the hands to answer it with.

    Attributes:
        text: Its words.
        metadata: What came along.
        identity: Who sent it.
        sender: The client's name of the conversation.
        times: How many messages of this conversation have arrived, this one included.
    """

    desk: Desk
    conversation_id: str
    text: str
    metadata: dict[str, Any]
    identity: Identity
    sender: str
    times: int
    status: Status

    def say(self, text: str = "", *, buttons: tuple[str, ...] = (), custom: dict[str, Any] | None = None) -> None:
        """Answer at once."""
        shaped = [{"title": title, "payload": title} for title in buttons]
        self.desk.tell(self.conversation_id, text, buttons=shaped, custom=custom)

    def push(self, text: str, *, after: float, custom: dict[str, Any] | None = None) -> None:
        """Answer after so many seconds, when the request is over."""
        self.desk.later(after, lambda: self.desk.tell(self.conversation_id, text, custom=custom))

    def write(self, row: Any) -> None:
        """Write a row."""
        with writing(self.desk.engine) as session:
            session.add(row)

    def change(self, table: Any, key: Any, **columns: Any) -> None:
        """Change columns of a row."""
        with writing(self.desk.engine) as session:
            row = session.get(table, key)
            for name, value in columns.items():
                setattr(row, name, value)

    def hand_over(self, reason: str) -> None:
        """Put the conversation into the queue."""
        with writing(self.desk.engine) as session:
            transitions.hand_over(
                session,
                self.identity.tenant,
                self.conversation_id,
                reason=Reason(reason),
                rule="test",
                now=self.desk.now,
                vip=self.identity.vip_level > 0,
            )


Script = Callable[[Heard], None]


@dataclass
class Desk:
    """The desk, with what it was asked."""

    engine: Engine
    now: datetime
    script: Script = lambda heard: heard.say(f"您说:{heard.text}")
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    acted: list[tuple[str, str, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    mute: bool = False
    _timers: list[threading.Timer] = field(default_factory=list)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, work)
        self._timers.append(timer)
        timer.start()

    def finish(self) -> None:
        for timer in self._timers:
            timer.join()

    def tell(self, conversation_id: str, text: str, *, author: Author = Author.BOT, **parts: Any) -> None:
        with writing(self.engine) as session:
            add_message(session, conversation_id, author, now=self.now, text=text, **parts)

    def identity(self, header: str | None, merchant: str | None) -> Identity:
        if header is None:
            if merchant is None:
                raise Refusal(401, "请先登录")
            return Identity("anonymous", merchant, Role.ANONYMOUS)
        with reading(self.engine) as session:
            return verify_token(session, header.removeprefix("Bearer "), now=self.now)

    def webhook(self, header: str | None, body: dict[str, Any]) -> Any:
        metadata = body["metadata"]
        identity = self.identity(header, metadata.get("merchant"))
        with writing(self.engine) as session:
            conversation = open_conversation(session, identity, body["sender"], now=self.now)
            message = add_message(session, conversation.id, Author.CUSTOMER, now=self.now, text=body["message"])
        times = sum(each.sender == body["sender"] for each in self.heard) + 1
        heard = Heard(
            self, conversation.id, body["message"], metadata, identity, body["sender"], times, conversation.status
        )
        self.heard.append(heard)
        self.script(heard)
        with reading(self.engine) as session:
            replies = visitor_messages(session, identity, body["sender"], after=message.id)
        if self.mute:
            return []
        shaped = [self.shape(reply) for reply in replies]
        return [{"recipient_id": body["sender"], **{key: each[key] for key in each if each[key]}} for each in shaped]

    def view(self, header: str | None, sender: str, query: dict[str, list[str]]) -> Any:
        identity = self.identity(header, None)
        after = query.get("after")
        with reading(self.engine) as session:
            found = latest_conversation(session, identity, sender)
            messages = visitor_messages(session, identity, sender, after=int(after[0]) if after else None)
        return {
            "conversation": found
            and {
                "id": found.id,
                "status": found.status.value,
                "priority": found.priority.value,
                "queue_position": found.queue_position,
                "handoff": found.handoff and {"reason": found.handoff.reason.value},
            },
            "messages": [{"id": each.id, "author": each.author.value, **self.shape(each)} for each in messages],
        }

    @staticmethod
    def shape(message: Any) -> dict[str, Any]:
        return {"text": message.text, "buttons": message.buttons, "custom": message.custom, "image": message.image}

    def act(self, header: str | None, conversation_id: str, action: str, body: dict[str, Any]) -> Any:
        identity = self.identity(header, None)
        if not identity.role.serves:
            raise Refusal(403, "只有客服人员可以使用此功能。")
        self.acted.append((identity.subject, action, body.get("text", "")))
        with writing(self.engine) as session:
            parts: dict[str, Any] = {"now": self.now}
            if action == "reply":
                transitions.record_reply(session, identity.tenant, conversation_id, **parts)
            elif action == "accept":
                transitions.accept(session, identity.tenant, conversation_id, identity.subject, **parts)
            else:
                getattr(transitions, action)(session, identity.tenant, conversation_id, **parts)
        says = {"accept": "客服小林为您服务", "reply": body.get("text", ""), "resolve": "本次服务已结束"}
        self.tell(
            conversation_id,
            says.get(action, "接下来由智能客服继续为您服务"),
            author=Author.AGENT if action == "reply" else Author.SYSTEM,
        )
        return {}

    def upload(self, header: str | None, content: bytes) -> Any:
        self.identity(header, None)
        file = content.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        self.uploads.append(media_type_of(file))
        return {"upload_id": f"upload-{len(self.uploads)}"}


@contextmanager
def running(desk: Desk) -> Iterator[Desk]:
    """Serve a desk on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sender = unquote(parts.path.rpartition("/")[2])
            self._answer(lambda: desk.view(self.headers.get("Authorization"), sender, parse_qs(parts.query)))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            header, path = self.headers.get("Authorization"), urlsplit(self.path).path
            if path == "/webhooks/rest/webhook":
                self._answer(lambda: desk.webhook(header, json.loads(content)))
            elif path == "/uploads":
                self._answer(lambda: desk.upload(header, content))
            else:
                conversation_id, action = path.split("/")[-2:]
                self._answer(lambda: desk.act(header, conversation_id, action, json.loads(content or b"{}")))

        def _answer(self, work: Callable[[], Any]) -> None:
            try:
                if desk.refusals and self.command == "POST":
                    raise desk.refusals.pop(0)
                status, headers, body = 200, {}, json.dumps(work()).encode()
            except Refusal as refusal:
                status, headers, body = refusal.status, refusal.headers, refusal.body
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_parts: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield desk
    finally:
        desk.finish()
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["Desk", "Heard", "Refusal", "replace", "running"]
