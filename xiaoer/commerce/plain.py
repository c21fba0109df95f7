"""Value objects as JSON and back, by their declared types: what audit entries keep and calls of an API carry."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return a value object as lists, dictionaries, texts and numbers; money and times become texts.

    Args:
        value: A dataclass of this package, or what one consists of.
    """
    if is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    return _word(value)


def _word(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_plain(kind: type[T], value: Any) -> T:
    """Return the value object that ``to_plain`` has written.

    Args:
        kind: What it is, a dataclass of this package.
        value: What ``to_plain`` returned.

    Raises:
        ValueError: If a text is no number, moment or word of the kind that is declared.
        KeyError: If a part is missing.
    """
    made: T = _read(kind, value)
    return made


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        inner = next(each for each in get_args(kind) if each is not type(None))
        return None if value is None else _read(inner, value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if is_dataclass(kind):
        return kind(**{name: _read(hint, value[name]) for name, hint in get_type_hints(kind).items()})  # type: ignore[operator]
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal):
        return kind(value)
    return value
