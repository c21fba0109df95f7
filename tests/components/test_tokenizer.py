from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.tokenizer import XiaoerTokenizer
from xiaoer.language.normalise import normalise


def lemmas(tokenizer: XiaoerTokenizer, text: str) -> list[str]:
    return [token.lemma for token in tokenizer.tokenize(Message({"text": text}), "text")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我的订单2026 1115 0003 214567到哪了", ["我", "的", "订单", "2026 1115 0003 214567", "到", "哪", "了"]),
        ("sf1234567890123到哪了", ["sf1234567890123", "到", "哪", "了"]),
        ("XL码和38.5码", ["xl", "码", "和", "38.5码"]),
        ("170 65kg穿什么码", ["170", "65kg", "穿", "什么", "码"]),
        ("退我30块钱[微笑]", ["退", "我", "30块钱", "[微笑]"]),
        ("手机138 1234 5678", ["手机", "138 1234 5678"]),
        ("iPhone15 Pro和USB-C", ["iphone15", "pro", "和", "usb-c"]),
        ("运费险谁出", ["运费险", "谁", "出"]),
        ("", []),
        (" \u3000\n", []),
        ("\u200b\ufeff", []),
    ],
)
def test_words(tokenizer: XiaoerTokenizer, text: str, words: list[str]) -> None:
    assert lemmas(tokenizer, text) == words


def test_offsets_are_those_of_the_raw_text(tokenizer: XiaoerTokenizer) -> None:
    text = "订单２０２６　1115 0003 214567 谢谢"
    token = tokenizer.tokenize(Message({"text": text}), "text")[1]
    assert (token.text, token.start, token.end) == ("２０２６　1115 0003 214567", 2, 23)
    assert token.lemma == "2026 1115 0003 214567"


def test_training_data_is_cut_at_annotations(tokenizer: XiaoerTokenizer) -> None:
    message = Message(
        {"text": "染发剂多少钱", "intent": "ask_price", "entities": [{"entity": "product", "start": 0, "end": 2}]}
    )
    data = tokenizer.process_training_data(TrainingData([message]))
    tokens = data.training_examples[0].get("text_tokens")
    assert [token.text for token in tokens][:2] == ["染发", "剂"]
    assert [token.text for token in data.training_examples[0].get("intent_tokens")] == ["ask_price"]


def test_a_message_without_text_has_no_tokens(tokenizer: XiaoerTokenizer) -> None:
    assert tokenizer.process([Message({"text": None})])[0].get("text_tokens") is None


TYPED = st.text(
    st.one_of(st.sampled_from("订单号退货 2026１SFsfxl.-块码件\u200b！㎏[]#/"), st.characters()), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(TYPED)
@example("㎏㎏")
@example("…⑳")
def test_tokens_cover_the_text_in_order(tokenizer: XiaoerTokenizer, text: str) -> None:
    tokens = tokenizer.tokenize(Message({"text": text}), "text")
    position = 0
    for token in tokens:
        assert position <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.text
        assert token.lemma.strip()
        assert not normalise(text[position : token.start]).text.strip(), "something with a shape was left out"
        position = token.end
    assert not normalise(text[position:]).text.strip()


@settings(max_examples=200, deadline=None)
@given(TYPED, st.data())
def test_annotations_always_span_whole_tokens(tokenizer: XiaoerTokenizer, text: str, data: st.DataObject) -> None:
    visible = [index for index, character in enumerate(text) if normalise(character).text.strip()]
    if not visible:
        return
    start = data.draw(st.sampled_from(visible))
    end = data.draw(st.sampled_from([index for index in visible if index >= start])) + 1
    message = Message({"text": text, "entities": [{"entity": "product", "start": start, "end": end}]})
    tokens = tokenizer.tokenize(message, "text")
    assert start in {token.start for token in tokens}
    assert end in {token.end for token in tokens}
