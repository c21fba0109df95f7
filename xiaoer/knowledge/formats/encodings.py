"""Reading bytes as text, whatever program saved them."""

from __future__ import annotations

import codecs

from xiaoer.knowledge.formats.model import UnreadableFile

MARKS = frozenset({codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE})

SAMPLE = 4000
LEAST_WIDE = 50
"""One byte in so many is a NUL where each character has two."""

MOST_BROKEN = 0.05
"""Share of the bytes beyond ASCII up to which a text in UTF-8 is one with broken places."""

MOST_NULS = 0.3
"""Share of NULs from which a file is no text."""


def decoded(content: bytes) -> str:
    """Return the text of a file; bytes that mean nothing become lone surrogates, so that their row can be told.

    Args:
        content: UTF-8 or UTF-16 with or without mark, or GB 18030.

    Raises:
        UnreadableFile: If it is no text.
    """
    text = _decoded(content).removeprefix("\ufeff")
    if text.count("\x00") > MOST_NULS * len(text):
        raise UnreadableFile("这不是表格或文本文件，请上传 CSV、XLSX、Markdown、HTML 或聊天记录")
    return text


def _decoded(content: bytes) -> str:
    if content[:2] in MARKS:
        return content.decode("utf-16", "replace")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and text.count("\x00") <= MOST_NULS * len(text):
        return text
    wide = _wide(content)
    return content.decode(wide, "replace") if wide else content.decode(_narrow(content), "surrogateescape")


def _wide(content: bytes) -> str | None:
    """Return how a text without mark has two bytes for each character, or ``None``.

    Commas and letters have a NUL on one side; few Chinese characters have one on the other.
    """
    first, second = content[:SAMPLE:2].count(0), content[1:SAMPLE:2].count(0)
    if max(first, second) * LEAST_WIDE < len(content[:SAMPLE]):
        return None
    return "utf-16-be" if first > 3 * second else "utf-16-le" if second > 3 * first else None


def _narrow(content: bytes) -> str:
    """Return in which of the two usual encodings fewer places of a text are broken."""
    text = content.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= character <= "\udcff" for character in text)
    return "gb18030" if broken > MOST_BROKEN * sum(byte >= 0x80 for byte in content) else "utf-8"
