"""Value objects of imports: what a file would change, what it did, and how it was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from xiaoer.knowledge.bulk import Write
from xiaoer.knowledge.errors import RowError
from xiaoer.knowledge.formats.model import RejectedRow
from xiaoer.knowledge.model import Entry


class Kind(str, Enum):
    """What becomes of a row that is not rejected."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


class ImportStatus(str, Enum):
    """Whether what a file brought still stands."""

    APPLIED = "applied"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True)
class RowChange:
    """What becomes of a row of a file.

    Attributes:
        row: Its row as the spreadsheet counts, from 1.
        sheet: The sheet that it is in; empty where a file has none.
        kind: What becomes of it.
        entry_id: The entry that it means; ``None`` where it is to be added, or repeats a row that is.
        question: The question that it has.
        differs: Names of the columns in which an updated entry differs from the row.
    """

    row: int
    sheet: str
    kind: Kind
    entry_id: int | None
    question: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What an import would do to a scope.

    Attributes:
        scope: Merchant id, or ``platform``.
        state: What ``state_of`` gave before the entries were read.
        changes: What becomes of each row that is not rejected, in the order of the file.
        writes: What is to be written for each change, ``None`` where nothing is.
        rejected: The rows that can't be imported, in the order of the file.
    """

    scope: str
    state: int
    changes: list[RowChange]
    writes: list[Write | None]
    rejected: list[RejectedRow]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do.

    Attributes:
        id: Its number; ``None`` where it was a dry run.
        changes: What became of each row that was not rejected, in the order of the file.
        rejected_rows: The rows that could not be imported, with their own cells.
        answered_questions: How many open questions its entries answer word for word, which are closed now.
    """

    id: int | None
    changes: list[RowChange]
    rejected_rows: list[RejectedRow]
    answered_questions: int = 0

    @property
    def added(self) -> int:
        """How many entries are new."""
        return self._count(Kind.ADDED)

    @property
    def updated(self) -> int:
        """How many entries say something else now."""
        return self._count(Kind.UPDATED)

    @property
    def unchanged(self) -> int:
        """How many rows said what their entries said already."""
        return self._count(Kind.UNCHANGED)

    @property
    def duplicates(self) -> int:
        """How many rows said the same as an earlier one."""
        return self._count(Kind.DUPLICATE)

    @property
    def rejected(self) -> int:
        """How many rows could not be imported."""
        return len(self.rejected_rows)

    @property
    def problems(self) -> list[RowError]:
        """What is wrong with the rejected rows."""
        return [error for row in self.rejected_rows for error in row.errors]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as the API and the command line tell it, fit for JSON."""
        return {
            "id": self.id,
            "dry_run": self.id is None,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "answered_questions": self.answered_questions,
            "changes": [{**vars(change), "kind": change.kind.value} for change in self.changes],
            "problems": [problem for row in self.rejected_rows for problem in row.problems()],
        }

    def _count(self, kind: Kind) -> int:
        return sum(change.kind is kind for change in self.changes)


@dataclass(frozen=True)
class ImportRecord:
    """An import that was made.

    Attributes:
        id: Its number.
        scope: Merchant id, or ``platform``.
        file_name: What the file was called.
        by: Who imported it.
        at: When.
        status: Whether it still stands.
        added: How many entries it added.
        updated: How many entries it changed.
        unchanged: How many rows said what their entries said already.
        duplicates: How many rows said the same as an earlier one.
        rejected: The rows that could not be imported, with their own cells.
        rolled_back_by: Who took it back, if anybody did.
        rolled_back_at: When.
    """

    id: int
    scope: str
    file_name: str
    by: str
    at: datetime
    status: ImportStatus
    added: int
    updated: int
    unchanged: int
    duplicates: int
    rejected: tuple[RejectedRow, ...]
    rolled_back_by: str | None
    rolled_back_at: datetime | None


@dataclass(frozen=True)
class RollbackReport:
    """How an import was taken back.

    Attributes:
        restored: Ids of entries that say again what they said before.
        retired: Ids of entries that the import had added.
        skipped: Entries that were changed since, and stay as they are.
    """

    restored: tuple[int, ...]
    retired: tuple[int, ...]
    skipped: tuple[Entry, ...]
