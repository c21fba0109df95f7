from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.validators.default_recipe_validator import TRAINABLE_EXTRACTORS
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.char_features import LONGEST, CharacterFeatures, Word
from components.learned import LearnedEntityExtractor, labels_of, spans_of
from components.tokenizer import XiaoerTokenizer

Make = Callable[[str], Message]

GOODS = ("毛衣", "手机壳", "电饭煲", "帐篷", "窗帘", "口红", "猫粮", "耳机")
SENTENCES = ("{}怎么退", "我买的{}坏了", "{}多少钱", "这个{}有货吗", "想换个{}")


@pytest.fixture
def learned(storage: ModelStorage, context: ExecutionContext, tokenizer: XiaoerTokenizer) -> LearnedEntityExtractor:
    examples = []
    for good in GOODS:
        for sentence in SENTENCES:
            start = sentence.index("{")
            mark = {"entity": "product", "start": start, "end": start + len(good), "value": good}
            examples.append(Message({"text": sentence.format(good), "intent": "x", "entities": [mark]}))
    examples += [Message({"text": text, "intent": "x"}) for text in ("怎么退", "坏了", "多少钱", "有货吗", "想换个")]
    data = tokenizer.process_training_data(TrainingData(examples))
    resource = LearnedEntityExtractor.create({}, storage, Resource("learned"), context).train(data)
    return LearnedEntityExtractor.load({}, storage, resource, context)


def found(extractor: LearnedEntityExtractor, message: Message) -> list[tuple[str, str, str]]:
    entities = extractor.process([message])[0].get("entities")
    return [(each["entity"], message.get("text")[each["start"] : each["end"]], each["value"]) for each in entities]


def before(entity: str, start: int, end: int, extractor: str) -> dict[str, Any]:
    return {"entity": entity, "start": start, "end": end, "value": "x", "extractor": extractor}


def test_goods_are_found_as_typed(learned: LearnedEntityExtractor, message: Make) -> None:
    assert found(learned, message("我买的电饭煲坏了")) == [("product", "电饭煲", "电饭煲")]
    assert found(learned, message("多少钱")) == []
    assert found(learned, message("")) == []


def test_a_longer_name_displaces_a_part_of_it_only(learned: LearnedEntityExtractor, message: Make) -> None:
    start = message("我买的手机壳坏了")
    start.set("entities", [before("product", 3, 5, "NameEntityExtractor")])
    assert found(learned, start) == [("product", "手机壳", "手机壳")]
    start = message("我买的手机壳坏了")
    start.set("entities", [before("product", 3, 6, "NameEntityExtractor")])
    assert found(learned, start) == [("product", "手机壳", "x")]
    start = message("我买的手机壳坏了")
    start.set("entities", [before("date", 3, 5, "PatternEntityExtractor")])
    assert found(learned, start) == [("date", "手机", "x")]


def test_nothing_is_learned_from_nothing(
    storage: ModelStorage, context: ExecutionContext, message: Make, tokenizer: XiaoerTokenizer
) -> None:
    data = tokenizer.process_training_data(TrainingData([Message({"text": "你好", "intent": "x"})]))
    resource = LearnedEntityExtractor.create({}, storage, Resource("learned"), context).train(data)
    assert found(LearnedEntityExtractor.load({}, storage, resource, context), message("毛衣")) == []


def test_rasa_knows_that_something_is_trained_on_the_marks() -> None:
    assert LearnedEntityExtractor in TRAINABLE_EXTRACTORS


def test_only_the_beginning_of_a_paste_is_described() -> None:
    assert len(CharacterFeatures(frozenset({"毛衣"})).of("毛衣" * 5000, [Word(0, 2, "毛衣")])) == LONGEST


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "product", "person"])), max_size=12))
def test_labels_and_spans_are_each_others_inverse(pieces: list[tuple[int, str]]) -> None:
    spans, position = [], 0
    for length, kind in pieces:
        if kind:
            spans.append((position, position + length, kind))
        position += length
    entities = [{"start": start, "end": end, "entity": kind} for start, end, kind in spans]
    assert spans_of(labels_of(position, entities)) == spans
