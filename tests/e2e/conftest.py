"""One installation for all tests of this folder, and visitors who write to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.e2e.stack import Stack
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import system_clock
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import reading


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The three processes on SQLite with the demo mall."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@dataclass
class Visitor:
    """Somebody with a token, in a conversation of their own."""

    url: str
    token: str
    sender: str = field(default_factory=lambda: secrets.token_hex(6))

    @property
    def headers(self) -> dict[str, str]:
        """What the visitor sends with every request."""
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, message: str, **metadata: Any) -> httpx.Response:
        """Send a message and return the desk's answer as it is."""
        body = {"sender": self.sender, "message": message, "metadata": metadata}
        return httpx.post(
            f"{self.url}/webhooks/rest/webhook", json=body, headers=self.headers, timeout=60, trust_env=False
        )

    def say(self, message: str, **metadata: Any) -> list[dict[str, Any]]:
        """Send a message and return what comes back."""
        response = self.post(message, **metadata)
        assert response.status_code == 200, response.text
        return list(response.json())

    def conversation(self) -> dict[str, Any]:
        """Return the conversation and its messages as the page sees them."""
        address = f"{self.url}/api/v1/visitor/conversations/{self.sender}"
        return dict(httpx.get(address, headers=self.headers, timeout=10, trust_env=False).json())


@pytest.fixture
def order(stack: Stack) -> OrderRow:
    """A shipped order of the demo mall whose customer has a parcel on its way."""
    with reading(stack.engine) as session:
        found = session.scalars(
            select(OrderRow).where(OrderRow.state == "shipped", OrderRow.amount < 5000).order_by(OrderRow.order_no)
        ).first()
        session.expunge_all()
        return found


@pytest.fixture
def visitor(stack: Stack) -> Callable[..., Visitor]:
    """Make a visitor: ``visitor(customer, tenant)``."""

    def make(subject: str, tenant: str, role: Role = Role.CONSUMER, **claims: Any) -> Visitor:
        with reading(stack.engine) as session:
            identity = Identity(subject=subject, tenant=tenant, role=role, **claims)
            return Visitor(stack.url, issue_token(session, identity, now=system_clock()))

    return make


def texts(replies: list[dict[str, Any]]) -> str:
    """Return the words of a reply in one piece."""
    return "\n".join(reply.get("text") or "" for reply in replies)
