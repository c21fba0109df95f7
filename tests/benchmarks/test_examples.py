"""Reading, drawing and writing examples."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.examples import Example, draw, fold, read_examples, split, write_examples

DATA = Path(__file__).resolve().parents[2] / "data" / "nlu"
EXAMPLES = [
    Example(f"第{number}句", intent) for intent, count in (("a", 100), ("b", 20), ("c", 1)) for number in range(count)
]


def test_the_projects_examples_are_all_read() -> None:
    examples = read_examples(DATA)

    lines = sum(line.strip().startswith("- ") for file in DATA.rglob("*.yml") for line in file.read_text().splitlines())
    intents = sum("- intent:" in line for file in DATA.rglob("*.yml") for line in file.read_text().splitlines())
    assert len(examples) == lines - intents
    assert len({example.intent for example in examples}) == intents


def test_a_text_is_what_somebody_would_type() -> None:
    assert Example('[羽绒服](product)要[黑的]{"entity": "color", "value": "黑色"}', "a").text == "羽绒服要黑的"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written = [Example('[XL](size)还有吗: "真的"', "ask_stock"), Example("# 号", "inform"), Example("在吗", "greet")]

    write_examples(written, tmp_path / "nlu.yml")

    assert read_examples(tmp_path) == written


def test_a_sample_has_of_each_intent_the_same_share() -> None:
    sample = draw(EXAMPLES, 24)

    assert Counter(example.intent for example in sample) == {"a": 20, "b": 4, "c": 1}
    assert draw(EXAMPLES, 24) == sample
    assert draw(EXAMPLES, 24, seed=1) != sample
    assert draw(EXAMPLES, None) == EXAMPLES


def test_a_split_keeps_the_only_example_of_an_intent() -> None:
    kept, held_out = split(EXAMPLES, 0.1)

    assert Counter(example.intent for example in held_out) == {"a": 10, "b": 2}
    assert sorted(map(repr, kept + held_out)) == sorted(map(repr, EXAMPLES))


def test_every_example_is_tested_with_once() -> None:
    folds = fold(EXAMPLES, 3)

    assert sorted(repr(example) for _, unseen in folds for example in unseen) == sorted(map(repr, EXAMPLES))
    assert all(not set(seen) & set(unseen) and len(seen) + len(unseen) == len(EXAMPLES) for seen, unseen in folds)
