"""Finds names in a text: spaCy's phrase matcher over characters, and what a name stands for to whom."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from components.catalogue import PLATFORM, Name, Names

LONG = 3
"""From this many characters on, a whole name is a name wherever it stands; a shorter one must span whole tokens."""

ENTITIES = ("product", "merchant", "color", "size", "carrier", "city")
"""The kinds of names; of equally long ones in one place, the earlier kind wins."""

_LETTER = re.compile(r"[0-9a-z]")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_BREATH = 500


@dataclass(frozen=True)
class NameFound:
    """A name that was found.

    Attributes:
        entity: Its kind.
        start: First character.
        end: One past the last character.
        value: The name that it stands for.
        anywhere: Whether it is a name even where it does not begin and end with a token.
    """

    entity: str
    start: int
    end: int
    value: str
    anywhere: bool


class NameIndex:
    """All names at one moment; never changed, but replaced by another."""

    def __init__(self, names: Names) -> None:
        """Prepare the matcher.

        Args:
            names: For each entity, the ways of writing in lower case and what they stand for.
        """
        self._names = names
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab)
        for entity in sorted(names, key=_rank):
            forms = list(names[entity])
            for start in range(0, len(forms), _BREATH):
                self._matcher.add(entity, [self._doc(form) for form in forms[start : start + _BREATH]])
                time.sleep(0)  # turns go first

    def find(self, text: str, tenant: str = "") -> list[NameFound]:
        """Return the names of ``text``, the longest first; they may overlap.

        Args:
            text: A text in normal form.
            tenant: Merchant whose customer speaks; empty where that is not known.
        """
        lower = text.lower()
        if len(lower) != len(text):  # İ becomes two characters; no name has it
            lower = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
        found = []
        for match_id, start, end in self._matcher(self._doc(lower)):
            entity = self._vocab.strings[match_id]
            if _stands_apart(lower, start, end):
                value, anywhere = self._meaning(entity, lower[start:end], text[start:end], tenant)
                if value:
                    found.append(NameFound(entity, start, end, value, anywhere))
        return sorted(found, key=lambda each: (each.start - each.end, _rank(each.entity), each.start))

    def _doc(self, text: str) -> Doc:
        return Doc(self._vocab, words=list(text), spaces=[False] * len(text))

    def _meaning(self, entity: str, form: str, typed: str, tenant: str) -> tuple[str, bool]:
        """Return what a form stands for to the customer of a merchant, and whether it does so anywhere in a text.

        The end of a name alone is one only to the customer of a shop that has such goods: 大衣 is 双面羊毛大衣 there.
        """
        names = self._names[entity][form]
        whole = [name for name in names if not name.head]
        own = [name for name in names if name.tenant == tenant] if tenant not in ("", PLATFORM) else []
        if own:
            meant = [name for name in own if not name.head] or own
        elif tenant:
            meant = [name for name in whole if not name.tenant] or whole
        else:
            meant = [name for name in whole if name.tenant] or whole
        values = {name.value for name in meant}
        if not values:
            return "", False
        # 手机 in a shop with two of them is what was typed.
        return values.pop() if len(values) == 1 else typed, bool(whole) and len(form) >= LONG


def merged(names: Iterator[Names] | list[Names]) -> Names:
    """Return several collections of names as one."""
    together: dict[str, dict[str, dict[Name, None]]] = {}
    for each in names:
        for entity, forms in each.items():
            table = together.setdefault(entity, {})
            for form, meanings in forms.items():
                table.setdefault(form, {}).update(dict.fromkeys(meanings))
    return {entity: {form: tuple(found) for form, found in table.items()} for entity, table in together.items()}


def _rank(entity: str) -> int:
    return ENTITIES.index(entity) if entity in ENTITIES else len(ENTITIES)


def _stands_apart(text: str, start: int, end: int) -> bool:
    """Tell whether a name is no part of something else.

    Letters must not continue a word. A single Chinese character must stand apart (黑 XL): inside a sentence 红 is
    mostly no colour.
    """
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if end - start == 1 and not _LETTER.match(text[start]):
        return not (_CHINESE.match(before) or _CHINESE.match(after))
    return not (
        (_LETTER.match(text[start]) and before and _LETTER.match(before))
        or (_LETTER.match(text[end - 1]) and after and _LETTER.match(after))
    )
