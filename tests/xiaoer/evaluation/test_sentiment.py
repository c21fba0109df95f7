from __future__ import annotations

from pathlib import Path

import pytest

from xiaoer.evaluation.sentiment import Figures, Mood, figures, read_moods
from xiaoer.evaluation.tables import InvalidTable


def test_figures() -> None:
    moods = [Mood("a", "calm"), Mood("b", "calm"), Mood("c", "dissatisfied"), Mood("d", "angry"), Mood("e", "angry")]
    assert figures(moods, ["calm", "angry", "dissatisfied", "angry", "dissatisfied"]) == Figures(
        n=5,
        accuracy=0.6,
        macro_f1=0.6111,
        angry_precision=0.5,
        angry_recall=0.5,
        calm_taken_for_angry=0.5,
    )


def test_nothing_to_divide_by() -> None:
    result = figures([Mood("a", "dissatisfied")], ["dissatisfied"])
    assert (result.angry_precision, result.angry_recall, result.calm_taken_for_angry) == (None, None, None)


def test_reading(tmp_path: Path) -> None:
    file = tmp_path / "moods.tsv"
    file.write_text("text\tanger\n在吗\t0\n太慢了\t1\n骗子\t2\n", encoding="utf-8")
    assert read_moods(file) == [Mood("在吗", "calm"), Mood("太慢了", "dissatisfied"), Mood("骗子", "angry")]
    file.write_text("text\tanger\n在吗\t0\n太慢了\tvery\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=r"moods\.tsv, line 3: anger is 0, 1 or 2, not very"):
        read_moods(file)
