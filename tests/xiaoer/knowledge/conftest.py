"""A small mall with knowledge, and a short way to add to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft, Entry
from xiaoer.knowledge.store import add_entry

Add = Callable[..., Entry]

PRODUCTS = [
    ("P1", "shop", "暖冬双面羊毛大衣女", "羊毛大衣"),
    ("P2", "shop", "暖冬白鸭绒短款羽绒服", "短款羽绒服"),
    ("P3", "other", "降噪蓝牙耳机 Pro", "蓝牙耳机"),
]


def fill(engine: Engine, now: datetime) -> None:
    with writing(engine) as session:
        add_tenant(session, PLATFORM, name="集市", now=now)
        add_tenant(session, "shop", name="服装店", now=now)
        add_tenant(session, "other", name="数码店", now=now)
        for product_id, merchant, name, short_name in PRODUCTS:
            session.add(
                ProductRow(
                    product_id=product_id,
                    merchant_id=merchant,
                    name=name,
                    short_name=short_name,
                    category="clothing",
                    price=Decimal(100),
                )
            )


@pytest.fixture
def mall(engine: Engine, now: datetime) -> Engine:
    """Three tenants with products and no knowledge, in a database of each kind."""
    fill(engine, now)
    return engine


@pytest.fixture
def small_mall(sqlite_engine: Engine, now: datetime) -> Engine:
    """The same in SQLite only."""
    fill(sqlite_engine, now)
    return sqlite_engine


def _adder(engine: Engine) -> Add:
    def add(scope: str, question: str, answer: str = "答", **fields: Any) -> Entry:
        with writing(engine) as session:
            return add_entry(session, scope, Draft(question=question, answer=answer, **fields), BY_TESTS)

    return add


@pytest.fixture
def add(mall: Engine) -> Add:
    """Adds an entry to ``mall`` in a transaction of its own."""
    return _adder(mall)


@pytest.fixture
def add_small(small_mall: Engine) -> Add:
    """Adds an entry to ``small_mall`` in a transaction of its own."""
    return _adder(small_mall)
