"""Extracts the entities that have a form: order numbers, waybills, phones, money, days, measures, counts, addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from components.addresses import find_addresses, find_shops
from components.dates import find_dates
from components.expressions import find_expressions
from components.normalise import normalise

NOW = "XIAOER_NOW"
"""The environment variable that fixes the clock of all the project's processes, for tests and demonstrations."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds an entity for every expression, address and day of the message; offsets are those of the raw text.

    A waybill's entity also has ``carrier``, where the form of the number tells whose it is.
    """

    def __init__(self, now: datetime | None = None) -> None:
        """Set the clock.

        Args:
            now: What stands for the present moment; the machine's clock when ``None``.
        """
        self._now = now

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternEntityExtractor:
        """Create the component (see parent class), with its clock fixed where the environment fixes it.

        Raises:
            InvalidConfigException: If the environment fixes no moment but something else.
        """
        fixed = os.environ.get(NOW)
        return cls(_moment(fixed) if fixed else None)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it already has."""
        for message in messages:
            found = self.add_extractor_name(self._entities(message.get(TEXT) or ""))
            message.set(ENTITIES, (message.get(ENTITIES) or []) + found, add_to_output=True)
        return messages

    def _entities(self, raw: str) -> list[dict[str, Any]]:
        """Return what ``raw`` holds as Rasa writes entities; expressions win over addresses, these over days."""
        normal = normalise(raw)
        today = (self._now or datetime.now(SHANGHAI)).astimezone(SHANGHAI).date()
        taken = bytearray(len(normal.text))
        kept: list[tuple[int, int, dict[str, Any]]] = []
        for start, end, entity in _readings(normal.text, today):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                kept.append((start, end, entity))
        entities = []
        for start, end, entity in sorted(kept, key=lambda each: each[0]):
            raw_start, raw_end = normal.raw_span(start, end)
            entities.append({**entity, ENTITY_ATTRIBUTE_START: raw_start, ENTITY_ATTRIBUTE_END: raw_end})
        return entities


def _readings(text: str, today: date) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Give span and entity of everything in ``text`` that has a form; what comes first wins where two overlap."""
    for found in find_expressions(text):
        entity = {ENTITY_ATTRIBUTE_TYPE: found.entity, ENTITY_ATTRIBUTE_VALUE: found.value}
        yield found.start, found.end, {**entity, "carrier": found.carrier} if found.carrier else entity
    for address in find_addresses(text):
        yield address.start, address.end, {ENTITY_ATTRIBUTE_TYPE: "address", ENTITY_ATTRIBUTE_VALUE: address.value}
    for day in find_dates(text, today):
        yield day.start, day.end, {ENTITY_ATTRIBUTE_TYPE: "date", ENTITY_ATTRIBUTE_VALUE: day.value}
    for shop in find_shops(text):
        yield shop.start, shop.end, {ENTITY_ATTRIBUTE_TYPE: "merchant", ENTITY_ATTRIBUTE_VALUE: shop.value}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidConfigException(f"{NOW}: {text!r} is no moment such as 2026-11-21T12:00+08:00")
    return moment
