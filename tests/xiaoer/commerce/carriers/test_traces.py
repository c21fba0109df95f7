"""Reading traces in 快递100's form."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xiaoer.commerce.carriers.fake import LINES, result
from xiaoer.commerce.carriers.errors import MalformedTrace
from xiaoer.commerce.carriers.traces import TEXT_CHARS, read_trace
from xiaoer.commerce.model import ShipmentEvent, ShipmentState


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def test_a_trace_is_read_oldest_first_in_the_time_of_shanghai() -> None:
    trace = read_trace(result())

    assert (trace.company, trace.waybill_no, trace.state) == (
        "shunfeng",
        "SF1234567890123",
        ShipmentState.OUT_FOR_DELIVERY,
    )
    assert trace.events == (
        ShipmentEvent(utc("2026-11-19 10:00:00"), ShipmentState.PICKED_UP, LINES[2][1]),
        ShipmentEvent(utc("2026-11-20 13:05:09"), ShipmentState.IN_TRANSIT, LINES[1][1]),
        ShipmentEvent(utc("2026-11-21 02:30:00"), ShipmentState.OUT_FOR_DELIVERY, LINES[0][1]),
    )
    assert trace.moved_at == utc("2026-11-21 02:30:00")
    assert trace.delivered_at is None


def test_lines_of_the_same_second_stay_in_their_order() -> None:
    lines = [("2026-11-20 08:00:00", text, "在途", "0") for text in ("一", "二", "三")]

    assert [event.text for event in read_trace(result(lines=lines)).events] == ["三", "二", "一"]


def test_without_codes_of_their_own_lines_leave_the_parcel_where_it_was() -> None:
    body = result(state="3", lines=[LINES[0], LINES[1], LINES[2]])
    for line in body["data"][:2]:
        line["status"] = line["statusCode"] = None

    trace = read_trace(body)

    assert [event.state for event in trace.events] == [ShipmentState.PICKED_UP] * 3
    assert trace.state is ShipmentState.DELIVERED
    assert trace.delivered_at == trace.moved_at


def test_a_name_tells_a_state_where_the_code_is_missing() -> None:
    body = result(lines=[("2026-11-20 08:00:00", "已放入丰巢柜", "投柜或驿站", "")])

    assert read_trace(body).events[0].state is ShipmentState.OUT_FOR_DELIVERY


def test_the_first_signature_counts() -> None:
    signed = [
        ("2026-11-21 12:00:00", "感谢使用", "签收", "3"),
        ("2026-11-21 11:00:00", "已签收，本人签收", "本人签收", "301"),
    ]

    assert read_trace(result(state="3", lines=[*signed, *LINES])).delivered_at == utc("2026-11-21 03:00:00")


def test_a_state_that_nobody_knows_is_that_of_the_last_line() -> None:
    assert read_trace(result(state="99")).state is ShipmentState.OUT_FOR_DELIVERY
    assert read_trace(result(state="99", lines=[])).state is ShipmentState.IN_TRANSIT


def test_numbers_may_be_numbers_and_words_are_tidied() -> None:
    body = result(state="5", lines=[("2026-11-20 08:00", " 快件\n\t到达\u202e\0【成都】 " + "长" * 500, "在途", "0")])
    body["state"] = 5
    body["data"][0]["statusCode"] = 0

    trace = read_trace(body)

    assert trace.state is ShipmentState.OUT_FOR_DELIVERY
    assert trace.events[0].text == "快件 到达 【成都】 " + "长" * (TEXT_CHARS - 11)
    assert trace.events[0].state is ShipmentState.IN_TRANSIT


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in result().items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "",
        7,
        {},
        _without("nu"),
        _without("com"),
        {**result(), "nu": "S" * 33},
        {**result(), "nu": "SF1\0"},
        {**result(), "nu": "SF1' OR 1=1"},
        {**result(), "com": "顺丰"},
        {**result(), "state": "123456789"},
        {**result(), "data": "none"},
        {**result(), "data": [None]},
        {**result(), "data": [{"context": "没有时间"}]},
        {**result(), "data": [{"time": "昨天", "context": "x"}]},
        {**result(), "data": [{"time": "0001-01-01 00:00:00", "context": "x"}]},
        {**result(), "data": [{"time": "9999-12-31 23:59:59", "context": "x"}]},
        {**result(), "data": [{"time": "2026-11-20 08:00:00", "context": {"a": 1}}]},
        result(lines=[LINES[0]] * 501),
    ],
)
def test_what_is_no_trace_is_refused(body: object) -> None:
    with pytest.raises(MalformedTrace):
        read_trace(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(result())) | st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.sampled_from(list(result())))
def test_any_value_in_any_field_is_a_trace_or_refused(value: object, name: str) -> None:
    try:
        trace = read_trace({**result(), name: value})
    except MalformedTrace:
        return
    assert trace.events == tuple(sorted(trace.events, key=lambda event: event.at))
    assert all(0 < len(event.text) <= TEXT_CHARS for event in trace.events)
