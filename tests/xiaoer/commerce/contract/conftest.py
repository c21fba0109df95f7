"""One mall behind two adapters: its own tables, and a running desk that serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from desk.app import create_app
from tests.desk.server import served
from tests.goods import NOON
from tests.xiaoer.commerce.writes import build_mall
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tokens import issue_token
from xiaoer.commerce.back_offices import BackOffice
from xiaoer.commerce.http import HttpCommerce
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.database import reading
from xiaoer.settings import Settings

PATIENT = 30.0
"""Seconds for an answer: what is compared here is what is said, on machines that do other things as well."""


def system_token(engine: Engine, tenant: str = "m1") -> str:
    """Return a token for a program of a tenant's."""
    with reading(engine) as session:
        return issue_token(session, Identity("oms", tenant, Role.SYSTEM), now=NOON)


class EveryTenant:
    """The ``http`` adapters of several tenants, each asked for its own."""

    def __init__(self, adapters: dict[str, HttpCommerce]) -> None:
        self._adapters = adapters

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda tenant, *args, **kwargs: getattr(self._adapters[tenant], name)(tenant, *args, **kwargs)


@pytest.fixture
def mall(sqlite_engine: Engine) -> Engine:
    """Two shops and the platform; c1 has orders at the first (see ``build_mall``)."""
    build_mall(sqlite_engine)
    return sqlite_engine


@pytest.fixture
def desk_url(mall: Engine, tmp_path: Path) -> Iterator[str]:
    """A running desk's commerce API."""
    app = create_app(Settings(data_dir=tmp_path), engine=mall, clock=lambda: NOON)
    with served(app) as address:
        yield f"{address}/api/v1/commerce"


@pytest.fixture(params=["sql", "http"])
def commerce(request: pytest.FixtureRequest, mall: Engine) -> Commerce:
    """The mall through each adapter in turn."""
    if request.param == "sql":
        return SqlCommerce(mall)
    url = request.getfixturevalue("desk_url")
    tenants = ("m1", "m2", PLATFORM)
    return EveryTenant(
        {each: HttpCommerce(BackOffice(each, url, system_token(mall, each), PATIENT)) for each in tenants}
    )  # type: ignore[return-value]
