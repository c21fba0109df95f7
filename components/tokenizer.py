"""Cuts messages into words: Chinese by jieba with words of the trade, while numbers and codes stay whole."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from components import fingerprint
from components.expressions import find_expressions
from xiaoer.language.normalise import normalise

DICTIONARY = Path(__file__).with_name("dictionary.txt")

# Codes that are one thing however jieba would cut them: stickers (#E-s12), masks and emotions in brackets ([微笑]),
# sizes and specifications (38.5码, 165/88A, 200*230), models (iPhone15, USB-C), decimals.
_WHOLE = re.compile(
    r"#E-[a-z]\d*|\[[^\[\]\s]{1,8}\]|<[a-z]{1,8}>"
    r"|\d+(?:\.\d+)?(?:码|碼|寸|%)|[A-Za-z0-9]+(?:[./*x+-][A-Za-z0-9]+)*",
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class XiaoerTokenizer(Tokenizer):
    """Tokens whose ``text`` is the raw text at their offsets, and whose ``lemma`` is its normal form in lower case."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Load the dictionaries.

        Args:
            config: The options of Rasa's tokenizers for splitting intent names; there are no others.
        """
        super().__init__(config)
        jieba.setLogLevel(logging.WARNING)
        # An own instance: the module's shared one would carry our words into whoever else uses jieba.
        self._jieba = jieba.Tokenizer()
        self._jieba.initialize()
        for word in DICTIONARY.read_text(encoding="utf-8").split():
            self._jieba.add_word(word)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> XiaoerTokenizer:
        """Create the component (see parent class)."""
        return cls(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options that the parent class reads."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages whose version decides about the tokens."""
        return ["jieba"]

    @staticmethod
    def supported_languages() -> list[str]:
        """Return the language of the dictionaries."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Return a hash of the code and the dictionary, so that a changed one trains anew."""
        return fingerprint.of_files([DICTIONARY])

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute of a message.

        In training data, tokens are also cut where an annotated entity begins or ends, so that every annotation spans
        whole tokens whatever jieba makes of the sentence around it.
        """
        borders = {
            border
            for entity in message.get(ENTITIES) or []
            if attribute == TEXT
            for border in (entity["start"], entity["end"])
        }
        return list(self._tokens(message.get(attribute), borders))

    def _tokens(self, raw: str, borders: set[int]) -> Iterator[Token]:
        """Give the tokens of ``raw``, cut at the raw positions ``borders``; none is empty, none overlaps another."""
        normal = normalise(raw)
        last = 0
        for start, end in self._words(normal.text):
            raw_start, raw_end = normal.raw_span(start, end)
            # A character that NFKC took apart (㎏ → kg) stays with the first word that has a part of it.
            raw_start = max(raw_start, last)
            if raw_end <= raw_start:
                continue
            last = raw_end
            if any(raw_start < border < raw_end for border in borders):
                yield from _cut(raw, raw_start, raw_end, borders)
            else:
                yield Token(raw[raw_start:raw_end], raw_start, raw_end, lemma=normal.text[start:end].lower())

    def _words(self, text: str) -> Iterator[tuple[int, int]]:
        """Give the spans of the words of a text in normal form."""
        position = 0
        for start, end in _whole_spans(text):
            yield from self._cut_chinese(text, position, start)
            yield start, end
            position = end
        yield from self._cut_chinese(text, position, len(text))

    def _cut_chinese(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give the words that jieba finds in a part of ``text``, without the spaces between them."""
        if start == end:
            return
        for word, word_start, word_end in self._jieba.tokenize(text[start:end]):
            if not word.isspace():
                yield start + word_start, start + word_end


def _whole_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of ``text`` that are one token each: expressions first, other codes where they leave room."""
    spans = [(expression.start, expression.end) for expression in find_expressions(text)]
    taken = bytearray(len(text))
    for start, end in spans:
        taken[start:end] = b"\1" * (end - start)
    for match in _WHOLE.finditer(text):
        if not any(taken[match.start() : match.end()]):
            spans.append(match.span())
    return sorted(spans)


def _cut(raw: str, start: int, end: int, borders: set[int]) -> Iterator[Token]:
    """Give the parts of a raw span that borders cut it into."""
    points = [start, *sorted(border for border in borders if start < border < end), end]
    for left, right in pairwise(points):
        lemma = normalise(raw[left:right]).text.strip().lower()
        if lemma:
            yield Token(raw[left:right], left, right, lemma=lemma)
