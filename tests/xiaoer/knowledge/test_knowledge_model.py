"""Whatever is done in whatever order, entries, versions and revision are what a simple model says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from tests.sheets import parsed, sheet_of
from xiaoer.accounts.directory import add_tenant
from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import AlreadyRolledBack
from xiaoer.knowledge.history import list_versions, rollback_entry
from xiaoer.knowledge.imports import import_file, rollback_import
from xiaoer.knowledge.model import Action, Draft, EntryStatus
from xiaoer.knowledge.store import add_entry, list_entries, publish_entry, retire_entry, revision, update_entry
from xiaoer.knowledge.tables import EntryRow, ImportRow, RevisionRow, VersionRow

DRAFT, PUBLISHED, RETIRED = EntryStatus.DRAFT, EntryStatus.PUBLISHED, EntryStatus.RETIRED
WORDS = st.sampled_from(["包邮吗", "几点上班", "发货地", "怎么退货"])
TEXTS = st.sampled_from(["一", "二", "三"])
Said = tuple[str, str, EntryStatus]


@dataclass
class Known:
    """What the model knows of an entry: question, answer and status by version."""

    said: list[Said] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)

    @property
    def now(self) -> Said:
        return self.said[-1]


class Knowledge(RuleBasedStateMachine):
    """Writes to a scope and to the model alike; ids are places in the model."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        with writing(self.engine) as session:
            for table in (VersionRow, EntryRow, ImportRow, RevisionRow):
                session.execute(delete(table))
        self.model: dict[int, Known] = {}
        self.imports: dict[int, list[tuple[int, int]]] = {}
        self.taken_back: set[int] = set()
        self.revision = 0

    def note(self, number: int, said: Said, action: Action) -> bool:
        """Write the next version into the model, and return whether answers have changed."""
        known = self.model.setdefault(number, Known())
        before = known.now[2] if known.said else None
        known.said.append(said)
        known.actions.append(action)
        return PUBLISHED in (before, said[2])

    def pick(self, data: Any) -> int:
        return data.draw(st.sampled_from(sorted(self.model)))  # type: ignore[no-any-return]

    @rule(question=WORDS, answer=TEXTS, status=st.sampled_from(EntryStatus))
    def add(self, question: str, answer: str, status: EntryStatus) -> None:
        with writing(self.engine) as session:
            entry = add_entry(session, "shop", Draft(question, answer), BY_TESTS, status=status)
        self.revision += self.note(entry.id, (question, answer, status), Action.CREATED)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), question=WORDS, answer=TEXTS)
    def update(self, data: Any, question: str, answer: str) -> None:
        number = self.pick(data)
        with writing(self.engine) as session:
            update_entry(session, "shop", number, Draft(question, answer), BY_TESTS)
        status = DRAFT if self.model[number].now[2] is DRAFT else PUBLISHED
        self.revision += self.note(number, (question, answer, status), Action.UPDATED)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), publish=st.booleans())
    def publish_or_retire(self, data: Any, *, publish: bool) -> None:
        number = self.pick(data)
        status = PUBLISHED if publish else RETIRED
        with writing(self.engine) as session:
            (publish_entry if publish else retire_entry)(session, "shop", number, BY_TESTS)
        question, answer, before = self.model[number].now
        if before is not status:
            action = Action.PUBLISHED if publish else Action.RETIRED
            self.revision += self.note(number, (question, answer, status), action)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def roll_back(self, data: Any) -> None:
        number = self.pick(data)
        version = data.draw(st.integers(1, len(self.model[number].said)))
        with writing(self.engine) as session:
            rollback_entry(session, "shop", number, version, BY_TESTS)
        self.revision += self.note(number, self.model[number].said[version - 1], Action.ROLLED_BACK)

    @rule(data=st.data(), rows=st.lists(st.tuples(st.booleans(), WORDS, TEXTS), max_size=4))
    def load(self, data: Any, rows: list[tuple[bool, str, str]]) -> None:
        """Import rows that name entries, each once, or are of questions that nobody has."""
        free = [word for word in ("甲", "乙", "丙") if all(known.now[0] != word for known in self.model.values())]
        named = data.draw(st.permutations(sorted(self.model)))
        planned: list[tuple[int | None, Said]] = []
        for by_id, question, answer in rows:
            if by_id and named:
                planned.append((named.pop(), (question, answer, PUBLISHED)))
            elif free:
                planned.append((None, (free.pop(), answer, PUBLISHED)))
        sheet = sheet_of(
            *[parsed(row, said[0], said[1], entry_id=number) for row, (number, said) in enumerate(planned)]
        )
        report = import_file(self.engine, "shop", sheet, BY_TESTS, file_name="x.csv")
        assert report.id is not None
        made = self.imports[report.id] = []
        grown = False
        for change, (number, said) in zip(report.changes, planned, strict=True):
            assert change.entry_id is not None
            if number is None or self.model[number].now != said:
                action = Action.CREATED if number is None else Action.UPDATED
                grown |= self.note(change.entry_id, said, action)
                made.append((change.entry_id, len(self.model[change.entry_id].said)))
        self.revision += grown
        updated = sum(version > 1 for _, version in made)
        assert (report.added, report.updated) == (len(made) - updated, updated)
        assert report.unchanged == len(planned) - len(made)

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def take_back(self, data: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.imports)))
        if number in self.taken_back:
            with pytest.raises(AlreadyRolledBack), writing(self.engine) as session:
                rollback_import(session, "shop", number, BY_TESTS)
            return
        with writing(self.engine) as session:
            report = rollback_import(session, "shop", number, BY_TESTS)
        self.taken_back.add(number)
        skipped, grown = [], False
        for entry, version in sorted(self.imports[number]):
            known = self.model[entry]
            if known.now != known.said[version - 1]:
                skipped.append(entry)
            else:
                said = (*known.now[:2], RETIRED) if version == 1 else known.said[version - 2]
                grown |= self.note(entry, said, Action.ROLLED_BACK)
        self.revision += grown
        assert [entry.id for entry in report.skipped] == skipped
        assert len(report.restored) + len(report.retired) + len(skipped) == len(self.imports[number])

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        with reading(self.engine) as session:
            for status in EntryStatus:
                entries = list_entries(session, "shop", statuses=(status,))
                assert [(each.id, (each.question, each.answer, each.status), each.version) for each in entries] == [
                    (number, known.now, len(known.said))
                    for number, known in sorted(self.model.items())
                    if known.now[2] is status
                ]
            for number, known in self.model.items():
                versions = list_versions(session, "shop", number)[::-1]
                assert [version.entry.version for version in versions] == list(range(1, len(known.said) + 1))
                kept = [(each.entry.question, each.entry.answer, each.entry.status) for each in versions]
                assert kept == known.said
                assert [version.action for version in versions] == known.actions
            assert revision(session, "shop") == self.revision


def test_knowledge_is_what_the_model_says(engine: Engine, now: datetime) -> None:
    with writing(engine) as session:
        add_tenant(session, "shop", name="服装店", now=now)
    machine = type("KnowledgeOf", (Knowledge,), {"engine": engine})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=checks),
    )
