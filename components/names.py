"""Extracts names from lookup tables: colours, sizes, carriers, cities."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
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
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import fingerprint
from components.normalise import normalise

Names = dict[str, dict[str, str]]
"""For each entity, every way of writing a name (in lower case) and the name that it stands for."""

_FILE = "names.json"
_LETTERS = re.compile(r"[0-9a-z]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds an entity for every name that spans whole tokens and touches no entity found before."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, names: Names) -> None:
        """Prepare one pattern per entity.

        Args:
            config: ``lookups``: folder of the tables, ``<entity>.txt`` each.
            model_storage: Where the tables are kept with the model.
            resource: Their place there.
            names: The tables.
        """
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._names = names
        self._patterns = {entity: _alternation(table) for entity, table in names.items() if table}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return where the tables are, relative to the project."""
        return {"lookups": "data/lookups"}

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must run before: names are matched on tokens."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code and the tables, so that changed ones train anew."""
        # Rasa also asks with another config, that of the stand-in for a component restored from the cache.
        return fingerprint.of_files(_tables({**cls.get_default_config(), **config}))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NameEntityExtractor:
        """Create the component without tables; training reads them."""
        return cls(config, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NameEntityExtractor:
        """Load the tables that the model was trained with."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, names)

    def train(self, training_data: TrainingData) -> Resource:
        """Read the tables and keep them with the model.

        Raises:
            InvalidConfigException: If there is no table, or one writes a name for two things.
        """
        paths = _tables(self._config)
        if not paths:
            raise InvalidConfigException(f"no lookup tables in {self._config['lookups']!r}")
        names = {path.stem: read_table(path) for path in paths}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it already has."""
        for message in messages:
            before = message.get(ENTITIES) or []
            message.set(ENTITIES, before + self.add_extractor_name(self._entities(message, before)), add_to_output=True)
        return messages

    def _entities(self, message: Message, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the names in ``message``, the longer before the shorter where they overlap."""
        normal = normalise(message.get(TEXT) or "")
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
        found: list[dict[str, Any]] = []
        for entity, pattern in self._patterns.items():
            for match in pattern.finditer(normal.text.lower()):
                start, end = normal.raw_span(*match.span())
                if start in starts and end in ends:
                    found.append(
                        {
                            ENTITY_ATTRIBUTE_TYPE: entity,
                            ENTITY_ATTRIBUTE_START: start,
                            ENTITY_ATTRIBUTE_END: end,
                            ENTITY_ATTRIBUTE_VALUE: self._names[entity][match.group()],
                        }
                    )
        found.sort(key=lambda each: each[ENTITY_ATTRIBUTE_START] - each[ENTITY_ATTRIBUTE_END])
        kept: list[dict[str, Any]] = []
        for each in found:
            if not any(_overlap(each, other) for other in [*before, *kept]):
                kept.append(each)
        return sorted(kept, key=lambda each: each[ENTITY_ATTRIBUTE_START])


def read_table(path: Path) -> dict[str, str]:
    """Return a table as a mapping from every way of writing, in normal form and lower case, to the name it stands for.

    Args:
        path: Text, one thing a line: its name, then other ways of writing it, separated by spaces; ``#`` begins a
            line of comment.

    Raises:
        InvalidConfigException: If one way of writing stands for two things.
    """
    table: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        ways = line.split() if not line.startswith("#") else []
        for way in ways:
            key = normalise(way).text.lower()
            if table.setdefault(key, ways[0]) != ways[0]:
                raise InvalidConfigException(f"{path}: {way!r} stands for {table[key]!r} and for {ways[0]!r}")
    return table


def _tables(config: dict[str, Any]) -> list[Path]:
    """Return the files of the tables in a fixed order."""
    return sorted(Path(config["lookups"]).glob("*.txt"))


def _alternation(table: dict[str, str]) -> re.Pattern[str]:
    """Return a pattern of all ways of writing, the longest first; those in letters match whole words only."""
    ways = sorted(table, key=lambda way: (-len(way), way))
    return re.compile("|".join(_bounded(way) for way in ways))


def _bounded(way: str) -> str:
    """Return ``way`` as a pattern that does not match where it is a part of something else.

    Letters must not continue a word. A single Chinese character must stand apart (黑 XL): inside a sentence 红 is
    mostly no colour.
    """
    if len(way) == 1 and not _LETTERS.match(way):
        return rf"(?<![\u4e00-\u9fff]){way}(?![\u4e00-\u9fff])"
    before = r"(?<![0-9a-z])" if _LETTERS.match(way[0]) else ""
    after = r"(?![0-9a-z])" if _LETTERS.match(way[-1]) else ""
    return before + re.escape(way) + after


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two entities share a character."""
    return bool(
        one[ENTITY_ATTRIBUTE_START] < other[ENTITY_ATTRIBUTE_END]
        and other[ENTITY_ATTRIBUTE_START] < one[ENTITY_ATTRIBUTE_END]
    )
