"""Words that mean the same, and words that mean nothing, read from ``synonyms.yml``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DEFAULT = Path(__file__).with_name("synonyms.yml")

SECTIONS = {"fillers", "asking", "groups"}

GAP = "…"
"""Stands in a word for up to four characters."""


class InvalidSynonyms(ValueError):
    """The file of synonyms breaks one of its own rules."""


class Synonyms:
    """Groups of words that count as one, and words that count as nothing."""

    def __init__(self, fillers: list[str], asking: dict[str, list[str]], groups: dict[str, list[str]]) -> None:
        """Take over what ``load_synonyms`` has checked.

        Args:
            fillers: Words without a meaning of their own.
            asking: Groups that say only which kind of answer is wanted.
            groups: All other groups.
        """
        self.asking = frozenset(asking)
        self._parts = (fillers, asking, groups)
        self._fillers = frozenset(fillers)
        named = [(word, name) for name, words in {**asking, **groups}.items() for word in words]
        self._concept_of = {word: name for word, name in named if GAP not in word}
        # To look whether a word's beginning stands in a text at all is much faster than to look for the word.
        self._gapped = [(word.split(GAP)[0], _gapped(word), name) for word, name in named if GAP in word]
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in {*self._concept_of, *self._fillers}:
            lengths[word[:2]].add(len(word))
        self._lengths = {begin: sorted(each - {1}, reverse=True) for begin, each in lengths.items()}

    def extended(self, groups: Iterable[Iterable[str]]) -> Synonyms:
        """Return these with further groups; one that shares a word with a group that is there joins it.

        Args:
            groups: Words that count as one, in normal form.
        """
        own = [list(words) for words in groups]
        if not own:
            return self
        fillers, asking, known = self._parts
        taken = {word for words in own for word in words}
        place = {word: name for name, words in {**asking, **known}.items() for word in words}
        joined = dict(known)
        for number, words in enumerate(own):
            touched = dict.fromkeys(place[word] for word in words if word in place)
            name = next(iter(touched), f"own_{number}")
            both = [word for other in touched if other not in asking for word in joined.pop(other, [])]
            target = asking if name in asking else joined
            target_words = dict.fromkeys([*target.get(name, []), *both, *words])
            if name in asking:
                asking = {**asking, name: list(target_words)}
            else:
                joined[name] = list(target_words)
            place.update(dict.fromkeys(target_words, name))
        return Synonyms([word for word in fillers if word not in taken], asking, joined)

    def concept(self, word: str) -> str | None:
        """Return the name of a word's group, or ``None`` where it is in none."""
        return self._concept_of.get(word)

    def is_filler(self, word: str) -> bool:
        """Whether a word has no meaning of its own."""
        return word in self._fillers

    def find(self, text: str) -> Iterator[tuple[int, int, str | None]]:
        """Find the words and fillers of more than one character in a text, from left to right, the longest first.

        Args:
            text: A text in normal form.

        Yields:
            Start, end and group of each; the group is ``None`` for a filler.
        """
        gapped = sorted(
            (match.start(), match.end(), name)
            for begin, pattern, name in self._gapped
            if begin in text
            for match in pattern.finditer(text)
        )
        start = 0
        while start < len(text):
            plain = self._at(text, start)
            wide = next((each for each in gapped if each[0] == start), None)
            found = wide if wide and (plain is None or wide[1] > plain[1]) else plain
            if found is None:
                start += 1
            else:
                yield found
                start = found[1]

    def _at(self, text: str, start: int) -> tuple[int, int, str | None] | None:
        for length in self._lengths.get(text[start : start + 2], ()):
            end = start + length
            word = text[start:end]
            if end <= len(text) and (word in self._concept_of or word in self._fillers) and _bordered(text, start, end):
                return start, end, self._concept_of.get(word)
        return None


def _gapped(word: str) -> re.Pattern[str]:
    return re.compile(".{0,4}?".join(re.escape(part) for part in word.split(GAP)))


def _bordered(text: str, start: int, end: int) -> bool:
    """Whether a word begins and ends here: Chinese has no borders, but `hi` must not be found in `nihil`."""
    before, after = text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]
    return not any(len(pair) == 2 and pair.isascii() and pair.isalnum() for pair in (before, after))


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
        _check(path.name, name, words, places)
    return Synonyms(content["fillers"], asking, groups)


def _check(file: str, name: str, words: Any, places: dict[str, str]) -> None:
    if not isinstance(words, list) or len(words) < 2:
        raise InvalidSynonyms(f"{file}: {name} needs a list of at least two words")
    for word in words:
        if not isinstance(word, str) or not word.strip(GAP) or word != "".join(word.lower().split()):
            raise InvalidSynonyms(f"{file}: {word!r} in {name} is no lower-case word")
        if word in places:
            raise InvalidSynonyms(f"{file}: {word} stands in {places[word]} and in {name}")
        places[word] = name


@lru_cache(maxsize=1)
def default_synonyms() -> Synonyms:
    """Return the project's own synonyms, read at the first call."""
    return load_synonyms(DEFAULT)
