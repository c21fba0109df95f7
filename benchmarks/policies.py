"""``python -m benchmarks.policies``: what TED adds to rules and remembered stories, and what it costs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from benchmarks.report import conditions, markdown, say, write_json
from benchmarks.setups import read_config, write_config
from benchmarks.snapshot import ROOT, take_snapshot
from benchmarks.stories import lay_out, read_stories, write_stories
from benchmarks.timing import median, percentile
from benchmarks.workers import PolicyWorker, StoryScore

TED = {"name": "TEDPolicy", "max_history": 6, "random_seed": 1, "constrain_similarities": True}
CACHED = {**TED, "name": "benchmarks.cached_ted.CachedTEDPolicy"}
WITHOUT, WITH, WITH_CACHE = "without TED", "with TED", "with TED that remembers"
CONVERSATION_TESTS = ROOT / "tests" / "stories"


@dataclass
class PolicyFigures:
    """What was measured of one set of policies.

    Attributes:
        training_s: Seconds of a training on all stories.
        tested: On the project's conversation tests.
        held_out: On stories of the training data, each predicted by policies that had not seen it.
        first_ms: Milliseconds of the turns of the conversation tests, when they are held for the first time.
        turn_ms: The same when they are held again.
        prediction_ms: Of every prediction in these.
        memory_mb: The most memory of a process that has only loaded the model and predicted.
    """

    training_s: float = 0.0
    tested: StoryScore = field(default_factory=StoryScore)
    held_out: StoryScore = field(default_factory=StoryScore)
    first_ms: list[float] = field(default_factory=list)
    turn_ms: list[float] = field(default_factory=list)
    prediction_ms: list[float] = field(default_factory=list)
    memory_mb: float = 0.0


@click.command()
@click.option("--epochs", type=int, default=60, show_default=True, help="Epochs of TED.")
@click.option("--stories", "most", type=int, help="Hold out only so many stories; each of them when left out.")
@click.option("--augmentation", type=int, default=0, show_default=True, help="Rasa's augmentation factor.")
@click.option("--rounds", type=click.IntRange(min=2), default=5, show_default=True, help="Rounds that are timed.")
@click.option("--only", metavar="NAME", help="Only policies with this in their name.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there.")
def policies(
    *, epochs: int, most: int | None, augmentation: int, rounds: int, only: str | None, json_file: Path | None
) -> None:
    """Compare the policies of config.yml with and without TED: on known and unseen stories, in time, in memory."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        snapshot = take_snapshot(folder / "project")
        configs = {
            name: write_config(setup, folder / f"{number}.yml")
            for number, (name, setup) in enumerate(variants(read_config(snapshot / "config.yml"), epochs).items())
            if not only or only in name
        }
        stories = read_stories(snapshot / "data" / "stories")
        unseen = stories[:most]
        measured = {name: PolicyFigures() for name in configs}
        models: dict[str, Path] = {}
        for name, config in configs.items():
            say(f"{name}: training on {len(stories)} stories and the rules")
            with PolicyWorker(snapshot, folder / "log") as worker:
                seen = lay_out(snapshot / "data" / "rules", stories, folder / "seen")
                out = folder / name.replace(" ", "-")
                arguments = (config, snapshot / "domain.yml")
                measured[name].training_s, models[name] = worker.train(*arguments, seen, out, augmentation)
                measured[name].tested = worker.test(CONVERSATION_TESTS)
                if name != WITH_CACHE:  # it predicts what TED predicts
                    measured[name].held_out = _leave_one_out(
                        worker, arguments, snapshot=snapshot, stories=stories, unseen=unseen, augmentation=augmentation
                    )
        _take_times(measured, models, snapshot, rounds)
    click.echo(markdown(*table(measured)))
    for name, figures in measured.items():
        for wrong in figures.held_out.wrong:
            click.echo(f"{name}, held out: {wrong}")
    click.echo(f"\nTED {epochs} epochs, augmentation factor {augmentation}; {conditions()}.")
    write_json({"epochs": epochs, "augmentation": augmentation, "policies": measured}, json_file)


def variants(configuration: Mapping[str, Any], epochs: int) -> dict[str, dict[str, Any]]:
    """Return the configurations that are compared, by name."""
    own = [policy for policy in configuration["policies"] if not policy["name"].endswith("TEDPolicy")]
    added: dict[str, list[dict[str, Any]]] = {WITHOUT: [], WITH: [TED], WITH_CACHE: [CACHED]}
    return {
        name: {**configuration, "policies": [*own, *({**policy, "epochs": epochs} for policy in policies)]}
        for name, policies in added.items()
    }


def _leave_one_out(
    worker: PolicyWorker,
    arguments: tuple[Path, Path],
    *,
    snapshot: Path,
    stories: Sequence[dict[str, Any]],
    unseen: Sequence[dict[str, Any]],
    augmentation: int,
) -> StoryScore:
    """Train without each story in turn, and return how well it is predicted.

    Args:
        worker: Who trains.
        arguments: Configuration and domain.
        snapshot: Where the rules are.
        stories: All stories.
        unseen: Those that are left out in turn.
        augmentation: Rasa's augmentation factor.
    """
    total = StoryScore()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number, story in enumerate(unseen, start=1):
            others = [other for other in stories if other is not story]
            seen = lay_out(snapshot / "data" / "rules", others, folder / "seen")
            seconds, _ = worker.train(*arguments, seen, folder, augmentation)
            score = worker.test(write_stories([story], folder / "unseen.yml"))
            total += score
            right = f"{score.actions_right} of {score.actions} actions right"
            say(f"  {number}/{len(unseen)}  {right}, trained in {seconds:.0f} s: {story['story']}")
    return total


def _take_times(measured: Mapping[str, PolicyFigures], models: Mapping[str, Path], snapshot: Path, rounds: int) -> None:
    """Let all policies predict the conversation tests in turns, in processes that have only loaded them."""
    with ExitStack() as running:
        workers = {}
        for name, model in models.items():
            workers[name] = running.enter_context(PolicyWorker(snapshot, model.with_suffix(".log")))
            workers[name].load(model)
        for number in range(rounds):
            say(f"timing, round {number + 1}/{rounds}")
            for name, worker in workers.items():
                turns = worker.time(CONVERSATION_TESTS)
                if number == 0:
                    measured[name].first_ms = [sum(turn) for turn in turns]
                else:
                    measured[name].turn_ms += [sum(turn) for turn in turns]
                    measured[name].prediction_ms += [ms for turn in turns for ms in turn]
        for name, worker in workers.items():
            measured[name].memory_mb = worker.peak_mb()


def table(measured: Mapping[str, PolicyFigures]) -> tuple[list[str], list[list[str]]]:
    """Return the titles and cells of the comparison."""
    titles = ["policies", "conversation tests", "their actions", "unseen stories", "their actions"]
    titles += ["ms a prediction: median, p95", "ms a turn", "first time", "training s", "MB"]
    return titles, [_cells(name, figures) for name, figures in measured.items()]


def _cells(name: str, figures: PolicyFigures) -> list[str]:
    predictions = figures.prediction_ms
    return [
        name,
        *_score_cells(figures.tested),
        *_score_cells(figures.held_out),
        f"{median(predictions):.1f}, {percentile(predictions, 0.95):.1f}",
        f"{median(figures.turn_ms):.1f}",
        f"{median(figures.first_ms):.1f}",
        f"{figures.training_s:.0f}",
        f"{figures.memory_mb:.0f}",
    ]


def _score_cells(score: StoryScore) -> tuple[str, str]:
    if not score.stories:
        return "–", "–"
    return f"{score.stories_right}/{score.stories}", f"{score.actions_right}/{score.actions}"


if __name__ == "__main__":
    policies()
