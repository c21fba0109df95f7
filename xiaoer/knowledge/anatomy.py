"""What a text is made of, as numbers: hashed features with weights, in blocks that are compared apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from pypinyin import lazy_pinyin

from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import CHARACTER, CONCEPT, PAIR, PIECES, WORD, features

BLOCKS = ("words", "characters", "pairs", "sounds")
"""Words with their concepts, single characters, pairs of characters, and how pairs of characters sound."""

WORDS, CHARACTERS, PAIRS, SOUNDS = range(len(BLOCKS))

_BLOCK_OF = {CONCEPT: WORDS, WORD: WORDS, CHARACTER: CHARACTERS, PAIR: PAIRS}

SOUND_SHARE = 0.25
"""What a sound counts against what is written, where words are compared."""

SOUND_ALONE = 0.3
"""What the sound of one character counts, against that of a pair."""

# Initials and finals that a large part of the country does not tell apart when it types by ear: 是/四, 林/零.
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@dataclass(frozen=True)
class Anatomy:
    """The features of a text.

    Attributes:
        keys: Their hashes, each once, dtype uint32.
        weights: How much each counts, dtype float32.
        blocks: For each its block, a position in ``BLOCKS``, dtype uint8.
    """

    keys: np.ndarray
    weights: np.ndarray
    blocks: np.ndarray

    def without(self, block: int) -> Anatomy:
        """Return what is left without the features of a block."""
        kept = self.blocks != block
        return Anatomy(self.keys[kept], self.weights[kept], self.blocks[kept])


def dissect(form: str, synonyms: Synonyms) -> Anatomy:
    """Take a text apart.

    Args:
        form: A text in normal form.
        synonyms: Words that count as one, and words that count as nothing.
    """
    made_of, spoken = features(form, synonyms)
    found = {crc32(feature.encode()): (weight, _BLOCK_OF[feature[0]]) for feature, weight in made_of.items()}
    for sound, weight in sounds(spoken).items():
        found[crc32(f"s:{sound}".encode())] = (weight * SOUND_SHARE, SOUNDS)
    return Anatomy(
        np.fromiter(found, dtype=np.uint32, count=len(found)),
        np.array([weight for weight, _ in found.values()], dtype=np.float32),
        np.array([block for _, block in found.values()], dtype=np.uint8),
    )


def sounds(text: str) -> dict[str, float]:
    """Return how a text sounds, without tones: what is typed by ear is often written with another character.

    Args:
        text: A text in normal form.

    Returns:
        Weights by syllable and by pair of syllables; Latin words and numbers sound as they are written.
    """
    found: dict[str, float] = {}
    for piece in PIECES.findall(text):
        if piece.isascii():
            found[piece] = 1.0
            continue
        syllables = [_syllable(char) for char in piece]
        found.update({f"{first} {second}": 1.0 for first, second in pairwise(syllables)})
        for syllable in syllables:
            found.setdefault(syllable, SOUND_ALONE)
    return found


@lru_cache(maxsize=8192)
def _syllable(char: str) -> str:
    spoken = str(lazy_pinyin(char)[0])
    for heard, meant in _CONFUSED:
        spoken = spoken.replace(heard, meant)
    return spoken
