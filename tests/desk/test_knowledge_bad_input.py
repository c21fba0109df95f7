"""Whatever is sent to the doors of knowledge, the answer is a clear error, and every row stays as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import Shop
from tests.desk.knowledge import BASE, PEOPLE, Staff, add_people, put_entry, snapshot
from xiaoer.database import writing
from xiaoer.knowledge.questions import Outcome, record_question

WORDS = {"question": "大衣能机洗吗", "answer": "不能，请干洗。"}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/m1/entries"): WORDS,
    ("PUT", "/m1/entries/1"): {**WORDS, "version": 1},
    ("POST", "/m1/entries/1/publish"): {"version": 1},
    ("POST", "/m1/entries/1/retire"): {"version": 1},
    ("POST", "/m1/entries/1/rollback"): {"to_version": 1, "version": 1},
    ("PUT", "/m1/synonyms"): {"groups": [["云裳", "本店"]]},
    ("POST", "/m1/questions/close"): {"ids": [1], "status": "dismissed"},
}
OPTIONAL = {("POST", "/m1/entries/1/publish"), ("POST", "/m1/entries/1/retire")}
"""Doors that need no body."""

NOT_NEEDED = {"version": {"/m1/entries/1/publish", "/m1/entries/1/retire", "/m1/entries/1/rollback"}}
PATHS = [
    ("GET", "/m1/entries/{}"),
    ("PUT", "/m1/entries/{}"),
    ("POST", "/m1/entries/{}/publish"),
    ("POST", "/m1/entries/{}/retire"),
    ("GET", "/m1/entries/{}/versions"),
    ("POST", "/m1/entries/{}/rollback"),
    ("GET", "/m1/imports/{}"),
    ("GET", "/m1/imports/{}/rejected"),
    ("POST", "/m1/imports/{}/rollback"),
]


@pytest.fixture
def staff(client: TestClient, shop: Shop) -> Staff:
    add_people(shop)
    put_entry(shop, "m1", "有一条")
    with writing(shop.engine) as session:
        record_question(session, "m1", "能刻字吗", outcome=Outcome.UNKNOWN, now=shop.now)
    return Staff(client, shop)


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_the_bodies_are_good_to_begin_with(staff: Staff, method: str, path: str) -> None:
    staff.good(method, path, json=BODIES[method, path])


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_bodies_that_are_no_json_or_no_object(staff: Staff, shop: Shop, method: str, path: str) -> None:
    before = snapshot(shop.engine)
    for broken in (b"{", b"[1", b'{"question": }', b"\xff\xfe", b'{"a": NaN'):
        assert staff.bad(method, path, content=broken) == (400, {"code": "json_invalid"})
    for broken in (b'{"a": "\x81"}', b"[" * 100_000):
        assert staff.bad(method, path, content=broken)[0] == 400
    for wrong in (1, "text", True, [BODIES[method, path]], {**BODIES[method, path], "scope": "m2"}):
        status, error = staff.bad(method, path, json=wrong)
        assert (status, error["code"]) == (422, "invalid_request")
    if (method, path) not in OPTIONAL:
        for nothing in (b"", b"null"):
            assert staff.bad(method, path, content=nothing)[0] == 422
    assert staff.bad(method, path, content=b'"' + b"x" * 11_000_000 + b'"') == (413, {"code": "body_too_large"})
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_fields_of_a_wrong_type_are_named(staff: Staff, shop: Shop, method: str, path: str) -> None:
    before = snapshot(shop.engine)
    body = BODIES[method, path]
    for name, good in body.items():
        for wrong in (None, True, 1.5, [], {}, [None], [[1]], "1" if isinstance(good, int) else 1, 2**31, -1, 0):
            if wrong is None and path in NOT_NEEDED.get(name, ()):
                continue
            if wrong == [] and name == "groups":
                continue  # which empties the list
            status, error = staff.bad(method, path, content=json.dumps({**body, name: wrong}))
            assert (status, error["code"]) == (422, "invalid_request")
            assert error["field"].split(".")[0] == name
        if path in NOT_NEEDED.get(name, ()):
            continue
        left = {key: value for key, value in body.items() if key != name}
        if left or (method, path) not in OPTIONAL:
            assert staff.bad(method, path, json=left) == (422, {"code": "invalid_request", "field": name})
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    ("words", "code", "field"),
    [
        ({"question": ""}, "entry_invalid", "question"),
        ({"question": " \u3000\n"}, "entry_invalid", "question"),
        ({"question": "？！。"}, "entry_invalid", "question"),
        ({"question": "问" * 301}, "entry_invalid", "question"),
        ({"question": "问\0"}, "entry_invalid", "question"),
        ({"question": "问\ud800"}, "entry_invalid", "question"),
        ({"answer": "答" * 10_000}, "entry_invalid", "answer"),
        ({"answer": "\ud83d"}, "entry_invalid", "answer"),
        ({"similar_questions": ["\0"]}, "entry_invalid", "similar_questions"),
        ({"similar_questions": [""]}, "entry_invalid", "similar_questions"),
        ({"similar_questions": [f"问{number}" for number in range(201)]}, "entry_invalid", "similar_questions"),
        ({"product_id": "P9"}, "entry_invalid", "product_id"),
        ({"product_id": "' OR '1'='1"}, "entry_invalid", "product_id"),
        ({"product_id": "\0"}, "invalid_request", "product_id"),
        ({"product_id": "\ud800"}, "invalid_request", "product_id"),
        ({"product_id": "P" * 65}, "invalid_request", "product_id"),
        ({"product_id": ""}, "invalid_request", "product_id"),
        ({"product_id": "P1", "product_label": "围巾"}, "entry_invalid", "product_label"),
        ({"product_label": "围" * 121}, "entry_invalid", "product_label"),
        ({"product_label": "\0x"}, "entry_invalid", "product_label"),
        ({"layer": "lost"}, "invalid_request", "layer"),
        ({"status": "retired"}, "invalid_request", "status"),
        ({"valid_from": "昨天"}, "invalid_request", "valid_from"),
        ({"valid_from": 1700000000}, "invalid_request", "valid_from"),
        ({"valid_from": "2026-02-30"}, "invalid_request", "valid_from"),
        ({"valid_from": "9999-12-31T23:59:59-12:00"}, "invalid_request", "valid_from"),
        ({"valid_to": "0001-01-01T00:00:00+14:00"}, "invalid_request", "valid_to"),
        ({"valid_to": "2026-11-21T00:00:00+99:99"}, "invalid_request", "valid_to"),
        ({"valid_to": "１" * 10_000}, "invalid_request", "valid_to"),
        ({"valid_to": "\ud800"}, "invalid_request", "valid_to"),
        ({"valid_from": "2026-11-22", "valid_to": "2026-11-21"}, "entry_invalid", "valid_to"),
    ],
)
def test_entries_that_make_no_sense(staff: Staff, shop: Shop, words: dict[str, Any], code: str, field: str) -> None:
    before = snapshot(shop.engine)
    wrong = (422, {"code": code, "field": field})
    assert staff.bad("POST", "/m1/entries", content=json.dumps({**WORDS, **words})) == wrong
    if "status" not in words:
        body = json.dumps({**WORDS, "version": 1, **words})
        assert staff.bad("PUT", "/m1/entries/1", content=body) == wrong
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>好吗",
        "'; DROP TABLE tenants; --",
        "/intent{大衣}",
        "😀大衣😀",
        "ＡＢＣ１２３",
        "{question} %s {0}",
    ],
)
def test_words_are_kept_as_they_are_written(staff: Staff, text: str) -> None:
    words = {"question": text, "answer": text, "similar_questions": [text + "么"]}
    entry = staff.good("POST", "/m1/entries", json=words)
    kept = staff.good("GET", f"/m1/entries/{entry['id']}")
    assert {name: kept[name] for name in words} == words
    assert staff("GET", "/m1/entries").headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("text", "kept"), [("\u202e大衣\u202c", "大衣"), ("\x07大衣\x1b[0m", "大衣[0m"), ("大\u200b衣\r\n好", "大衣\n好")]
)
def test_what_nobody_can_see_is_not_kept(staff: Staff, text: str, kept: str) -> None:
    entry = staff.good(
        "POST", "/m1/entries", json={"question": text, "answer": text, "similar_questions": [text + "么"]}
    )
    assert staff.good("GET", f"/m1/entries/{entry['id']}") == entry
    assert (entry["question"], entry["answer"], entry["similar_questions"]) == (kept, kept, [f"{kept}么"])


def test_what_is_wrong_is_said_in_the_words_of_the_staff(staff: Staff) -> None:
    def said(**words: Any) -> str:
        return str(staff("POST", "/m1/entries", json={**WORDS, **words}).json()["error"]["message"])

    assert said(question="") == "问题有误：不能为空。"
    assert said(similar_questions=["问" * 301]) == "相似问法有误：超过300个字。"
    assert said(product_id="P9") == "商品有误：不是本店的商品。"
    assert said(valid_from="2026-11-22", valid_to="2026-11-21") == "失效时间有误：失效时间必须晚于生效时间。"
    assert said(product_id="{version}") == "商品有误：不是本店的商品。"


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_ids_that_are_none(staff: Staff, shop: Shop, method: str, path: str) -> None:
    before = snapshot(shop.engine)
    kind = "entry_id" if "entries" in path else "import_id"
    body = BODIES.get((method, path.format(1)))
    for wrong in ("0", "-1", str(2**31), "9" * 5000, "x", "1.0", "%00", "' OR 1=1", "null"):
        assert staff.bad(method, path.format(wrong), json=body) == (422, {"code": "invalid_request", "field": kind})
    missing = "entry_not_found" if kind == "entry_id" else "import_not_found"
    assert staff.bad(method, path.format(2**31 - 1), json=body) == (404, {"code": missing})
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/entries?status=lost", "status.0"),
        ("/entries?layer=", "layer"),
        ("/entries?limit=0", "limit"),
        ("/entries?limit=201", "limit"),
        ("/entries?after=-1", "after"),
        ("/entries?after=99999999999", "after"),
        ("/entries?q=" + "x" * 301, "q"),
        ("/imports?before=0", "before"),
        ("/imports?limit=x", "limit"),
        ("/export?format=pdf", "format"),
        ("/search", "q"),
        ("/search?q=", "q"),
        ("/search?q=%00%E2%80%8B", "q"),
        ("/search?q=a&product_id=%00", "product_id"),
        ("/search?q=a&limit=51", "limit"),
        ("/questions?status=lost", "status"),
        ("/questions?limit=0", "limit"),
        ("/feedback?order=id", "order"),
        ("/conflicts?limit=501", "limit"),
    ],
)
def test_questions_that_make_no_sense_name_the_field(staff: Staff, path: str, field: str) -> None:
    assert staff.bad("GET", f"/m1{path}") == (422, {"code": "invalid_request", "field": field})


@pytest.mark.parametrize(
    "scope", ["m9", "M1", "m1%00", "%20m1", "' OR 1=1", "x" * 5000, "%F0%9F%98%80", "%ED%A0%80", "*"]
)
def test_scopes_that_are_none(staff: Staff, shop: Shop, scope: str) -> None:
    before = snapshot(shop.engine)
    for who in PEOPLE:
        assert staff.bad("GET", f"/{scope}/entries", who=who) == (404, {"code": "tenant_not_found"})
        assert staff.bad("POST", f"/{scope}/entries", who=who, json=WORDS) == (404, {"code": "tenant_not_found"})
    assert snapshot(shop.engine) == before


def test_who_does_not_say_who_asks_learns_nothing_of_what_else_is_wrong(client: TestClient, shop: Shop) -> None:
    for path in ("/m1/entries", "/m9/entries"):
        response = client.post(BASE + path, content=b"{")
        assert (response.status_code, response.json()["error"]["code"]) == (401, "token_required")
        assert response.headers["www-authenticate"] == "Bearer"
