"""Extracts what has neither a form nor a table, learned from the marked data: goods, persons, addresses, new names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pycrfsuite
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.validators import default_recipe_validator
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_TYPE, EXTRACTOR, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import fingerprint
from components.char_features import GOODS, CharacterFeatures, Word, read_goods
from components.entities import Entity, entity_of, overlap, span_of
from components.stored import StoredComponent
from xiaoer.language.normalise import normalise

LEAST_OFTEN = 2
"""A feature that the examples show less often is left out."""

FEWEST = 20
"""From fewer examples nothing is learned: crfsuite breaks down where no feature is left."""

_MODEL = "entities.crfsuite"
_WORDS = "goods.txt"
_OUTSIDE = "O"
_ADDRESS = "address"

NAMES = "NameEntityExtractor"
"""The extractor whose entities may give way to longer ones."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LearnedEntityExtractor(StoredComponent, EntityExtractorMixin):
    """Adds an entity for every span that a conditional random field over characters marks and nothing else has.

    A learned address displaces the names inside it (the city it begins with), and a learned name a shorter one of its
    own kind (手机壳 the shop's 手机); otherwise what was found before stays.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Prepare (see parent class)."""
        super().__init__(config, model_storage, resource)
        self._features = CharacterFeatures(frozenset())
        self._model = b""
        self._tagger: pycrfsuite.Tagger | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options that served best in cross-validation.

        ``iterations``: over the data; ``unmarked_share``: examples without a mark that are learned from, for each with
        one.
        """
        return {"iterations": 15, "unmarked_share": 1.0}

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must run before: words are features."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code, the words for goods and the learner's version, so that changed ones train anew."""
        # `required_packages` would do, but Rasa takes a package and what is imported from it to have one name.
        return f"{fingerprint.of_files([GOODS])} {version('python-crfsuite')}"

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learn from the examples with marks and from as many without, and keep the result with the model."""
        goods = read_goods()
        features = CharacterFeatures(goods)
        chosen = _chosen(training_data.training_examples, float(self._config["unmarked_share"]))
        trainer = pycrfsuite.Trainer(algorithm="ap", verbose=False)
        trainer.set_params({"max_iterations": int(self._config["iterations"]), "feature.minfreq": LEAST_OFTEN})
        for example in chosen:
            described = features.of(example.get(TEXT), _words(example))
            if described:
                trainer.append(described, labels_of(len(described), example.get(ENTITIES) or []))
        if len(chosen) >= FEWEST:
            trainer.train(str(folder / _MODEL))
        (folder / _WORDS).write_text("\n".join(sorted(goods)), encoding="utf-8")

    def restore(self, folder: Path) -> None:
        """Read what ``learn`` has written; without examples there is nothing to find."""
        self._features = CharacterFeatures(read_goods(folder / _WORDS))
        if (folder / _MODEL).is_file():
            self._tagger = pycrfsuite.Tagger()
            # From memory: the folder goes away once the model is loaded. The tagger points into these bytes.
            self._model = (folder / _MODEL).read_bytes()
            self._tagger.open_inmemory(self._model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those it already has."""
        for message in messages:
            before = message.get(ENTITIES) or []
            kept, found = self._settled(before, self._entities(message))
            message.set(ENTITIES, kept + self.add_extractor_name(found), add_to_output=True)
        return messages

    def _entities(self, message: Message) -> list[Entity]:
        """Return what the model marks in ``message``."""
        text = message.get(TEXT) or ""
        words = _words(message)
        if self._tagger is None or not words:
            return []
        labels = self._tagger.tag(self._features.of(text, words))
        found = []
        for start, end, entity in spans_of(labels):
            value = normalise(text[start:end]).text.strip()
            if value:
                found.append(entity_of(entity, start, end, value))
        return found

    @staticmethod
    def _settled(before: list[Entity], found: list[Entity]) -> tuple[list[Entity], list[Entity]]:
        """Return what stays of the entities before, and what comes in addition: no two of them overlap."""
        kept, added = list(before), []
        for each in found:
            touched = [other for other in kept if overlap(each, other)]
            if all(_gives_way(other, each) for other in touched):
                kept = [other for other in kept if other not in touched]
                added.append(each)
        return kept, added


# Rasa warns of marked data that nothing is trained on; of extractors that are, it knows but its own.
default_recipe_validator.TRAINABLE_EXTRACTORS.append(LearnedEntityExtractor)


def labels_of(size: int, entities: Iterable[Entity]) -> list[str]:
    """Return the label of each of ``size`` characters: beginning of an entity, inside of one, or outside of all."""
    labels = [_OUTSIDE] * size
    for entity in entities:
        start, end = span_of(entity)
        for index in range(start, min(end, size)):
            labels[index] = f"{'B' if index == start else 'I'}-{entity[ENTITY_ATTRIBUTE_TYPE]}"
    return labels


def spans_of(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return start, end and kind of the entities that the labels of the characters mark."""
    spans: list[tuple[int, int, str]] = []
    for index, label in enumerate(labels):
        kind = label[2:]
        if label == _OUTSIDE:
            continue
        if label[0] == "I" and spans and spans[-1][1] == index and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], index + 1, kind)
        else:
            spans.append((index, index + 1, kind))
    return spans


def _chosen(examples: Iterable[Message], unmarked_share: float) -> list[Message]:
    """Return the examples with marks, and as many of the others as the share says, taken evenly."""
    typed = [example for example in examples if example.get(TEXT)]
    marked = [example for example in typed if example.get(ENTITIES)]
    others = [example for example in typed if not example.get(ENTITIES)]
    wanted = min(len(others), int(len(marked) * unmarked_share))
    return marked + [others[index * len(others) // wanted] for index in range(wanted)]


def _words(message: Message) -> list[Word]:
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return [Word(token.start, token.end, token.lemma) for token in tokens]


def _gives_way(name: Entity, learned: Entity) -> bool:
    """Tell whether an entity found before is a mere part of a learned one."""
    kind = learned[ENTITY_ATTRIBUTE_TYPE]
    return name.get(EXTRACTOR) == NAMES and kind in (_ADDRESS, name[ENTITY_ATTRIBUTE_TYPE]) and _within(name, learned)


def _within(inner: Entity, outer: Entity) -> bool:
    """Tell whether one entity is a part of another, but not all of it."""
    (start, end), (outer_start, outer_end) = span_of(inner), span_of(outer)
    return end - start < outer_end - outer_start and outer_start <= start and end <= outer_end
