"""Tells calm, dissatisfied and angry messages apart, from character n-grams and a lexicon of cues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from components import features, fingerprint, linear
from components.lexicon import LEXICON, Lexicon
from components.linear import Blocks, BlockVectorizer, LinearModel
from components.stored import StoredComponent
from xiaoer.language.normalise import PAYLOAD, normalise

LABELS = ("calm", "dissatisfied", "angry")
SENTIMENT = "sentiment"
"""The attribute of a message and of a turn's parse data: ``{label, confidence, ranking: [{label, confidence}]}``."""

_VALUE = re.compile(r"\s*(?:(?=(?:[A-Za-z-]*\d){6})[0-9A-Za-z-]{8,}|[^\s@]+@[\w.-]+\.[A-Za-z]+)\s*", re.ASCII)
"""A number, a tax number or an address by itself: a value has no feeling, however its letters look."""

_LONGEST = 3


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentimentClassifier(StoredComponent):
    """Sets ``sentiment``; what has no words (empty messages, pictures, buttons' payloads) is calm."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Read the lexicon (see parent class)."""
        super().__init__(config, model_storage, resource)
        self._vectorizer: BlockVectorizer | None = None
        self._model: LinearModel | None = None
        self._lexicon = Lexicon()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        ``data``: folder of the labelled examples, relative to the project, ``<label>.txt`` each, one a line;
        ``calm_intents``: intents whose examples serve as calm ones too, because what people plainly ask is what most
        messages are like; ``angry_from``: probability from which a message with a strong cue is taken for angry, and
        ``angry_without_cue_from``: one without (a person is fetched for it, so n-grams alone must be very sure); ``C``:
        regularisation.
        """
        return {
            "data": "data/sentiment",
            "calm_intents": [],
            "angry_from": 0.5,
            "angry_without_cue_from": 0.9,
            "C": 1.0,
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages whose version decides about the model."""
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code, the labelled examples and the lexicon, so that changed ones train anew."""
        # Rasa also asks with another config, that of the stand-in for a component restored from the cache.
        return fingerprint.of_files([LEXICON, *_files({**cls.get_default_config(), **config})])

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Train on the labelled files, with the examples of calm intents as further calm ones.

        Raises:
            InvalidConfigException: If a file is missing or empty, or two of them hold the same text.
        """
        labelled = _read(self._config)
        calm = set(self._config["calm_intents"])
        for example in training_data.intent_examples:
            if example.get(INTENT) in calm and example.get(TEXT):
                labelled.setdefault(example.get(TEXT), LABELS[0])
        texts = [_blocks(text) for text in labelled]
        vectorizer = BlockVectorizer({"characters": 1.0})
        characters = vectorizer.fit(texts)
        cues = np.array([self._lexicon.features(normalise(text).text) for text in labelled])
        rows = sparse.hstack([characters, sparse.csr_matrix(cues)]).tocsr()
        truth = np.array([LABELS.index(label) for label in labelled.values()])
        # Balanced: few messages are angry, and missing one costs more than a needless apology.
        regression = LogisticRegression(C=self._config["C"], class_weight="balanced", max_iter=500).fit(rows, truth)
        # In bytes the cues' great weights would leave too few steps for those of the character sequences.
        weights = regression.coef_.T.astype(np.float32)
        model = LinearModel(LABELS, weights, np.ones(len(LABELS), dtype=np.float32), regression.intercept_)
        linear.save(folder, vectorizer, model)

    def restore(self, folder: Path) -> None:
        """Read the trained model.

        Raises:
            InvalidConfigException: If the model was trained with another lexicon than the installed one.
        """
        self._vectorizer, self._model = linear.load(folder)
        if len(self._model.weights) != len(self._vectorizer.vocabulary) + self._lexicon.width:
            raise InvalidConfigException("the model was trained with another lexicon of sentiment; train it anew")

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the sentiment of each message."""
        for message in messages:
            message.set(SENTIMENT, self.classify(message.get(TEXT) or ""), add_to_output=True)
        return messages

    def classify(self, text: str) -> dict[str, Any]:
        """Return the sentiment of one text, in the form of ``SENTIMENT``."""
        if self._vectorizer is None or self._model is None:
            raise InvalidConfigException("the sentiment classifier has not been trained")
        columns, values = self._vectorizer.vector(_blocks(text))
        if not len(columns) or PAYLOAD.match(text) or _VALUE.fullmatch(text):
            return _result(np.array([1.0, 0.0, 0.0]), LABELS[0])
        plain = normalise(text).text
        cues = self._lexicon.features(plain)
        behind = np.arange(len(cues), dtype=np.int32) + len(self._vectorizer.vocabulary)
        probabilities = self._model.probabilities(np.concatenate([columns, behind]), np.concatenate([values, cues]))
        calm, dissatisfied, angry = probabilities
        needed = self._config["angry_from" if self._lexicon.has_strong_cue(plain) else "angry_without_cue_from"]
        if angry >= needed:
            return _result(probabilities, LABELS[2])
        return _result(probabilities, LABELS[0] if calm >= dissatisfied else LABELS[1])


def _blocks(text: str) -> Blocks:
    """Return the character sequences of a text."""
    return {"characters": features.characters(features.signed(text), longest=_LONGEST)}


def _result(probabilities: np.ndarray, label: str) -> dict[str, Any]:
    """Return probabilities in the form of ``SENTIMENT``."""
    order = np.argsort(-probabilities, kind="stable")
    ranking = [{"label": LABELS[place], "confidence": float(probabilities[place])} for place in order]
    return {"label": label, "confidence": float(probabilities[LABELS.index(label)]), "ranking": ranking}


def _files(config: dict[str, Any]) -> list[Path]:
    """Return the file of each label."""
    return [Path(config["data"]) / f"{label}.txt" for label in LABELS]


def _read(config: dict[str, Any]) -> dict[str, str]:
    """Return the labelled texts."""
    labelled: dict[str, str] = {}
    for label, path in zip(LABELS, _files(config), strict=True):
        if not path.is_file():
            raise InvalidConfigException(f"{path}: the examples of {label!r} messages are missing")
        texts = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if not texts:
            raise InvalidConfigException(f"{path}: there is no example")
        for text in texts:
            if labelled.setdefault(text, label) != label:
                raise InvalidConfigException(f"{path}: {text!r} is {labelled[text]!r} elsewhere")
    return labelled
