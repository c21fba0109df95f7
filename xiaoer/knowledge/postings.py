"""Texts turned on their side: for each feature, the texts that have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xiaoer.knowledge.anatomy import Anatomy


def places_among(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which of some hashes occur among others, and where.

    Args:
        keys: Hashes, sorted, each once.
        wanted: Hashes to look for.

    Returns:
        Positions in ``wanted`` of those that occur, and for each its position in ``keys``.
    """
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    near = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = np.flatnonzero(keys[near] == wanted)
    return found, near[found]


@dataclass(frozen=True)
class Postings:
    """Which texts have which features.

    Attributes:
        keys: Hashes of the features that occur, sorted, dtype uint32.
        blocks: For each its block, dtype uint8.
        starts: Where the rows of each feature begin in ``rows``, with the end as a last element.
        rows: Numbers of texts, growing within each feature.
        weights: The weight of the feature in each of ``rows``.
        size: How many texts there are.
    """

    keys: np.ndarray
    blocks: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    size: int

    @classmethod
    def of(cls, texts: Sequence[Anatomy]) -> Postings:
        """Turn texts on their side."""
        keys = np.concatenate([*(text.keys for text in texts), np.zeros(0, dtype=np.uint32)])
        weights = np.concatenate([*(text.weights for text in texts), np.zeros(0, dtype=np.float32)])
        blocks = np.concatenate([*(text.blocks for text in texts), np.zeros(0, dtype=np.uint8)])
        rows = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text.keys) for text in texts])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint32(1)))  # where another feature begins
        starts = np.append(first, len(keys)).astype(np.int64)
        return cls(keys[first], blocks[order[first]], starts, rows[order], weights[order], len(texts))

    def texts(self) -> list[Anatomy]:
        """Return what ``of`` was given, the features of each text sorted."""
        if not self.size:
            return []
        lengths = np.diff(self.starts)
        keys, blocks = np.repeat(self.keys, lengths), np.repeat(self.blocks, lengths)
        order = np.argsort(self.rows, kind="stable")
        ends = np.cumsum(np.bincount(self.rows, minlength=self.size)).tolist()
        keys, weights, blocks = keys[order], self.weights[order], blocks[order]
        return [Anatomy(keys[begin:end], weights[begin:end], blocks[begin:end]) for begin, end in pairwise([0, *ends])]

    def places(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which of the hashes occur, and their places in ``self.keys``.

        Args:
            keys: Hashes to look for.

        Returns:
            Positions in ``keys`` of those that occur, and for each its position in ``self.keys``.
        """
        return places_among(self.keys, keys)

    def gather(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where the rows of several features stand in ``rows`` and ``weights``.

        Args:
            places: Positions in ``self.keys``.

        Returns:
            Positions in ``rows``, feature after feature, and for each the number of its feature in ``places``.
        """
        begins, lengths = self.starts[places], self.starts[places + 1] - self.starts[places]
        which = np.repeat(np.arange(len(places)), lengths)
        offsets = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.repeat(begins, lengths) + offsets, which

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        return int(sum(array.nbytes for array in (self.keys, self.blocks, self.starts, self.rows, self.weights)))
