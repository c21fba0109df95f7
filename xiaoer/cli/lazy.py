"""A click group that imports a command when it is called, and says what went wrong in one line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from xiaoer.cli.errors import explain


class LazyGroup(click.Group):
    """A group whose overview needs none of its commands' modules, so that ``--help`` is quick."""

    def __init__(
        self,
        *args: Any,
        commands_at: Mapping[str, tuple[str, str]],
        attached: Mapping[str, Mapping[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Know the commands by where they are.

        Args:
            *args: For click.
            commands_at: Name → (``module:attribute``, line of the overview).
            attached: Name of a group → name of a command that belongs into it → ``module:attribute``.
            **kwargs: For click.
        """
        super().__init__(*args, **kwargs)
        self._commands_at = commands_at
        self._attached = attached or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self._commands_at})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if need be."""
        if cmd_name not in self._commands_at:
            return super().get_command(ctx, cmd_name)
        command = _load(self._commands_at[cmd_name][0])
        for name, where in self._attached.get(cmd_name, {}).items():
            if not isinstance(command, click.Group):
                raise TypeError(f"{cmd_name} is no group")
            command.add_command(_load(where), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from what is known without importing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(self._commands_at.items())])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors that a person can do something about become one line and exit status 1."""
        try:
            with _stopped_like_interrupted():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            line = explain(error)
            if line is None:
                raise
            raise click.ClickException(line) from error


@contextmanager
def _stopped_like_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end a command as Ctrl-C does, so that it can end what it has started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.default_int_handler) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _load(where: str) -> click.Command:
    module, _, name = where.partition(":")
    command = getattr(import_module(module), name)
    if not isinstance(command, click.Command):
        raise TypeError(f"{where} is no command")
    return command
