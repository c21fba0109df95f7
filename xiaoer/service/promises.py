"""Until when customers are promised an answer (``promises.yml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Promise:
    """What is promised where somebody must look into a matter first.

    Attributes:
        rule: Id of the rule.
        within: How soon somebody answers.
        source: The rule in words, as customers read it.
        outcome: What follows where the matter turns out as the customer says.
    """

    rule: str
    within: timedelta
    source: str
    outcome: str

    def until(self, now: datetime) -> datetime:
        """Return until when somebody answers what is asked now."""
        return now + self.within


def promise(topic: str) -> Promise:
    """Return what is promised for a topic.

    Raises:
        KeyError: If nothing is promised for it.
        ValueError: If the table is not as it must be.
    """
    return _promises()[topic]


@cache
def _promises() -> Mapping[str, Promise]:
    table = yaml.safe_load(files("xiaoer.service").joinpath("promises.yml").read_text(encoding="utf-8"))
    return {topic: read_promise(topic, entry) for topic, entry in table.items()}


def read_promise(topic: str, entry: Mapping[str, object]) -> Promise:
    """Return the promise of an entry of the table.

    Args:
        topic: Its topic, to name it by.
        entry: ``rule``, ``hours``, ``source`` and ``outcome``.

    Raises:
        ValueError: If the entry is not as it must be.
    """
    hours, texts = entry.get("hours"), [entry.get(name) for name in ("rule", "source", "outcome")]
    if set(entry) != {"rule", "hours", "source", "outcome"} or not all(
        isinstance(each, str) and each for each in texts
    ):
        raise ValueError(f"promises.yml: {topic} needs rule, hours, source and outcome")
    if not isinstance(hours, int) or isinstance(hours, bool) or hours <= 0:
        raise ValueError(f"promises.yml: hours of {topic} must be a whole number above 0")
    rule, source, outcome = map(str, texts)
    return Promise(rule, timedelta(hours=hours), source, outcome)
