"""Entities as Rasa writes them: making one, and telling whether two stand on the same characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.shared.nlu.constants import (
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
)

Entity = dict[str, Any]
"""An entity in the form that messages carry."""


def entity_of(kind: str, start: int, end: int, value: Any) -> Entity:
    """Return an entity.

    Args:
        kind: Its name in the domain.
        start: First character, an index into the raw text.
        end: One past its last character.
        value: What it means.
    """
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
        ENTITY_ATTRIBUTE_VALUE: value,
    }


def span_of(entity: Entity) -> tuple[int, int]:
    """Return where an entity begins, and one past where it ends."""
    return entity[ENTITY_ATTRIBUTE_START], entity[ENTITY_ATTRIBUTE_END]


def overlap(one: Entity, other: Entity) -> bool:
    """Tell whether two entities have a character in common."""
    (start, end), (other_start, other_end) = span_of(one), span_of(other)
    return start < other_end and other_start < end


def clear_of(entity: Entity, others: Iterable[Entity]) -> bool:
    """Tell whether an entity overlaps none of the others."""
    return not any(overlap(entity, other) for other in others)
