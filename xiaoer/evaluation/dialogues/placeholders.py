"""Placeholders in the texts of a file: ``${order.order_no|spaced}`` and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
PART = re.compile(r"\s*([a-z0-9_]+)\.([a-z_]+)\s*((?:\|\s*[a-z0-9_]+\s*)*)")

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "order": frozenset(
        {
            "order_no",
            "state",
            "amount",
            "carrier_name",
            "waybill_no",
            "receiver_name",
            "receiver_phone",
            "receiver_address",
            "product_name",
            "variant",
            "other_variant",
        }
    ),
    "after_sale": frozenset({"after_sale_no", "order_no", "kind", "state", "amount"}),
    "product": frozenset({"product_id", "name", "price"}),
    "merchant": frozenset({"name"}),
    "customer": frozenset({"name"}),
}
"""What a file may say of a row of each kind."""

GROUP = 4
FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@dataclass(frozen=True)
class Placeholder:
    """One placeholder.

    Attributes:
        name: Name of the picked row.
        attribute: What of it.
        filters: How it is typed, applied in order.
    """

    name: str
    attribute: str
    filters: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name and attribute as they are looked up."""
        return f"{self.name}.{self.attribute}"


def spaced(text: str) -> str:
    """Return a text with its digits in groups of four."""
    return re.sub(r"\d+", lambda run: " ".join(re.findall(rf"\d{{1,{GROUP}}}", run[0])), text)


def fullwidth(text: str) -> str:
    """Return a text with its ASCII characters at full width."""
    return text.translate(FULLWIDTH)


def last4(text: str) -> str:
    """Return the last four characters of a text."""
    return text[-4:]


FILTERS = {"spaced": spaced, "fullwidth": fullwidth, "last4": last4}


def parse_placeholders(text: str, kinds: Mapping[str, str]) -> list[Placeholder]:
    """Return the placeholders of a text, in order.

    Args:
        text: What the file says.
        kinds: Name of each picked row → its kind.

    Raises:
        ValueError: If one is unknown or malformed; the words say which.
    """
    if text.count("${") != len(PLACEHOLDER.findall(text)):
        raise ValueError("a placeholder is not closed: ${name.attribute}")
    return [_parse(inner, kinds) for inner in PLACEHOLDER.findall(text)]


def _parse(inner: str, kinds: Mapping[str, str]) -> Placeholder:
    shown = "${" + inner + "}"
    found = PART.fullmatch(inner)
    if found is None:
        raise ValueError(f"{shown} is no placeholder like ${{order.order_no}} or ${{order.order_no|spaced}}")
    name, attribute, tail = found.groups()
    kind = kinds.get(name)
    if kind is None:
        raise ValueError(f"{shown}: nothing given is named {name}; there are {', '.join(sorted(kinds))}")
    if attribute not in ATTRIBUTES[kind]:
        raise ValueError(f"{shown}: {kind} has no {attribute}; it has {', '.join(sorted(ATTRIBUTES[kind]))}")
    filters = tuple(each.strip() for each in tail.split("|")[1:])
    for each in filters:
        if each not in FILTERS:
            raise ValueError(f"{shown}: there is no filter {each}; there are {', '.join(sorted(FILTERS))}")
    return Placeholder(name, attribute, filters)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced.

    Args:
        text: What the file says, checked by ``parse_placeholders``.
        values: ``order.order_no`` and the like → text.
    """

    def replaced(found: re.Match[str]) -> str:
        part = PART.fullmatch(found[1])
        if part is None:  # checked when the file was read
            return found[0]
        value = values[f"{part[1]}.{part[2]}"]
        for each in part[3].split("|")[1:]:
            value = FILTERS[each.strip()](value)
        return value

    return PLACEHOLDER.sub(replaced, text)
