"""Words that mean the same, and words that mean nothing, read from ``synonyms.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

DEFAULT = Path(__file__).with_name("synonyms.yml")


class InvalidSynonyms(ValueError):
    """The file of synonyms breaks one of its own rules."""


@dataclass(frozen=True)
class Synonyms:
    """Groups of words that count as one, and words that count as nothing.

    Attributes:
        concept_of: Name of the group of each word.
        fillers: Words without a meaning of their own.
        pattern: Finds the words and the fillers in a text, the longest first.
    """

    concept_of: dict[str, str]
    fillers: frozenset[str]
    pattern: re.Pattern[str]


def load_synonyms(path: Path) -> Synonyms:
    """Read and check a file of synonyms.

    Args:
        path: A YAML file with ``fillers`` (a list of words) and ``groups`` (a list of words by name).

    Raises:
        InvalidSynonyms: If the shape is wrong, a group has fewer than two words, or a word stands in two places.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != {"fillers", "groups"}:
        raise InvalidSynonyms(f"{path.name}: needs exactly the keys fillers and groups")
    if not isinstance(content["groups"], dict):
        raise InvalidSynonyms(f"{path.name}: groups needs a list of words by name")
    places: dict[str, str] = {}
    for name, words in [("fillers", content["fillers"]), *content["groups"].items()]:
        if not isinstance(words, list) or len(words) < 2:
            raise InvalidSynonyms(f"{path.name}: {name} needs a list of at least two words")
        for word in words:
            if not isinstance(word, str) or not word or word != "".join(word.lower().split()):
                raise InvalidSynonyms(f"{path.name}: {word!r} in {name} is no lower-case word")
            if word in places:
                raise InvalidSynonyms(f"{path.name}: {word} stands in {places[word]} and in {name}")
            places[word] = name
    longest_first = sorted(places, key=lambda word: (-len(word), word))
    return Synonyms(
        concept_of={word: name for word, name in places.items() if name != "fillers"},
        fillers=frozenset(content["fillers"]),
        pattern=re.compile("|".join(_bordered(word) for word in longest_first)),
    )


def _bordered(word: str) -> str:
    # Chinese has no borders between words, but `hi` must not be found in `nihil`.
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)


@lru_cache(maxsize=1)
def default_synonyms() -> Synonyms:
    """Return the project's own synonyms, read at the first call."""
    return load_synonyms(DEFAULT)
