"""What a customer said in one turn, and what came of reading it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.service.plan import Context
from actions.turn import Turn

PICTURES = frozenset({"image", "video"})
LONGEST_NOTE = 200
_CODE = re.compile(r"(?:订单号?|单号)?[:：]?\s*[A-Za-z]{0,4}\d{10,}")
LEAD = re.compile(
    r"^(?:[我你]?(?:要|想)?(?:把|将)?)?(?:收[件货]人|名字|姓名|电话|手机号?|号码|地址|抬头|税号|邮箱)?(?:是|为|叫|写|改成|改为|换成|改到|[::])+"
)
_PLACEHOLDERS = re.compile(r"\[(?:图片|视频|文件)\]")


@dataclass(frozen=True)
class Said:
    """What a customer said.

    Attributes:
        text: What was typed, in NFKC; empty for buttons of an intent.
        entities: What was found in it.
        pictures: What was sent along, by upload id or address.
    """

    text: str
    entities: tuple[Mapping[str, Any], ...] = ()
    pictures: tuple[str, ...] = ()

    def values(self, entity: str) -> list[str]:
        """Return the values of an entity, in the order of the text."""
        return [str(found["value"]) for found in self.entities if found.get("entity") == entity]


@dataclass(frozen=True)
class Wrong:
    """An answer that can't be right.

    Attributes:
        text: Name of the text that says why.
        values: What the text names.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


Value = Any
Reader = Callable[[Said, Context, bool], Value]
"""Returns the value, a ``Wrong``, or ``None`` where nothing is said; the last argument: whether it was asked for."""


def said_in(turn: Turn) -> Said:
    """Return what a turn says."""
    text = "" if turn.tapped else _PLACEHOLDERS.sub("", unicodedata.normalize("NFKC", turn.text)).strip()
    return Said(text, turn.entities, pictures_of(turn.attachments))


def pictures_of(attachments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the pictures and videos among attachments, by upload id or address."""
    found = (each.get("upload_id") or each.get("url") for each in attachments if each.get("type") in PICTURES)
    return tuple(str(each) for each in found if each)


def bare(text: str) -> str:
    """Return a text without the numbers of orders in it, at most as long as a note."""
    return _CODE.sub("", text).strip(" ,，。:：")[:LONGEST_NOTE]
