from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.xiaoer.evaluation.dialogues.conftest import Read
from tests.xiaoer.evaluation.dialogues.mall import Mall, simple_mall
from xiaoer.accounts.model import Role
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import reading
from xiaoer.evaluation.dialogues.cast import Cast
from xiaoer.evaluation.dialogues.errors import CannotPick
from xiaoer.evaluation.dialogues.picking import pick
from xiaoer.evaluation.dialogues.placeholders import ATTRIBUTES
from xiaoer.evaluation.dialogues.script import Range
from xiaoer.evaluation.dialogues.traits import order_fits

Picker = Callable[..., Cast]


@pytest.fixture
def picks(mall: Mall, read: Read, now: datetime) -> Picker:
    """Pick rows for what is given, as a flow mapping; placeholders may be named, too."""

    def picks(given: str, *, role: str = "consumer", says: str = "你好") -> Cast:
        (conversation,) = read(f"- {{name: a, role: {role}, given: {given}, turns: [{{user: '{says}'}}]}}")
        return pick(mall.engine, conversation, now=now)

    return picks


def row(cast: Cast, name: str = "order") -> str:
    return cast.rows[name][1]


@pytest.fixture
def two_shops(mall: Mall) -> Mall:
    """A second merchant with a product and two more customers; orders stand in the order of their numbers."""
    mall.merchant("m2", name="极星")
    mall.product("p2", "m2", name="充电宝", category="electronics")
    mall.customer("c2", name="李雷")
    mall.customer("c3", name="韩梅梅", vip=2)
    return mall


POWER_BANK = (("p2-0", "充电宝", "黑色 L"),)


def test_the_first_row_that_fits_settles_speaker_and_tenant(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(state="cancelled")
    wanted = two_shops.order(state="paid", customer="c2", merchant="m2", lines=POWER_BANK)
    two_shops.order(state="paid", customer="c3", merchant="m2", lines=POWER_BANK)

    found = picks("{order: {state: paid}}")

    assert row(found) == wanted
    assert (found.subject, found.tenant, found.role, found.vip_level) == ("c2", "m2", Role.CONSUMER, 0)
    assert found.orders == {wanted}
    assert picks("{order: {state: paid}}") == found


def test_customers_without_an_open_conversation_come_first(two_shops: Mall, picks: Picker) -> None:
    first = two_shops.order(customer="c1")
    second = two_shops.order(customer="c2")
    two_shops.conversation("c1")
    two_shops.conversation("c2", status="closed")

    assert row(picks("{order: {}}")) == second

    two_shops.conversation("c2")

    assert row(picks("{order: {}}")) == first


def test_columns_may_name_several_values_or_none(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(state="paid", amount="10.00")
    closed = two_shops.order(state="closed", amount="20.50", group_size=3)

    assert row(picks("{order: {state: [closed, cancelled]}}")) == closed
    assert row(picks("{order: {amount: 20.5}}")) == closed
    assert row(picks("{order: {group_size: [2, 3]}}")) == closed
    assert row(picks("{order: {group_size: null, state: [closed, paid]}}")) != closed


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("{order: {colour: red}}", "order has no column and no selector colour"),
        ("{order: {amount: much}}", "amount of order can't be much"),
        ("{order: {paid_at: yesterday}}", "paid_at of order can't be yesterday"),
        ("{order: {group_size: true}}", "group_size of order can't be True"),
        ("{product: {attributes: x}}", "product can't be picked by attributes"),
        ("{merchant: {anonymous_allowed: maybe}}", "anonymous_allowed of merchant can't be maybe"),
        ("{order: {state: paid, stuck: true}}", r"no order fits \{state: paid, stuck: true\}"),
        ("{order: {}, order_b: {state: closed}}", r"no order_b fits \{state: closed\} beside order"),
        ("{customer: {vip: true}}", r"no customer fits \{vip: true\}"),
        ("{product: {product_id: none}}", r"no product fits \{product_id: none\}"),
        ("{order: {received_days: [1, 5]}}", r"no order fits \{received_days: \[1, 5\]\}"),
        ("{after_sale: {order: {lines: 2}}}", r"no after_sale fits \{order: \{lines: 2\}\}"),
        ("{order: {other_customer: true}}", r"nobody fits as the speaker \(consumer\)"),
    ],
)
def test_what_can_not_be_picked_is_named(mall: Mall, picks: Picker, selector: str, words: str) -> None:
    mall.order()

    with pytest.raises(CannotPick, match=words):
        picks(selector)


def test_a_row_that_lacks_what_the_texts_say_of_it_does_not_fit(mall: Mall, picks: Picker) -> None:
    mall.order(state="shipped")

    with pytest.raises(CannotPick, match=r"no order fits \{state: shipped\} and has carrier_name"):
        picks("{order: {state: shipped}}", says="${order.carrier_name}到哪了")

    wanted = mall.order(state="shipped")
    mall.parcel(wanted, carrier="圆通速递")

    found = picks("{order: {state: shipped}}", says="${order.carrier_name}到哪了")
    assert (row(found), found.values) == (wanted, {"order.carrier_name": "圆通速递"})


def test_a_suffix_picks_another_row_of_the_same_customer_and_merchant(two_shops: Mall, picks: Picker) -> None:
    two_shops.order("100", customer="c1")  # has no sibling, so it is given up
    two_shops.order("200", customer="c2")
    two_shops.order("201", customer="c2", merchant="m2", lines=POWER_BANK)
    two_shops.order("300", customer="c3")
    two_shops.order("301", customer="c3")

    found = picks("{order: {}, order_b: {}}")

    assert (row(found), row(found, "order_b"), found.subject) == ("300", "301", "c3")
    assert found.orders == {"300", "301"}


def test_an_order_after_a_customer_is_theirs(two_shops: Mall, picks: Picker) -> None:
    two_shops.order("100", customer="c1")
    two_shops.order("200", customer="c3")
    two_shops.order("201", customer="c3", merchant="m2", lines=POWER_BANK)

    found = picks("{customer: {vip: true}, order: {}}")
    assert (found.subject, found.vip_level, row(found), found.tenant) == ("c3", 2, "201", "m2")

    found = picks("{customer: {vip: true}, order: {merchant_id: m1}}")
    assert (row(found), found.tenant) == ("200", "m1")


def test_a_customer_alone_speaks_to_the_merchant_of_the_newest_order(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(customer="c3", merchant="m2", lines=POWER_BANK)
    two_shops.order(customer="c3", merchant="m1")

    found = picks("{customer: {vip: true}}", says="我是${customer.name}，${merchant.name}在吗")

    assert (found.subject, found.tenant) == ("c3", "m1")
    assert found.values == {"customer.name": "韩梅梅", "merchant.name": "云裳"}


def test_an_order_nested_in_a_customer_is_at_the_tenant(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(customer="c1", state="closed")
    two_shops.order(customer="c2", merchant="m2", state="shipped", lines=POWER_BANK)
    two_shops.order(customer="c2", merchant="m1", state="closed")

    found = picks("{customer: {order: {state: shipped}}}")

    assert (found.subject, found.tenant) == ("c2", "m2")


def test_order_and_product_are_of_one_merchant(two_shops: Mall, picks: Picker) -> None:
    order = two_shops.order(customer="c2", merchant="m2", lines=POWER_BANK)

    found = picks("{product: {}, order: {}}")
    assert (row(found), row(found, "product"), found.tenant, found.subject) == (order, "p2", "m2", "c2")

    found = picks("{order: {}, product: {}}")
    assert (row(found), row(found, "product"), found.tenant) == (order, "p2", "m2")


def test_a_product_alone_is_asked_for_by_a_buyer_of_the_merchant(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(customer="c2", merchant="m2", lines=POWER_BANK)

    found = picks("{product: {category: electronics}}", says="${product.name} ${product.price} ${product.product_id}")

    assert (found.tenant, found.subject) == ("m2", "c2")
    assert found.values == {"product.name": "充电宝", "product.price": "399", "product.product_id": "p2"}


def test_somebody_elses_order_is_asked_for_by_another_customer_of_that_merchant(two_shops: Mall, picks: Picker) -> None:
    two_shops.order("100", customer="c1", merchant="m2", lines=POWER_BANK)  # m2 has no other customer
    two_shops.order("200", customer="c1")
    two_shops.order("300", customer="c2")

    found = picks("{order: {other_customer: true}}")

    assert (row(found), found.tenant, found.subject) == ("200", "m1", "c2")
    assert row(picks("{order: {other_customer: false}}")) == "100"


def test_own_and_foreign_orders_together(two_shops: Mall, picks: Picker) -> None:
    two_shops.order("100", customer="c1")
    two_shops.order("200", customer="c2")

    found = picks("{order: {}, order_b: {other_customer: true}}")
    assert (row(found), row(found, "order_b"), found.subject) == ("100", "200", "c1")

    found = picks("{order: {other_customer: true}, customer: {}}")
    assert (row(found), row(found, "customer"), found.subject) == ("100", "c2", "c2")

    found = picks("{customer: {id: c2}, order: {other_customer: true}}")
    assert (row(found), found.subject) == ("100", "c2")


def test_other_customer_nests(two_shops: Mall, picks: Picker) -> None:
    case = two_shops.after_sale(two_shops.order("100", customer="c1", state="completed"))
    two_shops.order("200", customer="c2")

    found = picks("{after_sale: {order: {other_customer: true, state: completed}}}")
    assert (row(found, "after_sale"), found.subject, set(found.orders)) == (case, "c2", {"100"})

    found = picks("{customer: {order: {other_customer: true, state: completed}}}")
    assert found.subject == "c2"


def test_after_sales_are_picked_by_columns_and_by_their_order(mall: Mall, picks: Picker) -> None:
    first = mall.order(state="completed")
    second = mall.order(state="completed", lines=(("p1-0", "羊毛大衣", ""), ("p1-0", "羊毛大衣", "")))
    mall.after_sale(first, kind="refund", state="refunding")
    mall.after_sale(second, kind="refund", state="completed", number="AS9")

    found = picks(
        "{after_sale: {kind: refund, state: completed, order: {lines: 2}}}",
        says=" ".join(f"${{after_sale.{name}}}" for name in ("after_sale_no", "kind", "state", "amount", "order_no")),
    )

    assert row(found, "after_sale") == "AS9"
    assert list(found.values.values()) == ["AS9", "399", "refund", second, "completed"]


def test_a_case_beside_an_order_is_about_that_order_if_there_is_one(mall: Mall, picks: Picker) -> None:
    first, second = mall.order(state="completed"), mall.order(state="closed")
    mall.after_sale(first, number="AS1")
    mall.after_sale(second, number="AS2")

    assert row(picks("{order: {state: closed}, after_sale: {}}"), "after_sale") == "AS2"


def test_the_staff_of_a_merchant_speak(two_shops: Mall, picks: Picker) -> None:
    two_shops.merchant("m3", agents=0)

    found = picks("{merchant: {id: [m2, m3]}}", role="merchant")
    assert (found.tenant, found.subject, found.role) == ("m2", "m2-a1", Role.MERCHANT)
    assert picks("{}", role="merchant").subject == "m1-a1"

    with pytest.raises(CannotPick, match=r"nobody fits as the speaker \(merchant\)"):
        picks("{merchant: {id: m3}}", role="merchant")


def test_anonymous_visitors_speak_where_they_may(two_shops: Mall, picks: Picker) -> None:
    two_shops.order("100")
    with pytest.raises(CannotPick, match=r"nobody fits as the speaker \(anonymous\)"):
        picks("{merchant: {}}", role="anonymous")

    two_shops.merchant("m9", anonymous_allowed=True)
    two_shops.product("p9", "m9")
    two_shops.order("900", customer="c2", merchant="m9", lines=(("p9-0", "羊毛大衣", ""),))

    for rows, about in (("{merchant: {}}", set()), ("{}", set()), ("{order: {}}", {"900"}), ("{product: {}}", set())):
        found = picks(rows, role="anonymous")
        assert (found.tenant, found.subject, set(found.orders)) == ("m9", "anonymous", about)
    assert picks("{merchant: {anonymous_allowed: false}}", role="anonymous").tenant == "m1"


def test_the_platform_is_picked_only_by_name(mall: Mall, picks: Picker) -> None:
    mall.merchant("platform", name="集市")

    assert picks("{merchant: {}}", role="merchant").tenant == "m1"
    assert picks("{merchant: {id: platform}}", role="merchant").tenant == "platform"


def test_nothing_given_is_somebody_with_an_order(two_shops: Mall, picks: Picker) -> None:
    two_shops.order(customer="c2", merchant="m2", lines=POWER_BANK)

    found = picks("{}")

    assert (found.subject, found.tenant, dict(found.rows)) == ("c2", "m2", {})


def test_what_texts_say_of_an_order(mall: Mall, picks: Picker, now: datetime) -> None:
    mall.product(
        "p5",
        name="帆布鞋",
        variants=(("白色 40", "99.90", 1), ("白色 41", "99.90", 0), ("白色 42", "120.00", 3), ("白色 43", "99.90", 2)),
    )
    order_no = mall.order(state="shipped", lines=(("p5-0", "帆布鞋", "白色 40"),), amount="1099.90")
    mall.parcel(order_no, hours_ago=2, carrier="中通快递", waybill="Z1")
    mall.parcel(order_no, hours_ago=100, carrier="圆通速递", waybill="Y1")
    names = sorted(ATTRIBUTES["order"])

    found = picks("{order: {stuck: true}}", says=" ".join(f"${{order.{name}}}" for name in names))

    assert found.values == {
        "order.order_no": order_no,
        "order.state": "shipped",
        "order.amount": "1099.9",
        "order.carrier_name": "圆通速递",
        "order.waybill_no": "Y1",
        "order.receiver_name": "王芳",
        "order.receiver_phone": "13800000001",
        "order.receiver_address": "浙江省杭州市西湖区文三路1号",
        "order.product_name": "帆布鞋",
        "order.variant": "白色 40",
        "order.other_variant": "白色 43",
    }


DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def build_orders(mall: Mall, now: datetime) -> dict[str, str]:
    """Write one order for each trait, and return their numbers by name."""
    mall.product("food", name="苹果", category="fresh", variants=(("", "30.00", 0),))
    two = (("p1-0", "羊毛大衣", "黑色 L"), ("food-0", "苹果", ""))
    mall.product("dear", variants=(("红色", "300.00", 1), ("蓝色", "300.00", 2)))
    made = {
        "plain": mall.order(state="paid", paid_at=now - 90 * HOUR),
        "fresh": mall.order(state="completed", received_at=now - 5.4 * DAY, lines=(("food-0", "苹果", ""),)),
        "mixed": mall.order(state="completed", received_at=now - 40 * DAY, lines=two),
        "cheaper": mall.order(state="completed", lines=(("dear-0", "羊毛大衣", "红色"),), amount="350.00"),
        "parent": mall.order(state="partially_shipped"),
        "moving": mall.order(state="shipped"),
        "stuck": mall.order(state="shipped"),
        "signed": mall.order(state="shipped"),
        "returned": mall.order(state="completed"),
        "invoiced": mall.order(state="completed"),
        "urged": mall.order(state="paid", paid_at=now - 10 * HOUR),
        "urged_before": mall.order(state="paid", paid_at=now - 79.5 * HOUR),
    }
    made["part"] = mall.order(state="paid", parent_order_no=made["parent"], paid_at=now - HOUR)
    mall.parcel(made["moving"], hours_ago=71)
    mall.parcel(made["moving"], hours_ago=1)
    mall.parcel(made["stuck"], hours_ago=72)
    mall.parcel(made["signed"], state="delivered", hours_ago=80)
    mall.after_sale(made["returned"], kind="return", state="withdrawn")
    mall.invoice(made["invoiced"])
    mall.reminder(made["urged"])
    mall.reminder(made["urged_before"], days_ago=1)
    return made


NAMES = "plain fresh mixed cheaper parent part moving stuck signed returned invoiced urged urged_before"
EVERYBODY = frozenset(NAMES.split())


TRAITS: list[tuple[str, object, frozenset[str] | set[str]]] = [
    ("parcels", 2, {"moving"}),
    ("parcels", 1, {"stuck", "signed"}),
    ("lines", 2, {"mixed"}),
    ("lines", 1, EVERYBODY - {"mixed"}),
    ("split", True, {"parent"}),
    ("split", False, EVERYBODY - {"parent"}),
    ("on_its_way", True, {"moving", "stuck"}),
    ("on_its_way", False, EVERYBODY - {"moving", "stuck"}),
    ("stuck", True, {"stuck"}),
    ("stuck", False, EVERYBODY - {"stuck"}),
    ("signed_not_received", True, {"signed"}),
    ("signed_not_received", False, EVERYBODY - {"signed"}),
    ("price_dropped", True, {"cheaper", "mixed", "fresh"}),
    ("price_dropped", False, EVERYBODY - {"cheaper", "mixed", "fresh"}),
    ("variant_in_stock", True, EVERYBODY - {"fresh", "mixed"}),
    ("variant_in_stock", False, {"fresh", "mixed"}),
    ("other_variant_in_stock", True, {"cheaper"}),
    ("other_variant_in_stock", False, EVERYBODY - {"cheaper"}),
    ("after_sale", "none", EVERYBODY - {"returned"}),
    ("after_sale", "return", {"returned"}),
    ("after_sale", "refund", set()),
    ("invoice", "none", EVERYBODY - {"invoiced"}),
    ("reminder", "none", EVERYBODY - {"urged"}),
    ("category", "fresh", {"fresh"}),
    ("category", "clothing", EVERYBODY - {"fresh", "mixed"}),
    ("received_days", Range(1, 5), {"fresh"}),
    ("received_days", Range(6, 40), {"mixed"}),
    ("unshipped_hours", Range(80, 999), EVERYBODY - {"urged", "urged_before", "part"}),
    ("unshipped_hours", Range(0, 79), {"urged", "urged_before", "part"}),
    ("other_customer", True, EVERYBODY),
]


def test_traits_of_orders(engine: Engine, now: datetime) -> None:
    made = build_orders(simple_mall(engine, now), now)

    def fitting(session: Session, trait: str, value: object) -> set[str]:
        rows = {name: session.get(OrderRow, order_no) for name, order_no in made.items()}
        return {name for name, row in rows.items() if order_fits(session, row, {trait: value}, now)}

    with reading(engine) as session:
        found = [(trait, value, fitting(session, trait, value)) for trait, value, _ in TRAITS]

    assert found == TRAITS


def test_traits_of_products(mall: Mall, picks: Picker) -> None:
    mall.product("empty", name="围巾", variants=(("灰色", "59.00", 0),), size_chart=[{"size": "M"}])
    mall.product("gone", name="手套", variants=(("", "9.00", 5),), on_sale=False)

    assert row(picks("{product: {in_stock: true}}"), "product") == "p1"
    assert row(picks("{product: {in_stock: false}}"), "product") == "empty"
    assert row(picks("{product: {has_sizes: true}}"), "product") == "empty"
    assert row(picks("{product: {has_sizes: false}}"), "product") == "p1"
    assert row(picks("{product: {on_sale: false}}"), "product") == "gone"
    assert row(picks("{product: {}, product_b: {has_sizes: true}}"), "product_b") == "empty"


def test_picking_works_on_every_database(engine: Engine, read: Read, now: datetime) -> None:
    mall = simple_mall(engine, now)
    mall.customer("c2", vip=1)
    mall.order("100", state="shipped", amount="20.50")
    mall.order("200", customer="c2", state="completed", received_at=now - 2 * DAY)
    mall.order("201", customer="c2", state="completed", received_at=now - 3 * DAY)
    mall.after_sale("201", customer="c2")
    mall.conversation("c1")
    (conversation,) = read(
        """
        - name: a
          given:
            order:
              state: [completed, closed]
              received_days: [1, 5]
              after_sale: none
              paid_at: ["2026-11-12T12:03:00+08:00", null]
            order_b: {after_sale: return}
            after_sale: {order: {lines: 1}}
            customer: {vip: true, order: {state: completed}}
            product: {category: clothing}
            product_b: {}
            merchant: {level: 1}
            order_c: {other_customer: true, amount: 20.5}
          turns:
          - user: "${order.order_no} ${order_b.amount} ${order_c.state} ${after_sale.kind} ${product.name}"
        """
    )
    mall.product("p2", name="围巾")

    found = pick(engine, conversation, now=now)

    assert {name: key for name, (_, key) in found.rows.items()} == {
        "order": "200",
        "order_b": "201",
        "order_c": "100",
        "after_sale": found.rows["after_sale"][1],
        "customer": "c2",
        "product": "p1",
        "product_b": "p2",
        "merchant": "m1",
    }
    assert (found.tenant, found.subject, found.vip_level) == ("m1", "c2", 1)


@given(least=st.integers(0, 400), span=st.integers(0, 400), minutes=st.integers(0, 600 * 24 * 60))
def test_a_span_of_days_is_counted_as_people_count(least: int, span: int, minutes: int) -> None:
    days = minutes / (24 * 60)

    assert Range(least, least + span).holds(days) is (least <= int(days) <= least + span)
