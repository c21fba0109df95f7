"""The commands that measure understanding, on the project's own model and evaluation files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from xiaoer.cli import main
from xiaoer.cli.project import project_root

EVALUATION = project_root() / "data" / "evaluation"


def run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def floors(name: str) -> dict[str, float]:
    return dict(yaml.safe_load((EVALUATION / "floors.yml").read_text(encoding="utf-8"))[name])


def below(figures: Mapping[str, Any], wanted: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the figures that miss their floor, or for a share that must be small, their ceiling."""
    small = ("calm_taken_for_angry", "none_triggering")
    return {
        name: (figures[name], floor)
        for name, floor in wanted.items()
        if (figures[name] > floor if name in small else figures[name] < floor)
    }


@pytest.mark.rasa
@pytest.mark.parametrize("name", ["plain", "noisy"])
def test_utterances_of_others_are_understood(name: str, tmp_path: Path) -> None:
    page = tmp_path / "matrix.html"
    figures = run("evaluate", "nlu", str(EVALUATION / f"{name}.tsv"), "--matrix", str(page))

    assert below(figures, floors(name)) == {}
    assert figures["n"] == 708
    assert len(figures["intents"]) == 59
    assert page.read_text(encoding="utf-8").count("<th scope=row>") == 59


@pytest.mark.rasa
def test_moods_are_told_apart() -> None:
    assert below(run("evaluate", "sentiment", str(EVALUATION / "moods.tsv")), floors("moods")) == {}


@pytest.mark.rasa
def test_examples_are_understood_by_a_model_without_them() -> None:
    figures = run("evaluate", "examples", "--folds", "3", "--sample", "12000")

    assert figures["n"] == pytest.approx(12_000, abs=60)
    assert below(figures, floors("cross_validation")) == {}


@pytest.mark.rasa
def test_figures_by_a_column_and_for_people(tmp_path: Path) -> None:
    file = tmp_path / "turns.tsv"
    file.write_text("text\tintent\tdrawn\n我要开发票\trequest_invoice\tx\n嗯\tnone\ty\n帮我开发票\tgreet\ty\n", "utf-8")

    figures = run("evaluate", "nlu", str(file), "--by", "drawn")
    assert (figures["accuracy"], figures["by"]["x"]["accuracy"], figures["by"]["y"]["accuracy"]) == (0.5, 1.0, 0.0)
    assert figures["none_triggering"] == 0.0
    assert figures["confusions"] == [["greet", "request_invoice", 1]]

    said = CliRunner().invoke(main, ["evaluate", "nlu", str(file), "--errors"]).stdout
    assert "greet   request_invoice  帮我开发票" in said
    assert "accuracy         0.500" in said


@pytest.mark.parametrize(
    ("command", "content", "said"),
    [
        ("nlu", "text\tintent\n退货\tbuy\n", "Error: f.tsv: no such intent: buy"),
        ("nlu", "text\n退货\n", "Error: f.tsv: no column intent"),
        ("nlu", "text\tintent\n\tgreet\n", "Error: f.tsv, line 2: text is empty"),
        ("nlu", "", "Error: f.tsv: no rows"),
        ("sentiment", "text\tanger\n退货\t3\n", "Error: f.tsv, line 2: anger is 0, 1 or 2, not 3"),
    ],
)
def test_broken_files_are_refused_before_anything_is_loaded(
    command: str, content: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "f.tsv"
    file.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", command, str(file)])
    assert result.exit_code == 1
    assert result.stderr.strip() == said


def test_no_text_at_all(tmp_path: Path) -> None:
    file = tmp_path / "f.tsv"
    file.write_bytes(b"\xff\xfe\x00text")
    result = CliRunner().invoke(main, ["evaluate", "nlu", str(file)])
    assert result.exit_code == 1
    assert result.stderr.strip() == "Error: f.tsv: no tab-separated text in UTF-8"
