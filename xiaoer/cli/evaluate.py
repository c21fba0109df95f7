"""``xiaoer evaluate``: how well the assistant does its work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xiaoer.cli.output import json_option, print_json
from xiaoer.clock import clock_from
from xiaoer.database import open_engine
from xiaoer.evaluation.dialogues.errors import ScriptError
from xiaoer.evaluation.dialogues.files import find_files, read_conversations
from xiaoer.evaluation.dialogues.report import as_lines, as_object, summary
from xiaoer.evaluation.dialogues.runner import Result, Runner
from xiaoer.evaluation.dialogues.script import Conversation
from xiaoer.settings import Settings

UNREADABLE = 2
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound


@click.group()
def evaluate() -> None:
    """Measure how well the assistant does its work."""


@evaluate.command("dialogues")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--desk", metavar="URL", help="Address of the running desk; the one of the settings when left out.")
@click.option("--only", metavar="NAME", multiple=True, help="Hold only conversations whose name has this in it.")
@json_option
def dialogues(paths: tuple[Path, ...], desk: str | None, only: tuple[str, ...], as_json: bool) -> None:
    """Hold conversations from files (or folders of files) with the running desk, and check words and rows.

    The conversations write orders, cases and messages: use a database that is there to be written to. Exit status 1
    if one fails, 2 if a file can't be read; nothing is held then.
    """
    conversations = _read(paths, only)
    settings = Settings()
    runner = Runner(open_engine(settings.database), desk or desk_address(settings), clock=clock_from(settings.now))
    results: list[Result] = []
    for conversation in conversations:
        results.append(runner.hold(conversation))
        for line in as_lines(results[-1]):
            click.echo(line, err=as_json)
    if as_json:
        print_json(as_object(results))
    else:
        click.echo(summary(results))
    if not all(result.passed for result in results):
        raise click.exceptions.Exit(1)


def desk_address(settings: Settings) -> str:
    """Return where a client on this machine reaches the desk."""
    host = "127.0.0.1" if settings.desk_host in EVERYWHERE else settings.desk_host
    return f"http://[{host}]:{settings.desk_port}" if ":" in host else f"http://{host}:{settings.desk_port}"


def _read(paths: Sequence[Path], only: Sequence[str]) -> list[Conversation]:
    """Return the conversations of all files, or stop with every file's first mistake."""
    found: list[Conversation] = []
    mistakes = 0
    try:
        files = find_files(paths)
    except ScriptError as error:
        click.echo(f"Error: {error}", err=True)
        raise click.exceptions.Exit(UNREADABLE) from error
    for file in files:
        try:
            found += read_conversations(file)
        except ScriptError as error:
            click.echo(f"Error: {error}", err=True)
            mistakes += 1
    if mistakes:
        raise click.exceptions.Exit(UNREADABLE)
    if only:
        found = [each for each in found if any(name in each.name for name in only)]
        if not found:
            click.echo(f"Error: no conversation has {' or '.join(only)} in its name", err=True)
            raise click.exceptions.Exit(UNREADABLE)
    return found
