"""A linear model over named features: weights them by rarity, scores classes, turns scores into probabilities."""

from __future__ import annotations

import json
from array import array
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

    def fit(self, texts: Sequence[Blocks], min_texts: int = 2) -> sparse.csr_matrix:
        """Learn the features that occur in at least ``min_texts`` texts, and their rarity.

        Args:
            texts: The features of the texts to learn from.
            min_texts: Rarer features are as good as unknown.

        Returns:
            The vectors of the texts as rows, shape ``(len(texts), len(self.vocabulary))``.
        """
        blocks = [_Counts.of([text[block] for text in texts]) for block in self.weights]
        idf = [_rarity(block.texts_with(), len(texts)) for block in blocks]
        kept = [np.flatnonzero(block.texts_with() >= min_texts) for block in blocks]
        self.vocabulary = {}
        for name, block, columns in zip(self.weights, blocks, kept, strict=True):
            features = list(block.features)
            for column in columns:
                self.vocabulary[f"{name}:{features[column]}"] = len(self.vocabulary)
        self.idf = np.concatenate([rarity[columns] for rarity, columns in zip(idf, kept, strict=True)])
        parts = [
            block.weighted(rarity, columns, weight)
            for block, rarity, columns, weight in zip(blocks, idf, kept, self.weights.values(), strict=True)
        ]
        return sparse.hstack(parts, format="csr", dtype=np.float32)

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


@dataclass(frozen=True)
class _Counts:
    """How often each feature of one block occurs in each text, as the columns of a sparse matrix.

    Attributes:
        features: Column of each feature.
        counts: Occurrences, shape ``(texts, features)``.
    """

    features: dict[str, int]
    counts: sparse.csr_matrix

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> _Counts:
        """Count the features of all texts."""
        features: dict[str, int] = {}
        columns, counts, ends = array("i"), array("f"), array("i", [0])
        for text in texts:
            found = Counter(text)
            columns.extend(features.setdefault(feature, len(features)) for feature in found)
            counts.extend(found.values())
            ends.append(len(columns))
        matrix = (np.asarray(counts), np.asarray(columns), np.asarray(ends))
        return cls(features, sparse.csr_matrix(matrix, shape=(len(texts), len(features)), dtype=np.float32))

    def texts_with(self) -> np.ndarray:
        """Return in how many texts each feature occurs, shape ``(features,)``."""
        return np.bincount(self.counts.indices, minlength=len(self.features))

    def weighted(self, idf: np.ndarray, columns: np.ndarray, weight: float) -> sparse.csr_matrix:
        """Return TF-IDF of the given columns, every row of length ``weight``."""
        rows = self.counts.copy()
        rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
        rows = rows[:, columns]
        norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        rows.data *= np.repeat(weight / np.maximum(norms, 1e-12), np.diff(rows.indptr)).astype(np.float32)
        return rows


def _rarity(texts_with: np.ndarray, texts: int) -> np.ndarray:
    """Return the inverse document frequency of features, smoothed as in scikit-learn's ``TfidfTransformer``."""
    return (np.log((1 + texts) / (1 + texts_with)) + 1).astype(np.float32)


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
