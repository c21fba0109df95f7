"""What the decision tables say of an after-sale wish."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xiaoer.commerce.model import AfterSaleKind, Liable


@dataclass(frozen=True)
class Decision:
    """Whether an after-sale wish is granted, on what terms, and why.

    Attributes:
        allowed: Whether it can be filed.
        rules: Ids of the rules that fired, the deciding one first; never empty.
        sentence: Why, in a sentence that customers and agents read.
        liable: Who answers for it.
        freight_payer: Who pays for sending goods back; ``NONE`` where nothing goes back.
        evidence_needed: Whether a picture must be there before it is filed.
        amount: Yuan that go back at most; zero for exchanges and repairs.
        compensation: Least and most yuan beside that, or ``None``.
        alternatives: What can be asked for instead, the best first; empty where it is allowed.
        version: Version of the tables.
    """

    allowed: bool
    rules: tuple[str, ...]
    sentence: str
    liable: Liable
    freight_payer: Liable
    evidence_needed: bool
    amount: Decimal
    compensation: tuple[Decimal, Decimal] | None
    alternatives: tuple[AfterSaleKind, ...]
    version: str
