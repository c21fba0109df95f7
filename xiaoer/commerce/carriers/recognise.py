"""Tells from a waybill number's form whose it can be."""

from __future__ import annotations

import re

from xiaoer.commerce.carriers.vocabulary import Carrier, vocabulary

LONGEST = 32
"""Characters of the longest number that 快递100 takes (its documentation of ``poll/query.do``)."""

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
"""Weights of the eight digits before the check digit (UPU standard S10, annex on check digits)."""

_GAPS = re.compile(r"[\s-]+")


def compact(waybill_no: str) -> str:
    """Return a number as its capitals and digits, without the gaps people type."""
    return _GAPS.sub("", waybill_no[: 4 * LONGEST]).upper()


def candidates(waybill_no: str) -> list[Carrier]:
    """Return the carriers whose numbers look like this one, the likeliest first; empty where none does.

    Args:
        waybill_no: Any text; gaps, hyphens and small letters do not matter.
    """
    number = compact(waybill_no)
    if not number.isascii() or len(number) > LONGEST:
        return []
    found: dict[Carrier, None] = {}
    for each in vocabulary().numbers:
        if each.form.fullmatch(number) and (not each.s10 or s10_holds(number)):
            found.update(dict.fromkeys(each.carriers))
    return list(found)


def s10_holds(number: str) -> bool:
    """Return whether the check digit of a UPU S10 number is right.

    Args:
        number: Two capitals, nine digits, two capitals.
    """
    total = sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, number[2:10], strict=True))
    check = 11 - total % 11
    return int(number[10]) == {10: 0, 11: 5}.get(check, check)
