"""``python -m benchmarks.usual``: the project's set-up beside the usual Chinese one of Rasa, measured in one run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks.assistants import Assistant, measure_alone, measure_service, measure_understanding, train
from benchmarks.examples import draw, read_examples, split, write_examples
from benchmarks.figures import Figures, table
from benchmarks.report import conditions, markdown, say, write_json
from benchmarks.setups import FOLDER, read_config, with_epochs, write_config
from benchmarks.snapshot import take_snapshot
from benchmarks.turns_file import read_turns

USUAL = "usual"
OURS = "ours"
OURS_ON_ALL = "ours on all"
HELD_OUT = 0.1
MOST_HELD_OUT = 2000
"""Parsing more of them takes minutes and says no more."""


@click.command()
@click.option("--dev", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Labelled turns (TSV).")
@click.option("--examples", type=int, default=1500, show_default=True, help="Examples that both are trained on.")
@click.option("--epochs", type=int, default=60, show_default=True, help="Epochs of DIET and TED.")
@click.option("--trainings", type=click.IntRange(min=1), default=1, show_default=True, help="How often both train.")
@click.option("--starts", type=click.IntRange(min=1), default=3, show_default=True, help="How often each starts.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Rounds of conversations.")
@click.option("--all/--no-all", "on_all", default=True, show_default=True, help="Ours on all examples as well.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def usual(
    *,
    dev: Path | None,
    examples: int,
    epochs: int,
    trainings: int,
    starts: int,
    rounds: int,
    on_all: bool,
    json_file: Path | None,
) -> None:
    """Train, start and talk to both set-ups in turns, and print their figures side by side.

    DIET on all examples would take hours: both are trained on the same sample, and ours on all of them besides.
    """
    turns = read_turns(dev) if dev else []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        snapshot = take_snapshot(folder / "project")
        kept, held_out = split(read_examples(snapshot / "data" / "nlu"), HELD_OUT)
        held_out = draw(held_out, MOST_HELD_OUT)
        sample = draw(kept, examples)
        theirs = with_epochs(read_config(FOLDER / "jieba-diet.yml"), epochs)
        nlu = write_examples(sample, folder / "sample.yml")
        assistants = {
            USUAL: Assistant(write_config(theirs, folder / "usual.yml"), nlu, folder / "usual.tar.gz"),
            OURS: Assistant(snapshot / "config.yml", nlu, folder / "ours.tar.gz"),
        }
        measured = {name: Figures(len(sample)) for name in assistants}
        if on_all:
            all_nlu = write_examples(kept, folder / "all.yml")
            assistants[OURS_ON_ALL] = Assistant(snapshot / "config.yml", all_nlu, folder / "ours-on-all.tar.gz")
            measured[OURS_ON_ALL] = Figures(len(kept))
        say(f"{len(sample)} examples for both, {len(kept)} are all; {len(held_out)} held out; {epochs} epochs")
        train(assistants, measured, snapshot, trainings)
        measure_service(assistants, measured, snapshot, starts, rounds)
        measure_alone(assistants, measured, snapshot, rounds)
        measure_understanding(assistants, measured, snapshot, held_out, turns)
    click.echo(markdown(*table(measured, USUAL, OURS)))
    click.echo(
        f"\nThe same {len(sample)} examples for the first two; DIET and TED {epochs} epochs at most; {len(held_out)} "
        f"examples held out.\nTurns with the same action server and, each, an SQL tracker store; "
        f"{len(measured[OURS].alike_ms)} of {len(measured[OURS].turn_ms)} were answered alike.\n"
        f"In brackets: lowest and highest; of ratios, what the middle halves of both allow. {conditions()}."
    )
    write_json({"baseline": USUAL, "epochs": epochs, "held_out": len(held_out), "figures": measured}, json_file)


if __name__ == "__main__":
    usual()
