"""Engine, sessions and column types of the one database, SQLite or PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, MetaData, create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

# Alembic needs every constraint to have a name to be able to change it later.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Base: Any = declarative_base(metadata=MetaData(naming_convention=NAMES))


class UtcDateTime(TypeDecorator):  # type: ignore[misc]
    """An aware datetime, kept in UTC; SQLite has no offsets, so it is stored there without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn an aware datetime into what the database stores.

        Raises:
            ValueError: If the datetime has no offset.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("datetimes in the database must have an offset")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Turn what the database stores into an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class Money(TypeDecorator):  # type: ignore[misc]
    """An amount in yuan as ``Decimal``, stored as whole fen: SQLite has no exact decimals."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        """Turn yuan into fen.

        Raises:
            ValueError: If the amount has parts of a fen.
        """
        if value is None:
            return None
        fen = Decimal(value) * 100
        if not fen.is_finite() or fen != fen.to_integral_value():
            raise ValueError(f"{value} yuan is no whole number of fen")
        return int(fen)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        """Turn fen into yuan with two decimals."""
        return None if value is None else Decimal(value).scaleb(-2)


def storable(text: str) -> bool:
    """Return whether a text can stand in the database: PostgreSQL takes neither NUL nor lone surrogates."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def open_engine(url: str) -> Engine:
    """Return an engine for the address, with SQLite set up for several processes.

    Args:
        url: SQLAlchemy address, ``sqlite:///…`` or ``postgresql://…``.
    """
    address = make_url(url)
    as_text = partial(json.dumps, ensure_ascii=False)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, future=True, pool_pre_ping=True, json_serializer=as_text)
    options: dict[str, Any] = {"connect_args": {"timeout": 30}}
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        # Without a pool every transaction opens the file anew, and the last one to close it writes the whole journal
        # back: 30 ms instead of 2. A connection may then serve one thread after the other.
        options = {"connect_args": {"timeout": 30, "check_same_thread": False}, "poolclass": QueuePool}
    engine = create_engine(address, future=True, json_serializer=as_text, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; `_begin_sqlite` sends it
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for another writer in WAL mode: it fails at once.
    # So writers say at the beginning that they will write.
    write = connection.get_execution_options().get("xiaoer_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads; anything written in it is rolled back."""
    with Session(engine, future=True) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that commits when the block ends and rolls back when it raises."""
    with (
        Session(engine.execution_options(xiaoer_write=True), future=True, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session
