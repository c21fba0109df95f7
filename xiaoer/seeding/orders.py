"""Orders: every scenario of the data files becomes as many orders as it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from xiaoer.commerce.model import ShipmentState
from xiaoer.commerce.tables import AfterSaleRow, InvoiceRow, OrderLineRow, OrderRow, ShipmentRow
from xiaoer.seeding.aftermath import after_sale, invoice
from xiaoer.seeding.catalogue import DEAR, Catalogue, Sku
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.errors import SeedError
from xiaoer.seeding.files import CustomerEntry, Scenario, SplitEntry, TenantEntry
from xiaoer.seeding.numbers import Numbers
from xiaoer.seeding.parcels import ParcelMaker
from xiaoer.seeding.reading import Mall
from xiaoer.seeding.spans import Span, length
from xiaoer.seeding.times import HOUR, Times, as_far_as, times_of

QUIET = Span(2 * HOUR, 12 * HOUR)
"""How long ago a parcel under way was last heard of, where the scenario does not say."""

PAYMENT_TIME = 24 * HOUR
CHEAP = Decimal(300)
"""Of goods below this price people buy several pieces at once."""


@dataclass(frozen=True)
class Orders:
    """Rows of orders and of what came of them."""

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
                raise SeedError("orders.yml", f"entry {number} ({scenario.name})", str(error)) from error
        return made

    def _make(self, scenario: Scenario, turn: int, made: Orders) -> None:
        chance = Chance(f"{scenario.merchant}/{scenario.name}/{turn}")
        customer = self._customer(scenario, turn, chance)
        times = times_of(scenario, chance, self._now)
        split = scenario.split
        lines = [_line(sku, scenario, chance) for sku in self._choose(scenario, chance)]
        freight = _freight(self._mall.tenants[scenario.merchant], lines)
        order = self._order(scenario, customer, times, lines[: scenario.lines], freight=freight, chance=chance)
        made.orders.append(order)
        if split is not None:
            rest = lines[scenario.lines :]
            inner, part_times = chance.inner("part"), as_far_as(times, split.state)
            part = self._order(_part_of(scenario, split), customer, part_times, rest, freight=Decimal(0), chance=inner)
            part.parent_order_no = order.order_no
            made.orders.append(part)
        if scenario.after_sale is not None:
            made.after_sales.append(after_sale(order, scenario, self._numbers, chance, self._now))
        if scenario.invoice is not None:
            made.invoices.append(invoice(order, scenario.invoice, customer, chance, self._now))

    def _customer(self, scenario: Scenario, turn: int, chance: Chance) -> CustomerEntry:
        """Return who orders: those named, in turn, or the one of the right kind who has bought least here."""
        if scenario.customers:
            customer = self._mall.customers[scenario.customers[turn % len(scenario.customers)]]
        else:
            pool = [each for each in self._mall.customers.values() if _is(each, scenario)]
            customer = min(chance.shuffle("customer", pool), key=lambda each: self._bought[scenario.merchant, each.id])
        self._bought[scenario.merchant, customer.id] += 1
        return customer

    def _choose(self, scenario: Scenario, chance: Chance) -> list[Sku]:
        """Return one variant each of as many products as the order and its part have lines.

        Raises:
            LookupError: If too few products fit the scenario.
        """
        count = scenario.lines + (scenario.split.lines if scenario.split else 0)
        fitting = [sku for sku in self._catalogue.skus[scenario.merchant] if _fits(sku, scenario)]
        products = sorted({sku.product.id for sku in fitting})
        if len(products) < count:
            raise LookupError(f"needs {count} products at once, and {len(products)} fit")
        return [
            chance.pick(f"variant {product}", [sku for sku in fitting if sku.product.id == product])
            for product in chance.shuffle("products", products)[:count]
        ]

    def _order(
        self,
        scenario: Scenario,
        customer: CustomerEntry,
        times: Times,
        lines: list[tuple[Sku, OrderLineRow]],
        *,
        freight: Decimal,
        chance: Chance,
    ) -> OrderRow:
        merchant = self._mall.tenants[scenario.merchant]
        promised = max(length(sku.product.ship_within or merchant.ship_within) for sku, _ in lines)
        return OrderRow(
            order_no=self._numbers.order(times.created, chance),
            merchant_id=merchant.id,
            customer_id=customer.id,
            state=scenario.state.value,
            amount=_goods(lines) + freight,
            freight=freight,
            created_at=times.created,
            paid_at=times.paid,
            shipped_at=times.shipped,
            received_at=times.received,
            ship_by=None if times.paid is None else times.paid + promised,
            closes_at=self._closes(scenario, times, chance),
            group_size=scenario.group.size if scenario.group else None,
            group_joined=scenario.group.joined if scenario.group else None,
            receiver_name=customer.name,
            receiver_phone=customer.phone,
            receiver_address=customer.address,
            remark=scenario.remark,
            lines=[row for _, row in lines],
            shipments=self._pack([row for _, row in lines], scenario, customer, times, chance),
        )

    def _closes(self, scenario: Scenario, times: Times, chance: Chance) -> datetime | None:
        if scenario.closes is not None:
            return self._now + chance.length("closes", scenario.closes)
        return times.created + PAYMENT_TIME if times.paid is None else None

    def _pack(
        self, lines: list[OrderLineRow], scenario: Scenario, customer: CustomerEntry, times: Times, chance: Chance
    ) -> list[ShipmentRow]:
        """Return the parcels of an order; of several the last is the one that the order's own times are about."""
        if times.shipped is None:
            return []
        merchant = self._mall.tenants[scenario.merchant]
        carrier = scenario.carrier or chance.pick("carrier", merchant.carriers)
        packed = lines[: len(lines) - scenario.waiting]
        parcels = []
        for at in range(scenario.parcels):
            inner = chance.inner(f"parcel {at}")
            left = times.shipped + min(6 * HOUR, (self._now - times.shipped) / 8) * at
            parcel = self._parcels.make(
                carrier,
                merchant,
                customer,
                inner,
                state=ShipmentState.DELIVERED if times.received else scenario.trace,
                shipped_at=left,
                last_at=self._last(scenario, times, left, scenario.parcels - 1 - at, inner),
                signed=scenario.signed,
            )
            parcel.lines = packed[at :: scenario.parcels]
            parcels.append(parcel)
        return parcels

    def _last(self, scenario: Scenario, times: Times, left: datetime, behind: int, chance: Chance) -> datetime:
        """Return when a parcel was last heard of; ``behind`` parcels of its order came after it."""
        if times.received is not None:
            return times.received - (times.received - left) / 5 * behind
        if scenario.quiet is not None:
            return chance.moment("quiet", scenario.quiet, self._now)
        return max(self._now - chance.length("quiet", QUIET), left + (self._now - left) / 2)


def _is(customer: CustomerEntry, scenario: Scenario) -> bool:
    if scenario.who == "vip":
        return customer.vip_level > 0
    return customer.vip_level == 0 and (customer.frequent or scenario.who == "regular")


def _part_of(scenario: Scenario, split: SplitEntry) -> Scenario:
    """Return what a part of an order is like; what the scenario says of the whole order stays with the first part."""
    ends = {"parcels": 1, "waiting": 0, "group": None, "quiet": None, "remark": ""}
    return scenario.copy(update={"state": split.state, "trace": split.trace, **ends})


def _fits(sku: Sku, scenario: Scenario) -> bool:
    named = sku.product.id in scenario.products
    return (
        (named or (not scenario.products and sku.product.on_sale))
        and (scenario.category is None or sku.product.category == scenario.category)
        and (named or (sku.price >= DEAR) == scenario.dear)
        and (sku.available > 0 or not scenario.in_stock)
        and (sku.has_other or not scenario.other_variant)
    )


def _line(sku: Sku, scenario: Scenario, chance: Chance) -> tuple[Sku, OrderLineRow]:
    several = scenario.pieces if sku.price < CHEAP else 1
    return sku, OrderLineRow(
        product_id=sku.product.id,
        sku_id=sku.sku_id,
        product_name=sku.product.name,
        variant=sku.name,
        quantity=chance.number(f"quantity {sku.sku_id}", 1, several),
        unit_price=sku.price + scenario.paid_more,
    )


def _goods(lines: list[tuple[Sku, OrderLineRow]]) -> Decimal:
    return sum((row.unit_price * row.quantity for _, row in lines), Decimal(0))


def _freight(merchant: TenantEntry, lines: list[tuple[Sku, OrderLineRow]]) -> Decimal:
    free = merchant.freight is None or _goods(lines) >= merchant.freight.free_from
    return Decimal(0) if merchant.freight is None or free else merchant.freight.amount
