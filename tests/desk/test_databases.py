"""The whole way of a conversation on both kinds of database, and what only one of them would choke on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.desk.conftest import FakeRasa, Shop, Talk, desk_on, error, fill
from xiaoer.accounts.model import Role
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow, UploadRow
from xiaoer.settings import Settings


@pytest.fixture
def shop(engine: Engine, now: datetime) -> Shop:
    return fill(engine, now)


def test_from_the_first_word_to_the_last(client: TestClient, talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [
        {"text": "选", "buttons": [{"title": "甲", "payload": '/a{"x": "😀"}'}]},
        {"custom": {"type": "rating"}},
    ]
    assert talk.say("你好😀", message_id="k1", order_no="202611200000000001")[0]["custom"] == {"type": "rating"}
    assert rasa.last["metadata"]["high_value"] is True
    assert talk.say("你好😀", message_id="k1") == talk.say("你好😀", message_id="k1")
    talk.say("甲")
    assert rasa.last["message"] == '/a{"x": "😀"}'
    picture = ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")
    upload = client.post("/uploads", files={"file": picture}, headers=shop.auth()).json()
    rasa.status = 500
    assert talk.say(None, attachments=[upload])[0]["custom"]["position"] == 1
    conversation = shop.rows(ConversationRow)[0].id
    for step in ("accept", "reply", "note", "resolve"):
        assert talk.agent(conversation, step, text="好的").status_code == 200
    assert talk.agent(conversation, "accept").status_code == 409
    headers = shop.auth("p1", "platform", Role.PLATFORM_ADMIN)
    listed = client.get("/api/v1/conversations", headers=headers).json()["conversations"]
    assert [each["status"] for each in listed] == ["closed"]
    assert [message["author"] for message in talk.state()["messages"]] == [
        *("customer", "bot") * 3,
        *("system", "agent", "system"),
    ]
    assert shop.count(ConversationRow, HandoffRow, UploadRow, MessageRow) == [1, 1, 1, 10]


def test_what_no_database_may_choke_on(client: TestClient, talk: Talk, shop: Shop) -> None:
    talk.say("a\0b\ud800c")
    assert shop.rows(MessageRow)[0].text == "abc"
    assert error(talk.send(sender="s\0")) == (400, "sender_invalid")
    assert error(talk.send(message_id="\ud800")) == (400, "metadata_invalid")
    assert error(talk.send(order_no="1\0")) == (400, "metadata_invalid")
    assert error(talk.send(headers={}, merchant="m2\0")) == (401, "token_required")
    agent = shop.auth("a1", role=Role.AGENT)
    for path in ("/api/v1/visitor/conversations/a%00", "/uploads/%00", "/uploads/%ED%A0%80"):
        assert client.get(path, headers=shop.auth()).status_code in (400, 404)
    for path in ("/api/v1/conversations/%00", "/api/v1/conversations?tenant=%00", "/api/v1/visitor/merchants/%00"):
        assert client.get(path, headers=agent).status_code == 404
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/visitor/token", content=b'{"merchant": "\\ud800"}', headers=headers)
    assert error(answer) == (404, "tenant_not_found")


def test_two_desks_write_one_message_once(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    rasa.delay = 0.2
    with (
        TestClient(desk_on(shop, rasa, settings)) as first,
        TestClient(desk_on(shop, rasa, settings)) as second,
    ):
        Talk(first, shop).say("你好")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda client: Talk(client, shop).say("取消", message_id="k1"), (first, second)))
    customers = [row.text for row in shop.rows(MessageRow) if row.author == "customer"]
    assert customers == ["你好", "取消"]


def test_many_at_once(client: TestClient, talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.delay = 0.05
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: talk.send(sender=f"s{number}").status_code, range(24)))
    assert answers == [200] * 24
    assert shop.count(ConversationRow, MessageRow) == [24, 48]
