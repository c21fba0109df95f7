"""What can be wrong with knowledge."""

from __future__ import annotations

from dataclasses import dataclass


class KnowledgeError(Exception):
    """Base of the errors of this package."""


class EntryNotFound(KnowledgeError):
    """The scope has no entry with this id; another scope's entry is not found either."""


class ScopeNotFound(KnowledgeError):
    """No merchant has this id, and it is not the platform."""


class InvalidEntry(KnowledgeError):
    """An entry lacks something or contradicts itself.

    Attributes:
        field: Which of its fields is wrong.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class VersionConflict(KnowledgeError):
    """Somebody else has changed the entry since it was read.

    Attributes:
        version: The version that it has now.
    """

    def __init__(self, version: int) -> None:
        super().__init__(f"the entry is at version {version}")
        self.version = version


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row of a file.

    Attributes:
        row: Its row as a spreadsheet counts; the headers are row 1.
        column: The cell such as ``C12``, the column's name where the file has no cells, or empty where the whole row
            is meant.
        reason: What is wrong.
    """

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        names_row = self.column.endswith(str(self.row))  # a cell, such as C12
        place = self.column if names_row else f"row {self.row}: {self.column}".removesuffix(": ")
        return f"{place}: {self.reason}"


class ImportRejected(KnowledgeError):
    """A file can't be imported; nothing of it was.

    Attributes:
        errors: What is wrong, by row.
    """

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


class VersionNotFound(KnowledgeError):
    """An entry has never had this version."""


class ImportNotFound(KnowledgeError):
    """The scope has no import with this id; another scope's import is not found either."""


class AlreadyRolledBack(KnowledgeError):
    """An import has been rolled back before."""


class StalePlan(KnowledgeError):
    """The knowledge has changed since an import of it was planned; it must be planned again."""


class InvalidSynonymGroup(KnowledgeError):
    """A group of synonyms breaks a rule.

    Attributes:
        number: Which of the groups, from 1.
        reason: What is wrong, in Chinese.
    """

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"group {number}: {reason}")
        self.number = number
        self.reason = reason
