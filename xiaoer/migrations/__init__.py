"""Bringing a database to the present tables, step by step, with Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, Engine

from xiaoer.schema import metadata

POSTGRES_LOCK = 0x7869616F6572  # "xiaoer"
"""Key of the advisory lock that lets one process at a time change the tables."""


class UnversionedDatabase(Exception):
    """The database holds tables of the project but does not say of which revision."""


class IntegrityLost(Exception):
    """A change of tables would leave rows without what they refer to."""


def config() -> Config:
    """Return Alembic's configuration for the revisions of this package."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return settings


def head() -> str:
    """Return the newest revision."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def current(engine: Engine) -> str | None:
    """Return the revision of a database, or ``None`` where it has none yet."""
    with engine.connect() as connection:
        return _revision(connection)


def upgrade(engine: Engine) -> str:
    """Bring a database to the newest revision, completely or not at all, and return that revision.

    Several processes may call this at once: the others wait, and find nothing left to do.

    Args:
        engine: The database, empty or of any earlier revision.

    Raises:
        UnversionedDatabase: If tables of the project are there without a revision.
    """
    with changing(engine) as connection:
        _upgrade(connection)
    return head()


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that alone may change tables, and commit it if no row has lost what it refers to.

    Args:
        engine: The database.

    Raises:
        IntegrityLost: If rows would be left without what they refer to.
    """
    with engine.execution_options(xiaoer_write=True).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Batch mode rebuilds tables; the switch has no effect inside a transaction, so it comes first.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if sqlite else []
                if broken:
                    raise IntegrityLost(f"{len(broken)} rows would be left without what they refer to")
        finally:
            if sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


def _upgrade(connection: Connection) -> None:
    if _revision(connection) is None:
        there = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
        if there:
            raise UnversionedDatabase(f"the database has tables ({', '.join(there[:3])}, …) but no revision")
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    return None if revision is None else str(revision)
