from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from queue import Empty, Queue
from typing import Any

import httpx
import pytest
import socketio
from fastapi import FastAPI

from tests.desk.conftest import FakeRasa, Shop, desk_on
from tests.desk.server import served
from xiaoer.accounts.model import Role
from xiaoer.service.tables import ConversationRow, MessageRow
from xiaoer.settings import Settings

WAIT = 5


class Loop:
    """An event loop in a thread: the client for both transports is asynchronous, the tests are not."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(WAIT)
        self.loop.close()


class Visitor:
    """A client made for Rasa's Socket.IO channel."""

    def __init__(
        self, loop: Loop, address: str, auth: Any, transport: str = "websocket", *, welcome: bool = True
    ) -> None:
        self.loop = loop
        self.heard: Queue[tuple[str, Any]] = Queue()
        self.socket = socketio.AsyncClient(reconnection=False)
        for event in ("session_confirm", "bot_uttered", "error", "connect_error"):
            self.socket.on(event, lambda data=None, event=event: self.heard.put((event, data)))
        loop.run(self.socket.connect(address, auth=auth, transports=[transport], wait=welcome, wait_timeout=WAIT))

    def emit(self, event: str, data: Any = None) -> None:
        self.loop.run(self.socket.emit(event, data))

    def leave(self) -> None:
        self.loop.run(self.socket.disconnect())

    def say(self, message: Any = "你好", session_id: Any = "s1", **more: Any) -> None:
        body = {"message": message, "session_id": session_id, **more}
        self.emit("user_uttered", {name: value for name, value in body.items() if value is not ...})

    def next(self) -> tuple[str, Any]:
        return self.heard.get(timeout=WAIT)

    def hears(self, event: str) -> Any:
        heard, data = self.next()
        assert heard == event, data
        return data

    def hears_nothing(self) -> None:
        with pytest.raises(Empty):
            self.heard.get(timeout=0.3)


Enter = Callable[..., Visitor]


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture
def enter(loop: Loop, address: str, shop: Shop) -> Iterator[Enter]:
    visitors: list[Visitor] = []

    def enter(auth: Any = ..., transport: str = "websocket") -> Visitor:
        visitor = Visitor(loop, address, {"token": shop.token()} if auth is ... else auth, transport)
        visitors.append(visitor)
        return visitor

    yield enter
    for visitor in visitors:
        visitor.leave()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_speaks_rasas_protocol(enter: Enter, rasa: FakeRasa, transport: str) -> None:
    buttons = [{"title": "查物流", "payload": "/track"}]
    rasa.answer = [
        {"text": "一", "buttons": buttons},
        {"custom": {"type": "order_card"}},
        {"image": "https://x.cn/a.png"},
    ]
    visitor = enter(transport=transport)
    visitor.emit("session_request", {"session_id": "s1"})
    assert visitor.hears("session_confirm") == "s1"
    visitor.say(metadata={"product_id": "P1"})
    assert visitor.hears("bot_uttered") == {
        "text": "一",
        "quick_replies": [{"content_type": "text", "title": "查物流", "payload": "/track"}],
        "buttons": buttons,
        "custom": {"type": "order_card"},
    }
    assert visitor.hears("bot_uttered") == {"attachment": {"type": "image", "payload": {"src": "https://x.cn/a.png"}}}
    assert rasa.last["message"] == "你好"
    assert rasa.last["metadata"]["product_id"] == "P1"
    visitor.say("/track")
    visitor.hears("bot_uttered")
    assert rasa.last["message"] == "/track"


@pytest.mark.parametrize("data", [None, {}, {"session_id": None}])
def test_gives_a_session_to_who_has_none(enter: Enter, shop: Shop, data: Any) -> None:
    visitor = enter()
    visitor.emit("session_request", data)
    name = visitor.hears("session_confirm")
    assert len(name) >= 16
    visitor.say(session_id=...)
    visitor.hears("bot_uttered")
    assert shop.rows(ConversationRow)[0].sender == name


def test_without_any_session(enter: Enter, shop: Shop) -> None:
    visitor = enter()
    visitor.say(session_id=...)
    assert visitor.hears("bot_uttered")["text"] == "您好，请问有什么可以帮您？"
    assert shop.count(ConversationRow, MessageRow) == [1, 2]


@pytest.mark.parametrize("metadata", [{"customData": {"order_no": "7"}}, {"metadata": '{"order_no": "7"}'}])
def test_metadata_in_other_forms(enter: Enter, rasa: FakeRasa, metadata: dict[str, Any]) -> None:
    visitor = enter()
    visitor.say(**metadata)
    visitor.hears("bot_uttered")
    assert rasa.last["metadata"]["order_no"] == "7"


def test_a_message_sent_twice(enter: Enter, shop: Shop, rasa: FakeRasa) -> None:
    first, second = enter(), enter()
    for visitor in (first, second):
        visitor.emit("session_request", {"session_id": "s1"})
        visitor.hears("session_confirm")
    for _ in range(2):
        first.say(message_id="k1")
        assert first.hears("bot_uttered")["text"] == "您好，请问有什么可以帮您？"
    second.hears("bot_uttered")
    second.hears_nothing()
    assert (len(rasa.asked), shop.count(MessageRow)) == (1, [2])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": ""}, "message_empty"),
        ({"message": "\u200b\u202e"}, "message_empty"),
        ({"message": 7}, "message_invalid"),
        ({"message": {"text": "x"}}, "message_invalid"),
        ({"message": "字" * 20_001}, "message_too_long"),
        ({"session_id": "x" * 200}, "sender_invalid"),
        ({"session_id": 7}, "sender_invalid"),
        ({"metadata": []}, "metadata_invalid"),
        ({"metadata": "{"}, "metadata_invalid"),
        ({"metadata": "7"}, "metadata_invalid"),
        ({"metadata": {"order_no": 7}}, "metadata_invalid"),
        ({"message_id": 7}, "metadata_invalid"),
        ({"metadata": {"attachments": [{"type": "image", "url": "javascript:x"}]}}, "attachment_invalid"),
        ({"metadata": {"attachments": [{"type": "image", "upload_id": "nothing"}]}}, "attachment_invalid"),
    ],
)
def test_bad_messages(enter: Enter, shop: Shop, rasa: FakeRasa, body: dict[str, Any], code: str) -> None:
    visitor = enter()
    visitor.say(**{"message": "你好", "session_id": "s1", **body})
    told = visitor.hears("error")
    assert told["error"]["code"] == code
    assert told["error"]["message"].endswith("。")
    assert shop.count(ConversationRow, MessageRow) == [0, 0]
    assert rasa.asked == []
    visitor.say()
    visitor.hears("bot_uttered")


@pytest.mark.parametrize("data", [None, "text", 7, ["x"]])
def test_events_that_hold_no_object(enter: Enter, data: Any) -> None:
    visitor = enter()
    visitor.emit("user_uttered", data)
    assert visitor.hears("error")["error"]["code"] == "body_invalid"
    visitor.emit("session_request", {"session_id": {"x": 1}})
    assert visitor.hears("error")["error"]["code"] == "sender_invalid"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_who_is_not_let_in(loop: Loop, address: str, shop: Shop, transport: str) -> None:
    cases = [
        (None, "token_required"),
        ({}, "token_required"),
        ({"merchant": "m1"}, "token_required"),
        ({"merchant": ["m2"]}, "token_required"),
        ({"token": "x"}, "token_invalid"),
        ({"token": ""}, "token_invalid"),
        ({"token": 7}, "token_invalid"),
        ("text", "token_invalid"),
        ({"token": shop.token(lifetime=timedelta(0))}, "token_expired"),
        ({"token": shop.token("c99")}, "customer_unknown"),
        ({"token": shop.token("a1", role=Role.AGENT)}, "not_a_visitor"),
    ]
    for auth, code in cases:
        visitor = Visitor(loop, address, auth, transport, welcome=False)
        told = visitor.hears("connect_error")
        visitor.leave()
        assert told["message"] == code
        assert told["data"]["error"]["code"] == code


def test_anonymous_visitors(enter: Enter, rasa: FakeRasa) -> None:
    visitor = enter({"merchant": "m2"})
    visitor.say()
    visitor.hears("bot_uttered")
    assert (rasa.last["metadata"]["tenant"], rasa.last["metadata"]["role"]) == ("m2", "anonymous")


def test_a_client_can_not_connect_itself_again(enter: Enter, shop: Shop, rasa: FakeRasa) -> None:
    visitor = enter()
    forged = {"asgi.scope": {"client": ["10.0.0.1"]}, "HTTP_AUTHORIZATION": f"Bearer {shop.token('c2')}"}
    for data in (None, forged, (forged, {"token": shop.token("c2")}), "text"):
        visitor.emit("connect", data)
        visitor.emit("disconnect", data)
    visitor.say()
    visitor.hears("bot_uttered")
    assert rasa.last["metadata"]["subject"] == "c1"


def test_a_token_that_expires_while_connected(enter: Enter, shop: Shop) -> None:
    visitor = enter({"token": shop.token(lifetime=timedelta(minutes=5))})
    visitor.say()
    visitor.hears("bot_uttered")
    shop.now += timedelta(minutes=6)
    visitor.say()
    assert visitor.hears("error")["error"]["code"] == "token_expired"
    assert shop.count(MessageRow) == [2]


def test_the_rate_limit(loop: Loop, shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    with served(desk_on(shop, rasa, settings.copy(update={"rate_limit": "1/minute"}))) as address:
        visitor = Visitor(loop, address, {"token": shop.token()})
        visitor.say()
        visitor.hears("bot_uttered")
        visitor.say()
        told = visitor.hears("error")["error"]
        visitor.leave()
    assert told["code"] == "rate_limited"
    assert 1 <= told["retry_after"] <= 60
    assert shop.count(MessageRow) == [2]


def test_what_nobody_expected_shows_nothing(app: FastAPI, enter: Enter) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    app.state.desk.turns.take = broken
    visitor = enter()
    visitor.say()
    assert visitor.hears("error") == {"error": {"code": "internal", "message": "服务出了点问题，请稍后再试。"}}


def test_people_reach_the_conversations_sockets_and_no_others(
    address: str, enter: Enter, shop: Shop, rasa: FakeRasa
) -> None:
    rasa.status = 500
    mine, other = enter(), enter({"token": shop.token("c2")})
    elsewhere = enter({"token": shop.token("c1", "m2")})
    for visitor in (mine, other, elsewhere):
        visitor.emit("session_request", {"session_id": "s1"})
        visitor.hears("session_confirm")
    mine.say("转人工")
    assert mine.hears("bot_uttered")["custom"]["status"] == "queued"
    conversation = shop.rows(ConversationRow)[0].id
    headers = shop.auth("a1", role=Role.AGENT)

    def act(step: str, **body: str) -> None:
        path = f"{address}/api/v1/conversations/{conversation}/{step}"
        assert httpx.post(path, json=body, headers=headers, trust_env=False).status_code == 200

    act("accept")
    assert mine.hears("bot_uttered") == {
        "text": "客服小王为您服务，请稍等，正在查看您之前的消息。",
        "custom": {"type": "handoff", "status": "human", "reason": "assistant_down"},
    }
    act("note", text="只给同事看")
    act("reply", text="您好")
    assert mine.hears("bot_uttered") == {"text": "您好"}
    mine.say("好的")
    act("resolve")
    assert mine.hears("bot_uttered")["custom"] == {"type": "handoff", "status": "closed"}
    for visitor in (mine, other, elsewhere):
        visitor.hears_nothing()
    rasa.status = 200
    mine.say("还有个问题")
    assert mine.hears("bot_uttered")["text"] == "您好，请问有什么可以帮您？"


def test_answers_to_rest_reach_who_reads_along_only_through_history(address: str, enter: Enter, shop: Shop) -> None:
    visitor = enter()
    visitor.emit("session_request", {"session_id": "s1"})
    visitor.hears("session_confirm")
    body = {"sender": "s1", "message": "你好"}
    httpx.post(f"{address}/webhooks/rest/webhook", json=body, headers=shop.auth(), trust_env=False)
    visitor.hears_nothing()


def test_a_desk_that_restarts(loop: Loop, shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    with served(desk_on(shop, rasa, settings)) as address:
        visitor = Visitor(loop, address, {"token": shop.token()})
        visitor.say("一")
        visitor.hears("bot_uttered")
        visitor.leave()
    with served(desk_on(shop, rasa, settings)) as address:
        visitor = Visitor(loop, address, {"token": shop.token()})
        visitor.say("二")
        visitor.hears("bot_uttered")
        visitor.leave()
    assert shop.count(ConversationRow, MessageRow) == [1, 4]


def test_who_leaves_during_the_turn_finds_the_answer_later(enter: Enter, shop: Shop, rasa: FakeRasa) -> None:
    rasa.delay = 0.3
    visitor = enter()
    visitor.say()
    time.sleep(0.1)
    visitor.leave()
    deadline = time.monotonic() + WAIT
    while shop.count(MessageRow) != [2] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [row.author for row in shop.rows(MessageRow)] == ["customer", "bot"]
