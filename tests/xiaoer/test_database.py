"""The database: exact column types, sessions, and writers who wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, event, func, insert, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import declarative_base

from tests.factories import row_counts
from tests.goods import NOON, add_product, add_shop
from xiaoer.accounts.tables import CustomerIdentityRow, TenantRow
from xiaoer.clock import SHANGHAI
from xiaoer.database import Money, UtcDateTime, open_engine, reading, storable, writing

Own: Any = declarative_base()


class Sample(Own):
    """A table of the two column types."""

    __tablename__ = "samples"

    id = Column(Integer, primary_key=True)
    amount = Column(Money)
    at = Column(UtcDateTime)


@pytest.fixture
def samples(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    Own.metadata.create_all(engine)
    yield engine
    engine.dispose()


def kept(engine: Engine, **columns: Any) -> Sample:
    """A row as it is read back."""
    with writing(engine) as session:
        row = Sample(**columns)
        session.add(row)
        session.flush()
        number = row.id
    with reading(engine) as session:
        return session.get(Sample, number)


def test_money_is_exact(samples: Engine) -> None:
    for amount in ("0", "0.00", "0.01", "0.1", "12", "12.30", "-5.25", "99999999999.99", "-0.01", "1E+3", "0.010"):
        read = kept(samples, amount=Decimal(amount)).amount

        assert isinstance(read, Decimal)
        assert read == Decimal(amount)
        assert read.as_tuple().exponent == -2


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fen=st.integers(-(10**15), 10**15))
def test_every_whole_number_of_fen_comes_back(samples: Engine, fen: int) -> None:
    amount = Decimal(fen).scaleb(-2)
    with reading(samples) as session:
        assert session.scalar(select(func.max(Sample.amount))) is None
        session.add(Sample(amount=amount))
        session.flush()
        session.expire_all()
        assert session.scalars(select(Sample.amount)).one() == amount


def test_parts_of_a_fen_are_refused(samples: Engine) -> None:
    for amount in ("0.001", "12.345", "0.0000001", "-0.005", "NaN", "Infinity", "-Infinity"):
        with pytest.raises((ValueError, StatementError), match="no whole number of fen"), writing(samples) as session:
            session.add(Sample(amount=Decimal(amount)))

    with reading(samples) as session:
        assert session.scalars(select(Sample)).all() == []


def test_money_is_compared_and_summed_by_the_database(samples: Engine) -> None:
    with writing(samples) as session:
        session.add_all([Sample(amount=Decimal(each)) for each in ("9.90", "10.00", "100.10", "2")])
    with reading(samples) as session:
        dear = select(Sample.amount).where(Sample.amount >= Decimal("9.9")).order_by(Sample.amount)
        assert list(session.scalars(dear)) == [Decimal("9.90"), Decimal("10.00"), Decimal("100.10")]
        assert session.scalar(select(func.sum(Sample.amount))) == Decimal("122.00")


def test_nothing_stays_nothing(samples: Engine) -> None:
    row = kept(samples, amount=None, at=None)

    assert row.amount is None
    assert row.at is None


MOMENTS = [
    datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=SHANGHAI),
    datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc),
    datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    datetime(1990, 7, 1, 12, 0, tzinfo=SHANGHAI),
]


def test_a_moment_comes_back_in_utc(samples: Engine) -> None:
    for moment in MOMENTS:
        read = kept(samples, at=moment).at

        assert read == moment
        assert read.utcoffset() == timedelta(0)


def test_moments_of_different_zones_are_compared_as_moments(samples: Engine) -> None:
    with writing(samples) as session:
        session.add(Sample(at=datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI)))
    with reading(samples) as session:
        for moment, found in [
            (datetime(2026, 11, 21, 3, 59, tzinfo=timezone.utc), 1),
            (datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc), 0),
            (datetime(2026, 11, 21, 4, 1, tzinfo=timezone.utc), 0),
        ]:
            assert len(session.scalars(select(Sample).where(Sample.at > moment)).all()) == found


def test_a_moment_without_an_offset_is_refused(samples: Engine) -> None:
    with pytest.raises((ValueError, StatementError), match="must have an offset"), writing(samples) as session:
        session.add(Sample(at=datetime(2026, 11, 21, 12, 0)))  # noqa: DTZ001

    with reading(samples) as session:
        assert session.scalars(select(Sample)).all() == []


def test_what_a_reading_session_writes_is_gone(engine: Engine) -> None:
    with reading(engine) as session:
        session.add(TenantRow(id="m1", name="x", signing_key="k", created_at=NOON))
        session.flush()

    assert row_counts(engine)["tenants"] == 0


def test_a_writing_session_writes_all_or_nothing(engine: Engine) -> None:
    def write(then: Exception | None) -> None:
        with writing(engine) as session:
            session.add(TenantRow(id="m1", name="x", signing_key="k", created_at=NOON))
            session.flush()
            if then is not None:
                raise then

    with pytest.raises(RuntimeError):
        write(RuntimeError())
    assert row_counts(engine)["tenants"] == 0
    write(None)
    assert row_counts(engine)["tenants"] == 1


def test_references_are_checked(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(CustomerIdentityRow(customer_id="nobody", channel="app", external_id="1"))


def test_chinese_in_json_stays_readable(engine: Engine) -> None:
    add_shop(engine)
    add_product(engine, attributes={"材质": "羊毛"})
    with engine.connect() as connection:
        raw = connection.execute(text("SELECT attributes FROM products"))
        assert "羊毛" in str(raw.scalar())


def test_a_file_gets_its_folder(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'deep' / 'x.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def begun(engine: Engine) -> list[str]:
    """The statements that begin transactions from now on."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return statements


def test_only_writers_say_so_at_the_beginning(sqlite_engine: Engine) -> None:
    statements = begun(sqlite_engine)
    with reading(sqlite_engine) as session:
        session.execute(select(TenantRow))
    with writing(sqlite_engine) as session:
        session.execute(select(TenantRow))

    assert statements == ["BEGIN", "BEGIN IMMEDIATE"]


def test_two_writers_who_read_first_wait_for_each_other(engine: Engine) -> None:
    """Each adds one to what it has read: if they did not wait, one would be lost or would fail."""
    add_shop(engine)
    rounds, failures = 20, []

    def add_some() -> None:
        try:
            for _ in range(rounds):
                with writing(engine) as session:
                    row = session.scalars(select(TenantRow).with_for_update()).one()
                    row.level += 1
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=add_some) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with reading(engine) as session:
        assert session.scalars(select(TenantRow.level)).one() == 1 + 2 * rounds


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_it(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        session.execute(
            insert(TenantRow).values(
                id="m1",
                name="x",
                category="",
                level=1,
                gmv=0,
                anonymous_allowed=False,
                signing_key="k",
                created_at=NOON,
            )
        )
        assert row_counts(sqlite_engine)["tenants"] == 0
    assert row_counts(sqlite_engine)["tenants"] == 1


@pytest.mark.parametrize(("given", "expected"), [("", True), ("大衣 👗", True), ("a\0", False), ("\ud800", False)])
def test_what_can_stand_in_the_database(given: str, expected: bool) -> None:
    assert storable(given) is expected
