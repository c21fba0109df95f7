"""The doors of the commerce API: who is let in, for whom, with what; a refusal leaves every row as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy.engine import Engine

from desk.app import create_app
from tests.factories import add_agent
from tests.goods import NOON
from tests.xiaoer.commerce.writes import OTHERS, PAID, SHIPPED, UNPAID, build_mall, lines_of, snapshot
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tokens import issue_token
from xiaoer.database import reading
from xiaoer.settings import Settings

Ask = Callable[..., Response]
BASE = "/api/v1/commerce"
MINE = {"tenant": "m1", "customer": "c1"}


@pytest.fixture
def mall(sqlite_engine: Engine) -> Engine:
    build_mall(sqlite_engine)
    add_agent(sqlite_engine)
    return sqlite_engine


@pytest.fixture
def client(mall: Engine, tmp_path: Path) -> TestClient:
    return TestClient(create_app(Settings(data_dir=tmp_path), engine=mall, clock=lambda: NOON))


def token(mall: Engine, subject: str = "c1", tenant: str = "m1", role: Role = Role.CONSUMER, hours: float = 1) -> str:
    with reading(mall) as session:
        return issue_token(session, Identity(subject, tenant, role), now=NOON, lifetime=timedelta(hours=hours))


@pytest.fixture
def ask(client: TestClient, mall: Engine) -> Ask:
    """Sends a request as c1 of m1, unless it is said otherwise."""

    def send(method: str, path: str, *, key: str | None = "k1", bearer: str | None = None, **more: Any) -> Response:
        headers = {"Authorization": f"Bearer {token(mall) if bearer is None else bearer}"}
        if bearer == "":
            headers = {}
        if key is not None and method == "POST":
            headers["Idempotency-Key"] = key
        return client.request(method, BASE + path, headers=headers, **{"params": MINE, **more})

    return send


def refused(response: Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert any("\u4e00" <= each <= "\u9fff" for each in error["message"])
    return response.status_code, error["code"]


CALLS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/orders", None),
    ("GET", f"/orders/{PAID}", None),
    ("GET", f"/orders/{PAID}/shipments", None),
    ("GET", f"/orders/{PAID}/parts", None),
    ("GET", f"/orders/{PAID}/invoice", None),
    ("GET", "/shipments/SF1000000000001", None),
    ("GET", "/after-sales", None),
    ("GET", "/products", None),
    ("GET", "/products/P1", None),
    ("GET", "/products/P1/page", None),
    ("GET", "/promotions", None),
    ("GET", "/coupons", None),
    ("GET", "/membership", None),
    ("GET", "/quote?sku_id=P1-0&quantity=1", None),
    ("POST", f"/orders/{PAID}/urge", {}),
    ("POST", f"/orders/{PAID}/cancel", {"reason": "不想要了"}),
    ("POST", f"/orders/{PAID}/receiver", {"name": "李小雨"}),
    ("POST", f"/orders/{PAID}/lines/1", {"quantity": 1}),
    ("POST", f"/orders/{PAID}/remark", {"remark": "请周末送"}),
    (
        "POST",
        f"/orders/{PAID}/invoice",
        {"kind": "personal", "title": "王小雨", "email": "xiaoyu@example.com"},
    ),
    ("POST", "/after-sales", {"order_no": SHIPPED, "kind": "return", "reason": "不合身"}),
    ("POST", "/after-sales/AS1/withdraw", {}),
]


def query(path: str, **named: str) -> dict[str, Any]:
    """Return parameters beside those in a path, which ``params`` would replace."""
    _, _, rest = path.partition("?")
    return {**dict(pair.split("=") for pair in rest.split("&") if rest), **MINE, **named}


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_nobody_is_let_in_without_a_good_token_of_the_right_kind(
    ask: Ask, mall: Engine, method: str, path: str, body: dict[str, Any] | None
) -> None:
    before = snapshot(mall)
    claims = {"sub": "c1", "tenant": "m1", "role": "system", "exp": NOON.timestamp() + 60}
    doors = {
        "": (401, "token_required"),
        token(mall, hours=-1): (401, "token_expired"),
        jwt.encode(claims, "w" * 64, algorithm="HS256"): (401, "token_invalid"),
        jwt.encode(claims, "", algorithm="none"): (401, "token_invalid"),
        "x" * 5000: (401, "token_invalid"),
        token(mall, "a1", role=Role.AGENT): (403, "not_a_shopper"),
        token(mall, "s1", role=Role.MERCHANT): (403, "not_a_shopper"),
        token(mall, "anon-1", role=Role.ANONYMOUS): (403, "not_a_shopper"),
        token(mall, "nobody"): (401, "customer_unknown"),
        token(mall, "c2"): (403, "not_yours"),
        token(mall, tenant="m2"): (403, "not_yours"),
        token(mall, tenant=PLATFORM): (403, "not_yours"),
        token(mall, "oms", "m2", Role.SYSTEM): (403, "not_yours"),
        token(mall, "oms", PLATFORM, Role.SYSTEM): (403, "not_yours"),
    }

    for bearer, expected in doors.items():
        response = ask(method, path.partition("?")[0], bearer=bearer, json=body, params=query(path))
        assert refused(response) == expected
    assert snapshot(mall) == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_every_call_names_tenant_and_customer(
    ask: Ask, mall: Engine, method: str, path: str, body: dict[str, Any] | None
) -> None:
    before = snapshot(mall)

    for name in MINE:
        for wrong in (None, "", "x" * 65, "\0", "a\nb"):
            params = {each: value for each, value in query(path).items() if each != name or wrong is not None}
            params = {**params, name: wrong} if wrong is not None else params
            response = ask(method, path.partition("?")[0], json=body, params=params)
            assert refused(response) == (422, "invalid_request")
            assert response.json()["error"]["field"] == name
        response = ask(method, path.partition("?")[0], json=body, params=query(path, **{name: "' OR '1'='1"}))
        assert refused(response) == (403, "not_yours")
    assert snapshot(mall) == before


def test_a_customer_reads_and_writes_what_is_the_customers_own(ask: Ask) -> None:
    assert ask("GET", f"/orders/{PAID}").json()["amount"] == "260.50"
    assert ask("GET", f"/orders/{PAID}").json()["created_at"] == "2026-11-20T04:00:00+00:00"
    changed = ask("POST", f"/orders/{PAID}/remark", json={"remark": "请周末送"})
    assert (changed.status_code, changed.json()["order"]["remark"]) == (200, "请周末送")


def test_a_program_of_the_merchant_asks_for_every_customer_of_it(ask: Ask, mall: Engine) -> None:
    oms = token(mall, "oms", role=Role.SYSTEM)

    found = ask("GET", f"/orders/{OTHERS}", bearer=oms, params={"tenant": "m1", "customer": "c2"})
    assert found.json()["customer_id"] == "c2"
    assert refused(ask("GET", f"/orders/{OTHERS}", bearer=oms)) == (404, "order_not_found")


@pytest.mark.parametrize(
    "number",
    [
        OTHERS,
        "209912310000000001",
        "1",
        "%",
        "' OR '1'='1",
        "２０２６１１２００００００００００１",
        "x" * 10_000,
        "\u202e1",
        "%00",
    ],
)
@pytest.mark.parametrize(("method", "path", "body"), [call for call in CALLS if PAID in call[1]])
def test_an_order_of_somebody_else_is_not_found_like_one_that_is_not_there(
    ask: Ask, mall: Engine, method: str, path: str, body: dict[str, Any] | None, number: str
) -> None:
    before = snapshot(mall)

    assert refused(ask(method, path.replace(PAID, number), json=body)) == (404, "order_not_found")
    assert snapshot(mall) == before


WRITES = [(path, body) for method, path, body in CALLS if method == "POST"]


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_a_write_needs_a_key(ask: Ask, mall: Engine, path: str, body: dict[str, Any]) -> None:
    before = snapshot(mall)

    for key in (None, "", "k" * 129, "a b", "键".encode()):
        assert refused(ask("POST", path, key=key, json=body)) == (400, "idempotency_key_required")
    assert snapshot(mall) == before


@pytest.mark.parametrize(("path", "body"), [(path, body) for path, body in WRITES if body])
def test_a_write_needs_a_body_that_makes_sense(ask: Ask, mall: Engine, path: str, body: dict[str, Any]) -> None:
    before = snapshot(mall)

    for broken in (b"{", b"[1", b'{"reason": }', b"\xff\xfe"):
        assert refused(ask("POST", path, content=broken)) == (400, "json_invalid")
    for wrong in (None, 1, "text", [body], {**body, "price": "0.01"}):
        assert refused(ask("POST", path, json=wrong)) == (422, "invalid_request")
    for name in body:
        for value in (True, 1.5, [], {}, "x" * 10_000, "\0", "\ud800"):
            response = ask("POST", path, content=json.dumps({**body, name: value}))
            assert refused(response) == (422, "invalid_request")
            assert response.json()["error"]["field"] == name
    assert snapshot(mall) == before


def test_a_key_belongs_to_one_request(ask: Ask, mall: Engine) -> None:
    ask("POST", f"/orders/{PAID}/remark", json={"remark": "请周末送"})
    after = snapshot(mall)

    repeated = ask("POST", f"/orders/{PAID}/remark", json={"remark": "请周末送"})
    assert repeated.json()["order"]["remark"] == "请周末送"
    for path, body in (
        (f"/orders/{PAID}/remark", {"remark": "请放门卫"}),
        (f"/orders/{UNPAID}/remark", {"remark": "请周末送"}),
        (f"/orders/{PAID}/cancel", {"reason": "请周末送"}),
    ):
        assert refused(ask("POST", path, json=body)) == (409, "key_reused")
    assert snapshot(mall) == after


def test_refusals_come_with_what_programs_need(ask: Ask, mall: Engine) -> None:
    coat, before = lines_of(mall, PAID)[0], snapshot(mall)
    bought = lines_of(mall, SHIPPED)[0]

    def said(path: str, **body: Any) -> dict[str, Any]:
        error = ask("POST", path, json=body).json()["error"]
        error.pop("message")
        return error

    assert said(f"/orders/{SHIPPED}/cancel") == {"code": "state_forbids", "state": "shipped"}
    assert said(f"/orders/{UNPAID}/urge") == {"code": "not_urgeable", "state": "pending_payment"}
    line = f"/orders/{PAID}/lines/{coat}"
    assert said(line, sku_id="P1-1", quantity=9) == {"code": "payment_needed", "amount": "700.00"}
    assert said(line, sku_id="P2-0") == {"code": "invalid_request", "field": "sku_id"}
    filed = {"order_no": SHIPPED, "kind": "return", "reason": "不合身"}
    exceeds = said("/after-sales", **filed, lines=[{"line_id": bought, "quantity": 3}])
    assert (exceeds["code"], exceeds["left"][str(bought)]) == ("exceeds_bought", 2)
    denied = said("/after-sales", **{**filed, "order_no": UNPAID})
    assert denied["code"] == "not_eligible"
    assert denied["decision"]["allowed"] is False
    assert denied["decision"]["sentence"]
    assert denied["decision"]["rules"]
    assert snapshot(mall) == before


@pytest.mark.parametrize("line", ["１", "0x1", "-1", "9" * 10, "1.0", "x"])
def test_a_line_is_a_number(ask: Ask, mall: Engine, line: str) -> None:
    before = snapshot(mall)

    assert refused(ask("POST", f"/orders/{PAID}/lines/{line}", json={"quantity": 1})) == (422, "invalid_request")
    assert snapshot(mall) == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/orders?state=lost", "state.0"),
        ("/orders?limit=0", "limit"),
        ("/orders?limit=201", "limit"),
        ("/orders?limit=x", "limit"),
        ("/orders?product_id=%00", "product_id"),
        ("/products?least=-1", "least"),
        ("/products?most=1e9", "most"),
        ("/products?text=" + "x" * 2001, "text"),
        ("/quote?sku_id=P1-0", "quantity"),
        ("/quote?sku_id=P1-0&quantity=1&quantity=2", "quantity"),
        ("/quote?sku_id=P1-0&quantity=x", "quantity.0"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_field(ask: Ask, path: str, field: str) -> None:
    response = ask("GET", f"{path}&tenant=m1&customer=c1", params=None)

    assert refused(response) == (422, "invalid_request")
    assert response.json()["error"]["field"] == field


def test_too_many_calls_about_one_customer(mall: Engine, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, commerce_rate_limit="2/minute")
    client = TestClient(create_app(settings, engine=mall, clock=lambda: NOON))
    headers = {"Authorization": f"Bearer {token(mall, 'oms', role=Role.SYSTEM)}"}

    def status(customer: str) -> int:
        params = {"tenant": "m1", "customer": customer}
        return client.get(f"{BASE}/orders", params=params, headers=headers).status_code

    assert [status("c1"), status("c1"), status("c1"), status("c2")] == [200, 200, 429, 200]


def test_every_operation_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]

    for method, path, _ in CALLS:
        pattern = path.partition("?")[0].replace(PAID, "{order_no}").replace("/SF1000000000001", "/{waybill_no}")
        pattern = pattern.replace("/AS1/", "/{after_sale_no}/").replace("/P1", "/{product_id}")
        operation = described[BASE + pattern.replace("lines/1", "lines/{line_id}")][method.lower()]
        assert {"tenant", "customer"} <= {each["name"] for each in operation["parameters"] if each["required"]}
        assert ("idempotency-key" in {each["name"] for each in operation["parameters"]}) is (method == "POST")
        assert {"200", "401", "403", "404", "422", "429"} <= set(operation["responses"])
        assert operation["security"] == [{"HTTPBearer": []}]
    assert "https://" not in client.get("/docs").text.replace("http://www.w3.org", "")
