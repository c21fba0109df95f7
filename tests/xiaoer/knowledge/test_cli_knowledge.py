"""What the commands about knowledge print, and what they write."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from xiaoer.cli import main
from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import RowError
from xiaoer.knowledge.model import Entry, EntryStatus, Layer
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.store import list_entries, retire_entry

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
    verdict, best, answer, *_ = shown.output.splitlines()
    assert (shown.exit_code, verdict, best[4:], answer.strip()) == (
        0,
        "answered",
        "  店铺商品说明  羊毛大衣怎么洗",
        "请干洗",
    )
    plain = json.loads(run("knowledge", "search", "--tenant", "shop", "怎么洗", "--product", "P1", "--json").output)
    assert (plain["verdict"], plain["answered"]) == ("answer", True)
    found, other = plain["found"]
    assert 0.92 <= found.pop("score") <= 1
    assert (other["question"], other["score"] < 0.1) == ("几点上班", True)
    assert found == {
        "id": entry.id,
        "source": "店铺商品说明",
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
    shown = run("knowledge", "search", "--tenant", "shop", "天气").output
    assert shown.splitlines()[0] == "not known"
    assert shown.splitlines()[1][4:] == "  店铺说明  几点上班"
    plain = json.loads(run("knowledge", "search", "--tenant", "shop", "天气", "--json").output)
    assert (plain["verdict"], plain["answered"]) == ("unknown", False)
    assert [(each["question"], each["score"] < 0.12) for each in plain["found"]] == [("几点上班", True)]


def test_search_shows_what_would_be_offered(run: Callable[..., Result], add_small: Add) -> None:
    add_small("shop", "怎么洗", "请干洗", layer=Layer.PRODUCT, product_id="P1")
    add_small("shop", "怎么洗", "请手洗", layer=Layer.PRODUCT, product_id="P2")
    assert run("knowledge", "search", "--tenant", "shop", "怎么洗").output.splitlines()[0] == "offered"
    plain = json.loads(run("knowledge", "search", "--tenant", "shop", "怎么洗", "--json").output)
    assert (plain["verdict"], plain["answered"], len(plain["found"])) == ("offer", False, 2)


def test_an_unknown_tenant_is_an_error_in_one_line(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案\n包邮吗,包\n", encoding="utf-8")
    for words in (["search", "包邮吗"], ["export"], ["import", str(path)]):
        shown = run("knowledge", *words, "--tenant", "nobody")
        assert (shown.exit_code, shown.output) == (1, "Error: there is no merchant with the id nobody\n")


@pytest.mark.parametrize("name", ["k.csv", "k.xlsx"])
def test_what_export_writes_import_takes(
    run: Callable[..., Result], add_small: Add, small_mall: Engine, tmp_path: Path, name: str
) -> None:
    add_small("shop", "包邮吗", "包", similar_questions=("邮费",))
    stopped = add_small("shop", "旧的", "停")
    with writing(small_mall) as session:
        retire_entry(session, "shop", stopped.id, BY_TESTS)
    path = tmp_path / name
    assert run("knowledge", "export", "--tenant", "shop", "-o", str(path)).exit_code == 0
    again = run("knowledge", "import", str(path), "--tenant", "shop", "--dry-run")
    assert (again.exit_code, again.output) == (
        0,
        "dry run, nothing was written: 0 added, 0 updated, 2 unchanged, 0 duplicates, 0 rejected\n",
    )
    text = run("knowledge", "export", "--tenant", "shop").output
    assert text.splitlines()[0] == "编号,问题,相似问法,答案,层级,商品,生效时间,失效时间,状态"
    if name == "k.csv":
        assert path.read_bytes().decode("utf-8-sig").splitlines() == text.splitlines()


def test_good_rows_are_imported_and_wrong_ones_given_back(
    run: Callable[..., Result], add_small: Add, small_mall: Engine, tmp_path: Path
) -> None:
    add_small("shop", "包邮吗", "包")
    with writing(small_mall) as session:
        record_question(session, "shop", "几点上班", outcome=Outcome.UNKNOWN, now=BY_TESTS.at)
    path, wrong = tmp_path / "k.csv", tmp_path / "wrong.csv"
    path.write_text("问题,答案,层级\n包邮吗,不包,\n几点上班,九点,\n发货地,,\n运费,八元,大促\n", encoding="utf-8")
    shown = run("knowledge", "import", str(path), "--tenant", "shop", "--rejected", str(wrong), "--json")
    plain = json.loads(shown.output)
    assert [each["row"] for each in plain.pop("problems")] == [4, 5]
    assert [(each["row"], each["kind"], each["question"], each["differs"]) for each in plain.pop("changes")] == [
        (2, "updated", "包邮吗", ["answer"]),
        (3, "added", "几点上班", []),
    ]
    counts = {"id": 1, "added": 1, "updated": 1, "unchanged": 0, "duplicates": 0, "rejected": 2}
    assert plain == {**counts, "answered_questions": 1, "dry_run": False, "notes": []}
    given_back = wrong.read_text(encoding="utf-8-sig").splitlines()
    assert given_back[0] == "问题,答案,层级,错误原因"
    assert [line.rsplit(",", 1)[0] for line in given_back[1:]] == ["发货地,,", "运费,八元,大促"]
    with reading(small_mall) as session:
        assert [(entry.question, entry.answer) for entry in list_entries(session, "shop")] == [
            ("包邮吗", "不包"),
            ("几点上班", "九点"),
        ]

    taken = run("knowledge", "rollback", "1", "--tenant", "shop")
    assert (taken.exit_code, taken.output) == (0, "1 restored, 1 retired, 0 changed since\n")
    again = run("knowledge", "rollback", "1", "--tenant", "shop")
    assert (again.exit_code, again.output) == (1, "Error: import 1 was taken back before\n")
    other = run("knowledge", "rollback", "1", "--tenant", "other")
    assert (other.exit_code, other.output) == (1, "Error: other has no import 1\n")
    with reading(small_mall) as session:
        assert [(entry.question, entry.answer) for entry in list_entries(session, "shop")] == [("包邮吗", "包")]


def test_what_is_wrong_is_told_by_its_place(run: Callable[..., Result], small_mall: Engine, tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案,层级\n发货地,,\n运费,八元,大促\n包邮吗,包,,多\n", encoding="utf-8")
    shown = run("knowledge", "import", str(path), "--tenant", "shop")
    begin, *wrong = shown.output.splitlines()
    assert (shown.exit_code, begin) == (0, "import 1: 0 added, 0 updated, 0 unchanged, 0 duplicates, 3 rejected")
    assert [line.split(": ")[0] for line in wrong] == ["B2", "C3", "D4"]


@pytest.mark.parametrize(
    ("column", "told"),
    [("C5", "C5: 太长"), ("答案", "row 5: 答案: 太长"), ("", "row 5: 太长")],
)
def test_a_problem_names_its_row_once(column: str, told: str) -> None:
    assert str(RowError(5, column, "太长")) == told


def test_who_waits_at_a_terminal_sees_how_far_it_is(small_mall: Engine, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案\n" + "".join(f"第{number}问,答\n" for number in range(450)), encoding="utf-8")
    settings = {"XIAOER_DATABASE_URL": str(small_mall.url), "XIAOER_NOW": now.isoformat(), "TERM": "xterm"}
    terminal, side = pty.openpty()
    words = ["from xiaoer.cli import main; main()", "knowledge", "import", str(path), "--tenant", "shop"]
    with subprocess.Popen(
        [sys.executable, "-c", *words], env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=side, text=True
    ) as process:
        os.close(side)
        shown, _ = process.communicate(timeout=60)
    bar = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert shown == "import 1: 450 added, 0 updated, 0 unchanged, 0 duplicates, 0 rejected\n"
    shares = [int(share) for share in re.findall(r"(\d+)%", bar)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert len(shares) > 3


def test_drafts_are_imported_beside_what_answers(
    run: Callable[..., Result], small_mall: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "k.csv"
    path.write_text("问题,答案\n包邮吗,包\n", encoding="utf-8")
    shown = run("knowledge", "import", str(path), "--tenant", "shop", "--draft")
    assert shown.output == "import 1: 1 added, 0 updated, 0 unchanged, 0 duplicates, 0 rejected\n"
    with reading(small_mall) as session:
        assert list_entries(session, "shop") == []
        assert [entry.question for entry in list_entries(session, "shop", statuses=(EntryStatus.DRAFT,))] == ["包邮吗"]


def test_a_file_that_can_not_be_read_is_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_bytes(b" ")
    shown = run("knowledge", "import", str(path), "--tenant", "shop")
    assert (shown.exit_code, shown.output) == (1, f"Error: nothing was imported from {path}: 文件是空的\n")


def test_evaluate_prints_the_figures(run: Callable[..., Result], add_small: Add, tmp_path: Path) -> None:
    add_small("shop", "包邮吗", "包")
    path = tmp_path / "q.tsv"
    path.write_text("question\tmerchant\texpected\n请问包邮吗\tshop\t包邮吗\n天气\tshop\tnone\n", encoding="utf-8")
    plain = json.loads(run("evaluate", "knowledge", str(path), "--json").output)
    assert plain.pop("median_ms") > 0
    assert plain == {
        "n": 2,
        "hit_at_1": 1.0,
        "hit_at_3": 1.0,
        "mrr": 1.0,
        "answered": 1.0,
        "answered_wrongly": 0.0,
        "offered": 0.0,
        "none_n": 1,
        "none_wrongly_answered": 0.0,
        "none_offered": 0.0,
    }
    path.write_text("question\tmerchant\texpected\n天气\tshop\t包邮吗\n", encoding="utf-8")
    shown = run("evaluate", "knowledge", str(path)).output
    assert "天气      shop      包邮吗    包邮吗  0.00   no" in shown
    path.write_text("question\tmerchant\n天气\tshop\n", encoding="utf-8")
    shown = run("evaluate", "knowledge", str(path))
    assert (shown.exit_code, shown.output) == (1, "Error: q.tsv: no column expected\n")
