from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.desk.conftest import FakeRasa, Shop, Talk, desk_on, error
from xiaoer.accounts.model import Role
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow
from xiaoer.settings import Settings

WEBHOOK = "/webhooks/rest/webhook"


def untouched(shop: Shop, rasa: FakeRasa) -> bool:
    return shop.count(ConversationRow, MessageRow, HandoffRow) == [0, 0, 0] and rasa.asked == []


def test_the_channel_is_there(client: TestClient) -> None:
    assert client.get("/webhooks/rest/").json() == {"status": "ok"}


def test_answers_in_rasas_protocol(talk: Talk, rasa: FakeRasa) -> None:
    card = {"type": "order_card", "order_no": "1"}
    buttons = [{"title": "查物流", "payload": "/track"}]
    rasa.answer = [
        {"recipient_id": "r", "text": "一", "buttons": buttons},
        {"recipient_id": "r", "custom": card},
        {"recipient_id": "r", "image": "https://x.cn/a.png"},
    ]
    assert talk.say("你好", sender="我的会话 1") == [
        {"recipient_id": "我的会话 1", "text": "一", "buttons": buttons, "custom": card},
        {"recipient_id": "我的会话 1", "image": "https://x.cn/a.png"},
    ]


def test_a_streaming_client_gets_a_line_for_each_message(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "一"}, {"text": "二"}]
    response = client.post(f"{WEBHOOK}?stream=true", json={"sender": "s", "message": "好"}, headers=shop.auth())
    assert response.text == '{"recipient_id": "s", "text": "一"}\n{"recipient_id": "s", "text": "二"}\n'


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "json_invalid"),
        (b"{", 400, "json_invalid"),
        (b"\xff\xfe", 400, "json_invalid"),
        (b"[" * 100_000, 400, "json_invalid"),
        (b"9" * 10_000, 400, "json_invalid"),
        (b"[]", 400, "body_invalid"),
        (b'"x"', 400, "body_invalid"),
        (b"null", 400, "body_invalid"),
        (b"{}", 400, "sender_invalid"),
        (b'{"message": "x"}', 400, "sender_invalid"),
        (b'{"sender": "s"}', 400, "message_empty"),
        (b'{"sender": "s", "message": "\\ud800"}', 400, "message_empty"),
        (b'{"sender": "s", "message": {"$gt": ""}}', 400, "message_invalid"),
        (b'{"sender": "s", "message": "x", "metadata": 1}', 400, "metadata_invalid"),
    ],
)
def test_bad_bodies(client: TestClient, shop: Shop, rasa: FakeRasa, content: bytes, status: int, code: str) -> None:
    assert error(client.post(WEBHOOK, content=content, headers=shop.auth())) == (status, code)
    assert untouched(shop, rasa)


def test_the_longest_message_and_one_more(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    assert error(talk.send("字" * 20_001)) == (413, "message_too_long")
    assert untouched(shop, rasa)
    talk.say("字" * 20_000)
    assert shop.rows(MessageRow)[0].text == "字" * 20_000
    assert rasa.last["message"] == "字" * 1000


def test_a_huge_body_is_refused_before_it_is_read(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    assert error(client.post(WEBHOOK, content=b"x" * 400_000, headers=shop.auth())) == (413, "body_too_large")

    def endless() -> Any:
        for _ in range(50):
            yield b" " * 10_000

    assert error(client.post(WEBHOOK, content=endless(), headers=shop.auth())) == (413, "body_too_large")
    assert untouched(shop, rasa)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("查\u200b订单\u202e", "查订单"),
        ("😀😀😀", "😀😀😀"),
        ("我要退貨，訂單號１２３", "我要退貨，訂單號１２３"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("'; DROP TABLE messages; --", "'; DROP TABLE messages; --"),
        ("a\0b", "ab"),
    ],
)
def test_odd_texts_are_answered(talk: Talk, shop: Shop, rasa: FakeRasa, text: str, stored: str) -> None:
    assert len(talk.say(text)) == 1
    assert rasa.last["message"] == stored
    assert shop.rows(MessageRow)[0].text == stored


# --- who is speaking ------------------------------------------------------------------------------------------------


def post(client: TestClient, headers: dict[str, str], query: str = "", **metadata: Any) -> Any:
    body = {"sender": "s1", "message": "你好", "metadata": metadata}
    return client.post(WEBHOOK + query, json=body, headers=headers)


def test_no_token(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    response = post(client, {})
    assert error(response) == (401, "token_required")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert untouched(shop, rasa)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer x", "Bearer a.b.c", "x"])
def test_no_good_token(client: TestClient, shop: Shop, rasa: FakeRasa, header: str) -> None:
    assert error(post(client, {"Authorization": header})) == (401, "token_invalid")
    assert untouched(shop, rasa)


def test_expired_forged_and_foreign_tokens(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    claims = {"sub": "c1", "tenant": "m1", "role": "consumer", "exp": shop.now + timedelta(hours=1)}
    other = jwt.decode(shop.token(tenant="m2"), options={"verify_signature": False})
    assert error(post(client, shop.auth(lifetime=timedelta(seconds=0)))) == (401, "token_expired")
    assert error(post(client, bearer(jwt.encode(claims, "k" * 32, algorithm="HS256")))) == (401, "token_invalid")
    assert error(post(client, bearer(jwt.encode(claims, None, algorithm="none")))) == (401, "token_invalid")
    assert error(post(client, bearer(jwt.encode({**other, "tenant": "nobody"}, "k" * 32)))) == (401, "token_invalid")
    head, _, signature = shop.token().split(".")
    payload = shop.token("c2").split(".")[1]
    assert error(post(client, bearer(f"{head}.{payload}.{signature}"))) == (401, "token_invalid")
    assert untouched(shop, rasa)


def test_an_unknown_customer_and_an_agent_are_no_visitors(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    assert error(post(client, shop.auth("c99"))) == (401, "customer_unknown")
    for role in (Role.AGENT, Role.MERCHANT_ADMIN):
        assert error(post(client, shop.auth("a1", role=role))) == (403, "not_a_visitor")
    assert error(post(client, shop.auth("p1", "platform", Role.PLATFORM_AGENT))) == (403, "not_a_visitor")
    assert untouched(shop, rasa)


@pytest.mark.parametrize("merchant", ["m1", "nobody", "", "m2\0", "x" * 500, 7, ["m2"], None])
def test_anonymous_where_it_is_not_allowed(client: TestClient, shop: Shop, rasa: FakeRasa, merchant: Any) -> None:
    assert error(post(client, {}, merchant=merchant)) == (401, "token_required")
    assert untouched(shop, rasa)


@pytest.mark.parametrize(("query", "metadata"), [("?merchant=m2", {}), ("", {"merchant": "m2"})])
def test_anonymous_where_it_is_allowed(
    client: TestClient, rasa: FakeRasa, query: str, metadata: dict[str, str]
) -> None:
    assert post(client, {}, query, **metadata).status_code == 200
    told = rasa.last["metadata"]
    assert (told["tenant"], told["subject"], told["role"]) == ("m2", "anonymous", "anonymous")


def test_a_token_counts_more_than_a_named_merchant(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    post(client, shop.auth(), "?merchant=m2", merchant="m2")
    assert rasa.last["metadata"]["tenant"] == "m1"


def test_a_conversation_belongs_to_its_subject(talk: Talk, shop: Shop) -> None:
    talk.say("我的", sender="same")
    talk.say("别人的", sender="same", headers=shop.auth("c2"))
    talk.say("另一家店", sender="same", headers=shop.auth("c1", "m2"))
    talk.say("店里的人", sender="same", headers=shop.auth("c1", "m1", Role.MERCHANT))
    owners = [(row.subject, row.tenant, row.role) for row in shop.rows(ConversationRow)]
    assert sorted(owners) == [
        ("c1", "m1", "consumer"),
        ("c1", "m1", "merchant"),
        ("c1", "m2", "consumer"),
        ("c2", "m1", "consumer"),
    ]
    assert [message["author"] for message in talk.state("same")["messages"]] == ["customer", "bot"]
    assert talk.state("same")["messages"][0]["text"] == "我的"


# --- limits and errors ----------------------------------------------------------------------------------------------


def test_the_rate_limit(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    app = desk_on(shop, rasa, settings.copy(update={"rate_limit": "2/minute"}))
    with TestClient(app) as client:
        talk = Talk(client, shop)
        talk.say(sender="a")
        talk.say(sender="b")
        before = shop.count(ConversationRow, MessageRow)
        response = talk.send(sender="c")
        assert error(response) == (429, "rate_limited")
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert shop.count(ConversationRow, MessageRow) == before
        talk.say(headers=shop.auth("c2"))
        for sender, status in (("x", 200), ("x", 200), ("x", 429), ("y", 200)):
            assert talk.send(sender=sender, headers={}, merchant="m2").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/webhooks/rest/webhook", 405, "method_not_allowed"),
        ("DELETE", "/chat", 405, "method_not_allowed"),
        ("GET", "/api/v1/conversations?status=sleeping", 401, "token_required"),
    ],
)
def test_errors_have_one_form(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    assert error(client.request(method, path)) == (status, code)


def test_what_nobody_expected_shows_nothing(app: FastAPI, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret 13800000001")

    app.state.desk.turns.take = broken
    with TestClient(app) as client:
        response = Talk(client, shop).send(headers={**shop.auth(), "Origin": "https://shop.cn"})
    assert error(response) == (500, "internal")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in response.text
    assert "unexpected error on POST /webhooks/rest/webhook" in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_other_origins_may_ask(client: TestClient, shop: Shop, method: str) -> None:
    asked = {"Origin": "https://shop.cn", "Access-Control-Request-Method": method,
             "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    allowed = client.options(WEBHOOK, headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert method in allowed.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in allowed.headers
