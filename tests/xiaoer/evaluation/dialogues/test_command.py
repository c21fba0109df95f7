from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from tests.xiaoer.evaluation.dialogues.mall import Mall
from tests.xiaoer.evaluation.dialogues.scripted import Desk
from xiaoer.cli.evaluate import desk_address, evaluate
from xiaoer.settings import Settings

Run = Callable[..., Result]

TALKS = """
- name: a greeting
  given: {order: {}}
  turns:
  - user: 你好
    expect: {text_any: [您说]}
- name: an order that is not there
  given: {order: {state: cancelled}}
  turns:
  - user: 你好
- name: a farewell
  given: {order: {}}
  turns:
  - user: 你好
  - user: 再见
    expect: {text_any: [再会], wait: 0}
"""


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    path = tmp_path / "talks.yml"
    path.write_text(TALKS, encoding="utf-8")
    return path


@pytest.fixture
def run(sqlite_engine: Engine, desk: Desk, mall: Mall, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Run:
    """Run the command against the scripted desk, with a settings' address where nobody listens."""
    mall.order()
    monkeypatch.setenv("XIAOER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("XIAOER_NOW", "2026-11-21T12:00:00+08:00")
    monkeypatch.setenv("XIAOER_DESK_PORT", "9")
    return lambda *arguments: CliRunner().invoke(evaluate, ["dialogues", *map(str, arguments)])


def test_progress_failures_and_a_summary_are_printed(run: Run, desk: Desk, talks: Path) -> None:
    result = run(talks, "--desk", f"{desk.url}/")

    assert result.exit_code == 1
    lines = [line.split(" (")[0] for line in result.stdout.splitlines()]
    assert lines == [
        f"ok   {talks}: a greeting",
        f"FAIL {talks}: an order that is not there",
        "     before the first turn: expected rows for what is given",
        "       got no order fits {state: cancelled}",
        f"FAIL {talks}: a farewell",
        "     turn 2: expected text_any: [再会]",
        "       got 您说:再见",
        lines[-1],
    ]
    assert lines[-1].startswith("1 of 3 conversations passed in ")


def test_programs_get_one_object(run: Run, desk: Desk, talks: Path) -> None:
    result = run(talks, "--desk", desk.url, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "n": 3,
        "passed": 1,
        "failures": [
            {
                "name": "an order that is not there",
                "turn": 0,
                "expected": "rows for what is given",
                "got": "no order fits {state: cancelled}",
            },
            {"name": "a farewell", "turn": 2, "expected": "text_any: [再会]", "got": "您说:再见"},
        ],
    }
    assert "ok   " in result.stderr


def test_only_some_are_held_by_name(run: Run, desk: Desk, talks: Path) -> None:
    result = run(talks.parent, "--desk", desk.url, "--only", "greet")

    assert result.exit_code == 0
    assert "1 of 1 conversations passed" in result.stdout

    result = run(talks, "--desk", desk.url, "--only", "nothing like it")

    assert (result.exit_code, result.stderr) == (2, "Error: no conversation has nothing like it in its name\n")


def test_nothing_is_held_where_a_file_can_not_be_read(run: Run, desk: Desk, talks: Path) -> None:
    wrong = talks.with_name("wrong.yml")
    wrong.write_text("- {name: b, turns: [{user: 你好, expect: {say: x}}]}", encoding="utf-8")
    worse = talks.with_name("worse.yml")
    worse.write_text("- [", encoding="utf-8")

    result = run(talks.parent, "--desk", desk.url)

    assert result.exit_code == 2
    assert f"Error: {wrong}: conversation 'b', turn 1, expect: unknown key say; known are anywhere" in result.stderr
    assert f"Error: {worse}, line 1: " in result.stderr
    assert desk.heard == []
    assert run(talks.with_name("none.yml")).exit_code == 2


def test_the_desk_of_the_settings_is_asked(run: Run, talks: Path) -> None:
    result = run(talks, "--only", "greeting")

    assert result.exit_code == 1
    assert "the desk at http://127.0.0.1:9 does not answer: ConnectionError" in result.stdout


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("desk.example", "http://desk.example:8000"),
    ],
)
def test_the_address_of_the_desk(host: str, address: str) -> None:
    assert desk_address(Settings(desk_host=host, desk_port=8000)) == address
