"""Runs ``rasa train`` and takes its time, while whoever waits sees how far it is."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.report import say
from benchmarks.snapshot import environment
from xiaoer.cli.progress import Progress

EPOCH = re.compile(r"Epochs:.*?\| (?P<done>\d+)/(?P<all>\d+) \[")
SHOWN_EVERY = 10


def rasa_train(snapshot: Path, config: Path, data: list[Path], model: Path) -> float:
    """Train a whole model, and return the seconds of the command, Rasa's own start included.

    Args:
        snapshot: The folder to train in; its domain is used.
        config: The configuration.
        data: Files and folders of training data.
        model: The model file to write.

    Raises:
        click.ClickException: If the training fails.
    """
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--force", "--config", str(config)]
    command += ["--domain", str(snapshot / "domain.yml"), "--data", *map(str, data)]
    command += ["--out", str(model.parent), "--fixed-model-name", model.name]
    progress = Progress()
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
        command,
        cwd=snapshot,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as training:
        try:
            for line in training.stdout or ():
                for said in [*_steps(progress, line), *_epochs(line)]:
                    say(said)
        except BaseException:
            training.terminate()
            raise
    if training.returncode != 0 or not model.is_file():
        raise click.ClickException("rasa train failed; its last words are\n" + "\n".join(progress.latest))
    return time.perf_counter() - began


def _steps(progress: Progress, line: str) -> Iterator[str]:
    """Give the steps and errors of a line, without Rasa's warnings about borders that jieba cuts through."""
    return (said for said in progress.read(line) if not said.startswith(("  warning", "           ")))


def _epochs(line: str) -> Iterator[str]:
    """Give every tenth epoch of a neural network."""
    found = EPOCH.search(line)
    # Rasa prints an epoch twice: when it ends, and with its loss.
    if found and "loss" in line and int(found["done"]) % SHOWN_EVERY == 0:
        yield f"          epoch {found['done']} of {found['all']}"
