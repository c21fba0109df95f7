"""The demo mall, loaded for two quite different moments, with short ways to ask about its orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow, VariantRow
from xiaoer.database import open_engine
from xiaoer.schema import metadata
from xiaoer.seeding import seed

DEMO = Path(__file__).parents[2] / "demo"
MOMENTS = {
    "noon": datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc),
    # Four in the morning of a New Year's Day in Shanghai: other dates, other hours, another year.
    "night": datetime(2027, 12, 31, 20, 3, 27, tzinfo=timezone.utc),
}


@dataclass(frozen=True)
class Mall:
    """A loaded demo mall."""

    session: Session
    now: datetime
    orders: list[OrderRow]
    products: dict[str, ProductRow]
    variants: dict[str, VariantRow]
    cases: dict[str, list[AfterSaleRow]]

    def where(self, *tests: Callable[[OrderRow], bool], **columns: Any) -> list[OrderRow]:
        """Orders with these columns for which all tests hold."""
        return [
            order
            for order in self.orders
            if all(getattr(order, name) == value for name, value in columns.items()) and all(t(order) for t in tests)
        ]

    def of(self, category: str) -> Callable[[OrderRow], bool]:
        return lambda order: all(self.products[line.product_id].category == category for line in order.lines)

    def untouched(self, order: OrderRow) -> bool:
        """There never was an after-sale case."""
        return not self.cases.get(order.order_no)

    def received(self, least: int, most: int) -> Callable[[OrderRow], bool]:
        def test(order: OrderRow) -> bool:
            at = order.received_at
            return at is not None and timedelta(days=least) <= self.now - at <= timedelta(days=most)

        return test

    def available(self, sku_id: str) -> int:
        return sum(place.quantity for place in self.variants[sku_id].stock)

    def in_stock(self, order: OrderRow) -> bool:
        return all(self.available(line.sku_id) > 0 for line in order.lines)

    def has_other(self, order: OrderRow) -> bool:
        """Another variant of the first product has the same price and is in stock."""
        bought = self.variants[order.lines[0].sku_id]
        return any(
            other.sku_id != bought.sku_id and other.price == bought.price and self.available(other.sku_id) > 0
            for other in self.products[bought.product_id].variants
        )

    def price_dropped(self, order: OrderRow) -> bool:
        return any(line.unit_price > self.variants[line.sku_id].price for line in order.lines)

    def amount_of_goods(self, order: OrderRow) -> Decimal:
        return sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))


def per_customer(orders: list[OrderRow]) -> Counter[tuple[str, str]]:
    return Counter((order.merchant_id, order.customer_id) for order in orders)


@pytest.fixture(scope="module", params=MOMENTS)
def mall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    now = MOMENTS[request.param]
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}")
    metadata.create_all(engine)
    seed(engine, DEMO, now=now)
    with Session(engine, future=True) as session:
        cases: dict[str, list[AfterSaleRow]] = {}
        for case in session.scalars(select(AfterSaleRow)):
            cases.setdefault(case.order_no, []).append(case)
        yield Mall(
            session=session,
            now=now,
            orders=list(session.scalars(select(OrderRow).order_by(OrderRow.order_no))),
            products={row.product_id: row for row in session.scalars(select(ProductRow))},
            variants={row.sku_id: row for row in session.scalars(select(VariantRow))},
            cases=cases,
        )
    engine.dispose()
