"""The normal form of a question, its clauses and its parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoer.knowledge.synonyms import InvalidSynonyms, default_synonyms, load_synonyms
from xiaoer.knowledge.text import MAX_CHARS, clauses, features, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("包邮吗？", "包邮吗"),
        ("  包 邮 吗 ！！", "包邮吗"),
        ("ＬＥＶＩＳ　５０１", "levis 501"),
        ("iPhone 15 Pro包邮吗", "iphone 15 pro包邮吗"),
        ("①号②号", "1号2号"),
        ("退\u200b货\u202e运费", "退货运费"),
        ("<b>运费</b>", "b运费b"),
        ("😀👍🏻", ""),
        ("", ""),
    ],
)
def test_width_case_punctuation_and_spaces_make_no_difference(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text(max_size=300))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form


@given(st.text())
def test_a_normal_form_is_made_of_letters_digits_and_single_spaces(text: str) -> None:
    form = normalise(text)
    assert form == form.strip()
    assert "  " not in form
    assert all(char.isalnum() or char == " " for char in form)


@given(st.text(alphabet="包邮吗运费多少退货新疆 aB1", max_size=40), st.text(alphabet="，。！？~… \t\n", max_size=8))
def test_punctuation_around_a_text_makes_no_difference(text: str, around: str) -> None:
    assert normalise(around + text + around) == normalise(text)


@settings(deadline=None)  # the first call loads the dictionaries
@given(st.text(), st.text(max_size=3))
def test_any_text_can_be_taken_apart(text: str, more: str) -> None:
    for form in clauses(text * 3 + more):
        assert form == normalise(form)
        assert all(weight > 0 for weight in features(form, default_synonyms())[0].values())


def test_clauses_are_the_whole_each_part_and_each_two_parts() -> None:
    assert clauses("在吗，想问下包邮吗？新疆的") == [
        "在吗想问下包邮吗新疆的",
        "在吗",
        "想问下包邮吗",
        "新疆的",
        "在吗想问下包邮吗",
        "想问下包邮吗新疆的",
    ]
    assert clauses("包邮吗") == ["包邮吗"]
    assert clauses("？？") == []


def test_only_the_beginning_of_a_very_long_text_is_looked_at() -> None:
    assert normalise("包邮" * MAX_CHARS) == "包邮" * (MAX_CHARS // 2)
    assert len(clauses("好，" * 5000)) < 30


def parts(text: str) -> set[str]:
    return set(features(normalise(text), default_synonyms())[0])


def test_words_of_a_group_share_its_concept() -> None:
    assert "c:freight" in parts("包邮吗") & parts("邮费") & parts("运费多少")
    assert "c:invoice" in parts("能开票不") & parts("发票怎么弄")
    assert "c:ship" in parts("几天寄出") & parts("多久发货")


def test_the_longest_word_wins() -> None:
    assert "c:return_freight" in parts("退货运费谁出")
    assert not parts("退货运费谁出") & {"c:return", "c:freight"}


def test_fillers_say_nothing_but_not_inside_of_words() -> None:
    assert parts("在吗") == parts("你好，在吗，亲") == set()
    assert parts("会员怎么升级") >= {"w:会员", "w:升级"}


def test_rare_words_weigh_more_than_common_ones() -> None:
    weights, _ = features("中国榫卯", default_synonyms())
    assert weights["w:榫卯"] > 2 * weights["w:中国"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("[]", "needs exactly the keys"),
        ("fillers: [a, b]\ngroups: {}", "needs exactly the keys"),
        ("fillers: [a, b]\nasking: {}\ngroups: []", "asking and groups need lists of words by name"),
        ("fillers: [a, b]\nasking: {x: [c, d]}\ngroups: {x: [e, f]}", "x in asking and in groups"),
        ("fillers: [a, b]\nasking: {}\ngroups: {x: [c]}", "x needs a list of at least two words"),
        ("fillers: [a, b]\nasking: {}\ngroups: {x: [c, D]}", "'D' in x is no lower-case word"),
        ("fillers: [a, b]\nasking: {}\ngroups: {x: [c, 7]}", "7 in x is no lower-case word"),
        ("fillers: [a, b]\nasking: {}\ngroups: {x: [c, d], y: [e, c]}", "c stands in x and in y"),
        ("fillers: [a, b", "is no YAML"),
    ],
)
def test_a_file_of_synonyms_that_breaks_a_rule_is_refused(tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "synonyms.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSynonyms, match=error):
        load_synonyms(path)
