"""What an agent replied becomes a draft, without personal data and without a twin."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy.engine import Engine

from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import InvalidEntry, ScopeNotFound
from xiaoer.knowledge.model import Change, Entry, EntryStatus, Layer
from xiaoer.knowledge.proposals import AlreadyKnown, asked, propose_entry
from xiaoer.knowledge.store import list_entries, retire_entry, revision

Add = Callable[..., Entry]


def propose(engine: Engine, question: str, answer: str, now: datetime, **more: str) -> Entry:
    with writing(engine) as session:
        return propose_entry(session, more.pop("tenant", "shop"), question, answer, Change("A1", now), **more)


def entries(engine: Engine) -> list[Entry]:
    with reading(engine) as session:
        return list_entries(session, "shop", statuses=tuple(EntryStatus))


def test_a_reply_becomes_a_draft(mall: Engine, now: datetime) -> None:
    entry = propose(
        mall,
        "在吗，亲，请问 能刻字吗？我的电话13812345678，谢谢",
        "可以的，寄到杭州市西湖区文三路12号，\n联系13987654321",
        now,
    )
    assert entries(mall) == [entry]
    assert (entry.question, entry.answer) == ("能刻字吗？我的电话[手机号]", "可以的，寄到[地址]，\n联系[手机号]")
    assert (entry.scope, entry.layer, entry.status, entry.version) == ("shop", Layer.CAMPAIGN, EntryStatus.DRAFT, 1)
    with reading(mall) as session:
        assert revision(session, "shop") == 0


def test_a_reply_about_a_product_becomes_a_draft_of_it(mall: Engine, now: datetime) -> None:
    first = propose(mall, "怎么洗", "干洗", now, product_id="P1")
    assert (first.layer, first.product_id) == (Layer.PRODUCT, "P1")
    assert propose(mall, "怎么洗", "水洗", now, product_id="P2").product_id == "P2"
    for more in ({}, {"product_id": "P1"}):
        with pytest.raises(AlreadyKnown) as caught:
            propose(mall, "怎么洗？", "随便洗", now, **more)
        assert caught.value.entry_id == first.id
    assert [entry.answer for entry in entries(mall)] == ["干洗", "水洗"]


@pytest.mark.parametrize("question", ["能刻字吗", "你好 能刻字吗？？", "刻字收费吗"])
def test_what_is_known_is_not_proposed_again(mall: Engine, add: Add, now: datetime, question: str) -> None:
    entry = add("shop", "能刻字吗？", "能", similar_questions=("刻字收费吗",))
    add("other", "能刻字吗")
    with pytest.raises(AlreadyKnown) as caught:
        propose(mall, question, "可以", now)
    assert caught.value.entry_id == entry.id
    assert entries(mall) == [entry]


def test_what_is_retired_may_be_proposed_again(mall: Engine, add: Add, now: datetime) -> None:
    old = add("shop", "能刻字吗")
    with writing(mall) as session:
        retire_entry(session, "shop", old.id, Change("A1", now))
    assert propose(mall, "能刻字吗", "能", now).id != old.id


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [("？", "能", "question"), ("能刻字吗", " ", "answer"), ("能刻字吗", "字" * 5001, "answer")],
)
def test_what_says_nothing_is_refused(
    small_mall: Engine, now: datetime, question: str, answer: str, field: str
) -> None:
    with pytest.raises(InvalidEntry) as caught:
        propose(small_mall, question, answer, now)
    assert caught.value.field == field
    assert entries(small_mall) == []


def test_an_unknown_tenant_and_a_foreign_product_are_refused(small_mall: Engine, now: datetime) -> None:
    with pytest.raises(ScopeNotFound):
        propose(small_mall, "能刻字吗", "能", now, tenant="nobody")
    with pytest.raises(InvalidEntry):
        propose(small_mall, "能刻字吗", "能", now, product_id="P3")
    assert entries(small_mall) == []


def test_two_agents_at_once_make_one_draft(mall: Engine, now: datetime) -> None:
    def attempt(number: int) -> bool:
        try:
            propose(mall, "能刻字吗", f"能{number}", now)
        except AlreadyKnown:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
    assert len(entries(mall)) == 1


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("在吗在吗，想问下包邮吗", "包邮吗"),
        ("hi 包邮吗 谢谢啦～", "包邮吗"),
        ("hifi耳机有吗", "hifi耳机有吗"),
        ("你好", "你好"),
        ("谢谢", "谢谢"),
        ("  包邮吗\n新疆的 ", "包邮吗 新疆的"),
        ("问" * 400, "问" * 300),
    ],
)
def test_greetings_and_thanks_are_no_part_of_a_question(text: str, question: str) -> None:
    assert asked(text) == question
