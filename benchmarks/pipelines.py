"""``python -m benchmarks.pipelines``: how set-ups of understanding compare, on the same examples and the same turns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.asked import WorkerError
from benchmarks.examples import Example, draw, fold, read_examples, write_examples
from benchmarks.report import conditions, markdown, say, share, write_json
from benchmarks.scores import Prediction, TurnScores, score_examples, score_turns
from benchmarks.setups import FOLDER, is_neural, read_setups, with_epochs, write_config
from benchmarks.snapshot import take_snapshot
from benchmarks.timing import median
from benchmarks.turns_file import read_turns
from benchmarks.workers import NluWorker
from xiaoer.evaluation.nlu import Turn


@dataclass(frozen=True)
class Row:
    """What was measured of one set-up on one amount of examples.

    Attributes:
        setup: Its name.
        examples: How many examples it was trained on.
        accuracy: On held-out parts of the examples.
        macro_f1: The same.
        turns: On labelled turns, trained on all the examples; ``None`` without such turns.
        ms: Median of one message.
        seconds: Of a training on all the examples.
        peak_mb: The most memory of the process that did all this.
    """

    setup: str
    examples: int
    accuracy: float
    macro_f1: float
    turns: TurnScores | None
    ms: float
    seconds: float
    peak_mb: float


@click.command()
@click.option("--dev", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Labelled turns (TSV).")
@click.option("--folds", type=click.IntRange(min=2), default=3, show_default=True, help="Parts of cross-validation.")
@click.option("--examples", type=int, default=2000, show_default=True, help="Examples that every set-up is trained on.")
@click.option("--epochs", type=int, default=60, show_default=True, help="Epochs of neural networks, at most.")
@click.option("--all/--no-all", "on_all", default=True, show_default=True, help="Linear ones on all examples as well.")
@click.option("--only", metavar="NAME", multiple=True, help="Only set-ups with this in their name.")
@click.option("--setups", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=FOLDER)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def pipelines(
    *,
    dev: Path | None,
    folds: int,
    examples: int,
    epochs: int,
    on_all: bool,
    only: tuple[str, ...],
    folder: Path,
    json_file: Path | None,
) -> None:
    """Compare the set-ups of benchmarks/setups and config.yml by cross-validation and on labelled turns."""
    turns = read_turns(dev) if dev else []
    with tempfile.TemporaryDirectory() as temporary:
        snapshot = take_snapshot(Path(temporary))
        everything = read_examples(snapshot / "data" / "nlu")
        setups = {
            name: with_epochs(setup, epochs)
            for name, setup in read_setups(snapshot / "config.yml", folder).items()
            if not only or any(part in name for part in only)
        }
        sample = draw(everything, examples)
        rows, failed = [], []
        for number, (name, data) in enumerate(work := list(_work(setups, sample, everything, on_all)), start=1):
            say(f"{number}/{len(work)}  {name} on {len(data)} examples")
            try:
                rows.append(row := compare(name, setups[name], data, turns, folds=folds, snapshot=snapshot))
                say(f"      {share(row.accuracy)} right, {row.ms:.1f} ms a message, {row.peak_mb:.0f} MB")
            except WorkerError as error:  # the others' hours are not to be lost with it
                failed.append(name)
                say(str(error))
    click.echo(markdown(*table(rows)))
    click.echo(f"\n{folds} folds; neural networks {epochs} epochs at most; {conditions()}.")
    write_json({"folds": folds, "epochs": epochs, "rows": rows}, json_file)
    if failed:
        raise click.ClickException(f"could not be measured; the reasons are above: {', '.join(failed)}")


def _work(
    setups: Mapping[str, Mapping[str, Any]], sample: list[Example], everything: list[Example], on_all: bool
) -> Iterator[tuple[str, list[Example]]]:
    """Give what is to be trained on what."""
    for name in setups:
        yield name, sample
    if on_all and len(everything) > len(sample):
        for name, setup in setups.items():
            if not is_neural(setup):
                yield name, everything


def compare(
    name: str,
    setup: Mapping[str, Any],
    data: Sequence[Example],
    turns: Sequence[Turn],
    *,
    folds: int,
    snapshot: Path,
) -> Row:
    """Return what one set-up achieves on some examples.

    Args:
        name: The set-up's name.
        setup: Its configuration.
        data: The examples.
        turns: Labelled turns.
        folds: Into how many parts the examples are divided.
        snapshot: Where the components and their files are.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config, nlu = write_config(setup, folder / "config.yml"), folder / "nlu.yml"
        truth: list[str] = []
        found: list[Prediction] = []
        with NluWorker(snapshot, folder / "log") as worker:
            for number, (seen, unseen) in enumerate(fold(data, folds), start=1):
                seconds = worker.train(config, write_examples(seen, nlu), folder)
                said = worker.parse([example.text for example in unseen])
                truth += [example.intent for example in unseen]
                found += said
                right = score_examples([example.intent for example in unseen], said).accuracy
                say(f"      fold {number}/{folds}  {share(right)} right, trained in {seconds:.0f} s")
            seconds = worker.train(config, write_examples(data, nlu), folder)
            on_turns = worker.parse([turn.text for turn in turns])
            on_examples = score_examples(truth, found)
            return Row(
                setup=name,
                examples=len(data),
                accuracy=on_examples.accuracy or 0.0,
                macro_f1=on_examples.macro_f1 or 0.0,
                turns=score_turns(turns, on_turns) if turns else None,
                ms=median([prediction.ms for prediction in found]),
                seconds=seconds,
                peak_mb=worker.peak_mb(),
            )


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the titles and cells of the comparison."""
    titles = ["set-up", "examples", "accuracy", "macro-F1", "turns, random", "turns, all", "none triggers"]
    titles += ["ms", "training s", "peak MB"]
    return titles, [_cells(row) for row in rows]


def _cells(row: Row) -> list[str]:
    turns = row.turns or TurnScores(None, None, None, None)
    shares = [row.accuracy, row.macro_f1, turns.random, turns.all, turns.none_triggering]
    measured = [f"{row.ms:.1f}", f"{row.seconds:.0f}", f"{row.peak_mb:.0f}"]
    return [row.setup, str(row.examples), *map(share, shares), *measured]


if __name__ == "__main__":
    pipelines()
