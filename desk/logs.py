"""Logging, set up once: level from the settings, personal data masked on the way out."""

from __future__ import annotations

import logging
import re

from xiaoer.knowledge.personal import EMAIL, HAN, MOBILE, PLACES

MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # What SQLAlchemy appends to its errors are whole rows: texts, names, addresses.
    (re.compile(r"\[parameters: .*?\]\n", re.DOTALL), "[parameters: ***]\n"),
    (re.compile(r"\bDETAIL:  .*"), "DETAIL:  ***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***token***"),
    (MOBILE, r"\1****\2"),
    (EMAIL, "***@***"),
    # Hides more than an address where in doubt: nobody misses what a log doesn't tell.
    (re.compile(rf"{HAN}{{2,}}(?:{PLACES})[{HAN[1:-1]}\w-]*\d[{HAN[1:-1]}\w-]*"), "***address***"),
)
"""Patterns of personal data, each with what is written instead."""

OWN = ("desk", "xiaoer")
# The event loop reports exceptions of tasks that nobody waits for any more: those of the desk.
BORROWED = ("asyncio",)


def mask(text: str) -> str:
    """Return a log line without phones, addresses, mail addresses, tokens and database parameters."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class MaskingFormatter(logging.Formatter):
    """A formatter that masks the whole record, the traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one masked text."""
        return mask(super().format(record))


def configure_logging(level: str) -> None:
    """Send the project's own records to standard error, masked.

    Args:
        level: Name of the lowest level that is written.

    Raises:
        ValueError: If there is no such level.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in OWN:
        logging.getLogger(name).setLevel(level.upper())
    for name in (*OWN, *BORROWED):
        logging.getLogger(name).handlers = [handler]
