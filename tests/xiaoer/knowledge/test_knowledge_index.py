"""The entries of a scope as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.factories import make_entry
from tests.xiaoer.knowledge.lessons import meaning
from xiaoer.knowledge.anatomy import dissect
from xiaoer.knowledge.index import Index, take_apart
from xiaoer.knowledge.model import Entry, Layer
from xiaoer.knowledge.products import ProductNames
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.text import normalise

NAMES = ProductNames([("P1", "暖冬双面羊毛大衣女", "羊毛大衣")])
TEXTS = ["邮费怎么收", "邮费多少钱", "羊毛大衣怎么洗", "大衣能机洗吗", "几点上班", "几点下班"]
ENTRIES = [
    make_entry(3, "邮费怎么收", "满八十包邮", similar_questions=("运费多少", "要邮费吗")),
    make_entry(5, "羊毛大衣怎么洗", "请干洗", layer=Layer.PRODUCT, product_id="P1", version=4),
    make_entry(9, "几点上班", "九点"),
]


def built(entries: Sequence[Entry]) -> Index:
    return Index(entries, [take_apart(each, NAMES, default_synonyms(), meaning()) for each in entries])


def compared(index: Index, text: str, *, bare: bool = False) -> dict[str, np.ndarray]:
    form = normalise(text)
    return dict(index.compare(dissect(form, default_synonyms()), bare=bare))


@pytest.mark.parametrize("text", [*TEXTS, "邮费", "邮费邮费怎么怎么收收", "天气", "x14", "满八十包邮", "请干洗 几点"])
@pytest.mark.parametrize("bare", [True, False])
def test_fits_are_shares(text: str, *, bare: bool) -> None:
    found = compared(built(ENTRIES), text, bare=bare)
    for name, values in found.items():
        assert values.shape == (3,)
        assert ((values >= 0) & (values <= 1 + 1e-5)).all(), name


def test_words_of_the_answer_count_as_the_entrys() -> None:
    found = compared(built(ENTRIES), "满八十包邮")
    assert found["covered"][0] == pytest.approx(1, abs=0.02)
    assert found["covered"][1:].max() < 0.5


def test_an_entrys_own_words_fit_it_wholly() -> None:
    found = compared(built(ENTRIES), "邮费怎么收")
    for name in ("alike", "asked_words", "covered"):
        assert found[name][0] == pytest.approx(1, abs=0.02)
        assert found[name].argmax() == 0


def test_only_a_product_that_is_meant_is_asked_about_without_its_name() -> None:
    index = built(ENTRIES)
    assert compared(index, "怎么洗", bare=True)["alike"][1] == pytest.approx(1, abs=1e-3)
    assert compared(index, "怎么洗", bare=False)["alike"][1] < 0.9
    assert index.exact("怎么洗", bare=True).tolist() == [False, True, False]
    assert index.exact("怎么洗", bare=False).tolist() == [False, False, False]
    assert index.exact("要邮费吗", bare=False).tolist() == [True, False, False]
    assert index.about({"P1"}).tolist() == [False, True, False]


def test_an_index_of_what_was_taken_apart_is_the_same() -> None:
    first = built(ENTRIES)
    second = Index(ENTRIES, first.taken())
    assert first.nbytes == second.nbytes
    for text in TEXTS:
        for bare in (True, False):
            one, other = compared(first, text, bare=bare), compared(second, text, bare=bare)
            assert {name: values.tolist() for name, values in one.items()} == {
                name: values.tolist() for name, values in other.items()
            }
        assert first.exact(text, bare=True).tolist() == second.exact(text, bare=True).tolist()


def test_entries_hold_from_their_beginning_until_their_end(now: datetime) -> None:
    second = timedelta(seconds=1)
    index = built([make_entry(1, "一"), make_entry(2, "二", valid_from=now), make_entry(3, "三", valid_to=now)])
    assert index.valid_at(now - second).tolist() == [True, False, True]
    assert index.valid_at(now).tolist() == [True, True, False]


def test_an_index_of_nothing_finds_nothing() -> None:
    index = built([])
    assert (len(index), index.taken(), index.exact("邮费", bare=True).tolist()) == (0, [], [])
    assert {values.shape for values in compared(index, "邮费").values()} == {(0,)}
