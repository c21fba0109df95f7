"""What the files of the decision tables may say, entry by entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any

from pydantic import BaseModel, Field, root_validator, validator

from xiaoer.commerce.model import AfterSaleKind, Liable
from xiaoer.commerce.policy.terms import Group, NoReason, Opened, Outcome, ParcelState, Stage

OF_LIMITS = frozenset({"until", "over", "limit"})
"""Words that only a rule with a time limit can fill in."""

WORDS = OF_LIMITS | {"received", "goods", "why", "amount", "bought_at", "now_at"}
"""What sentences may have in braces."""

HAS_PARCEL = frozenset({Stage.UNDER_WAY, Stage.SENT_BACK, Stage.RECEIVED})


class Entry(BaseModel):
    """Anything that a file says; unknown names are mistakes."""

    class Config:
        """What is accepted."""

        extra = "forbid"
        allow_mutation = False


class Term(Entry):
    """How many days something can be asked for after receipt; the last ends at 24:00 in Shanghai."""

    days: int = Field(gt=0)
    source: str = Field(min_length=1)

    @property
    def text(self) -> str:
        """The time as customers read it."""
        return f"{self.days}天"


class GoodsClass(Entry):
    """What a class of goods means for returning without a reason."""

    label: str = Field(min_length=1)
    no_reason: NoReason
    why: str
    source: str = Field(min_length=1)


class ReasonEntry(Entry):
    """A reason that customers give."""

    code: str
    label: str = Field(min_length=1)
    group: Group
    liable: Liable
    picture: bool


class When(Entry):
    """Conditions of a rule, all of which must hold; a list holds where the case is any of it."""

    kinds: list[AfterSaleKind] | None = Field(None, min_items=1)
    reasons: list[str] | None = Field(None, min_items=1)
    groups: list[Group] | None = Field(None, min_items=1)
    stages: list[Stage] | None = Field(None, min_items=1)
    classes: list[str] | None = Field(None, min_items=1)
    categories: list[str] | None = Field(None, min_items=1)
    no_reason: list[NoReason] | None = Field(None, min_items=1)
    opened: list[Opened] | None = Field(None, min_items=1)
    parcels: list[ParcelState] | None = Field(None, min_items=1)
    liable: list[Liable] | None = Field(None, min_items=1)
    late: bool | None = None
    mishap: bool | None = None
    cheaper: bool | None = None
    protected: bool | None = None
    within: str | None = None
    after: str | None = None

    @root_validator(skip_on_failure=True)
    def _can_hold(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        stages, parcels = values["stages"], values["parcels"]
        limited = values["within"] is not None or values["after"] is not None
        if limited and (stages is None or set(stages) != {Stage.RECEIVED}):
            raise ValueError("can never hold: time runs from receipt, so stages must be [received]")
        if values["within"] is not None and values["within"] == values["after"]:
            raise ValueError("can never hold: within and after the same time")
        if stages and parcels and not HAS_PARCEL & set(stages) and ParcelState.NONE not in parcels:
            raise ValueError("can never hold: there is no parcel at these stages")
        return values

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions that are given, by name."""
        return {name: value for name, value in self if value is not None}


class Rule(Entry):
    """A rule of any table."""

    id: str = Field(regex=r"^[a-z_]+\.[a-z0-9_]+$")
    when: When
    source: str = Field(min_length=1)


class EligibilityRule(Rule):
    """Whether something can be asked for, and why."""

    then: Outcome
    sentence: str = Field(min_length=1)
    alternatives: list[AfterSaleKind] = []

    @validator("sentence")
    def _known_words(cls, sentence: str, values: dict[str, Any]) -> str:  # noqa: N805
        used = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
        if used - WORDS:
            raise ValueError(f"{{{sorted(used - WORDS)[0]}}} is nothing that is filled in")
        when = values.get("when")
        if used & OF_LIMITS and when is not None and when.within is None and when.after is None:
            raise ValueError("speaks of a limit that the rule does not have")
        return sentence

    @root_validator(skip_on_failure=True)
    def _alternatives_where_refused(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if values["then"] is Outcome.GRANT and values["alternatives"]:
            raise ValueError("names alternatives to what it grants")
        return values


class LiabilityRule(Rule):
    """Who answers; ``None`` means whom the reason names."""

    liable: Liable | None = None


class FreightRule(Rule):
    """Who pays for sending goods back."""

    payer: Liable


class CompensationRule(Rule):
    """What is paid beside the refund: ``percent`` of the price of the pieces, at least ``least``, at most ``most``."""

    percent: int = Field(gt=0)
    least: Decimal = Field(ge=0)
    most: Decimal | None = None

    @validator("most")
    def _ordered(cls, most: Decimal | None, values: dict[str, Any]) -> Decimal | None:  # noqa: N805
        if most is not None and most < values.get("least", 0):
            raise ValueError("most is less than least")
        return most


class File(Entry):
    """What every file of the tables begins with."""

    version: date


class GoodsFile(File):
    """``goods.yml``."""

    classes: dict[str, GoodsClass]


class ReasonsFile(File):
    """``reasons.yml``; ``offered`` lists codes by what a customer is about to ask for."""

    reasons: list[ReasonEntry]
    offered: dict[str, list[str]]


class EligibilityFile(File):
    """``eligibility.yml``; a parcel that is not heard of for ``stuck_hours`` counts as stuck."""

    stuck_hours: int = Field(gt=0)
    terms: dict[str, Term]
    rules: list[EligibilityRule]


class LiabilityFile(File):
    """``liability.yml``."""

    rules: list[LiabilityRule]


class FreightFile(File):
    """``freight.yml``."""

    rules: list[FreightRule]


class CompensationFile(File):
    """``compensation.yml``."""

    rules: list[CompensationRule]


class LooserCompensation(Entry):
    """What a merchant pays more than the platform's rule; what is not given stays."""

    percent: int | None = Field(None, gt=0)
    least: Decimal | None = None
    most: Decimal | None = None


class Length(Entry):
    """A longer time."""

    days: int = Field(gt=0)


class MerchantFile(File):
    """A merchant's own rules, which may only grant more than the platform's.

    Attributes:
        terms: Longer times by name.
        goods: Looser returning without a reason by class.
        freight: Payer by id of a freight rule by which the customer would pay.
        compensation: More by id of a rule.
    """

    terms: dict[str, Length] = {}
    goods: dict[str, NoReason] = {}
    freight: dict[str, Liable] = {}
    compensation: dict[str, LooserCompensation] = {}
