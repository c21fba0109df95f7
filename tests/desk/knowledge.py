"""People of two shops and of the platform at the desk's knowledge API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.desk.conftest import Shop
from xiaoer.accounts.model import PLATFORM, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.database import Base, reading, writing
from xiaoer.knowledge.model import Change, Draft, Entry, EntryStatus
from xiaoer.knowledge.store import add_entry

BASE = "/api/v1/knowledge"

PEOPLE = {
    "a1": ("m1", Role.AGENT),
    "a3": ("m1", Role.MERCHANT_ADMIN),
    "a2": ("m2", Role.MERCHANT_ADMIN),
    "a4": ("m2", Role.AGENT),
    "p1": (PLATFORM, Role.PLATFORM_AGENT),
    "p2": (PLATFORM, Role.PLATFORM_ADMIN),
}
"""Tenant and role by agent id; ``tests.desk.conftest.fill`` writes a1, a2 and p1 down."""


def add_people(shop: Shop) -> None:
    """Write those of the people down that the shop lacks."""
    with writing(shop.engine) as session:
        for agent in ("a3", "a4", "p2"):
            tenant, role = PEOPLE[agent]
            session.add(AgentRow(id=agent, tenant=tenant, name=agent, role=role.value, created_at=shop.now))


@dataclass
class Staff:
    """Somebody at the desk, who asks the knowledge API."""

    client: TestClient
    shop: Shop

    def __call__(self, method: str, path: str, *, who: str = "a1", **more: Any) -> Response:
        headers = self.shop.auth(who, *PEOPLE[who])
        return self.client.request(method, path if path.startswith("/api") else BASE + path, headers=headers, **more)

    def good(self, method: str, path: str, **more: Any) -> Any:
        """Return what a request that goes well gives."""
        response = self(method, path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def bad(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Return status and error of a request that does not, without its message, which is Chinese."""
        response = self(method, path, **more)
        body = response.json()
        assert set(body) == {"error"}
        message = body["error"].pop("message")
        assert any("\u4e00" <= each <= "\u9fff" for each in message)
        return response.status_code, body["error"]


def put_entry(shop: Shop, scope: str, question: str, answer: str = "答", **more: Any) -> Entry:
    """Add an entry, published unless its status is named."""
    status = more.pop("status", EntryStatus.PUBLISHED)
    with writing(shop.engine) as session:
        return add_entry(session, scope, Draft(question, answer, **more), Change("tests", shop.now), status=status)


def snapshot(engine: Engine) -> Mapping[str, list[tuple[str, ...]]]:
    """Return every row of every table: what a denied write must leave as it was."""
    with reading(engine) as session:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }
