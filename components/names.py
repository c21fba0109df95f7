"""Extracts names: of the shop's database (products, shops, colours, sizes) and of lookup tables (carriers, cities)."""

from __future__ import annotations

import json
import os
import weakref
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import fingerprint
from components.catalogue import CatalogueFollower, Name, Names
from components.entities import Entity, clear_of, entity_of, span_of
from components.name_index import NameIndex, merged
from components.stored import StoredComponent
from xiaoer.language.normalise import normalise

DATABASE = "XIAOER_DATABASE_URL"
"""The environment variable with the address of the shop's database."""

Tables = dict[str, dict[str, str]]
"""For each entity, every way of writing a name (in lower case) and the name that it stands for."""

_FILE = "names.json"


class CurrentNames:
    """The names of the tables and, once known, of the database; replaced as a whole while turns go on.

    Attributes:
        index: What turns look names up in.
    """

    def __init__(self, tables: Tables) -> None:
        """Begin with the names of the tables."""
        self._of_tables: Names = {
            entity: {way: (Name(value),) for way, value in table.items()} for entity, table in tables.items()
        }
        self.index = NameIndex(self._of_tables)

    def take(self, names: Names) -> None:
        """Put the names of the database beside those of the tables."""
        self.index = NameIndex(merged([names, self._of_tables]))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameEntityExtractor(StoredComponent, EntityExtractorMixin):
    """Adds an entity for every name that spans whole tokens and touches no entity found before.

    The tables belong to the model. The names of the database are read when the model is loaded and then followed:
    what changes there is known within seconds, without training.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Begin without names (see parent class)."""
        super().__init__(config, model_storage, resource)
        self._current = CurrentNames({})

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        ``lookups``: folder of the tables, relative to the project, ``<entity>.txt`` each; ``database``: SQLAlchemy
        address of the shop's database, that of the environment when empty; ``refresh_seconds``: pause between two
        readings of it.
        """
        return {"lookups": "data/lookups", "database": "", "refresh_seconds": 2.0}

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must run before: names are matched on tokens."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code and the tables, so that changed ones train anew."""
        # Rasa also asks with another config, that of the stand-in for a component restored from the cache.
        return fingerprint.of_files(_tables({**cls.get_default_config(), **config}))

    def follow(self, url: str) -> None:
        """Read the names of a database and keep reading them as long as this component lives.

        Args:
            url: SQLAlchemy address; nothing is followed where it is empty.
        """
        if url:
            follower = CatalogueFollower(url, self._current.take, float(self._config["refresh_seconds"]))
            follower.start()
            weakref.finalize(self, follower.stop)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Read the tables and keep them with the model.

        Raises:
            InvalidConfigException: If there is no table, or one writes a name for two things.
        """
        paths = _tables(self._config)
        if not paths:
            raise InvalidConfigException(f"no lookup tables in {self._config['lookups']!r}")
        names = {path.stem: read_table(path) for path in paths}
        (folder / _FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    def restore(self, folder: Path) -> None:
        """Read the tables that the model was trained with, and follow the names of the database where there is one."""
        self._current = CurrentNames(json.loads((folder / _FILE).read_text(encoding="utf-8")))
        self.follow(self._config["database"] or os.environ.get(DATABASE, ""))

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it already has."""
        for message in messages:
            before = message.get(ENTITIES) or []
            message.set(ENTITIES, before + self.add_extractor_name(self._entities(message, before)), add_to_output=True)
        return messages

    def _entities(self, message: Message, before: list[Entity]) -> list[Entity]:
        """Return the names in ``message``, the longer before the shorter where they overlap."""
        normal = normalise(message.get(TEXT) or "")
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
        kept: list[Entity] = []
        for name in self._current.index.find(normal.text, _tenant(message)):
            start, end = normal.raw_span(name.start, name.end)
            entity = entity_of(name.entity, start, end, name.value)
            whole_tokens = start in starts and end in ends
            if (name.anywhere or whole_tokens) and clear_of(entity, before) and clear_of(entity, kept):
                kept.append(entity)
        return sorted(kept, key=span_of)


def _tenant(message: Message) -> str:
    """Return the merchant whose customer speaks, or an empty text where the message does not say."""
    tenant = (message.get(METADATA) or {}).get("tenant")
    return tenant if isinstance(tenant, str) else ""


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
