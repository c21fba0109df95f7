"""Fixtures that all tests share: databases of both kinds and a fixed moment."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from xiaoer.database import open_engine
from xiaoer.schema import metadata

POSTGRES = os.environ.get("XIAOER_TEST_POSTGRES_URL", "postgresql:///test")


def unavailable(what: str) -> None:
    """Skip by name where something is missing, or fail where CI promises it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not reachable, and CI must not skip")
    pytest.skip(f"{what} is not reachable")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """In CI nothing may be skipped, whatever asked for it."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI must not skip: {report.longrepr}"


COSTLY = ("extract", "fleet", "mall", "still")
"""What the tests of a module share and takes seconds to make."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what is costly to make: whoever runs them makes it once."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "stack" in names:
            item.add_marker(pytest.mark.xdist_group("stack"))
        elif any(name in names for name in COSTLY):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def now() -> datetime:
    """Noon in Shanghai on 21 November 2026."""
    return datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'xiaoer.db'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied: creating them takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@contextmanager
def new_database() -> Iterator[str]:
    """Give the address of a new, empty PostgreSQL database, and drop it afterwards."""
    admin = create_engine(POSTGRES, future=True, isolation_level="AUTOCOMMIT")
    name = f"xiaoer_{secrets.token_hex(6)}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        unavailable("PostgreSQL")
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Address of a new, empty PostgreSQL database, dropped afterwards."""
    with new_database() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_tables() -> Iterator[str]:
    """Address of a PostgreSQL database with all tables, which tests use one after the other."""
    with new_database() as url:
        engine = open_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture
def sqlite_engine(sqlite_url: str, sqlite_template: Path) -> Iterator[Engine]:
    """A SQLite database with all tables, for what does not depend on the kind of database."""
    shutil.copy(sqlite_template, str(make_url(sqlite_url).database))
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_tables: str) -> Iterator[Engine]:
    """A PostgreSQL database with all tables, all of them empty."""
    engine = open_engine(postgres_tables)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):  # truncating them takes ten times as long: new files for each
            connection.execute(table.delete())
        for sequence in connection.scalars(text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")):
            connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART"))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a new, empty database of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A database with all tables, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def engine_url(engine: Engine) -> str:
    """Address of the database of ``engine``, for those who open it once more."""
    return engine.url.render_as_string(hide_password=False)
