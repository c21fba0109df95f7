"""Tells from the words around a day which way they point: to one that lies behind, or to one that lies ahead."""

from __future__ import annotations

import re
from enum import Enum


class Lean(Enum):
    """Which way the words around a day point."""

    PAST = -1
    OPEN = 0
    FUTURE = 1


def lean_of(text: str, start: int, end: int) -> Lean:
    """Return which way the words around a day point.

    Args:
        text: What was written.
        start: First character of the day.
        end: One past its last character.
    """
    after, before = text[end : end + 30], text[max(0, start - 8) : start]
    if _STILL_NOT.search(after):
        return Lean.PAST
    clause = _CLAUSE.match(after)
    near = clause.group() if clause else ""
    if _SHALL.match(near):
        return Lean.FUTURE
    if _DONE.match(near):
        return Lean.PAST
    if _CAN.search(near) or _TO_BE.search(before):
        return Lean.FUTURE
    return Lean.PAST if _DONE_BEFORE.search(before) else Lean.OPEN


_STILL_NOT = re.compile(r"还没|還沒|还未|怎么没|怎么还|都没|还不|到现在|没收到|结果")
_CLAUSE = re.compile(r"[^,。?!;]{0,14}")
_SHALL = re.compile(
    r"(?:晚上?|早上|[上下中]午|之|以)?(?:前|能|可以|可不可以|会|會|要|得|必须|再|行不?行|安排|方便|来得及)"
)
_DONE = re.compile(
    r"[^能会要]{0,4}?(?:买|買|拍|下单|下單|下的|下了|付|订的|订了|签收|簽收|收到|收的|发[的了]|发货[的了]|發[的了]|寄[的了过]|到[的了]"
    r"|退[的了]|申请|提[的交过]|换[的了]|取[的了]|说|問|问|打[的了过]|联系|拒收|生产|出库|揽收|就)"
)
_CAN = re.compile(r"能|可以|会|會|要|吗|嗎|么|不$|行|得[了到]|送|发|發|来|取|装")
_TO_BE = re.compile(r"能|可以|会|改|约|推|等|预计|計|赶|之前在|希望|打算|准备|明年")
_DONE_BEFORE = re.compile(r"从|從|自|是在?$|已|买|拍|收到|签收")
