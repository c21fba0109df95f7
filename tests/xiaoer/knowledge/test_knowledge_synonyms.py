"""Groups of words with a shop's own."""

from __future__ import annotations

from xiaoer.knowledge.synonyms import Synonyms

BASE = Synonyms(["请问", "那个"], {"how": ["怎么", "咋"]}, {"post": ["邮费", "运费"], "money": ["多少钱", "价格"]})


def test_own_groups_are_added_and_the_others_stay() -> None:
    found = BASE.extended([["大衣", "外套"]])
    assert found.concept("大衣") == found.concept("外套") is not None
    assert (found.concept("邮费"), found.concept("咋")) == ("post", "how")
    assert (BASE.concept("大衣"), found.asking) == (None, frozenset({"how"}))


def test_without_own_groups_nothing_changes() -> None:
    assert BASE.extended([]) is BASE


def test_a_group_that_shares_a_word_joins_that_group() -> None:
    assert BASE.extended([["运费", "快递费"]]).concept("快递费") == "post"


def test_a_group_that_touches_two_makes_them_one() -> None:
    found = BASE.extended([["运费", "价格"]])
    assert found.concept("邮费") == found.concept("运费") == found.concept("价格") == found.concept("多少钱") == "post"


def test_words_that_join_a_group_of_asking_only_ask() -> None:
    found = BASE.extended([["咋", "咋个"]])
    assert (found.concept("咋个"), found.asking) == ("how", frozenset({"how"}))


def test_own_groups_that_touch_each_other_are_one() -> None:
    found = BASE.extended([["大衣", "外套"], ["外套", "褂子"]])
    assert found.concept("大衣") == found.concept("褂子") is not None


def test_a_filler_in_a_group_is_a_word() -> None:
    found = BASE.extended([["那个", "大姨妈"]])
    assert (found.is_filler("那个"), found.is_filler("请问"), BASE.is_filler("那个")) == (False, True, True)
    assert found.concept("那个") == found.concept("大姨妈") is not None
