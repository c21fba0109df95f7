"""Where in a file something stands, and reading values there so that a mistake is named with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from xiaoer.evaluation.dialogues.errors import ScriptError
from xiaoer.evaluation.dialogues.placeholders import parse_placeholders


@dataclass(frozen=True)
class Place:
    """A place in a file.

    Attributes:
        file: The file as it was named.
        path: Conversation, turn, key, …, from the outside in.
        kinds: Name of each picked row → its kind: what placeholders may be about.
        used: Collects the keys of the placeholders that are met, over all places of a conversation.
    """

    file: str
    path: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def at(self, part: str) -> Place:
        """Return a place inside this one."""
        return replace(self, path=(*self.path, part))

    def error(self, words: str) -> ScriptError:
        """Return an error that names this place."""
        return ScriptError(f"{self.file}: {', '.join(self.path)}: {words}" if self.path else f"{self.file}: {words}")

    def mapping(self, value: Any, known: Iterable[str] | None = None) -> dict[str, Any]:
        """Return a mapping whose keys are known.

        Args:
            value: What the file has; an empty value is an empty mapping.
            known: Keys that may be there; ``None`` for any.

        Raises:
            ScriptError: If it is no mapping, or has a key that is not known.
        """
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error("this must be a mapping")
        if known is not None:
            names = sorted(known)
            for key in value:
                if key not in names:
                    raise self.error(f"unknown key {key}; known are {', '.join(names)}")
        return value

    def text(self, value: Any) -> str:
        """Return a text, which may be empty, after a look at its placeholders.

        Raises:
            ScriptError: If it is no text, or has an unknown placeholder.
        """
        if not isinstance(value, str):
            raise self.error("this must be text; write it in quotes")
        try:
            self.used.update(placeholder.key for placeholder in parse_placeholders(value, self.kinds))
        except ValueError as error:
            raise self.error(str(error)) from error
        return value

    def texts(self, value: Any) -> tuple[str, ...]:
        """Return a text or a list of texts, none of them empty.

        Raises:
            ScriptError: If it is something else.
        """
        found = tuple(self.text(each) for each in (value if isinstance(value, list) else [value]))
        if not found or not all(found):
            raise self.error("an empty text or list expects nothing")
        return found

    def choices(self, value: Any, known: Iterable[str]) -> tuple[str, ...]:
        """Return a word or a list of words, each of them known.

        Raises:
            ScriptError: If one is not.
        """
        names = list(known)
        found = self.texts(value)
        for each in found:
            if each not in names:
                raise self.error(f"unknown {each}; known are {', '.join(sorted(names))}")
        return found

    def choice(self, value: Any, known: Iterable[str]) -> str:
        """Return one known word.

        Raises:
            ScriptError: If it is something else.
        """
        found = self.choices(value, known)
        if isinstance(value, list):
            raise self.error("this must be one word")
        return found[0]

    def truth(self, value: Any) -> bool:
        """Return a truth value.

        Raises:
            ScriptError: If it is something else.
        """
        if isinstance(value, bool):
            return value
        raise self.error("this must be true or false")

    def number(self, value: Any) -> float:
        """Return a number that is not negative.

        Raises:
            ScriptError: If it is something else.
        """
        try:
            number = float(value) if isinstance(value, str) else -1.0
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise self.error(f"this must be a number from 0 up, not {value}")
        return number

    def whole(self, value: Any) -> int:
        """Return a whole number that is not negative.

        Raises:
            ScriptError: If it is something else.
        """
        number = self.number(value)
        if number != int(number):
            raise self.error(f"this must be a whole number, not {value}")
        return int(number)
