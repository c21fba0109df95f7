"""Measures the reasons on data/evaluation/reasons.yml: by their words alone, and as the trained assistant has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message

from components.reasons import ReasonExtractor, read_reasons
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.cli.parsing import parse

ROOT = Path(__file__).parents[2]
EVALUATION = ROOT / "data" / "evaluation"
UTTERANCES: list[dict[str, str]] = yaml.safe_load((EVALUATION / "reasons.yml").read_text(encoding="utf-8"))[
    "utterances"
]
FLOORS: dict[str, dict[str, float]] = yaml.safe_load((EVALUATION / "floors.yml").read_text(encoding="utf-8"))


HELD_OUT = slice(1, None, 2)


def figures(found: Sequence[str | None], part: slice = slice(None)) -> dict[str, float]:
    """Return the shares of reasons that are found, and of finds that are right, in a part of the utterances."""
    wanted, found = [each.get("reason") for each in UTTERANCES][part], found[part]
    right = sum(code is not None and code == said for code, said in zip(wanted, found, strict=True))
    return {
        "recall": right / sum(code is not None for code in wanted),
        "precision": right / max(1, sum(said is not None for said in found)),
    }


def below(measured: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    return {name: (measured[name], floor) for name, floor in floors.items() if measured[name] < floor}


def first_reason(entities: Sequence[Any]) -> str | None:
    return next((str(value) for entity, value in entities if entity == "reason"), None)


def test_labels_are_reasons() -> None:
    codes = [reason.code for reason in read_reasons()]
    given = [each["reason"] for each in UTTERANCES if "reason" in each]

    assert set(given) == set(codes)
    assert len({each["text"] for each in UTTERANCES}) == len(UTTERANCES)
    assert (len(given), len(UTTERANCES) - len(given)) == (92, 24)


def test_reasons_by_their_words_alone() -> None:
    extractor = ReasonExtractor({"intents": []}, read_reasons())
    messages = extractor.process([Message({"text": each["text"]}) for each in UTTERANCES])
    found = [
        first_reason([(each["entity"], each["value"]) for each in message.get("entities")]) for message in messages
    ]

    assert below(figures(found), FLOORS["reasons_by_words"]) == {}
    assert below(figures(found, HELD_OUT), FLOORS["reasons_by_words_held_out"]) == {}


@pytest.mark.rasa
def test_reasons_of_the_trained_assistant() -> None:
    ensure_model(ROOT)
    command = ["components.parsing", str(model_path(ROOT))]
    parsed = parse(ROOT, command, [each["text"] for each in UTTERANCES], "parsing")

    assert below(figures([first_reason(each["entities"]) for each in parsed]), FLOORS["reasons"]) == {}
