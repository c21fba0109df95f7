"""An agent's reply becomes a draft with one call, asked as the customer asked it, without personal data."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import Shop
from tests.desk.knowledge import Staff, add_people, put_entry, snapshot
from tests.factories import add_conversation
from xiaoer.accounts.model import Identity, Role
from xiaoer.knowledge.tables import EntryRow, VersionRow
from xiaoer.service.model import Author
from xiaoer.service.tables import MessageRow

CUSTOMER, AGENT, BOT, SYSTEM, NOTE = Author.CUSTOMER, Author.AGENT, Author.BOT, Author.SYSTEM, Author.NOTE
ASKED = [(CUSTOMER, "几天"), (AGENT, "明天")]


@pytest.fixture
def staff(client: TestClient, shop: Shop) -> Staff:
    add_people(shop)
    return Staff(client, shop)


def talked(shop: Shop, *messages: tuple[Author, str], tenant: str = "m1", sender: str = "s1") -> str:
    """Write a conversation down and return the path of its last message."""
    identity = Identity(subject="c1", tenant=tenant, role=Role.CONSUMER)
    found = add_conversation(shop.engine, sender, identity=identity, now=shop.now, messages=messages)
    return f"/api/v1/conversations/{found.id}/messages/{shop.rows(MessageRow)[-1].id}/propose"


def test_a_reply_becomes_a_draft_with_one_call(staff: Staff, shop: Shop) -> None:
    path = talked(
        shop,
        (CUSTOMER, "转人工"),
        (BOT, "正在为您转接"),
        (SYSTEM, "客服小王为您服务"),
        (AGENT, "您好"),
        (CUSTOMER, "在吗"),
        (CUSTOMER, "请问大衣能机洗吗？"),
        (NOTE, "老顾客"),
        (CUSTOMER, "我的电话 13812345678"),
        (AGENT, "不能机洗，有事打 13987654321 找我。"),
    )
    entry = staff.good("POST", path)
    assert entry == {
        "id": entry["id"],
        "scope": "m1",
        "layer": "campaign",
        "question": "大衣能机洗吗？ 我的电话 [手机号]",
        "similar_questions": [],
        "answer": "不能机洗，有事打 [手机号] 找我。",
        "product_id": None,
        "product_label": "",
        "valid_from": None,
        "valid_to": None,
        "version": 1,
        "status": "draft",
        "feedback": {"helpful": 0, "unhelpful": 0},
    }
    assert [(row.by, row.at, row.action) for row in shop.rows(VersionRow)] == [("a1", shop.now, "created")]


@pytest.mark.parametrize(
    ("messages", "question"),
    [
        ([(CUSTOMER, "几天发货"), (BOT, "正在转接"), (AGENT, "明天")], "几天发货"),
        ([(CUSTOMER, "几天发货"), (AGENT, "您好"), (AGENT, "明天")], "几天发货"),
        ([(CUSTOMER, "包邮吗"), (AGENT, "包"), (CUSTOMER, "几天发货"), (AGENT, "明天")], "几天发货"),
        ([(CUSTOMER, "几天发货"), (SYSTEM, "请稍等"), (CUSTOMER, "急"), (AGENT, "明天")], "几天发货 急"),
        ([(CUSTOMER, "几天发货"), (CUSTOMER, "在吗"), (CUSTOMER, "谢谢"), (AGENT, "明天")], "几天发货"),
        ([(CUSTOMER, "几天发货"), (CUSTOMER, ""), (AGENT, "明天")], "几天发货"),
        ([(CUSTOMER, "在吗"), (AGENT, "在的")], "在吗"),
    ],
)
def test_the_question_is_what_was_written_since_the_reply_before(
    staff: Staff, shop: Shop, messages: list[tuple[Author, str]], question: str
) -> None:
    assert staff.good("POST", talked(shop, *messages))["question"] == question


def test_the_agent_may_say_it_better(staff: Staff, shop: Shop) -> None:
    path = talked(shop, (CUSTOMER, "嗯"), (AGENT, "干洗"))
    words = {"question": "大衣能机洗吗", "answer": "请干洗。", "product_id": "P1"}
    entry = staff.good("POST", path, json=words)
    assert {name: entry[name] for name in words} == words
    assert entry["layer"] == "product"


def test_what_is_known_is_not_proposed_again(staff: Staff, shop: Shop) -> None:
    path = talked(shop, (CUSTOMER, "几天发货"), (AGENT, "明天"))
    number = staff.good("POST", path)["id"]
    before = snapshot(shop.engine)
    assert staff.bad("POST", path) == (409, {"code": "already_known", "entry_id": number})
    assert snapshot(shop.engine) == before
    other = put_entry(shop, "m2", "几天发货")
    theirs = talked(shop, (CUSTOMER, "几天发货？"), (AGENT, "后天"), tenant="m2")
    assert staff.bad("POST", theirs, who="a2") == (409, {"code": "already_known", "entry_id": other.id})


@pytest.mark.parametrize("author", [CUSTOMER, BOT, SYSTEM, NOTE])
def test_only_what_agents_replied_is_proposed(staff: Staff, shop: Shop, author: Author) -> None:
    path = talked(shop, (CUSTOMER, "几天发货"), (author, "明天"))
    before = snapshot(shop.engine)
    assert staff.bad("POST", path) == (409, {"code": "not_a_reply"})
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("a2", (404, "conversation_not_found")),
        ("p1", (403, "knowledge_read_only")),
        ("p2", (403, "knowledge_read_only")),
    ],
)
def test_only_the_shops_people_propose_for_the_shop(
    staff: Staff, shop: Shop, who: str, expected: tuple[int, str]
) -> None:
    path = talked(shop, (CUSTOMER, "几天发货"), (AGENT, "明天"))
    before = snapshot(shop.engine)
    status, error = staff.bad("POST", path, who=who)
    assert (status, error["code"]) == expected
    assert snapshot(shop.engine) == before


def test_the_platforms_people_propose_for_the_platform(staff: Staff, shop: Shop) -> None:
    path = talked(shop, (CUSTOMER, "怎么开店"), (AGENT, "在首页申请。"), tenant="platform")
    assert staff.good("POST", path, who="p1")["scope"] == "platform"


def test_messages_that_are_not_of_the_conversation(staff: Staff, shop: Shop) -> None:
    other = talked(shop, (CUSTOMER, "几天发货"), (AGENT, "明天"), sender="s2")
    theirs = talked(shop, (CUSTOMER, "几天发货"), (AGENT, "后天"), tenant="m2")
    mine = talked(shop, (CUSTOMER, "包邮吗"), (AGENT, "包"))
    before = snapshot(shop.engine)
    conversation, _, _ = mine.rpartition("/messages/")
    numbers = [path.rpartition("/propose")[0].rpartition("/")[2] for path in (other, theirs)]
    for number in [*numbers, str(2**31 - 1)]:
        path = f"{conversation}/messages/{number}/propose"
        assert staff.bad("POST", path) == (404, {"code": "message_not_found"})
    for number in ("0", "-1", str(2**31), "9" * 5000, "x", "%00", "1.0"):
        path = f"{conversation}/messages/{number}/propose"
        assert staff.bad("POST", path) == (422, {"code": "invalid_request", "field": "message_id"})
    for name in ("nobodys", "x" * 500, "%00", "' OR 1=1"):
        path = f"/api/v1/conversations/{name}/messages/1/propose"
        assert staff.bad("POST", path) == (404, {"code": "conversation_not_found"})
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    ("messages", "words", "expected"),
    [
        ([(AGENT, "您好")], None, {"code": "question_missing", "field": "question"}),
        ([(CUSTOMER, "？？"), (AGENT, "您好")], None, {"code": "entry_invalid", "field": "question"}),
        (ASKED, {"answer": ""}, {"code": "entry_invalid", "field": "answer"}),
        (ASKED, {"answer": "\0"}, {"code": "entry_invalid", "field": "answer"}),
        (ASKED, {"product_id": "P9"}, {"code": "entry_invalid", "field": "product_id"}),
        (
            ASKED,
            {"product_id": "\0"},
            {"code": "invalid_request", "field": "product_id"},
        ),
        (ASKED, {"question": 1}, {"code": "invalid_request", "field": "question"}),
        (ASKED, {"scope": "m2"}, {"code": "invalid_request", "field": "scope"}),
    ],
)
def test_proposals_that_make_no_sense(
    staff: Staff,
    shop: Shop,
    messages: list[tuple[Author, str]],
    words: dict[str, Any] | None,
    expected: dict[str, str],
) -> None:
    path = talked(shop, *messages)
    before = snapshot(shop.engine)
    assert staff.bad("POST", path, json=words) == (422, expected)
    assert snapshot(shop.engine) == before
    assert shop.rows(EntryRow) == []
