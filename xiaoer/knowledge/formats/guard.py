"""Keeping text in cells text: nothing that spreadsheets would run as a formula or take for an error."""

from __future__ import annotations

import re

ERRORS = r"#(?:[A-Z]{2,20}[!?]|N/A|DIV/0!)"
"""What spreadsheets write into a cell whose formula failed."""

RISKY = re.compile(rf"'*(?:[=+\-@\t\r＝＋－＠]|(?:{ERRORS})$)", re.IGNORECASE)
GUARDED = re.compile(rf"'+(?:[=+\-@\t\r＝＋－＠]|(?:{ERRORS})$)", re.IGNORECASE)
FAILED = re.compile(rf"(?:{ERRORS})", re.IGNORECASE)


def guarded(text: str, *, typed: bool = False) -> str:
    """Return text with an apostrophe before it where a spreadsheet would make something else of it.

    Args:
        text: What a cell shall hold.
        typed: Whether the file says that the cell is text, so that no formula can come of it.
    """
    risky = GUARDED.match(text) or failed(text) if typed else RISKY.match(text)
    return f"'{text}" if risky else text


def unguarded(text: str) -> str:
    """Return what a cell holds without the apostrophe that ``guarded`` wrote."""
    return text[1:] if GUARDED.match(text) else text


def given_back(text: str) -> str:
    """Return a cell of a file so that reading it again finds the same as before, be it right or wrong.

    Args:
        text: What the file shows, guarded or not.
    """
    return text if GUARDED.match(text) or failed(text) else guarded(text)


def failed(text: str) -> bool:
    """Whether a cell holds what spreadsheets write where a formula failed."""
    return FAILED.fullmatch(text.strip()) is not None
