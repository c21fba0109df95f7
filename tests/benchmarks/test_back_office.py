"""The benchmark of shop systems, run on very little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.back_office import HTTP, SQL, WITHOUT, back_office, table


@pytest.mark.e2e
def test_the_embedded_mall_and_a_system_behind_http_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    finished = CliRunner().invoke(back_office, ["--rounds", "2", "--json", str(file)])

    assert finished.exit_code == 0, finished.output
    figures = json.loads(file.read_text())
    assert list(figures) == [SQL, HTTP, WITHOUT]
    assert all(0 < each["median_ms"] <= each["p95_ms"] for each in figures.values())
    assert f"| {HTTP} " in finished.stdout


def test_the_table_puts_each_turn_beside_the_silent_one() -> None:
    shown = table({SQL: [4.0, 5.0, 9.0], HTTP: [11.0, 12.0, 30.0], WITHOUT: [1.0, 2.0, 3.0]})

    assert shown.splitlines()[3].split("|")[1:5] == [
        " order status, http            ",
        " 12.0       ",
        " 30.0    ",
        " 6.00     ",
    ]
