"""Which questions are put together.

``same_questions.tsv`` has two halves: shares and thresholds were chosen on ``dev``; ``test`` was written before
anything was measured, and was measured once. The limits lie a little below what was measured.
"""

from __future__ import annotations

import csv
import random
from itertools import combinations
from pathlib import Path
from time import perf_counter

import pytest

from xiaoer.knowledge.conflicts import SIMILARITY
from xiaoer.knowledge.grouping import group_forms
from xiaoer.knowledge.nearness import near_pairs, vectors
from xiaoer.knowledge.text import normalise

LABELLED = Path(__file__).with_name("same_questions.tsv")
ASKED = Path(__file__).with_name("questions.tsv")

Pairs = set[tuple[int, int]]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def half(name: str) -> tuple[list[str], Pairs]:
    """Return the questions of a half, and which two of them ask the same."""
    rows = [row for row in read(LABELLED) if row["half"] == name]
    same = {pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]]["group"] == rows[pair[1]]["group"]}
    return [normalise(row["question"]) for row in rows], same


def precision_and_recall(found: Pairs, same: Pairs) -> tuple[float, float]:
    return round(len(found & same) / len(found), 3), round(len(found & same) / len(same), 3)


def grouped(forms: list[str]) -> Pairs:
    return {pair for group in group_forms(forms, [1] * len(forms)) for pair in combinations(sorted(group), 2)}


def paired(forms: list[str]) -> Pairs:
    blocks = near_pairs(vectors(forms), SIMILARITY)
    return {(int(one), int(other)) for first, second, _ in blocks for one, other in zip(first, second, strict=True)}


@pytest.mark.parametrize(
    ("name", "n", "pairs", "precision", "recall"), [("dev", 62, 48, 0.86, 0.68), ("test", 42, 28, 0.9, 0.67)]
)
def test_groups_do_not_get_worse(*, name: str, n: int, pairs: int, precision: float, recall: float) -> None:
    forms, same = half(name)
    assert (len(forms), len(same)) == (n, pairs)
    found = precision_and_recall(grouped(forms), same)
    assert found[0] >= precision, found
    assert found[1] >= recall, found


@pytest.mark.parametrize(("name", "precision", "recall"), [("dev", 0.87, 0.7), ("test", 0.85, 0.64)])
def test_near_pairs_do_not_get_worse(*, name: str, precision: float, recall: float) -> None:
    forms, same = half(name)
    found = precision_and_recall(paired(forms), same)
    assert found[0] >= precision, found
    assert found[1] >= recall, found


def test_the_most_asked_leads_and_comes_first() -> None:
    forms = ["可以开发票吗", "退款多久到账", "能开发票不", "退款几天到账", "会起球吗"]
    assert group_forms(forms, [3, 2, 4, 2, 6]) == [[2, 0], [4], [3, 1]]


def test_the_order_makes_no_difference() -> None:
    forms = list(dict.fromkeys(normalise(row["question"]) for row in read(ASKED)))[:300]
    counts = {form: number % 7 + 1 for number, form in enumerate(forms)}

    def groups(order: list[str]) -> list[list[str]]:
        return [[order[at] for at in group] for group in group_forms(order, [counts[form] for form in order])]

    mixed = random.Random(4).sample(forms, len(forms))
    assert groups(mixed) == groups(forms)


def test_nothing_and_fillers_can_be_grouped() -> None:
    assert group_forms([], []) == []
    assert group_forms(["在吗", "你好", "包邮吗"], [1, 1, 2]) == [[2], [1], [0]]


def test_thousands_are_grouped_in_seconds() -> None:
    asked = list(dict.fromkeys(normalise(row["question"]) for row in read(ASKED)))
    forms = [f"{form}{tail}" for tail in ("", "啊", "谢谢", "急", "在线等", "可以吗") for form in asked][:5000]
    assert len(forms) > 4800
    start = perf_counter()
    groups = group_forms(forms, [1] * len(forms))
    assert perf_counter() - start < 15  # about two on an idle machine
    assert sorted(number for group in groups for number in group) == list(range(len(forms)))
    assert len(groups) < 850
