"""What another shop knows is neither found, shown, changed nor taken back, whatever product or number is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from tests.sheets import parsed, sheet_of
from xiaoer.cli import main
from xiaoer.database import Base, reading
from xiaoer.knowledge.imports import import_file
from xiaoer.knowledge.model import Entry, Layer
from xiaoer.knowledge.search import KnowledgeBase

Add = Callable[..., Entry]
Run = Callable[..., Result]

SECRET = "别家的秘密"
QUESTION = "蓝牙耳机能降噪吗"


@pytest.fixture
def theirs(add_small: Add) -> list[Entry]:
    """Entries of another shop, of every layer, one of them about its product ``P3``."""
    return [
        add_small("other", QUESTION, SECRET, layer=Layer.PRODUCT, product_id="P3"),
        add_small("other", QUESTION, SECRET),
        add_small("other", QUESTION, SECRET, layer=Layer.EMERGENCY),
    ]


@pytest.fixture
def base(small_mall: Engine, theirs: list[Entry]) -> KnowledgeBase:
    return KnowledgeBase(small_mall)


@pytest.fixture
def run(small_mall: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("XIAOER_DATABASE_URL", str(small_mall.url))
    monkeypatch.setenv("XIAOER_NOW", now.isoformat())
    return lambda *words: CliRunner().invoke(main, ["knowledge", *words])


def everything(engine: Engine) -> dict[str, list[tuple[str, ...]]]:
    with reading(engine) as session:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("product", [None, "P1", "P3"], ids=["nothing in view", "ours in view", "theirs in view"])
@pytest.mark.parametrize("text", [QUESTION, "能降噪吗", "降噪蓝牙耳机 Pro 能降噪吗", SECRET])
def test_a_search_finds_ours_alone(
    base: KnowledgeBase, add_small: Add, now: datetime, text: str, product: str | None
) -> None:
    assert base.search("other", QUESTION, now=now)[0].entry.answer == SECRET  # the other's index is there, and warm
    ours = add_small("shop", "能降噪吗", "我们的说明")
    rule = add_small("platform", "耳机怎么退", "平台的说明")
    found = base.search("shop", text, now=now, product_id=product, limit=50)
    assert {answer.entry.id for answer in found} <= {ours.id, rule.id}
    finding = base.ask("shop", text, now=now, product_id=product)
    assert {answer.entry.scope for answer in (*finding.answers, *finding.found)} <= {"shop", "platform"}
    assert base.answer("platform", text, now=now, product_id=product) in (
        None,
        *[answer for answer in base.search("platform", text, now=now, product_id=product) if answer.entry == rule],
    )


@pytest.mark.parametrize("tenant", ["shop", "platform"])
def test_an_entry_of_another_shop_can_not_be_chosen(
    base: KnowledgeBase, theirs: list[Entry], now: datetime, tenant: str
) -> None:
    for entry in theirs:
        assert base.chosen(tenant, entry.id, now=now) is None
        chosen = base.chosen("other", entry.id, now=now)
        assert chosen is not None
        assert chosen.entry == entry


@pytest.mark.parametrize("more", [(), ("--product", "P3"), ("--json",)])
def test_the_command_searches_and_exports_ours_alone(
    run: Run, add_small: Add, small_mall: Engine, theirs: list[Entry], tmp_path: Path, more: tuple[str, ...]
) -> None:
    add_small("shop", "能降噪吗", "我们的说明")
    before = everything(small_mall)
    shown = run("search", "--tenant", "shop", QUESTION, *more)
    written = run("export", "--tenant", "shop")
    assert (shown.exit_code, written.exit_code) == (0, 0)
    assert "我们的说明" in shown.output
    assert "我们的说明" in written.output
    assert SECRET not in shown.output + written.output
    assert everything(small_mall) == before


def test_the_command_neither_changes_nor_takes_back_what_is_theirs(
    run: Run, small_mall: Engine, theirs: list[Entry], tmp_path: Path
) -> None:
    sheet = sheet_of(parsed(2, "他们导入的", SECRET))
    number = import_file(small_mall, "other", sheet, BY_TESTS, file_name="k.csv").id
    before = everything(small_mall)
    path = tmp_path / "k.csv"
    ids = [entry.id for entry in theirs]
    path.write_text("\n".join(["编号,问题,答案", *(f"{each},改掉,改掉" for each in ids)]), encoding="utf-8")

    dry = run("import", str(path), "--tenant", "shop", "--dry-run")
    taken = run("rollback", str(number), "--tenant", "shop")
    assert (taken.exit_code, taken.output) == (1, f"Error: shop has no import {number}\n")
    assert SECRET not in dry.output
    assert everything(small_mall) == before

    done = run("import", str(path), "--tenant", "shop")
    assert "0 added, 0 updated" in done.output
    assert "3 rejected" in done.output
    assert SECRET not in done.output
    after = everything(small_mall)
    assert {name for name in after if after[name] != before[name]} <= {"knowledge_imports", "knowledge_revisions"}
