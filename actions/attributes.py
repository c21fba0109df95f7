"""Which attributes of a product a question asks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from actions.picking import plain

_PREFIX = re.compile(r"^(?:是否|适合|适用|支持|可)")
_LATIN = re.compile(r"[a-z]+(?:-[a-z]+)?|\d+[a-z]+")
_SIZE = re.compile(r"\d?x*[sml]|\d*(?:cm|mm|kg|ml|g)|[a-z]")


@dataclass(frozen=True)
class Group:
    """Ways to ask for attributes.

    Attributes:
        names: Pieces of the attributes' names.
        asked: Words of the questions.
    """

    names: tuple[str, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Wordings:
    """How customers ask for attributes (``attributes.yml``).

    Attributes:
        groups: Ways to ask for some.
        general: Words of questions that ask for all.
    """

    groups: tuple[Group, ...]
    general: tuple[str, ...]


@lru_cache(maxsize=1)
def wordings() -> Wordings:
    """Return the project's own wordings, read at the first call."""
    content = yaml.safe_load(files("actions").joinpath("attributes.yml").read_text(encoding="utf-8"))
    return Wordings(
        groups=tuple(Group(tuple(each["names"]), tuple(each["asked"])) for each in content["groups"]),
        general=tuple(content["general"]),
    )


def asked_attributes(text: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that a question asks for; empty where it asks for none of these.

    Attributes that the question names win over those that it describes, and those over values that it quotes.

    Args:
        text: The question.
        attributes: Values by name, as the shop says them.
    """
    asked = plain(text)
    named = [name for name in attributes if len(_core(name)) > 1 and _core(name) in asked]
    pieces = [
        piece for group in wordings().groups if any(word in asked for word in group.asked) for piece in group.names
    ]
    described = [name for name in attributes if any(piece.lower() in plain(name) for piece in pieces)]
    quoted = [name for name, value in attributes.items() if _tokens(text) & _tokens(str(value))]
    return {name: str(attributes[name]) for name in named or described or quoted}


def _core(name: str) -> str:
    core = _PREFIX.sub("", plain(name))
    return core if len(core) > 1 else plain(name)


def _tokens(text: str) -> set[str]:
    """Return the Latin words that tell something: type-c, ios and 4k, but no size, no unit and no bare number."""
    found = _LATIN.findall(unicodedata.normalize("NFKC", text).lower())
    return {token for token in found if not _SIZE.fullmatch(token)}


def is_general(text: str) -> bool:
    """Whether a question wants to know all there is."""
    asked = plain(text)
    return any(word in asked for word in wordings().general)
