"""How near two questions are to each other, many at a time: cosines of words, concepts and characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.preprocessing import normalize

from xiaoer.knowledge.synonyms import Synonyms, default_synonyms
from xiaoer.knowledge.text import CHARACTER, CONCEPT, WORD, features

SHARES = {CONCEPT: 0.6, WORD: 2.0}
"""What features count here against their weight in the search.

A customer's question may find an answer that is worded otherwise, so there concepts count most; here the same wording
matters more, or 怎么退货 and 退货流程 would swallow everything about returns. Chosen on the ``dev`` half of
``tests/xiaoer/knowledge/same_questions.tsv``.
"""

BLOCK = 500
"""Rows that are compared with all others at a time, to keep the products small."""


def vectors(forms: Sequence[str], synonyms: Synonyms | None = None) -> Any:
    """Return one unit vector for each form, as a sparse matrix of as many rows.

    The weights depend on the language alone, not on the other forms: a threshold means the same for ten as for
    ten thousand.

    Args:
        forms: Texts in normal form, at least one, none empty.
        synonyms: Words that count as one, and words that count as nothing; the project's own when ``None``.
    """
    known = synonyms or default_synonyms()
    return normalize(DictVectorizer().fit_transform([_weighed(form, known) for form in forms]))


def _weighed(form: str, synonyms: Synonyms) -> dict[str, float]:
    found, _ = features(form, synonyms)
    if not found:  # nothing but fillers: 在吗 is as near to 在吗 as can be
        return {f"{CHARACTER}:{char}": 1.0 for char in form}
    return {name: weight * SHARES.get(name[0], 1.0) for name, weight in found.items()}


def near_pairs(matrix: Any, least: float) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Find the rows of a matrix of unit vectors that are near to each other.

    Args:
        matrix: What ``vectors`` returned.
        least: Least cosine, above 0.

    Yields:
        Row numbers, other row numbers (always greater) and cosines, all of one length, in the order of the rows.
    """
    for start in range(0, matrix.shape[0], BLOCK):
        product = (matrix[start : start + BLOCK] @ matrix[start:].T).tocoo()
        near = (product.data >= least) & (product.col > product.row)
        first, second, cosines = product.row[near] + start, product.col[near] + start, product.data[near]
        order = np.lexsort((second, first))
        yield first[order], second[order], cosines[order]
