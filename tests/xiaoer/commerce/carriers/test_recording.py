"""Taking pushes of 快递100 into the parcels of the embedded mall."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import add_parcel
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from tests.xiaoer.commerce.carriers.fake import LINES, SALT, result
from xiaoer.commerce.carriers.errors import CarrierError, ForgedPush, MalformedTrace
from xiaoer.commerce.carriers.memory import TraceMemory
from xiaoer.commerce.carriers.recording import read_push, take_push
from xiaoer.commerce.carriers.signing import sign
from xiaoer.commerce.carriers.traces import Trace, read_trace
from xiaoer.commerce.model import ShipmentState
from xiaoer.commerce.tables import OrderRow, ShipmentEventRow, ShipmentRow
from xiaoer.database import Base, reading

ORDER, NUMBER = "202611200000000001", "SF1234567890123"
SHOP_LINE = (NOON - timedelta(days=3), "created", "商家已通知顺丰速运上门取件")
SIGNED = ("2026-11-21 11:30:00", "您的快件已签收", "本人签收", "301")
AFTER = ("2026-11-21 11:31:00", "感谢使用顺丰", "在途", "0")


@pytest.fixture
def mall(engine: Engine) -> Engine:
    """One order with one parcel under way."""
    add_shop(engine)
    add_buyer(engine)
    add_product(engine)
    add_order(engine, ORDER, state="shipped")
    add_parcel(engine, ORDER, NUMBER, trace=[SHOP_LINE])
    return engine


def trace(
    state: str = "5", lines: Sequence[Any] = tuple(LINES), *, number: str = NUMBER, company: str = "shunfeng"
) -> Trace:
    return read_trace(result(number, company, state, list(lines)))


def push(engine: Engine, *args: Any, now: datetime = NOON, **kwargs: Any) -> bool:
    return take_push(engine, trace(*args, **kwargs), now=now)


def all_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as session:
        return {
            table.name: sorted((tuple(map(str, row)) for row in session.execute(select(table))), key=str)
            for table in Base.metadata.sorted_tables
        }


def parcel(engine: Engine, number: str = NUMBER) -> ShipmentRow:
    with reading(engine) as session:
        return session.scalars(select(ShipmentRow).where(ShipmentRow.waybill_no == number)).one()


def order(engine: Engine) -> OrderRow:
    with reading(engine) as session:
        return session.get(OrderRow, ORDER)


def texts(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(ShipmentEventRow.text).order_by(ShipmentEventRow.at, ShipmentEventRow.id)))


def test_a_push_adds_what_is_new_and_moves_the_parcel(mall: Engine) -> None:
    assert push(mall)

    assert texts(mall) == [SHOP_LINE[2], *(text for _, text, _, _ in reversed(LINES))]
    assert (parcel(mall).state, parcel(mall).delivered_at) == ("out_for_delivery", None)
    assert order(mall).received_at is None


def test_the_same_push_twice_adds_nothing(mall: Engine) -> None:
    push(mall)
    before = all_rows(mall)

    assert push(mall)

    assert all_rows(mall) == before


def test_an_older_push_moves_nothing_back(mall: Engine) -> None:
    push(mall)
    before = all_rows(mall)

    assert push(mall, "1", LINES[2:])

    assert all_rows(mall) == before


def test_an_older_push_may_fill_a_gap_without_moving_the_parcel(mall: Engine) -> None:
    push(mall, "5", LINES[:1])

    push(mall, "1", LINES[2:])

    assert texts(mall) == [SHOP_LINE[2], LINES[2][1], LINES[0][1]]
    assert parcel(mall).state == "out_for_delivery"


def test_a_signed_parcel_is_delivered_and_its_order_received(mall: Engine) -> None:
    push(mall, "3", [SIGNED, *LINES])

    signed = datetime(2026, 11, 21, 3, 30, tzinfo=timezone.utc)
    assert (parcel(mall).state, parcel(mall).delivered_at) == ("delivered", signed)
    assert (order(mall).state, order(mall).received_at) == ("shipped", signed)


def test_what_was_delivered_stays_delivered(mall: Engine) -> None:
    push(mall, "3", [SIGNED, *LINES])
    delivered = parcel(mall).delivered_at

    push(mall, "0", [AFTER, SIGNED, *LINES])

    assert (parcel(mall).state, parcel(mall).delivered_at) == ("delivered", delivered)
    assert texts(mall)[-1] == AFTER[1]


def test_an_order_is_received_with_its_last_parcel(mall: Engine) -> None:
    add_parcel(mall, ORDER, "SF1234567890124", with_lines=False)

    push(mall, "3", [SIGNED, *LINES])
    assert order(mall).received_at is None

    earlier = ("2026-11-21 09:00:00", "您的快件已签收", "签收", "3")
    push(mall, "3", [earlier], number="SF1234567890124")
    assert order(mall).received_at == parcel(mall).delivered_at


def test_an_order_that_is_still_being_shipped_is_not_received(mall: Engine) -> None:
    add_order(mall, "202611200000000002", state="partially_shipped")
    add_parcel(mall, "202611200000000002", "SF1234567890124")

    push(mall, "3", [SIGNED], number="SF1234567890124")

    with reading(mall) as session:
        assert session.get(OrderRow, "202611200000000002").received_at is None
    assert parcel(mall, "SF1234567890124").state == "delivered"


@pytest.mark.parametrize("unknown", [{"number": "SF9999999999999"}, {"company": "zhongtong"}, {"company": "somebody"}])
def test_a_parcel_that_is_not_ours_is_passed_over(mall: Engine, unknown: dict[str, str]) -> None:
    before = all_rows(mall)

    assert not push(mall, **unknown)

    assert all_rows(mall) == before


def test_another_brand_of_the_carrier_is_the_carrier(mall: Engine) -> None:
    assert push(mall, company="shunfengkuaiyun")


def test_a_push_without_lines_changes_no_parcel(mall: Engine) -> None:
    assert push(mall, "0", [])

    assert (parcel(mall).state, texts(mall)) == ("in_transit", [SHOP_LINE[2]])


def test_a_push_spares_the_next_look_a_question(mall: Engine) -> None:
    push(mall)

    known = TraceMemory(mall).recall("sf", NUMBER)

    assert known is not None
    assert (known.trace, known.known_at, known.ask_at) == (trace(), NOON, NOON + timedelta(minutes=30))


def test_pushes_at_once_add_each_line_once(mall: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: push(mall), range(8))) == [True] * 8

    assert len(texts(mall)) == 4


def test_a_push_is_read_from_its_last_result() -> None:
    param = json.dumps({"status": "polling", "message": "", "lastResult": result()}, ensure_ascii=False)

    assert read_push(param, sign(param, SALT), salt=SALT) == trace()
    assert read_push(param, sign(param, SALT).lower(), salt=SALT) == trace()


@pytest.mark.parametrize("signature", ["", "0" * 32, "签名", "\0", sign("{}", SALT), sign("{}")])
def test_a_push_with_another_signature_is_forged(signature: str) -> None:
    with pytest.raises(ForgedPush):
        read_push('{"status": "polling"}', signature, salt=SALT)


@pytest.mark.parametrize("param", ["", "null", "[]", "{", "{}", '{"lastResult": {}}', "[" * 100_000, '"\\ud800"'])
def test_a_signed_push_may_still_be_malformed(param: str) -> None:
    with pytest.raises(MalformedTrace):
        read_push(param, sign(param, SALT), salt=SALT)


@given(st.text())
def test_any_signed_text_is_a_push_or_refused(param: str) -> None:
    with pytest.raises(CarrierError):
        read_push(param, sign(param, SALT), salt=SALT)


def test_states_are_those_of_the_contract(mall: Engine) -> None:
    push(mall, "14", [("2026-11-21 11:30:00", "收件人拒收", "拒签", "14"), *LINES])
    assert parcel(mall).state == ShipmentState.EXCEPTION.value

    push(mall, "4", [("2026-11-21 18:30:00", "已退回寄件人", "退签", "4"), *LINES])
    assert (parcel(mall).state, parcel(mall).delivered_at) == ("returned", None)
