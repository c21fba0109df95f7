"""Files in which processes share entries taken apart: what comes back, who does the work, and what a loss costs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from tests.xiaoer.knowledge.lessons import meaning
from xiaoer.database import reading, writing
from xiaoer.knowledge import indexes as module
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.import_model import ImportReport
from xiaoer.knowledge.imports import import_file
from xiaoer.knowledge.index import Taken, take_apart
from xiaoer.knowledge.indexes import Indexes
from xiaoer.knowledge.kept import TakenFiles, digests
from xiaoer.knowledge.model import Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries, retire_entry
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.synonyms_store import set_synonyms

Add = Callable[..., Entry]

NAMES = (("P1", "羊毛双面呢大衣", "羊毛大衣"), ("label:云朵杯", "云朵杯", "云朵杯"))
DRAFTS = [
    Draft("包邮吗", "满99元包邮。", similar_questions=("邮费多少", "要运费不")),
    Draft("羊毛大衣能水洗吗", "请干洗。", Layer.PRODUCT, product_id="P1"),
    Draft("云朵杯能进微波炉吗", "可以", Layer.PRODUCT, product_label="云朵杯"),
]


def alike(one: Taken, other: Taken) -> bool:
    """Return whether two entries were taken apart into the same, to the bit."""
    anatomies = zip((*one.phrasings, one.answer), (*other.phrasings, other.answer), strict=True)
    parts = [
        (getattr(first, each.name), getattr(second, each.name)) for first, second in anatomies for each in fields(first)
    ]
    arrays = [*parts, (one.meanings, other.meanings)]
    same = all(first.dtype == second.dtype and np.array_equal(first, second) for first, second in arrays)
    return same and (one.uses, one.forms) == (other.uses, other.forms)


@pytest.fixture
def files(tmp_path: Path) -> TakenFiles:
    return TakenFiles(tmp_path / "indexes")


@pytest.fixture
def taken() -> dict[str, Taken]:
    names = ProductNames(NAMES)
    made = [take_apart(draft, names, default_synonyms(), meaning()) for draft in DRAFTS]
    return dict(zip(digests(DRAFTS, NAMES, ()), made, strict=True))


class Counted:
    """Takes entries apart and counts them, or has nobody do so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.questions: list[str] = []
        self._lock = threading.Lock()
        monkeypatch.setattr(module, "AT_ONCE", 2)
        monkeypatch.setattr(module, "take_apart", self.take)

    def take(self, entry: Entry, *rest: object) -> Taken:
        with self._lock:
            self.questions.append(entry.question)
        return take_apart(entry, *rest)  # type: ignore[arg-type]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_what_is_kept_comes_back_to_the_bit(files: TakenFiles, taken: dict[str, Taken]) -> None:
    with files.alone("m/1"):
        files.write("m/1", taken)
        files.write("m/1.2", dict(list(taken.items())[:1]))
        files.write("m/1", taken)
    assert len(files.read("m/1.2")) == 1
    again = files.read("m/1")
    assert list(again) == list(taken)
    assert all(alike(again[key], taken[key]) for key in taken)
    assert files.read("m") == {}


def test_entries_share_what_is_kept_only_where_they_are_taken_apart_into_the_same() -> None:
    (first, of_product, labelled) = digests(DRAFTS, NAMES, ())
    changed = [
        replace(DRAFTS[0], question="包邮么"),
        replace(DRAFTS[0], answer="满98元包邮。"),
        replace(DRAFTS[0], similar_questions=("邮费多少",)),
        replace(DRAFTS[0], product_id="P1"),
    ]
    assert len({first, of_product, labelled, *digests(changed, NAMES, ())}) == 7
    assert digests([replace(DRAFTS[0], layer=Layer.EMERGENCY)], (), ()) == [first]
    renamed = (("P1", "羊毛双面呢大衣", "大衣"), NAMES[1])
    assert digests(DRAFTS, renamed, ())[1] != of_product
    assert digests(DRAFTS, renamed, ())[::2] == [first, labelled]
    assert not set(digests(DRAFTS, NAMES, (("邮费", "车马费"),))) & {first, of_product, labelled}


def test_one_process_takes_entries_apart_and_the_others_find_them(
    small_mall: Engine, add_small: Add, files: TakenFiles, counted: Counted, now: datetime
) -> None:
    questions = ["包邮吗", "几点上班", "怎么退货", "发什么快递"]
    for question in questions:
        add_small("shop", question)
    first, second = (Indexes(small_mall, files=files) for _ in range(2))
    alone = Indexes(small_mall)
    for indexes in (first, second):
        indexes.of("shop")
    assert counted.questions == questions
    found = [
        KnowledgeBase(small_mall, indexes=indexes).search("shop", "邮费谁出", now=now) for indexes in (second, alone)
    ]
    assert found[0] == found[1] != []


def test_processes_that_begin_at_once_share_the_work(
    small_mall: Engine, add_small: Add, files: TakenFiles, counted: Counted
) -> None:
    questions = ["包邮吗", "几点上班", "怎么退货"]
    for question in questions:
        add_small("shop", question)
    builders = [threading.Thread(target=Indexes(small_mall, files=files).of, args=("shop",)) for _ in range(4)]
    for each in builders:
        each.start()
    for each in builders:
        each.join()
    assert sorted(counted.questions) == sorted(questions)


def test_what_a_scope_does_not_say_any_more_is_not_kept(
    small_mall: Engine, add_small: Add, files: TakenFiles, counted: Counted
) -> None:
    entries = [add_small("shop", question) for question in ("包邮吗", "几点上班", "怎么退货", "发什么快递")]
    Indexes(small_mall, files=files).of("shop")
    assert len(files.read("shop")) == 4
    with writing(small_mall) as session:
        retire_entry(session, "shop", entries[0].id, BY_TESTS)
        set_synonyms(session, "shop", [["邮费", "车马费"]], BY_TESTS)
    Indexes(small_mall, files=files).of("shop")
    assert len(files.read("shop")) == 3
    assert len(counted.questions) == 4 + 3


def test_a_file_that_is_broken_or_of_other_code_costs_time_only(
    small_mall: Engine, add_small: Add, tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in ("包邮吗", "几点上班", "怎么退货"):
        add_small("shop", question)
    folder = tmp_path / "indexes"
    Indexes(small_mall, files=TakenFiles(folder)).of("shop")
    (path,) = folder.glob("*.npz")
    good = path.read_bytes()
    for at in range(0, len(good), len(good) // 40):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) * 3 + good[at + 3 :])
        assert len(Indexes(small_mall, files=TakenFiles(folder)).of("shop")[1][0].index) == 3
    for content in (b"", b"PK\x03\x04", good[:-200], b"\x93NUMPY" + b"\0" * 50):
        path.write_bytes(content)
        counted.questions.clear()
        assert len(Indexes(small_mall, files=TakenFiles(folder)).of("shop")[1][0].index) == 3
        assert len(counted.questions) == 3
    counted.questions.clear()
    monkeypatch.setattr("xiaoer.knowledge.kept.version", lambda _name: "99")
    Indexes(small_mall, files=TakenFiles(folder)).of("shop")
    assert len(counted.questions) == 3
    assert [each.name == path.name for each in folder.glob("*.npz")] == [False]


def test_a_folder_that_can_not_be_written_costs_time_only(
    small_mall: Engine, add_small: Add, tmp_path: Path, counted: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    for question in ("包邮吗", "几点上班", "怎么退货"):
        add_small("shop", question)
    (tmp_path / "file").write_text("no folder")
    assert len(Indexes(small_mall, files=TakenFiles(tmp_path / "file")).of("shop")[1][0].index) == 3
    assert len(counted.questions) == 3
    assert "can not be kept" in caplog.text


def test_what_is_prepared_is_not_taken_apart_again_when_it_is_published(
    small_mall: Engine, add_small: Add, files: TakenFiles, counted: Counted
) -> None:
    drafts = [Draft(f"羊毛大衣{number}号色能水洗吗", "请干洗。", Layer.PRODUCT, product_id="P1") for number in range(3)]
    told: list[tuple[int, int]] = []
    Indexes(small_mall, files=files).prepare("shop", drafts, lambda done, of: told.append((done, of)))
    assert told == [(3, 3)]
    assert len(counted.questions) == 3
    for draft in drafts:
        add_small("shop", draft.question, draft.answer, layer=draft.layer, product_id=draft.product_id)
    assert len(Indexes(small_mall, files=files).of("shop")[1][0].index) == 3
    assert len(counted.questions) == 3
    Indexes(small_mall, files=files).prepare("shop", drafts[:2])
    Indexes(small_mall).prepare("shop", drafts)
    assert len(counted.questions) == 3


def test_an_import_is_prepared_before_it_is_written(small_mall: Engine) -> None:
    sheet = read_file("k.csv", "问题,答案,状态\n包邮吗,包,\n几点上班,九点,草稿\n怎么退货,寄回,已发布\n".encode())
    prepared: list[list[str]] = []

    def prepare(drafts: list[Draft]) -> None:
        with reading(small_mall) as session:
            assert list_entries(session, "shop", statuses=tuple(EntryStatus)) == []
        prepared.append([draft.question for draft in drafts])

    def run(*, dry_run: bool = False) -> ImportReport:
        return import_file(small_mall, "shop", sheet, BY_TESTS, file_name="k.csv", dry_run=dry_run, prepare=prepare)

    assert run(dry_run=True).added == 3
    assert prepared == []
    assert run().added == 3
    assert prepared == [["包邮吗", "怎么退货"]]
