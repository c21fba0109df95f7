"""The embedded mall: what belongs to whom, split orders and their parcels, and reminders once a day."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from tests.factories import add_after_sale, add_invoice, add_parcel, change_order, row_counts
from tests.goods import NOON, add_buyer, add_order, add_product, add_promotion, add_shop
from xiaoer.accounts.model import PLATFORM
from xiaoer.clock import SHANGHAI
from xiaoer.commerce.errors import NotUrgeable, OrderNotFound, ProductNotFound, ShipmentNotFound
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderQuery, OrderState, ShipmentState
from xiaoer.commerce.sql import URGEABLE, SqlCommerce
from xiaoer.commerce.tables import ReminderRow
from xiaoer.database import open_engine, reading

MINE = "202611200000000001"
OTHER_CUSTOMER = "202611200000000002"
OTHER_SHOP = "202611200000000003"
NOBODY = "209912310000000001"


@pytest.fixture
def mall(engine: Engine) -> Engine:
    """Two shops and the platform; c1 bought at both shops, c2 at the first."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(engine, tenant)
    for customer in ("c1", "c2"):
        add_buyer(engine, customer)
    add_product(engine, "P1", variants={"黑色 L": ("899", 3), "驼色 M": ("899", 0)})
    add_product(engine, "P2", "极星降噪耳机", "降噪耳机", tenant="m2", category="electronics", price="499.50")
    add_order(engine, MINE)
    add_order(engine, OTHER_CUSTOMER, customer="c2")
    add_order(engine, OTHER_SHOP, tenant="m2", product_ids=("P2",), created_at=NOON - timedelta(hours=2))
    for number, order_no in enumerate((MINE, OTHER_CUSTOMER, OTHER_SHOP)):
        add_parcel(engine, order_no, f"SF100000000000{number}")
        add_invoice(engine, order_no)
    add_after_sale(engine, "AS1", order_no=MINE)
    add_after_sale(engine, "AS2", order_no=OTHER_CUSTOMER, customer="c2")
    add_after_sale(engine, "AS3", order_no=OTHER_SHOP, tenant="m2", created_at=NOON)
    return engine


def calls(commerce: SqlCommerce, order_no: str) -> dict[str, Callable[[str, str], Any]]:
    """Every call of the port that names an order."""
    return {
        "get_order": lambda tenant, customer: commerce.get_order(tenant, customer, order_no),
        "list_shipments": lambda tenant, customer: commerce.list_shipments(tenant, customer, order_no),
        "list_parts": lambda tenant, customer: commerce.list_parts(tenant, customer, order_no),
        "get_invoice": lambda tenant, customer: commerce.get_invoice(tenant, customer, order_no),
        "urge_shipment": lambda tenant, customer: commerce.urge_shipment(tenant, customer, order_no, now=NOON),
    }


def test_what_belongs_to_somebody_else_is_not_found_and_nothing_is_written(mall: Engine) -> None:
    commerce, before = SqlCommerce(mall), row_counts(mall)
    strangers = [
        (OTHER_CUSTOMER, "m1", "c1"),
        (OTHER_CUSTOMER, PLATFORM, "c1"),
        (OTHER_SHOP, "m1", "c1"),
        (MINE, "m2", "c1"),
        (MINE, "m1", "c2"),
        (MINE, "m9", "c1"),
        (MINE, "m1", "nobody"),
        (NOBODY, "m1", "c1"),
        ("", "m1", "c1"),
        ("\0", "m1", "c1"),
        ("\ud800", "m1", "c1"),
        ("' OR '1'='1", "m1", "c1"),
        ("%", "m1", "c1"),
    ]
    for order_no, tenant, customer in strangers:
        for call in calls(commerce, order_no).values():
            with pytest.raises(OrderNotFound):
                call(tenant, customer)
        assert commerce.list_after_sales(tenant, customer, order_no) == []

    assert row_counts(mall) == before


def test_the_own_is_found_at_its_shop_and_at_the_platform(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    for order_no, tenant in [(MINE, "m1"), (MINE, PLATFORM), (OTHER_SHOP, "m2"), (OTHER_SHOP, PLATFORM)]:
        assert commerce.get_order(tenant, "c1", order_no).order_no == order_no
        assert [each.order_no for each in commerce.list_shipments(tenant, "c1", order_no)] == [order_no]
        invoice = commerce.get_invoice(tenant, "c1", order_no)
        assert invoice is not None
        assert invoice.order_no == order_no
        assert [each.order_no for each in commerce.list_after_sales(tenant, "c1", order_no)] == [order_no]


def test_an_order_is_read_whole(mall: Engine) -> None:
    change_order(mall, MINE, paid_at=NOON - timedelta(hours=23), remark="周末送", freight=Decimal("8.5"))

    order = SqlCommerce(mall).get_order("m1", "c1", MINE)

    assert (order.merchant_id, order.customer_id, order.state) == ("m1", "c1", OrderState.PAID)
    assert (order.amount, order.freight) == (Decimal("899.00"), Decimal("8.50"))
    assert (order.created_at, order.paid_at) == (NOON - timedelta(days=1), NOON - timedelta(hours=23))
    assert (order.shipped_at, order.received_at, order.group_size, order.parent_order_no) == (None, None, None, None)
    assert (order.receiver_name, order.receiver_phone, order.remark) == ("王小雨", "13800001111", "周末送")
    line = order.lines[0]
    assert (line.product_id, line.sku_id, line.variant, line.quantity) == ("P1", "P1-0", "黑色 L", 1)
    assert (line.unit_price, line.shipped) == (Decimal("899.00"), True)
    assert order.summary == "云裳双面羊毛大衣女中长款(黑色 L)"


def test_orders_are_listed_newest_first_within_what_the_caller_may_see(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    add_order(mall, "202611190000000009", state="completed", created_at=NOON - timedelta(days=2))
    add_order(mall, "202611210000000009", state="completed", created_at=NOON)

    def numbers(tenant: str, customer: str = "c1", **query: Any) -> list[str]:
        return [each.order_no for each in commerce.list_orders(tenant, customer, OrderQuery(**query))]

    assert numbers("m1") == ["202611210000000009", MINE, "202611190000000009"]
    assert numbers(PLATFORM) == ["202611210000000009", OTHER_SHOP, MINE, "202611190000000009"]
    assert numbers("m2") == [OTHER_SHOP]
    assert numbers("m1", "c2") == [OTHER_CUSTOMER]
    assert numbers("m1", "nobody") == []
    assert numbers("m1", limit=1) == ["202611210000000009"]
    assert numbers("m1", states=frozenset({OrderState.PAID})) == [MINE]
    assert numbers("m1", states=frozenset({OrderState.PAID, OrderState.COMPLETED}), limit=2) == [
        "202611210000000009",
        MINE,
    ]
    assert numbers("m1", states=frozenset({OrderState.CLOSED})) == []
    assert numbers(PLATFORM, product_id="P2") == [OTHER_SHOP]
    assert numbers("m1", product_id="P2") == []


def test_orders_of_the_same_moment_keep_one_order(mall: Engine) -> None:
    for number in range(3):
        add_order(mall, f"20261118000000000{number}", customer="c2", created_at=NOON - timedelta(days=3))

    found = SqlCommerce(mall).list_orders("m1", "c2", OrderQuery(limit=3))

    assert [each.order_no for each in found] == [OTHER_CUSTOMER, "202611180000000002", "202611180000000001"]


def split(engine: Engine) -> tuple[str, str, str]:
    """Split MINE's purchase into two parts with a parcel each; the whole has none of its own."""
    whole, first, second = "202611150000000001", "202611150000000002", "202611150000000003"
    add_order(engine, whole, state="shipped", product_ids=("P1", "P1"))
    for part in (second, first):
        add_order(engine, part, state="shipped")
        change_order(engine, part, parent_order_no=whole)
    add_parcel(engine, second, "SF2000000000002", created_at=NOON - timedelta(hours=9))
    add_parcel(engine, first, "SF2000000000001", created_at=NOON - timedelta(hours=5))
    return whole, first, second


def test_a_split_order_has_the_parcels_of_its_parts(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    whole, first, second = split(mall)

    assert [each.order_no for each in commerce.list_parts("m1", "c1", whole)] == [first, second]
    assert [each.waybill_no for each in commerce.list_shipments("m1", "c1", whole)] == [
        "SF2000000000002",
        "SF2000000000001",
    ]
    assert [each.waybill_no for each in commerce.list_shipments("m1", "c1", first)] == ["SF2000000000001"]
    assert commerce.list_parts("m1", "c1", first) == []
    assert commerce.get_order("m1", "c1", first).parent_order_no == whole
    with pytest.raises(OrderNotFound):
        commerce.list_shipments("m1", "c2", whole)


def test_a_part_that_is_somebody_elses_stays_so(mall: Engine) -> None:
    """A reference between rows gives nobody a right."""
    whole, first, _second = split(mall)
    change_order(mall, first, customer_id="c2")

    commerce = SqlCommerce(mall)

    assert len(commerce.list_parts("m1", "c1", whole)) == 1
    assert [each.waybill_no for each in commerce.list_shipments("m1", "c1", whole)] == ["SF2000000000002"]


def test_a_parcel_is_read_with_its_trace_and_contents(mall: Engine) -> None:
    order_no = "202611100000000001"
    add_order(mall, order_no, state="shipped", product_ids=("P1", "P1"))
    trace = [
        (NOON - timedelta(hours=2), "in_transit", "已到达杭州转运中心"),
        (NOON - timedelta(hours=8), "picked_up", "顺丰速运已揽收"),
    ]
    add_parcel(mall, order_no, "SF3000000000001", trace=trace)

    (parcel,) = SqlCommerce(mall).list_shipments("m1", "c1", order_no)

    assert (parcel.carrier, parcel.carrier_name, parcel.state) == ("sf", "顺丰速运", ShipmentState.IN_TRANSIT)
    assert [(event.at, event.state, event.text) for event in parcel.events] == [
        (NOON - timedelta(hours=8), ShipmentState.PICKED_UP, "顺丰速运已揽收"),
        (NOON - timedelta(hours=2), ShipmentState.IN_TRANSIT, "已到达杭州转运中心"),
    ]
    assert parcel.moved_at == NOON - timedelta(hours=2)
    assert parcel.contents == ("云裳双面羊毛大衣女中长款(黑色 L)×1",) * 2
    assert parcel.delivered_at is None


def test_a_parcel_without_a_trace_was_last_heard_of_when_it_was_made(mall: Engine) -> None:
    (parcel,) = SqlCommerce(mall).list_shipments("m1", "c1", MINE)

    assert parcel.moved_at == parcel.created_at == NOON - timedelta(hours=20)


def test_a_tracking_number_finds_the_own_parcels_only(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    for typed in ("SF1000000000000", "sf1000000000000", "  Sf1000000000000\n"):
        for tenant in ("m1", PLATFORM):
            assert commerce.find_shipment(tenant, "c1", typed).order_no == MINE
    for tenant, customer, typed in [
        ("m2", "c1", "SF1000000000000"),
        ("m1", "c2", "SF1000000000000"),
        ("m1", "c1", "SF1000000000001"),
        ("m1", "c1", "SF100000000000"),
        ("m1", "c1", ""),
        ("m1", "c1", "\0"),
    ]:
        with pytest.raises(ShipmentNotFound):
            commerce.find_shipment(tenant, customer, typed)


def test_after_sales_are_listed_newest_first_within_what_the_caller_may_see(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    add_after_sale(mall, "AS4", order_no=MINE, kind="refund", state="refunding", created_at=NOON - timedelta(hours=1))

    def numbers(tenant: str, customer: str, order_no: str | None = None) -> list[str]:
        return [each.after_sale_no for each in commerce.list_after_sales(tenant, customer, order_no)]

    assert numbers("m1", "c1") == ["AS4", "AS1"]
    assert numbers(PLATFORM, "c1") == ["AS3", "AS4", "AS1"]
    assert numbers("m1", "c2") == ["AS2"]
    assert numbers(PLATFORM, "c1", OTHER_SHOP) == ["AS3"]
    assert numbers("m1", "c1", OTHER_SHOP) == []
    case = commerce.list_after_sales("m1", "c1")[0]
    assert (case.kind, case.state, case.amount) == (AfterSaleKind.REFUND, AfterSaleState.REFUNDING, Decimal("899.00"))


def test_an_order_without_an_invoice_has_none(mall: Engine) -> None:
    add_order(mall, "202611010000000001")

    assert SqlCommerce(mall).get_invoice("m1", "c1", "202611010000000001") is None


def reminders(engine: Engine) -> list[tuple[str, str, str, date]]:
    with reading(engine) as session:
        rows = session.scalars(select(ReminderRow).order_by(ReminderRow.id))
        return [(row.order_no, row.merchant_id, row.customer_id, row.day) for row in rows]


def test_a_reminder_is_written_once_a_day_by_shanghais_calendar(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    moments = {
        "first of the day": (datetime(2026, 11, 21, 0, 0, 0, tzinfo=SHANGHAI), True),
        "noon": (datetime(2026, 11, 21, 12, 0, tzinfo=SHANGHAI), False),
        "last of the day, 16:00 in London": (datetime(2026, 11, 21, 23, 59, 59, 999999, tzinfo=SHANGHAI), False),
        "next day, though the same in London": (datetime(2026, 11, 22, 0, 0, 0, tzinfo=SHANGHAI), True),
        "and again": (datetime(2026, 11, 22, 7, 59, tzinfo=SHANGHAI), False),
    }
    for _name, (moment, created) in moments.items():
        reminder = commerce.urge_shipment("m1", "c1", MINE, now=moment)
        assert (reminder.order_no, reminder.created) == (MINE, created)
        assert reminder.day == moment.date()
        assert reminder.at == moment.replace(hour=0, minute=0, second=0, microsecond=0)

    assert reminders(mall) == [
        (MINE, "m1", "c1", date(2026, 11, 21)),
        (MINE, "m1", "c1", date(2026, 11, 22)),
    ]


def test_the_platform_reminds_the_shop_that_sold(mall: Engine) -> None:
    SqlCommerce(mall).urge_shipment(PLATFORM, "c1", OTHER_SHOP, now=NOON)

    assert reminders(mall) == [(OTHER_SHOP, "m2", "c1", date(2026, 11, 21))]


def test_each_order_has_its_own_reminder(mall: Engine) -> None:
    commerce = SqlCommerce(mall)

    assert commerce.urge_shipment("m1", "c1", MINE, now=NOON).created
    assert commerce.urge_shipment("m1", "c2", OTHER_CUSTOMER, now=NOON).created
    assert len(reminders(mall)) == 2


def test_only_what_waits_for_shipment_can_be_urged(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    for state in OrderState:
        change_order(mall, MINE, state=state.value)
        before = row_counts(mall)
        if state in URGEABLE:
            continue
        with pytest.raises(NotUrgeable) as caught:
            commerce.urge_shipment("m1", "c1", MINE, now=NOON)
        assert caught.value.state == state
        assert row_counts(mall) == before
    change_order(mall, MINE, state="partially_shipped")
    assert commerce.urge_shipment("m1", "c1", MINE, now=NOON).created


def test_two_who_urge_at_once_write_one_reminder(mall: Engine, engine_url: str) -> None:
    engines = [open_engine(engine_url) for _ in range(4)]
    for day in range(5):
        together = Barrier(len(engines))

        def urge(engine: Engine, moment: datetime, barrier: Barrier) -> tuple[bool, datetime | None]:
            barrier.wait()
            reminder = SqlCommerce(engine).urge_shipment("m1", "c1", MINE, now=moment)
            return reminder.created, reminder.at

        moment = NOON + timedelta(days=day)
        with ThreadPoolExecutor(len(engines)) as pool:
            done = list(pool.map(urge, engines, [moment] * 4, [together] * 4))
        assert sorted(done) == [(False, moment)] * 3 + [(True, moment)]
        assert len(reminders(mall)) == day + 1
    for engine in engines:
        engine.dispose()


def test_products_are_found_at_their_own_shop_and_at_the_platform(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    for tenant, product_id in [("m1", "P1"), (PLATFORM, "P1"), ("m2", "P2"), (PLATFORM, "P2")]:
        assert commerce.get_product(tenant, product_id).product_id == product_id
    for tenant, product_id in [("m2", "P1"), ("m1", "P2"), ("m1", "P9"), ("m1", ""), ("m1", "\0"), ("m9", "P1")]:
        with pytest.raises(ProductNotFound):
            commerce.get_product(tenant, product_id)


def test_a_product_is_read_with_its_variants_and_stock(mall: Engine) -> None:
    product = SqlCommerce(mall).get_product("m1", "P1")

    assert (product.merchant_id, product.price, product.on_sale) == ("m1", Decimal("899.00"), True)
    assert [(each.sku_id, each.color, each.size, each.available) for each in product.variants] == [
        ("P1-0", "黑色", "L", 3),
        ("P1-1", "驼色", "M", 0),
    ]
    assert product.variants[0].stock == {"杭州仓": 3}


def test_a_text_finds_the_products_of_the_own_shop(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    add_product(mall, "P3", "云裳短款羊毛大衣", "短款羊毛大衣")
    add_product(mall, "P4", "极星大衣挂烫机", "挂烫机", tenant="m2")

    def found(tenant: str, text: str, limit: int = 5) -> list[str]:
        return [each.product_id for each in commerce.find_products(tenant, text, limit)]

    assert found("m1", "这件大衣还有货吗") == ["P1", "P3"]
    assert found("m1", "这件大衣还有货吗", limit=1) == ["P1"]
    assert found("m1", "短款羊毛大衣多少钱") == ["P3"]
    assert found("m1", "降噪耳机") == []
    assert found(PLATFORM, "降噪耳机") == ["P2"]
    assert found("m1", "你好") == []


def test_promotions_are_the_shops_own_and_the_platforms_while_they_run(mall: Engine) -> None:
    commerce = SqlCommerce(mall)
    add_promotion(mall, "A1", starts_at=NOON, ends_at=NOON + timedelta(days=9))
    add_promotion(mall, "A2", starts_at=NOON - timedelta(days=2), ends_at=NOON + timedelta(days=1))
    add_promotion(mall, "B1", scope="m2")
    add_promotion(mall, "C1", scope=PLATFORM, ends_at=NOON + timedelta(hours=1))

    def running(tenant: str, moment: datetime) -> list[str]:
        return [each.promotion_id for each in commerce.list_promotions(tenant, now=moment)]

    assert running("m1", NOON) == ["A2", "A1", "C1"]
    assert running("m1", NOON - timedelta(seconds=1)) == ["A2", "C1"]
    assert running("m1", NOON + timedelta(hours=1)) == ["A2", "A1"]
    assert running("m1", NOON + timedelta(days=9)) == []
    assert running("m2", NOON) == ["B1", "C1"]
    assert running(PLATFORM, NOON) == ["C1"]
