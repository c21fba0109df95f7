"""Reading JSON as rows of cells: a list of objects, or of conversations that hold such a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from xiaoer.knowledge.formats.chat import CONVERSATION, chat_column
from xiaoer.knowledge.formats.grid import GridRow
from xiaoer.knowledge.formats.model import UnreadableFile

Record = dict[str, Any]


def json_rows(text: str) -> list[GridRow] | None:
    """Return the objects of a JSON text as rows below their keys, or ``None`` if it is no JSON.

    Args:
        text: The file.

    Raises:
        UnreadableFile: If there are no objects in it.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    records = list(_records(parsed))
    if not records:
        raise UnreadableFile("JSON 里没有找到消息，应是一个消息列表")
    keys = list(dict.fromkeys(key for record in records for key in record))
    head = GridRow(1, dict(enumerate(keys)))
    rows = [
        GridRow(number, {index: _text(record.get(key)) for index, key in enumerate(keys)})
        for number, record in enumerate(records, start=2)
    ]
    return [head, *rows]


def _records(value: Any, conversation: str | None = None) -> Iterator[Record]:
    """Yield the objects, those of a conversation with its id."""
    if isinstance(value, dict):
        lists = [each for each in value.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
        value = next(iter(lists), [value])
    for number, item in enumerate(value if isinstance(value, list) else [], start=1):
        if not isinstance(item, dict):
            continue
        inner = next((each for each in item.values() if _is_messages(each)), None)
        if inner is None:
            own = any(chat_column(key) == CONVERSATION for key in item)
            yield item if own or conversation is None else {"conversation": conversation, **item}
            continue
        names = [str(each) for key, each in item.items() if chat_column(key) == CONVERSATION or key == "id"]
        name = next(iter(names), conversation or str(number))
        for message in inner:
            if isinstance(message, dict):
                yield {"conversation": name, **message}


def _is_messages(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
