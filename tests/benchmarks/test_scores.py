"""What predictions and times come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import Figures, table
from benchmarks.scores import Prediction, best_of, score_examples, score_turns
from benchmarks.timing import percentile, ratio
from benchmarks.turns_file import read_turns
from xiaoer.evaluation.nlu import Turn
from xiaoer.evaluation.tables import InvalidTable


def test_accuracy_and_macro_f1_of_known_predictions() -> None:
    def score(*best: str | None) -> tuple[float | None, float | None]:
        scores = score_examples(["a", "a", "a", "b"], [Prediction(each, False, 1.0) for each in best])
        return scores.accuracy, scores.macro_f1

    assert score("a", "a", "b", "b") == (0.75, pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4))
    assert score("a", "a", None, "c") == (0.5, pytest.approx(0.8 / 2))
    assert score_examples([], []).accuracy is None


def test_turns_are_scored_apart_and_idle_ones_by_what_they_would_trigger() -> None:
    turns = [
        Turn("1", "a", "random"),
        Turn("2", "b", "random"),
        Turn("3", "b", "sought"),
        *(Turn(str(number), "none", "random") for number in range(4)),
    ]
    said = [("a", True), ("a", True), ("b", False), ("a", True), ("a", False), ("inform", True), (None, True)]

    scores = score_turns(turns, [Prediction(best, certain, 1.0) for best, certain in said])

    assert (scores.random, scores.all, scores.none_triggering) == (0.5, pytest.approx(2 / 3, abs=1e-4), 0.25)


def test_behind_a_fallback_stands_the_likeliest_intent() -> None:
    ranking = [{"name": "nlu_fallback", "confidence": 0.3}, {"name": "a", "confidence": 0.2}]

    assert best_of({"intent": ranking[0], "intent_ranking": ranking}) == ("a", False)
    assert best_of({"intent": ranking[1], "intent_ranking": ranking[1:]}) == ("a", True)


def test_labelled_turns_are_read_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "turns.tsv"
    file.write_text('text\tintent\tdrawn\n"在吗\tgreet\trandom\n退款\trequest_refund\tsought\n', encoding="utf-8")

    assert read_turns(file) == [Turn('"在吗', "greet", "random"), Turn("退款", "request_refund", "sought")]


def test_a_file_without_intents_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "turns.tsv"
    file.write_text("text\tanger\n在吗\t0\n", encoding="utf-8")

    with pytest.raises(InvalidTable, match="no column intent"):
        read_turns(file)


def test_a_ratio_tells_what_the_middle_halves_allow() -> None:
    assert percentile(list(range(1, 101)), 0.95) == 96
    assert ratio([1, 2, 3, 4], [10, 20, 30, 40]) == (0.1, 2 / 40, 4 / 20)


def test_figures_stand_side_by_side_with_the_ratio_to_the_baseline() -> None:
    usual = Figures(300, training_s=[60], parse_ms=[8, 10, 12], resident_mb=1200, accuracy=0.5)
    ours = Figures(300, training_s=[15], parse_ms=[1, 1, 1], resident_mb=600, accuracy=0.75)

    titles, rows = table({"usual": usual, "ours": ours}, "usual", "ours")

    assert titles == ["figure", "usual, 300 examples", "ours, 300 examples", "ours ÷ usual"]
    assert ["training, s", "60", "15", "0.25"] in rows
    assert ["parsing, ms: median, p95", "10.0, 12.0", "1.0, 1.0", "0.10 (0.08–0.12)"] in rows
    assert ["start, s", "–", "–", "–"] in rows
    assert ["resident memory, MB", "1200", "600", "0.50"] in rows
    assert ["accuracy, held-out examples", "0.500", "0.750", ""] in rows
