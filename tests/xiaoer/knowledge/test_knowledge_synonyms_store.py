"""Synonyms of a scope are replaced whole, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import InvalidSynonymGroup, ScopeNotFound
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.store import revision
from xiaoer.knowledge.synonyms_store import MAX_GROUPS, SynonymGroup, list_synonyms, set_synonyms


def kept(engine: Engine, scope: str = "shop") -> list[SynonymGroup]:
    with reading(engine) as session:
        return list_synonyms(session, scope)


def grown(engine: Engine, scope: str = "shop") -> int:
    with reading(engine) as session:
        return revision(session, scope)


def test_groups_are_kept_in_normal_form_with_who_wrote_them(mall: Engine, now: datetime) -> None:
    with writing(mall) as session:
        groups = set_synonyms(
            session,
            "shop",
            [[" 快递费 ", "邮费", "邮费"], ["ＶＩＰ", "会员"], ["多久…到", "几天到"]],
            Change("a1", now),
        )
    assert [(group.words, group.by, group.at) for group in groups] == [
        (("快递费", "邮费"), "a1", now),
        (("vip", "会员"), "a1", now),
        (("多久…到", "几天到"), "a1", now),
    ]
    assert kept(mall) == groups
    assert kept(mall, "other") == []
    assert (grown(mall), grown(mall, "other")) == (1, 0)


def test_a_group_that_stays_keeps_its_writer(mall: Engine, now: datetime) -> None:
    later = now + timedelta(days=1)
    with writing(mall) as session:
        set_synonyms(session, "shop", [["快递费", "邮费"], ["大衣", "外套"]], Change("a1", now))
        set_synonyms(session, "other", [["耳机", "耳麦"]], Change("b1", now))
    with writing(mall) as session:
        set_synonyms(session, "shop", [["手机", "电话"], ["快递费", "邮费"]], Change("a2", later))
    assert [(group.words, group.by, group.at) for group in kept(mall)] == [
        (("快递费", "邮费"), "a1", now),
        (("手机", "电话"), "a2", later),
    ]
    assert [group.words for group in kept(mall, "other")] == [("耳机", "耳麦")]
    assert (grown(mall), grown(mall, "other")) == (2, 1)
    with writing(mall) as session:
        set_synonyms(session, "shop", [["快递费", "邮费"], ["手机", "电话"]], Change("a3", later))
    assert grown(mall) == 2, "nothing has changed"


@pytest.mark.parametrize(
    ("groups", "number", "reason"),
    [
        ([["邮费"]], 1, "至少需要两个不同的词"),
        ([["邮费", " 邮费"]], 1, "至少需要两个不同的词"),
        ([["邮费", "运费"], ["快递费", "运费"]], 2, "“运费”已经在第1组里"),
        ([["邮费", "…"]], 1, "“…”不是词"),
        ([["邮费", "！"]], 1, "“！”不是词"),
        ([["邮费", "快递" * 16]], 1, f"“{'快递' * 15}…”超过30个字"),
        ([[f"词{number}" for number in range(51)]], 1, "不能超过50个词"),
        ([[f"a{number}", f"b{number}"] for number in range(MAX_GROUPS + 1)], 501, "同义词组不能超过500组"),
    ],
)
def test_a_wrong_group_is_named_and_nothing_changes(
    small_mall: Engine, now: datetime, groups: list[list[str]], number: int, reason: str
) -> None:
    with writing(small_mall) as session:
        set_synonyms(session, "shop", [["大衣", "外套"]], Change("a1", now))
    before = kept(small_mall)
    with pytest.raises(InvalidSynonymGroup) as caught, writing(small_mall) as session:
        set_synonyms(session, "shop", groups, Change("a2", now))
    assert (caught.value.number, caught.value.reason) == (number, reason)
    assert kept(small_mall) == before
    assert grown(small_mall) == 1


def test_nobodys_synonyms_are_refused(mall: Engine, now: datetime) -> None:
    with pytest.raises(ScopeNotFound), writing(mall) as session:
        set_synonyms(session, "nobody", [["大衣", "外套"]], Change("a1", now))
