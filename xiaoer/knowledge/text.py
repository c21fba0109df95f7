"""How a question is taken apart before it is compared: normal form, clauses, words, concepts and characters."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

import jieba

from xiaoer.knowledge.synonyms import Synonyms

MAX_CHARS = 1000
"""Longest part of a text that is looked at; nobody's question begins later."""

MAX_CLAUSES = 12
"""Most clauses of a text that are compared one by one."""

BREAKS = re.compile(r"[，。！？；：、,.!?;:~～…\n\r\t]+")
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) +| +(?=[\u3400-\u9fff])")
PIECES = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff_]+")

WORD, CONCEPT, PAIR = "w", "c", "p"
WEIGHTS = {WORD: 0.7, CONCEPT: 1.0, PAIR: 0.35}
"""How much each kind of feature counts; chosen on the development half of our own questions."""

EXACT_SHARE = 0.35
"""What is left of a word's own weight where its concept counts already."""


def normalise(text: str) -> str:
    """Return the form of a text in which two are compared.

    Width, case, punctuation, control characters and spaces beside Chinese characters make no difference.

    Args:
        text: What somebody typed, of any length.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:MAX_CHARS]).casefold())
    kept = "".join(char if char.isalnum() else " " for char in plain)
    return BETWEEN_CHINESE.sub("", " ".join(kept.split()))


def clauses(text: str) -> list[str]:
    """Return the parts of a text that can be questions of their own, in normal form.

    The whole text is the first; then come its clauses, and each clause together with the next.

    Args:
        text: What somebody typed.
    """
    cut = text[:MAX_CHARS]
    parts = [part for part in (normalise(part) for part in BREAKS.split(cut)) if part][:MAX_CLAUSES]
    pairs = [normalise(f"{first} {second}") for first, second in pairwise(parts)]
    return list(dict.fromkeys(form for form in [normalise(cut), *parts, *pairs] if form))


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def features(text: str, synonyms: Synonyms) -> dict[str, float]:
    """Return what a text is made of, with the weight of each part.

    Args:
        text: A text in normal form.
        synonyms: Words that count as one, and words that count as nothing.

    Returns:
        Weights by feature: ``c:…`` concepts, ``w:…`` words, ``p:…`` pairs of characters. Empty where the text says
        nothing.
    """
    shares: dict[str, float] = {}
    end = 0
    for match in synonyms.pattern.finditer(text):
        shares.update(dict.fromkeys(_surface(text[end : match.start()]), 1.0))
        end = match.end()
        concept = synonyms.concept_of.get(match.group())
        if concept is not None:
            shares[f"{CONCEPT}:{concept}"] = 1.0
            for feature in _surface(match.group()):
                shares.setdefault(feature, EXACT_SHARE)
    shares.update(dict.fromkeys(_surface(text[end:]), 1.0))
    return {feature: WEIGHTS[feature[0]] * share for feature, share in shares.items()}


def _surface(text: str) -> list[str]:
    result: list[str] = []
    for piece in PIECES.findall(text):
        result += [f"{WORD}:{word}" for word in _tokenizer().cut(piece)]
        if not piece.isascii():
            result += [f"{PAIR}:{piece[start : start + 2]}" for start in range(len(piece) - 1)]
    return result
