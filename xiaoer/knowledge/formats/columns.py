"""The columns of a table of knowledge, and the words that stand in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from xiaoer.knowledge.model import EntryStatus, Layer

ID, QUESTION, SIMILAR, ANSWER = "id", "question", "similar_questions", "answer"
LAYER, PRODUCT, FROM, TO, STATUS = "layer", "product", "valid_from", "valid_to", "status"

HEADERS: dict[str, tuple[str, ...]] = {
    ID: ("编号", "id", "entry_id", "知识编号", "知识id"),
    QUESTION: (
        "问题", "question", "标准问题", "标准问", "问题标题", "问题名称", "常见问题", "知识标题", "主问题", "问法",
        "问", "standard question", "title", "q", "faq",
    ),
    SIMILAR: (
        "相似问法", "similar_questions", "相似问题", "相似问", "扩展问法", "扩展问题", "扩展问", "其他问法", "同义问法",
        "similar question", "similar", "variants", "alternatives",
    ),
    ANSWER: (
        "答案", "answer", "回复", "回答", "回复内容", "答案内容", "标准答案", "标准回复", "答复", "话术", "答",
        "response", "reply", "a",
    ),
    LAYER: ("层级", "layer", "知识层级", "类型", "知识类型", "type"),
    PRODUCT: (
        "商品", "product", "product_id", "商品id", "商品编号", "商品名称", "商品名", "宝贝", "宝贝名称", "关联商品",
        "所属商品", "product name",
    ),
    FROM: ("生效时间", "valid_from", "开始时间", "生效日期", "开始日期", "有效期开始", "start", "start time", "from"),
    TO: ("失效时间", "valid_to", "结束时间", "失效日期", "结束日期", "有效期结束", "截止时间", "end", "end time", "to"),
    STATUS: ("状态", "status", "知识状态", "发布状态"),
}  # fmt: skip
"""Columns with the headers that they may have; an export writes the first."""

WRITTEN = {column: names[0] for column, names in HEADERS.items()}
"""The header that an export writes, by column, in the order of the columns."""

REASONS_HEADER = "错误原因"
"""The last column of a file of rejected rows; it is ignored on reading."""

LAYERS = {
    "product": Layer.PRODUCT,
    "商品": Layer.PRODUCT,
    "商品层": Layer.PRODUCT,
    "商品知识": Layer.PRODUCT,
    "campaign": Layer.CAMPAIGN,
    "活动": Layer.CAMPAIGN,
    "活动层": Layer.CAMPAIGN,
    "活动知识": Layer.CAMPAIGN,
    "emergency": Layer.EMERGENCY,
    "紧急": Layer.EMERGENCY,
    "紧急层": Layer.EMERGENCY,
    "紧急知识": Layer.EMERGENCY,
    "紧急通知": Layer.EMERGENCY,
}
"""Layers with the words that a file may use."""

LAYER_WORDS = {Layer.PRODUCT: "商品", Layer.CAMPAIGN: "活动", Layer.EMERGENCY: "紧急"}

STATUSES = {
    "published": EntryStatus.PUBLISHED,
    "已发布": EntryStatus.PUBLISHED,
    "发布": EntryStatus.PUBLISHED,
    "启用": EntryStatus.PUBLISHED,
    "已启用": EntryStatus.PUBLISHED,
    "生效中": EntryStatus.PUBLISHED,
    "active": EntryStatus.PUBLISHED,
    "draft": EntryStatus.DRAFT,
    "草稿": EntryStatus.DRAFT,
    "未发布": EntryStatus.DRAFT,
    "待发布": EntryStatus.DRAFT,
    "retired": EntryStatus.RETIRED,
    "已停用": EntryStatus.RETIRED,
    "停用": EntryStatus.RETIRED,
    "已下线": EntryStatus.RETIRED,
    "下线": EntryStatus.RETIRED,
    "archived": EntryStatus.RETIRED,
}
"""Statuses with the words that a file may use."""

STATUS_WORDS = {EntryStatus.PUBLISHED: "已发布", EntryStatus.DRAFT: "草稿", EntryStatus.RETIRED: "已停用"}

BETWEEN_SIMILAR = "|"
BREAKS = "|｜;；\n\r"
ESCAPED = re.compile(rf"([{BREAKS}\\])")
SIMILAR_PART = re.compile(rf"((?:\\[{BREAKS}\\]|[^{BREAKS}])*)(?:[{BREAKS}]|$)")
ESCAPE = re.compile(rf"\\([{BREAKS}\\])")

LONGEST_HEADER = 60
"""How many characters a header may have; longer texts are none."""

REMARK = re.compile(r"[(\[【].*?[)\]】]")
DECORATION = re.compile(r"[\s_\-*:.#/\"'“”]+")
NUMBERED = re.compile(r"\d+$")


def plain(header: str) -> str:
    """Return a header without width, case, spaces, decoration, remarks like ``（必填）``; empty if it is too long.

    Args:
        header: A header as it stands in a file.
    """
    if len(header) > LONGEST_HEADER:
        return ""
    folded = unicodedata.normalize("NFKC", header).casefold().lstrip("\ufeff")
    return DECORATION.sub("", REMARK.sub("", folded))


_MEANT = {plain(name): column for column, names in HEADERS.items() for name in names}


def column_of(header: str) -> str | None:
    """Return the column that a header means, or ``None``.

    Args:
        header: A header as it stands in a file; ``相似问法2`` is one of several columns of similar questions.
    """
    name = plain(header)
    numbered = _MEANT.get(NUMBERED.sub("", name))
    return _MEANT.get(name) or (numbered if numbered == SIMILAR else None)


def split_similar(text: str) -> tuple[str, ...]:
    """Return the similar questions that a cell holds, in order and each once.

    They are divided by ``|``, ``;`` (both of any width) or a new line; a backslash before one of these keeps it.

    Args:
        text: The cell.
    """
    parts = (ESCAPE.sub(r"\1", part).strip() for part in SIMILAR_PART.findall(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def join_similar(questions: Iterable[str]) -> str:
    """Return similar questions as one cell that ``split_similar`` takes apart again."""
    return BETWEEN_SIMILAR.join(ESCAPED.sub(r"\\\1", question) for question in questions)
