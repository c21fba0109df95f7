"""Extracts why something is sent back, refunded, exchanged, cancelled or complained of, as one of the fixed reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.entities import Entity, clear_of, entity_of
from xiaoer.language.normalise import normalise

REASONS = Path(__file__).with_name("reasons.yml")

LONGEST = 500
"""Characters of a message that are searched for a reason."""


@dataclass(frozen=True)
class Reason:
    """A fixed reason.

    Attributes:
        code: Its name in entities and events.
        label: What people read.
        words: Finds what says it.
    """

    code: str
    label: str
    words: re.Pattern[str]


def read_reasons(path: Path = REASONS) -> tuple[Reason, ...]:
    """Return the reasons, the one that counts first before the others.

    Args:
        path: YAML, a list of ``code``, ``label`` and ``words``.

    Raises:
        InvalidConfigException: If an entry is not such, its words are no regular expressions, or a code comes twice.
    """
    try:
        reasons = tuple(
            Reason(entry["code"], entry["label"], re.compile("|".join(f"(?:{words})" for words in entry["words"])))
            for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
        )
    except (KeyError, TypeError, re.error, yaml.YAMLError) as error:
        raise InvalidConfigException(f"{path}: {error}") from error
    if len({reason.code for reason in reasons}) != len(reasons):
        raise InvalidConfigException(f"{path}: a code comes twice")
    return reasons


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ReasonExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entity ``reason``: what says the reason, with its code as the value.

    The intent classifier learns that a turn is about such a thing; here only its words are mapped.
    """

    def __init__(self, config: dict[str, Any], reasons: tuple[Reason, ...]) -> None:
        """Prepare.

        Args:
            config: ``intents``: the intents that have a reason; all where the list is empty.
            reasons: The reasons, the one that counts first before the others.
        """
        self._intents = frozenset(config["intents"])
        self._reasons = reasons

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return that any intent may have a reason."""
        return {"intents": []}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReasonExtractor:
        """Create the component with the project's reasons."""
        return cls({**cls.get_default_config(), **config}, read_reasons())

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the reason of each message to the entities that it has; it overlaps none of them."""
        for message in messages:
            before = message.get(ENTITIES) or []
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            found = self._found(message, before) if not self._intents or intent in self._intents else []
            message.set(ENTITIES, before + self.add_extractor_name(found), add_to_output=True)
        return messages

    def _found(self, message: Message, before: list[Entity]) -> list[Entity]:
        """Return the reason that counts, if any is given where nothing else was found."""
        normal = normalise((message.get(TEXT) or "")[:LONGEST])
        text = normal.text.lower()
        if len(text) != len(normal.text):
            text = normal.text
        for reason in self._reasons:
            for match in reason.words.finditer(text):
                entity = entity_of("reason", *normal.raw_span(*match.span()), reason.code)
                if clear_of(entity, before):
                    return [entity]
        return []
