"""How knowledge looks from outside: what the desk's people send, and what they receive."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Extra, StrictStr, conint, constr, validator

from xiaoer.knowledge.conflicts import ConflictKind
from xiaoer.knowledge.formats.moments import parse_moment
from xiaoer.knowledge.import_model import ImportStatus, Kind
from xiaoer.knowledge.model import Action, Draft, EntryStatus, Layer, Verdict
from xiaoer.knowledge.questions import Outcome, QuestionStatus

PRINTABLE = r"^[^\x00-\x1f\x7f\ud800-\udfff]+$"
LARGEST_ID = 2**31 - 1
LONGEST_ID = 64
MOST_CLOSED = 1000

ProductId = constr(strict=True, min_length=1, max_length=LONGEST_ID, regex=PRINTABLE)
Number = conint(strict=True, ge=1, le=LARGEST_ID)


class Wish(BaseModel):
    """What somebody sends; fields that nobody knows are refused rather than overlooked."""

    class Config:
        """How strictly it is read."""

        extra = Extra.forbid


class EntryWords(Wish):
    """What an entry says.

    Attributes:
        question: The question, up to 300 characters.
        answer: What customers read, up to 5,000 characters.
        layer: What it is for; where it is left out, ``product`` if a product is named and else ``campaign``.
        similar_questions: Other ways to ask it, up to 200.
        product_id: The product that it is about.
        product_label: A product's name that the catalogue does not know.
        valid_from: From when it holds; in Shanghai time where no offset is given.
        valid_to: Until when it holds; a day alone means all of it.
    """

    question: StrictStr
    answer: StrictStr
    layer: Layer | None = None
    similar_questions: list[StrictStr] = []
    product_id: ProductId | None = None  # type: ignore[valid-type]
    product_label: StrictStr = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @validator("valid_from", "valid_to", pre=True)
    @classmethod
    def _moment(cls, value: object, field: object) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError("a moment is written as text")
        return parse_moment(value, end=getattr(field, "name", "") == "valid_to")

    def draft(self) -> Draft:
        """Return what the domain calls it."""
        about = self.product_id is not None or bool(self.product_label.strip())
        return Draft(
            question=self.question,
            answer=self.answer,
            layer=self.layer or (Layer.PRODUCT if about else Layer.CAMPAIGN),
            similar_questions=tuple(self.similar_questions),
            product_id=self.product_id,
            product_label=self.product_label,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class NewEntry(EntryWords):
    """An entry to be added; ``status`` says whether it answers at once."""

    status: Literal[EntryStatus.DRAFT, EntryStatus.PUBLISHED] = EntryStatus.PUBLISHED


class ChangedEntry(EntryWords):
    """All that an entry shall say from now on; ``version`` is the one that the writer has seen."""

    version: Number  # type: ignore[valid-type]


class Seen(Wish):
    """The version that the writer has seen; it is not compared where it is left out."""

    version: Number | None = None  # type: ignore[valid-type]


class Rollback(Seen):
    """The version that is wanted back."""

    to_version: Number  # type: ignore[valid-type]


class SynonymWords(Wish):
    """All groups of a scope, each of at least two words."""

    groups: list[list[StrictStr]]


class ClosedQuestions(Wish):
    """Questions that need nobody's attention any more, and the entry that answers them, if one does."""

    ids: list[Number]  # type: ignore[valid-type]
    status: Literal[QuestionStatus.ANSWERED, QuestionStatus.DISMISSED]
    entry_id: Number | None = None  # type: ignore[valid-type]

    @validator("ids")
    @classmethod
    def _some(cls, value: list[int]) -> list[int]:
        if not 1 <= len(value) <= MOST_CLOSED:
            raise ValueError(f"1 to {MOST_CLOSED} ids")
        return value


class Proposal(Wish):
    """What shall stand in the draft instead of what customer and agent wrote."""

    question: StrictStr | None = None
    answer: StrictStr | None = None
    product_id: ProductId | None = None  # type: ignore[valid-type]


class Feedback(BaseModel):
    """How many conversations found an answer helpful, and how many did not."""

    helpful: int
    unhelpful: int


class Said(BaseModel):
    """What an entry says, or said at one of its versions."""

    layer: Layer
    question: str
    similar_questions: list[str]
    answer: str
    product_id: str | None
    product_label: str
    valid_from: datetime | None
    valid_to: datetime | None
    version: int
    status: EntryStatus


class Entry(Said):
    """An entry as it is now."""

    id: int
    scope: str
    feedback: Feedback


class Entries(BaseModel):
    """Entries by id; ``next_after`` goes into ``after`` of the next call, ``null`` at the end."""

    entries: list[Entry]
    next_after: int | None


class Version(Said):
    """What an entry said at one of its versions, and who made it so, when, and in which import."""

    action: Action
    by: str
    at: datetime
    import_id: int | None


class Versions(BaseModel):
    """All versions of an entry, the newest first."""

    versions: list[Version]


class RatedEntries(BaseModel):
    """Entries in the order of what customers say of them."""

    entries: list[Entry]


class Found(BaseModel):
    """An entry that fits a question; it may be the platform's, whose published entries every shop's visitors are told.

    ``score`` says from 0 to 1 how likely it answers the question, ``source`` what customers read of where it is from.
    """

    entry_id: int
    scope: str
    score: float
    source: str
    layer: Layer
    question: str
    answer: str
    product_id: str | None
    product_label: str
    version: int


class Finding(BaseModel):
    """What a customer would be told: one answer, a choice of questions, or nothing; and all that fits more or less."""

    verdict: Verdict
    answers: list[Found]
    found: list[Found]


class RowChange(BaseModel):
    """What becomes of a row of a file; ``row`` counts as the spreadsheet does."""

    row: int
    sheet: str
    kind: Kind
    entry_id: int | None
    question: str
    differs: list[str]


class RowProblem(BaseModel):
    """What is wrong with a row of a file; ``column`` is a cell such as ``C12``, a column's name, or empty."""

    row: int
    sheet: str
    column: str
    reason: str


class ImportReport(BaseModel):
    """What an import did, or where ``id`` is ``null``, would do."""

    id: int | None
    dry_run: bool
    added: int
    updated: int
    unchanged: int
    duplicates: int
    rejected: int
    answered_questions: int
    notes: list[str]
    changes: list[RowChange]
    problems: list[RowProblem]


class Import(BaseModel):
    """An import that was made; ``rejected`` rows can be had as a file."""

    id: int
    file_name: str
    by: str
    at: datetime
    status: ImportStatus
    added: int
    updated: int
    unchanged: int
    duplicates: int
    rejected: int
    rolled_back_by: str | None
    rolled_back_at: datetime | None


class Imports(BaseModel):
    """Imports, the newest first; ``next_before`` goes into ``before`` of the next call, ``null`` at the end."""

    imports: list[Import]
    next_before: int | None


class ImportInFull(Import):
    """An import with what is wrong with the rows that could not be imported."""

    problems: list[RowProblem]


class ImportRollback(BaseModel):
    """Ids of entries that say again what they said before, that do not answer any more, and that stay as they are."""

    restored: list[int]
    retired: list[int]
    skipped: list[int]


class SynonymGroup(BaseModel):
    """Words that count as one, who wrote them down, and when."""

    id: int
    words: list[str]
    by: str
    at: datetime


class Synonyms(BaseModel):
    """All groups of a scope."""

    groups: list[SynonymGroup]


class Question(BaseModel):
    """A question that found no good answer, and how often it was asked."""

    id: int
    tenant: str
    text: str
    product_id: str | None
    count: int
    outcome: Outcome
    entry_id: int | None
    first_asked_at: datetime
    last_asked_at: datetime
    status: QuestionStatus
    closed_by: str | None
    closed_at: datetime | None


class QuestionGroup(BaseModel):
    """Questions that ask nearly the same, the most asked first, and how often they were asked, in all and by tenant."""

    text: str
    count: int
    by_tenant: dict[str, int]
    last_asked_at: datetime
    questions: list[Question]


class QuestionGroups(BaseModel):
    """Groups of questions, the most asked first."""

    groups: list[QuestionGroup]


class Closed(BaseModel):
    """How many questions were closed."""

    closed: int


class ConflictSide(Said):
    """One of two entries that are asked nearly the same, its nearest phrasing, and what its answer alone says."""

    id: int
    scope: str
    phrasing: str
    only: list[str]


class Conflict(BaseModel):
    """Two entries that are asked nearly the same; where both fit equally well, the first one answers."""

    kind: ConflictKind
    similarity: float
    numbers_differ: bool
    first: ConflictSide
    second: ConflictSide


class Conflicts(BaseModel):
    """What is the matter among the published entries, contradictions first."""

    conflicts: list[Conflict]
