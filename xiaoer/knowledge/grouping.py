"""Putting questions together that ask nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from xiaoer.knowledge.nearness import near_pairs, vectors
from xiaoer.knowledge.synonyms import Synonyms

DISTANCE = 0.4
"""Greatest mean cosine distance between the questions of two groups that become one.

Chosen on the ``dev`` half of ``tests/xiaoer/knowledge/same_questions.tsv``, together with ``nearness.SHARES``.
"""


def group_forms(forms: Sequence[str], counts: Sequence[int], synonyms: Synonyms | None = None) -> list[list[int]]:
    """Put near-duplicates together; the same forms and counts in any order give the same groups.

    Args:
        forms: Questions in normal form, each once, none empty.
        counts: How often each was asked.
        synonyms: Words that count as one, and words that count as nothing; the project's own when ``None``.

    Returns:
        Groups of positions in ``forms``; each begins with its most asked question, and the most asked group is first.
    """
    if not forms:
        return []
    order = sorted(range(len(forms)), key=lambda number: (-counts[number], forms[number]))
    matrix = vectors([forms[number] for number in order], synonyms)
    groups = [[order[row] for row in rows] for rows in _clusters(matrix)]
    return sorted(groups, key=lambda group: (-sum(counts[number] for number in group), forms[group[0]]))


def _clusters(matrix: Any) -> list[list[int]]:
    """Return the rows by cluster, by average linkage.

    Clusters grow only along pairs that are near, so rows that no chain of near pairs connects are looked at apart: the
    distances of all to all are never needed at once.
    """
    found = list(near_pairs(matrix, 1 - DISTANCE))
    first = np.concatenate([block[0] for block in found])
    second = np.concatenate([block[1] for block in found])
    graph = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(matrix.shape[0],) * 2)
    _, labels = connected_components(graph, directed=False)
    connected: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        connected[int(label)].append(row)
    return [cluster for rows in connected.values() for cluster in _linked(matrix, rows)]


def _linked(matrix: Any, rows: list[int]) -> list[list[int]]:
    if len(rows) == 1:
        return [rows]
    part = matrix[rows]
    distances = np.clip(1 - (part @ part.T).toarray(), 0, None)
    np.fill_diagonal(distances, 0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), DISTANCE, criterion="distance")
    clusters: dict[int, list[int]] = defaultdict(list)
    for row, label in zip(rows, labels, strict=True):
        clusters[int(label)].append(row)
    return list(clusters.values())
