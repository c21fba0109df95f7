"""Classifies intents from character and word n-grams with a linear model, calibrated on held-out parts of its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import train_test_split
from sklearn.svm import LinearSVC

from components import features, fingerprint, linear
from components.linear import Blocks, BlockVectorizer, LinearModel
from components.stored import StoredComponent

_BLOCKS = ("characters", "together", "distant", "words", "sounds")
# The shares of the examples that a model learns from whose only purpose is the scale, and that the scale is fitted on.
_SEEN, _HELD_OUT = 0.4, 0.2
# Where data are too few to hold some out; this is the order of what larger data give.
_USUAL_SCALE = 4.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NgramIntentClassifier(StoredComponent, IntentClassifier):
    """Sets ``intent`` and ``intent_ranking``; a text without one known feature gets the intent ``None``."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Prepare (see parent class)."""
        super().__init__(config, model_storage, resource)
        self._vectorizer: BlockVectorizer | None = None
        self._model: LinearModel | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        ``C``: regularisation; ``characters``, ``together``, ``distant``, ``words`` and ``sounds``: weights of the
        blocks of features (see ``components.features``), 0 leaves one out; ``min_texts``: in how many examples it
        must occur; ``ranking_length``: how many intents are ranked.
        """
        return {
            "C": 0.2,
            "characters": 1.0,
            "together": 1.0,
            "distant": 0.5,
            "words": 0.4,
            "sounds": 0.5,
            "min_texts": 2,
            "ranking_length": 10,
        }

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must run before."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages whose version decides about the model."""
        return ["sklearn", "pypinyin"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code, so that changed features train anew."""
        return fingerprint.of_files()

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Train on the examples that have a text and an intent.

        Raises:
            InvalidConfigException: If they are of fewer than two intents.
        """
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        names = np.array([example.get(INTENT) for example in examples])
        if len(set(names)) < 2:
            raise InvalidConfigException("the intent classifier needs examples of at least two intents")
        texts = [blocks_of(example) for example in examples]
        weights = {block: self._config[block] for block in _BLOCKS if self._config[block]}
        vectorizer = BlockVectorizer(weights)
        model = _fit(vectorizer.fit(texts, self._config["min_texts"]), names, self._config["C"])
        linear.save(folder, vectorizer, model)

    def restore(self, folder: Path) -> None:
        """Read the trained model."""
        self._vectorizer, self._model = linear.load(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message."""
        for message in messages:
            ranking = self._ranking(message)
            first = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, dict(first), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        """Return the likeliest intents with their probabilities, the first first."""
        if self._vectorizer is None or self._model is None:
            raise InvalidConfigException("the intent classifier has not been trained")
        columns, values = self._vectorizer.vector(blocks_of(message))
        if not len(columns):
            return []
        probabilities = self._model.probabilities(columns, values)
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        return [
            {INTENT_NAME_KEY: self._model.classes[place], PREDICTED_CONFIDENCE_KEY: float(probabilities[place])}
            for place in order
        ]


def blocks_of(message: Message) -> Blocks:
    """Return the features of a tokenized message."""
    text = features.signed(message.get(TEXT) or "")
    tokens = [token.lemma for token in message.get(TOKENS_NAMES[TEXT]) or []][: len(text)]
    return {
        "characters": features.characters(text),
        "together": features.characters_together(text),
        "distant": features.distant_characters(text),
        "words": features.words(tokens),
        "sounds": features.sounds(text),
    }


def _fit(rows: Any, names: np.ndarray, regularisation: float) -> LinearModel:
    """Fit one hyperplane per intent, and the scale that makes their distances probabilities.

    A linear SVM learns the intents in seconds where logistic regression on the same features takes minutes, and is as
    accurate; it gives distances only, so a temperature is fitted on top.

    Args:
        rows: Sparse matrix, shape ``(examples, columns)``.
        names: The intent of each example, shape ``(examples,)``.
        regularisation: ``C`` of the SVM.
    """
    svm = _svm(regularisation).fit(rows, names)
    weights, bias = svm.coef_.T, svm.intercept_
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return LinearModel.of(svm.classes_, weights, bias, _scale(rows, names, regularisation))


def _scale(rows: Any, names: np.ndarray, regularisation: float) -> float:
    """Return the scale that makes distances probabilities, found on a part of the data that was held out."""
    intents, counts = np.unique(names, return_counts=True)
    if len(intents) == 2 or counts.min() < 4 or len(names) * _HELD_OUT < len(intents):
        return _USUAL_SCALE
    seen, unseen = train_test_split(
        np.arange(len(names)), train_size=_SEEN, test_size=_HELD_OUT, stratify=names, random_state=0
    )
    scores = _svm(regularisation).fit(rows[seen], names[seen]).decision_function(rows[unseen])
    return linear.best_scale(scores, np.searchsorted(intents, names[unseen]))


def _svm(regularisation: float) -> LinearSVC:
    """Return an untrained SVM; seeded, so that the same data give the same model."""
    return LinearSVC(C=regularisation, tol=0.01, random_state=0)
