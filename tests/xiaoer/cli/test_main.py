"""The overview, and errors in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.xiaoer.cli.conftest import Call, on_sqlite
from xiaoer.cli import COMMANDS, main

HEAVY = ("sqlalchemy", "pydantic", "alembic", "rasa", "jieba", "httpx", "honcho", "yaml")


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += all_commands(below, (*path, name))
    return found


ALL = all_commands(main)


def test_the_overview_needs_none_of_the_libraries() -> None:
    script = (
        "import sys; from xiaoer.cli import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert all(name in done.stdout for name in COMMANDS)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_overview_says_what_each_command_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert COMMANDS[name][1].rstrip(".") in command.get_short_help_str(200)


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main{''.join(f' {name}' for name in path)} ")


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_option_is_explained(path: tuple[str, ...], command: click.Command) -> None:
    options = [each for each in command.params if isinstance(each, click.Option)]

    assert [each.name for each in options if not each.help] == []


def test_the_commands_of_the_contract_are_there() -> None:
    there = {" ".join(path) for path, _ in ALL}

    assert there >= {
        *(f"db {name}" for name in ("init", "upgrade", "seed")),
        *(f"knowledge {name}" for name in ("import", "export", "search")),
        *(f"evaluate {name}" for name in ("nlu", "sentiment", "knowledge", "dialogues")),
        *("token issue", "merchant add", "merchant list", "agent add", "agent list"),
        *("model ensure", "model path", "run", "shell"),
    }


@pytest.mark.parametrize("arguments", [["nothing"], ["db", "nothing"], ["merchant", "add"], ["token", "issue", "--x"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("XIAOER_DESK_PORT", "http", "XIAOER_DESK_PORT: value is not a valid integer"),
        ("XIAOER_DATABASE_URL", "nonsense", "XIAOER_DATABASE_URL: Could not parse"),
        ("XIAOER_DATABASE_URL", "postgres://localhost/x", "XIAOER_DATABASE_URL: Can't load plugin"),
        ("XIAOER_DATABASE_URL", "postgresql://localhost:1/x", "the database does not answer: "),
        ("XIAOER_DATABASE_URL", "sqlite:////dev/null/x.db", "/dev/null: "),
        ("XIAOER_NOW", "noon", "XIAOER_NOW: invalid datetime format"),
    ],
)
def test_settings_that_can_not_be_are_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)

    result = CliRunner().invoke(main, ["merchant", "list"])

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith(f"Error: {said}")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_database_without_tables_is_said_in_one_line(call: Call) -> None:
    for arguments in (["merchant", "list"], ["token", "issue", "--agent", "a1"], ["agent", "list", "--json"]):
        result = call(*arguments)
        assert result.exit_code == 1
        assert result.stderr == "Error: the database has no tables yet; run: xiaoer db init\n"


@on_sqlite
def test_a_mistake_of_ours_is_not_hidden(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xiaoer.cli.people.list_merchants", lambda _session: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        call("merchant", "list")


def test_a_folder_that_is_no_project_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("xiaoer.cli.project.__file__", str(tmp_path / "a" / "b" / "c.py"))

    result = CliRunner().invoke(main, ["model", "path"])

    assert result.exit_code == 1
    assert result.stderr == "Error: this is not the project's folder: it has no Procfile and endpoints.yml\n"
