"""What every entry must be like, whoever writes it down."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timezone

from xiaoer.database import storable
from xiaoer.knowledge.errors import InvalidEntry
from xiaoer.knowledge.model import Draft, Layer
from xiaoer.knowledge.text import normalise

MAX_QUESTION = 300
MAX_ANSWER = 5000
MAX_LABEL = 120
MAX_SIMILAR = 200

INVISIBLE = frozenset({"Cc", "Cf"})
"""Control and format characters: copied along unseen, they turn what customers read round, or break it."""

KEPT = frozenset("\n\t\u200d")
"""Those of them that do what they are for; the last one joins emoji (👨‍👩‍👧)."""


def checked(draft: Draft) -> Draft:
    """Return a draft as it is stored: without what nobody can see, each similar question once, moments in UTC.

    Whether its product exists is not looked at.

    Args:
        draft: What somebody wrote down.

    Raises:
        InvalidEntry: If it lacks something or contradicts itself; the reason is Simplified Chinese.
    """
    question = _phrasing("question", draft.question)
    similar = dict.fromkeys(_phrasing("similar_questions", text) for text in draft.similar_questions)
    if len(similar) > MAX_SIMILAR:
        raise InvalidEntry("similar_questions", f"超过{MAX_SIMILAR}个")
    label = _filled("product_label", draft.product_label, MAX_LABEL) if _seen(draft.product_label) else ""
    if label and draft.product_id is not None:
        raise InvalidEntry("product_label", "已经选了商品，不能再填商品名称")
    valid_from, valid_to = _moment("valid_from", draft.valid_from), _moment("valid_to", draft.valid_to)
    if valid_from is not None and valid_to is not None and valid_from >= valid_to:
        raise InvalidEntry("valid_to", "失效时间必须晚于生效时间")
    return replace(
        draft,
        layer=Layer(draft.layer),
        question=question,
        similar_questions=tuple(text for text in similar if text != question),
        answer=_filled("answer", draft.answer, MAX_ANSWER),
        product_label=label,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _moment(field: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidEntry(field, "时间缺少时区")
    return moment.astimezone(timezone.utc)


def _filled(field: str, text: str, longest: int) -> str:
    if not storable(text.strip()):
        raise InvalidEntry(field, "含有无法保存的字符")
    seen = _seen(text)
    if not seen:
        raise InvalidEntry(field, "不能为空")
    if len(seen) > longest:
        raise InvalidEntry(field, f"超过{longest}个字")
    return seen


def _seen(text: str) -> str:
    """Return a text without characters that nobody can see, and without space around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in KEPT or unicodedata.category(char) not in INVISIBLE).strip()


def _phrasing(field: str, text: str) -> str:
    seen = _filled(field, text, MAX_QUESTION)
    if not normalise(seen):
        raise InvalidEntry(field, "没有文字内容")
    return seen
