"""Writes the numbers of a text in digits, so that what people type in Chinese can be read like figures."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = 10_000
_ONE = f"[{''.join(_DIGITS)}]"
_BIG = r"[百千万]"

_MIXED = re.compile(rf"(?<![\d.])(\d+(?:\.\d+)?)({_BIG})(?!{_ONE})")
_EITHER = re.compile(rf"(?<!{_ONE})([一二两三四五六七八九])([二两三四五六七八九])([十百千万])(?!{_ONE})")
_RUN = re.compile(rf"[{''.join(_DIGITS)}{''.join(_UNITS)}万]+")
_SCALE = {**_UNITS, "万": _MYRIAD}


def in_digits(text: str) -> str:
    """Return a text with its numbers written in digits.

    ``一百三十斤`` becomes ``130斤``, ``两百五`` 250, ``3千`` 3000, ``1.2万`` 12000 and ``两三百`` 200-300. Full-width
    forms become plain ones.

    Args:
        text: What somebody typed.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = _MIXED.sub(lambda match: _plain(Decimal(match[1]) * _SCALE[match[2]]), plain)
    plain = _EITHER.sub(_from_to, plain)
    return _RUN.sub(lambda match: _read(match[0]), plain)


def _from_to(match: re.Match[str]) -> str:
    scale = _SCALE[match[3]]
    return f"{_DIGITS[match[1]] * scale}-{_DIGITS[match[2]] * scale}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _read(numeral: str) -> str:
    """Return a Chinese numeral in digits; digits without units stand one beside the other (七五 is 75)."""
    if all(character in _DIGITS for character in numeral):
        return "".join(str(_DIGITS[character]) for character in numeral)
    if not numeral.startswith("十") and numeral[0] not in _DIGITS:
        return numeral  # 千万 and 百 alone are words, not numbers
    total = section = 0
    digit: int | None = None
    last = 1
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
            last = 1 if digit == 0 else last
        elif character in _UNITS:
            last = _UNITS[character]
            section += (1 if digit is None else digit) * last
            digit = None
        else:
            last = _MYRIAD
            total += (section + (digit or 0) or 1) * last
            section, digit = 0, None
    # 两百五 is 250 and 一万二 is 12,000: the last digit counts the next smaller unit, unless a 零 stands before it.
    return str(total + section + (digit or 0) * (last // 10 if last > 10 else 1))
