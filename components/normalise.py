"""Brings what people type into one written form, remembering where every character came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_RUN = 3
"""A character repeated more often than this says no more than one repeated this often (急急急急急 → 急急急)."""

PAYLOAD = re.compile(r"\s*(?:/[a-z_]+(?:@[\d.]+)?\s*(?:\{.*\})?\s*$|EXTERNAL:)", re.DOTALL)
"""What no person wrote: a button's payload (``/inform{"order_no": …}``), or the trace of a triggered intent."""

# Format, control, surrogate, private-use and unassigned characters carry no words; the variation selectors and the
# combining enclosing keycap only colour an emoji.
_SILENT = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_SELECTORS = frozenset({"\ufe0e", "\ufe0f", "\u20e3"})

# Digits and Latin letters are spared: an order number may well hold four zeros.
_SPARED = re.compile(r"[0-9A-Za-z]")


@dataclass(frozen=True)
class Normalised:
    """A text in normal form and its alignment with the raw one.

    Attributes:
        text: The normal form.
        starts: For each character of ``text``, where its source begins in the raw text.
        ends: For each character of ``text``, where its source ends in the raw text.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw span that ``text[start:end]`` stands for.

        Args:
            start: First character, an index into ``text``.
            end: One past the last character; greater than ``start``.

        Raises:
            ValueError: If the span is empty, which stands for no place in the raw text.
        """
        if end <= start:
            raise ValueError("an empty span has no place in the raw text")
        return self.starts[start], self.ends[end - 1]


def normalise(raw: str) -> Normalised:
    """Return ``raw`` with full-width forms narrowed and noise removed.

    Compatibility forms become plain ones (NFKC, character by character), characters without a shape go away, runs of
    white space become one space, and longer repetitions are cut to ``LONGEST_RUN``. Case is kept.
    """
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    run = 0
    for character, index in _plain(raw):
        if characters and characters[-1] == character:
            run += 1
            if character == " " or (run > LONGEST_RUN and not _SPARED.match(character)):
                # What was cut still belongs to the character that stands for it, so that spans keep covering it.
                ends[-1] = index + 1
                continue
        else:
            run = 1
        characters.append(character)
        starts.append(index)
        ends.append(index + 1)
    return Normalised("".join(characters), tuple(starts), tuple(ends))


def _plain(raw: str) -> Iterator[tuple[str, int]]:
    """Give the plain characters of ``raw`` one by one, each with the index that it comes from."""
    for index, character in enumerate(raw):
        if character.isspace():
            yield " ", index
            continue
        if character in _SELECTORS or unicodedata.category(character) in _SILENT:
            continue
        for plain in unicodedata.normalize("NFKC", character):
            if plain.isspace():
                yield " ", index
            elif plain not in _SELECTORS and unicodedata.category(plain) not in _SILENT:
                yield plain, index
