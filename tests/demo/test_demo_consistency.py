"""Every order of the demo mall makes sense: its money, its times, its parcels and its numbers."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from tests.demo.conftest import Mall
from xiaoer.accounts.tables import CustomerRow, TenantRow
from xiaoer.clock import local_day
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderRow, ShipmentRow

WAYBILLS = {
    "sf": r"SF\d{13}",
    "zto": r"7[3-9]\d{12}",
    "yto": r"YT\d{13}",
    "jd": r"JDVA\d{11}",
}
PATH = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"]


def in_order(*moments: datetime | None) -> bool:
    known = [moment for moment in moments if moment is not None]
    return known == sorted(known)


def test_amounts(mall: Mall) -> None:
    for order in mall.orders:
        assert order.amount == mall.amount_of_goods(order) + order.freight, order.order_no
        assert order.lines, order.order_no
        for line in order.lines:
            assert line.quantity >= 1
            assert mall.variants[line.sku_id].product_id == line.product_id
            assert mall.products[line.product_id].merchant_id == order.merchant_id
            assert (line.product_name, line.variant) == (
                mall.products[line.product_id].name,
                mall.variants[line.sku_id].name,
            )


def test_products_cost_what_their_cheapest_variant_does(mall: Mall) -> None:
    for product in mall.products.values():
        assert product.price == min(variant.price for variant in product.variants)
        assert len({variant.name for variant in product.variants}) == len(product.variants)


def test_times(mall: Mall) -> None:
    registered = dict(mall.session.execute(select(CustomerRow.id, CustomerRow.created_at)).all())
    for order in mall.orders:
        known = (order.created_at, order.paid_at, order.shipped_at, order.received_at, mall.now)
        assert in_order(registered[order.customer_id], *known), order.order_no
        assert order.order_no.startswith(f"{local_day(order.created_at):%Y%m%d}")
        assert re.fullmatch(r"\d{18}", order.order_no)


def test_states_fit_the_times(mall: Mall) -> None:
    reached = {
        "pending_payment": (False, False, False),
        "pending_group": (True, False, False),
        "paid": (True, False, False),
        "partially_shipped": (True, True, False),
        "shipped": (True, True, False),
        "completed": (True, True, True),
    }
    for order in mall.orders:
        been = tuple(at is not None for at in (order.paid_at, order.shipped_at, order.received_at))
        if order.state in reached:
            assert been == reached[order.state], order.order_no
        elif order.state == "closed":
            assert been in {(False, False, False), (True, True, True)}, order.order_no
        else:
            assert been in {(False, False, False), (True, False, False)}, order.order_no
        assert (order.ship_by is None) == (order.paid_at is None)
        assert bool(order.shipments) == (order.shipped_at is not None)
        if order.group_size is not None:
            assert 0 < order.group_joined < order.group_size
        if order.state == "closed" and order.paid_at is None:
            assert order.closes_at < mall.now


def test_parcels(mall: Mall) -> None:
    for order in mall.orders:
        for parcel in order.shipments:
            times = [event.at for event in parcel.events]
            assert in_order(order.paid_at, order.shipped_at, parcel.created_at, *times, mall.now), parcel.waybill_no
            assert parcel.events[-1].state == parcel.state
            assert parcel.lines
            assert {line.order_no for line in parcel.lines} == {order.order_no}
            assert (parcel.delivered_at is None) == (parcel.state != "delivered")
            if parcel.delivered_at is not None:
                assert parcel.delivered_at == times[-1]
            states = [event.state for event in parcel.events if event.state in PATH]
            assert states == sorted(states, key=PATH.index)
            assert re.fullmatch(WAYBILLS[parcel.carrier], parcel.waybill_no)
        if order.shipments:
            assert order.shipped_at == min(parcel.created_at for parcel in order.shipments)
        if order.received_at is not None:
            assert order.received_at == max(parcel.delivered_at for parcel in order.shipments)
            assert all(line.shipment_id is not None for line in order.lines)


def test_traces_are_in_the_carriers_words(mall: Mall) -> None:
    texts = [event.text for parcel in mall.session.scalars(select(ShipmentRow)) for event in parcel.events]
    assert not any("{" in text for text in texts)
    for words in ("已收取快件", "仓配一部", "转运中心公司】已收入", "准备送往", "代收", "取件码"):
        assert any(words in text for text in texts), words
    odd = [
        parcel.events[-1].text for parcel in mall.session.scalars(select(ShipmentRow)) if parcel.state == "exception"
    ]
    assert len(odd) >= 3
    assert all(re.search("异常|不成功|破损|延误", text) for text in odd)
    signed = [
        parcel.events[-1].text
        for order in mall.where(state="shipped")
        for parcel in order.shipments
        if parcel.state == "delivered"
    ]
    assert len(signed) >= 5
    assert all("代收" in text or "代签收" in text or "丰巢" in text for text in signed)


def test_split_orders(mall: Mall) -> None:
    whole = {order.order_no: order for order in mall.orders}
    parts = [order for order in mall.orders if order.parent_order_no is not None]
    assert len(parts) == 7
    for part in parts:
        parent = whole[part.parent_order_no]
        assert parent.parent_order_no is None
        assert (part.customer_id, part.merchant_id) == (parent.customer_id, parent.merchant_id)
        assert (part.created_at, part.paid_at) == (parent.created_at, parent.paid_at)
        assert part.freight == Decimal(0)
        assert not {line.product_id for line in part.lines} & {line.product_id for line in parent.lines}


def test_after_sales(mall: Mall) -> None:
    whole = {order.order_no: order for order in mall.orders}
    for case in mall.session.scalars(select(AfterSaleRow)):
        order: OrderRow = whole[case.order_no]
        assert (case.customer_id, case.merchant_id) == (order.customer_id, order.merchant_id)
        assert re.fullmatch(r"AS\d{14}", case.after_sale_no)
        assert case.after_sale_no.startswith(f"AS{local_day(case.created_at):%Y%m%d}")
        assert in_order(order.received_at or order.shipped_at or order.paid_at, case.created_at, case.updated_at)
        assert case.updated_at <= mall.now
        assert Decimal(0) <= case.amount <= order.amount
        assert (case.amount == 0) == (case.kind in ("exchange", "repair"))
        if order.state == "cancelled":
            assert (case.kind, case.amount) == ("refund", order.amount)
        if case.kind == "price_protection":
            assert mall.price_dropped(order)


def test_paid_and_cancelled_is_refunded(mall: Mall) -> None:
    paid_back = mall.where(lambda order: order.paid_at is not None, state="cancelled")
    assert paid_back
    assert all([case.kind for case in mall.cases[order.order_no]] == ["refund"] for order in paid_back)


def test_receivers_and_invoices(mall: Mall) -> None:
    people = {row.id: row for row in mall.session.scalars(select(CustomerRow))}
    phones = [row.phone for row in people.values()]
    assert len(set(phones)) == 50
    assert all(re.fullmatch(r"138001\d{5}", phone) for phone in phones)
    for order in mall.orders:
        customer = people[order.customer_id]
        assert (order.receiver_name, order.receiver_phone) == (customer.name, customer.phone)
        assert len(order.receiver_address) > 12
    paid_at = {order.order_no: order.paid_at for order in mall.orders}
    for invoice in mall.session.scalars(select(InvoiceRow)):
        assert paid_at[invoice.order_no] <= invoice.created_at <= mall.now
        assert bool(invoice.tax_number) == (invoice.kind == "company")


def test_shops_opened_before_their_orders(mall: Mall) -> None:
    opened = dict(mall.session.execute(select(TenantRow.id, TenantRow.created_at)).all())
    assert all(opened[order.merchant_id] < order.created_at for order in mall.orders)
