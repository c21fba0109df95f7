"""Brings what people type into one written form, remembering where every character came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

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


# Half a dozen components ask for the normal form of the same message. The result cannot be changed, so that all may
# share it. Few are kept: the next message is another one, and a text may be long.
@lru_cache(maxsize=32)
def normalise(raw: str) -> Normalised:
    """Return ``raw`` with full-width forms narrowed, noise removed, and Traditional characters made Simplified.

    Compatibility forms become plain ones (NFKC, character by character), characters without a shape go away, runs of
    white space become one space, and longer repetitions are cut to ``LONGEST_RUN``. Case is kept.
    """
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    run = 0
    plain = list(_plain(raw))
    simplified = _simplified("".join(character for character, _ in plain))
    for character, (_, index) in zip(simplified, plain, strict=True):
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


def _simplified(text: str) -> str:
    """Return ``text`` with Traditional characters made Simplified, each in its place."""
    if _traditional().isdisjoint(text):
        return text
    converted = str(_converter().convert(text))
    # The phrases of OpenCC's table from Traditional to Simplified keep their length; offsets depend on it.
    return converted if len(converted) == len(text) else text


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    """Return OpenCC's conversion from Traditional to Simplified, which knows phrases (乾隆, but 干燥)."""
    return OpenCC("t2s")


@lru_cache(maxsize=1)
def _traditional() -> frozenset[str]:
    """Return the characters that the conversion may change; most texts have none and need no conversion."""
    # CJK Unified Ideographs, with their extension A.
    every = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = str(_converter().convert("\n".join(every))).split("\n")
    return frozenset(one for one, other in zip(every, simple, strict=True) if one != other)


def _plain(raw: str) -> Iterator[tuple[str, int]]:
    """Give the plain characters of ``raw`` one by one, each with the index that it comes from."""
    return ((plain, index) for index, character in enumerate(raw) for plain in _shape(character))


@lru_cache(maxsize=8192)
def _shape(character: str) -> str:
    """Return the plain characters that stand for one, none where it has no shape."""
    if character.isspace():
        return " "
    if _is_silent(character):
        return ""
    shown = unicodedata.normalize("NFKC", character)
    return "".join(" " if plain.isspace() else plain for plain in shown if plain.isspace() or not _is_silent(plain))


def _is_silent(character: str) -> bool:
    return character in _SELECTORS or unicodedata.category(character) in _SILENT
