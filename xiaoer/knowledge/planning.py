"""Finding out what the rows of a file would change in a scope; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from xiaoer.accounts.tables import TenantRow
from xiaoer.knowledge.bulk import Write, state_of
from xiaoer.knowledge.catalogue import Catalogue
from xiaoer.knowledge.checks import checked
from xiaoer.knowledge.errors import InvalidEntry, ScopeNotFound
from xiaoer.knowledge.formats.model import ParsedRow, RejectedRow, Sheet
from xiaoer.knowledge.import_model import Kind, Plan, RowChange
from xiaoer.knowledge.model import Action, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.rows import draft_of
from xiaoer.knowledge.store import list_entries
from xiaoer.knowledge.text import normalise

Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""

STEP = 200
"""After how many rows progress is told."""

DRAFT, PUBLISHED, RETIRED = EntryStatus.DRAFT, EntryStatus.PUBLISHED, EntryStatus.RETIRED

MEANT = {PUBLISHED: (PUBLISHED, DRAFT), DRAFT: (DRAFT,), RETIRED: (RETIRED, PUBLISHED, DRAFT)}
"""Statuses of the entries that a row without an id can mean, by the status that it asks for, the likeliest first.

A row that asks for a draft never changes what answers: its draft stands beside the published entry.
"""

FIELDS = ("question", "similar_questions", "answer", "layer", "product", "valid_from", "valid_to", "status")

Key = tuple[str, Layer, str | None, str]
Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class _Read:
    """A row, and what it asks for."""

    row: ParsedRow
    before: Entry | None
    draft: Draft
    status: EntryStatus


class _Wrong(Exception):
    """A row can't be imported."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def plan_import(
    session: Session,
    scope: str,
    sheet: Sheet,
    *,
    status: EntryStatus = EntryStatus.PUBLISHED,
    progress: Progress | None = None,
) -> Plan:
    """Return what an import of a file would do.

    A row with an id means that entry; one without means the entry of the same question, layer, product and span of
    validity, and where there is none, a new one. Columns that a row's table lacks stay as the entry has them. A row
    that says the same as an earlier one is a duplicate; one that says something else of the same entry is rejected.

    Args:
        session: A session to read with.
        scope: Merchant id, or ``platform``.
        sheet: What the file says.
        status: The status of rows that name none; as drafts they change no published entry.
        progress: Told how many rows of how many are done.

    Raises:
        ScopeNotFound: If there is no such merchant.
    """
    if session.get(TenantRow, scope) is None:
        raise ScopeNotFound(scope)
    # The state is read first: should an entry change meanwhile, the plan is stale, never wrong.
    state = state_of(session, scope)
    planner = _Planner(session, scope, status)
    changes: list[RowChange] = []
    writes: list[Write | None] = []
    rejected = list(sheet.problems)
    for done, row in enumerate(sheet.rows, start=1):
        try:
            change, write = planner.plan(row)
            changes.append(change)
            writes.append(write)
        except _Wrong as wrong:
            rejected.append(row.rejected(wrong.column, wrong.reason))
        if progress is not None and (done % STEP == 0 or done == len(sheet.rows)):
            progress(done, len(sheet.rows))
    return Plan(scope, state, changes, writes, _in_order(rejected))


def _in_order(rejected: Iterable[RejectedRow]) -> list[RejectedRow]:
    """Return rows sheet by sheet, the sheets as they come first."""
    by_sheet: dict[str, list[RejectedRow]] = defaultdict(list)
    for row in rejected:
        by_sheet[row.sheet].append(row)
    return [row for rows in by_sheet.values() for row in sorted(rows, key=lambda each: each.number)]


class _Planner:
    """Compares rows with what a scope knows, and with each other."""

    def __init__(self, session: Session, scope: str, status: EntryStatus) -> None:
        self._status = status
        self._catalogue = Catalogue(session, scope)
        entries = list_entries(session, scope, statuses=tuple(EntryStatus))
        self._by_id = {entry.id: entry for entry in entries}
        self._by_key: dict[Key, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_key[_key(draft_of(entry))].append(entry)
        self._seen: dict[object, _Read] = {}

    def plan(self, row: ParsedRow) -> tuple[RowChange, Write | None]:
        """Return what becomes of a row.

        Raises:
            _Wrong: If it can't be imported.
        """
        read = self._read(row)
        change = RowChange(row.number, row.sheet, Kind.ADDED, read.before.id if read.before else None, row.question)
        if self._repeats(read):
            return replace(change, kind=Kind.DUPLICATE), None
        if read.before is None:
            return change, Write(None, read.draft, read.status, Action.CREATED)
        differs = _differs(read)
        if not differs:
            return replace(change, kind=Kind.UNCHANGED), None
        return (
            replace(change, kind=Kind.UPDATED, differs=differs),
            Write(read.before, read.draft, read.status, Action.UPDATED),
        )

    def _read(self, row: ParsedRow) -> _Read:
        status = row.status or self._status
        if row.entry_id is None:
            draft = self._draft(row, None)
            before = self._meant(draft, status, said=row.status is not None)
        else:
            before = self._by_id.get(row.entry_id)
            if before is None:
                raise _Wrong("id", f"没有编号为{row.entry_id}的知识；要新增请把编号留空")
            draft = self._draft(row, before)
        if before is None:
            return _Read(row, None, draft, status)
        read = _Read(row, before, _completed(row, draft, before), status)
        if row.status is None and status is DRAFT and before.status is PUBLISHED:
            read = replace(read, status=PUBLISHED)
            if _differs(read):
                raise _Wrong("id", "这条知识已发布，作为草稿导入时不能修改；请把编号留空，另存为草稿")
        return read

    def _draft(self, row: ParsedRow, named: Entry | None) -> Draft:
        """Return what a row says; a label of the entry that it names stays one, whatever the catalogue has by now."""
        try:
            labelled = named is not None and named.product_label != "" and row.product == named.product_label
            product_id, label = (None, row.product) if labelled else self._catalogue.resolve(row.product)
            return checked(
                Draft(
                    question=row.question,
                    answer=row.answer,
                    layer=row.layer or (Layer.PRODUCT if row.product else Layer.CAMPAIGN),
                    similar_questions=row.similar_questions,
                    product_id=product_id,
                    product_label=label,
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                )
            )
        except InvalidEntry as error:
            raise _Wrong("product" if error.field.startswith("product") else error.field, error.reason) from error

    def _meant(self, draft: Draft, status: EntryStatus, *, said: bool) -> Entry | None:
        """Return the entry that a row without an id means.

        Args:
            draft: What the row says.
            status: The status that it is to have.
            said: Whether the row itself says so.
        """
        same = self._by_key.get(_key(draft), [])
        if status is DRAFT and not said:  # what is answered already needs no draft
            known = [entry for entry in same if entry.status is PUBLISHED and draft_of(entry) == draft]
            if known:
                return known[0]
        for wanted in MEANT[status]:
            candidates = [entry for entry in same if entry.status is wanted]
            spans = [entry for entry in candidates if (entry.valid_from, entry.valid_to) == _span(draft)]
            if spans:
                return spans[0]
            if len(candidates) == 1 and candidates[0].id not in self._seen:
                return candidates[0]
        return None

    def _repeats(self, read: _Read) -> bool:
        """Return whether an earlier row says the same, and remember what this one says.

        Raises:
            _Wrong: If an earlier row says something else of the same entry.
        """
        marks: list[object] = [read.before.id] if read.before else []
        if read.row.entry_id is None:
            marks.append((_key(read.draft), _span(read.draft), read.status))
        earlier = next((self._seen[mark] for mark in marks if mark in self._seen), None)
        if earlier is None:
            self._seen.update(dict.fromkeys(marks, read))
            return False
        if (earlier.draft, earlier.status) == (read.draft, read.status):
            return True
        where = (
            f"第{earlier.row.number}行"
            if earlier.row.sheet == read.row.sheet
            else f"“{earlier.row.sheet}”第{earlier.row.number}行"
        )
        raise _Wrong("question", f"和{where}说的是同一条知识，但内容不同")


def _completed(row: ParsedRow, draft: Draft, before: Entry) -> Draft:
    """Return what a row asks of an entry, with what the entry has in the columns that its table lacks."""
    missing = {name for name in ("similar_questions", "valid_from", "valid_to") if name not in row.source.cells}
    kept = {name: getattr(before, name) for name in missing}
    if "similar_questions" in kept:
        kept["similar_questions"] = tuple(text for text in before.similar_questions if text != draft.question)
    if "product" not in row.source.cells:
        kept.update(product_id=before.product_id, product_label=before.product_label)
    if "layer" not in row.source.cells:
        kept["layer"] = before.layer
    completed = replace(draft, **kept)
    if not {"valid_from", "valid_to"} & missing:
        return completed
    try:
        return checked(completed)
    except InvalidEntry as error:
        raise _Wrong(error.field, error.reason) from error


def _key(draft: Draft) -> Key:
    return normalise(draft.question), draft.layer, draft.product_id, draft.product_label


def _span(draft: Draft) -> Span:
    return draft.valid_from, draft.valid_to


def _differs(read: _Read) -> tuple[str, ...]:
    if read.before is None:
        return ()
    before, after = draft_of(read.before), read.draft
    different = {name for name in FIELDS if getattr(before, name, None) != getattr(after, name, None)}
    if (before.product_id, before.product_label) != (after.product_id, after.product_label):
        different.add("product")
    if read.before.status is not read.status:
        different.add("status")
    return tuple(name for name in FIELDS if name in different)
