"""How well turns are understood: right intents, confusions, and how often nothing would be turned into an action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xiaoer.evaluation.tables import InvalidTable, read_table

NONE = "none"
"""What a turn is labelled with that holds nothing to act on."""

FALLBACK = "nlu_fallback"
"""What the model says where it offers the likely intents instead of acting."""

TALK = frozenset(
    {
        "greet", "goodbye", "thank", "affirm", "deny", "stop", "inform", "out_of_scope", "praise",
        "ask_bot_identity", "ask_capabilities", FALLBACK,
    }
)  # fmt: skip
"""Intents that are answered with words alone; every other one looks something up, changes it, or calls a person."""

DEPTH = 3
"""How many intents are offered where the model is not sure."""


@dataclass(frozen=True)
class Turn:
    """A labelled turn.

    Attributes:
        text: What was typed.
        intent: The right intent, or ``none``.
        group: A part of the file whose figures are wanted apart, or empty.
    """

    text: str
    intent: str
    group: str = ""


@dataclass(frozen=True)
class Parsed:
    """What the model makes of a turn.

    Attributes:
        intent: The intent that is acted upon, or ``nlu_fallback``.
        ranking: The likeliest intents, the first first, with their confidence, 0 to 1.
    """

    intent: str
    ranking: tuple[tuple[str, float], ...]

    @property
    def likeliest(self) -> str:
        """The first intent of the ranking, whatever the thresholds say; empty where nothing is known of the text."""
        return self.ranking[0][0] if self.ranking else ""


@dataclass(frozen=True)
class IntentFigures:
    """The figures of one intent; ``None`` where there is nothing to divide by.

    Attributes:
        intent: The intent.
        n: Turns that have it.
        precision: Share of right ones among those that were taken for it.
        recall: Share of those that have it which were found.
        f1: Their harmonic mean.
    """

    intent: str
    n: int
    precision: float | None
    recall: float
    f1: float


@dataclass(frozen=True)
class Figures:
    """The figures of a file; shares are 0 to 1, and ``None`` where there is nothing to divide by.

    Attributes:
        n: Turns with an intent.
        accuracy: Share of them whose intent the model holds for the likeliest.
        top_3: Share of them whose intent is among the likeliest three.
        macro_f1: Mean F1 of the intents in the file.
        acted_right: Share of them on which the right thing is done: the likeliest intent is right and sure enough.
        acted_wrong: Share of them on which something else is done.
        asked_back: Share of them where the likely intents are offered instead.
        none_n: Turns with nothing to act on.
        none_triggering: Share of those on which something would be done.
    """

    n: int
    accuracy: float | None
    top_3: float | None
    macro_f1: float | None
    acted_right: float | None
    acted_wrong: float | None
    asked_back: float | None
    none_n: int
    none_triggering: float | None


def read_turns(path: Path, group: str = "") -> list[Turn]:
    """Read a tab-separated file with the columns ``text`` and ``intent``; others are ignored.

    Args:
        path: The file.
        group: A column whose values divide the turns into parts.

    Raises:
        InvalidTable: If the file is no such table.
    """
    rows = read_table(path, ["text", "intent", *([group] if group else [])])
    return [Turn(row["text"], row["intent"], row[group] if group else "") for row in rows]


def check_intents(turns: Sequence[Turn], known: Sequence[str], name: str) -> None:
    """Make sure that every label is an intent of the assistant, or ``none``.

    Args:
        turns: The turns of a file.
        known: The assistant's intents.
        name: The file's name, for the message.

    Raises:
        InvalidTable: If a label is neither.
    """
    unknown = sorted({turn.intent for turn in turns} - {*known, NONE})
    if unknown:
        raise InvalidTable(f"{name}: no such intent: {', '.join(unknown)}")


def part(turns: Sequence[Turn], parsed: Sequence[Parsed], group: str) -> tuple[list[Turn], list[Parsed]]:
    """Return the turns of a group, and what the model makes of them."""
    pairs = [(turn, each) for turn, each in zip(turns, parsed, strict=True) if turn.group == group]
    return [turn for turn, _ in pairs], [each for _, each in pairs]


def figures(turns: Sequence[Turn], parsed: Sequence[Parsed]) -> Figures:
    """Return the figures of what the model makes of the turns."""
    pairs = list(zip(turns, parsed, strict=True))
    wanted = [(turn.intent, each) for turn, each in pairs if turn.intent != NONE]
    idle = [each for turn, each in pairs if turn.intent == NONE]
    per_intent = by_intent(turns, parsed)
    return Figures(
        n=len(wanted),
        accuracy=_share([intent == each.likeliest for intent, each in wanted]),
        top_3=_share([intent in [name for name, _ in each.ranking[:DEPTH]] for intent, each in wanted]),
        macro_f1=_share([each.f1 for each in per_intent]),
        acted_right=_share([intent == each.intent for intent, each in wanted]),
        acted_wrong=_share([each.intent not in (intent, FALLBACK) for intent, each in wanted]),
        asked_back=_share([each.intent == FALLBACK for _, each in wanted]),
        none_n=len(idle),
        none_triggering=_share([each.intent not in TALK for each in idle]),
    )


def by_intent(turns: Sequence[Turn], parsed: Sequence[Parsed]) -> list[IntentFigures]:
    """Return the figures of each intent that turns have, by what the model holds for the likeliest."""
    pairs = [(turn.intent, each.likeliest) for turn, each in zip(turns, parsed, strict=True) if turn.intent != NONE]
    right = Counter(intent for intent, said in pairs if intent == said)
    has, said = Counter(intent for intent, _ in pairs), Counter(name for _, name in pairs)
    return [
        IntentFigures(
            intent=intent,
            n=has[intent],
            precision=round(right[intent] / said[intent], 4) if said[intent] else None,
            recall=round(right[intent] / has[intent], 4),
            f1=round(2 * right[intent] / (has[intent] + said[intent]), 4),
        )
        for intent in sorted(has)
    ]


def confusions(turns: Sequence[Turn], parsed: Sequence[Parsed]) -> Counter[tuple[str, str]]:
    """Return how often each pair of a right intent (or ``none``) and the likeliest one occurs, right ones included."""
    return Counter((turn.intent, each.likeliest) for turn, each in zip(turns, parsed, strict=True))


def _share(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
