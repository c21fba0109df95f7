from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import FakeRasa, Shop, Talk, error
from xiaoer.accounts.model import Role
from xiaoer.accounts.tables import TenantRow
from xiaoer.database import writing
from xiaoer.service.tables import ConversationRow, MessageRow

TOKEN = "/api/v1/visitor/token"


def test_nothing_was_said_yet(talk: Talk) -> None:
    assert talk.state() == {"conversation": None, "messages": []}


def test_history_and_status(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "选", "buttons": [{"title": "甲", "payload": "/a"}]}, {"custom": {"type": "order_card"}}]
    talk.say("你好", message_id="k1", attachments=[{"type": "image", "url": "https://x.cn/a.png"}])
    at = shop.now.isoformat()
    assert talk.state() == {
        "conversation": {
            "id": shop.rows(ConversationRow)[0].id,
            "status": "bot",
            "priority": "normal",
            "queue_position": None,
            "handoff": None,
            "waiting_since": None,
            "created_at": at,
            "updated_at": at,
        },
        "messages": [
            {
                "id": 1,
                "author": "customer",
                "text": "你好",
                "buttons": [],
                "custom": None,
                "image": None,
                "attachments": [{"type": "image", "url": "https://x.cn/a.png"}],
                "message_id": "k1",
                "at": at,
            },
            {
                "id": 2,
                "author": "bot",
                "text": "选",
                "buttons": [{"title": "甲", "payload": "/a"}],
                "custom": {"type": "order_card"},
                "image": None,
                "attachments": [],
                "message_id": None,
                "at": at,
            },
        ],
    }
    assert [message["id"] for message in talk.state(after=1)["messages"]] == [2]
    assert talk.state(after=2)["messages"] == []


@pytest.mark.parametrize("sender", ["a/b", "会话 1", "a?b#c", "user@example.com", "..", "x" * 128])
def test_any_name_of_a_conversation_finds_it(talk: Talk, sender: str) -> None:
    talk.say(sender=sender)
    assert len(talk.state(quote(sender, safe="").replace("..", "%2E%2E"))["messages"]) == 2


def test_the_queue(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.status = 500
    talk.say(headers=shop.auth("c2"))
    talk.say()
    conversation = talk.state()["conversation"]
    assert (conversation["status"], conversation["queue_position"]) == ("queued", 2)
    assert conversation["handoff"] == {"reason": "assistant_down", "at": shop.now.isoformat()}
    assert "rule" not in conversation["handoff"]
    talk.say("不等了", headers=shop.auth("c2"))
    assert talk.state()["conversation"]["queue_position"] == 1


def test_history_goes_over_closed_conversations_and_shows_no_notes(talk: Talk, shop: Shop) -> None:
    talk.say("第一次")
    first = shop.rows(ConversationRow)[0].id
    talk.agent(first, "note", text="只给同事看")
    talk.agent(first, "resolve")
    assert talk.state()["conversation"]["status"] == "closed"
    shop.now += timedelta(minutes=5)
    talk.say("第二次")
    state = talk.state()
    assert state["conversation"]["status"] == "bot"
    assert state["conversation"]["id"] != first
    texts = [message["text"] for message in state["messages"]]
    assert texts[0] == "第一次"
    assert texts[-2] == "第二次"
    assert "只给同事看" not in texts


def test_a_long_history_begins_with_its_latest_messages(talk: Talk, shop: Shop) -> None:
    talk.say()
    with writing(shop.engine) as session:
        conversation = session.query(ConversationRow).one().id
        for number in range(300):
            session.add(MessageRow(conversation_id=conversation, author="customer", text=str(number), at=shop.now))
    latest = talk.state()["messages"]
    assert [latest[0]["text"], latest[-1]["text"], len(latest)] == ["100", "299", 200]
    assert [message["id"] for message in talk.state(after=2)["messages"]] == list(range(3, 203))


def test_only_with_the_own_token(talk: Talk, client: TestClient, shop: Shop) -> None:
    talk.say("我的秘密")
    path = "/api/v1/visitor/conversations/s1"
    assert error(client.get(path)) == (401, "token_required")
    assert error(client.get(path + "?merchant=m2")) == (401, "token_required")
    assert error(client.get(path, headers=shop.auth(lifetime=timedelta(0)))) == (401, "token_expired")
    assert error(client.get(path, headers=shop.auth("a1", role=Role.AGENT))) == (403, "not_a_visitor")
    for headers in (shop.auth("c2"), shop.auth("c1", "m2"), shop.auth("c1", role=Role.MERCHANT)):
        assert client.get(path, headers=headers).json() == {"conversation": None, "messages": []}


@pytest.mark.parametrize("after", ["-1", "x", str(2**31), "1.5"])
def test_a_bad_after(client: TestClient, shop: Shop, after: str) -> None:
    path = f"/api/v1/visitor/conversations/s1?after={after}"
    assert error(client.get(path, headers=shop.auth())) == (422, "request_invalid")


@pytest.mark.parametrize("sender", ["x" * 129, "a%00b", "%20"])
def test_a_bad_sender(client: TestClient, shop: Shop, sender: str) -> None:
    assert error(client.get(f"/api/v1/visitor/conversations/{sender}", headers=shop.auth())) == (400, "sender_invalid")


def test_anonymous_tokens_are_each_their_own(client: TestClient, shop: Shop) -> None:
    answers = [client.post(TOKEN, json={"merchant": "m2"}).json() for _ in range(2)]
    assert answers[0]["expires_in"] == 43_200
    talks = [{"Authorization": f"Bearer {answer['token']}"} for answer in answers]
    Talk(client, shop).say("我先来", headers=talks[0])
    row = shop.rows(ConversationRow)[0]
    assert row.subject.startswith("anon-")
    assert (row.tenant, row.role) == ("m2", "anonymous")
    path = "/api/v1/visitor/conversations/s1"
    assert len(client.get(path, headers=talks[0]).json()["messages"]) == 2
    assert client.get(path, headers=talks[1]).json()["messages"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"merchant": "m1"}, 403, "anonymous_not_allowed"),
        ({"merchant": "nobody"}, 404, "tenant_not_found"),
        ({"merchant": "m2\0"}, 404, "tenant_not_found"),
        ({"merchant": ""}, 422, "request_invalid"),
        ({"merchant": "x" * 65}, 422, "request_invalid"),
        ({"merchant": {}}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
        ([], 422, "request_invalid"),
    ],
)
def test_no_anonymous_token(client: TestClient, body: object, status: int, code: str) -> None:
    assert error(client.post(TOKEN, json=body)) == (status, code)


def test_a_broken_token_request(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert error(client.post(TOKEN, content=b"{", headers=headers)) == (400, "json_invalid")


def test_anonymous_tokens_end_with_the_permission(client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    token = client.post(TOKEN, json={"merchant": "m2"}).json()["token"]
    with writing(shop.engine) as session:
        session.get(TenantRow, "m2").anonymous_allowed = False
    assert error(Talk(client, shop).send(headers={"Authorization": f"Bearer {token}"})) == (401, "token_required")
    assert rasa.asked == []


def test_what_everybody_may_know_of_a_shop(client: TestClient) -> None:
    path = "/api/v1/visitor/merchants/"
    assert client.get(path + "m2").json() == {"id": "m2", "name": "极客数码", "anonymous_allowed": True}
    assert error(client.get(path + "nobody")) == (404, "tenant_not_found")
    assert error(client.get(path + "%00")) == (404, "tenant_not_found")
