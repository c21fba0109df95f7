"""How values of the domain stand in JSON: money as strings, moments with an offset, enums by value, nothing coerced."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConstrainedInt, ConstrainedStr, ValidationError
from pydantic.error_wrappers import ErrorWrapper
from pydantic.errors import DictError
from pydantic.utils import ROOT_KEY

from xiaoer.database import storable

LONGEST_TEXT = 4000
"""Characters that any text of the API may have."""


class Text(ConstrainedStr):
    """A text that the database can keep."""

    strict = True
    max_length = LONGEST_TEXT

    @classmethod
    def __get_validators__(cls) -> Generator[Callable[..., Any], None, None]:
        yield from super().__get_validators__()
        yield cls._storable

    @classmethod
    def _storable(cls, value: str) -> str:
        if not storable(value):
            raise ValueError("not storable")
        return value


class Name(Text):
    """A text that is not empty."""

    min_length = 1
    max_length = 300


class Whole(ConstrainedInt):
    """A whole number from 0 on that fits into the database."""

    strict = True
    ge = 0
    le = 2**31 - 1


class Money(Decimal):
    """Yuan, as a string with two decimals."""

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[..., Any]]:
        yield cls._read

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", pattern=f"^{cls.pattern.pattern}$", example="899.00")

    @classmethod
    def _read(cls, value: object) -> Decimal:
        if not isinstance(value, str) or not cls.pattern.fullmatch(value):
            raise ValueError("not an amount")
        return Decimal(value)


class Rate(Money):
    """A ratio, as a string with at most six decimals."""

    pattern = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class Moment(datetime):
    """A moment in ISO 8601 with an offset."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[..., Any]]:
        yield cls._read

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date-time", example="2026-11-21T12:00:00+08:00")

    @classmethod
    def _read(cls, value: object) -> datetime:
        if not isinstance(value, str):
            raise ValueError("not a moment")
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            raise ValueError("a moment needs an offset")
        try:
            return moment.astimezone(timezone.utc)
        except OverflowError as error:
            raise ValueError("no moment of this calendar") from error


class Day(date):
    """A day, ``YYYY-MM-DD``."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[..., Any]]:
        yield cls._read

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date")

    @classmethod
    def _read(cls, value: object) -> date:
        if not isinstance(value, str):
            raise ValueError("not a day")
        return date.fromisoformat(value)


_Shape = TypeVar("_Shape", bound="Shape")


class Shape(BaseModel):
    """A value object of the domain as JSON; its fields have the names of the domain's.

    Attributes:
        of: The domain's class.
    """

    of: ClassVar[Callable[..., Any]]

    @classmethod
    def parse_obj(cls: type[_Shape], obj: Any) -> _Shape:
        """Return the shape of a JSON object.

        Raises:
            ValidationError: If it is no object, or not such a one; pydantic itself would make one of a list of pairs.
        """
        if not isinstance(obj, dict):
            raise ValidationError([ErrorWrapper(DictError(), loc=ROOT_KEY)], cls)
        return super().parse_obj(obj)

    def domain(self) -> Any:
        """Return the value object."""
        return self.of(**{name: _plain(getattr(self, name)) for name in self.__fields__})


class Request(Shape):
    """What a client wants; a field that nobody knows is an error, since a wish would be lost with it."""

    class Config:
        """Unknown fields are refused."""

        extra = "forbid"


def _plain(value: Any) -> Any:
    if isinstance(value, Shape):
        return value.domain()
    return tuple(_plain(each) for each in value) if isinstance(value, list | tuple) else value


def encoded(value: Any) -> Any:
    """Return a value of the domain as JSON can hold it.

    Args:
        value: A value object, or anything that stands in one.

    Raises:
        TypeError: If JSON has no form for it.
    """
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, Enum)):
        return value
    for kind, form in _FORMS:
        if isinstance(value, kind):
            return form(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: encoded(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in the commerce API")


def _amount(value: Decimal) -> str:
    cents = value.quantize(Decimal("0.01"))
    return f"{cents:f}" if cents == value else f"{value:f}"


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (Decimal, _amount),
    (date, lambda value: value.isoformat()),
    (dict, lambda value: {str(name): encoded(each) for name, each in value.items()}),
    (list | tuple, lambda value: [encoded(each) for each in value]),
)
