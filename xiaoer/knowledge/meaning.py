"""What a text is about, as a short dense vector: that of a question is near that of the entry which answers it.

The vector is the sum of those of the text's character n-grams, words, concepts and sounds, scaled to length one. They
are learned from questions that people ask and the entries that answer them (``teaching.py``), so that 寄回去谁掏钱
finds 退货运费由谁承担, and 发飘 finds 发票.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from xiaoer.knowledge.anatomy import SOUNDS, WORDS, Anatomy
from xiaoer.knowledge.postings import places_among

SIZES = (1, 3)
"""Shortest and longest n-gram, in characters."""

SOUND_SHARE = 0.5
"""What a sound counts against what is written."""

STEPS = 127
"""The largest number of one signed byte, in which vectors are kept."""


@dataclass(frozen=True)
class Meaning:
    """The n-grams, words, concepts and sounds that are known, each with its vector.

    Attributes:
        keys: Their hashes, sorted, dtype uint32.
        places: For each its vector, shape ``(len(keys), dimensions)``; dtype float16, because each process holds them.
    """

    keys: np.ndarray
    places: np.ndarray

    @classmethod
    def load(cls, path: Path) -> Meaning:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as kept:
            return cls(kept["keys"], kept["places"])

    def save(self, path: Path) -> None:
        """Write the meanings down."""
        with path.open("wb") as file:
            np.savez_compressed(file, keys=self.keys, places=self.places)

    def vector(self, form: str, anatomy: Anatomy) -> np.ndarray:
        """Return what a text is about: a unit vector, or zeros where nothing is known.

        Args:
            form: A text in normal form.
            anatomy: The same, taken apart.

        Returns:
            Shape ``(dimensions,)``, dtype float32.
        """
        hashes, counts = signs(form, anatomy)
        known, places = places_among(self.keys, hashes)
        # Not by @, which starts a second thread for it: a search is over sooner without, and processes share the cores.
        return unit(np.einsum("i,ij->j", counts[known], self.places[places].astype(np.float32)))


def signs(form: str, anatomy: Anatomy) -> tuple[np.ndarray, np.ndarray]:
    """Return what tells what a text is about: its n-grams, words, concepts and sounds.

    Args:
        form: A text in normal form.
        anatomy: The same, taken apart.

    Returns:
        Hashes, dtype uint32, and how much each counts, dtype float32.
    """
    found = Counter(
        crc32(form[start : start + size].encode())
        for size in range(SIZES[0], SIZES[1] + 1)
        for start in range(len(form) - size + 1)
    )
    ngrams = np.fromiter(found, dtype=np.uint32, count=len(found))
    counts = 1 + np.log(np.fromiter(found.values(), dtype=np.float32, count=len(found)))
    told = (anatomy.blocks == WORDS) | (anatomy.blocks == SOUNDS)
    shares = np.where(anatomy.blocks[told] == SOUNDS, np.float32(SOUND_SHARE), np.float32(1))
    return np.concatenate([ngrams, anatomy.keys[told]]), np.concatenate([counts, shares])


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector scaled to length one, or itself where it has none."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, dtype=np.float32)


def in_bytes(vector: np.ndarray) -> np.ndarray:
    """Return a vector no longer than one in steps of 1/127, dtype int8: a quarter of the memory, same neighbours."""
    return np.asarray(np.round(vector * STEPS), dtype=np.int8)


def likeness(vectors: np.ndarray, abouts: np.ndarray) -> np.ndarray:
    """Return the cosines of many texts with a few, shape ``(few, many)``, -1 to 1.

    Args:
        vectors: Of many, as ``in_bytes`` has them, shape ``(many, dimensions)``, dtype int8.
        abouts: Of a few, shape ``(few, dimensions)``, dtype float32.
    """
    return np.asarray(abouts @ vectors.astype(np.float32).T / STEPS)
