"""A linear model over named features: weights them by rarity, scores classes, turns scores into probabilities."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

Blocks = Mapping[str, Sequence[str]]
"""The features of one text, by block: what kind of feature they are."""

_WORDS = "vocabulary.json"
_NUMBERS = "weights.npz"
_MOST_STEPS = 127
"""The largest number of one signed byte."""


class BlockVectorizer:
    """Turns features into a sparse vector: within each block TF-IDF of length one, times the block's weight."""

    def __init__(
        self, weights: Mapping[str, float], vocabulary: dict[str, int] | None = None, idf: np.ndarray | None = None
    ):
        """Prepare a vectorizer.

        Args:
            weights: How much each block counts, by its name.
            vocabulary: Column of each known feature, ``<block>:<feature>``.
            idf: Rarity of each column.
        """
        self.weights = dict(weights)
        self.vocabulary = vocabulary or {}
        self.idf = np.zeros(0, dtype=np.float32) if idf is None else idf

    def fit(self, texts: Sequence[Blocks], min_texts: int = 2) -> BlockVectorizer:
        """Learn the features that occur in at least ``min_texts`` texts, and their rarity."""
        counts: Counter[str] = Counter()
        for text in texts:
            for block in self.weights:
                counts.update({f"{block}:{feature}" for feature in text[block]})
        known = sorted(feature for feature, count in counts.items() if count >= min_texts)
        self.vocabulary = {feature: column for column, feature in enumerate(known)}
        occurrences = np.array([counts[feature] for feature in known], dtype=np.float64)
        self.idf = (np.log((1 + len(texts)) / (1 + occurrences)) + 1).astype(np.float32)
        return self

    def vector(self, text: Blocks) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns of a text's known features and their values."""
        columns: list[np.ndarray] = []
        values: list[np.ndarray] = []
        for block, weight in self.weights.items():
            counts = Counter(
                column for feature in text[block] if (column := self.vocabulary.get(f"{block}:{feature}")) is not None
            )
            if counts:
                places = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
                part = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.idf[
                    places
                ]
                columns.append(places)
                values.append(part * (weight / np.linalg.norm(part)))
        if not columns:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        return np.concatenate(columns), np.concatenate(values)

    def matrix(self, texts: Sequence[Blocks]) -> sparse.csr_matrix:
        """Return the vectors of many texts as rows, shape ``(len(texts), len(self.vocabulary))``."""
        vectors = [self.vector(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in vectors)])
        columns = np.concatenate([columns for columns, _ in vectors]) if vectors else np.zeros(0, dtype=np.int32)
        values = np.concatenate([values for _, values in vectors]) if vectors else np.zeros(0, dtype=np.float32)
        return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(self.vocabulary)))


@dataclass(frozen=True)
class LinearModel:
    """A trained model.

    Attributes:
        classes: The names of the classes.
        weights: Weight of each column for each class, in steps of that class, shape ``(columns, classes)``.
        steps: How large a step of each class is, shape ``(classes,)``.
        bias: Score of each class before anything is known, shape ``(classes,)``.
        scale: What scores are multiplied with before the softmax, so that confidence means probability.
    """

    classes: tuple[str, ...]
    weights: np.ndarray
    steps: np.ndarray
    bias: np.ndarray
    scale: float = 1.0

    @classmethod
    def of(cls, classes: Sequence[str], weights: np.ndarray, bias: np.ndarray, scale: float = 1.0) -> LinearModel:
        """Return a model whose weights are rounded to one byte each.

        A text has a hundred columns, whose rounding errors cancel out; the model takes a quarter of the memory, and its
        file is packed in a tenth of the time.

        Args:
            classes: See the attributes.
            weights: Weight of each column for each class, shape ``(columns, classes)``.
            bias: See the attributes.
            scale: See the attributes.
        """
        steps = np.maximum(np.abs(weights).max(axis=0, initial=0), 1e-9) / _MOST_STEPS
        return cls(
            tuple(classes), np.round(weights / steps).astype(np.int8), steps.astype(np.float32), bias, float(scale)
        )

    def probabilities(self, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return the probability of each class for one sparse vector, shape ``(classes,)``."""
        return softmax(self.scale * ((values @ self.weights[columns]) * self.steps + self.bias))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis of ``scores``."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def best_scale(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the scale for which the truth is likeliest (temperature scaling).

    Args:
        scores: Scores of texts that the model had not seen, shape ``(texts, classes)``.
        truth: The index of the right class of each text, shape ``(texts,)``.
    """
    rows = np.arange(len(truth))
    scales = np.geomspace(0.3, 30, 60)
    losses = [-np.log(softmax(scale * scores)[rows, truth] + 1e-12).mean() for scale in scales]
    return float(scales[int(np.argmin(losses))])


def save(folder: Path, vectorizer: BlockVectorizer, model: LinearModel) -> None:
    """Write a vectorizer and its model into ``folder``: numbers and text, nothing that could run."""
    words = {"classes": model.classes, "blocks": vectorizer.weights, "vocabulary": list(vectorizer.vocabulary)}
    (folder / _WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    np.savez(
        folder / _NUMBERS,
        idf=vectorizer.idf,
        weights=model.weights,
        steps=model.steps,
        bias=model.bias.astype(np.float32),
        scale=np.array(model.scale),
    )


def load(folder: Path) -> tuple[BlockVectorizer, LinearModel]:
    """Read what ``save`` wrote."""
    words = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
    with np.load(folder / _NUMBERS, allow_pickle=False) as numbers:
        vocabulary = {feature: column for column, feature in enumerate(words["vocabulary"])}
        vectorizer = BlockVectorizer(words["blocks"], vocabulary, numbers["idf"])
        model = LinearModel(
            tuple(words["classes"]), numbers["weights"], numbers["steps"], numbers["bias"], float(numbers["scale"])
        )
    return vectorizer, model
