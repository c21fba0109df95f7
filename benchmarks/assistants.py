"""Trains, starts and questions whole assistants in turns, so that whatever else the machine does falls on all alike."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.conversations import Turn, hold, read_conversations
from benchmarks.examples import Example
from benchmarks.figures import Figures
from benchmarks.report import say, share
from benchmarks.scores import Prediction, score_examples, score_turns
from benchmarks.servers import Actions, Rasa, SilentActions
from benchmarks.snapshot import ROOT
from benchmarks.timing import median
from benchmarks.training import train_in
from benchmarks.workers import NluWorker
from xiaoer import migrations
from xiaoer.cli.shell import pick_identity
from xiaoer.clock import system_clock
from xiaoer.database import open_engine
from xiaoer.evaluation import nlu
from xiaoer.seeding import seed

CHUNK = 25
"""Messages that one parses before it is the other's turn."""


@dataclass(frozen=True)
class Assistant:
    """What an assistant is made of.

    Attributes:
        config: Rasa's configuration.
        nlu: Its examples; rules and stories are the project's.
        model: Where its model is written.
    """

    config: Path
    nlu: Path
    model: Path


def train(assistants: Mapping[str, Assistant], measured: Mapping[str, Figures], snapshot: Path, trainings: int) -> None:
    """Train each assistant, one after the other, as often as is asked for."""
    for number in range(trainings):
        for name, assistant in assistants.items():
            say(f"training {name} ({number + 1}/{trainings})")
            data = [assistant.nlu, snapshot / "data" / "rules", snapshot / "data" / "stories"]
            measured[name].training_s.append(train_in(snapshot, assistant.config, data, assistant.model))
            say(f"  {measured[name].training_s[-1]:4.0f} s")


def measure_service(
    assistants: Mapping[str, Assistant], measured: Mapping[str, Figures], snapshot: Path, starts: int, rounds: int
) -> None:
    """Start the assistants, talk to all of them at once, and look at their memory.

    Args:
        assistants: Trained ones, by name.
        measured: Where the figures go.
        snapshot: Where they run.
        starts: How often each is started; alone, but for the last time, when they stay for the talk.
        rounds: How often each conversation is held.
    """
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        database = f"sqlite:///{folder / 'mall.db'}"
        engine = open_engine(database)
        running.callback(engine.dispose)
        migrations.upgrade(engine)
        seed(engine, ROOT / "demo", now=system_clock())
        identity = {**pick_identity(engine, None), "channel": "web"}
        actions = running.enter_context(Actions(folder, database))
        for number in range(starts - 1):
            for name, assistant in assistants.items():
                with Rasa(snapshot, assistant.model, actions.settings) as server:
                    measured[name].start_s.append(server.seconds)
                    say(f"{name} started in {server.seconds:.0f} s ({number + 1}/{starts})")
        servers = {}
        for name, assistant in assistants.items():
            servers[name] = running.enter_context(Rasa(snapshot, assistant.model, actions.settings))
            measured[name].start_s.append(servers[name].seconds)
            say(f"{name} started in {servers[name].seconds:.0f} s ({starts}/{starts})")
        urls = {name: server.url for name, server in servers.items()}
        say("holding conversations")
        for turn in _talk(urls, identity, rounds):
            for name, ms in turn.ms.items():
                measured[name].turn_ms.append(ms)
                if turn.alike:
                    measured[name].alike_ms.append(ms)
        for name, server in servers.items():
            measured[name].resident_mb = server.resident_mb()
            say(f"  {name}: {median(measured[name].turn_ms):.1f} ms a turn, {measured[name].resident_mb:.0f} MB")


def measure_alone(
    assistants: Mapping[str, Assistant], measured: Mapping[str, Figures], snapshot: Path, rounds: int
) -> None:
    """Talk to all assistants at once while their actions do nothing.

    Args:
        assistants: Trained ones, by name.
        measured: Where the figures go.
        snapshot: Where they run.
        rounds: How often each conversation is held.
    """
    with ExitStack() as running:
        actions = running.enter_context(SilentActions({}))
        say("starting all with silent actions")
        urls = {
            name: running.enter_context(Rasa(snapshot, assistant.model, actions.settings)).url
            for name, assistant in assistants.items()
        }
        for turn in _talk(urls, {}, rounds):
            for name, ms in turn.ms.items():
                measured[name].alone_ms.append(ms)
    for name in assistants:
        say(f"  {name}: {median(measured[name].alone_ms):.1f} ms a turn without actions")


def _talk(urls: Mapping[str, str], identity: Mapping[str, Any], rounds: int) -> Iterator[Turn]:
    """Hold the conversations with running assistants, after two that do not count.

    Args:
        urls: Their REST channels, by name.
        identity: Who talks.
        rounds: How often each conversation is held.
    """
    conversations = read_conversations()
    for _ in hold(urls, conversations[:2], identity, 1):
        pass  # what is loaded at the first message belongs to no turn
    yield from hold(urls, conversations, identity, rounds)


def measure_understanding(
    assistants: Mapping[str, Assistant],
    measured: Mapping[str, Figures],
    snapshot: Path,
    held_out: Sequence[Example],
    turns: Sequence[nlu.Turn],
) -> None:
    """Let the assistants parse the same texts in process, some at a time in turns.

    Args:
        assistants: Trained ones, by name.
        measured: Where the figures go.
        snapshot: Where they run.
        held_out: Examples that none was trained on.
        turns: Labelled turns.
    """
    texts = [example.text for example in held_out] + [turn.text for turn in turns]
    found: dict[str, list[Prediction]] = {name: [] for name in assistants}
    with ExitStack() as running:
        workers = {}
        for name, assistant in assistants.items():
            workers[name] = running.enter_context(NluWorker(snapshot, assistant.model.with_suffix(".parsing.log")))
            say(f"loading {name}")
            workers[name].load(assistant.model)
            workers[name].parse(texts[:CHUNK])
        say(f"parsing {len(texts)} messages")
        for start in range(0, len(texts), CHUNK):
            for name, worker in workers.items():
                found[name] += worker.parse(texts[start : start + CHUNK])
    truth = [example.intent for example in held_out]
    for name, predictions in found.items():
        figures = measured[name]
        on_examples = score_examples(truth, predictions[: len(held_out)])
        figures.parse_ms = [prediction.ms for prediction in predictions]
        figures.accuracy, figures.macro_f1 = on_examples.accuracy, on_examples.macro_f1
        figures.turns = score_turns(turns, predictions[len(held_out) :]) if turns else None
        say(f"  {name}: {share(figures.accuracy)} right, {median(figures.parse_ms):.1f} ms a message")
