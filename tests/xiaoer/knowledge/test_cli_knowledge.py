"""What the commands about knowledge print, and what they write."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from xiaoer.cli import main
from xiaoer.database import reading
from xiaoer.knowledge.model import Entry, Layer
from xiaoer.knowledge.store import list_entries

Add = Callable[..., Entry]


@pytest.fixture
def run(small_mall: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command on the small mall, at the tests' moment."""
    monkeypatch.setenv("XIAOER_DATABASE_URL", str(small_mall.url))
    monkeypatch.setenv("XIAOER_NOW", now.isoformat())
    return lambda *words: CliRunner().invoke(main, list(words))


def test_search_prints_the_answer_and_where_it_comes_from(run: Callable[..., Result], add_small: Add) -> None:
    entry = add_small("shop", "羊毛大衣怎么洗", "请干洗", layer=Layer.PRODUCT, product_id="P1")
    add_small("shop", "几点上班", "九点")
    shown = run("knowledge", "search", "--tenant", "shop", "怎么洗", "--product", "P1")
    assert (shown.exit_code, shown.output.splitlines()[0][4:]) == (0, "  本店商品说明  羊毛大衣怎么洗")
    assert shown.output.splitlines()[1].strip() == "请干洗"
    plain = json.loads(run("knowledge", "search", "--tenant", "shop", "怎么洗", "--product", "P1", "--json").output)
    assert plain["answered"] is True
    (found,) = plain["found"]
    assert found.pop("score") >= plain["threshold"]
    assert found == {
        "id": entry.id,
        "source": "本店商品说明",
        "scope": "shop",
        "layer": "product",
        "question": "羊毛大衣怎么洗",
        "answer": "请干洗",
        "product_id": "P1",
        "product_label": "",
        "version": 1,
    }


def test_search_says_when_there_is_no_answer(run: Callable[..., Result], add_small: Add) -> None:
    add_small("shop", "几点上班", "九点")
    assert run("knowledge", "search", "--tenant", "shop", "天气").output == "no answer\n"
    plain = json.loads(run("knowledge", "search", "--tenant", "shop", "天气", "--json").output)
    assert (plain["answered"], plain["found"]) == (False, [])


def test_an_unknown_tenant_is_an_error_in_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案\n包邮吗,包\n", encoding="utf-8")
    for words in (["search", "包邮吗"], ["export"], ["import", str(path)]):
        shown = run("knowledge", *words, "--tenant", "nobody")
        assert (shown.exit_code, shown.output) == (1, "Error: there is no merchant with the id nobody\n")


def test_what_export_writes_import_takes(run: Callable[..., Result], add_small: Add, tmp_path: Path) -> None:
    add_small("shop", "包邮吗", "包", similar_questions=("邮费",))
    path = tmp_path / "k.csv"
    assert run("knowledge", "export", "--tenant", "shop", "-o", str(path)).exit_code == 0
    assert path.read_bytes().startswith("\ufeff编号,问题".encode())
    assert run("knowledge", "export", "--tenant", "shop").output == path.read_text(encoding="utf-8-sig")
    again = run("knowledge", "import", str(path), "--tenant", "shop")
    assert (again.exit_code, again.output) == (0, "0 added, 0 updated, 1 unchanged\n")
    path.write_text("问题,答案\n包邮吗,不包\n几点上班,九点\n", encoding="utf-8")
    shown = run("knowledge", "import", str(path), "--tenant", "shop", "--json")
    assert json.loads(shown.output) == {"added": 1, "updated": 1, "unchanged": 0}


def test_a_wrong_row_is_named_and_nothing_imported(
    run: Callable[..., Result], small_mall: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案,层级\n包邮吗,包,\n几点上班,,\n运费,八元,大促\n", encoding="utf-8")
    shown = run("knowledge", "import", str(path), "--tenant", "shop")
    assert shown.exit_code == 1
    assert shown.output.splitlines() == [
        f"Error: nothing was imported from {path}:",
        "row 3: 答案: empty",
        "row 4: 层级: 大促 is none of product, 商品, campaign, 活动, emergency, 紧急",
    ]
    with reading(small_mall) as session:
        assert list_entries(session, "shop") == []


def test_evaluate_prints_the_figures(run: Callable[..., Result], add_small: Add, tmp_path: Path) -> None:
    add_small("shop", "包邮吗", "包")
    path = tmp_path / "q.tsv"
    path.write_text("question\tmerchant\texpected\n运费多少\tshop\t包邮吗\n天气\tshop\tnone\n", encoding="utf-8")
    plain = json.loads(run("evaluate", "knowledge", str(path), "--json").output)
    assert plain.pop("median_ms") > 0
    assert plain == {
        "n": 2,
        "hit_at_1": 1.0,
        "hit_at_3": 1.0,
        "mrr": 1.0,
        "none_n": 1,
        "none_wrongly_answered": 0.0,
    }
    path.write_text("question\tmerchant\texpected\n天气\tshop\t包邮吗\n", encoding="utf-8")
    shown = run("evaluate", "knowledge", str(path)).output
    assert "天气      shop      包邮吗    -      0.00   no" in shown
    path.write_text("question\tmerchant\n天气\tshop\n", encoding="utf-8")
    shown = run("evaluate", "knowledge", str(path))
    assert (shown.exit_code, shown.output) == (1, "Error: q.tsv: no column expected\n")
