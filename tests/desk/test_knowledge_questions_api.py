"""Staff see what nobody could answer, try the search, find contradictions, and keep the words of their customers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import Shop
from tests.desk.knowledge import Staff, add_people, put_entry, snapshot
from xiaoer.database import writing
from xiaoer.knowledge.model import EntryStatus, Layer
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.tables import QuestionRow, RevisionRow, SynonymRow


@pytest.fixture
def staff(client: TestClient, shop: Shop) -> Staff:
    add_people(shop)
    return Staff(client, shop)


def ask(shop: Shop, tenant: str, *texts: str) -> None:
    with writing(shop.engine) as session:
        for text in texts:
            record_question(session, tenant, text, outcome=Outcome.UNKNOWN, now=shop.now)


def told(groups: Any) -> list[tuple[str, int, dict[str, int]]]:
    return [(group["text"], group["count"], group["by_tenant"]) for group in groups["groups"]]


def test_questions_of_a_shop_and_of_all_shops(staff: Staff, shop: Shop) -> None:
    ask(shop, "m1", "能刻字吗", "能刻字吗", "能刻字么", "包邮吗")
    ask(shop, "m2", "能刻字吗")
    ask(shop, "platform", "怎么开店")
    mine = staff.good("GET", "/m1/questions")
    assert told(mine) == [("能刻字吗", 3, {"m1": 3}), ("包邮吗", 1, {"m1": 1})]
    question = mine["groups"][1]["questions"][0]
    at = shop.now.isoformat()
    assert question == {
        "id": question["id"],
        "tenant": "m1",
        "text": "包邮吗",
        "product_id": None,
        "count": 1,
        "outcome": "unknown",
        "entry_id": None,
        "first_asked_at": at,
        "last_asked_at": at,
        "status": "open",
        "closed_by": None,
        "closed_at": None,
    }
    assert staff.good("GET", "/questions") == mine
    assert told(staff.good("GET", "/questions", who="a2")) == [("能刻字吗", 1, {"m2": 1})]
    everywhere = told(staff.good("GET", "/questions", who="p1"))
    assert everywhere[0] == ("能刻字吗", 4, {"m1": 3, "m2": 1})
    assert sorted(each[0] for each in everywhere[1:]) == ["包邮吗", "怎么开店"]
    assert len(told(staff.good("GET", "/questions?limit=1", who="p1"))) == 1


def test_questions_are_closed_all_or_none(staff: Staff, shop: Shop) -> None:
    ask(shop, "m1", "能刻字吗", "包邮吗", "几天发货")
    ask(shop, "m2", "能刻字吗")
    one, two, three, theirs = (row.id for row in shop.rows(QuestionRow))
    entry = put_entry(shop, "m1", "刻字服务", status=EntryStatus.DRAFT)
    before = snapshot(shop.engine)
    path = "/m1/questions/close"
    unknown = (404, {"code": "question_not_found"})
    assert staff.bad("POST", path, json={"ids": [one, theirs], "status": "dismissed"}) == unknown
    assert staff.bad("POST", path, json={"ids": [one, 2**31 - 1], "status": "dismissed"}) == unknown
    missing = {"ids": [one], "status": "answered", "entry_id": 2**31 - 1}
    assert staff.bad("POST", path, json=missing) == (404, {"code": "entry_not_found"})
    assert snapshot(shop.engine) == before
    answered = {"ids": [one, one], "status": "answered", "entry_id": entry.id}
    assert staff.good("POST", path, json=answered) == {"closed": 1}
    assert staff.good("POST", path, who="a3", json={"ids": [two], "status": "dismissed"}) == {"closed": 1}
    assert [(row.status, row.entry_id, row.closed_by) for row in shop.rows(QuestionRow)] == [
        ("answered", entry.id, "a1"),
        ("dismissed", None, "a3"),
        ("open", None, None),
        ("open", None, None),
    ]
    assert [group["text"] for group in staff.good("GET", "/m1/questions?status=dismissed")["groups"]] == ["包邮吗"]
    assert [group["questions"][0]["id"] for group in staff.good("GET", "/m1/questions")["groups"]] == [three]


def test_the_search_says_what_a_customer_would_be_told(staff: Staff, shop: Shop) -> None:
    rule = put_entry(shop, "platform", "七天无理由退货怎么申请", "在订单页申请。")
    mine = put_entry(shop, "m1", "大衣能机洗吗", "请干洗。", product_id="P1", layer=Layer.PRODUCT)
    put_entry(shop, "m1", "大衣怎么熨烫", "低温。", status=EntryStatus.DRAFT)
    put_entry(shop, "m1", "满减怎么算", "过期了。", valid_to=shop.now)
    put_entry(shop, "m2", "耳机能降噪吗", "能。")
    found = staff.good("GET", "/m1/search", params={"q": "大衣能机洗吗", "product_id": "P1"})
    assert found["verdict"] == "answer"
    answer = found["answers"][0]
    assert answer == {
        "entry_id": mine.id,
        "scope": "m1",
        "score": answer["score"],
        "source": "店铺商品说明",
        "layer": "product",
        "question": "大衣能机洗吗",
        "answer": "请干洗。",
        "product_id": "P1",
        "product_label": "",
        "version": 1,
    }
    assert 0.5 < answer["score"] <= 1
    theirs = staff.good("GET", "/m1/search?q=七天无理由退货怎么申请")["answers"][0]
    assert (theirs["entry_id"], theirs["source"], theirs["scope"]) == (rule.id, "平台规则", "platform")
    for unsaid in ("大衣怎么熨烫", "满减怎么算", "耳机能降噪吗", "喵喵喵"):
        told = staff.good("GET", "/m1/search", params={"q": unsaid})
        assert not {"低温。", "过期了。", "能。"} & {each["answer"] for each in told["found"]}
    assert staff.good("GET", "/m1/search?q=喵喵喵")["verdict"] == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("大" * 5000, id="long"),
        pytest.param("a" * 10_000, id="longer"),
        "/greet{}",
        "<b>大衣</b>",
        "' OR 1=1 --",
        "😀",
        "\u202e大衣",
        "大\0衣",
        "%",
    ],
)
def test_the_search_takes_what_customers_type(staff: Staff, shop: Shop, text: str) -> None:
    put_entry(shop, "m1", "大衣能机洗吗", "请干洗。")
    before = snapshot(shop.engine)
    assert staff.good("GET", "/m1/search", params={"q": text})["verdict"] in ("answer", "offer", "unknown")
    assert snapshot(shop.engine) == before


def test_contradictions_among_ones_own_and_with_the_platforms(staff: Staff, shop: Shop) -> None:
    rule = put_entry(shop, "platform", "几天内可以退货", "7 天内可以退货。")
    one = put_entry(shop, "m1", "多久发货", "48 小时内发货。")
    two = put_entry(shop, "m1", "多久能发货", "72 小时内发货。")
    mine = put_entry(shop, "m1", "几天内可以退货", "15 天内可以退货。")
    put_entry(shop, "m2", "多久发货", "24 小时内发货。")
    put_entry(shop, "platform", "几天内可以退换货", "9 天。", status=EntryStatus.DRAFT)
    put_entry(shop, "platform", "怎样开发票", "线上开。")
    put_entry(shop, "platform", "怎么开发票", "线下开。")
    found = staff.good("GET", "/m1/conflicts")["conflicts"]
    assert [(each["kind"], each["first"]["id"], each["second"]["id"]) for each in found] == [
        ("conflict", one.id, two.id),
        ("overridden", mine.id, rule.id),
    ]
    first = found[0]
    assert first["numbers_differ"] is True
    assert (first["first"]["phrasing"], first["first"]["only"], first["second"]["only"]) == (
        "多久发货",
        ["48"],
        ["72"],
    )
    assert 0.6 < first["similarity"] <= 1
    assert len(staff.good("GET", "/m1/conflicts?limit=1")["conflicts"]) == 1
    assert len(staff.good("GET", "/platform/conflicts", who="p1")["conflicts"]) == 1


def test_synonyms_are_replaced_as_a_whole(staff: Staff, shop: Shop) -> None:
    path = "/m1/synonyms"
    assert staff.good("GET", path) == {"groups": []}
    kept = staff.good("PUT", path, json={"groups": [["云裳", "本店"], ["刻字", "镌刻", "刻字"]]})["groups"]
    assert [(each["words"], each["by"], each["at"]) for each in kept] == [
        (["云裳", "本店"], "a1", shop.now.isoformat()),
        (["刻字", "镌刻"], "a1", shop.now.isoformat()),
    ]
    assert staff.good("GET", path) == {"groups": kept}
    assert shop.rows(RevisionRow)[0].revision == 1
    left = staff.good("PUT", path, who="a3", json={"groups": [["云裳", "本店"]]})["groups"]
    assert left == kept[:1]
    staff.good("PUT", path, json={"groups": []})
    assert shop.rows(SynonymRow) == []


@pytest.mark.parametrize(
    ("groups", "number"),
    [
        ([["一个"]], 1),
        ([["甲乙", "丙丁"], ["丙丁", "戊己"]], 2),
        ([["甲乙", "\ud800"]], 1),
        ([["甲乙", "\0"]], 1),
        pytest.param([["甲乙", "长短" * 5_000]], 1, id="long"),
        ([[]], 1),
        pytest.param([[f"甲{number}", f"词{number}"] for number in range(501)], 501, id="many"),
    ],
)
def test_synonyms_that_make_no_sense(staff: Staff, shop: Shop, groups: list[list[str]], number: int) -> None:
    staff.good("PUT", "/m1/synonyms", json={"groups": [["云裳", "本店"]]})
    before = snapshot(shop.engine)
    wrong = (422, {"code": "synonyms_invalid", "group": number})
    assert staff.bad("PUT", "/m1/synonyms", content=json.dumps({"groups": groups})) == wrong
    assert snapshot(shop.engine) == before
