"""Value objects of knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Layer(str, Enum):
    """What an entry is for; a valid emergency entry wins over everything else."""

    PRODUCT = "product"
    CAMPAIGN = "campaign"
    EMERGENCY = "emergency"


class EntryStatus(str, Enum):
    """Whether an entry answers: drafts do not yet, retired ones do no longer."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Action(str, Enum):
    """What made a version of an entry."""

    CREATED = "created"
    UPDATED = "updated"
    PUBLISHED = "published"
    RETIRED = "retired"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True)
class Entry:
    """A question with its answer.

    Attributes:
        id: Its number.
        scope: Merchant id, or ``platform``.
        layer: What it is for.
        question: The question as the merchant put it.
        similar_questions: Other ways to ask it.
        answer: What customers read.
        product_id: The product that it is about, or ``None``.
        product_label: A product's name that the catalogue does not know, or empty.
        valid_from: From when it holds; always when ``None``.
        valid_to: Until when it holds; for good when ``None``.
        version: Grows with each change, beginning at 1.
        status: Whether it answers.
    """

    id: int
    scope: str
    layer: Layer
    question: str
    similar_questions: tuple[str, ...]
    answer: str
    product_id: str | None
    product_label: str
    valid_from: datetime | None
    valid_to: datetime | None
    version: int
    status: EntryStatus

    def valid_at(self, now: datetime) -> bool:
        """Whether the entry holds at a moment."""
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True)
class Draft:
    """What somebody writes down of an entry; the rest is given by the store.

    Attributes:
        question: The question as the merchant puts it.
        answer: What customers read.
        layer: What it is for.
        similar_questions: Other ways to ask it.
        product_id: The product that it is about, or ``None``.
        product_label: A product's name that the catalogue does not know, or empty.
        valid_from: From when it holds; always when ``None``.
        valid_to: Until when it holds; for good when ``None``.
    """

    question: str
    answer: str
    layer: Layer = Layer.CAMPAIGN
    similar_questions: tuple[str, ...] = ()
    product_id: str | None = None
    product_label: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """All ways to ask it, the merchant's own first."""
        return (self.question, *self.similar_questions)


@dataclass(frozen=True)
class Change:
    """Who changes knowledge, and when.

    Attributes:
        by: Agent id, or the name of what acts without a person: ``cli``, ``seed``, ``system``.
        at: The present moment.
        import_id: The import that the change is a part of, if any.
    """

    by: str
    at: datetime
    import_id: int | None = None


@dataclass(frozen=True)
class Version:
    """What an entry said at one of its versions.

    Attributes:
        entry: The entry as it was.
        action: What made it so.
        by: Who.
        at: When.
        import_id: The import that did it, if one did.
    """

    entry: Entry
    action: Action
    by: str
    at: datetime
    import_id: int | None


@dataclass(frozen=True)
class Answer:
    """An entry found for a question.

    Attributes:
        entry: The entry.
        score: How likely it answers the question, 0 to 1.
        source: Which layer won, as customers read it, for example ``店铺商品说明``.
    """

    entry: Entry
    score: float
    source: str


class Verdict(str, Enum):
    """How sure the knowledge is of an answer."""

    ANSWER = "answer"
    OFFER = "offer"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What the knowledge has to say to a question.

    Attributes:
        verdict: Whether there is an answer, a choice of questions that may be meant, or nothing.
        answers: The answer alone; or up to three to choose from, the likeliest first; or nothing.
        found: The likeliest entries, whether they are good enough to be said or not.
    """

    verdict: Verdict
    answers: tuple[Answer, ...] = ()
    found: tuple[Answer, ...] = ()

    @property
    def answer(self) -> Answer | None:
        """The answer, where there is one."""
        return self.answers[0] if self.verdict is Verdict.ANSWER else None
