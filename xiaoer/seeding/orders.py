"""Orders: every scenario of the data files becomes as many orders as it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from xiaoer.commerce.model import OrderState, ShipmentState
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderLineRow, OrderRow
from xiaoer.seeding.aftermath import after_sale, invoice
from xiaoer.seeding.catalogue import DEAR, Catalogue, Sku
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.errors import SeedError
from xiaoer.seeding.files import CustomerEntry, Scenario, SplitEntry
from xiaoer.seeding.numbers import Numbers
from xiaoer.seeding.parcels import ParcelMaker, moving_for
from xiaoer.seeding.reading import Mall
from xiaoer.seeding.spans import Span, length

HOUR = timedelta(hours=1)
TRAVEL = Span(42 * HOUR, 80 * HOUR)
FRESH_TRAVEL = Span(20 * HOUR, 32 * HOUR)
PACKING = Span(4 * HOUR, 30 * HOUR)
PAYING = Span(timedelta(minutes=1), timedelta(minutes=25))
QUIET = Span(2 * HOUR, 12 * HOUR)
PAYMENT_TIME = 24 * HOUR
CHEAP = Decimal(300)
"""Of goods below this price people buy several pieces at once."""


@dataclass(frozen=True)
class Times:
    """When an order went through its states; ``None`` for those that it has not reached."""

    created: datetime
    paid: datetime | None = None
    shipped: datetime | None = None
    received: datetime | None = None


@dataclass
class Orders:
    """Rows of orders and of what came of them, in the order in which they can be written."""

    orders: list[OrderRow]
    after_sales: list[AfterSaleRow]
    invoices: list[InvoiceRow]


class OrderMaker:
    """Turns scenarios into orders."""

    def __init__(self, mall: Mall, catalogue: Catalogue, now: datetime) -> None:
        """Take what the files say, the products, and the present moment."""
        self._mall = mall
        self._catalogue = catalogue
        self._now = now
        self._numbers = Numbers()
        self._parcels = ParcelMaker(mall.carriers, self._numbers)
        self._bought: Counter[tuple[str, str]] = Counter()

    def make_all(self) -> Orders:
        """Return the orders of all scenarios.

        Raises:
            SeedError: If a scenario asks for what the other files do not have.
        """
        made = Orders([], [], [])
        for number, scenario in enumerate(self._mall.scenarios, 1):
            try:
                for turn in range(scenario.count):
                    self._make(scenario, turn, made)
            except (LookupError, ValueError) as error:
                place = f"entry {number} ({scenario.name})"
                raise SeedError("orders.yml", place, f"nothing fits: {error}") from error
        return made

    def _make(self, scenario: Scenario, turn: int, made: Orders) -> None:
        chance = Chance(f"{scenario.merchant}/{scenario.name}/{turn}")
        customer = self._customer(scenario, turn, chance)
        times = self._times(scenario, chance)
        skus = self._choose(scenario, scenario.lines + (scenario.split.lines if scenario.split else 0), chance)
        order = self._order(scenario, customer, times, skus[: scenario.lines], chance)
        made.orders.append(order)
        if scenario.split is not None:
            part = _part_of(scenario, scenario.split)
            part_times = _as_far_as(times, part.state)
            part_order = self._order(
                part, customer, part_times, skus[scenario.lines :], Chance(f"{scenario.name}/{turn}/part")
            )
            part_order.parent_order_no = order.order_no
            made.orders.append(part_order)
        if scenario.after_sale is not None:
            made.after_sales.append(after_sale(order, scenario, self._numbers, chance, self._now))
        if scenario.invoice is not None:
            made.invoices.append(invoice(order, scenario.invoice, customer, chance, self._now))

    def _customer(self, scenario: Scenario, turn: int, chance: Chance) -> CustomerEntry:
        """Return who orders: those named, in turn, or the one of the right kind who has bought least here."""
        if scenario.customers:
            customer = self._mall.customers[scenario.customers[turn % len(scenario.customers)]]
        else:
            kinds = {
                "vip": [each for each in self._mall.customers.values() if each.vip_level > 0],
                "frequent": [each for each in self._mall.customers.values() if each.frequent],
                "regular": [each for each in self._mall.customers.values() if each.vip_level == 0],
            }
            pool = chance.shuffle("customer", kinds[scenario.who])
            customer = min(pool, key=lambda each: self._bought[scenario.merchant, each.id])
        self._bought[scenario.merchant, customer.id] += 1
        return customer

    def _times(self, scenario: Scenario, chance: Chance) -> Times:
        """Return the times of an order, counted back from the one that the scenario fixes."""
        received = shipped = paid = None
        if scenario.received is not None:
            received = chance.moment("received", scenario.received, self._now)
            travel = FRESH_TRAVEL if scenario.category == "fresh" else TRAVEL
            shipped = received - chance.length("travel", travel)
        elif scenario.shipped is not None:
            shipped = chance.moment("shipped", scenario.shipped, self._now)
        elif scenario.paid is not None:
            paid = chance.moment("paid", scenario.paid, self._now)
        elif scenario.placed is not None:
            return Times(chance.moment("placed", scenario.placed, self._now))
        if shipped is not None:
            paid = shipped - chance.length("packing", PACKING)
        if paid is None:
            raise ValueError("no time is given")
        return Times(paid - chance.length("paying", PAYING), paid, shipped, received)

    def _choose(self, scenario: Scenario, count: int, chance: Chance) -> list[Sku]:
        """Return one variant each of as many products as wanted."""
        fitting = [sku for sku in self._catalogue.skus[scenario.merchant] if _fits(sku, scenario)]
        products = sorted({sku.product.id for sku in fitting})
        if len(products) < count:
            raise LookupError(f"{count} products are wanted, and {len(products)} fit")
        chosen = chance.shuffle("products", products)[:count]
        return [
            chance.pick(f"variant {product}", [sku for sku in fitting if sku.product.id == product])
            for product in chosen
        ]

    def _order(
        self, scenario: Scenario, customer: CustomerEntry, times: Times, skus: list[Sku], chance: Chance
    ) -> OrderRow:
        merchant = self._mall.tenants[scenario.merchant]
        lines = [_line(sku, scenario, chance) for sku in skus]
        goods = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
        free = merchant.freight is None or goods >= merchant.freight.free_from
        freight = Decimal(0) if merchant.freight is None or free else merchant.freight.amount
        order = OrderRow(
            order_no=self._numbers.order(times.created, chance),
            merchant_id=merchant.id,
            customer_id=customer.id,
            state=scenario.state.value,
            amount=goods + freight,
            freight=freight,
            created_at=times.created,
            paid_at=times.paid,
            shipped_at=times.shipped,
            received_at=times.received,
            ship_by=None if times.paid is None else times.paid + length(merchant.ship_within),
            closes_at=self._closes(scenario, times, chance),
            group_size=scenario.group.size if scenario.group else None,
            group_joined=scenario.group.joined if scenario.group else None,
            receiver_name=customer.name,
            receiver_phone=customer.phone,
            receiver_address=customer.address,
            remark=scenario.remark,
            lines=lines,
        )
        if times.shipped is not None:
            self._pack(order, scenario, customer, times, times.shipped, chance)
        return order

    def _closes(self, scenario: Scenario, times: Times, chance: Chance) -> datetime | None:
        if scenario.closes is not None:
            return self._now + chance.length("closes", scenario.closes)
        return times.created + PAYMENT_TIME if times.paid is None else None

    def _pack(
        self,
        order: OrderRow,
        scenario: Scenario,
        customer: CustomerEntry,
        times: Times,
        first: datetime,
        chance: Chance,
    ) -> None:
        """Put the order's lines into parcels; the last parcel is the one that the order's own times are about."""
        merchant = self._mall.tenants[scenario.merchant]
        lines = order.lines[: len(order.lines) - scenario.waiting]
        carrier = scenario.carrier or chance.pick("carrier", merchant.carriers)
        for at in range(scenario.parcels):
            inner = Chance(f"{order.order_no}/parcel {at}")
            gap = timedelta(0) if at == 0 else min(6 * HOUR, (self._now - first) / 8) * at
            parcel = self._parcels.make(
                carrier,
                merchant,
                customer,
                inner,
                state=ShipmentState.DELIVERED if times.received else scenario.trace,
                shipped_at=first + gap,
                last_at=self._last(scenario, times, first + gap, scenario.parcels - 1 - at, inner),
                signed=scenario.signed,
            )
            parcel.lines = lines[at :: scenario.parcels]
            order.shipments.append(parcel)

    def _last(self, scenario: Scenario, times: Times, left: datetime, behind: int, chance: Chance) -> datetime:
        """Return when a parcel was last heard of; ``behind`` parcels of its order came after it."""
        if times.received is not None:
            return times.received - (times.received - left) / 5 * behind
        if scenario.quiet is not None:
            return self._now - chance.length("quiet", scenario.quiet)
        return moving_for(left, self._now, chance.length("quiet", QUIET))


def _part_of(scenario: Scenario, split: SplitEntry) -> Scenario:
    return scenario.copy(
        update={
            "state": split.state,
            "lines": split.lines,
            "trace": split.trace,
            "parcels": 1,
            "waiting": 0,
            "split": None,
            "after_sale": None,
            "invoice": None,
            "remark": "",
        }
    )


def _as_far_as(times: Times, state: OrderState) -> Times:
    if state is OrderState.PAID:
        return replace(times, shipped=None, received=None)
    return times if state is OrderState.COMPLETED else replace(times, received=None)


def _fits(sku: Sku, scenario: Scenario) -> bool:
    named = sku.product.id in scenario.products
    return (
        (named or (not scenario.products and sku.product.on_sale))
        and (scenario.category is None or sku.product.category == scenario.category)
        and (named or (sku.price >= DEAR) == scenario.dear)
        and (sku.available > 0 or not scenario.in_stock)
        and (sku.has_other or not scenario.other_variant)
    )


def _line(sku: Sku, scenario: Scenario, chance: Chance) -> OrderLineRow:
    several = scenario.pieces if sku.price < CHEAP else 1
    return OrderLineRow(
        product_id=sku.product.id,
        sku_id=sku.sku_id,
        product_name=sku.product.name,
        variant=sku.name,
        quantity=chance.number(f"quantity {sku.sku_id}", 1, several),
        unit_price=sku.price + scenario.paid_more,
    )
