"""``xiaoer knowledge history``, ``restore``, ``questions`` and ``conflicts`` on a small mall."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from xiaoer.cli import main
from xiaoer.database import reading, writing
from xiaoer.knowledge.model import Draft, Entry
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.store import get_entry, update_entry

Add = Callable[..., Entry]


@pytest.fixture
def call(small_mall: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("XIAOER_DATABASE_URL", str(small_mall.url))

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(main, ["knowledge", *arguments])
        return json.loads(result.stdout) if "--json" in arguments else (result.exit_code, result.output)

    return run


def test_an_entry_is_restored_to_what_it_said(small_mall: Engine, add_small: Add, call: Any) -> None:
    entry = add_small("shop", "包邮吗", "满99元包邮。")
    with writing(small_mall) as session:
        update_entry(session, "shop", entry.id, Draft(question="包邮吗", answer="不包邮。"), BY_TESTS)

    shown = call("history", str(entry.id), "--tenant", "shop", "--json")["versions"]
    assert [(row["version"], row["action"], row["answer"]) for row in shown] == [
        (2, "updated", "不包邮。"),
        (1, "created", "满99元包邮。"),
    ]
    assert call("restore", str(entry.id), "1", "--tenant", "shop") == (
        0,
        f"entry {entry.id} is at version 3: published, 包邮吗\n",
    )
    with reading(small_mall) as session:
        assert get_entry(session, "shop", entry.id).answer == "满99元包邮。"


def test_another_shops_entry_is_not_there(small_mall: Engine, add_small: Add, call: Any) -> None:
    entry = add_small("other", "包邮吗", "满99元包邮。")
    assert call("history", str(entry.id), "--tenant", "shop") == (1, f"Error: shop has no entry {entry.id}\n")
    assert call("restore", str(entry.id), "1", "--tenant", "shop")[0] == 1
    with reading(small_mall) as session:
        assert get_entry(session, "other", entry.id).version == 1


def test_questions_are_listed_by_how_often_they_were_asked(small_mall: Engine, call: Any, now: datetime) -> None:
    assert call("questions") == (0, "no open questions\n")
    with writing(small_mall) as session:
        for tenant, text in (("shop", "有没有停车位"), ("shop", "有停车位吗"), ("other", "能开增值税发票吗")):
            record_question(session, tenant, text, outcome=Outcome.UNKNOWN, now=now)
    groups = call("questions", "--json")["groups"]
    assert [(group["count"], group["tenants"]) for group in groups] == [(2, {"shop": 2}), (1, {"other": 1})]
    assert [group["question"] for group in call("questions", "--tenant", "other", "--json")["groups"]] == [
        "能开增值税发票吗"
    ]


def test_conflicts_name_both_entries(small_mall: Engine, add_small: Add, call: Any) -> None:
    assert call("conflicts", "--tenant", "shop") == (0, "no conflicts\n")
    one = add_small("shop", "退款几天到账", "3天到账。")
    two = add_small("shop", "退款多久到账", "7天到账。")
    found = call("conflicts", "--tenant", "shop", "--json")["conflicts"]
    assert [(each["kind"], [entry["id"] for entry in each["entries"]], each["numbers_differ"]) for each in found] == [
        ("conflict", [one.id, two.id], True)
    ]
