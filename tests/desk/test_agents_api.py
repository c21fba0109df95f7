from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import FakeRasa, Shop, Talk, error
from xiaoer.accounts.model import Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.database import writing
from xiaoer.service.tables import ConversationRow, MessageRow

BASE = "/api/v1/conversations"
STEPS = ("accept", "reply", "note", "resolve", "return_to_bot", "messages")


@pytest.fixture
def queued(talk: Talk, shop: Shop, rasa: FakeRasa) -> str:
    """Id of a conversation of the first shop that waits for a person."""
    rasa.status = 500
    talk.say("我要投诉", order_no="202611200000000001")
    return str(shop.rows(ConversationRow)[0].id)


def snapshot(shop: Shop) -> list[Any]:
    return [
        [(row.id, row.status, row.assignee, row.first_reply_at) for row in shop.rows(ConversationRow)],
        shop.count(MessageRow),
    ]


def get(client: TestClient, path: str, headers: dict[str, str]) -> Any:
    response = client.get(BASE + path, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_conversation_in_full(client: TestClient, shop: Shop, queued: str) -> None:
    shown = get(client, f"/{queued}", shop.auth("a1", role=Role.AGENT))
    at = shop.now.isoformat()
    handoff = shown.pop("handoff")
    assert shown == {
        "id": queued,
        "tenant": "m1",
        "customer": "c1",
        "role": "consumer",
        "sender": "s1",
        "channel": "web",
        "status": "queued",
        "priority": "normal",
        "assignee": None,
        "waiting_since": at,
        "first_reply_at": None,
        "queue_position": 1,
        "created_at": at,
        "updated_at": at,
    }
    assert handoff == {
        "reason": "assistant_down",
        "rule": "assistant_down",
        "sentiment": "",
        "failures": 0,
        "slots": {},
        "orders": ["202611200000000001"],
        "at": at,
        "transcript": [{"author": "customer", "text": "我要投诉", "at": at}],
    }


def test_a_person_takes_over_answers_and_closes(talk: Talk, client: TestClient, shop: Shop, queued: str) -> None:
    accepted = talk.agent(queued, "accept").json()
    assert (accepted["status"], accepted["assignee"], accepted["queue_position"]) == ("human", "a1", None)
    shop.now += timedelta(minutes=1)
    replied = talk.agent(queued, "reply", text=" 您好\u200b，我来处理 ").json()
    assert (replied["author"], replied["text"]) == ("agent", "您好，我来处理")
    assert talk.agent(queued, "messages", text="马上给您结果").json()["author"] == "agent"
    assert talk.agent(queued, "messages", text="内部", private=True).json()["author"] == "note"
    assert talk.say("好的") == []
    resolved = talk.agent(queued, "resolve").json()
    assert (resolved["status"], resolved["first_reply_at"]) == ("closed", shop.now.isoformat())
    heard = [(message["author"], message["text"], message["custom"]) for message in talk.state()["messages"]][2:]
    assert heard == [
        (
            "system",
            "客服小王为您服务，请稍等，正在查看您之前的消息。",
            {"type": "handoff", "status": "human", "reason": "assistant_down"},
        ),
        ("agent", "您好，我来处理", None),
        ("agent", "马上给您结果", None),
        ("customer", "好的", None),
        (
            "system",
            "本次服务已结束，感谢您的咨询。如需帮助，随时可以再次发送消息。",
            {"type": "handoff", "status": "closed"},
        ),
    ]  # fmt: skip
    messages = get(client, f"/{queued}/messages", shop.auth("a1", role=Role.AGENT))["messages"]
    assert [message["text"] for message in messages if message["author"] == "note"] == ["内部"]
    assert [message["id"] for message in get(
        client, f"/{queued}/messages?after=2&limit=2", shop.auth("a1", role=Role.AGENT)
    )["messages"]] == [3, 4]  # fmt: skip


def test_a_person_gives_back(talk: Talk, shop: Shop, rasa: FakeRasa, queued: str) -> None:
    talk.agent(queued, "accept")
    assert talk.agent(queued, "return_to_bot").json()["status"] == "bot"
    assert talk.state()["messages"][-1]["text"] == "人工客服已完成本次接待，接下来由智能客服继续为您服务。"
    assert talk.state()["messages"][-1]["custom"] == {"type": "handoff", "status": "bot"}
    rasa.status = 200
    assert talk.say("你好")[0]["text"] == "您好，请问有什么可以帮您？"


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ([], "reply"),
        (["accept"], "accept"),
        (["resolve"], "accept"),
        (["resolve"], "resolve"),
        (["resolve"], "reply"),
        (["resolve"], "return_to_bot"),
        (["return_to_bot"], "accept"),
        (["return_to_bot"], "return_to_bot"),
        (["accept", "return_to_bot"], "reply"),
    ],
)
def test_steps_that_the_status_does_not_allow(
    talk: Talk, shop: Shop, queued: str, before: list[str], step: str
) -> None:
    for each in before:
        assert talk.agent(queued, each).status_code == 200
    then = snapshot(shop)
    assert error(talk.agent(queued, step, text="您好")) == (409, "transition_invalid")
    assert snapshot(shop) == then


def test_a_reply_sent_twice_is_one_reply(talk: Talk, shop: Shop, queued: str) -> None:
    talk.agent(queued, "accept")
    first = talk.agent(queued, "reply", text="您好", message_id="k1").json()
    before = snapshot(shop)
    assert talk.agent(queued, "reply", text="您好", message_id="k1").json() == first
    assert snapshot(shop) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " \u200b"}, 400, "message_empty"),
        ({"text": "字" * 20_001}, 413, "message_too_long"),
        ({"text": None}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
        ({"text": "x", "message_id": "\n"}, 422, "request_invalid"),
    ],
)
def test_words_that_are_none(talk: Talk, shop: Shop, queued: str, body: dict[str, Any], status: int, code: str) -> None:
    talk.agent(queued, "accept")
    before = snapshot(shop)
    for step in ("reply", "note", "messages"):
        assert error(talk.agent(queued, step, **body)) == (status, code)
    assert snapshot(shop) == before


def test_people_of_another_shop_find_nothing(talk: Talk, client: TestClient, shop: Shop, queued: str) -> None:
    before = snapshot(shop)
    other = shop.auth("a2", "m2", Role.MERCHANT_ADMIN)
    for step in STEPS:
        assert error(talk.agent(queued, step, "a2", "m2", text="您好")) == (404, "conversation_not_found")
    assert error(client.get(f"{BASE}/{queued}", headers=other)) == (404, "conversation_not_found")
    assert error(client.get(f"{BASE}/{queued}/messages", headers=other)) == (404, "conversation_not_found")
    assert error(client.get(f"{BASE}?tenant=m1", headers=other)) == (404, "tenant_not_found")
    assert get(client, "", other) == {"conversations": []}
    assert snapshot(shop) == before


@pytest.mark.parametrize("conversation", ["nobody", "a%00b", "x" * 200, "..%2f", "一"])
def test_conversations_that_are_none(client: TestClient, shop: Shop, conversation: str) -> None:
    response = client.get(f"{BASE}/{conversation}", headers=shop.auth("a1", role=Role.AGENT))
    assert response.status_code == 404
    assert error(response)[1] in {"conversation_not_found", "not_found"}


def test_who_is_no_agent(talk: Talk, client: TestClient, shop: Shop, queued: str) -> None:
    before = snapshot(shop)
    cases = [
        ({}, 401, "token_required"),
        ({"Authorization": "Bearer x"}, 401, "token_invalid"),
        (shop.auth("a1", role=Role.AGENT, lifetime=timedelta(0)), 401, "token_expired"),
        (shop.auth(), 403, "not_an_agent"),
        (shop.auth("a1", role=Role.MERCHANT), 403, "not_an_agent"),
        (shop.auth("a99", role=Role.AGENT), 403, "agent_unknown"),
        (shop.auth("a2", "m1", Role.AGENT), 403, "agent_unknown"),
        (shop.auth("c1", role=Role.AGENT), 403, "agent_unknown"),
    ]
    for headers, status, code in cases:
        assert error(client.get(BASE, headers=headers)) == (status, code)
        assert error(client.post(f"{BASE}/{queued}/accept", headers=headers)) == (status, code)
    assert snapshot(shop) == before


def test_a_shop_can_not_make_itself_the_platform(client: TestClient, shop: Shop, talk: Talk, queued: str) -> None:
    talk.say(headers=shop.auth("c2", "m2"))
    forged = shop.auth("a1", "m1", Role.PLATFORM_ADMIN)
    assert error(client.get(f"{BASE}?tenant=m2", headers=forged)) == (401, "token_invalid")
    headers = shop.auth("a1", "m1", Role.MERCHANT_ADMIN)
    assert {each["tenant"] for each in get(client, "", headers)["conversations"]} == {"m1"}
    with writing(shop.engine) as session:
        session.get(AgentRow, "a1").role = "platform_admin"
    assert error(client.get(f"{BASE}?tenant=m2", headers=headers)) == (404, "tenant_not_found")


def test_the_platform_sees_every_shop(talk: Talk, client: TestClient, shop: Shop, queued: str) -> None:
    talk.say("转人工", headers=shop.auth("c2", "m2"))
    headers = shop.auth("p1", "platform", Role.PLATFORM_AGENT)
    shown = get(client, "", headers)["conversations"]
    assert [(each["tenant"], each["priority"]) for each in shown] == [("m2", "high"), ("m1", "normal")]
    assert [each["id"] for each in get(client, "?tenant=m1", headers)["conversations"]] == [queued]
    assert error(client.get(f"{BASE}?tenant=nobody", headers=headers)) == (404, "tenant_not_found")
    assert error(client.get(f"{BASE}?tenant=%00", headers=headers)) == (404, "tenant_not_found")
    assert talk.agent(queued, "accept", "p1", "platform").json()["assignee"] == "p1"


def test_the_queue_comes_first_in_its_order(talk: Talk, client: TestClient, shop: Shop, rasa: FakeRasa) -> None:
    talk.say(sender="with the bot")
    rasa.status = 500
    for sender, subject in (("first", "c1"), ("second", "c1"), ("vip", "c2")):
        shop.now += timedelta(minutes=1)
        talk.say(sender=sender, headers=shop.auth(subject))
    rasa.status = 200
    shop.now += timedelta(minutes=1)
    talk.say(sender="latest", headers=shop.auth())
    headers = shop.auth("a1", role=Role.AGENT)
    shown = get(client, "", headers)["conversations"]
    assert [each["sender"] for each in shown][:3] == ["vip", "first", "second"]
    assert [each["queue_position"] for each in shown][:3] == [1, 2, 3]
    assert [each["sender"] for each in get(client, "?status=queued&limit=2", headers)["conversations"]] == [
        "vip",
        "first",
    ]
    assert len(get(client, "?status=&tenant=", headers)["conversations"]) == 5
    assert error(client.get(f"{BASE}?status=sleeping", headers=headers)) == (422, "request_invalid")
    assert error(client.get(f"{BASE}?limit=0", headers=headers)) == (422, "request_invalid")
