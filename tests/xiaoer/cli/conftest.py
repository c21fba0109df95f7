"""Commands as a person calls them, on a database of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from xiaoer.cli import main

Call = Callable[..., Result]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database is asked."""


@pytest.fixture
def variables(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settings of a new installation; its clock stands at noon in Shanghai on 21 November 2026."""
    monkeypatch.setenv("XIAOER_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("XIAOER_DATABASE_URL", database_url)
    monkeypatch.setenv("XIAOER_NOW", "2026-11-21T12:00:00+08:00")
    return monkeypatch


@pytest.fixture
def call(variables: pytest.MonkeyPatch) -> Call:
    """Runs ``xiaoer`` with arguments."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def printed(result: Result) -> Any:
    """Return the object that a command printed with ``--json``."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
