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
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.addresses import find_addresses, find_shops
from components.dates import find_dates
from components.entities import Entity, entity_of
from components.expressions import Expression, find_expressions
from components.spans import most_specific
from xiaoer.language.normalise import normalise

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

    def _entities(self, raw: str) -> list[Entity]:
        """Return what ``raw`` holds as Rasa writes entities; expressions win over addresses, these over days."""
        normal = normalise(raw)
        today = (self._now or datetime.now(SHANGHAI)).astimezone(SHANGHAI).date()
        entities = []
        for found in most_specific(enumerate(_readings(normal.text, today))):
            entity = entity_of(found.entity, *normal.raw_span(found.start, found.end), found.value)
            entities.append({**entity, "carrier": found.carrier} if found.carrier else entity)
        return entities


def _readings(text: str, today: date) -> Iterator[Expression]:
    """Give everything in ``text`` that has a form; what comes first wins where two overlap."""
    yield from find_expressions(text)
    for address in find_addresses(text):
        yield Expression("address", address.start, address.end, address.value)
    for day in find_dates(text, today):
        yield Expression("date", day.start, day.end, day.value)
    for shop in find_shops(text):
        yield Expression("merchant", shop.start, shop.end, shop.value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidConfigException(f"{NOW}: {text!r} is no moment such as 2026-11-21T12:00+08:00")
    return moment
