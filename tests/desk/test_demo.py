from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import Shop, Talk, error
from xiaoer.database import writing
from xiaoer.seeding.loader import MARKER
from xiaoer.seeding.tables import InstallationRow


@pytest.fixture
def demo(shop: Shop) -> Shop:
    with writing(shop.engine) as session:
        session.add(InstallationRow(key=MARKER, value=shop.now.isoformat()))
    return shop


def test_there_is_nothing_of_it_in_service(client: TestClient) -> None:
    assert error(client.get("/demo/customers")) == (404, "not_found")
    for body in ({"customer_id": "c1", "merchant_id": "m1"}, {}, {"customer_id": 7}):
        assert error(client.post("/demo/token", json=body)) == (404, "not_found")


def test_customers_by_shop(client: TestClient, demo: Shop) -> None:
    assert client.get("/demo/customers").json() == {
        "merchants": [
            {
                "id": "m1",
                "name": "云裳服饰",
                "anonymous_allowed": False,
                "customers": [
                    {"id": "c1", "name": "顾客c1", "vip_level": 0, "orders": 2},
                    {"id": "c2", "name": "顾客c2", "vip_level": 2, "orders": 1},
                ],
            },
            {"id": "m2", "name": "极客数码", "anonymous_allowed": True, "customers": []},
        ]
    }


def test_a_token_of_a_customer(client: TestClient, demo: Shop, talk: Talk) -> None:
    answer = client.post("/demo/token", json={"customer_id": "c2", "merchant_id": "m1"}).json()
    assert answer["expires_in"] == 43_200
    talk.say("你好", headers={"Authorization": f"Bearer {answer['token']}"})
    assert len(talk.state(subject="c2")["messages"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"customer_id": "c1", "merchant_id": "m2"}, 404, "not_found"),
        ({"customer_id": "c99", "merchant_id": "m1"}, 404, "not_found"),
        ({"customer_id": "a1", "merchant_id": "m1"}, 404, "not_found"),
        ({"customer_id": "c1\0", "merchant_id": "m1"}, 404, "not_found"),
        ({"customer_id": "c1", "merchant_id": "nobody"}, 404, "tenant_not_found"),
        ({"customer_id": "c1"}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
    ],
)
def test_no_other_tokens(client: TestClient, demo: Shop, body: object, status: int, code: str) -> None:
    assert error(client.post("/demo/token", json=body)) == (status, code)
