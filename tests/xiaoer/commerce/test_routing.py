"""Which shop system answers for whom, and what a customer of the platform sees of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.app import create_app
from tests.desk.server import served
from tests.factories import change_order
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from tests.xiaoer.commerce.contract.conftest import system_token
from tests.xiaoer.commerce.writes import snapshot
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.back_offices import BackOffice, InvalidBackOffice, connect_back_office, use_embedded_mall
from xiaoer.commerce.changes import Application
from xiaoer.commerce.errors import AfterSaleNotFound, BackOfficeDown, OrderNotFound, ProductNotFound
from xiaoer.commerce.http import HttpCommerce
from xiaoer.commerce.model import AfterSaleKind, OrderQuery, ProductQuery
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.routing import SECONDS_KNOWN, RoutedCommerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.database import open_engine, writing
from xiaoer.schema import metadata
from xiaoer.settings import Settings

HERE, THERE, STALE = "202611200000000001", "202611200000000002", "202611200000000003"


@pytest.fixture
def mall(sqlite_engine: Engine) -> Engine:
    """The embedded mall of this installation; m2 has left it, but an old order of it is still there."""
    for tenant in ("m1", "m2", PLATFORM):
        add_shop(sqlite_engine, tenant, tenant)
    add_buyer(sqlite_engine)
    add_product(sqlite_engine, "P1", price="899")
    add_product(sqlite_engine, "P2", "旧耳机", "旧耳机", tenant="m2", price="1")
    add_order(sqlite_engine, HERE)
    add_order(sqlite_engine, STALE, tenant="m2", product_ids=("P2",), created_at=NOON)
    return sqlite_engine


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Engine]:
    """The database of m2's own system: another installation."""
    engine = open_engine(f"sqlite:///{tmp_path / 'theirs.db'}")
    metadata.create_all(engine)
    for tenant in ("m2", PLATFORM):
        add_shop(engine, tenant, tenant)
    add_buyer(engine)
    add_product(engine, "P9", "极星降噪耳机", "降噪耳机", tenant="m2", price="499")
    add_order(engine, THERE, tenant="m2", product_ids=("P9",), created_at=NOON - timedelta(hours=1))
    yield engine
    engine.dispose()


@pytest.fixture
def stop(mall: Engine, theirs: Engine, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Connects m2's own system; called, it ends it."""
    with ExitStack() as running:
        app = create_app(Settings(data_dir=tmp_path / "theirs"), engine=theirs, clock=lambda: NOON)
        url = running.enter_context(served(app))
        with writing(mall) as session:
            office = BackOffice("m2", f"{url}/api/v1/commerce/", system_token(theirs, "m2"))
            connect_back_office(session, office)
        yield running.close


@pytest.fixture
def commerce(mall: Engine, stop: Callable[[], None]) -> RoutedCommerce:
    return RoutedCommerce(mall)


def numbers(commerce: Commerce, tenant: str, limit: int = 5) -> list[str]:
    return [order.order_no for order in commerce.list_orders(tenant, "c1", OrderQuery(limit=limit))]


def test_each_tenant_is_answered_by_its_own_system(commerce: RoutedCommerce) -> None:
    assert numbers(commerce, "m1") == [HERE]
    assert numbers(commerce, "m2") == [THERE]
    assert [each.product_id for each in commerce.list_products("m2", ProductQuery())] == ["P9"]
    assert commerce.get_product("m2", "P9").price == Decimal("499.00")
    with pytest.raises(ProductNotFound):
        commerce.get_product("m2", "P2")
    with pytest.raises(OrderNotFound):
        commerce.get_order("m2", "c1", STALE)


def test_the_platform_sees_all_of_them_and_nothing_stale(commerce: RoutedCommerce) -> None:
    assert numbers(commerce, PLATFORM) == [THERE, HERE]
    assert numbers(commerce, PLATFORM, limit=1) == [THERE]
    for order_no, merchant in ((HERE, "m1"), (THERE, "m2")):
        assert commerce.get_order(PLATFORM, "c1", order_no).merchant_id == merchant
        assert commerce.list_shipments(PLATFORM, "c1", order_no) == []
        assert commerce.list_parts(PLATFORM, "c1", order_no) == []
        assert commerce.get_invoice(PLATFORM, "c1", order_no) is None
    with pytest.raises(OrderNotFound):
        commerce.get_order(PLATFORM, "c1", STALE)
    found = commerce.find_products(PLATFORM, "双面羊毛大衣和降噪耳机")
    assert {each.product_id for each in found} <= {"P1", "P9"}
    assert [each.product_id for each in commerce.list_products(PLATFORM, ProductQuery())] == ["P1", "P9"]
    assert commerce.get_product(PLATFORM, "P9").merchant_id == "m2"
    assert commerce.quote(PLATFORM, "c1", [("P9-0", 2)], now=NOON).goods == Decimal("998.00")
    assert commerce.get_membership(PLATFORM, "c1").level == 0
    assert commerce.list_coupons(PLATFORM, "c1", now=NOON) == []
    assert commerce.list_promotions(PLATFORM, now=NOON) == []


def test_a_write_of_the_platform_goes_where_the_order_is_and_nowhere_else(
    commerce: RoutedCommerce, mall: Engine, theirs: Engine
) -> None:
    here, there = snapshot(mall), snapshot(theirs)

    commerce.change_remark(PLATFORM, "c1", THERE, "请周末送", key="k1", now=NOON)

    assert SqlCommerce(theirs).get_order("m2", "c1", THERE).remark == "请周末送"
    assert (snapshot(mall) == here, snapshot(theirs) == there) == (True, False)
    with pytest.raises(OrderNotFound):
        commerce.change_remark(PLATFORM, "c1", STALE, "请周末送", key="k2", now=NOON)
    assert snapshot(mall) == here

    change_order(theirs, THERE, state="completed", received_at=NOON)
    case = commerce.apply_after_sale(
        PLATFORM, "c1", Application(THERE, AfterSaleKind.RETURN, reason="不想要了"), key="k3", now=NOON
    )
    assert commerce.list_after_sales(PLATFORM, "c1") == [case]
    assert commerce.list_after_sales(PLATFORM, "c1", THERE) == [case]
    assert commerce.list_after_sales(PLATFORM, "c1", HERE) == []
    commerce.withdraw_after_sale(PLATFORM, "c1", case.after_sale_no, key="k4", now=NOON)
    with pytest.raises(AfterSaleNotFound):
        commerce.withdraw_after_sale(PLATFORM, "c1", "AS1", key="k5", now=NOON)
    assert commerce.cancel_order(PLATFORM, "c1", HERE, reason="", key="k6", now=NOON).order.state == "cancelled"


def test_a_system_that_is_down_makes_only_its_own_part_missing(
    commerce: RoutedCommerce, stop: Callable[[], None]
) -> None:
    stop()

    assert numbers(commerce, PLATFORM) == [HERE]
    assert commerce.get_order(PLATFORM, "c1", HERE).order_no == HERE
    for lost in (lambda: numbers(commerce, "m2"), lambda: commerce.get_order(PLATFORM, "c1", THERE)):
        with pytest.raises(BackOfficeDown) as caught:
            lost()
        assert caught.value.tenant == "m2"


def test_a_change_of_configuration_is_taken_up_within_seconds_and_adapters_are_kept(
    mall: Engine, stop: Callable[[], None]
) -> None:
    made: list[BackOffice] = []
    present = [0.0]

    def adapter(office: BackOffice) -> HttpCommerce:
        made.append(office)
        return HttpCommerce(office)

    commerce = RoutedCommerce(mall, seconds=lambda: present[0], adapter=adapter)
    assert numbers(commerce, "m2") == [THERE]
    with writing(mall) as session:
        use_embedded_mall(session, "m2")

    present[0] = SECONDS_KNOWN - 0.1
    assert numbers(commerce, "m2") == [THERE]
    present[0] = SECONDS_KNOWN
    assert numbers(commerce, "m2") == [STALE]
    with writing(mall) as session:
        connect_back_office(session, made[0])
    present[0] = SECONDS_KNOWN * 2
    assert numbers(commerce, "m2") == [THERE]
    present[0] = SECONDS_KNOWN * 3
    assert numbers(commerce, "m2") == [THERE]
    assert made == [made[0]] * 2


def test_the_platform_has_no_system_of_its_own(mall: Engine) -> None:
    before = snapshot(mall)

    with pytest.raises(InvalidBackOffice), writing(mall) as session:
        connect_back_office(session, BackOffice(PLATFORM, "https://oms.example.com", "t"))
    assert snapshot(mall) == before
