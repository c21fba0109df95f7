from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from components.reasons import ReasonExtractor, read_reasons


def reason(text: str, intent: str = "return_goods", intents: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    extractor = ReasonExtractor({"intents": intents}, read_reasons())
    message = extractor.process([Message({"text": text, "intent": {"name": intent}})])[0]
    return [(each["value"], text[each["start"] : each["end"]]) for each in message.get("entities")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("衣服太大了想退", [("size_mismatch", "太大了")]),
        ("發錯顏色了", [("wrong_item", "發錯")]),
        ("少发了一件", [("missing_item", "少发")]),
        ("不想要了", [("no_longer_wanted", "不想要了")]),
        ("地址填错了取消吧", [("ordered_by_mistake", "地址填错")]),
        ("起球退货", [("quality", "起球")]),
        ("跟图片不一样", [("not_as_described", "跟图片不一样")]),
        ("用了过敏，不喜欢", [("allergy", "过敏")]),
        ("一直不发货，退款", [("late_delivery", "一直不发货")]),
        ("开不了机", [("malfunction", "开不了机")]),
        ("收到漏液了", [("damaged", "漏液")]),
        ("一套六个才五个", [("missing_item", "才五个")]),
        ("穿了一天身上痒", [("allergy", "痒")]),
        ("老是自动重启", [("malfunction", "自动重启")]),
        ("压根没拿到", [("not_received", "没拿到")]),
        ("司机联系不上", []),
        ("这个会掉色吗", []),
        ("还会再降价吗", []),
        ("地址填错了改一下", []),
        ("我的优惠券过期了", []),
        ("才45块", []),
        ("我要退货", []),
        ("", []),
    ],
)
def test_reasons(text: str, expected: list[tuple[str, str]]) -> None:
    assert reason(text) == expected


def test_only_some_intents_have_a_reason() -> None:
    assert reason("太大了", "praise", ("return_goods",)) == []
    assert reason("太大了", "return_goods", ("return_goods",)) == [("size_mismatch", "太大了")]


def test_a_reason_leaves_earlier_entities_alone() -> None:
    message = Message({"text": "不喜欢", "entities": [{"entity": "person", "start": 1, "end": 3, "value": "喜欢"}]})
    found = ReasonExtractor({"intents": []}, read_reasons()).process([message])[0].get("entities")
    assert [each["entity"] for each in found] == ["person"]


@pytest.mark.parametrize("content", ["- {code: a, label: b, words: ['(']}", "- {code: a}", "[1", "1"])
def test_unusable_reasons_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "reasons.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidConfigException):
        read_reasons(file)
