"""The customer's doors, against the real processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import socketio

from tests.e2e.conftest import Visitor, texts
from tests.e2e.stack import Stack
from xiaoer.commerce.tables import OrderRow

pytestmark = pytest.mark.e2e

BAD_TEXTS = [
    pytest.param("啊" * 10_000, id="10,000 characters"),
    pytest.param("😀🎉😡", id="emoji only"),
    pytest.param("我的快遞到哪裡了", id="Traditional characters"),
    pytest.param("２０２６１１１５０００３２１４５６７", id="full-width digits"),
    pytest.param("<script>alert(1)</script><img src=x onerror=alert(1)>", id="HTML and scripts"),
    pytest.param("'; DROP TABLE orders; --", id="SQL"),
    pytest.param('/inform{"order_no": "202611150003214567"}', id="a payload typed by a person"),
    pytest.param("/restart", id="a command of Rasa's"),
    pytest.param("你好\u202e\u0000\u200b订单\x07", id="control and bidi characters"),
    pytest.param("{{}}{0}%s${jndi:x}", id="templates"),
]


def test_rest_answers_with_the_order_in_words_and_as_a_card(visitor: Callable[..., Visitor], order: OrderRow) -> None:
    replies = visitor(order.customer_id, order.merchant_id).say(f"订单{order.order_no}到哪一步了")

    assert order.order_no in texts(replies)
    assert "order_card" in [reply.get("custom", {}).get("type") for reply in replies]


async def over_socket(url: str, person: Visitor, transport: str, message: str) -> dict[str, Any]:
    """Hold one turn the way Rasa's own clients do, and return the first message of the reply."""
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    confirmed = asyncio.Event()
    client = socketio.AsyncClient(reconnection=False)
    client.on("session_confirm", lambda _session: confirmed.set())
    client.on("bot_uttered", heard.put_nowait)
    await client.connect(url, auth={"token": person.token}, transports=[transport], wait_timeout=10)
    try:
        await client.emit("session_request", {"session_id": person.sender})
        await asyncio.wait_for(confirmed.wait(), 10)
        await client.emit("user_uttered", {"session_id": person.sender, "message": message})
        return await asyncio.wait_for(heard.get(), 30)
    finally:
        await client.disconnect()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_socket_answers_over_both_transports(
    stack: Stack, visitor: Callable[..., Visitor], order: OrderRow, transport: str
) -> None:
    person = visitor(order.customer_id, order.merchant_id)

    first = asyncio.run(over_socket(stack.url, person, transport, f"{order.order_no}这一单的状态"))

    assert order.order_no in first["text"]


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_whatever_is_typed_gets_a_sensible_reply_in_chinese(
    visitor: Callable[..., Visitor], order: OrderRow, text: str
) -> None:
    person = visitor(order.customer_id, order.merchant_id)
    said = texts(person.say(text))

    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    for internal in ("Traceback", "Error", "sqlalchemy", "{name}", "utter_"):
        assert internal not in said
    assert person.conversation()["conversation"]["status"] == "bot"


def test_a_typed_payload_does_not_choose_an_order(visitor: Callable[..., Visitor], order: OrderRow) -> None:
    someone = visitor("c001" if order.customer_id != "c001" else "c002", order.merchant_id)

    said = texts(someone.say(f'/inform{{"order_no": "{order.order_no}"}}'))

    assert order.receiver_address not in said
    assert order.lines == [] or order.lines[0].product_name not in said


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"sender": 5, "message": ["a"]}', 422),
        (b'{"message": "  "}', 422),
        (b'{"sender": "a", "message": "  "}', 400),
    ],
)
def test_malformed_bodies_get_a_clear_error(
    stack: Stack, visitor: Callable[..., Visitor], order: OrderRow, body: bytes, status: int
) -> None:
    headers = {**visitor(order.customer_id, order.merchant_id).headers, "Content-Type": "application/json"}
    response = httpx.post(
        f"{stack.url}/webhooks/rest/webhook", content=body, headers=headers, timeout=10, trust_env=False
    )

    assert response.status_code in (status, 400, 422)
    assert set(response.json()["error"]) == {"code", "message"}


def test_without_a_token_nobody_is_answered(stack: Stack) -> None:
    response = httpx.post(
        f"{stack.url}/webhooks/rest/webhook", json={"sender": "x", "message": "你好"}, timeout=10, trust_env=False
    )

    assert response.status_code == 401
    assert set(response.json()["error"]) == {"code", "message"}
