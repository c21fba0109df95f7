"""What the customers of contested orders want, and how an answer is read (``wishes.yml``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("wishes.yml")


@dataclass(frozen=True)
class Wish:
    """One thing that is wanted.

    Attributes:
        name: Its name.
        says: What opens it, with places for values.
        operation: Audit entry of it.
        done: Words that say it was done.
        refused: Words that say why not → what must be in the database then.
        answers: What is answered, by slot, with places for values.
        by: Field of the audit entry → value of the conversation that tells its entry from the others.
        at_once: Whether it is written without a confirmation.
    """

    name: str
    says: str
    operation: str
    done: Sequence[str]
    refused: Mapping[str, str]
    answers: Mapping[str, str] = field(default_factory=dict)
    by: Mapping[str, str] = field(default_factory=dict)
    at_once: bool = False

    def is_done(self, text: str) -> bool:
        """Return whether an answer says that it was done."""
        return any(words in text for words in self.done)

    def why_not(self, text: str) -> str:
        """Return why an answer says that it was not done; empty where it says nothing of the kind."""
        return next((fact for words, fact in self.refused.items() if words in text), "")


@dataclass(frozen=True)
class Wishes:
    """All wishes, and the scripts made of them.

    Attributes:
        scripts: Scripts by kind of order.
    """

    scripts: Mapping[str, Sequence[Sequence[Wish]]]

    def script(self, kind: str, number: int) -> Sequence[Wish]:
        """Return what the conversation of a number about an order of a kind wants."""
        scripts = self.scripts[kind]
        return scripts[number % len(scripts)]


def read_wishes(file: Path = FILE) -> Wishes:
    """Return the wishes of a file.

    Raises:
        KeyError: If a script names a wish that is not there.
        TypeError: If a wish lacks a part, or has one that is not known.
    """
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = {name: Wish(name, **parts) for name, parts in content["wishes"].items()}
    scripts = content["scripts"].items()
    return Wishes({kind: [[known[name] for name in names] for names in each] for kind, each in scripts})
