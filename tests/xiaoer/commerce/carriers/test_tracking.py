"""A shop whose parcels are asked for at 快递100: when it asks, what it keeps, what it tells when it can't ask."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import add_parcel
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from tests.xiaoer.commerce.carriers.conftest import ClientMaker
from tests.xiaoer.commerce.carriers.fake import CUSTOMER, KEY, LINES, FakeKuaidi100, refusal, result
from xiaoer.commerce.carriers.memory import TraceMemory
from xiaoer.commerce.carriers.tables import CarrierTraceRow
from xiaoer.commerce.carriers.traces import read_trace
from xiaoer.commerce.carriers.tracking import Pushes, TrackedCommerce, Tracker, tracked
from xiaoer.commerce.errors import OrderNotFound, ShipmentNotFound
from xiaoer.commerce.model import Shipment, ShipmentState
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import OrderRow, ShipmentRow
from xiaoer.database import reading, writing
from xiaoer.settings import Settings

ORDER, NUMBER = "202611200000000001", "SF1234567890123"
SHOP_LINE = (NOON - timedelta(hours=19), "created", "商家已通知顺丰速运上门取件")
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mall(engine: Engine) -> SqlCommerce:
    """One order with one parcel under way."""
    add_shop(engine)
    add_buyer(engine)
    add_product(engine)
    add_order(engine, ORDER, state="shipped")
    add_parcel(engine, ORDER, NUMBER, trace=[SHOP_LINE])
    return SqlCommerce(engine)


Maker = Callable[..., Commerce]


@pytest.fixture
def make_commerce(mall: SqlCommerce, engine: Engine, make_client: ClientMaker, clock: Clock) -> Maker:
    """Makes a process of its own: a client with its own circuit breaker, on the one database."""

    def make(pushes: Pushes | None = None, **different: object) -> Any:
        return TrackedCommerce(mall, Tracker(make_client(**different), TraceMemory(engine), clock, pushes))

    return make


@pytest.fixture
def commerce(make_commerce: Maker) -> Commerce:
    return make_commerce()


def look(commerce: Commerce) -> Shipment:
    (parcel,) = commerce.list_shipments("m1", "c1", ORDER)
    return parcel


def add_more(engine: Engine, *numbers: str) -> None:
    for number in numbers:
        add_parcel(engine, ORDER, number, trace=[SHOP_LINE], with_lines=False)


def test_a_parcel_is_as_its_carrier_knows_it(commerce: Commerce, server: FakeKuaidi100) -> None:
    parcel = look(commerce)

    assert parcel.state is ShipmentState.OUT_FOR_DELIVERY
    assert [event.text for event in parcel.events] == [text for _, text, _, _ in reversed(LINES)]
    assert parcel.as_of is None
    assert server.queries[0]["phone"] == "1111"
    assert parcel.contents == ("云裳双面羊毛大衣女中长款×1",)
    assert look(commerce) == commerce.find_shipment("m1", "c1", NUMBER.lower()) == parcel


def test_a_trace_is_asked_for_twice_an_hour(commerce: Commerce, server: FakeKuaidi100, clock: Clock) -> None:
    first = look(commerce)
    server.answer = result(state="3", lines=[("2026-11-21 12:10:00", "已签收", "本人签收", "301"), *LINES])
    clock.now += 29 * MINUTE
    assert (look(commerce), len(server.queries)) == (first, 1)

    clock.now += MINUTE
    later = look(commerce)

    assert (later.state, len(server.queries)) == (ShipmentState.DELIVERED, 2)
    assert later.delivered_at == datetime(2026, 11, 21, 4, 10, tzinfo=timezone.utc)


def test_what_was_signed_for_is_asked_for_once_a_day(commerce: Commerce, server: FakeKuaidi100, clock: Clock) -> None:
    server.answer = result(state="3")
    look(commerce)

    clock.now += timedelta(hours=23, minutes=59)
    look(commerce)
    assert len(server.queries) == 1

    clock.now += MINUTE
    look(commerce)
    assert len(server.queries) == 2


def test_all_processes_share_what_one_was_told(make_commerce: Maker, server: FakeKuaidi100) -> None:
    parcel = look(make_commerce())

    assert (look(make_commerce()), len(server.queries)) == (parcel, 1)


def test_while_one_process_asks_the_others_do_not(
    commerce: Commerce, mall: SqlCommerce, engine: Engine, server: FakeKuaidi100, clock: Clock
) -> None:
    assert TraceMemory(engine).claim("sf", NUMBER, now=clock.now)
    assert not TraceMemory(engine).claim("sf", NUMBER, now=clock.now)

    assert (look(commerce), server.queries) == (look(mall), [])
    clock.now += MINUTE
    assert (look(commerce).state, len(server.queries)) == (ShipmentState.OUT_FOR_DELIVERY, 1)


def test_what_has_come_to_its_end_in_the_shop_is_not_asked_for(
    commerce: Commerce, mall: SqlCommerce, engine: Engine, server: FakeKuaidi100
) -> None:
    with writing(engine) as session:
        session.scalars(select(ShipmentRow)).one().state = "delivered"

    assert look(commerce) == look(mall)
    assert server.queries == []


def test_a_shop_that_knows_more_is_believed(commerce: Commerce, mall: SqlCommerce, engine: Engine) -> None:
    add_order(engine, "202611200000000002", state="shipped")
    newer = (NOON, "out_for_delivery", "小哥到楼下了")
    add_parcel(engine, "202611200000000002", "SF1234567890129", trace=[newer])
    memory = TraceMemory(engine)
    memory.keep("sf", "SF1234567890129", read_trace(result(number="SF1234567890129")), now=NOON)

    (parcel,) = commerce.list_shipments("m1", "c1", "202611200000000002")

    assert [event.text for event in parcel.events] == ["小哥到楼下了"]


@pytest.mark.parametrize("answer", [500, b"?", refusal("502"), refusal("503"), refusal("408"), refusal("601")])
def test_without_an_answer_the_shops_record_is_given_with_its_age(
    commerce: Commerce, mall: SqlCommerce, server: FakeKuaidi100, answer: Any
) -> None:
    server.answer = answer

    assert look(commerce) == replace(look(mall), as_of=SHOP_LINE[0])


def test_without_an_answer_the_last_trace_is_given_with_its_age(
    commerce: Commerce, server: FakeKuaidi100, clock: Clock
) -> None:
    known = look(commerce)
    server.answer = 500
    clock.now += 30 * MINUTE

    assert look(commerce) == replace(known, as_of=NOON)
    asked = len(server.queries)
    clock.now += 4 * MINUTE
    assert (look(commerce).as_of, len(server.queries)) == (NOON, asked)

    server.answer = result(state="3")
    clock.now += MINUTE
    assert (look(commerce).as_of, look(commerce).state) == (None, ShipmentState.DELIVERED)


def test_a_slow_carrier_is_not_waited_for(make_commerce: Maker, server: FakeKuaidi100) -> None:
    server.slow = True

    assert look(make_commerce(timeout=0.05)).as_of == SHOP_LINE[0]


def test_a_carrier_that_knows_nothing_yet_is_no_trouble(
    commerce: Commerce, mall: SqlCommerce, server: FakeKuaidi100, clock: Clock
) -> None:
    server.answer = refusal("500")

    assert look(commerce) == look(mall)
    clock.now += 29 * MINUTE
    assert (look(commerce), len(server.queries)) == (look(mall), 1)


def test_after_one_failure_the_other_parcels_are_not_asked_for(
    commerce: Commerce, engine: Engine, server: FakeKuaidi100
) -> None:
    add_more(engine, "SF1234567890124", "SF1234567890125")
    server.answer = 500

    parcels = commerce.list_shipments("m1", "c1", ORDER)

    assert [parcel.as_of for parcel in parcels] == [SHOP_LINE[0]] * 3
    assert {query["num"] for query in server.queries} == {NUMBER}


def test_three_parcels_are_asked_for_in_one_turn(
    commerce: Commerce, engine: Engine, server: FakeKuaidi100, clock: Clock
) -> None:
    numbers = [NUMBER, "SF1234567890124", "SF1234567890125", "SF1234567890126"]
    add_more(engine, *numbers[1:])
    server.answers = [result(number=number) for number in numbers]
    add_order(engine, "202611200000000002", state="shipped")
    add_parcel(engine, "202611200000000002", "SF1234567890127", trace=[SHOP_LINE])

    parcels = commerce.list_shipments("m1", "c1", ORDER)

    assert [len(parcel.events) for parcel in parcels] == [3, 3, 3, 1]
    assert [parcel.as_of for parcel in parcels] == [None] * 4
    assert len(commerce.list_shipments("m1", "c1", "202611200000000002")[0].events) == 1
    assert len(server.queries) == 3
    clock.now += timedelta(seconds=15)
    assert [len(parcel.events) for parcel in commerce.list_shipments("m1", "c1", ORDER)] == [3] * 4


def test_an_older_answer_does_not_replace_a_newer(commerce: Commerce, server: FakeKuaidi100, clock: Clock) -> None:
    known = look(commerce)
    server.answer = result(state="1", lines=LINES[2:])
    clock.now += 30 * MINUTE

    assert look(commerce) == known
    assert len(server.queries) == 2


def set_carrier(engine: Engine, number: str, carrier: str, name: str) -> None:
    with writing(engine) as session:
        row = session.scalars(select(ShipmentRow)).one()
        row.carrier, row.carrier_name, row.waybill_no = carrier, name, number


def test_a_number_tells_the_carrier_that_the_shop_does_not(
    commerce: Commerce, engine: Engine, server: FakeKuaidi100
) -> None:
    set_carrier(engine, "YT1234567890123", "express", "快递")
    server.answer = result("YT1234567890123", "yuantong")

    assert look(commerce).state is ShipmentState.OUT_FOR_DELIVERY
    assert (server.queries[0]["com"], server.recognitions) == ("yuantong", [])


def test_else_kuaidi100_tells_the_carrier(commerce: Commerce, engine: Engine, server: FakeKuaidi100) -> None:
    set_carrier(engine, "700074134800", "express", "快递")
    server.answer = result("700074134800", "yuantong")

    assert look(commerce).state is ShipmentState.OUT_FOR_DELIVERY
    assert (server.queries[0]["com"], len(server.recognitions)) == ("yuantong", 1)


def test_a_number_that_nobody_knows_is_left_as_it_is(
    commerce: Commerce, mall: SqlCommerce, engine: Engine, server: FakeKuaidi100
) -> None:
    set_carrier(engine, "700074134800", "express", "快递")
    server.recognised = []

    assert look(commerce) == look(mall)
    assert server.queries == []


def test_pushes_are_asked_for_once_for_each_parcel_under_way(
    make_commerce: Maker, server: FakeKuaidi100, clock: Clock
) -> None:
    commerce = make_commerce(Pushes("https://mall.example/callbacks/kuaidi100", "salt"))
    server.subscription = 500
    look(commerce)
    server.subscription = refusal("501")
    for _ in range(3):
        clock.now += 30 * MINUTE
        look(commerce)

    assert [each["number"] for each in server.subscriptions] == [NUMBER, NUMBER]
    assert server.subscriptions[0]["parameters"]["salt"] == "salt"


def test_a_refused_subscription_is_not_asked_for_again(
    make_commerce: Maker, server: FakeKuaidi100, clock: Clock
) -> None:
    commerce = make_commerce(Pushes("https://mall.example/callbacks/kuaidi100", "salt"))
    server.subscription = refusal("700")
    look(commerce)
    clock.now += 30 * MINUTE
    look(commerce)

    assert len(server.subscriptions) == 1


def test_other_peoples_parcels_are_not_found_and_not_asked_for(
    commerce: Commerce, engine: Engine, server: FakeKuaidi100
) -> None:
    for tenant, customer in (("m1", "c2"), ("m2", "c1")):
        with pytest.raises(OrderNotFound):
            commerce.list_shipments(tenant, customer, ORDER)
        with pytest.raises(ShipmentNotFound):
            commerce.find_shipment(tenant, customer, NUMBER)

    with reading(engine) as session:
        assert session.scalars(select(CarrierTraceRow)).all() == []
    assert server.queries == []


def test_looking_changes_no_order_and_no_parcel(commerce: Commerce, engine: Engine, server: FakeKuaidi100) -> None:
    server.answer = result(state="3")

    def rows() -> list[tuple[object, ...]]:
        with reading(engine) as session:
            return [tuple(row) for table in (OrderRow, ShipmentRow) for row in session.execute(select(table.__table__))]

    before = rows()
    look(commerce)

    assert rows() == before


def test_everything_else_is_the_shops(commerce: Commerce, mall: SqlCommerce) -> None:
    names = {name for name, _ in inspect.getmembers(Commerce, inspect.isfunction) if not name.startswith("_")}

    for name in names - {"list_shipments", "find_shipment"}:
        assert getattr(commerce, name) == getattr(mall, name)
    with pytest.raises(AttributeError):
        _ = commerce.nothing_of_the_kind  # type: ignore[attr-defined]


def test_the_settings_turn_it_on(mall: SqlCommerce, engine: Engine, server: FakeKuaidi100, clock: Clock) -> None:
    account = {"kuaidi100_customer": CUSTOMER, "kuaidi100_key": KEY, "kuaidi100_url": server.url + "/"}
    address = "https://mall.example/callbacks/kuaidi100"
    commerce = tracked(mall, Settings(**account, kuaidi100_salt="salt", kuaidi100_callback=address), engine, clock)

    assert look(commerce).state is ShipmentState.OUT_FOR_DELIVERY
    assert server.subscriptions[0]["parameters"]["callbackurl"] == address
    assert tracked(mall, Settings(), engine, clock) is mall
    assert tracked(mall, Settings(kuaidi100_customer=CUSTOMER), engine, clock) is mall


def test_an_order_that_is_gone_has_no_phone(
    commerce: Commerce, mall: SqlCommerce, server: FakeKuaidi100, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: str) -> None:
        raise OrderNotFound(ORDER)

    monkeypatch.setattr(mall, "get_order", gone)
    look(commerce)

    assert "phone" not in server.queries[0]
