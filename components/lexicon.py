"""Counts cues of feeling in a text, by the groups of ``sentiment.yml``."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import yaml
from rasa.shared.exceptions import InvalidConfigException

LEXICON = Path(__file__).with_name("sentiment.yml")
_HARMLESS = "harmless"
_STRONG = ("insult", "threat", "deceit")
_HEATED = (*_STRONG, "exasperation", "shirking", "shouting")
_MOST = 3
"""More cues of one kind than this make a text no angrier."""


class Lexicon:
    """Groups of cues, each a regular expression on text in normal form."""

    def __init__(self, path: Path = LEXICON) -> None:
        """Read the groups.

        Args:
            path: YAML, a mapping from each group to its expressions; those of ``harmless`` are blanked out first.

        Raises:
            InvalidConfigException: If the file is no such mapping or an expression does not compile.
        """
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            compiled = {group: re.compile("|".join(f"(?:{cue})" for cue in cues)) for group, cues in groups.items()}
        except (AttributeError, TypeError, re.error) as error:
            raise InvalidConfigException(f"{path}: {error}") from error
        missing = {_HARMLESS, *_HEATED} - set(compiled)
        if missing:
            raise InvalidConfigException(f"{path}: lacks {sorted(missing)}")
        self._harmless = compiled.pop(_HARMLESS)
        self._groups = compiled

    @property
    def width(self) -> int:
        """How many numbers ``features`` gives."""
        return 2 * len(self._groups)

    def count(self, text: str) -> dict[str, int]:
        """Return how many cues of each group are in ``text``, a text in normal form."""
        text = self._harmless.sub("口", text)
        return {group: len(pattern.findall(text)) for group, pattern in self._groups.items()}

    def judge(self, text: str) -> str:
        """Return a sentiment by cues alone: ``angry`` for one strong cue, ``dissatisfied`` for two kinds of others."""
        counts = self.count(text)
        if any(counts[group] for group in _STRONG):
            return "angry"
        return "dissatisfied" if sum(map(bool, counts.values())) >= 2 else "calm"

    def has_strong_cue(self, text: str) -> bool:
        """Tell whether ``text`` holds a cue of more than impatience or displeasure."""
        counts = self.count(text)
        return any(counts[group] for group in _HEATED)

    def features(self, text: str) -> np.ndarray:
        """Return for each group whether it is there and how much of it, both in 0–1, shape ``(width,)``."""
        counts = self.count(text).values()
        return np.array([number for n in counts for number in (min(n, 1), min(n, _MOST) / _MOST)], dtype=np.float32)
