"""Entries are written whole or not at all, and every change is counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import EntryNotFound, InvalidEntry, ScopeNotFound, VersionConflict
from xiaoer.knowledge.model import Draft, Layer
from xiaoer.knowledge.store import add_entry, archive_entry, get_entry, list_entries, revision, update_entry
from xiaoer.knowledge.tables import EntryRow, RevisionRow

FREIGHT = Draft(question="包邮吗", answer="满99元包邮。")


def revisions(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {row.scope: row.revision for row in session.scalars(select(RevisionRow))}


def test_a_new_entry_has_version_1_and_its_scope_revision_1(mall: Engine, now: datetime) -> None:
    draft = Draft(
        question=" 大衣怎么洗 ",
        answer="请干洗。",
        layer=Layer.PRODUCT,
        similar_questions=("能机洗吗", "能机洗吗", "大衣怎么洗"),
        product_id="P1",
        valid_from=now,
        valid_to=now + timedelta(days=1),
    )
    with writing(mall) as session:
        entry = add_entry(session, "shop", draft)
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
        "status": "active",
    }
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
        assert list_entries(session, "other") == []
        assert get_entry(session, "shop", entry.id) == entry
    assert revisions(mall) == {"shop": 1}


def test_a_change_grows_version_and_revision(mall: Engine) -> None:
    with writing(mall) as session:
        entry = add_entry(session, "shop", FREIGHT)
    with writing(mall) as session:
        changed = update_entry(session, "shop", entry.id, Draft(question="包邮吗", answer="全场包邮。"), version=1)
    assert (changed.id, changed.version, changed.answer) == (entry.id, 2, "全场包邮。")
    assert revisions(mall) == {"shop": 2}


def test_an_archived_entry_leaves_the_list_and_can_come_back(mall: Engine) -> None:
    with writing(mall) as session:
        entry = add_entry(session, "shop", FREIGHT)
    with writing(mall) as session:
        assert archive_entry(session, "shop", entry.id).version == 2
    with writing(mall) as session:
        again = archive_entry(session, "shop", entry.id)
    assert (again.version, again.status) == (2, "archived")
    assert revisions(mall) == {"shop": 2}
    with reading(mall) as session:
        assert list_entries(session, "shop") == []
        assert [each.id for each in list_entries(session, "shop", archived=True)] == [entry.id]
    with writing(mall) as session:
        assert update_entry(session, "shop", entry.id, FREIGHT).status == "active"
    with reading(mall) as session:
        assert [(each.id, each.version) for each in list_entries(session, "shop")] == [(entry.id, 3)]
        assert revision(session, "shop") == 3
        assert revision(session, "other") == 0


def test_a_stale_version_changes_nothing(mall: Engine) -> None:
    with writing(mall) as session:
        entry = add_entry(session, "shop", FREIGHT)
        entry = update_entry(session, "shop", entry.id, FREIGHT)
    for call in (
        lambda session: update_entry(session, "shop", entry.id, Draft(question="x", answer="y"), version=1),
        lambda session: archive_entry(session, "shop", entry.id, version=1),
    ):
        with pytest.raises(VersionConflict) as caught, writing(mall) as session:
            call(session)
        assert caught.value.version == 2
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
    assert revisions(mall) == {"shop": 2}


def test_another_scopes_entry_is_not_found_and_stays(mall: Engine) -> None:
    with writing(mall) as session:
        entry = add_entry(session, "shop", FREIGHT)
    with pytest.raises(EntryNotFound), writing(mall) as session:
        update_entry(session, "other", entry.id, Draft(question="x", answer="y"))
    with pytest.raises(EntryNotFound), writing(mall) as session:
        archive_entry(session, "platform", entry.id)
    with pytest.raises(EntryNotFound), reading(mall) as session:
        get_entry(session, "other", entry.id)
    with reading(mall) as session:
        assert list_entries(session, "shop") == [entry]
    assert revisions(mall) == {"shop": 1}


def test_an_unknown_scope_is_refused(mall: Engine) -> None:
    with pytest.raises(ScopeNotFound), writing(mall) as session:
        add_entry(session, "nobody", FREIGHT)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": "  "}, "question"),
        ({"question": "？！😀"}, "question"),
        ({"question": "问" * 301}, "question"),
        ({"question": "包\x00邮"}, "question"),
        ({"answer": "\n"}, "answer"),
        ({"answer": "答" * 5001}, "answer"),
        ({"similar_questions": ("包邮", "")}, "similar_questions"),
        ({"similar_questions": tuple(f"问{number}" for number in range(201))}, "similar_questions"),
        ({"product_id": "P9"}, "product_id"),
        ({"product_id": "P3"}, "product_id"),
        ({"product_id": "P1", "product_label": "大衣"}, "product_label"),
        ({"product_label": "衣" * 121}, "product_label"),
        ({"valid_from": datetime(2026, 11, 21)}, "valid_from"),  # noqa: DTZ001
    ],
)
def test_a_draft_that_is_wrong_is_refused_by_field(small_mall: Engine, fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidEntry) as caught, writing(small_mall) as session:
        add_entry(session, "shop", Draft(**{"question": "包邮吗", "answer": "包", **fields}))
    assert caught.value.field == field
    with reading(small_mall) as session:
        assert session.scalar(select(func.count()).select_from(EntryRow)) == 0
    assert revisions(small_mall) == {}


def test_an_entry_must_begin_before_it_ends(small_mall: Engine, now: datetime) -> None:
    with pytest.raises(InvalidEntry) as caught, writing(small_mall) as session:
        add_entry(session, "shop", Draft(question="包邮吗", answer="包", valid_from=now, valid_to=now))
    assert caught.value.field == "valid_to"


def test_the_platform_may_speak_of_any_product(small_mall: Engine) -> None:
    with writing(small_mall) as session:
        assert (
            add_entry(session, "platform", Draft(question="耳机召回", answer="是", product_id="P3")).product_id == "P3"
        )


def test_a_rolled_back_change_is_not_counted(mall: Engine) -> None:
    def fail_late(session: Session) -> None:
        add_entry(session, "shop", FREIGHT)
        raise RuntimeError

    with pytest.raises(RuntimeError), writing(mall) as session:
        fail_late(session)
    assert revisions(mall) == {}
    with reading(mall) as session:
        assert list_entries(session, "shop", archived=True) == []


def test_changes_of_several_writers_are_all_counted(mall: Engine) -> None:
    def write(number: int) -> None:
        with writing(mall) as session:
            add_entry(session, "shop", Draft(question=f"问题{number}", answer="答"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert revisions(mall) == {"shop": 12}
    with reading(mall) as session:
        assert len(list_entries(session, "shop")) == 12
