"""What is taken out of a typed text before anybody reads it."""

from __future__ import annotations

import re
import unicodedata

NLU_LENGTH = 1000
"""Characters that the language model is given; nobody's question needs more."""

HARMLESS = "？"
"""What the language model is given where nothing of the typed text is left."""

# Control characters, format characters (bidirectional overrides, zero-width ones, tags) and lone surrogates: they are
# invisible, they can disguise a text, and PostgreSQL stores neither NUL nor surrogates.
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
KEPT = frozenset("\n\t")
NEWLINES = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n"})
# No script stacks more marks on one letter, and normalising long stacks takes quadratic time.
MOST_MARKS = 8

COMMAND_START = re.compile(r"^[\s/]+")


def visible(character: str) -> bool:
    """Return whether a character may stay in a text."""
    return character in KEPT or unicodedata.category(character) not in INVISIBLE


def clean(text: str) -> str:
    """Return a text in NFC, trimmed, without control, bidirectional, zero-width and other invisible characters."""
    kept, marks = [], 0
    for character in text.replace("\r\n", "\n").translate(NEWLINES):
        if not visible(character):
            continue
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def as_typed(text: str) -> str:
    """Return what the language model may read of a text that a person has typed.

    Rasa takes a text that begins with a slash for a command, which skips the language model: nobody may type one.
    """
    return COMMAND_START.sub("", text)[:NLU_LENGTH].rstrip() or HARMLESS
