"""How a question is taken apart before it is compared: normal form, clauses, words, concepts and characters."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import jieba
from jieba.analyse.tfidf import DEFAULT_IDF, IDFLoader

from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.language.normalise import normalise as written_form

MAX_CHARS = 1000
"""Longest part of a text that is looked at; nobody's question begins later."""

MAX_CLAUSES = 12
"""Most clauses of a text that are compared one by one."""

BREAKS = re.compile(r"[，。！？；：、,.!?;:~～…\n\r\t]+")
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) +| +(?=[\u3400-\u9fff])")
PIECES = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff_]+")

WORD, CONCEPT, PAIR, CHARACTER = "w", "c", "p", "k"
WEIGHTS = {WORD: 0.5, CONCEPT: 1.2, PAIR: 0.2, CHARACTER: 0.8}
"""How much each kind of feature counts; chosen on the ``dev`` part of our own questions."""

EXACT_SHARE = 0.6
"""What is left of a word's own weight where its concept counts already."""

ASKING_SHARE = 0.8
"""What a concept counts that says only which kind of answer is wanted."""

LEAST_TELLING = 0.15
"""What the commonest words of the language count against the rare ones."""


def normalise(text: str) -> str:
    """Return the form of a text in which two are compared.

    Traditional characters, width, case, punctuation, control characters, long repetitions and spaces beside Chinese
    characters make no difference.

    Args:
        text: What somebody typed, of any length.
    """
    plain = unicodedata.normalize("NFKC", written_form(text[:MAX_CHARS]).text.casefold())
    kept = "".join(char if char.isalnum() else " " for char in plain)
    # Once more: a repetition may have come about since, as of characters that differed in case.
    return written_form(BETWEEN_CHINESE.sub("", " ".join(kept.split()))).text


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


class _Language:
    """What jieba knows of Chinese: where words end, and how telling each is."""

    def __init__(self) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.initialize()
        self._rarity, self._usual = IDFLoader(DEFAULT_IDF).get_idf()

    def words(self, text: str) -> list[str]:
        return list(self._tokenizer.cut(text))

    def telling(self, word: str) -> float:
        """Return how telling a word is, from ``LEAST_TELLING`` for 的 to 1 for words of the trade."""
        rarity = self._rarity.get(word, self._usual) / self._usual
        return float(min(1.0, max(LEAST_TELLING, rarity)))


@lru_cache(maxsize=1)
def _language() -> _Language:
    return _Language()


def features(text: str, synonyms: Synonyms) -> tuple[dict[str, float], str]:
    """Return what a text is made of, with the weight of each part, and what is left of it without fillers.

    Args:
        text: A text in normal form.
        synonyms: Words that count as one, and words that count as nothing.

    Returns:
        Weights by feature: ``c:…`` concepts, ``w:…`` words, ``p:…`` pairs of characters, ``k:…`` characters; empty
        where the text says nothing. And the text without the fillers of more than one character.
    """
    found: dict[str, float] = {}
    told: list[str] = []
    end = told_to = 0
    for start, stop, concept in synonyms.find(text):
        found.update(_surface(text[end:start], synonyms))
        end = stop
        if concept is not None:
            found.update(_concept(text[start:stop], concept, synonyms, known=found))
        else:
            told.append(text[told_to:start])
            told_to = stop
    found.update(_surface(text[end:], synonyms))
    return found, " ".join([*told, text[told_to:]])


def _concept(word: str, concept: str, synonyms: Synonyms, known: Mapping[str, float]) -> dict[str, float]:
    """Return the group of a word, with a little of the word itself."""
    share = ASKING_SHARE if concept in synonyms.asking else 1.0
    itself = {
        feature: weight * share * EXACT_SHARE for feature, weight in _surface(word).items() if feature not in known
    }
    return {**itself, f"{CONCEPT}:{concept}": WEIGHTS[CONCEPT] * share}


@lru_cache(maxsize=8192)  # what stands between two concepts is often the same few characters
def _surface(text: str, synonyms: Synonyms | None = None) -> Mapping[str, float]:
    """Return the words of a text and the pairs of characters in it, each as telling as the words that it is in.

    Single characters are looked up among the synonyms only where they are words: 会 is a filler, but not in 会员.
    """
    language = _language()
    found: dict[str, float] = {}
    for piece in PIECES.findall(text):
        telling: list[float] = []
        for word in language.words(piece):
            concept = synonyms.concept(word) if synonyms else None
            filler = synonyms is not None and synonyms.is_filler(word)
            share = 0.0 if filler else language.telling(word)
            telling += [share] * len(word)
            if synonyms is not None and concept is not None:
                found.update(_concept(word, concept, synonyms, known=found))
            elif not filler:
                found[f"{WORD}:{word}"] = WEIGHTS[WORD] * share
        if not piece.isascii():
            for char, share in zip(piece, telling, strict=True):
                if share:
                    found[f"{CHARACTER}:{char}"] = max(found.get(f"{CHARACTER}:{char}", 0), WEIGHTS[CHARACTER] * share)
            for start, (first, second) in enumerate(pairwise(telling)):
                if first and second:
                    found[f"{PAIR}:{piece[start : start + 2]}"] = WEIGHTS[PAIR] * (first + second) / 2
    return found
