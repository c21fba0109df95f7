"""Entries are written whole or not at all; every change is counted where it changes answers, and kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import BY_TESTS, row_counts
from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import EntryNotFound, InvalidEntry, ScopeNotFound, VersionConflict
from xiaoer.knowledge.model import Change, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.store import (
    add_entry,
    get_entry,
    list_entries,
    publish_entry,
    retire_entry,
    revision,
    update_entry,
)
from xiaoer.knowledge.tables import EntryRow, RevisionRow, VersionRow

FREIGHT = Draft(question="包邮吗", answer="满99元包邮。")
DRAFT, PUBLISHED, RETIRED = EntryStatus.DRAFT, EntryStatus.PUBLISHED, EntryStatus.RETIRED
Write = Callable[[Callable[[Session], Entry]], Entry]


def revisions(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {row.scope: row.revision for row in session.scalars(select(RevisionRow))}


def kept(engine: Engine) -> list[tuple[int, str, str]]:
    """Version, action and status of every version."""
    with reading(engine) as session:
        rows = session.scalars(select(VersionRow).order_by(VersionRow.entry_id, VersionRow.version))
        return [(row.version, row.action, row.content["status"]) for row in rows]


@pytest.fixture
def write(mall: Engine) -> Write:
    """Does something to ``mall`` in a transaction of its own."""

    def write(call: Callable[[Session], Entry]) -> Entry:
        with writing(mall) as session:
            return call(session)

    return write


def test_a_new_entry_has_version_1_and_its_scope_revision_1(mall: Engine, write: Write, now: datetime) -> None:
    draft = Draft(
        question=" 大衣怎么洗 ",
        answer="请干洗。",
        layer=Layer.PRODUCT,
        similar_questions=("能机洗吗", "能机洗吗", "大衣怎么洗"),
        product_id="P1",
        valid_from=now,
        valid_to=now + timedelta(days=1),
    )
    entry = write(lambda session: add_entry(session, "shop", draft, Change("a1", now)))
    assert asdict(entry) == {
        "id": entry.id,
        "scope": "shop",
        "layer": Layer.PRODUCT,
        "question": "大衣怎么洗",
        "similar_questions": ("能机洗吗",),
        "answer": "请干洗。",
        "product_id": "P1",
        "product_label": "",
        "valid_from": now,
        "valid_to": now + timedelta(days=1),
        "version": 1,
        "status": PUBLISHED,
    }
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
        assert list_entries(session, "other") == []
        assert get_entry(session, "shop", entry.id) == entry
        version = session.scalars(select(VersionRow)).one()
        assert (version.entry_id, version.version, version.action) == (entry.id, 1, "created")
        assert (version.by, version.at, version.import_id) == ("a1", now, None)
        assert version.content == {
            "layer": "product",
            "question": "大衣怎么洗",
            "similar_questions": ["能机洗吗"],
            "answer": "请干洗。",
            "product_id": "P1",
            "product_label": "",
            "valid_from": "2026-11-21T04:00:00+00:00",
            "valid_to": "2026-11-22T04:00:00+00:00",
            "status": "published",
        }
    assert revisions(mall) == {"shop": 1}


def test_a_change_grows_version_and_revision(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS))
    new = Draft(question="包邮吗", answer="全场包邮。")
    changed = write(lambda session: update_entry(session, "shop", entry.id, new, BY_TESTS, version=1))
    assert (changed.id, changed.version, changed.answer) == (entry.id, 2, "全场包邮。")
    assert kept(mall) == [(1, "created", "published"), (2, "updated", "published")]
    assert revisions(mall) == {"shop": 2}


def test_a_retired_entry_leaves_the_list_and_can_come_back(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS))
    assert write(lambda session: retire_entry(session, "shop", entry.id, BY_TESTS)).version == 2
    again = write(lambda session: retire_entry(session, "shop", entry.id, BY_TESTS))
    assert (again.version, again.status) == (2, RETIRED)
    assert revisions(mall) == {"shop": 2}
    with reading(mall) as session:
        assert list_entries(session, "shop") == []
        assert list_entries(session, "shop", statuses=(RETIRED,)) == [again]
    assert write(lambda session: update_entry(session, "shop", entry.id, FREIGHT, BY_TESTS)).status is PUBLISHED
    with reading(mall) as session:
        assert [(each.id, each.version) for each in list_entries(session, "shop")] == [(entry.id, 3)]
        assert revision(session, "shop") == 3
        assert revision(session, "other") == 0


def test_a_draft_answers_only_when_it_is_published(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS, status=DRAFT))
    longer = Draft(question="包邮吗", answer="全场包邮。")
    entry = write(lambda session: update_entry(session, "shop", entry.id, longer, BY_TESTS))
    assert (entry.status, entry.version, entry.answer) == (DRAFT, 2, "全场包邮。")
    with reading(mall) as session:
        assert list_entries(session, "shop") == []
        assert list_entries(session, "shop", statuses=tuple(EntryStatus)) == [entry]
        assert revision(session, "shop") == 0, "what does not answer needs no new index"

    entry = write(lambda session: publish_entry(session, "shop", entry.id, BY_TESTS, version=2))
    assert write(lambda session: publish_entry(session, "shop", entry.id, BY_TESTS)) == entry
    assert (entry.status, entry.version) == (PUBLISHED, 3)
    assert kept(mall) == [(1, "created", "draft"), (2, "updated", "draft"), (3, "published", "published")]
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
        assert revision(session, "shop") == 1


def test_a_draft_that_is_retired_changes_no_answer(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS, status=DRAFT))
    assert write(lambda session: retire_entry(session, "shop", entry.id, BY_TESTS)).status is RETIRED
    assert kept(mall) == [(1, "created", "draft"), (2, "retired", "retired")]
    assert revisions(mall) == {"shop": 0}


def test_entries_are_listed_by_layer_words_and_page(mall: Engine, write: Write) -> None:
    drafts = [
        Draft("大衣怎么洗", "请干洗。", Layer.PRODUCT, product_id="P1"),
        Draft("满100%返吗", "返 VIP 券。", similar_questions=('"全返"吗',)),
        Draft("发货了吗", "暴雪停运。", Layer.EMERGENCY),
    ]
    coat, back, snow = (
        write(lambda session, draft=draft: add_entry(session, "shop", draft, BY_TESTS)) for draft in drafts
    )

    def found(**wanted: object) -> list[Entry]:
        with reading(mall) as session:
            return list_entries(session, "shop", **wanted)  # type: ignore[arg-type]

    assert found(layer=Layer.EMERGENCY) == [snow]
    assert found(query="干洗") == [coat]
    assert found(query=" vip ") == [back]
    assert found(query='"全返"') == [back]
    assert found(query="100%") == [back]
    assert found(query="%") == [back]
    assert found(query="_") == []
    assert found(limit=2) == [coat, back]
    assert found(after=back.id, limit=2) == [snow]
    assert found(query="吗", layer=Layer.CAMPAIGN) == [back]


def test_a_stale_version_changes_nothing(mall: Engine, write: Write) -> None:
    first = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS))
    entry = write(lambda session: update_entry(session, "shop", first.id, FREIGHT, BY_TESTS))
    before = row_counts(mall)
    for call in (
        lambda session: update_entry(session, "shop", entry.id, Draft(question="x", answer="y"), BY_TESTS, version=1),
        lambda session: retire_entry(session, "shop", entry.id, BY_TESTS, version=1),
        lambda session: publish_entry(session, "shop", entry.id, BY_TESTS, version=1),
    ):
        with pytest.raises(VersionConflict) as caught:
            write(call)
        assert caught.value.version == 2
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
    assert row_counts(mall) == before
    assert revisions(mall) == {"shop": 2}


def test_another_scopes_entry_is_not_found_and_stays(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS))
    before = row_counts(mall)
    for call in (
        lambda session: update_entry(session, "other", entry.id, Draft(question="x", answer="y"), BY_TESTS),
        lambda session: retire_entry(session, "platform", entry.id, BY_TESTS),
        lambda session: publish_entry(session, "nobody", entry.id, BY_TESTS),
        lambda session: get_entry(session, "other", entry.id),
    ):
        with pytest.raises(EntryNotFound):
            write(call)
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
    assert row_counts(mall) == before
    assert revisions(mall) == {"shop": 1}


def test_an_unknown_scope_is_refused(write: Write) -> None:
    with pytest.raises(ScopeNotFound):
        write(lambda session: add_entry(session, "nobody", FREIGHT, BY_TESTS))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("可以\u202e退\u202c货\x07", "可以退货"),
        ("\ufeff第一步\r\n\t第二步\r完\u200b ", "第一步\n\t第二步\n完"),
        ("全家👨\u200d👩\u200d👧都能用❤️", "全家👨\u200d👩\u200d👧都能用❤️"),
    ],
)
def test_what_nobody_can_see_is_not_kept(small_mall: Engine, text: str, kept: str) -> None:
    with writing(small_mall) as session:
        added = add_entry(session, "shop", Draft(question=f"怎么{text}", answer=text, product_label=text), BY_TESTS)
        assert (added.question, added.answer, added.product_label) == (f"怎么{kept}", kept, kept)
    with reading(small_mall) as session:
        assert list_entries(session, "shop") == [added]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"question": "  "}, "question", "不能为空"),
        ({"question": "？！😀"}, "question", "没有文字内容"),
        ({"question": "问" * 301}, "question", "超过300个字"),
        ({"question": "包\x00邮"}, "question", "含有无法保存的字符"),
        ({"answer": "\n"}, "answer", "不能为空"),
        ({"answer": "答" * 5001}, "answer", "超过5000个字"),
        ({"answer": "答\ud800"}, "answer", "含有无法保存的字符"),
        ({"answer": "\u202e\u200b\ufeff\x07 "}, "answer", "不能为空"),
        ({"similar_questions": ("包邮", "")}, "similar_questions", "不能为空"),
        ({"similar_questions": tuple(f"问{number}" for number in range(201))}, "similar_questions", "超过200个"),
        ({"product_id": "P9"}, "product_id", "不是本店的商品"),
        ({"product_id": "P3"}, "product_id", "不是本店的商品"),
        ({"product_id": "P1", "product_label": "大衣"}, "product_label", "已经选了商品，不能再填商品名称"),
        ({"product_label": "衣" * 121}, "product_label", "超过120个字"),
        ({"valid_from": datetime(2026, 11, 21)}, "valid_from", "时间缺少时区"),  # noqa: DTZ001
    ],
)
def test_a_draft_that_is_wrong_is_refused_by_field(
    small_mall: Engine, fields: dict[str, object], field: str, reason: str
) -> None:
    with pytest.raises(InvalidEntry) as caught, writing(small_mall) as session:
        add_entry(session, "shop", Draft(**{"question": "包邮吗", "answer": "包", **fields}), BY_TESTS)
    assert (caught.value.field, caught.value.reason) == (field, reason)
    with reading(small_mall) as session:
        assert session.scalar(select(func.count()).select_from(EntryRow)) == 0
    assert revisions(small_mall) == {}


def test_an_entry_must_begin_before_it_ends(small_mall: Engine, now: datetime) -> None:
    with pytest.raises(InvalidEntry) as caught, writing(small_mall) as session:
        add_entry(session, "shop", Draft(question="包邮吗", answer="包", valid_from=now, valid_to=now), BY_TESTS)
    assert caught.value.field == "valid_to"


def test_the_platform_may_speak_of_any_product(small_mall: Engine) -> None:
    draft = Draft(question="耳机召回", answer="是", product_id="P3")
    with writing(small_mall) as session:
        assert add_entry(session, "platform", draft, BY_TESTS).product_id == "P3"


def test_a_rolled_back_change_is_not_counted(mall: Engine) -> None:
    before = row_counts(mall)

    def fail_late(session: Session) -> None:
        add_entry(session, "shop", FREIGHT, BY_TESTS)
        raise RuntimeError

    with pytest.raises(RuntimeError), writing(mall) as session:
        fail_late(session)
    assert row_counts(mall) == before


def test_changes_of_several_writers_are_all_counted(mall: Engine) -> None:
    def write(number: int) -> None:
        with writing(mall) as session:
            add_entry(session, "shop", Draft(question=f"问题{number}", answer="答"), BY_TESTS)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert revisions(mall) == {"shop": 12}
    with reading(mall) as session:
        assert len(list_entries(session, "shop")) == 12


def test_of_writers_who_have_seen_the_same_version_one_wins(mall: Engine, write: Write) -> None:
    entry = write(lambda session: add_entry(session, "shop", FREIGHT, BY_TESTS))

    def change(number: int) -> bool:
        draft = Draft(question="包邮吗", answer=f"满{number}元包邮。")
        try:
            with writing(mall) as session:
                update_entry(session, "shop", entry.id, draft, BY_TESTS, version=1)
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, range(4))) == [False, False, False, True]
    assert kept(mall) == [(1, "created", "published"), (2, "updated", "published")]
    assert revisions(mall) == {"shop": 2}
