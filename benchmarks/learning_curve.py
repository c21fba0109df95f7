"""``python -m benchmarks.learning_curve``: how much more examples help the project's classifier."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.examples import draw, read_examples, split, write_examples
from benchmarks.report import conditions, markdown, say, share, write_json
from benchmarks.scores import score_examples, score_turns
from benchmarks.setups import intents_alone, read_config, write_config
from benchmarks.snapshot import take_snapshot
from benchmarks.turns_file import read_turns
from benchmarks.workers import NluWorker
from xiaoer.evaluation.nlu import Turn

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
HELD_OUT = 0.1
MOST_HELD_OUT = 2000
PICTURE = Path("benchmarks/results/learning_curve.png")


@dataclass(frozen=True)
class Point:
    """What the classifier achieves after one training.

    Attributes:
        examples: How many it was trained on.
        seed: Which ones.
        held_out: Accuracy on held-out examples.
        random: Accuracy on labelled turns as they come.
        all: Accuracy on all labelled turns.
    """

    examples: int
    seed: int
    held_out: float | None
    random: float | None
    all: float | None


@click.command()
@click.option("--dev", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Labelled turns (TSV).")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Trainings for each size.")
@click.option("--examples", type=int, help="The most examples; all of them when left out.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), default=PICTURE, show_default=True)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def learning_curve(dev: Path | None, seeds: int, examples: int | None, picture: Path, json_file: Path | None) -> None:
    """Train on a sixteenth, an eighth, a quarter, half and all of the examples, and see what each achieves."""
    turns = read_turns(dev) if dev else []
    with tempfile.TemporaryDirectory() as temporary:
        snapshot = take_snapshot(Path(temporary) / "project")
        points = measure(snapshot, turns, seeds, examples)
    rows = table(points)
    click.echo(markdown(["examples", "held-out examples", "turns, random", "turns, all"], rows))
    click.echo(f"\nMean of {seeds} trainings and how far they are apart; {conditions()}.")
    draw_curve(points, picture)
    say(f"drawn in {picture}")
    write_json(points, json_file)


def measure(snapshot: Path, turns: Sequence[Turn], seeds: int, most: int | None) -> list[Point]:
    """Return what the classifier achieves, size by size and seed by seed.

    Args:
        snapshot: Where data and configuration are.
        turns: Labelled turns.
        seeds: How many trainings there are for each size.
        most: How many examples are used at most; all when ``None``.
    """
    everything = draw(read_examples(snapshot / "data" / "nlu"), most)
    points = []
    with tempfile.TemporaryDirectory() as temporary, NluWorker(snapshot, snapshot / "log") as worker:
        folder = Path(temporary)
        config = write_config(intents_alone(read_config(snapshot / "config.yml")), folder / "config.yml")
        for part in SHARES:
            for seed in range(seeds):
                kept, held_out = split(everything, HELD_OUT, seed)
                held_out = draw(held_out, MOST_HELD_OUT, seed)
                seen = draw(kept, round(part * len(kept)), seed)
                seconds = worker.train(config, write_examples(seen, folder / "nlu.yml"), folder)
                said = worker.parse([example.text for example in held_out])
                scores = score_turns(turns, worker.parse([turn.text for turn in turns]))
                right = score_examples([example.intent for example in held_out], said).accuracy
                points.append(Point(len(seen), seed, right, scores.random, scores.all))
                say(f"{len(seen):6} examples, seed {seed}: {share(right)} right, trained in {seconds:.0f} s")
    return points


def table(points: Sequence[Point]) -> list[list[str]]:
    """Return the cells: a row for each size, with means and how far the trainings are apart."""
    rows = []
    for group in _by_size(points):
        columns = ([point.held_out for point in group], [point.random for point in group], [p.all for p in group])
        rows.append([str(group[0].examples), *map(_mean_and_spread, columns)])
    return rows


def _by_size(points: Sequence[Point]) -> list[list[Point]]:
    sizes = sorted({point.examples for point in points})
    return [[point for point in points if point.examples == size] for size in sizes]


def _mean_and_spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    return f"{statistics.mean(known):.3f} ({min(known):.3f}–{max(known):.3f})"


def draw_curve(points: Sequence[Point], file: Path) -> None:
    """Draw accuracy over the number of examples."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, and the table does without

    figure = Figure(figsize=(7, 4.5))
    axes = figure.add_subplot()
    groups = _by_size(points)
    for label, part in (("held-out examples", "held_out"), ("turns, all", "all"), ("turns, random", "random")):
        values = [[getattr(point, part) for point in group if getattr(point, part) is not None] for group in groups]
        if all(values):
            axes.plot([group[0].examples for group in groups], [statistics.mean(v) for v in values], "o-", label=label)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("examples")
    axes.set_ylabel("accuracy")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150, bbox_inches="tight")


if __name__ == "__main__":
    learning_curve()
