"""Runs ``rasa train``, while whoever waits sees how far it is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from xiaoer.cli.progress import Progress
from xiaoer.cli.project import quiet_environment


def rasa_train(
    root: Path,
    model: Path,
    options: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> float:
    """Train a whole model, and return the seconds of the command, Rasa's own start included.

    Args:
        root: The folder to train in.
        model: The model file to write.
        options: Further ones of the command; without them a project's own configuration and data are used.
        environment: The command's; the present one, with Rasa kept quiet, when left out.
        progress: Picks what is shown of the command's lines.

    Raises:
        click.ClickException: If the training fails; its last words have been shown.
    """
    # The validation takes as long as half a training; the tests run it (`rasa data validate`).
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", *options]
    command += ["--fixed-model-name", model.name, "--out", str(model.parent)]
    progress = progress or Progress()
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
        command,
        cwd=root,
        env=quiet_environment() if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as training:
        try:
            for line in training.stdout or ():
                for said in progress.read(line):
                    click.echo(said, err=True)
        except BaseException:
            training.terminate()
            raise
    if training.returncode != 0 or not model.is_file():
        for line in progress.latest:
            click.echo(line, err=True)
        raise click.ClickException(f"rasa train failed (exit status {training.returncode}); its last words are above")
    return time.perf_counter() - began
