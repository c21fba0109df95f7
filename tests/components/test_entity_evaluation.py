"""Measures the entities on data/evaluation/entities.yml, every second utterance of which is held out."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.learned import LearnedEntityExtractor
from components.names import NameEntityExtractor
from components.patterns import PatternEntityExtractor
from components.tokenizer import XiaoerTokenizer

ROOT = Path(__file__).parents[2]
REGULAR = frozenset(
    (
        "order_no",
        "waybill_no",
        "after_sale_no",
        "ticket_no",
        "phone",
        "amount",
        "date",
        "quantity",
        "height_cm",
        "weight_kg",
    )
)
NAMES = frozenset(("product", "color", "size", "carrier", "merchant", "city"))
FREE = frozenset(("address", "person"))

Extract = Callable[[str], list[tuple[str, Any]]]


def evaluation() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "data/evaluation/entities.yml").read_text(encoding="utf-8"))


def mall(path: Path) -> str:
    """Write the names of the demo mall into a database and return its address."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE tenants (id, name)")
    connection.execute("CREATE TABLE products (product_id, merchant_id, name, short_name, category)")
    connection.execute("CREATE TABLE variants (product_id, color, size)")
    for tenant in yaml.safe_load((ROOT / "demo/tenants.yml").read_text(encoding="utf-8")):
        connection.execute("INSERT INTO tenants VALUES (?, ?)", (tenant["id"], tenant["name"]))
    for file in sorted((ROOT / "demo/products").glob("*.yml")):
        for each in yaml.safe_load(file.read_text(encoding="utf-8")):
            row = (each["id"], file.stem, each["name"], each["short_name"], each["category"])
            connection.execute("INSERT INTO products VALUES (?, ?, ?, ?, ?)", row)
            for color in each.get("colors") or [""]:
                for size in each.get("sizes") or [""]:
                    connection.execute("INSERT INTO variants VALUES (?, ?, ?)", (each["id"], color, str(size)))
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory, tokenizer: XiaoerTokenizer) -> Extract:
    """The extractors of config.yml, trained on the project's data, with the demo mall as the shop's database."""
    folder = tmp_path_factory.mktemp("model")
    storage, context = LocalModelStorage.create(folder), ExecutionContext(GraphSchema({}), "test")
    names_config = {"lookups": str(ROOT / "data/lookups"), "database": mall(folder.parent / "mall.db")}
    names_at = NameEntityExtractor.create(names_config, storage, Resource("names"), context).train(TrainingData())
    data = tokenizer.process_training_data(load_data(str(ROOT / "data/nlu")))
    learned_at = LearnedEntityExtractor.create({}, storage, Resource("learned"), context).train(data)
    steps = [
        PatternEntityExtractor(evaluation()["now"]),
        NameEntityExtractor.load(names_config, storage, names_at, context),
        LearnedEntityExtractor.load({}, storage, learned_at, context),
    ]

    def run(text: str) -> list[tuple[str, Any]]:
        messages = tokenizer.process([Message({"text": text})])
        for step in steps:
            messages = step.process(messages)
        return [(each["entity"], each["value"]) for each in messages[0].get("entities")]

    return run


def score(extract: Extract, kinds: frozenset[str], *, held_out: bool) -> tuple[float, list[str]]:
    """Return micro F1 with exact values, and what went wrong."""
    counts: Counter[str] = Counter()
    wrong = []
    for number, utterance in enumerate(evaluation()["utterances"]):
        if bool(number % 2) != held_out:
            continue
        values = {kind: each if isinstance(each, list) else [each] for kind, each in utterance.items() if kind in kinds}
        expected = Counter((kind, value) for kind, each in values.items() for value in each)
        found = Counter(each for each in extract(utterance["text"]) if each[0] in kinds)
        counts["right"] += (found & expected).total()
        counts["wrong"] += (found - expected).total() + (expected - found).total()
        if found != expected:
            wrong.append(f"{utterance['text']}: +{list(found - expected)} -{list(expected - found)}")
    return 2 * counts["right"] / (2 * counts["right"] + counts["wrong"]), wrong


@pytest.mark.parametrize(
    ("kinds", "held_out", "least"),
    [
        pytest.param(REGULAR, False, 0.98, id="regular, seen"),
        pytest.param(REGULAR, True, 0.98, id="regular, held out"),
        pytest.param(NAMES, False, 0.85, id="names, seen"),
        pytest.param(NAMES, True, 0.85, id="names, held out"),
        pytest.param(FREE, False, 0.7, id="free text, seen"),
        pytest.param(FREE, True, 0.7, id="free text, held out"),
    ],
)
def test_entities(extract: Extract, kinds: frozenset[str], held_out: bool, least: float) -> None:
    f1, wrong = score(extract, kinds, held_out=held_out)
    print(f"F1 {f1:.3f}", *([] if held_out else wrong), sep="\n")
    assert f1 >= least


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("天" * 10_000, id="days"),
        pytest.param("1" * 10_000, id="digits"),
        pytest.param("手机" * 5000, id="goods"),
        pytest.param("一百二十" * 2500, id="numerals"),
        pytest.param("15号买" * 3000, id="dates"),
        pytest.param("路1号" * 3000, id="addresses"),
        pytest.param("😀\u202e\x07\ud800" * 2500, id="noise"),
        pytest.param("", id="nothing"),
    ],
)
def test_long_pastes_are_fast(extract: Extract, text: str) -> None:
    began = time.perf_counter()
    extract(text)
    assert time.perf_counter() - began < 2
