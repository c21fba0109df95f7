"""The client of 快递100, against a server that checks signatures as 快递100 does."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.xiaoer.commerce.carriers.conftest import ClientMaker
from tests.xiaoer.commerce.carriers.fake import CUSTOMER, KEY, FakeKuaidi100, refusal, result
from xiaoer.commerce.carriers.errors import TraceUnknown, TrackingDown, TrackingRefused
from xiaoer.commerce.carriers.kuaidi100 import Access, Kuaidi100, masked
from xiaoer.commerce.carriers.vocabulary import Carrier, vocabulary

SF, YTO = vocabulary().carriers["sf"], vocabulary().carriers["yto"]
NUMBER = "SF1234567890123"


def test_a_query_is_signed_and_answered(client: Kuaidi100, server: FakeKuaidi100) -> None:
    trace = client.query(SF, NUMBER, phone="138-0013-8000")

    assert len(trace.events) == 3
    assert server.queries == [
        {"com": "shunfeng", "num": NUMBER, "resultv2": "4", "show": "0", "order": "desc", "phone": "8000"}
    ]


@pytest.mark.parametrize(
    ("carrier", "phone", "sent"), [(SF, "", None), (YTO, "13800138000", None), (SF, "1-2345", "2345")]
)
def test_a_phone_goes_only_to_carriers_that_want_it(
    client: Kuaidi100, server: FakeKuaidi100, carrier: Carrier, phone: str, sent: str | None
) -> None:
    server.answer = result(company=carrier.company)

    client.query(carrier, NUMBER, phone=phone)

    assert server.queries[0].get("phone") == sent


@pytest.mark.parametrize(("code", "asked"), [("400", 1), ("408", 1), ("503", 1), ("601", 1), ("777", 1)])
def test_a_refusal_is_not_asked_again(client: Kuaidi100, server: FakeKuaidi100, code: str, asked: int) -> None:
    server.answer = refusal(code)

    with pytest.raises(TrackingRefused) as refused:
        client.query(SF, NUMBER)

    assert (refused.value.code, len(server.queries)) == (code, asked)


def test_a_number_of_which_nothing_is_known_is_no_failure(make_client: ClientMaker, server: FakeKuaidi100) -> None:
    client = make_client(breaker_threshold=1)
    server.answers = [refusal("500"), refusal("408"), result()]

    with pytest.raises(TraceUnknown):
        client.query(SF, NUMBER)
    with pytest.raises(TrackingRefused):
        client.query(SF, NUMBER)
    assert client.query(SF, NUMBER).events


@pytest.mark.parametrize(
    "answer",
    [
        refusal("501"),
        refusal("502"),
        500,
        502,
        302,
        b"",
        b"<html>busy</html>",
        b'{"message": "ok"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'"' + b"x" * 1_100_000 + b'"',
        {},
        [],
        None,
        result(number="SF9999999999999"),
        {**result(), "data": "many"},
    ],
    ids=lambda answer: repr(answer)[:30],
)
def test_no_usable_answer_is_asked_for_once_more(client: Kuaidi100, server: FakeKuaidi100, answer: Any) -> None:
    server.answer = answer

    with pytest.raises(TrackingDown):
        client.query(SF, NUMBER)

    assert len(server.queries) == 2


def test_the_second_answer_counts(client: Kuaidi100, server: FakeKuaidi100) -> None:
    server.answers = [refusal("502"), result()]

    assert client.query(SF, NUMBER).waybill_no == NUMBER


def test_a_slow_answer_is_not_waited_for(make_client: ClientMaker, server: FakeKuaidi100) -> None:
    server.slow = True

    with pytest.raises(TrackingDown):
        make_client(timeout=0.05).query(SF, NUMBER)


def test_a_server_that_is_not_there(make_client: ClientMaker, server: FakeKuaidi100) -> None:
    client = make_client()
    server.server_close()

    with pytest.raises(TrackingDown):
        client.query(SF, NUMBER)


def test_after_failures_in_a_row_nobody_is_asked(make_client: ClientMaker, server: FakeKuaidi100) -> None:
    client = make_client(breaker_threshold=3)
    server.answer = 500

    for _ in range(4):
        with pytest.raises(TrackingDown):
            client.query(SF, NUMBER)
    with pytest.raises(TrackingDown, match="circuit open"):
        client.recognise(NUMBER)

    assert (len(server.queries), server.recognitions) == (3, [])


def test_a_wrong_key_is_refused(make_client: ClientMaker) -> None:
    with pytest.raises(TrackingRefused, match="503"):
        make_client(key="another").query(SF, NUMBER)


def test_a_subscription_names_everything(client: Kuaidi100, server: FakeKuaidi100) -> None:
    client.subscribe(SF, NUMBER, callback="https://mall.example/callbacks/kuaidi100", salt="salt", phone="13800138000")

    assert server.subscriptions == [
        {
            "company": "shunfeng",
            "number": NUMBER,
            "key": KEY,
            "parameters": {
                "callbackurl": "https://mall.example/callbacks/kuaidi100",
                "salt": "salt",
                "resultv2": "4",
                "phone": "8000",
            },
        }
    ]


def test_a_second_subscription_stands_too(client: Kuaidi100, server: FakeKuaidi100) -> None:
    server.subscription = refusal("501")

    client.subscribe(YTO, NUMBER, callback="https://mall.example", salt="salt")

    assert "phone" not in server.subscriptions[0]["parameters"]


@pytest.mark.parametrize("code", ["500", "600", "601", "700", "701", "702"])
def test_a_subscription_may_be_refused_and_is_asked_once(client: Kuaidi100, server: FakeKuaidi100, code: str) -> None:
    server.subscription = refusal(code)

    with pytest.raises(TrackingRefused, match=code):
        client.subscribe(SF, NUMBER, callback="https://mall.example", salt="salt")

    assert len(server.subscriptions) == 1


@pytest.mark.parametrize("answer", [500, b"?", [], {}])
def test_a_subscription_without_an_answer_is_not_asked_again(
    client: Kuaidi100, server: FakeKuaidi100, answer: Any
) -> None:
    server.subscription = answer

    with pytest.raises(TrackingDown):
        client.subscribe(SF, NUMBER, callback="https://mall.example", salt="salt")

    assert len(server.subscriptions) == 1


def test_carriers_of_a_number_are_those_that_we_know(client: Kuaidi100, server: FakeKuaidi100) -> None:
    server.recognised = [
        {"comCode": "yuantong"},
        {"comCode": "mars"},
        {"comCode": "shunfeng"},
        {"comCode": "yuantong"},
        7,
    ]

    assert client.recognise("700074134800") == [YTO, SF]
    assert server.recognitions == [{"key": KEY, "num": "700074134800"}]


@pytest.mark.parametrize(
    ("answer", "error"), [(refusal("601"), TrackingRefused), (refusal("701"), TrackingRefused), ({}, TrackingDown)]
)
def test_a_number_may_not_be_recognised(
    client: Kuaidi100, server: FakeKuaidi100, answer: Any, error: type[Exception]
) -> None:
    server.recognised = answer

    with pytest.raises(error):
        client.recognise("700074134800")


def test_logs_have_neither_secrets_nor_numbers_nor_phones(
    make_client: ClientMaker, server: FakeKuaidi100, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    server.answers = [refusal("502"), refusal("408")]
    with caplog.at_level(logging.DEBUG, logger="xiaoer"), pytest.raises(TrackingRefused):
        client.query(SF, NUMBER, phone="13800138000")
    server.server_close()
    with caplog.at_level(logging.DEBUG, logger="xiaoer"), pytest.raises(TrackingDown):
        client.query(SF, NUMBER, phone="13800138000")

    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("xiaoer"))
    assert "SF***123" in own
    for secret in (KEY, CUSTOMER, NUMBER, "8000"):
        assert secret not in own
    assert KEY not in repr(Access(CUSTOMER, KEY))


def test_a_short_number_is_masked_whole() -> None:
    assert (masked("12345678"), masked("123456789")) == ("***", "12***789")
