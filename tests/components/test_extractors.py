from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.names import NameEntityExtractor, read_table
from components.patterns import PatternEntityExtractor

LOOKUPS = Path(__file__).parents[2] / "data" / "lookups"
Make = Callable[[str], Message]


@pytest.fixture
def names(storage: ModelStorage, context: ExecutionContext) -> NameEntityExtractor:
    """The extractor as it comes back from a model that was trained with the project's tables."""
    config = {"lookups": str(LOOKUPS)}
    resource = NameEntityExtractor.create(config, storage, Resource("names"), context).train(TrainingData())
    return NameEntityExtractor.load({"lookups": "nowhere"}, storage, resource, context)


def found(message: Message) -> list[tuple[str, str, Any]]:
    text = message.get("text")
    return [(each["entity"], text[each["start"] : each["end"]], each["value"]) for each in message.get("entities")]


def test_pattern_entities_point_into_the_raw_text(message: Make) -> None:
    result = PatternEntityExtractor().process(
        [message("\u200b订单２０２６１１１５０００３２１４５６７退\u200b３０块")]
    )[0]
    assert found(result) == [
        ("order_no", "２０２６１１１５０００３２１４５６７", "202611150003214567"),
        ("amount", "３０块", "30"),
    ]
    assert {each["extractor"] for each in result.get("entities")} == {"PatternEntityExtractor"}
    assert "entities" in result.as_dict(only_output_properties=True)


@pytest.mark.parametrize("text", ["", "你好", "\u200b"])
def test_nothing_to_find(message: Make, names: NameEntityExtractor, text: str) -> None:
    assert names.process(PatternEntityExtractor().process([message(text)]))[0].get("entities") == []


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("能发順豐吗", [("carrier", "順豐", "顺丰")]),
        ("顺风快递发杭州市吗", [("carrier", "顺风快递", "顺丰"), ("city", "杭州市", "杭州")]),
        ("黑色XL还有吗", [("color", "黑色", "黑色"), ("size", "XL", "XL")]),
        ("红的xxl", [("color", "红的", "红色"), ("size", "xxl", "XXL")]),
        ("黑 XL", [("color", "黑", "黑色"), ("size", "XL", "XL")]),
        ("大理石桌面有红包吗", []),
        ("iPhone XS和Xl2", [("size", "XS", "XS")]),
        ("臺北能寄嗎", [("city", "臺北", "台北")]),
    ],
)
def test_names(message: Make, names: NameEntityExtractor, text: str, entities: list[tuple[str, str, str]]) -> None:
    assert found(names.process([message(text)])[0]) == entities


def test_names_leave_earlier_entities_alone(message: Make, names: NameEntityExtractor) -> None:
    start = message("杭州市黑色")
    start.set("entities", [{"entity": "address", "start": 0, "end": 3, "value": "杭州市"}])
    assert [each["entity"] for each in names.process([start])[0].get("entities")] == ["address", "color"]


def test_changed_tables_train_anew(tmp_path: Path) -> None:
    table = tmp_path / "color.txt"
    table.write_text("黑色\n", encoding="utf-8")
    before = NameEntityExtractor.fingerprint_addon({"lookups": str(tmp_path)})
    table.write_text("黑色 黑\n", encoding="utf-8")
    assert NameEntityExtractor.fingerprint_addon({"lookups": str(tmp_path)}) != before


def test_a_name_cannot_stand_for_two_things(tmp_path: Path) -> None:
    table = tmp_path / "carrier.txt"
    table.write_text("# comment\n顺丰 SF\n申通 ｓｆ\n", encoding="utf-8")
    with pytest.raises(InvalidConfigException, match="申通"):
        read_table(table)


def test_training_needs_tables(tmp_path: Path, storage: ModelStorage, context: ExecutionContext) -> None:
    extractor = NameEntityExtractor.create({"lookups": str(tmp_path)}, storage, Resource("names"), context)
    with pytest.raises(InvalidConfigException, match="no lookup tables"):
        extractor.train(TrainingData())


@pytest.mark.parametrize("table", sorted(LOOKUPS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_projects_tables_are_sound(table: Path) -> None:
    assert len(read_table(table)) >= 19
