"""Words that mean the same, and words that mean nothing, read from ``synonyms.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

DEFAULT = Path(__file__).with_name("synonyms.yml")

SECTIONS = {"fillers", "asking", "groups"}


class InvalidSynonyms(ValueError):
    """The file of synonyms breaks one of its own rules."""


@dataclass(frozen=True)
class Synonyms:
    """Groups of words that count as one, and words that count as nothing.

    Attributes:
        concept_of: Name of the group of each word.
        asking: Names of the groups that say only which kind of answer is wanted.
        fillers: Words without a meaning of their own.
        pattern: Finds the words and the fillers of more than one character in a text, the longest first; single
            characters count only where they are words.
    """

    concept_of: dict[str, str]
    asking: frozenset[str]
    fillers: frozenset[str]
    pattern: re.Pattern[str]


def load_synonyms(path: Path) -> Synonyms:
    """Read and check a file of synonyms.

    Args:
        path: A YAML file with ``fillers`` (a list of words), ``asking`` and ``groups`` (lists of words by name).

    Raises:
        InvalidSynonyms: If the shape is wrong, a group has fewer than two words, or a word stands in two places.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InvalidSynonyms(f"{path.name} is no YAML: {error}") from error
    if not isinstance(content, dict) or set(content) != SECTIONS:
        raise InvalidSynonyms(f"{path.name}: needs exactly the keys {', '.join(sorted(SECTIONS))}")
    asking, groups = content["asking"], content["groups"]
    if not isinstance(asking, dict) or not isinstance(groups, dict):
        raise InvalidSynonyms(f"{path.name}: asking and groups need lists of words by name")
    if set(asking) & set(groups):
        raise InvalidSynonyms(f"{path.name}: {', '.join(sorted(set(asking) & set(groups)))} in asking and in groups")
    places: dict[str, str] = {}
    for name, words in [("fillers", content["fillers"]), *asking.items(), *groups.items()]:
        if not isinstance(words, list) or len(words) < 2:
            raise InvalidSynonyms(f"{path.name}: {name} needs a list of at least two words")
        for word in words:
            if not isinstance(word, str) or not word or word != "".join(word.lower().split()):
                raise InvalidSynonyms(f"{path.name}: {word!r} in {name} is no lower-case word")
            if word in places:
                raise InvalidSynonyms(f"{path.name}: {word} stands in {places[word]} and in {name}")
            places[word] = name
    longest_first = sorted((word for word in places if len(word) > 1), key=lambda word: (-len(word), word))
    return Synonyms(
        concept_of={word: name for word, name in places.items() if name != "fillers"},
        asking=frozenset(asking),
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
