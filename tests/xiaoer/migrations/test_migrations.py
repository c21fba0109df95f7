"""Migrations: they build what the tables say, on an empty database, on a full one, and only once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import bindparam, inspect, text
from sqlalchemy.engine import Engine

from tests.factories import row_counts
from tests.goods import add_shop
from xiaoer import migrations
from xiaoer.accounts.directory import get_tenant
from xiaoer.database import UtcDateTime, open_engine, reading
from xiaoer.knowledge.history import list_versions
from xiaoer.knowledge.model import Action, EntryStatus
from xiaoer.knowledge.store import list_entries
from xiaoer.schema import metadata
from xiaoer.seeding import seed

DEMO = Path(__file__).resolve().parents[3] / "demo"


@pytest.fixture
def empty(database_url: str) -> Engine:
    return open_engine(database_url)


def test_an_upgrade_of_an_empty_database_builds_exactly_the_tables_of_the_code(empty: Engine) -> None:
    assert migrations.current(empty) is None

    assert migrations.upgrade(empty) == migrations.head()

    assert migrations.current(empty) == migrations.head()
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_indexes_are_the_same_to_the_letter(sqlite_url: str, tmp_path: Path) -> None:
    """Alembic does not compare the conditions of partial indexes; SQLite keeps the words of each."""
    migrated = open_engine(sqlite_url)
    migrations.upgrade(migrated)
    created = open_engine(f"sqlite:///{tmp_path / 'created.db'}")
    metadata.create_all(created)

    def indexes(engine: Engine) -> set[tuple[str, str]]:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"))
            return {(row.name, " ".join(row.sql.split())) for row in rows}

    assert indexes(migrated) == indexes(created)


def test_a_second_upgrade_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    add_shop(empty)

    assert migrations.upgrade(empty) == migrations.head()

    with reading(empty) as session:
        assert get_tenant(session, "m1").name == "云裳服饰"


def test_the_demo_mall_goes_into_a_migrated_database_and_survives_an_upgrade(empty: Engine, now: datetime) -> None:
    migrations.upgrade(empty)
    seed(empty, DEMO, now=now)
    before = row_counts(empty)

    migrations.upgrade(empty)

    assert before["orders"] > 0
    assert row_counts(empty) == before


def test_a_batch_change_of_a_full_table_keeps_its_rows_and_what_refers_to_them(empty: Engine, now: datetime) -> None:
    """What the next revision will do on SQLite: rebuild a table that others refer to."""
    migrations.upgrade(empty)
    seed(empty, DEMO, now=now)
    before = row_counts(empty)

    with migrations.changing(empty) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table(
            "tenants", recreate="always" if empty.dialect.name == "sqlite" else "auto"
        ) as batch:
            batch.alter_column("name", nullable=True)

    assert row_counts(empty) == before
    with empty.connect() as connection:
        assert {each["name"]: each["nullable"] for each in inspect(connection).get_columns("tenants")}["name"]
        if empty.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_processes_that_upgrade_at_once_wait_for_each_other(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        assert set(pool.map(migrations.upgrade, engines)) == {migrations.head()}

    assert migrations.current(engines[0]) == migrations.head()
    for engine in engines:
        engine.dispose()


def test_tables_without_a_revision_are_left_alone(engine: Engine) -> None:
    add_shop(engine)

    with pytest.raises(migrations.UnversionedDatabase, match="no revision"):
        migrations.upgrade(engine)

    assert row_counts(engine)["tenants"] == 1
    assert migrations.current(engine) is None


def test_tables_of_others_are_left_alone(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO events VALUES (1)"))

    migrations.upgrade(empty)

    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 1


def test_going_back_removes_every_table(empty: Engine) -> None:
    migrations.upgrade(empty)
    with migrations.changing(empty) as connection:
        settings = migrations.config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "base")

    assert set(inspect(empty).get_table_names()) == {"alembic_version"}


def test_a_full_database_goes_back_and_forth_and_loses_only_what_is_newer(empty: Engine, now: datetime) -> None:
    migrations.upgrade(empty)
    seed(empty, DEMO, now=now)
    before = row_counts(empty)

    with migrations.changing(empty) as connection:
        settings = migrations.config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0001")
    older = set(inspect(empty).get_table_names())
    migrations.upgrade(empty)

    after = row_counts(empty)
    assert {name: count for name, count in after.items() if name in older} == {
        name: count for name, count in before.items() if name in older
    }
    assert {"after_sale_lines", "audit_entries"} & older == set()
    with empty.connect() as connection:
        assert connection.execute(text("SELECT DISTINCT goods_class FROM products")).fetchall() == [("ordinary",)]
        assert connection.execute(text("SELECT DISTINCT freight_payer FROM after_sales")).fetchall() == [("none",)]


def go(engine: Engine, revision: str) -> None:
    """Bring a database to a revision, forward or back."""
    with migrations.changing(engine) as connection:
        settings = migrations.config()
        settings.attributes["connection"] = connection
        (command.upgrade if revision == "0007" else command.downgrade)(settings, revision)


def test_knowledge_gets_its_present_statuses_and_a_first_version(empty: Engine, now: datetime) -> None:
    migrations.upgrade(empty)
    add_shop(empty)
    go(empty, "0006")
    insert = text(
        "INSERT INTO knowledge_entries (id, scope, layer, question, similar_questions, answer, product_label,"
        " valid_from, version, status)"
        " VALUES (:id, 'm1', 'campaign', :question, '[\"邮费\"]', '包', '', :begin, 3, :status)"
    ).bindparams(bindparam("begin", type_=UtcDateTime))
    with empty.begin() as connection:
        connection.execute(insert, {"id": 1, "question": "包邮吗", "begin": now, "status": "active"})
        connection.execute(insert, {"id": 2, "question": "旧的", "begin": None, "status": "archived"})

    go(empty, "0007")

    with reading(empty) as session:
        entries = list_entries(session, "m1", statuses=tuple(EntryStatus))
        assert [(entry.id, entry.question, entry.status) for entry in entries] == [
            (1, "包邮吗", EntryStatus.PUBLISHED),
            (2, "旧的", EntryStatus.RETIRED),
        ]
        for entry in entries:
            (version,) = list_versions(session, "m1", entry.id)
            assert version.entry == entry
            assert (version.action, version.by, version.import_id) == (Action.CREATED, "system", None)
        assert (entries[0].valid_from, entries[0].similar_questions) == (now, ("邮费",))

    go(empty, "0006")

    with empty.connect() as connection:
        rows = connection.execute(text("SELECT id, version, status FROM knowledge_entries ORDER BY id"))
        assert rows.fetchall() == [(1, 3, "active"), (2, 3, "archived")]


def test_every_revision_follows_one_other() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
