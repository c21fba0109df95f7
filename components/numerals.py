"""Reads numbers that are written in digits, in Chinese characters, or in both."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "貳": 2, "两": 2, "兩": 2, "俩": 2, "倆": 2,
    "三": 3, "叁": 3, "參": 3, "仨": 3, "四": 4, "肆": 4, "五": 5, "伍": 5, "六": 6, "陆": 6, "陸": 6,
    "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9,
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "w": 10_000, "W": 10_000}

CHINESE = f"[{''.join(_DIGITS)}{''.join(_UNITS)}万萬]"
"""A regular expression for one character of a Chinese numeral."""

ARABIC = r"\d+(?:,\d{3})*(?:\.\d+)?"
"""A regular expression for a number in digits, with or without thousands separators and decimals."""

_ARABIC = re.compile(ARABIC)


def read_number(text: str) -> Decimal | None:
    """Return the number that ``text`` writes, or ``None`` if it is none.

    Understands ``1,299.50``, ``38.5``, ``3千``, ``1.2万``, ``三十``, ``两百五`` (250), ``一千零五``, ``二〇二六`` and
    ``半`` (0.5).
    """
    if text == "半":
        return Decimal("0.5")
    scale = Decimal(1)
    while text and (text[-1] in _UNITS or text[-1] in _MYRIADS) and _ARABIC.match(text):
        scale *= _UNITS.get(text[-1]) or _MYRIADS[text[-1]]
        text = text[:-1]
    if _ARABIC.fullmatch(text):
        return Decimal(text.replace(",", "")) * scale
    whole = _chinese(text)
    return None if whole is None else Decimal(whole)


def _chinese(text: str) -> int | None:
    """Return the whole number that Chinese characters write, or ``None``."""
    if not text or text[0] in _MYRIADS or any(c not in _DIGITS and c not in _UNITS and c not in _MYRIADS for c in text):
        return None
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = digit = 0
    last_unit, has_digit = 1, False
    for character in text:
        if character in _DIGITS:
            if has_digit and digit:
                return None
            digit, has_digit = _DIGITS[character], True
            last_unit = 1 if digit == 0 else last_unit
        elif character in _UNITS:
            section += (digit if has_digit else 1) * _UNITS[character]
            digit, has_digit, last_unit = 0, False, _UNITS[character]
        else:
            total = (total + section + digit) * _MYRIADS[character]
            section = digit = 0
            has_digit, last_unit = False, _MYRIADS[character]
    if has_digit and last_unit > 10:
        # 两百五 is 250 and 三万二 is 32,000: the last digit counts the next smaller unit, unless a 零 stands before.
        digit *= last_unit // 10
    return total + section + digit
