"""What conversation files may count on: the least that the demo mall holds, whatever the time is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.demo.conftest import Mall, per_customer
from xiaoer.accounts.tables import AgentRow, CustomerIdentityRow, CustomerRow, TenantRow
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState, ShipmentState
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, PromotionRow, ReminderRow, ShipmentRow


def test_sizes(mall: Mall) -> None:
    merchants = list(mall.session.scalars(select(TenantRow).where(TenantRow.id != "platform")))
    assert len(merchants) == 5
    assert {merchant.category for merchant in merchants} >= {"clothing", "electronics", "food", "cosmetics"}
    assert mall.session.get(TenantRow, "platform").name == "集市优选"
    assert (len(mall.products), len(mall.orders)) == (80, 400)
    assert len(list(mall.session.scalars(select(CustomerRow)))) == 50
    assert {product.category for product in mall.products.values()} == {
        *("clothing", "electronics", "food", "fresh", "cosmetics", "home", "books")
    }


def test_paid_orders(mall: Mall) -> None:
    paid = mall.where(state="paid", parent_order_no=None)
    assert len([order for order in paid if mall.untouched(order)]) >= 12
    assert sum(count >= 2 for count in per_customer(paid).values()) >= 2
    assert len(mall.where(mall.of("clothing"), mall.has_other, state="paid")) >= 2
    late = mall.where(lambda order: mall.now - order.paid_at > timedelta(hours=80), state="paid")
    assert len(late) >= 3
    assert all(order.ship_by < mall.now for order in late)


@pytest.mark.parametrize("state", ["pending_payment", "pending_group"])
def test_pending_orders(mall: Mall, state: str) -> None:
    pending = mall.where(state=state)
    assert len(pending) >= 3
    assert all(order.closes_at > mall.now for order in pending)


@pytest.mark.parametrize(
    ("category", "least"), [("clothing", 6), ("electronics", 5), ("cosmetics", 3), ("food", 3), ("fresh", 3)]
)
def test_orders_just_received(mall: Mall, category: str, least: int) -> None:
    plain = mall.where(
        mall.of(category), mall.received(1, 5), mall.untouched, lambda order: not mall.price_dropped(order)
    )
    assert len(plain) >= least
    assert len({order.customer_id for order in plain}) >= least - 1
    assert {order.state for order in plain} == {"completed"}


def test_orders_just_received_that_can_be_exchanged(mall: Mall) -> None:
    recent = (mall.received(1, 5), mall.untouched)
    assert len(mall.where(mall.of("clothing"), mall.has_other, *recent)) >= 3
    single = mall.where(mall.of("electronics"), mall.in_stock, lambda order: len(order.lines) == 1, *recent)
    assert len(single) >= 2
    assert len(mall.where(mall.price_dropped, *recent)) >= 2


@pytest.mark.parametrize("category", ["electronics", "clothing"])
def test_orders_received_long_ago(mall: Mall, category: str) -> None:
    assert len(mall.where(mall.of(category), mall.received(30, 200), mall.untouched)) >= 3


@pytest.mark.parametrize(
    ("kind", "state", "least"),
    [
        ("return", "pending_review", 3),
        (None, "refunding", 2),
        (None, "rejected", 2),
        ("refund", "completed", 2),
        ("repair", None, 1),
    ],
)
def test_after_sales(mall: Mall, kind: str | None, state: str | None, least: int) -> None:
    cases = [case for cases in mall.cases.values() for case in cases]
    assert sum(kind in (None, case.kind) and state in (None, case.state) for case in cases) >= least


def test_awkward_orders(mall: Mall) -> None:
    def still(parcel: ShipmentRow) -> bool:
        moving = parcel.state in ("picked_up", "in_transit")
        return moving and mall.now - parcel.events[-1].at >= timedelta(hours=72)

    parents = {order.parent_order_no for order in mall.orders} - {None}
    assert parents
    assert mall.where(lambda order: len(order.shipments) == 2, state="shipped")
    assert mall.where(lambda order: any(map(still, order.shipments)), state="shipped")
    assert mall.where(lambda order: any(each.state == "delivered" for each in order.shipments), state="shipped")
    assert mall.where(mall.of("clothing"), state="shipped")
    waiting = mall.where(state="partially_shipped")
    assert waiting
    assert all({line.shipment_id is None for line in order.lines} == {True, False} for order in waiting)


def test_every_state_occurs(mall: Mall) -> None:
    assert {order.state for order in mall.orders} == {state.value for state in OrderState}
    parcels = list(mall.session.scalars(select(ShipmentRow)))
    assert {parcel.state for parcel in parcels} == {state.value for state in ShipmentState}
    assert {parcel.carrier_name for parcel in parcels} == {"顺丰速运", "中通快递", "圆通速递", "京东快递"}
    cases = list(mall.session.scalars(select(AfterSaleRow)))
    assert {case.state for case in cases} == {state.value for state in AfterSaleState}
    assert {case.kind for case in cases} == {kind.value for kind in AfterSaleKind}
    invoices = list(mall.session.scalars(select(InvoiceRow)))
    assert {(row.kind, row.state) for row in invoices} >= {("personal", "issued"), ("company", "requested")}


def test_products(mall: Mall) -> None:
    def stock(product_id: str) -> int:
        return sum(mall.available(variant.sku_id) for variant in mall.products[product_id].variants)

    offered = [product for product in mall.products.values() if product.on_sale]
    gone = [product for product in offered if stock(product.product_id) == 0]
    assert len(gone) >= 3
    assert all(product.restock_at > mall.now for product in gone)
    sized = [product for product in offered if product.size_chart]
    assert any(stock(product.product_id) > 0 and "height_cm" in product.size_chart[0] for product in sized)
    assert any(stock(product.product_id) > 0 and "foot_mm" in product.size_chart[0] for product in sized)
    assert any(product in gone for product in sized)
    assert sum(not product.on_sale for product in mall.products.values()) >= 3
    assert all(len(product.attributes) >= 4 for product in mall.products.values())
    for merchant in ("yunshang", "jixing", "shanye", "huayan", "mujian"):
        own = [variant for p in mall.products.values() if p.merchant_id == merchant for variant in p.variants]
        assert 2 <= len({place.warehouse for variant in own for place in variant.stock}) <= 3


def test_customers(mall: Mall) -> None:
    vips = set(mall.session.scalars(select(CustomerRow.id).where(CustomerRow.vip_level > 0)))
    assert len({order.customer_id for order in mall.where(state="shipped")} & vips) >= 3
    allowed = mall.session.scalars(select(TenantRow.id).where(TenantRow.anonymous_allowed))
    assert list(allowed) == ["mujian"]
    known = mall.session.execute(select(CustomerIdentityRow.customer_id, CustomerIdentityRow.channel))
    assert Counter(channel for _, channel in known) == {"web": 50, "app": 50, "mini_program": 50}


def test_who_bought_where(mall: Mall) -> None:
    over = ("completed", "closed", "cancelled")
    open_orders = per_customer(mall.where(lambda order: order.state not in over))
    assert sum(count == 1 for count in open_orders.values()) >= 20
    everything = per_customer(mall.orders)
    assert sum(count >= 2 for count in everything.values()) >= 20
    shops = Counter(customer for _, customer in everything)
    assert sum(count >= 3 for count in shops.values()) >= 40


def test_high_value_is_apart(mall: Mall) -> None:
    dear = mall.where(lambda order: order.amount >= 5000)
    assert {order.state for order in dear} == {"paid", "shipped", "completed"}
    assert {order.merchant_id for order in dear} == {"jixing"}
    assert len(dear) == 9


def test_agents(mall: Mall) -> None:
    roles: dict[str, set[str]] = {}
    for agent in mall.session.scalars(select(AgentRow)):
        roles.setdefault(agent.tenant, set()).add(agent.role)
    assert roles.pop("platform") == {"platform_agent", "platform_admin"}
    assert roles == {
        merchant: {"agent", "merchant_admin"} for merchant in ("yunshang", "jixing", "shanye", "huayan", "mujian")
    }


def test_promotions_run_are_over_and_will_come(mall: Mall) -> None:
    rows = list(mall.session.scalars(select(PromotionRow)))
    running = [row for row in rows if row.starts_at <= mall.now < row.ends_at]
    assert {row.scope for row in running} == {"platform", "yunshang", "jixing", "shanye", "huayan", "mujian"}
    assert any(row.ends_at <= mall.now for row in rows)
    assert any(row.starts_at > mall.now for row in rows)
    assert not any("{" in row.description for row in rows)


def test_nobody_was_reminded_yet(mall: Mall) -> None:
    assert not list(mall.session.scalars(select(ReminderRow)))
