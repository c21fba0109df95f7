"""Questions without a good answer: what is kept of them, how they are counted, listed and closed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import BY_TESTS
from tests.sheets import parsed, sheet_of
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.errors import EntryNotFound, ScopeNotFound
from xiaoer.knowledge.imports import import_file, rollback_import
from xiaoer.knowledge.model import Change, Draft, Entry, EntryStatus
from xiaoer.knowledge.questions import (
    FEW,
    Outcome,
    QuestionGroup,
    QuestionNotFound,
    QuestionStatus,
    close_questions,
    list_groups,
    record_question,
)
from xiaoer.knowledge.store import add_entry, publish_entry
from xiaoer.knowledge.tables import QuestionRow

Add = Callable[..., Entry]


def ask(
    engine: Engine, text: str, now: datetime, tenant: str = "shop", outcome: Outcome = Outcome.UNKNOWN, **more: Any
) -> None:
    with writing(engine) as session:
        record_question(session, tenant, text, outcome=outcome, now=now, **more)


def rows(engine: Engine) -> list[QuestionRow]:
    with reading(engine) as session:
        return list(session.scalars(select(QuestionRow).order_by(QuestionRow.id)))


def groups(engine: Engine, *tenants: str, **more: Any) -> list[QuestionGroup]:
    with reading(engine) as session:
        return list_groups(session, tenants or ("shop",), **more)


def ask_often(url: str, times: int, now: datetime) -> None:
    engine = open_engine(url)
    for _ in range(times):
        ask(engine, "能刻字吗？", now)
    engine.dispose()


def test_a_question_is_kept_once_and_counted(mall: Engine, add: Add, now: datetime) -> None:
    entry = add("platform", "怎么刻字")
    ask(mall, "能刻字吗？", now, product_id="P1")
    ask(mall, " 能 刻字 吗", now + timedelta(hours=2), outcome=Outcome.UNHELPFUL, entry_id=entry.id)
    ask(mall, "能刻字吗", now + timedelta(hours=1), outcome=Outcome.OFFERED, product_id="P2")
    ask(mall, "能刻字吗", now, tenant="other")
    ours, theirs = rows(mall)
    assert (ours.tenant, ours.form, ours.text, ours.count) == ("shop", "能刻字吗", "能刻字吗？", 3)
    assert (ours.outcome, ours.product_id, ours.entry_id, ours.status) == ("offered", "P2", None, "open")
    assert (ours.first_asked_at, ours.last_asked_at) == (now, now + timedelta(hours=2))
    assert (theirs.tenant, theirs.count) == ("other", 1)


def test_two_processes_that_ask_at_once_make_one_row(mall: Engine, engine_url: str, now: datetime) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(ask_often, engine_url, 20, now) for _ in range(2)]:
            done.result()
    (row,) = rows(mall)
    assert (row.form, row.count) == ("能刻字吗", 40)


def test_personal_data_is_not_kept(mall: Engine, now: datetime) -> None:
    ask(mall, "我的手机13812345678\n收不到短信", now)
    ask(mall, "我的手机13987654321 收不到短信", now)
    (row,) = rows(mall)
    assert (row.text, row.form, row.count) == ("我的手机[手机号] 收不到短信", "我的手机手机号收不到短信", 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "？！",
        "😀👍",
        "12345",
        "13812345678",
        " 202611200000000001 ",
        "/greet",
        '/inform{"order":"1"}',
        " /restart",
        "\0",
    ],
)
def test_nothing_is_kept_of_what_is_no_question(small_mall: Engine, now: datetime, text: str) -> None:
    ask(small_mall, text, now)
    assert rows(small_mall) == []


def test_texts_of_any_length_and_kind_are_kept_as_far_as_they_fit(mall: Engine, now: datetime) -> None:
    ask(mall, "问答" * 5_000, now)
    ask(mall, "ﷺ问" * 150, now)  # one character whose normal form has eighteen
    ask(mall, "能\0刻\ud800字", now)
    assert [(len(row.text), len(row.form)) for row in rows(mall)] == [(300, 300), (300, 300), (3, 3)]


def test_a_product_of_somebody_else_is_left_out(mall: Engine, now: datetime) -> None:
    ask(mall, "能刻字吗", now, product_id="P3")
    ask(mall, "能绣花吗", now, product_id="nothing")
    ask(mall, "能绣花吗", now, tenant="platform", product_id="P3")
    assert [row.product_id for row in rows(mall)] == [None, None, "P3"]


def test_an_entry_of_somebody_else_and_an_unknown_tenant_are_refused(mall: Engine, add: Add, now: datetime) -> None:
    foreign = add("other", "能刻字吗")
    with pytest.raises(EntryNotFound):
        ask(mall, "能刻字吗", now, entry_id=foreign.id)
    with pytest.raises(ScopeNotFound):
        ask(mall, "能刻字吗", now, tenant="nobody")
    assert rows(mall) == []


def test_groups_have_near_duplicates_of_all_tenants_named(mall: Engine, now: datetime) -> None:
    for text, tenant, times in [
        ("可以开发票吗", "shop", 2),
        ("能开发票不", "other", 3),
        ("能开发票不", "shop", 1),
        ("会起球吗", "shop", 4),
        ("会起球吗", "platform", 9),
    ]:
        for number in range(times):
            ask(mall, text, now + timedelta(minutes=number), tenant=tenant)
    invoice, pill = groups(mall, "shop", "other")
    assert (invoice.text, invoice.count, invoice.by_tenant) == ("能开发票不", 6, {"other": 3, "shop": 3})
    assert [(each.text, each.tenant, each.count) for each in invoice.questions] == [
        ("能开发票不", "other", 3),
        ("能开发票不", "shop", 1),
        ("可以开发票吗", "shop", 2),
    ]
    assert invoice.last_asked_at == now + timedelta(minutes=2)
    assert (pill.text, pill.count, pill.by_tenant) == ("会起球吗", 4, {"shop": 4})
    assert [group.text for group in groups(mall, "shop", "other", limit=1)] == ["能开发票不"]
    assert [group.count for group in groups(mall, "other")] == [3]
    with reading(mall) as session:
        assert list_groups(session, []) == []


def close(engine: Engine, ids: list[int], now: datetime, status: str, tenant: str = "shop", **more: Any) -> None:
    with writing(engine) as session:
        close_questions(session, tenant, ids, Change("A1", now), status=status, **more)


def test_an_answered_question_opens_again_and_a_dismissed_one_does_not(mall: Engine, add: Add, now: datetime) -> None:
    entry = add("shop", "刻字")
    ask(mall, "能刻字吗", now)
    ask(mall, "讲个笑话", now)
    first, second = (row.id for row in rows(mall))
    close(mall, [first], now, "answered", entry_id=entry.id)
    close(mall, [second], now, "dismissed")
    assert groups(mall) == []
    (answered,) = groups(mall, status=QuestionStatus.ANSWERED)
    (question,) = answered.questions
    assert (question.entry_id, question.closed_by, question.closed_at) == (entry.id, "A1", now)
    for text in ("能刻字吗", "讲个笑话"):
        ask(mall, text, now + timedelta(days=1))
    assert [(row.status, row.count, row.closed_by, row.closed_at) for row in rows(mall)] == [
        ("open", 2, None, None),
        ("dismissed", 2, "A1", now),
    ]


def test_what_cannot_be_closed_leaves_all_open(mall: Engine, add: Add, now: datetime) -> None:
    foreign = add("other", "能刻字吗")
    ask(mall, "能刻字吗", now)
    ask(mall, "能绣花吗", now, tenant="other")
    ours, theirs = (row.id for row in rows(mall))
    with pytest.raises(QuestionNotFound):
        close(mall, [ours, theirs], now, "dismissed")
    with pytest.raises(EntryNotFound):
        close(mall, [ours], now, "answered", entry_id=foreign.id)
    with pytest.raises(ValueError, match="answered or as dismissed"):
        close(mall, [ours], now, "open")
    assert [(row.status, row.closed_by) for row in rows(mall)] == [("open", None)] * 2


def test_a_published_entry_closes_what_it_answers_word_for_word(mall: Engine, add: Add, now: datetime) -> None:
    for text, tenant in [("能刻字吗", "shop"), ("刻字要钱吗", "shop"), ("刻什么字", "shop"), ("能刻字吗", "other")]:
        ask(mall, text, now, tenant=tenant)
    ask(mall, "可以绣花吗", now)
    dismissed = rows(mall)[-1].id
    close(mall, [dismissed], now, "dismissed")
    draft = Draft("能刻字吗？", "能", similar_questions=("刻字要钱吗", "可以绣花吗"))
    with writing(mall) as session:
        entry = add_entry(session, "shop", draft, Change("A1", now), status=EntryStatus.DRAFT)
    assert [row.status for row in rows(mall)] == ["open"] * 4 + ["dismissed"]
    with writing(mall) as session:
        publish_entry(session, "shop", entry.id, Change("A2", now))
    assert [(row.status, row.entry_id, row.closed_by) for row in rows(mall)] == [
        ("answered", entry.id, "A2"),
        ("answered", entry.id, "A2"),
        ("open", None, None),
        ("open", None, None),
        ("dismissed", None, "A1"),
    ]


@pytest.mark.parametrize("more", [0, FEW], ids=["few", "many"])
def test_an_import_closes_what_its_published_rows_answer(mall: Engine, now: datetime, more: int) -> None:
    for text, tenant in [("能刻字吗", "shop"), ("包邮吗", "shop"), ("几天发货", "shop"), ("能刻字吗", "other")]:
        ask(mall, text, now, tenant=tenant)
    rest = [parsed(9 + number, f"第{number}问") for number in range(more)]
    good = [parsed(2, "能刻字吗？"), parsed(3, "刻字吗", similar_questions=("能刻字吗",))]
    draft = parsed(4, "几天发货", status=EntryStatus.DRAFT)
    report = import_file(mall, "shop", sheet_of(*good, draft, *rest), Change("A2", now), file_name="k.csv")
    assert report.answered_questions == 1
    first = report.changes[0].entry_id
    assert [(row.status, row.entry_id, row.closed_by) for row in rows(mall)] == [
        ("answered", first, "A2"),
        ("open", None, None),
        ("open", None, None),
        ("open", None, None),
    ]


def test_what_is_not_written_closes_nothing(mall: Engine, now: datetime) -> None:
    ask(mall, "能刻字吗", now)
    sheet = sheet_of(parsed(2, "能刻字吗"))
    assert import_file(mall, "shop", sheet, BY_TESTS, file_name="k.csv", dry_run=True).answered_questions == 0
    with Session(mall, future=True) as session:
        add_entry(session, "shop", Draft("能刻字吗", "能"), BY_TESTS)
        assert session.scalars(select(QuestionRow.status)).all() == ["answered"]
        session.rollback()
    assert [row.status for row in rows(mall)] == ["open"]


def test_an_import_that_is_taken_back_closes_what_answers_again(mall: Engine, add: Add, now: datetime) -> None:
    entry = add("shop", "能刻字吗", "能")
    changed = sheet_of(parsed(2, "刻章吗", "不能", entry_id=entry.id))
    number = import_file(mall, "shop", changed, BY_TESTS, file_name="k.csv").id
    ask(mall, "能刻字吗", now)
    assert number is not None
    with writing(mall) as session:
        rollback_import(session, "shop", number, Change("A2", now))
    assert [(row.status, row.entry_id, row.closed_by) for row in rows(mall)] == [("answered", entry.id, "A2")]
