from __future__ import annotations

from pathlib import Path

import pytest

from components import validation
from components.validation import Example, Mark, main, problems, read_examples

ROOT = Path(__file__).parents[2]


def write(folder: Path, text: str) -> Path:
    (folder / "topic.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one example of an intent be enough."""
    monkeypatch.setattr(validation, "FEWEST", 1)


def test_examples_are_read_with_their_marks(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        'version: "3.1"\nnlu:\n- intent: ask_stock\n  examples: |\n'
        "    - [黑色](color)的[水杯](product)有吗\n    - [数字x]个\n",
    )
    assert read_examples(folder) == [
        Example("topic.yml:5", "ask_stock", "黑色的水杯有吗", (Mark("color", 0, 2), Mark("product", 3, 5))),
        Example("topic.yml:6", "ask_stock", "[数字x]个", ()),
    ]


def test_an_example_of_no_intent(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"topic\.yml:2: an example of no intent"):
        read_examples(write(tmp_path, "nlu:\n    - 你好\n"))


def test_too_few_and_unknown() -> None:
    found = problems([Example("a:1", "buy", "买", ())], ["greet", "nlu_fallback"])
    assert found == ["buy: no intent of the domain", "greet: 0 examples, 150 are needed"]


@pytest.mark.usefixtures("few")
def test_what_the_model_cannot_tell_apart_stands_once() -> None:
    examples = [
        Example("a:1", "greet", "在吗", ()),
        Example("a:2", "greet", "在嗎？", ()),
        Example("a:3", "urge", " 在吗!!", ()),
        Example("a:4", "urge", "？", ()),
    ]
    assert problems(examples, ["greet", "urge"]) == [
        "a:2: '在嗎？' stands at a:1 already",
        "a:3: ' 在吗!!' is urge here and greet at a:1",
    ]


@pytest.mark.usefixtures("few")
def test_wrong_marks() -> None:
    examples = [
        Example("a:1", "greet", "买水杯 吗", (Mark("product", 1, 4),)),
        Example("a:2", "greet", "13800000000", (Mark("phone", 0, 11),)),
        Example("a:3", "greet", "订单的水杯", (Mark("product", 3, 5),)),
    ]
    assert [line for line in problems(examples, ["greet"]) if "inside a word" not in line][:2] == [
        "a:1: [水杯 ](product) begins or ends beside a name",
        "a:2: [13800000000](phone) is no entity that is marked by hand",
    ]


@pytest.mark.usefixtures("few")
def test_names_that_are_no_whole_words() -> None:
    examples = [Example("a:1", "greet", "退货流程", (Mark("product", 1, 3),))]
    assert problems(examples, ["greet"]) == [
        "1 of 1 marked names begin or end inside a word; teach the tokenizer's dictionary:",
        "a:1: '货流' is no whole word in '退货流程'",
    ]


def test_the_projects_examples_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ROOT) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert said.endswith(" examples, 0 problems\n")
    assert int(said.split()[0]) >= 15_000
