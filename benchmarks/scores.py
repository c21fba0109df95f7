"""How right predictions are: accuracy, macro-F1, and how often nothing would have been turned into something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from benchmarks.turns_file import NOTHING, LabelledTurn
from xiaoer.evaluation.nlu import TALK

IDLE = TALK | {NOTHING}
"""Intents on which nothing is done but to say something."""


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
    def triggers(self) -> bool:
        """Whether something would have been done."""
        return self.certain and self.best is not None and self.best not in IDLE


def best_of(parsed: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the likeliest intent of a message that Rasa has parsed, and whether the fallback let it through."""
    best = parsed["intent"]["name"]
    if best != DEFAULT_NLU_FALLBACK_INTENT_NAME:
        return best, True
    others = [each["name"] for each in parsed["intent_ranking"] if each["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME]
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


def accuracy(truth: Sequence[str], found: Sequence[str | None]) -> float | None:
    """Return the share of right ones, or ``None`` of nothing."""
    if not truth:
        return None
    return sum(right == said for right, said in zip(truth, found, strict=True)) / len(truth)


def macro_f1(truth: Sequence[str], found: Sequence[str | None]) -> float | None:
    """Return the mean F1 of the classes that occur in ``truth``, or ``None`` of nothing."""
    if not truth:
        return None
    right = Counter(wanted for wanted, said in zip(truth, found, strict=True) if wanted == said)
    wanted, said = Counter(truth), Counter(found)
    return sum(2 * right[each] / (wanted[each] + said[each]) for each in wanted) / len(wanted)


def score_turns(turns: Sequence[LabelledTurn], predictions: Sequence[Prediction]) -> TurnScores:
    """Return how right predictions on labelled turns are."""
    pairs = list(zip(turns, predictions, strict=True))
    wanting = [(turn, found.best) for turn, found in pairs if turn.intent != NOTHING]
    as_they_come = [(turn, best) for turn, best in wanting if turn.random]
    idle = [found for turn, found in pairs if turn.intent == NOTHING]
    truth, found = [turn.intent for turn, _ in wanting], [best for _, best in wanting]
    return TurnScores(
        random=accuracy([turn.intent for turn, _ in as_they_come], [best for _, best in as_they_come]),
        all=accuracy(truth, found),
        macro_f1=macro_f1(truth, found),
        none_triggering=sum(each.triggers for each in idle) / len(idle) if idle else None,
    )
