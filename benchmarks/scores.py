"""How right predictions are: accuracy, macro-F1, and how often nothing would have been turned into something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.turns_file import RANDOM
from xiaoer.evaluation import nlu
from xiaoer.evaluation.nlu import FALLBACK, Parsed, Turn


@dataclass(frozen=True)
class Prediction:
    """What a pipeline says about a text.

    Attributes:
        best: The likeliest intent, whatever the threshold; ``None`` where nothing is known of the text.
        certain: Whether the pipeline's own fallback lets it through.
        ms: How long it took.
    """

    best: str | None
    certain: bool
    ms: float

    @property
    def parsed(self) -> Parsed:
        """What the model makes of the text, as evaluations take it."""
        if self.best is None:
            return Parsed(FALLBACK, ())
        return Parsed(self.best if self.certain else FALLBACK, ((self.best, 1.0),))


def best_of(parsed: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the likeliest intent of a message that Rasa has parsed, and whether the fallback let it through."""
    best = parsed["intent"]["name"]
    if best != FALLBACK:
        return best, True
    others = [each["name"] for each in parsed["intent_ranking"] if each["name"] != FALLBACK]
    return (others[0] if others else None), False


@dataclass(frozen=True)
class TurnScores:
    """How right predictions on labelled turns are; ``None`` where there are no such turns.

    Attributes:
        random: Accuracy on turns as they come that want something.
        all: Accuracy on all turns that want something.
        macro_f1: Mean F1 of the intents among them.
        none_triggering: The share of turns that want nothing on which something would have been done.
    """

    random: float | None
    all: float | None
    macro_f1: float | None
    none_triggering: float | None


def score_examples(intents: Sequence[str], predictions: Sequence[Prediction]) -> nlu.Figures:
    """Return the figures of predictions on examples of these intents."""
    return nlu.figures([Turn("", intent) for intent in intents], [each.parsed for each in predictions])


def score_turns(turns: Sequence[Turn], predictions: Sequence[Prediction]) -> TurnScores:
    """Return how right predictions on labelled turns are."""
    parsed = [each.parsed for each in predictions]
    every = nlu.figures(turns, parsed)
    return TurnScores(
        random=nlu.figures(*nlu.part(turns, parsed, RANDOM)).accuracy,
        all=every.accuracy,
        macro_f1=every.macro_f1,
        none_triggering=every.none_triggering,
    )
