"""Imports say beforehand what they change, do just that in one step, lose no row, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS, row_counts
from tests.sheets import broken, parsed, sheet_of
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import AlreadyRolledBack, ImportNotFound, RowError, ScopeNotFound
from xiaoer.knowledge.formats.model import Sheet
from xiaoer.knowledge.history import list_versions, rollback_entry
from xiaoer.knowledge.import_model import ImportRecord, ImportReport, ImportStatus, Kind, RollbackReport, RowChange
from xiaoer.knowledge.imports import get_import, import_file, list_imports, rollback_import
from xiaoer.knowledge.model import Action, Change, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.rows import draft_of
from xiaoer.knowledge.store import list_entries, retire_entry, revision, update_entry
from xiaoer.knowledge.tables import VersionRow

Add = Callable[..., Entry]
DRAFT, PUBLISHED, RETIRED = EntryStatus.DRAFT, EntryStatus.PUBLISHED, EntryStatus.RETIRED


def run(engine: Engine, sheet: Sheet, scope: str = "shop", **more: Any) -> ImportReport:
    return import_file(engine, scope, sheet, BY_TESTS, file_name="知识.csv", **more)


def entries(engine: Engine, scope: str = "shop", *statuses: EntryStatus) -> list[Entry]:
    with reading(engine) as session:
        return list_entries(session, scope, statuses=statuses or (PUBLISHED,))


def everything(engine: Engine) -> list[Entry]:
    return entries(engine, "shop", *EntryStatus)


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.duplicates, report.rejected


def take_back(engine: Engine, number: int | None, scope: str = "shop") -> RollbackReport:
    assert number is not None
    with writing(engine) as session:
        return rollback_import(session, scope, number, Change("a9", BY_TESTS.at + timedelta(days=1)))


def grown(engine: Engine, scope: str = "shop") -> int:
    with reading(engine) as session:
        return revision(session, scope)


def test_every_column_is_written(mall: Engine, now: datetime) -> None:
    row = parsed(
        2,
        "大衣怎么洗",
        "请干洗。",
        similar_questions=("能机洗吗", "可以水洗吗"),
        layer=Layer.EMERGENCY,
        product="羊毛大衣",
        valid_from=now,
        valid_to=now + timedelta(days=3),
        status=DRAFT,
    )
    report = run(mall, sheet_of(row))
    (entry,) = everything(mall)
    assert report == ImportReport(report.id, [RowChange(2, "", Kind.ADDED, entry.id, "大衣怎么洗")], [])
    assert entry == Entry(
        id=entry.id,
        scope="shop",
        layer=Layer.EMERGENCY,
        question="大衣怎么洗",
        similar_questions=("能机洗吗", "可以水洗吗"),
        answer="请干洗。",
        product_id="P1",
        product_label="",
        valid_from=now,
        valid_to=now + timedelta(days=3),
        version=1,
        status=DRAFT,
    )
    with reading(mall) as session:
        (version,) = list_versions(session, "shop", entry.id)
        assert version.entry == entry
        assert (version.action, version.by, version.at) == (Action.CREATED, "tests", BY_TESTS.at)
        assert version.import_id == report.id
    assert grown(mall) == 0, "a draft answers nobody"


@pytest.mark.parametrize(
    ("named", "layer", "expected"),
    [
        ("", None, (Layer.CAMPAIGN, None, "")),
        ("P1", None, (Layer.PRODUCT, "P1", "")),
        ("短款羽绒服", None, (Layer.PRODUCT, "P2", "")),
        ("暖冬双面羊毛大衣女", Layer.CAMPAIGN, (Layer.CAMPAIGN, "P1", "")),
        ("真丝围巾", None, (Layer.PRODUCT, None, "真丝围巾")),
        ("P3", None, (Layer.PRODUCT, None, "P3")),
    ],
)
def test_a_product_is_named_by_id_or_name_or_becomes_a_label(
    small_mall: Engine, named: str, layer: Layer | None, expected: tuple[Layer, str | None, str]
) -> None:
    run(small_mall, sheet_of(parsed(2, "怎么洗", product=named, layer=layer)))
    (entry,) = entries(small_mall)
    assert (entry.layer, entry.product_id, entry.product_label) == expected


def test_a_dry_run_says_what_would_be_done_and_does_nothing(mall: Engine, add: Add) -> None:
    same, other = add("shop", "包邮吗", "包"), add("shop", "几点上班", "九点")
    before = row_counts(mall)
    sheet = sheet_of(
        parsed(2, "包邮吗", "包"),
        parsed(3, "几点上班？", "十点", similar_questions=("何时上班",)),
        broken(4, "不能为空", "发货地", ""),
        parsed(5, "发货地", "杭州"),
        parsed(6, "发货地", "杭州"),
        parsed(7, "发货地", "嘉兴"),
        parsed(8, "退货地址", "杭州", entry_id=999),
    )
    report = run(mall, sheet, dry_run=True)
    assert report.id is None
    assert counts(report) == (1, 1, 1, 1, 3)
    assert report.changes == [
        RowChange(2, "", Kind.UNCHANGED, same.id, "包邮吗"),
        RowChange(3, "", Kind.UPDATED, other.id, "几点上班？", ("question", "similar_questions", "answer")),
        RowChange(5, "", Kind.ADDED, None, "发货地"),
        RowChange(6, "", Kind.DUPLICATE, None, "发货地"),
    ]
    assert report.problems == [
        RowError(4, "答案", "不能为空"),
        RowError(7, "问题", "和第5行说的是同一条知识，但内容不同"),
        RowError(8, "编号", "没有编号为999的知识；要新增请把编号留空"),
    ]
    assert row_counts(mall) == before
    assert entries(mall) == [same, other]

    done = run(mall, sheet)
    assert counts(done) == (1, 1, 1, 1, 3)
    assert [(entry.question, entry.answer, entry.version) for entry in entries(mall)] == [
        ("包邮吗", "包", 1),
        ("几点上班？", "十点", 2),
        ("发货地", "杭州", 1),
    ]
    assert [change.entry_id for change in done.changes] == [same.id, other.id, entries(mall)[-1].id, None]
    assert grown(mall) == 3, "an import is one step, however many rows it has"


def test_wrong_rows_are_kept_with_their_cells_and_reasons(mall: Engine) -> None:
    sheet = sheet_of(
        parsed(2, "包邮吗", "包", sheet="一"),
        parsed(3, "？！", "包", sheet="一"),
        parsed(2, "耳机怎么洗", "不能洗", sheet="二", entry_id=7),
        broken(4, "答案超过5000个字\x00", "包邮吗\ud800", "长" * 6000, sheet="一"),
    )
    report = run(mall, sheet)
    assert counts(report) == (1, 0, 0, 0, 3)
    assert report.id is not None
    with reading(mall) as session:
        record = get_import(session, "shop", report.id)
        assert list_imports(session, "shop") == [record]
        assert list_imports(session, "other") == []
        assert list_imports(session, "shop", before=report.id) == []
    assert record == ImportRecord(
        id=report.id,
        scope="shop",
        file_name="知识.csv",
        by="tests",
        at=BY_TESTS.at,
        status=ImportStatus.APPLIED,
        added=1,
        updated=0,
        unchanged=0,
        duplicates=0,
        rejected=record.rejected,
        rolled_back_by=None,
        rolled_back_at=None,
    )
    assert [(row.sheet, row.number, row.original, row.errors) for row in record.rejected] == [
        ("一", 3, ("？！", "包"), (RowError(3, "B3", "没有文字内容"),)),
        ("一", 4, ("包邮吗�", "长" * 6000), (RowError(4, "答案", "答案超过5000个字�"),)),
        ("二", 2, ("耳机怎么洗", "不能洗"), (RowError(2, "A2", "没有编号为7的知识；要新增请把编号留空"),)),
    ]


def test_the_entry_of_another_scope_can_not_be_named(mall: Engine, add: Add) -> None:
    foreign = add("other", "包邮吗", "包")
    report = run(mall, sheet_of(parsed(2, "包邮吗", "不包", entry_id=foreign.id)))
    assert counts(report) == (0, 0, 0, 0, 1)
    assert entries(mall, "other") == [foreign]
    assert (grown(mall), grown(mall, "other")) == (0, 1)


def test_a_name_that_two_products_have_is_refused(small_mall: Engine) -> None:
    with writing(small_mall) as session:
        session.get(ProductRow, "P2").short_name = "羊毛大衣"
    report = run(small_mall, sheet_of(parsed(2, "怎么洗", product="羊毛大衣"), parsed(3, "怎么洗", product="P2")))
    assert report.problems == [RowError(2, "商品", "有2个商品叫“羊毛大衣”（P1、P2），请改填商品编号")]
    assert [entry.product_id for entry in entries(small_mall)] == ["P2"]


def test_a_row_means_the_entry_of_its_question_layer_product_and_span(mall: Engine, add: Add, now: datetime) -> None:
    later = now + timedelta(days=30)
    plain = add("shop", "包邮吗", "满99包邮")
    coat = add("shop", "包邮吗", "大衣包邮", layer=Layer.PRODUCT, product_id="P1")
    snow = add("shop", "包邮吗", "暴雪不包", layer=Layer.EMERGENCY, valid_from=now, valid_to=later)
    sheet = sheet_of(
        parsed(2, "ＢＡＯ邮吗", "新问题"),
        parsed(3, " 包邮吗？", "都包邮"),
        parsed(4, "包邮吗", "大衣包邮", product="羊毛大衣", similar_questions=("运费",)),
        parsed(5, "包邮吗", "暴雪不包", layer=Layer.EMERGENCY, valid_from=now, valid_to=now + timedelta(days=5)),
    )
    report = run(mall, sheet)
    assert [(change.kind, change.entry_id, change.differs) for change in report.changes[1:]] == [
        (Kind.UPDATED, plain.id, ("question", "answer")),
        (Kind.UPDATED, coat.id, ("similar_questions",)),
        (Kind.UPDATED, snow.id, ("valid_to",)),
    ]
    assert report.changes[0].kind is Kind.ADDED


def test_spans_of_one_question_are_entries_of_their_own(mall: Engine, add: Add, now: datetime) -> None:
    week = timedelta(days=7)
    old = add("shop", "双十一满减", "去年的", valid_from=now - 50 * week, valid_to=now - 49 * week)
    rows = [
        parsed(2, "双十一满减", "第一周", valid_from=now, valid_to=now + week),
        parsed(3, "双十一满减", "第二周", valid_from=now + week, valid_to=now + 2 * week),
        parsed(4, "双十一满减", "第二周", valid_from=now + week, valid_to=now + 2 * week),
    ]
    assert counts(run(mall, sheet_of(*rows))) == (1, 1, 0, 1, 0)
    assert [(entry.answer, entry.valid_from) for entry in entries(mall)] == [("第一周", now), ("第二周", now + week)]
    assert entries(mall)[0].id == old.id
    assert counts(run(mall, sheet_of(*rows))) == (0, 0, 2, 1, 0)


def test_columns_that_a_file_lacks_stay_as_they_are(mall: Engine, add: Add, now: datetime) -> None:
    fields = {"similar_questions": ("邮费", "满99包邮吗"), "valid_from": now, "valid_to": now + timedelta(days=9)}
    plain = add("shop", "包邮吗", "包", **fields)
    coat = add("shop", "大衣怎么洗", "手洗", layer=Layer.EMERGENCY, product_id="P1")
    report = run(
        mall,
        sheet_of(
            parsed(2, "包邮吗", "不包"),
            parsed(3, "大衣如何洗", "干洗", entry_id=coat.id),
            columns=("id", "question", "answer"),
        ),
    )
    assert [(change.kind, change.differs) for change in report.changes] == [
        (Kind.UPDATED, ("answer",)),
        (Kind.UPDATED, ("question", "answer")),
    ]
    assert entries(mall) == [
        replace(plain, answer="不包", version=2),
        replace(coat, question="大衣如何洗", answer="干洗", version=2),
    ]
    run(mall, sheet_of(parsed(2, "包邮吗", "不包"), columns=("question", "answer", "similar_questions")))
    assert entries(mall)[0].similar_questions == (), "an empty cell empties"


def test_an_id_changes_the_question_and_brings_a_retired_entry_back(mall: Engine, add: Add) -> None:
    entry = add("shop", "包邮吗", "包")
    with writing(mall) as session:
        retire_entry(session, "shop", entry.id, BY_TESTS)
    assert counts(run(mall, sheet_of(parsed(2, "包邮吗", "包"), columns=("question", "answer")))) == (1, 0, 0, 0, 0)
    report = run(mall, sheet_of(parsed(2, "运费谁出", "包", entry_id=entry.id)))
    assert report.changes == [RowChange(2, "", Kind.UPDATED, entry.id, "运费谁出", ("question", "status"))]
    assert [(each.id, each.question, each.version) for each in entries(mall)] == [
        (entry.id, "运费谁出", 3),
        (entry.id + 1, "包邮吗", 1),
    ]


def test_drafts_of_a_file_never_change_what_answers(mall: Engine, add: Add) -> None:
    known = add("shop", "包邮吗", "包")
    sheet = sheet_of(
        parsed(2, "包邮吗", "包"),
        parsed(3, "包邮吗", "不包"),
        parsed(4, "几点上班", "九点"),
        parsed(5, "包邮吗", "都包", entry_id=known.id),
        parsed(6, "营业到几点", "六点", status=PUBLISHED),
    )
    report = run(mall, sheet, status=DRAFT)
    assert [change.kind for change in report.changes] == [Kind.UNCHANGED, Kind.ADDED, Kind.ADDED, Kind.ADDED]
    assert report.problems == [RowError(5, "编号", "这条知识已发布，作为草稿导入时不能修改；请把编号留空，另存为草稿")]
    assert [(entry.question, entry.answer) for entry in entries(mall)] == [("包邮吗", "包"), ("营业到几点", "六点")]
    assert [(entry.question, entry.answer) for entry in entries(mall, "shop", DRAFT)] == [
        ("包邮吗", "不包"),
        ("几点上班", "九点"),
    ]
    again = run(mall, sheet_of(parsed(2, "包邮吗", "满99包"), parsed(3, "几点上班", "九点")), status=DRAFT)
    assert [change.kind for change in again.changes] == [Kind.UPDATED, Kind.UNCHANGED]
    published = run(mall, sheet_of(parsed(2, "几点上班", "九点")))
    assert [(change.kind, change.differs) for change in published.changes] == [(Kind.UPDATED, ("status",))]
    assert [entry.question for entry in entries(mall)] == ["包邮吗", "几点上班", "营业到几点"]


def test_a_row_can_retire_an_entry(mall: Engine, add: Add) -> None:
    entry = add("shop", "包邮吗", "包")
    sheet = sheet_of(parsed(2, "包邮吗", "包", status=RETIRED))
    assert run(mall, sheet).changes == [RowChange(2, "", Kind.UPDATED, entry.id, "包邮吗", ("status",))]
    assert everything(mall) == [replace(entry, version=2, status=RETIRED)]
    assert counts(run(mall, sheet)) == (0, 0, 1, 0, 0)
    assert grown(mall) == 2


def test_what_lies_side_by_side_stays_so_when_it_comes_back_with_its_ids(mall: Engine, add: Add, now: datetime) -> None:
    add("shop", "包邮吗", "包")
    add("shop", "包邮吗", "也包")
    add("shop", "双十一满减", "减", valid_from=now, valid_to=now + timedelta(days=1))
    run(mall, sheet_of(parsed(2, "包邮吗", "包草稿", status=DRAFT), parsed(3, "停了", "停", status=RETIRED)))
    before = everything(mall)
    rows = [
        parsed(
            number,
            entry.question,
            entry.answer,
            entry_id=entry.id,
            similar_questions=entry.similar_questions,
            layer=entry.layer,
            product=entry.product_id or entry.product_label,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
            status=entry.status,
        )
        for number, entry in enumerate(before, start=2)
    ]
    assert counts(run(mall, sheet_of(*rows))) == (0, 0, 5, 0, 0)
    assert everything(mall) == before


def test_a_label_stays_one_when_the_catalogue_knows_the_product_by_now(small_mall: Engine, add_small: Add) -> None:
    entry = add_small("shop", "怎么洗", layer=Layer.PRODUCT, product_label="羊毛大衣")
    back = parsed(2, "怎么洗", entry_id=entry.id, product="羊毛大衣", layer=Layer.PRODUCT)
    assert counts(run(small_mall, sheet_of(back))) == (0, 0, 1, 0, 0)
    report = run(small_mall, sheet_of(replace(back, product="P1")))
    assert report.changes == [RowChange(2, "", Kind.UPDATED, entry.id, "怎么洗", ("product",))]


def test_progress_is_told(mall: Engine) -> None:
    told: list[tuple[int, int]] = []
    rows = [parsed(number, f"问题{number}") for number in range(2, 452)]
    run(mall, sheet_of(*rows), progress=lambda done, of: told.append((done, of)))
    assert told == [(200, 450), (400, 450), (450, 450)]
    assert len(entries(mall)) == 450
    assert grown(mall) == 1


def test_nobodys_knowledge_can_not_be_imported(mall: Engine) -> None:
    before = row_counts(mall)
    with pytest.raises(ScopeNotFound):
        run(mall, sheet_of(parsed(2, "包邮吗")), scope="nobody")
    assert row_counts(mall) == before


def test_an_import_is_taken_back(mall: Engine, add: Add) -> None:
    changed, same = add("shop", "包邮吗", "包"), add("shop", "几点上班", "九点")
    report = run(
        mall, sheet_of(parsed(2, "包邮吗", "不包"), parsed(3, "几点上班", "九点"), parsed(4, "发货地", "杭州"))
    )
    added = report.changes[2].entry_id
    assert added is not None
    assert grown(mall) == 3
    assert take_back(mall, report.id) == RollbackReport((changed.id,), (added,), ())
    assert entries(mall) == [replace(changed, version=3), same]
    assert [(entry.id, entry.version, entry.status) for entry in everything(mall)] == [
        (changed.id, 3, PUBLISHED),
        (same.id, 1, PUBLISHED),
        (added, 2, RETIRED),
    ]
    assert grown(mall) == 4
    assert report.id is not None
    with reading(mall) as session:
        record = get_import(session, "shop", report.id)
        assert record.status is ImportStatus.ROLLED_BACK
        assert (record.rolled_back_by, record.rolled_back_at) == ("a9", BY_TESTS.at + timedelta(days=1))
        newest = list_versions(session, "shop", changed.id)[0]
        assert (newest.action, newest.by, newest.import_id) == (Action.ROLLED_BACK, "a9", report.id)


def test_an_import_is_taken_back_once(mall: Engine) -> None:
    report = run(mall, sheet_of(parsed(2, "包邮吗", "包")))
    take_back(mall, report.id)
    before, kept = row_counts(mall), everything(mall)
    with pytest.raises(AlreadyRolledBack):
        take_back(mall, report.id)
    assert (row_counts(mall), everything(mall), grown(mall)) == (before, kept, 2)


def test_the_import_of_another_scope_is_not_found(mall: Engine) -> None:
    report = run(mall, sheet_of(parsed(2, "包邮吗", "包")))
    before, kept = row_counts(mall), everything(mall)
    for scope in ("other", "platform"):
        with pytest.raises(ImportNotFound):
            take_back(mall, report.id, scope)
        with pytest.raises(ImportNotFound), reading(mall) as session:
            get_import(session, scope, report.id or 0)
    assert (row_counts(mall), everything(mall)) == (before, kept)


def test_what_was_changed_since_stays(mall: Engine, add: Add) -> None:
    known = add("shop", "包邮吗", "包")
    report = run(mall, sheet_of(parsed(2, "包邮吗", "不包"), parsed(3, "发货地", "杭州"), parsed(4, "上班", "九点")))
    with writing(mall) as session:
        edited = update_entry(session, "shop", known.id, Draft("包邮吗", "满99包"), BY_TESTS)
    place, work = (change.entry_id or 0 for change in report.changes[1:])
    with writing(mall) as session:
        stopped = retire_entry(session, "shop", place, BY_TESTS)
    assert take_back(mall, report.id) == RollbackReport((), (work,), (edited, stopped))
    assert entries(mall) == [edited]


def test_imports_are_taken_back_one_after_the_other(mall: Engine, add: Add) -> None:
    known = add("shop", "包邮吗", "一")
    first = run(mall, sheet_of(parsed(2, "包邮吗", "二"), parsed(3, "发货地", "二")))
    second = run(mall, sheet_of(parsed(2, "包邮吗", "三"), parsed(3, "发货地", "三")))
    place = first.changes[1].entry_id or 0
    assert take_back(mall, second.id) == RollbackReport((known.id, place), (), ())
    assert [entry.answer for entry in entries(mall)] == ["二", "二"]
    assert take_back(mall, first.id) == RollbackReport((known.id,), (place,), ())
    assert [(entry.answer, entry.version) for entry in entries(mall)] == [("一", 5)]


def test_a_later_rollback_of_an_entry_does_not_change_an_imports_own_versions(mall: Engine, add: Add) -> None:
    known = add("shop", "包邮吗", "一")
    report = run(mall, sheet_of(parsed(2, "包邮吗", "二")))
    with writing(mall) as session:
        back = rollback_entry(session, "shop", known.id, 1, BY_TESTS)
    assert take_back(mall, report.id) == RollbackReport((), (), (back,))
    with reading(mall) as session:
        wanted = select(func.count()).select_from(VersionRow).where(VersionRow.import_id == report.id)
        assert session.scalar(wanted) == 1
    assert draft_of(entries(mall)[0]) == draft_of(known)
