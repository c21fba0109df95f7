"""Has a trained model parse texts, in a process of its own that knows Rasa."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import click

from xiaoer.cli.project import quiet_environment

_LAST_WORDS = 15


def parse(
    root: Path, command: Sequence[str], inputs: Sequence[Any], what: str, *, one_each: bool = True
) -> list[dict[str, Any]]:
    """Run a program that answers with a JSON object a line, and show how far it is.

    Args:
        root: The project's folder.
        command: A module of the project and its arguments.
        inputs: What the program reads, each as JSON on a line.
        what: What is being done, for the progress bar.
        one_each: Whether there is one answer for each input.

    Raises:
        click.ClickException: If the program fails or gives another number of answers.
    """
    count = len(inputs) if one_each else None
    with subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
        [sys.executable, "-m", *command],
        cwd=root,
        env=quiet_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as program:
        last_words: list[str] = []
        pipes = program.stdin, program.stdout, program.stderr
        assert all(pipes)  # noqa: S101 - they were asked for
        threads = [
            threading.Thread(target=_write, args=(program.stdin, inputs), daemon=True),
            threading.Thread(target=lambda: last_words.extend(program.stderr or ()), daemon=True),
        ]
        for thread in threads:
            thread.start()
        with click.progressbar(program.stdout or (), length=count, label=what, show_pos=True, file=sys.stderr) as lines:
            found = [json.loads(line) for line in lines]
        for thread in threads:
            thread.join()
    if program.returncode != 0 or (one_each and len(found) != len(inputs)):
        for line in last_words[-_LAST_WORDS:]:
            click.echo(line.rstrip(), err=True)
        raise click.ClickException(f"{command[0]} failed (exit status {program.returncode})")
    return found


def _write(pipe: IO[str], inputs: Sequence[Any]) -> None:
    try:
        with pipe:
            pipe.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in inputs)
    except BrokenPipeError:
        return  # the program has failed; what it said on the way is told by its exit status
