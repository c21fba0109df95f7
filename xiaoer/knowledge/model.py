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
        status: ``active`` or ``archived``.
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
    status: str

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


@dataclass(frozen=True)
class Answer:
    """An entry found for a question.

    Attributes:
        entry: The entry.
        score: How well it fits, 0 to 1.
        source: Which layer won, as customers read it, for example ``本店商品说明``.
    """

    entry: Entry
    score: float
    source: str
