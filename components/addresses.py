"""Finds postal addresses and names of shops by their form: what they end in, and the words that may stand before."""

from __future__ import annotations

import re
from dataclasses import dataclass

FARTHEST = 30
"""Characters before the street that can belong to the address."""

# The street or estate and its number: 文三路258号, 花园街88号, 阳光花园3栋.
_CORE = re.compile(
    r"[\u4e00-\u9fffA-Z]{1,2}(?:大?[路道街]|大街|巷|胡同|弄|村|小区|花园|家园|苑|公寓|大厦|广场|新城|园)[东西南北中]?[一二三四五六]?段?"
    r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4})(?:[号號弄栋幢座]|单元|巷|支路)"
)
# House, entrance, floor, room; the name of an estate may stand between them.
_REST = re.compile(
    r"(?:[东西南北]?[0-9A-Za-z一二三四五六七八九十]{1,5}(?:号楼|号院|[号號弄栋幢座楼室层户院]|单元|门)|[院楼]"
    r"|[\u4e00-\u9fff]{2,8}(?:小区|花园|家园|公寓|大厦|广场|新城|苑|城|中心)(?=[0-9A-Za-z一二三四五六七八九十]))*"
    r"(?:[A-Z]?\d{2,5}(?:[室号]|(?![\d元块月年天点.:]))|[A-Z]座)?"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff0-9A-Za-z]*\Z")
# Words after which an address begins.
_BEFORE = re.compile(
    r".*(?:地址|地点|收货|改[成为到]|寄[到往]|送[到往去]|发[到往]|换[成到]|[应該该]+是|[写填][的了成]|送货|给我|住在?|家在|人在"
    r"|(?<![杭广贵福兰温台])[是到在为寄往]|错了|[的了]|我家|我们)"
)
_LEAST = 4
_SHOP = re.compile(r"(?:官方|海外)?(?:旗舰|专营|专卖|企业|自营)店")
_BEFORE_SHOP = re.compile(
    r".*(?:[的在是叫跟与从去到找比了]|(?<![平温祥谐])和|店铺?名?|名字|隔壁|同行|你们?|我们?|他们|要不是|还有|这|那|买过|关注|入驻|对面)"
)
_LONGEST_SHOP = 10


@dataclass(frozen=True)
class PlaceFound:
    """An address or a shop that was found.

    Attributes:
        start: First character.
        end: One past the last character.
        value: As written.
    """

    start: int
    end: int
    value: str


def find_addresses(text: str) -> list[PlaceFound]:
    """Return the addresses of ``text`` in their order.

    Args:
        text: A text in normal form.
    """
    found: list[PlaceFound] = []
    for core in _CORE.finditer(text):
        if found and core.start() < found[-1].end:
            continue
        floor = max(core.start() - FARTHEST, found[-1].end if found else 0)
        before = _CHINESE.search(text, floor, core.start())
        start = before.start() if before else core.start()
        cue = _BEFORE.match(text, start, core.end() - _LEAST)
        start = cue.end() if cue else start
        rest = _REST.match(text, core.end())
        end = rest.end() if rest else core.end()
        if end - start >= _LEAST:
            found.append(PlaceFound(start, end, text[start:end]))
    return found


def find_shops(text: str) -> list[PlaceFound]:
    """Return the names of shops in ``text`` that say what they are: 花西子官方旗舰店.

    Args:
        text: A text in normal form.
    """
    found: list[PlaceFound] = []
    for kind in _SHOP.finditer(text):
        before = _CHINESE.search(text, max(kind.start() - _LONGEST_SHOP, found[-1].end if found else 0), kind.start())
        start = before.start() if before else kind.start()
        cue = _BEFORE_SHOP.match(text, start, kind.start())
        start = cue.end() if cue else start
        if kind.start() - start > 1:
            found.append(PlaceFound(start, kind.end(), text[start : kind.end()]))
    return found
