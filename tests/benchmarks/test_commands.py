"""The commands, run on very little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.learning_curve import learning_curve
from benchmarks.pipelines import pipelines
from benchmarks.policies import policies
from benchmarks.setups import FOLDER
from benchmarks.snapshot import ROOT
from benchmarks.stories import read_stories

pytestmark = pytest.mark.rasa


@pytest.fixture
def turns(tmp_path: Path) -> Path:
    """Labelled turns of which some want nothing."""
    file = tmp_path / "turns.tsv"
    rows = [("你好", "greet", "random"), ("谢谢", "thank", "sought"), ("昨天买的", "none", "random")]
    file.write_text("\n".join("\t".join(row) for row in [("text", "intent", "drawn"), *rows]), encoding="utf-8")
    return file


def run(command, *arguments: object) -> str:
    finished = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert finished.exit_code == 0, (finished.exception, finished.stderr)
    return finished.stdout


def test_pipelines_are_compared_and_one_that_fails_is_named(tmp_path: Path, turns: Path) -> None:
    setups = tmp_path / "setups"
    setups.mkdir()
    shutil.copy(FOLDER / "ngram-characters-words.yml", setups)
    (setups / "broken.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline:\n- name: NoSuchComponent\n")
    arguments = ["--setups", setups, "--only", "ngram", "--only", "broken", "--examples", 200, "--folds", 2, "--no-all"]
    arguments += ["--dev", turns, "--json", tmp_path / "figures.json"]

    finished = CliRunner().invoke(pipelines, [str(argument) for argument in arguments])

    (row,) = json.loads((tmp_path / "figures.json").read_text())["rows"]
    assert finished.exit_code == 1
    assert "NoSuchComponent" in finished.output
    assert "could not be measured; the reasons are above: broken" in finished.output
    assert "| ngram-characters-words |" in finished.output
    assert 150 < row["examples"] < 250
    assert 0 < row["accuracy"] < 1
    assert row["turns"]["none_triggering"] in (0, 1)
    assert 0 < row["ms"] < 1000
    assert 100 < row["peak_mb"] < 5000


def test_a_learning_curve_is_drawn(tmp_path: Path, turns: Path) -> None:
    shown = run(
        learning_curve,
        *("--examples", 400, "--seeds", 1, "--dev", turns),
        *("--picture", tmp_path / "curve.png", "--json", tmp_path / "points.json"),
    )

    points = json.loads((tmp_path / "points.json").read_text())
    sizes = [point["examples"] for point in points]
    assert sizes == sorted(sizes)
    assert len(sizes) == 5
    assert shown.count("\n| ") >= len(set(sizes))
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_policies_are_compared_on_the_conversation_tests_and_on_an_unseen_story(tmp_path: Path) -> None:
    run(
        policies,
        *("--stories", 1, "--rounds", 2, "--epochs", 1, "--only", "without"),
        *("--json", tmp_path / "figures.json"),
    )

    (figures,) = json.loads((tmp_path / "figures.json").read_text())["policies"].values()
    tests = len(read_stories(ROOT / "tests" / "stories"))
    assert figures["tested"]["stories"] == figures["tested"]["stories_right"] == tests
    assert figures["held_out"]["stories"] == 1
    assert figures["held_out"]["actions"] >= 2
    assert len(figures["turn_ms"]) == len(figures["first_ms"]) >= tests
