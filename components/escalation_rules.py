"""The table of rules that hand a conversation over, as read from ``escalation.yml`` and checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, cast

import yaml
from pydantic import BaseModel, Extra, PositiveInt, ValidationError, root_validator, validator
from rasa.shared.exceptions import InvalidConfigException

RULES = Path(__file__).with_name("escalation.yml")


class _Strict(BaseModel):
    """A part of the table; a key that it does not know is a mistake."""

    class Config:
        """How pydantic treats it."""

        extra = Extra.forbid
        allow_mutation = False


class Facts(BaseModel):
    """What the rules look at.

    Attributes:
        intent: The turn's intent.
        text: What was typed, in normal form and lower case; empty for buttons.
        sentiment: Its sentiment.
        important: Whether a VIP speaks or the order in view is of high value.
        media: Whether a picture or video came along outside a form.
        dissatisfied: Which of the latest turns, the present one first, were dissatisfied or worse.
        failures: Unresolved turns in a row, if an action has just counted them, else 0.
    """

    intent: str = ""
    text: str = ""
    sentiment: str = "calm"
    important: bool = False
    media: bool = False
    dissatisfied: tuple[bool, ...] = ()
    failures: int = 0


class Case(_Strict):
    """What must hold together; see ``escalation.yml``."""

    intents: frozenset[str] | None = None
    not_intents: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    not_said: tuple[str, ...] = ()
    sentiment: frozenset[Literal["calm", "dissatisfied", "angry"]] | None = None
    important: Literal[True] | None = None
    repeated: Literal[True] | None = None
    media: Literal[True] | None = None
    failures: PositiveInt | None = None

    @root_validator
    def _names_something(cls, values: dict[str, object]) -> dict[str, object]:  # noqa: N805
        positive = ("intents", "said", "sentiment", "important", "repeated", "media", "failures")
        if not any(values.get(name) for name in positive):
            raise ValueError("a case without a condition would always hold")
        return values


class Rule(_Strict):
    """One rule: its name, the reason that it gives, the action that it wants, and its cases."""

    name: str
    reason: Literal["requested", "policy", "angry", "media", "unresolved"]
    action: str = "action_handoff"
    cases: tuple[Case, ...]


class Repeated(_Strict):
    """How many of how many turns."""

    turns: PositiveInt
    dissatisfied: PositiveInt


class Rules(_Strict):
    """The whole table."""

    repeated: Repeated
    rules: tuple[Rule, ...]
    phrases: dict[str, re.Pattern]

    @validator("phrases", pre=True)
    def _compile(cls, lists: dict[str, list[str]]) -> dict[str, re.Pattern[str]]:  # noqa: N805
        try:
            return {
                name: re.compile("|".join(f"(?:{phrase})" for phrase in phrases)) for name, phrases in lists.items()
            }
        except re.error as error:
            raise ValueError(str(error)) from error

    @root_validator(skip_on_failure=True)
    def _all_defined(cls, values: dict[str, object]) -> dict[str, object]:  # noqa: N805
        rules, phrases = cast("tuple[Rule, ...]", values["rules"]), cast("dict[str, object]", values["phrases"])
        names = [rule.name for rule in rules]
        if len(set(names)) != len(names):
            raise ValueError("two rules have one name")
        used = {name for rule in rules for case in rule.cases for name in (*case.said, *case.not_said)}
        if used != set(phrases):
            raise ValueError(f"phrase lists that are only used or only defined: {sorted(used ^ set(phrases))}")
        return values

    def first(self, facts: Facts) -> Rule | None:
        """Return the first rule that applies."""
        return next((rule for rule in self.rules if any(self._holds(case, facts) for case in rule.cases)), None)

    def _holds(self, case: Case, facts: Facts) -> bool:
        """Tell whether everything that a case names is so."""
        return (
            (case.intents is None or facts.intent in case.intents)
            and facts.intent not in case.not_intents
            and (not case.said or self._said(case.said, facts.text))
            and not self._said(case.not_said, facts.text)
            and (case.sentiment is None or facts.sentiment in case.sentiment)
            and (not case.important or facts.important)
            and (not case.media or facts.media)
            and (not case.repeated or self._repeated(facts.dissatisfied))
            and (case.failures is None or facts.failures >= case.failures)
        )

    def _said(self, lists: tuple[str, ...], text: str) -> bool:
        """Tell whether a phrase of one of the lists is in ``text``."""
        return any(self.phrases[name].search(text) for name in lists)

    def _repeated(self, dissatisfied: tuple[bool, ...]) -> bool:
        """Tell whether enough of the last turns were dissatisfied, the present one among them."""
        recent = dissatisfied[: self.repeated.turns]
        return bool(recent) and recent[0] and sum(recent) >= self.repeated.dissatisfied


def read_rules(path: Path = RULES) -> Rules:
    """Read and check a table.

    Args:
        path: YAML in the form of ``escalation.yml``.

    Raises:
        InvalidConfigException: If it says something else than such a table can say.
    """
    try:
        return Rules.parse_obj(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise InvalidConfigException(f"{path}: {error}") from error
