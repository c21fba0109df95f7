"""``xiaoer db``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from tests.factories import row_counts
from tests.xiaoer.cli.conftest import Call, on_sqlite, printed
from xiaoer import migrations
from xiaoer.cli.db import shown
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import open_engine, reading


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url)


def test_init_makes_the_tables_and_a_second_one_finds_them(call: Call, engine: Engine, database_url: str) -> None:
    first, second = call("db", "init"), call("db", "init")

    assert first.output == f"{shown(database_url)} is now at revision {migrations.head()}\n"
    assert second.output == f"{shown(database_url)} is up to date (revision {migrations.head()})\n"
    assert migrations.current(engine) == migrations.head()


def test_upgrade_says_what_it_did_to_a_program(call: Call, database_url: str) -> None:
    assert printed(call("db", "upgrade", "--json")) == {
        "database": shown(database_url),
        "before": None,
        "after": migrations.head(),
    }


def test_a_password_is_never_shown() -> None:
    assert "s3cret" not in shown("postgresql://xiaoer:s3cret@db/xiaoer")


def test_seed_loads_the_demo_mall_once(call: Call, engine: Engine) -> None:
    call("db", "init")

    first = printed(call("db", "seed", "--json"))
    counts = row_counts(engine)
    second = call("db", "seed")

    assert first["loaded"] is True
    assert first["rows"]["orders"] == counts["orders"] > 0
    assert second.exit_code == 0
    assert second.output == "the database is not empty: nothing was loaded\n"
    assert row_counts(engine) == counts


@pytest.mark.parametrize("moment", ["2026-03-01T09:30", "2026-03-01T01:30:00Z", "2026-03-01T09:30+08:00"])
@on_sqlite
def test_seed_is_made_for_a_moment_in_shanghai(call: Call, engine: Engine, moment: str) -> None:
    call("db", "init")

    result = call("db", "seed", "--now", moment)

    assert result.output.startswith("loaded ")
    assert " orders" in result.output
    with reading(engine) as session:
        newest = session.scalar(select(func.max(OrderRow.created_at)))
    assert newest <= datetime.fromisoformat("2026-03-01T09:30+08:00")
    assert newest > datetime.fromisoformat("2026-02-26T00:00+08:00")


def test_seed_of_a_folder_without_the_files_loads_nothing(call: Call, engine: Engine, tmp_path: Path) -> None:
    call("db", "init")
    (tmp_path / "mall").mkdir()

    result = call("db", "seed", "--folder", str(tmp_path / "mall"))

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert ".yml" in result.stderr
    assert set(row_counts(engine).values()) == {0}


@on_sqlite
def test_seed_refuses_what_is_no_moment_or_no_folder(call: Call) -> None:
    for arguments in (["--now", "yesterday"], ["--folder", "/nowhere"]):
        assert call("db", "seed", *arguments).exit_code == 2


def test_tables_of_unknown_age_are_left_alone(call: Call, engine: Engine) -> None:
    from xiaoer.schema import metadata

    metadata.create_all(engine)
    result = call("db", "init")

    assert result.exit_code == 1
    assert "no revision" in result.stderr
