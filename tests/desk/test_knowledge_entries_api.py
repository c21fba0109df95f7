"""Staff read, write, publish, retire and roll back entries; nobody overwrites what somebody else has written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import Shop
from tests.desk.knowledge import Staff, add_people, put_entry, snapshot
from xiaoer.accounts.model import Role
from xiaoer.database import writing
from xiaoer.knowledge.feedback import record_feedback
from xiaoer.knowledge.model import EntryStatus, Layer
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.tables import EntryRow, QuestionRow, RevisionRow, VersionRow

MINE = "/m1/entries"
WORDS = {"question": "大衣能机洗吗", "answer": "不能，请干洗。"}
FULL = {
    **WORDS,
    "similar_questions": ["大衣可以水洗吗"],
    "layer": "emergency",
    "product_id": "P1",
    "product_label": "",
    "valid_from": "2026-11-20T16:00:00+00:00",
    "valid_to": "2026-12-01T16:00:00+00:00",
}


@pytest.fixture
def staff(client: TestClient, shop: Shop) -> Staff:
    add_people(shop)
    return Staff(client, shop)


def added(staff: Staff, **words: Any) -> dict[str, Any]:
    return staff.good("POST", MINE, json={**WORDS, **words})


def ask(shop: Shop, *texts: str, tenant: str = "m1") -> None:
    with writing(shop.engine) as session:
        for text in texts:
            record_question(session, tenant, text, outcome=Outcome.UNKNOWN, now=shop.now)


def closed(shop: Shop) -> list[tuple[str, str, int | None, str | None]]:
    return [(row.text, row.status, row.entry_id, row.closed_by) for row in shop.rows(QuestionRow)]


def test_an_entry_in_full(staff: Staff, shop: Shop) -> None:
    entry = staff.good("POST", MINE, json=FULL)
    number = entry["id"]
    told = {**FULL, "id": number, "scope": "m1", "version": 1, "status": "published"}
    assert entry == {**told, "feedback": {"helpful": 0, "unhelpful": 0}}
    assert staff.good("GET", f"{MINE}/{number}") == entry
    assert staff.good("GET", MINE) == {"entries": [entry], "next_after": None}
    kept = shop.rows(VersionRow)
    assert [(row.entry_id, row.action, row.by, row.at, row.import_id) for row in kept] == [
        (number, "created", "a1", shop.now, None)
    ]


@pytest.mark.parametrize(
    ("words", "layer"),
    [
        ({}, "campaign"),
        ({"product_id": "P1"}, "product"),
        ({"product_label": "云朵围巾"}, "product"),
        ({"product_id": "P1", "layer": "campaign"}, "campaign"),
    ],
)
def test_the_layer_follows_from_the_product_unless_it_is_named(staff: Staff, words: dict[str, str], layer: str) -> None:
    assert added(staff, **words)["layer"] == layer


@pytest.mark.parametrize(
    ("begin", "end", "read"),
    [
        ("2026-11-21 09:00", "2026-11-22", ("2026-11-21T01:00:00+00:00", "2026-11-22T16:00:00+00:00")),
        ("2026年11月21日", None, ("2026-11-20T16:00:00+00:00", None)),
        ("", "2026-11-22T00:00:00Z", (None, "2026-11-22T00:00:00+00:00")),
    ],
)
def test_moments_are_read_as_files_have_them(
    staff: Staff, begin: str | None, end: str | None, read: tuple[str | None, str | None]
) -> None:
    entry = added(staff, valid_from=begin, valid_to=end)
    assert (entry["valid_from"], entry["valid_to"]) == read


def test_what_an_entry_gives_can_be_sent_back(staff: Staff) -> None:
    entry = staff.good("POST", MINE, json=FULL)
    sent = {name: entry[name] for name in (*FULL, "version")}
    assert staff.good("PUT", f"{MINE}/{entry['id']}", json=sent) == {**entry, "version": 2}


def test_a_change_is_answered_at_once(staff: Staff) -> None:
    number = added(staff)["id"]
    asked = "/m1/search?q=大衣能机洗吗"
    assert staff.good("GET", asked)["answers"][0]["answer"] == "不能，请干洗。"
    staff.good("PUT", f"{MINE}/{number}", json={**WORDS, "answer": "可以手洗。", "version": 1})
    found = staff.good("GET", asked)["answers"][0]
    assert (found["entry_id"], found["answer"], found["version"]) == (number, "可以手洗。", 2)
    staff.good("POST", f"{MINE}/{number}/retire")
    assert staff.good("GET", asked) == {"verdict": "unknown", "answers": [], "found": []}


def test_pressing_twice_adds_one_entry(staff: Staff, shop: Shop) -> None:
    number = added(staff)["id"]
    before = snapshot(shop.engine)
    known = (409, {"code": "already_known", "entry_id": number})
    assert staff.bad("POST", MINE, json={**WORDS, "question": " 大衣能机洗吗 "}) == known
    assert staff.bad("POST", MINE, json={**WORDS, "status": "draft"}) == known
    assert snapshot(shop.engine) == before
    assert added(staff, answer="不能。")["id"] != number
    staff.good("POST", f"{MINE}/{number}/retire")
    assert added(staff)["id"] != number


def test_nobody_overwrites_what_somebody_else_has_written(staff: Staff, shop: Shop) -> None:
    number = added(staff)["id"]
    staff.good("PUT", f"{MINE}/{number}", who="a3", json={**WORDS, "answer": "后来的。", "version": 1})
    before = snapshot(shop.engine)
    stale = (409, {"code": "version_conflict", "version": 2})
    assert staff.bad("PUT", f"{MINE}/{number}", json={**WORDS, "version": 1}) == stale
    assert staff.bad("POST", f"{MINE}/{number}/retire", json={"version": 1}) == stale
    assert staff.bad("POST", f"{MINE}/{number}/publish", json={"version": 3}) == stale
    assert staff.bad("POST", f"{MINE}/{number}/rollback", json={"to_version": 1, "version": 1}) == stale
    assert snapshot(shop.engine) == before
    told = staff("PUT", f"{MINE}/{number}", json={**WORDS, "version": 1}).json()["error"]["message"]
    assert told == "这条知识已被别人修改，现在是第 2 版，请刷新后再改。"


def test_a_draft_becomes_an_answer_and_goes_again(staff: Staff, shop: Shop) -> None:
    number = added(staff, status="draft")["id"]
    path = f"{MINE}/{number}"
    changed = staff.good("PUT", path, json={**WORDS, "answer": "干洗。", "version": 1})
    assert (changed["status"], changed["version"]) == ("draft", 2)
    assert shop.rows(RevisionRow)[0].revision == 0
    assert [staff.good("POST", f"{path}/publish", json={"version": 2})["version"] for _ in range(1)] == [3]
    again = staff.good("POST", f"{path}/publish")
    assert (again["status"], again["version"]) == ("published", 3)
    retired = staff.good("POST", f"{path}/retire")
    assert (retired["status"], retired["version"]) == ("retired", 4)
    back = staff.good("POST", f"{path}/rollback", json={"to_version": 1, "version": 4})
    assert (back["status"], back["version"], back["answer"]) == ("draft", 5, "不能，请干洗。")
    versions = staff.good("GET", f"{path}/versions")["versions"]
    assert [(each["version"], each["action"], each["status"], each["answer"]) for each in versions] == [
        (5, "rolled_back", "draft", "不能，请干洗。"),
        (4, "retired", "retired", "干洗。"),
        (3, "published", "published", "干洗。"),
        (2, "updated", "draft", "干洗。"),
        (1, "created", "draft", "不能，请干洗。"),
    ]
    assert {each["by"] for each in versions} == {"a1"}


def test_a_list_by_status_layer_and_words_page_by_page(staff: Staff, shop: Shop) -> None:
    one = put_entry(shop, "m1", "能机洗吗", "Wool 不能")
    two = put_entry(shop, "m1", "何时发货", "明天", layer=Layer.EMERGENCY, status=EntryStatus.DRAFT)
    three = put_entry(shop, "m1", "有优惠吗", "有", similar_questions=('有"满减"吗',))
    put_entry(shop, "m2", "别家的")

    def ids(query: str) -> list[int]:
        return [entry["id"] for entry in staff.good("GET", f"{MINE}?{query}")["entries"]]

    assert ids("") == [one.id, two.id, three.id]
    assert ids("status=draft") == [two.id]
    assert ids("status=draft&status=published") == [one.id, two.id, three.id]
    assert ids("layer=emergency") == [two.id]
    assert ids("q=WOOL") == [one.id]
    assert ids('q="满减"') == [three.id]
    assert ids("q=%00机洗%00") == [one.id]
    assert ids("q=%25") == []
    first = staff.good("GET", f"{MINE}?limit=2")
    assert ([entry["id"] for entry in first["entries"]], first["next_after"]) == ([one.id, two.id], two.id)
    rest = staff.good("GET", f"{MINE}?limit=2&after={two.id}")
    assert ([entry["id"] for entry in rest["entries"]], rest["next_after"]) == ([three.id], None)


def test_entries_come_with_what_customers_say_of_them(staff: Staff, shop: Shop) -> None:
    entries = [put_entry(shop, "m1", f"问题{number}") for number in range(4)]
    said = [(0, "k1", False), (1, "k1", True), (1, "k2", False), (1, "k3", False), (2, "k1", True)]
    with writing(shop.engine) as session:
        for number, conversation, helpful in said:
            record_feedback(session, "m1", entries[number].id, conversation, helpful=helpful, now=shop.now)
    shown = [(each["id"], each["feedback"]) for each in staff.good("GET", MINE)["entries"]]
    assert shown == [
        (entries[0].id, {"helpful": 0, "unhelpful": 1}),
        (entries[1].id, {"helpful": 1, "unhelpful": 2}),
        (entries[2].id, {"helpful": 1, "unhelpful": 0}),
        (entries[3].id, {"helpful": 0, "unhelpful": 0}),
    ]
    assert staff.good("GET", f"{MINE}/{entries[1].id}")["feedback"] == {"helpful": 1, "unhelpful": 2}
    worst = staff.good("GET", "/m1/feedback?order=unhelpful")["entries"]
    assert [each["id"] for each in worst] == [entries[1].id, entries[0].id]
    best = staff.good("GET", "/m1/feedback?order=helpful&limit=1")["entries"]
    assert [each["id"] for each in best] == [entries[1].id]


@pytest.mark.parametrize("way", ["add", "publish", "change", "rollback"])
def test_an_entry_that_answers_closes_what_was_asked(staff: Staff, shop: Shop, way: str) -> None:
    ask(shop, "大衣能机洗吗？", "包邮吗")
    ask(shop, "大衣能机洗吗", tenant="m2")
    if way == "add":
        number = added(staff)["id"]
    elif way == "publish":
        number = added(staff, status="draft")["id"]
        assert [status for _, status, _, _ in closed(shop)] == ["open", "open", "open"]
        staff.good("POST", f"{MINE}/{number}/publish")
    elif way == "change":
        number = added(staff, question="别的")["id"]
        staff.good("PUT", f"{MINE}/{number}", json={**WORDS, "version": 1})
    else:
        number = added(staff, status="draft")["id"]
        staff.good("POST", f"{MINE}/{number}/publish")
        staff.good("POST", f"{MINE}/{number}/retire")
        ask(shop, "大衣能机洗吗")
        staff.good("POST", f"{MINE}/{number}/rollback", json={"to_version": 2})
    assert closed(shop) == [
        ("大衣能机洗吗？", "answered", number, "a1"),
        ("包邮吗", "open", None, None),
        ("大衣能机洗吗", "open", None, None),
    ]


def test_the_platforms_people_change_the_platforms_and_only_read_the_others(staff: Staff, shop: Shop) -> None:
    rule = staff.good("POST", "/platform/entries", who="p1", json={"question": "几天内可以退货", "answer": "七天内。"})
    number = put_entry(shop, "m1", "大衣能机洗吗").id
    assert rule["scope"] == "platform"
    assert staff.good("GET", f"{MINE}/{number}", who="p1")["question"] == "大衣能机洗吗"
    before = snapshot(shop.engine)
    told = staff("POST", f"{MINE}/{number}/retire", who="p2").json()
    assert told == {"error": {"code": "knowledge_read_only", "message": "您可以查看这里的知识，但不能修改。"}}
    assert staff.bad("GET", "/platform/entries") == (404, {"code": "tenant_not_found"})
    assert snapshot(shop.engine) == before


def test_the_role_on_record_counts(staff: Staff, client: TestClient, shop: Shop, now: datetime) -> None:
    shop.now = now + timedelta(minutes=1)
    before = snapshot(shop.engine)
    posing = shop.auth("a1", "platform", Role.PLATFORM_ADMIN)
    response = client.post("/api/v1/knowledge/platform/entries", json=WORDS, headers=posing)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "agent_unknown")
    assert snapshot(shop.engine) == before
    assert shop.rows(EntryRow) == []


def test_every_operation_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    found = 0
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if "knowledge" not in operation["tags"]:
                continue
            found += 1
            assert operation["security"] == [{"HTTPBearer": []}]
            assert {"200", "401", "403", "404", "422"} <= set(operation["responses"])
            assert ("409" in operation["responses"]) is (method != "get")
            assert operation["description"]
            named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            content = operation["responses"]["200"]["content"]
            assert "text/csv" in content or content["application/json"]["schema"]["$ref"]
    assert found == 23
