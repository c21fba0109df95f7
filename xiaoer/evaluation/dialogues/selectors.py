"""Reading the selectors of ``given``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xiaoer.commerce.model import AfterSaleKind
from xiaoer.evaluation.dialogues.place import Place
from xiaoer.evaluation.dialogues.script import Pick, Range, Selection

CATEGORIES = ("clothing", "electronics", "food", "fresh", "cosmetics", "home", "books")
NONE = "none"


def parse_range(place: Place, value: Any) -> Range:
    """Return a range written ``[least, most]``.

    Raises:
        ScriptError: If it is something else.
    """
    if not isinstance(value, list) or len(value) != 2:
        raise place.error("this must be a range: [least, most]")
    least, most = (place.number(each) for each in value)
    if least > most:
        raise place.error(f"the range [{value[0]}, {value[1]}] is empty")
    return Range(least, most)


def _none_or_kind(place: Place, value: Any) -> str:
    return place.choice(value, [NONE, *(kind.value for kind in AfterSaleKind)])


def _none(place: Place, value: Any) -> str:
    return place.choice(value, [NONE])


def _category(place: Place, value: Any) -> str:
    return place.choice(value, CATEGORIES)


Reader = Callable[[Place, Any], Any]

TRAITS: Mapping[str, Mapping[str, Reader]] = {
    "order": {
        "parcels": Place.whole,
        "lines": Place.whole,
        "split": Place.truth,
        "on_its_way": Place.truth,
        "stuck": Place.truth,
        "signed_not_received": Place.truth,
        "price_dropped": Place.truth,
        "variant_in_stock": Place.truth,
        "other_variant_in_stock": Place.truth,
        "after_sale": _none_or_kind,
        "invoice": _none,
        "reminder": _none,
        "category": _category,
        "received_days": parse_range,
        "unshipped_hours": parse_range,
        "other_customer": Place.truth,
    },
    "after_sale": {},
    "product": {"in_stock": Place.truth, "has_sizes": Place.truth},
    "customer": {"vip": Place.truth},
    "merchant": {},
}
"""Selectors of each kind that are no columns, with how their values are read."""

NESTING = frozenset({"after_sale", "customer"})
"""Kinds that can say what an order of theirs is like."""


def parse_pick(place: Place, name: str, value: Any) -> Pick:
    """Return an entry of ``given``.

    Args:
        place: Where it stands.
        name: Its key.
        value: Its selectors.

    Raises:
        ScriptError: If it is not as the format says. A selector that is no trait is taken for a column: which columns
            there are is known to the installation, not to the format.
    """
    kind = next((each for each in TRAITS if name == each or name.startswith(f"{each}_")), None)
    if kind is None or not name.replace("_", "").isalnum():
        raise place.error(f"unknown kind {name}; known are {', '.join(sorted(TRAITS))}, each also with a suffix (_b)")
    return Pick(name, kind, parse_selection(place, kind, value))


def parse_selection(place: Place, kind: str, value: Any) -> Selection:
    """Return the selectors of a row of a kind.

    Raises:
        ScriptError: If one is not as the format says.
    """
    columns: dict[str, tuple[Any, ...]] = {}
    traits: dict[str, Any] = {}
    order = None
    for key, each in place.mapping(value).items():
        here = place.at(key)
        if key in TRAITS[kind]:
            traits[key] = TRAITS[kind][key](here, each)
        elif key == "order" and kind in NESTING:
            order = parse_selection(here, "order", each)
        else:
            columns[key] = _column(here, each)
    return Selection(columns, traits, order)


def _column(place: Place, value: Any) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values or any(isinstance(each, (dict, list)) for each in values):
        raise place.error("this must be a value, or a list of which any will do")
    if any(isinstance(each, str) and "${" in each for each in values):
        raise place.error("placeholders are not filled here: rows are picked before anything is known of them")
    return values
