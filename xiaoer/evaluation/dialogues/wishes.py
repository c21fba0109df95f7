"""Reading what a turn expects."""

from __future__ import annotations

from typing import Any

from xiaoer.evaluation.dialogues.place import Place
from xiaoer.evaluation.dialogues.script import DEFAULT_WAIT, Expectation, Written
from xiaoer.service.model import Priority, Reason, Status

TEXTS = ("text_any", "text_all", "text_none", "anywhere")
STATES = {
    "status": [each.value for each in Status],
    "reason": [each.value for each in Reason],
    "priority": [each.value for each in Priority],
}
TYPES = ("custom", "custom_none")
KEYS = (*TEXTS, *TYPES, *STATES, "silent", "written", "not_written", "unchanged", "wait")

WRITTEN_KINDS = ("order", "after_sale", "invoice", "reminder", "ticket", "follow_up", "question", "feedback")
"""Kinds of rows that an expectation may be about."""


def parse_expectation(place: Place, value: Any) -> Expectation:
    """Return what a turn expects.

    Raises:
        ScriptError: If it is not as the format says.
    """
    found = place.mapping(value, KEYS)
    parts: dict[str, Any] = {}
    for key in TEXTS:
        if key in found:
            parts[key] = place.at(key).texts(found[key])
    for key in TYPES:
        if key in found:
            parts[key] = () if found[key] is True else place.at(key).texts(found[key])
    for key, known in STATES.items():
        if key in found:
            parts[key] = place.at(key).choices(found[key], known)
    if "silent" in found:
        parts["silent"] = place.at("silent").truth(found["silent"])
    return Expectation(
        **parts,
        written=_written(place.at("written"), found.get("written")),
        not_written=place.at("not_written").choices(found["not_written"], WRITTEN_KINDS)
        if "not_written" in found
        else (),
        unchanged=_unchanged(place.at("unchanged"), found["unchanged"]) if "unchanged" in found else (),
        wait=place.at("wait").number(found["wait"]) if "wait" in found else DEFAULT_WAIT,
    )


def _unchanged(place: Place, value: Any) -> tuple[str, ...]:
    names = place.texts(value)
    for name in names:
        if name not in place.kinds:
            raise place.error(f"nothing given is named {name}")
    return names


def _written(place: Place, value: Any) -> tuple[Written, ...]:
    return tuple(_row(place.at(kind), kind, wanted) for kind, wanted in place.mapping(value, WRITTEN_KINDS).items())


def _row(place: Place, kind: str, value: Any) -> Written:
    wanted = dict(place.mapping(value))
    count = place.at("count").whole(wanted.pop("count")) if "count" in wanted else None
    return Written(kind, {column: _value(place.at(column), each) for column, each in wanted.items()}, count)


def _value(place: Place, value: Any) -> Any:
    if isinstance(value, list):
        if not value:
            raise place.error("an empty list expects nothing")
        return tuple(_value(place, each) for each in value)
    if value is None or isinstance(value, bool):
        return value
    return place.text(value)
