"""Ways to find the entry for a question that the search is compared with: those that nothing is fitted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import bm25s
import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.knowledge_cases import FEATURES, Case
from xiaoer.knowledge.anatomy import sounds
from xiaoer.knowledge.text import normalise

Scores = Callable[[str], np.ndarray]
"""The scores of all phrasings for a question."""

PLATFORM_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""What a platform's entry may count against the merchant's own; each way has the one that suits it best."""


def words(text: str) -> list[str]:
    """Return the words of a text, as jieba cuts them."""
    return [word for word in jieba.lcut(normalise(text)) if word.strip()]


def pairs(text: str) -> list[str]:
    """Return the pairs of characters of a text."""
    form = normalise(text)
    return ["".join(pair) for pair in pairwise(form)] or [form]


def spoken(text: str) -> list[str]:
    """Return the n-grams of one to three characters of a text, and how it sounds."""
    form = normalise(text)
    ngrams = [form[at : at + size] for size in (1, 2, 3) for at in range(len(form) - size + 1)]
    return ngrams + [f"s:{sound}" for sound in sounds(form)]


def bm25(phrasings: Sequence[str], cut: Callable[[str], list[str]]) -> Scores:
    """Return a search with BM25 as the library has it."""
    retriever = bm25s.BM25()
    retriever.index([cut(text) for text in phrasings], show_progress=False)

    def scores(text: str) -> np.ndarray:
        known = [token for token in cut(text) if token in retriever.vocab_dict]
        return np.asarray(retriever.get_scores(known)) if known else np.zeros(len(phrasings))

    return scores


def tfidf(phrasings: Sequence[str], vectorizer: TfidfVectorizer) -> Scores:
    """Return a search with the cosine of TF-IDF."""
    matrix = vectorizer.fit_transform(phrasings)
    return lambda text: np.asarray((matrix @ vectorizer.transform([text]).T).todense()).ravel()


WAYS: dict[str, Callable[[Sequence[str]], Scores]] = {
    "BM25, words of jieba": lambda phrasings: bm25(phrasings, words),
    "BM25, pairs of characters": lambda phrasings: bm25(phrasings, pairs),
    "TF-IDF, character n-grams": lambda phrasings: tfidf(
        phrasings, TfidfVectorizer(analyzer="char", ngram_range=(1, 3), preprocessor=normalise)
    ),
    "the same with pinyin": lambda phrasings: tfidf(phrasings, TfidfVectorizer(analyzer=spoken)),
}
ALIKE = "words, concepts, characters: cosine"

LEFT_OUT: dict[str, tuple[str, ...]] = {
    "logit without meaning": ("means_asked", "means"),
    "logit with meaning alone": ("alike", "asked_words", "covered"),
    "logit, all features": (),
}


@lru_cache(maxsize=256)
def _search(way: str, phrasings: tuple[str, ...]) -> Scores:
    return WAYS[way](phrasings)


def plain_scores(way: str, case: Case) -> np.ndarray:
    """Return the score of each candidate, the best phrasing's, shape ``(n,)``.

    Args:
        way: A key of ``WAYS``, or ``ALIKE``.
        case: A question with its candidates.
    """
    if way == ALIKE:
        return case.fits[:, FEATURES.index("alike")]
    ways = [(entry.question, *entry.similar_questions) for entry in case.entries]
    counted = [len(each) for each in ways]
    found = _search(way, tuple(text for each in ways for text in each))(case.question.question)
    return np.asarray(np.maximum.reduceat(found, np.cumsum(counted) - counted))
