"""Several who write at once lose nothing of each other, and readers see imports whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import BY_TESTS, row_counts
from tests.sheets import parsed, sheet_of
from xiaoer.database import reading, writing
from xiaoer.knowledge import imports
from xiaoer.knowledge.errors import AlreadyRolledBack, StalePlan
from xiaoer.knowledge.imports import apply_plan, import_file, rollback_import
from xiaoer.knowledge.model import Draft, Entry, EntryStatus
from xiaoer.knowledge.planning import plan_import
from xiaoer.knowledge.store import add_entry, list_entries, revision, update_entry
from xiaoer.knowledge.tables import ImportRow, VersionRow

Add = Callable[..., Entry]


def answers(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {entry.question: entry.answer for entry in list_entries(session, "shop")}


def contiguous(engine: Engine) -> bool:
    """Whether every entry has all its versions, the last of which says what it says."""
    with reading(engine) as session:
        for entry in list_entries(session, "shop", statuses=tuple(EntryStatus)):
            kept = select(VersionRow.version).where(VersionRow.entry_id == entry.id).order_by(VersionRow.version)
            if list(session.scalars(kept)) != list(range(1, entry.version + 1)):
                return False
    return True


def test_two_imports_at_once_add_each_question_once(mall: Engine) -> None:
    both = Barrier(2)

    def run(word: str) -> None:
        rows = [parsed(number, f"问题{number}", word) for number in range(2, 42)]
        own = parsed(50, f"只有{word}", word)
        both.wait()
        import_file(mall, "shop", sheet_of(*rows, own), BY_TESTS, file_name=f"{word}.csv")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, ["甲", "乙"]))
    found = answers(mall)
    assert {"只有甲": "甲", "只有乙": "乙"}.items() <= found.items()
    assert len(found) == 42
    assert len({answer for question, answer in found.items() if question.startswith("问题")}) == 1, (
        "one after the other"
    )
    with reading(mall) as session:
        assert len(list_entries(session, "shop", statuses=tuple(EntryStatus))) == 42
        assert sorted(session.scalars(select(ImportRow.added))) == [1, 41]
        assert sorted(session.scalars(select(ImportRow.updated))) == [0, 40]
        assert revision(session, "shop") == 2
    assert contiguous(mall)


def test_a_plan_is_stale_once_any_entry_has_changed(mall: Engine, add: Add) -> None:
    sheet = sheet_of(parsed(2, "包邮吗", "包"))
    with reading(mall) as session:
        plan = plan_import(session, "shop", sheet)
    add("other", "包邮吗", "包")
    add("shop", "几点上班", "九点")
    before = row_counts(mall)
    with pytest.raises(StalePlan), writing(mall) as session:
        apply_plan(session, "shop", plan, BY_TESTS, file_name="x.csv")
    with pytest.raises(StalePlan), writing(mall) as session:
        apply_plan(session, "other", plan, BY_TESTS, file_name="x.csv")
    assert row_counts(mall) == before


def test_an_edit_between_plan_and_import_is_not_lost(mall: Engine, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is compared again with what the other writer wrote."""
    entry, other = add("shop", "包邮吗", "包"), add("shop", "几点上班", "九点")
    planned = 0

    def edited_meanwhile(session: Session, *args: Any, **more: Any) -> Any:
        nonlocal planned
        planned += 1
        plan = plan_import(session, *args, **more)
        session.rollback()
        if planned == 1:
            with writing(mall) as writer:
                update_entry(writer, "shop", entry.id, Draft("包邮吗", "满99包"), BY_TESTS)
                update_entry(writer, "shop", other.id, Draft("几点上班", "十点"), BY_TESTS)
        return plan

    monkeypatch.setattr(imports, "plan_import", edited_meanwhile)
    report = import_file(
        mall, "shop", sheet_of(parsed(2, "包邮吗", "不包"), parsed(3, "发货地", "杭州")), BY_TESTS, file_name="x.csv"
    )
    assert (planned, report.added, report.updated) == (2, 1, 1)
    assert answers(mall) == {"包邮吗": "不包", "几点上班": "十点", "发货地": "杭州"}
    with reading(mall) as session:
        (now,) = (each for each in list_entries(session, "shop") if each.id == entry.id)
        assert now.version == 3, "what the other writer wrote is kept as version 2"
    assert contiguous(mall)


def test_an_import_that_is_always_late_has_the_others_wait(mall: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    late = 0

    def always_late(session: Session, *args: Any, **more: Any) -> Any:
        nonlocal late
        plan = plan_import(session, *args, **more)
        if late < imports.ATTEMPTS:
            session.rollback()
            late += 1
            with writing(mall) as writer:
                add_entry(writer, "shop", Draft(f"第{late}个", "答"), BY_TESTS, status=EntryStatus.DRAFT)
        return plan

    monkeypatch.setattr(imports, "plan_import", always_late)
    report = import_file(mall, "shop", sheet_of(parsed(2, "包邮吗", "包")), BY_TESTS, file_name="x.csv")
    assert (late, report.added) == (3, 1)
    assert answers(mall) == {"包邮吗": "包"}


def test_editors_and_imports_at_once_lose_no_version(mall: Engine, add: Add) -> None:
    entry = add("shop", "包邮吗", "一")

    def edit(number: int) -> None:
        with writing(mall) as session:
            update_entry(session, "shop", entry.id, Draft("包邮吗", f"编辑{number}"), BY_TESTS)

    def load(number: int) -> None:
        sheet = sheet_of(parsed(2, "包邮吗", f"导入{number}"), parsed(3, f"第{number}个", "答"))
        import_file(mall, "shop", sheet, BY_TESTS, file_name="x.csv")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (edit if number % 2 else load)(number), range(12)))
    with reading(mall) as session:
        (changed,) = (each for each in list_entries(session, "shop") if each.id == entry.id)
        assert changed.version == 13
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 6
        assert len(list_entries(session, "shop")) == 7
        assert revision(session, "shop") == 13
    assert contiguous(mall)


def test_two_who_take_an_import_back_at_once_do_it_once(mall: Engine, add: Add) -> None:
    add("shop", "包邮吗", "包")
    report = import_file(mall, "shop", sheet_of(parsed(2, "包邮吗", "不包")), BY_TESTS, file_name="x.csv")
    both = Barrier(2)

    def take_back(_: int) -> bool:
        both.wait()
        try:
            with writing(mall) as session:
                rollback_import(session, "shop", report.id or 0, BY_TESTS)
        except AlreadyRolledBack:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_back, range(2))) == [False, True]
    assert answers(mall) == {"包邮吗": "包"}
    assert contiguous(mall)


@contextmanager
def half_done(engine: Engine, rows: int) -> Iterator[None]:
    """An import that has written its rows and not committed, while the block runs."""
    written, seen = Event(), Event()
    sheet = sheet_of(*[parsed(number, f"问题{number}") for number in range(rows)])

    def load() -> None:
        with reading(engine) as session:
            plan = plan_import(session, "shop", sheet)
        with writing(engine) as session:
            apply_plan(session, "shop", plan, BY_TESTS, file_name="x.csv")
            written.set()
            assert seen.wait(10)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(load)
        try:
            assert written.wait(10)
            yield
        finally:
            seen.set()
        done.result()


def test_readers_neither_wait_for_an_import_nor_see_half_of_it(mall: Engine, add: Add) -> None:
    add("shop", "包邮吗", "包")
    with half_done(mall, rows=100):
        assert answers(mall) == {"包邮吗": "包"}
        with reading(mall) as session:
            assert revision(session, "shop") == 1
    assert len(answers(mall)) == 101
    with reading(mall) as session:
        assert revision(session, "shop") == 2


def test_an_import_that_fails_leaves_nothing(mall: Engine, add: Add) -> None:
    add("shop", "包邮吗", "包")

    def fail_late() -> None:
        with reading(mall) as session:
            plan = plan_import(session, "shop", sheet_of(parsed(2, "包邮吗", "不包"), parsed(3, "发货地", "杭州")))
        with writing(mall) as session:
            apply_plan(session, "shop", plan, BY_TESTS, file_name="x.csv")
            raise StalePlan

    with pytest.raises(StalePlan):
        fail_late()
    assert answers(mall) == {"包邮吗": "包"}
    with reading(mall) as session:
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 0
        assert revision(session, "shop") == 1
