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

_STEP = 500
_LAST_WORDS = 15


def parse(root: Path, command: Sequence[str], texts: Sequence[str], what: str) -> list[dict[str, Any]]:
    """Run a program that answers every line with a JSON object, and show how far it is.

    Args:
        root: The project's folder.
        command: A module of the project and its arguments.
        texts: What the program reads, each as a JSON string on a line.
        what: What is being done, for the progress bar.

    Raises:
        click.ClickException: If the program fails or gives another number of answers.
    """
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
            threading.Thread(target=_write, args=(program.stdin, texts), daemon=True),
            threading.Thread(target=lambda: last_words.extend(program.stderr or ()), daemon=True),
        ]
        for thread in threads:
            thread.start()
        found = []
        with click.progressbar(length=len(texts), label=what, file=sys.stderr) as bar:
            for line in program.stdout or ():
                found.append(json.loads(line))
                bar.update(1)
        for thread in threads:
            thread.join()
    if program.returncode != 0 or len(found) != len(texts):
        for line in last_words[-_LAST_WORDS:]:
            click.echo(line.rstrip(), err=True)
        raise click.ClickException(f"{command[0]} failed (exit status {program.returncode})")
    return found


def _write(pipe: IO[str], texts: Sequence[str]) -> None:
    try:
        with pipe:
            pipe.writelines(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    except BrokenPipeError:
        return  # the program has failed; what it said on the way is told by its exit status
