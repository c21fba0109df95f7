from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import features, fingerprint, linear
from components.intents import NgramIntentClassifier
from components.lexicon import Lexicon
from components.linear import BlockVectorizer, LinearModel
from components.names import NameEntityExtractor
from components.patterns import PatternEntityExtractor
from components.sentiment import LABELS, SentimentClassifier
from components.tokenizer import XiaoerTokenizer

DATA = {
    "query_logistics": [
        "快递到哪了",
        "我的包裹到哪里了",
        "物流到哪儿了",
        "什么时候能到",
        "快递今天能到吗",
        "包裹几天到",
    ],
    "request_invoice": ["开发票", "我要开票", "发票怎么开", "能开增值税发票吗", "发票抬头写错了", "电子发票发我"],
    "ask_price": ["多少钱", "这个什么价", "能便宜点吗", "价格多少", "便宜一点", "一件多少钱"],
}


def data(tokenizer: XiaoerTokenizer, examples: dict[str, list[str]]) -> TrainingData:
    messages = [Message({"text": text, "intent": intent}) for intent, texts in examples.items() for text in texts]
    return tokenizer.process_training_data(TrainingData(messages))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("订单２０２６１１１５０００３２１４５６７到哪了", "订单Ⓞ到哪了"),
        ("退我30块", "退我Ⓐ"),
        ("[数字x]号到", "0号到"),
        ("[订单X]改成[电话x]", "Ⓞ改成Ⓟ"),
        ("[姓名x]寄到[地址x]", "Ⓝ寄到Ⓛ"),
        ("好的[微笑]#E-s12", "好的☺☺"),
        ("第3次了", "第0次了"),
        ("XL", "xl"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_values_become_signs(text: str, seen: str) -> None:
    assert features.signed(text) == seen


def test_sequences() -> None:
    assert features.characters("退款", longest=2) == ["退", "款", "^退", "退款", "款$"]
    assert features.characters("") == []
    assert features.distant_characters("退,我的款") == ["退的", "我款", "退款"]
    assert features.words(["退", "我", "30块", "!"]) == ["退", "我", "Ⓐ", "退|我", "我|Ⓐ"]


def test_a_pasted_page_is_not_read_to_its_end() -> None:
    assert len(features.signed("急了" * 5000)) == 500


def test_vectors_have_length_one_per_block() -> None:
    texts = [{"a": ["x", "y"], "b": ["z"]}, {"a": ["x", "x"], "b": ["z"]}, {"a": ["y"], "b": []}]
    vectorizer = BlockVectorizer({"a": 1.0, "b": 0.5})
    rows = vectorizer.fit(texts).toarray()
    assert list(vectorizer.vocabulary) == ["a:x", "a:y", "b:z"]
    assert np.linalg.norm(rows[0][:2]) == pytest.approx(1.0)
    assert rows[0][2] == pytest.approx(0.5)
    assert rows[1].tolist() == pytest.approx([1.0, 0.0, 0.5])
    assert len(vectorizer.vector({"a": ["unknown"], "b": []})[0]) == 0


FEATURES = st.lists(st.sampled_from("退款货单的"), max_size=6)


@given(texts=st.lists(st.fixed_dictionaries({"a": FEATURES, "b": FEATURES}), min_size=1, max_size=8))
def test_fitting_gives_the_vectors_of_the_texts(texts: list[dict[str, list[str]]]) -> None:
    vectorizer = BlockVectorizer({"a": 1.0, "b": 0.5})
    fitted = vectorizer.fit(texts, min_texts=2)
    assert fitted.shape == (len(texts), len(vectorizer.vocabulary))
    for row, text in zip(fitted.toarray(), texts, strict=True):
        columns, values = vectorizer.vector(text)
        one = np.zeros(len(vectorizer.vocabulary))
        one[columns] = values
        assert row == pytest.approx(one, abs=1e-6)
    for feature, column in vectorizer.vocabulary.items():
        block, _, name = feature.partition(":")
        with_it = sum(name in text[block] for text in texts)
        assert with_it >= 2
        assert vectorizer.idf[column] == pytest.approx(np.log((1 + len(texts)) / (1 + with_it)) + 1)


def test_what_sounds_alike_is_heard_alike() -> None:
    assert features.sounds("退宽!") == features.sounds("退款") == ["tui", "kuan", "tui-kuan"]
    assert features.sounds("正品 xl") == ["zen", "pin", "x", "l", "zen-pin", "pin-x", "x-l", "zen-pin-x", "pin-x-l"]
    assert features.sounds("") == []


def test_characters_together_have_no_order() -> None:
    assert features.characters_together("退不退?") == features.characters_together("不退") == ["不退"]
    assert features.characters_together("") == []
    assert len(features.characters_together("".join(map(chr, range(0x4E00, 0x4E00 + 500))))) == 300


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    vectorizer = BlockVectorizer({"a": 1.0})
    vectorizer.fit([{"a": ["款", "退"]}, {"a": ["款", "退"]}])
    model = LinearModel.of(("no", "yes"), np.array([[0.5, -0.5], [0.25, 1.0]]), np.array([0.1, 0.2]), 2.5)
    linear.save(tmp_path, vectorizer, model)
    again, same = linear.load(tmp_path)
    assert again.vocabulary == vectorizer.vocabulary
    columns, values = vectorizer.vector({"a": ["退"]})
    assert same.probabilities(columns, values) == pytest.approx(model.probabilities(columns, values), abs=1e-3)
    assert same.classes == model.classes


def test_weights_of_one_byte_give_the_same_probabilities() -> None:
    random = np.random.default_rng(2)
    weights, bias = random.normal(size=(400, 5)), random.normal(size=5)
    model = LinearModel.of("abcde", weights, bias, 2.0)
    columns = random.choice(400, size=100, replace=False)
    values = np.full(100, 0.1)
    exact = linear.softmax(2.0 * (values @ weights[columns] + bias))
    assert model.weights.dtype == np.int8
    assert model.probabilities(columns, values) == pytest.approx(exact, abs=0.02)


def test_a_model_without_columns_knows_only_its_bias() -> None:
    model = LinearModel.of(("no", "yes"), np.zeros((0, 2)), np.array([0.0, 1.0]))
    nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    assert model.probabilities(*nothing) == pytest.approx(linear.softmax(np.array([0.0, 1.0])))


def test_the_scale_makes_confidence_a_probability() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(4000, 3))
    true = np.array([random.choice(3, p=row) for row in linear.softmax(3.0 * scores)])
    assert linear.best_scale(scores, true) == pytest.approx(3.0, rel=0.1)


@pytest.fixture
def intents(tokenizer: XiaoerTokenizer, storage: ModelStorage, context: ExecutionContext) -> NgramIntentClassifier:
    """The intent classifier as it comes back from a small trained model."""
    config = NgramIntentClassifier.get_default_config()
    resource = NgramIntentClassifier.create(config, storage, Resource("i"), context).train(data(tokenizer, DATA))
    return NgramIntentClassifier.load(config, storage, resource, context)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("快递到哪啦", "query_logistics"), ("帮我开个发票", "request_invoice"), ("便宜点行不", "ask_price")],
)
def test_intents(intents: NgramIntentClassifier, message, text: str, intent: str) -> None:
    result = intents.process([message(text)])[0].as_dict(only_output_properties=True)
    assert result["intent"]["name"] == intent
    assert result["intent_ranking"][0] == result["intent"]
    assert [each["name"] for each in result["intent_ranking"]] != []
    confidences = [each["confidence"] for each in result["intent_ranking"]]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1.0)
    json.dumps(result["intent_ranking"])


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "🦕", "Ωψ"])
def test_nothing_known_has_no_intent(intents: NgramIntentClassifier, message, text: str) -> None:
    result = intents.process([message(text)])[0]
    assert result.get("intent") == {"name": None, "confidence": 0.0}
    assert result.get("intent_ranking") == []


def test_one_intent_cannot_be_told_apart(
    tokenizer: XiaoerTokenizer, storage: ModelStorage, context: ExecutionContext
) -> None:
    classifier = NgramIntentClassifier.create(
        NgramIntentClassifier.get_default_config(), storage, Resource("i"), context
    )
    with pytest.raises(InvalidConfigException, match="two intents"):
        classifier.train(data(tokenizer, {"ask_price": DATA["ask_price"]}))
    with pytest.raises(InvalidConfigException, match="not been trained"):
        classifier.process([Message({"text": "多少钱"})])


@pytest.mark.parametrize(
    "names", [("ask_price", "request_invoice"), ("ask_price", "request_invoice", "query_logistics")]
)
def test_few_examples_train_too(
    tokenizer: XiaoerTokenizer, storage: ModelStorage, context: ExecutionContext, message, names: tuple[str, ...]
) -> None:
    config = NgramIntentClassifier.get_default_config()
    few = {name: DATA[name][: 6 if index else 1] for index, name in enumerate(names)}
    resource = NgramIntentClassifier.create(config, storage, Resource("i"), context).train(data(tokenizer, few))
    loaded = NgramIntentClassifier.load(config, storage, resource, context)
    assert loaded.process([message("开发票")])[0].get("intent")["name"] == "request_invoice"


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for label, text in texts.items():
        (folder / f"{label}.txt").write_text(text, encoding="utf-8")
    return folder


CALM = "快递到哪了\n多少钱\n有货吗\n垃圾袋多少钱\n谢谢\n好的\n尺码偏大吗\n发什么快递\n"
DISSATISFIED = "怎么还不发货\n太慢了\n等了五天了还没到\n质量有点差\n有点失望\n怎么又缺货\n一直没人回\n这么久都没到\n"
ANGRY = "骗子\n你们就是骗子店铺\n我要投诉你们\n垃圾客服\n滚\n太恶心了受不了\n忽悠人\n打12315举报你们\n"


@pytest.fixture
def moods(tmp_path: Path, storage: ModelStorage, context: ExecutionContext) -> SentimentClassifier:
    """The sentiment classifier as it comes back from a small trained model."""
    folder = write(tmp_path / "mood", calm=CALM, dissatisfied=DISSATISFIED, angry=ANGRY)
    config = {**SentimentClassifier.get_default_config(), "data": str(folder), "calm_intents": ["ask_price"]}
    examples = [Message({"text": text, "intent": "ask_price"}) for text in DATA["ask_price"]]
    resource = SentimentClassifier.create(config, storage, Resource("s"), context).train(TrainingData(examples))
    return SentimentClassifier.load(config, storage, resource, context)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("一群骗子我要投诉你们", "angry"),
        ("怎么还没到 太慢了", "dissatisfied"),
        ("垃圾袋有货吗", "calm"),
        ("这个多少钱", "calm"),
        ("", "calm"),
        ("\u200b", "calm"),
        ("/complain", "calm"),
        ('/inform{"note": "骗子骗子我要投诉"}', "calm"),
    ],
)
def test_moods(moods: SentimentClassifier, text: str, label: str) -> None:
    result = moods.process([Message({"text": text})])[0].as_dict(only_output_properties=True)["sentiment"]
    assert result["label"] == label
    assert {each["label"] for each in result["ranking"]} == set(LABELS)
    assert sum(each["confidence"] for each in result["ranking"]) == pytest.approx(1.0)
    assert result["confidence"] == next(each["confidence"] for each in result["ranking"] if each["label"] == label)
    json.dumps(result)


@pytest.mark.parametrize("text", ["91330100799655058B", "13912345678", "wang@example.com", " SF1234567890123 "])
def test_a_value_by_itself_has_no_feeling(moods: SentimentClassifier, text: str) -> None:
    assert moods.classify(text)["ranking"][0] == {"label": "calm", "confidence": 1.0}


def test_a_message_without_text_is_calm(moods: SentimentClassifier) -> None:
    assert moods.process([Message({"text": None})])[0].get("sentiment")["label"] == "calm"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_a_mood(text: str) -> None:
    lexicon = Lexicon()
    assert lexicon.features(text).shape == (lexicon.width,)
    assert lexicon.judge(text) in LABELS


def test_changed_examples_train_anew(tmp_path: Path) -> None:
    folder = write(tmp_path / "mood", calm=CALM, dissatisfied=DISSATISFIED, angry=ANGRY)
    config = {"data": str(folder)}
    before = SentimentClassifier.fingerprint_addon(config)
    assert SentimentClassifier.fingerprint_addon(config) == before
    write(folder, angry=ANGRY + "退钱\n")
    assert SentimentClassifier.fingerprint_addon(config) != before


@pytest.mark.parametrize(
    "component",
    [XiaoerTokenizer, NgramIntentClassifier, SentimentClassifier, PatternEntityExtractor, NameEntityExtractor],
)
def test_a_component_restored_from_the_cache_has_a_fingerprint(component: type[GraphComponent]) -> None:
    """Rasa asks for it with the config of the stand-in that restores the output."""
    component.fingerprint_addon({"output": "whatever was cached"})


def test_changed_code_and_files_train_anew(tmp_path: Path) -> None:
    before = fingerprint.of_files()
    assert fingerprint.of_files() == before
    absent = fingerprint.of_files([tmp_path / "words.txt"])
    (tmp_path / "words.txt").write_text("顺丰", encoding="utf-8")
    assert len({before, absent, fingerprint.of_files([tmp_path / "words.txt"])}) == 3


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"calm": CALM, "angry": ANGRY}, "missing"),
        ({"calm": CALM, "angry": ANGRY, "dissatisfied": "\n"}, "no example"),
        ({"calm": CALM, "angry": ANGRY, "dissatisfied": "骗子\n太慢了\n谢谢\n"}, "elsewhere"),
    ],
)
def test_mistaken_examples(
    tmp_path: Path, storage: ModelStorage, context: ExecutionContext, texts: dict[str, str], complaint: str
) -> None:
    config = {**SentimentClassifier.get_default_config(), "data": str(write(tmp_path / "mood", **texts))}
    with pytest.raises(InvalidConfigException, match=complaint):
        SentimentClassifier.create(config, storage, Resource("s"), context).train(TrainingData())


def test_a_model_of_another_lexicon_is_refused(
    moods: SentimentClassifier, storage: ModelStorage, context: ExecutionContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lexicon, "width", 2)
    with pytest.raises(InvalidConfigException, match="train it anew"):
        SentimentClassifier.load(SentimentClassifier.get_default_config(), storage, Resource("s"), context)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("你们这群骗子", "deceit"),
        ("我要投诉", "threat"),
        ("什么破快递", "insult"),
        ("太恶心了", "exasperation"),
        ("还没发货", "impatience"),
        ("在吗!!!", "shouting"),
    ],
)
def test_cues(text: str, group: str) -> None:
    assert Lexicon().count(text)[group] == 1


@pytest.mark.parametrize(
    ("text", "strong"), [("骗人", True), ("退钱!!!", True), ("怎么还没到", False), ("服务太差", False)]
)
def test_strong_cues(text: str, strong: bool) -> None:
    assert Lexicon().has_strong_cue(text) is strong


def test_ngrams_alone_must_be_very_sure(moods: SentimentClassifier) -> None:
    moods._config = {**SentimentClassifier.get_default_config(), "angry_without_cue_from": 1.1, "angry_from": 0.0}
    assert moods.classify("客服电话")["label"] != "angry"
    assert moods.classify("骗子")["label"] == "angry"


@pytest.mark.parametrize(
    "text", ["垃圾袋怎么卖", "狗粮有货", "送给妈妈的礼物", "投诉电话多少", "火锅底料", "行李箱滚轮坏了能单买"]
)
def test_words_that_only_look_angry(text: str) -> None:
    assert Lexicon().judge(text) == "calm"


@pytest.mark.parametrize("content", ["- a list", "insult: [a]", "harmless: ['(']"])
def test_a_mistaken_lexicon_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sentiment.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidConfigException, match=r"sentiment\.yml"):
        Lexicon(path)
