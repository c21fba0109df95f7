"""Rows of features turned on their side: for each feature, the rows that have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
    """Which rows have which features.

    Attributes:
        keys: Hashes of the features that occur, sorted, dtype uint32.
        starts: Where the rows of each feature begin in ``rows``, with the end as a last element.
        rows: Row numbers, growing within each feature.
        weights: The weight of the feature in each of ``rows``.
        size: How many rows there are.
    """

    keys: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    size: int

    @classmethod
    def of(cls, keys: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> Postings:
        """Turn rows on their side.

        Args:
            keys: For each row the hashes of its features, each once.
            weights: For each row the weights of the same features.
        """
        every = np.concatenate([*keys, np.zeros(0, dtype=np.uint32)])
        rows = np.repeat(np.arange(len(keys), dtype=np.int32), [len(row) for row in keys])
        values = np.concatenate([*weights, np.zeros(0, dtype=np.float32)])
        order = np.argsort(every, kind="stable")
        known, starts = np.unique(every[order], return_index=True)
        return cls(known, np.append(starts, len(every)).astype(np.int64), rows[order], values[order], len(keys))

    def lists(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return what ``of`` was given: for each row its hashes, sorted, and their weights."""
        if not self.size:
            return [], []
        features = np.repeat(self.keys, np.diff(self.starts))
        order = np.argsort(self.rows, kind="stable")
        cuts = np.cumsum(np.bincount(self.rows, minlength=self.size))[:-1]
        return np.split(features[order], cuts), np.split(self.weights[order], cuts)

    def rows_by_feature(self) -> np.ndarray:
        """Return for each of ``keys`` how many rows have it."""
        return np.diff(self.starts)

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
        return int(sum(array.nbytes for array in (self.keys, self.starts, self.rows, self.weights)))
