"""A desk on a small shop, with a fake of Rasa's REST channel behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.app import create_app
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tables import AgentRow, CustomerRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.commerce.tables import OrderLineRow, OrderRow, ProductRow, VariantRow
from xiaoer.database import reading, writing
from xiaoer.settings import Settings

ANSWER = [{"recipient_id": "whoever", "text": "您好，请问有什么可以帮您？"}]


@dataclass
class FakeRasa:
    """Rasa's REST channel as far as the desk sees it: answers as it is told and remembers what it was asked."""

    answer: Any = field(default_factory=lambda: list(ANSWER))
    status: int = 200
    delay: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    on_ask: Callable[[dict[str, Any]], Any] | None = None
    busy: int = 0
    most_busy: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(self.status, text="Hello from Rasa: 3.6.21")
        body = json.loads(request.content)
        self.asked.append(body)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            await asyncio.sleep(self.delay)
            answer = await asyncio.to_thread(self.on_ask, body) if self.on_ask else None
            return httpx.Response(self.status, json=self.answer if answer is None else answer)
        finally:
            self.busy -= 1

    @property
    def last(self) -> dict[str, Any]:
        return self.asked[-1]


@dataclass
class Shop:
    """Rows of a small mall and tokens for its people."""

    engine: Engine
    now: datetime

    def token(
        self,
        subject: str = "c1",
        tenant: str = "m1",
        role: Role = Role.CONSUMER,
        *,
        lifetime: timedelta = timedelta(hours=12),
        **view: Any,
    ) -> str:
        identity = Identity(subject=subject, tenant=tenant, role=role, **view)
        with reading(self.engine) as session:
            return issue_token(session, identity, now=self.now, lifetime=lifetime)

    def auth(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(*args, **kwargs)}"}

    def rows(self, table: Any) -> list[Any]:
        with reading(self.engine) as session:
            return list(session.scalars(select(table).order_by(*table.__table__.primary_key.columns)))

    def count(self, *tables: Any) -> list[int]:
        return [len(self.rows(table)) for table in tables]


def fill(engine: Engine, now: datetime) -> Shop:
    with writing(engine) as session:
        add_tenant(session, "platform", name="平台", now=now, level=0)
        add_tenant(session, "m1", name="云裳服饰", now=now, category="clothing")
        add_tenant(session, "m2", name="极客数码", now=now, category="electronics", anonymous_allowed=True)
        for number, vip in (("c1", 0), ("c2", 2)):
            phone = f"1380000000{number[1]}"
            session.add(CustomerRow(id=number, name=f"顾客{number}", phone=phone, vip_level=vip, created_at=now))
        for agent, tenant, name, role in (
            ("a1", "m1", "小王", "agent"),
            ("a2", "m2", "小李", "merchant_admin"),
            ("p1", "platform", "小陈", "platform_agent"),
        ):
            session.add(AgentRow(id=agent, tenant=tenant, name=name, role=role, created_at=now))
        session.add(
            ProductRow(
                product_id="P1",
                merchant_id="m1",
                name="羊毛大衣",
                short_name="大衣",
                category="clothing",
                price=Decimal("6999.00"),
            )
        )
        session.flush()
        session.add(VariantRow(sku_id="P1-1", product_id="P1", position=0, name="黑色 L", price=Decimal("6999.00")))
        session.flush()
        for order_no, customer, amount in (
            ("202611200000000001", "c1", Decimal("6999.00")),
            ("202611200000000002", "c2", Decimal("6999.00")),
            ("202611200000000003", "c1", Decimal("4999.99")),
        ):
            session.add(
                OrderRow(
                    order_no=order_no,
                    merchant_id="m1",
                    customer_id=customer,
                    state="paid",
                    amount=amount,
                    created_at=now,
                    receiver_name="张三",
                    receiver_phone="13800000001",
                    receiver_address="浙江省杭州市西湖区文三路 1 号",
                )
            )
            session.flush()
            session.add(
                OrderLineRow(
                    order_no=order_no,
                    product_id="P1",
                    sku_id="P1-1",
                    product_name="羊毛大衣",
                    variant="黑色 L",
                    quantity=1,
                    unit_price=amount,
                )
            )
    return Shop(engine, now)


@pytest.fixture
def shop(sqlite_engine: Engine, now: datetime) -> Shop:
    return fill(sqlite_engine, now)


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, rasa_timeout=1.0, breaker_threshold=3, breaker_seconds=0.3)


def desk_on(shop: Shop, rasa: FakeRasa, settings: Settings) -> FastAPI:
    """Return a desk as if its process had just started."""
    return create_app(settings, engine=shop.engine, transport=httpx.MockTransport(rasa), clock=lambda: shop.now)


@pytest.fixture
def app(shop: Shop, rasa: FakeRasa, settings: Settings) -> FastAPI:
    return desk_on(shop, rasa, settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@dataclass
class Talk:
    """A visitor at the REST channel."""

    client: TestClient
    shop: Shop

    def send(
        self,
        message: Any = "你好",
        *,
        sender: str = "s1",
        headers: dict[str, str] | None = None,
        **metadata: Any,
    ) -> httpx.Response:
        body = {"sender": sender, "message": message, "metadata": metadata}
        return self.client.post(
            "/webhooks/rest/webhook",
            content=json.dumps(body),  # escapes what is not ASCII, so that lone surrogates get through
            headers=self.shop.auth() if headers is None else headers,
        )

    def say(self, message: Any = "你好", **kwargs: Any) -> list[dict[str, Any]]:
        response = self.send(message, **kwargs)
        assert response.status_code == 200, response.text
        return response.json()

    def state(self, sender: str = "s1", after: int | None = None, **who: Any) -> dict[str, Any]:
        query = "" if after is None else f"?after={after}"
        response = self.client.get(f"/api/v1/visitor/conversations/{sender}{query}", headers=self.shop.auth(**who))
        assert response.status_code == 200, response.text
        return response.json()

    def agent(self, conversation: str, step: str, who: str = "a1", tenant: str = "m1", **body: Any) -> httpx.Response:
        role = Role.PLATFORM_AGENT if tenant == "platform" else Role.AGENT
        return self.client.post(
            f"/api/v1/conversations/{conversation}/{step}", json=body, headers=self.shop.auth(who, tenant, role)
        )


@pytest.fixture
def talk(client: TestClient, shop: Shop) -> Talk:
    return Talk(client, shop)


def error(response: httpx.Response) -> tuple[int, str]:
    """Return status and code of an error, after looking at its form."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert any("\u4e00" <= character <= "\u9fff" for character in body["error"]["message"])
    return response.status_code, body["error"]["code"]
