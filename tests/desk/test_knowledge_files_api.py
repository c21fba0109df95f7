"""Staff import files and are told of every row, get the broken ones back, take imports back, and export."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook

from desk.api import knowledge_files
from tests.desk.conftest import Shop
from tests.desk.knowledge import Staff, add_people, put_entry, snapshot
from xiaoer.accounts.model import Role
from xiaoer.database import writing
from xiaoer.knowledge.formats.limits import MAX_BYTES
from xiaoer.knowledge.model import EntryStatus, Layer
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.tables import EntryRow, ImportRow, QuestionRow, VersionRow

IMPORTS = "/m1/imports"
MULTIPART = "multipart/form-data"
ODD = ["<script>alert(1)</script>吗", "'; DROP TABLE tenants; --", '/intent{"a": 1}', "😀😀", "ａｂｃ１２３"]
SHEET = """问题,相似问法,答案,层级,商品
大衣能机洗吗,大衣可以水洗吗|能洗吗,不能，请干洗。,商品,羊毛大衣
,,没有问题的答案,活动,
几天发货,,48 小时内。,活动,
几天发货,,48 小时内。,活动,
何时涨价,,不知道。,将来,
"""


@pytest.fixture
def staff(client: TestClient, shop: Shop) -> Staff:
    add_people(shop)
    return Staff(client, shop)


def sent(content: bytes | str, name: str = "知识.csv") -> dict[str, Any]:
    return {"files": {"file": (name, content if isinstance(content, bytes) else content.encode(), "text/csv")}}


def workbook(*rows: tuple[str, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_good_rows_are_written_and_each_wrong_one_is_told(staff: Staff, shop: Shop) -> None:
    report = staff.good("POST", IMPORTS, **sent(SHEET))
    one, two = (row.id for row in shop.rows(EntryRow))
    assert {name: report[name] for name in ("dry_run", "added", "updated", "unchanged", "duplicates", "rejected")} == {
        "dry_run": False,
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 1,
        "rejected": 2,
    }
    assert [(each["row"], each["kind"], each["entry_id"], each["question"]) for each in report["changes"]] == [
        (2, "added", one, "大衣能机洗吗"),
        (4, "added", two, "几天发货"),
        (5, "duplicate", None, "几天发货"),
    ]
    assert [(each["row"], each["column"], each["sheet"]) for each in report["problems"]] == [
        (3, "A3", ""),
        (6, "D6", ""),
    ]
    kept = shop.rows(EntryRow)[0]
    assert (kept.product_id, kept.similar_questions) == ("P1", ["大衣可以水洗吗", "能洗吗"])
    assert {(row.by, row.import_id) for row in shop.rows(VersionRow)} == {("a1", report["id"])}
    assert [(row.scope, row.file_name, row.by, row.at) for row in shop.rows(ImportRow)] == [
        ("m1", "知识.csv", "a1", shop.now)
    ]


@pytest.mark.parametrize(
    "how", [{"params": {"dry_run": "true"}}, {"data": {"dry_run": "true"}}, {"params": {"dry_run": "1"}}]
)
def test_a_dry_run_tells_the_same_and_writes_nothing(staff: Staff, shop: Shop, how: dict[str, Any]) -> None:
    before = snapshot(shop.engine)
    told = staff.good("POST", IMPORTS, **sent(SHEET), **how)
    assert (told["id"], told["dry_run"]) == (None, True)
    assert snapshot(shop.engine) == before
    done = staff.good("POST", IMPORTS, **sent(SHEET))
    unnumbered = [{**each, "entry_id": None} for each in done["changes"]]
    assert {**done, "id": None, "dry_run": True, "changes": unnumbered} == told


@pytest.mark.parametrize("how", [{"params": {"status": "draft"}}, {"data": {"status": "draft"}}])
def test_rows_can_be_imported_as_drafts(staff: Staff, shop: Shop, how: dict[str, Any]) -> None:
    staff.good("POST", IMPORTS, **sent(SHEET), **how)
    assert [row.status for row in shop.rows(EntryRow)] == ["draft", "draft"]


def test_a_spreadsheet_names_the_cell(staff: Staff) -> None:
    content = workbook(("问题", "答案", "失效时间"), ("几天发货", "明天", "改天"), ("包邮吗", "包邮", ""))
    report = staff.good("POST", IMPORTS, **sent(content, "知识.xlsx"))
    assert report["added"] == 1
    problem = report["problems"][0]
    assert (problem["row"], problem["column"], problem["sheet"]) == (2, "C2", "Sheet")
    assert "改天" in problem["reason"]


def test_imports_are_listed_shown_and_given_back(staff: Staff, shop: Shop) -> None:
    first = staff.good("POST", IMPORTS, **sent(SHEET, "甲.csv"))["id"]
    second = staff.good("POST", IMPORTS, who="a3", **sent(SHEET, "乙.csv"))["id"]
    listed = staff.good("GET", IMPORTS)
    assert [(each["id"], each["file_name"], each["by"]) for each in listed["imports"]] == [
        (second, "乙.csv", "a3"),
        (first, "甲.csv", "a1"),
    ]
    assert listed["next_before"] is None
    page = staff.good("GET", f"{IMPORTS}?limit=1")
    assert page["next_before"] == second
    assert [each["id"] for each in staff.good("GET", f"{IMPORTS}?limit=1&before={second}")["imports"]] == [first]
    shown = staff.good("GET", f"{IMPORTS}/{first}")
    problems = shown.pop("problems")
    assert shown == {
        "id": first,
        "file_name": "甲.csv",
        "by": "a1",
        "at": shop.now.isoformat(),
        "status": "applied",
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 1,
        "rejected": 2,
        "rolled_back_by": None,
        "rolled_back_at": None,
    }
    assert [(each["row"], each["column"]) for each in problems] == [(3, "A3"), (6, "D6")]


def test_the_rejected_rows_come_back_as_the_file_that_they_came_in(staff: Staff) -> None:
    number = staff.good("POST", IMPORTS, **sent(SHEET, "春季 知识.csv"))["id"]
    given = staff("GET", f"{IMPORTS}/{number}/rejected")
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    plain, _, chinese = given.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert (plain, unquote(chinese)) == ('attachment; filename="rejected.csv"', "春季 知识-未导入.csv")
    lines = given.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "问题,相似问法,答案,层级,商品,错误原因"
    assert [line.split(",")[2] for line in lines[1:]] == ["没有问题的答案", "不知道。"]
    content = workbook(("问题", "答案"), ("", "答"))
    number = staff.good("POST", IMPORTS, **sent(content, "表.XLSX"))["id"]
    given = staff("GET", f"{IMPORTS}/{number}/rejected")
    assert unquote(given.headers["content-disposition"]).endswith("表-未导入.xlsx")
    rows = list(load_workbook(io.BytesIO(given.content)).active.values)
    assert rows[0] == ("问题", "答案", "错误原因")
    assert rows[1][1] == "答"


def test_an_import_is_taken_back_once(staff: Staff, shop: Shop) -> None:
    number = staff.good("POST", IMPORTS, **sent(SHEET))["id"]
    one, two = (row.id for row in shop.rows(EntryRow))
    staff.good("PUT", f"/m1/entries/{one}", json={"question": "大衣能机洗吗", "answer": "可以", "version": 1})
    path = f"{IMPORTS}/{number}/rollback"
    assert staff.good("POST", path, who="a3") == {"restored": [], "retired": [two], "skipped": [one]}
    before = snapshot(shop.engine)
    assert staff.bad("POST", path) == (409, {"code": "already_rolled_back"})
    assert snapshot(shop.engine) == before
    shown = staff.good("GET", f"{IMPORTS}/{number}")
    assert (shown["status"], shown["rolled_back_by"]) == ("rolled_back", "a3")


def test_an_import_closes_what_it_answers(staff: Staff, shop: Shop) -> None:
    with writing(shop.engine) as session:
        for tenant, text in (("m1", "能洗吗？"), ("m1", "没人问"), ("m2", "几天发货"), ("m1", "几天发货")):
            record_question(session, tenant, text, outcome=Outcome.UNKNOWN, now=shop.now)
    one = staff.good("POST", IMPORTS, **sent(SHEET), params={"dry_run": True})
    assert one["answered_questions"] == 0
    draft = staff.good("POST", IMPORTS, **sent("问题,答案\n几天发货,明天\n"), params={"status": "draft"})
    assert draft["answered_questions"] == 0
    assert staff.good("POST", IMPORTS, **sent(SHEET))["answered_questions"] == 2
    assert [(row.tenant, row.text, row.status, row.closed_by) for row in shop.rows(QuestionRow)] == [
        ("m1", "能洗吗？", "answered", "a1"),
        ("m1", "没人问", "open", None),
        ("m2", "几天发货", "open", None),
        ("m1", "几天发货", "answered", "a1"),
    ]


@pytest.mark.parametrize(("kind", "media_type"), knowledge_files.MEDIA_TYPES.items())
def test_an_export_can_be_imported_again_without_a_change(staff: Staff, shop: Shop, kind: str, media_type: str) -> None:
    put_entry(shop, "m1", "=1+1吗", '是 "2"，\n对', similar_questions=("一加一", "a|b"), layer=Layer.EMERGENCY)
    put_entry(shop, "m1", "大衣掉色吗", "不", product_id="P1", layer=Layer.PRODUCT, status=EntryStatus.DRAFT)
    put_entry(shop, "m1", "围巾扎吗", "不", product_label="云朵围巾", valid_to=shop.now, status=EntryStatus.RETIRED)
    put_entry(shop, "m2", "别家的")
    given = staff("GET", f"/m1/export?format={kind}")
    assert given.headers["content-type"] == media_type
    assert given.headers["cache-control"] == "no-store"
    plain, _, chinese = given.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert plain == f'attachment; filename="knowledge.{kind}"'
    assert unquote(chinese) == f"云裳服饰-知识-20261121.{kind}"
    report = staff.good("POST", IMPORTS, **sent(given.content, f"知识.{kind}"))
    assert (report["unchanged"], report["added"], report["updated"], report["rejected"]) == (3, 0, 0, 0)


def test_files_have_harmless_names(staff: Staff, shop: Shop) -> None:
    for name in ("../../etc/passwd.csv", "C:\\temp\\甲.csv", "\u202e乙.csv", "x" * 500 + ".csv", 'a";b.csv'):
        number = staff.good("POST", IMPORTS, **sent(SHEET, name))["id"]
        given = staff("GET", f"{IMPORTS}/{number}/rejected")
        assert given.headers["content-disposition"].isascii()
    names = [row.file_name for row in shop.rows(ImportRow)]
    assert names[:3] == ["passwd.csv", "甲.csv", "乙.csv"]
    assert len(names[3]) == 200


def test_two_imports_at_once_lose_nothing(staff: Staff, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    together, real = threading.Barrier(2, timeout=10), knowledge_files.read_file

    def at_once(name: str, content: bytes) -> Any:
        together.wait()
        return real(name, content)

    monkeypatch.setattr(knowledge_files, "read_file", at_once)
    files = [
        "问题,答案\n" + "".join(f"问题{name}{number},答案{number}\n" for number in range(300)) + "共同的,答\n"
        for name in "甲乙"
    ]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda text: staff("POST", IMPORTS, **sent(text)), files))
    assert [each.status_code for each in done] == [200, 200]
    reports = sorted((each.json() for each in done), key=lambda each: each["unchanged"])
    assert [(each["added"], each["unchanged"]) for each in reports] == [(301, 0), (300, 1)]
    assert shop.count(EntryRow, VersionRow, ImportRow) == [601, 601, 2]


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "a.csv", (400, "upload_missing")),
        (b" \n\t", "a.csv", (422, "file_unreadable")),
        (b"\x00" * 100, "a.xlsx", (422, "file_unreadable")),
        (b"MZ\x90\x00" + bytes(range(256)) * 20, "a.xlsx", (422, "file_unreadable")),
        (b"PK\x03\x04" + b"\xff" * 500, "a.xlsx", (422, "file_unreadable")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", (422, "file_unreadable")),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.csv", (422, "file_unreadable")),
        ("标题,内容\n甲,乙\n".encode(), "a.csv", (422, "file_unreadable")),
        (b"x" * (MAX_BYTES + 1), "a.csv", (413, "upload_too_large")),
        (b"x" * (MAX_BYTES + 100_000), "a.csv", (413, "body_too_large")),
    ],
)
def test_files_that_are_none(staff: Staff, shop: Shop, content: bytes, name: str, expected: tuple[int, str]) -> None:
    before = snapshot(shop.engine)
    status, error = staff.bad("POST", IMPORTS, **sent(content, name))
    assert (status, error["code"]) == expected
    assert snapshot(shop.engine) == before


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (400, "upload_missing")),
        ({"json": {"file": "a"}}, (400, "upload_missing")),
        ({"data": {"file": "问题,答案"}}, (422, "invalid_request")),
        ({"files": {"other": ("a.csv", SHEET.encode())}}, (400, "upload_missing")),
        ({**sent(SHEET), "params": {"status": "retired"}}, (422, "invalid_request")),
        ({**sent(SHEET), "params": {"dry_run": "vielleicht"}}, (422, "invalid_request")),
        ({**sent(SHEET), "data": {"status": "\0"}}, (422, "invalid_request")),
        ({"content": b"--x", "headers": {"content-type": MULTIPART}}, (400, "body_invalid")),
        (
            {"content": b"\xff" * 99, "headers": {"content-type": "multipart/form-data; boundary=x"}},
            (400, "body_invalid"),
        ),
    ],
)
def test_forms_that_make_no_sense(
    client: TestClient, staff: Staff, shop: Shop, more: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = snapshot(shop.engine)
    headers = {**shop.auth("a1", "m1", Role.AGENT), **more.pop("headers", {})}
    response = client.post(f"/api/v1/knowledge{IMPORTS}", headers=headers, **more)
    assert (response.status_code, response.json()["error"]["code"]) == expected
    assert snapshot(shop.engine) == before


def test_cells_with_anything_in_them_do_no_harm(staff: Staff, shop: Shop) -> None:
    table = "问题\t答案\n" + "".join(f"{cell}\t{cell}\n" for cell in ODD) + f"长\t{'长' * 10_000}\n零\t\0\n"
    report = staff.good("POST", IMPORTS, **sent(table, "a.tsv"))
    assert report["added"] + report["rejected"] == len(ODD) + 2
    answers = [row.answer for row in shop.rows(EntryRow)]
    assert answers[:2] == ODD[:2]
    asked = {"role": "assistant", "content": "\ud800", "sender": "\ud800"}
    chat = str([{**asked, "role": "user"}, asked]).replace("'", '"').encode("utf-8", "surrogatepass")
    assert staff("POST", IMPORTS, **sent(chat, "a.json")).status_code in (200, 422)


def test_one_person_imports_only_so_often(shop: Shop, rasa: Any, settings: Any) -> None:
    from tests.desk.conftest import desk_on

    add_people(shop)
    with TestClient(desk_on(shop, rasa, settings.copy(update={"rate_limit": "1/minute"}))) as client:
        staff = Staff(client, shop)
        staff.good("POST", IMPORTS, **sent(SHEET))
        before = snapshot(shop.engine)
        assert staff.bad("POST", IMPORTS, **sent(SHEET)) == (429, {"code": "rate_limited"})
        assert snapshot(shop.engine) == before
        staff.good("POST", IMPORTS, who="a3", **sent(SHEET))


def test_an_import_cannot_name_another_scopes_entry(staff: Staff, shop: Shop) -> None:
    theirs = put_entry(shop, "m2", "别家的问题", "别家的答案")
    before = snapshot(shop.engine)
    response = staff("POST", IMPORTS, **sent(f"编号,问题,答案\n{theirs.id},改掉,改掉\n"))
    assert (response.json()["rejected"], response.json()["changes"]) == (1, [])
    assert "别家" not in response.text
    after = snapshot(shop.engine)
    for table in ("knowledge_entries", "knowledge_versions"):
        assert after[table] == before[table]
