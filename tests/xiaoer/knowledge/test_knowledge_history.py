"""Every version of an entry can be read and can come back; none is ever lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS, row_counts
from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import EntryNotFound, VersionConflict, VersionNotFound
from xiaoer.knowledge.history import list_versions, rollback_entry
from xiaoer.knowledge.model import Action, Change, Draft, Entry, EntryStatus, Layer, Version
from xiaoer.knowledge.store import add_entry, get_entry, list_entries, retire_entry, revision, update_entry


@pytest.fixture
def coat(mall: Engine, now: datetime) -> list[Entry]:
    """The three versions of an entry: it was added, changed and retired, by three people."""
    first = Draft(
        "大衣怎么洗",
        "请干洗。",
        Layer.PRODUCT,
        ("能机洗吗",),
        product_id="P1",
        valid_from=now,
        valid_to=now + timedelta(days=9),
    )
    second = Draft("大衣怎么洗涤", "请送干洗店。", Layer.CAMPAIGN, product_label="大衣")
    with writing(mall) as session:
        added = add_entry(session, "shop", first, Change("a1", now))
        changed = update_entry(session, "shop", added.id, second, Change("a2", now + timedelta(hours=1)))
        retired = retire_entry(session, "shop", added.id, Change("a3", now + timedelta(hours=2)))
    return [added, changed, retired]


def test_versions_say_what_was_said_by_whom_and_when(mall: Engine, coat: list[Entry], now: datetime) -> None:
    with reading(mall) as session:
        assert list_versions(session, "shop", coat[0].id) == [
            Version(coat[2], Action.RETIRED, "a3", now + timedelta(hours=2), None),
            Version(coat[1], Action.UPDATED, "a2", now + timedelta(hours=1), None),
            Version(coat[0], Action.CREATED, "a1", now, None),
        ]


def test_a_version_comes_back_as_a_new_one(mall: Engine, coat: list[Entry], now: datetime) -> None:
    with writing(mall) as session:
        back = rollback_entry(session, "shop", coat[0].id, 1, Change("a4", now + timedelta(days=1)), version=3)
    assert (back.version, back.status) == (4, EntryStatus.PUBLISHED)
    assert back == Entry(**{**coat[0].__dict__, "version": 4})
    with reading(mall) as session:
        assert list_entries(session, "shop") == [back]
        newest, *older = list_versions(session, "shop", back.id)
        assert newest == Version(back, Action.ROLLED_BACK, "a4", now + timedelta(days=1), None)
        assert [version.entry for version in reversed(older)] == coat
        assert revision(session, "shop") == 4


def test_going_back_to_a_retired_version_takes_the_entry_out_of_the_answers(mall: Engine, coat: list[Entry]) -> None:
    with writing(mall) as session:
        rollback_entry(session, "shop", coat[0].id, 2, BY_TESTS)
        back = rollback_entry(session, "shop", coat[0].id, 3, BY_TESTS)
    assert (back.status, back.answer, back.version) == (EntryStatus.RETIRED, "请送干洗店。", 5)
    with reading(mall) as session:
        assert list_entries(session, "shop") == []
        assert revision(session, "shop") == 5


def test_what_can_not_come_back_changes_nothing(mall: Engine, coat: list[Entry]) -> None:
    before = row_counts(mall)
    number = coat[0].id
    for scope, to_version, seen, error in (
        ("shop", 4, None, VersionNotFound),
        ("shop", 0, None, VersionNotFound),
        ("shop", 1, 2, VersionConflict),
        ("other", 1, None, EntryNotFound),
        ("platform", 1, None, EntryNotFound),
    ):
        with pytest.raises(error), writing(mall) as session:
            rollback_entry(session, scope, number, to_version, BY_TESTS, version=seen)
    with pytest.raises(EntryNotFound), reading(mall) as session:
        list_versions(session, "other", number)
    with reading(mall) as session:
        assert get_entry(session, "shop", number) == coat[2]
        assert revision(session, "shop") == 3
    assert row_counts(mall) == before
