"""What is measured of a whole assistant, and the table that sets the measured ones side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.report import share
from benchmarks.scores import TurnScores
from benchmarks.timing import median, percentile, ratio


@dataclass
class Figures:
    """One assistant's figures; times as they were measured, one by one.

    Attributes:
        examples: How many examples it was trained on.
        training_s: Seconds of ``rasa train``.
        start_s: Seconds of ``rasa run`` until it answers.
        parse_ms: Of each message, in process.
        turn_ms: Of each turn over REST, actions included.
        alike_ms: Of the turns in which all assistants said the same.
        alone_ms: Of each turn over REST with actions that do nothing, which is what Rasa itself takes.
        resident_mb: Memory of the Rasa process after these turns.
        accuracy: On held-out examples.
        macro_f1: The same.
        turns: On labelled turns, where there are some.
    """

    examples: int
    training_s: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    parse_ms: list[float] = field(default_factory=list)
    turn_ms: list[float] = field(default_factory=list)
    alike_ms: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)
    resident_mb: float = 0.0
    accuracy: float | None = None
    macro_f1: float | None = None
    turns: TurnScores | None = None


def table(measured: dict[str, Figures], baseline: str, compared: str) -> tuple[list[str], list[list[str]]]:
    """Return titles and cells: a row for each figure, a column for each assistant, and a ratio.

    Args:
        measured: The assistants' figures by name.
        baseline: The name of the one that is compared with.
        compared: The name of the one whose ratio is given.
    """
    names = list(measured)
    titles = ["figure", *(f"{name}, {measured[name].examples} examples" for name in names), f"{compared} ÷ {baseline}"]
    rows = [
        _times_row(title, measured, part=part, show=show, baseline=baseline, compared=compared)
        for title, part, show in _TIMES
    ]
    rows.append(
        [
            "resident memory, MB",
            *(f"{measured[name].resident_mb:.0f}" for name in names),
            f"{measured[compared].resident_mb / measured[baseline].resident_mb:.2f}",
        ]
    )
    for title, get in _SHARES:
        cells = [get(measured[name]) for name in names]
        if any(cell is not None for cell in cells):
            rows.append([title, *map(share, cells), ""])
    return titles, rows


def _times_row(
    title: str,
    measured: dict[str, Figures],
    *,
    part: Callable[[Figures], list[float]],
    show: Callable[[Sequence[float]], str],
    baseline: str,
    compared: str,
) -> list[str]:
    cells = [show(part(figures)) if part(figures) else "–" for figures in measured.values()]
    ours, theirs = part(measured[compared]), part(measured[baseline])
    if not ours or not theirs:
        return [title, *cells, "–"]
    middle, low, high = ratio(ours, theirs)
    return [title, *cells, f"{middle:.2f} ({low:.2f}–{high:.2f})" if len(ours) > 1 else f"{middle:.2f}"]


def _seconds(times: Sequence[float]) -> str:
    spread = f" ({min(times):.0f}–{max(times):.0f})" if len(times) > 1 else ""
    return f"{median(times):.0f}{spread}"


def _milliseconds(times: Sequence[float]) -> str:
    return f"{median(times):.1f}, {percentile(times, 0.95):.1f}"


_TIMES: tuple[tuple[str, Callable[[Figures], list[float]], Callable[[Sequence[float]], str]], ...] = (
    ("training, s", lambda figures: figures.training_s, _seconds),
    ("start, s", lambda figures: figures.start_s, _seconds),
    ("parsing, ms: median, p95", lambda figures: figures.parse_ms, _milliseconds),
    ("turn, ms: median, p95", lambda figures: figures.turn_ms, _milliseconds),
    ("turn answered alike, ms", lambda figures: figures.alike_ms, _milliseconds),
    ("turn without the actions' time, ms", lambda figures: figures.alone_ms, _milliseconds),
)
_SHARES: tuple[tuple[str, Callable[[Figures], float | None]], ...] = (
    ("accuracy, held-out examples", lambda figures: figures.accuracy),
    ("macro-F1, held-out examples", lambda figures: figures.macro_f1),
    ("accuracy, turns as they come", lambda figures: figures.turns.random if figures.turns else None),
    ("accuracy, all turns", lambda figures: figures.turns.all if figures.turns else None),
    ("macro-F1, all turns", lambda figures: figures.turns.macro_f1 if figures.turns else None),
    ("`none` turns that trigger", lambda figures: figures.turns.none_triggering if figures.turns else None),
)
