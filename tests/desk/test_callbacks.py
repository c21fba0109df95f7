"""The door for 快递100's pushes: what it takes, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.desk.conftest import FakeRasa, Shop, desk_on, error
from tests.factories import add_parcel, change_order
from xiaoer.commerce.carriers.signing import sign
from xiaoer.commerce.tables import OrderRow, ShipmentEventRow, ShipmentRow
from xiaoer.database import Base, reading
from xiaoer.settings import Settings

ORDER, NUMBER, SALT = "202611200000000001", "SF1234567890123", "PeperoncinoSalt"
TAKEN = {"result": True, "returnCode": "200", "message": "成功"}
NOT_TAKEN = {"result": False, "returnCode": "500", "message": "失败"}


def param(**different: Any) -> str:
    """Return a push in the documented form."""
    line = {
        "time": "2026-11-21 11:30:00",
        "ftime": "2026-11-21 11:30:00",
        "context": "您的快件已签收，签收人：本人",
        "status": "本人签收",
        "statusCode": "301",
    }
    last = {"message": "ok", "state": "3", "status": "200", "ischeck": "1", "com": "shunfeng", "nu": NUMBER}
    last = {**last, "condition": "F00", "data": [line], **different}
    push = {"status": "shutdown", "billstatus": "check", "message": "", "autoCheck": "0", "comOld": "", "comNew": ""}
    return json.dumps({**push, "lastResult": last}, ensure_ascii=False)


@pytest.fixture
def parcel(shop: Shop) -> Shop:
    """A shop with one parcel under way."""
    change_order(shop.engine, ORDER, state="shipped")
    add_parcel(shop.engine, ORDER, NUMBER)
    return shop


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.copy(update={"kuaidi100_salt": SALT})


Push = Callable[..., httpx.Response]


@pytest.fixture
def push(parcel: Shop, rasa: FakeRasa, settings: Settings) -> Iterator[Push]:
    """Sends a push; the signature is right where none is given."""
    with TestClient(desk_on(parcel, rasa, settings)) as client:

        def send(text: str | None = None, signature: str | None = None, **more: Any) -> httpx.Response:
            text = param() if text is None else text
            form = {"param": text, "sign": sign(text, SALT) if signature is None else signature}
            return client.post("/callbacks/kuaidi100", **({"data": form} | more))

        yield send


def rows(shop: Shop) -> dict[str, list[str]]:
    with reading(shop.engine) as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def test_a_push_brings_the_parcel_up_to_date(push: Push, parcel: Shop) -> None:
    response = push()

    assert (response.status_code, response.json()) == (200, TAKEN)
    assert [row.state for row in parcel.rows(ShipmentRow)] == ["delivered"]
    assert [row.text for row in parcel.rows(ShipmentEventRow)] == ["您的快件已签收，签收人：本人"]
    assert parcel.rows(OrderRow)[0].received_at is not None


def test_a_push_again_is_taken_again_and_changes_nothing(push: Push, parcel: Shop) -> None:
    push()
    before = rows(parcel)

    assert push().json() == TAKEN

    assert rows(parcel) == before


@pytest.mark.parametrize("text", [param(nu="SF9999999999999"), param(com="zhongtong")])
def test_a_parcel_that_is_not_ours_is_passed_over(push: Push, parcel: Shop, text: str) -> None:
    before = rows(parcel)

    assert (push(text).status_code, push(text).json()) == (200, TAKEN)

    assert rows(parcel) == before


@pytest.mark.parametrize("signature", ["", "0" * 32, "签名", sign(param()), sign(param(), "another"), sign(SALT)])
def test_a_forged_push_changes_nothing(push: Push, parcel: Shop, signature: str) -> None:
    before = rows(parcel)

    response = push(signature=signature)

    assert (response.status_code, response.json()) == (403, NOT_TAKEN)
    assert rows(parcel) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "{",
        "[]",
        "{}",
        '{"lastResult": null}',
        '{"lastResult": []}',
        param(nu=""),
        param(nu=None),
        param(nu=7.5),
        param(nu="S" * 33),
        param(nu="１２３４５６７８９０"),
        param(nu="SF\0"),
        param(nu="' OR 1=1 --"),
        param(com="顺丰"),
        param(com={"a": 1}),
        param(data=None, state=[]),
        param(data=[{"context": "没有时间"}]),
        param(data=[{"time": "2026-02-30 00:00:00", "context": "没有这一天"}]),
        param(data=[{"time": "2026-11-21 11:30:00"}] * 501),
        param(data="<script>alert(1)</script>"),
        "/query_logistics{}",
        "🎉🎉🎉",
        "\u202e\0\x1b[2J",
        "物" * 10_000,
        "[" * 50_000,
    ],
    ids=lambda text: repr(text)[:20],
)
def test_a_malformed_push_changes_nothing(push: Push, parcel: Shop, text: str) -> None:
    before = rows(parcel)

    response = push(text)

    assert (response.status_code, response.json()) == (400, NOT_TAKEN)
    assert rows(parcel) == before


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"param": param()}},
        {"data": {"sign": sign(param(), SALT)}},
        {"data": {}},
        {"data": None, "json": {"param": param(), "sign": sign(param(), SALT)}},
        {"data": None, "content": b"\xff\xfe\x00", "headers": {"Content-Type": "application/octet-stream"}},
        {"data": None, "content": b"param", "headers": {"Content-Type": "multipart/form-data"}},
        {"data": {"sign": "x"}, "files": {"param": ("a.png", b"\x89PNG")}},
        {"data": {f"field{number}": "x" for number in range(50)}},
    ],
    ids=["no sign", "no param", "empty", "json", "binary", "broken multipart", "file", "fields"],
)
def test_another_form_of_body_changes_nothing(push: Push, parcel: Shop, body: dict[str, Any]) -> None:
    before = rows(parcel)

    response = push(**body)

    assert response.status_code == 400
    assert rows(parcel) == before


def test_words_are_kept_as_words(push: Push, parcel: Shop) -> None:
    text = "<b>已签收</b>\0\u202e\n'; DROP TABLE orders; --"
    line = {"time": "2026-11-21 11:30:00", "context": text}

    assert push(param(data=[line])).json() == TAKEN

    assert parcel.rows(ShipmentEventRow)[0].text == "<b>已签收</b> '; DROP TABLE orders; --"


def test_too_large_a_push_changes_nothing(push: Push, parcel: Shop) -> None:
    before = rows(parcel)

    assert error(push("物" * 200_000)) == (413, "body_too_large")

    assert rows(parcel) == before


def test_only_a_post_opens_the_door(parcel: Shop, rasa: FakeRasa, settings: Settings) -> None:
    with TestClient(desk_on(parcel, rasa, settings)) as client:
        assert error(client.get("/callbacks/kuaidi100")) == (405, "method_not_allowed")


def test_without_a_salt_there_is_no_door(parcel: Shop, rasa: FakeRasa, settings: Settings) -> None:
    before = rows(parcel)
    text = param()

    with TestClient(desk_on(parcel, rasa, settings.copy(update={"kuaidi100_salt": ""}))) as client:
        response = client.post("/callbacks/kuaidi100", data={"param": text, "sign": sign(text)})

    assert error(response) == (404, "not_found")
    assert rows(parcel) == before
