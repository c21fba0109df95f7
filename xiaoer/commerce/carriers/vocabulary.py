"""Carriers, their numbers and 快递100's codes (``vocabulary.yml``), checked when they are loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, Extra, Field, validator

from xiaoer.commerce.model import ShipmentState

FILE = Path(__file__).with_name("vocabulary.yml")


class Return(str, Enum):
    """What a return code of 快递100 says about asking again."""

    UNKNOWN = "unknown"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True)
class Carrier:
    """A carrier.

    Attributes:
        code: As the shop system calls it (``sf``).
        name: As people call it.
        companies: 快递100's codes for it, the one to ask with first.
        phone: Whether 快递100 wants the last four digits of a phone.
    """

    code: str
    name: str
    companies: tuple[str, ...]
    phone: bool

    @property
    def company(self) -> str:
        """快递100's code to ask with."""
        return self.companies[0]


@dataclass(frozen=True)
class NumberForm:
    """A form of waybill numbers.

    Attributes:
        form: Matches the whole number, in capitals and without gaps.
        carriers: Who uses it, the likeliest first.
        s10: Whether the ninth digit is the check digit of UPU S10.
    """

    form: re.Pattern[str]
    carriers: tuple[Carrier, ...]
    s10: bool


@dataclass(frozen=True)
class Vocabulary:
    """What the file says.

    Attributes:
        carriers: By our code.
        companies: Carrier by 快递100's code.
        numbers: Forms of numbers, the surest first.
        states: Where a parcel stands, by 快递100's code and by its name of it.
        returns: What to make of a return code.
    """

    carriers: Mapping[str, Carrier]
    companies: Mapping[str, Carrier]
    numbers: tuple[NumberForm, ...]
    states: Mapping[str, ShipmentState]
    returns: Mapping[str, Return]

    def carrier(self, code_or_name: str) -> Carrier | None:
        """Return a carrier by our code, 快递100's code or its name, in whatever case; ``None`` for others."""
        wanted = code_or_name.strip().lower()
        named = (each for each in self.carriers.values() if each.name.lower() == wanted)
        return self.carriers.get(wanted) or self.companies.get(wanted) or next(named, None)


class _Strict(BaseModel):
    class Config:
        extra = Extra.forbid


class _CarrierEntry(_Strict):
    code: str = Field(min_length=1, max_length=16)
    name: str = Field(min_length=1, max_length=32)
    companies: list[str] = Field(min_items=1)
    phone: bool = False


class _NumberEntry(_Strict):
    form: str
    carriers: list[str] = Field(min_items=1)
    s10: bool = False

    @validator("form")
    def _is_a_pattern(cls, form: str) -> str:  # noqa: N805 - pydantic's validators are class methods
        try:
            re.compile(form)
        except re.error as error:
            raise ValueError(f"{form}: {error}") from error
        return form


class _StateEntry(_Strict):
    name: str = Field(min_length=1)
    means: ShipmentState


class _ReturnEntry(_Strict):
    name: str = Field(min_length=1)
    means: Return


class _File(_Strict):
    carriers: list[_CarrierEntry]
    numbers: list[_NumberEntry]
    states: dict[str, _StateEntry]
    returns: dict[str, _ReturnEntry]

    @validator("carriers")
    def _once(cls, entries: list[_CarrierEntry]) -> list[_CarrierEntry]:  # noqa: N805 - pydantic's validators are class methods
        for names in ([each.code for each in entries], [name for each in entries for name in each.companies]):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"named twice: {twice}")
        return entries

    @validator("states")
    def _no_name_of_two_states(cls, entries: dict[str, _StateEntry]) -> dict[str, _StateEntry]:  # noqa: N805
        names = Counter(each.name for each in entries.values())
        if max(names.values()) > 1 or names.keys() & entries.keys():
            raise ValueError("a name stands for one code")
        return entries


def read_vocabulary(content: str) -> Vocabulary:
    """Return the vocabulary that a YAML text describes.

    Args:
        content: The text of a file like ``vocabulary.yml``.

    Raises:
        ValueError: If something is missing, misspelt, or means two things.
    """
    file = _File.parse_obj(yaml.safe_load(content))
    carriers = {each.code: Carrier(each.code, each.name, tuple(each.companies), each.phone) for each in file.carriers}
    stray = {code for each in file.numbers for code in each.carriers} - carriers.keys()
    if stray:
        raise ValueError(f"numbers of unknown carriers: {sorted(stray)}")
    states = {code: each.means for code, each in file.states.items()}
    return Vocabulary(
        carriers=carriers,
        companies={company: each for each in carriers.values() for company in each.companies},
        numbers=tuple(
            NumberForm(re.compile(each.form, re.ASCII), tuple(carriers[code] for code in each.carriers), each.s10)
            for each in file.numbers
        ),
        states={**states, **{each.name: each.means for each in file.states.values()}},
        returns={code: each.means for code, each in file.returns.items()},
    )


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the project's vocabulary, read at the first call."""
    return read_vocabulary(FILE.read_text(encoding="utf-8"))
