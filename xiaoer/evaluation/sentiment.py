"""How well moods are told apart: anger found, and calm turns left in peace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xiaoer.evaluation.tables import InvalidTable, read_table

LABELS = ("calm", "dissatisfied", "angry")
"""The moods, in the order of the column ``anger``: 0, 1, 2."""


@dataclass(frozen=True)
class Mood:
    """A turn with its mood.

    Attributes:
        text: What was typed.
        label: ``calm``, ``dissatisfied`` or ``angry``.
    """

    text: str
    label: str


@dataclass(frozen=True)
class Figures:
    """The figures of a file; shares are 0 to 1, and ``None`` where there is nothing to divide by.

    Attributes:
        n: Turns.
        accuracy: Share of them whose mood is told right.
        macro_f1: Mean F1 of the moods in the file.
        angry_precision: Share of angry ones among those that were taken for angry.
        angry_recall: Share of the angry ones that were found.
        calm_taken_for_angry: Share of the calm ones that were taken for angry.
    """

    n: int
    accuracy: float
    macro_f1: float
    angry_precision: float | None
    angry_recall: float | None
    calm_taken_for_angry: float | None


def read_moods(path: Path) -> list[Mood]:
    """Read a tab-separated file with the columns ``text`` and ``anger`` (0 calm, 1 dissatisfied or impatient, 2 angry).

    Raises:
        InvalidTable: If the file is no such table.
    """
    moods = []
    for line, row in enumerate(read_table(path, ["text", "anger"]), start=2):
        if row["anger"] not in ("0", "1", "2"):
            raise InvalidTable(f"{path.name}, line {line}: anger is 0, 1 or 2, not {row['anger']}")
        moods.append(Mood(row["text"], LABELS[int(row["anger"])]))
    return moods


def figures(moods: Sequence[Mood], said: Sequence[str]) -> Figures:
    """Return the figures of what the model says of each turn."""
    pairs = confusions(moods, said)
    has, found = Counter(mood.label for mood in moods), Counter(said)
    f1 = [2 * pairs[label, label] / (has[label] + found[label]) for label in LABELS if has[label]]
    return Figures(
        n=len(moods),
        accuracy=round(sum(pairs[label, label] for label in LABELS) / len(moods), 4),
        macro_f1=round(sum(f1) / len(f1), 4),
        angry_precision=_share(pairs["angry", "angry"], found["angry"]),
        angry_recall=_share(pairs["angry", "angry"], has["angry"]),
        calm_taken_for_angry=_share(pairs["calm", "angry"], has["calm"]),
    )


def confusions(moods: Sequence[Mood], said: Sequence[str]) -> Counter[tuple[str, str]]:
    """Return how often each pair of a right mood and the one that was said occurs."""
    return Counter(zip((mood.label for mood in moods), said, strict=True))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
