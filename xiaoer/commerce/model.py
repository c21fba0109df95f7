"""Value objects of commerce: what the port gives, whichever adapter stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


class OrderState(str, Enum):
    """Where an order stands."""

    PENDING_PAYMENT = "pending_payment"
    PENDING_GROUP = "pending_group"
    PAID = "paid"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ShipmentState(str, Enum):
    """Where a parcel stands."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"


class AfterSaleKind(str, Enum):
    """What a customer asks for after the sale."""

    RETURN = "return"
    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    PRICE_PROTECTION = "price_protection"


class AfterSaleState(str, Enum):
    """Where an after-sale case stands."""

    PENDING_REVIEW = "pending_review"
    APPROVED = "approved"
    AWAITING_RETURN = "awaiting_return"
    RETURNING = "returning"
    RECEIVED = "received"
    REFUNDING = "refunding"
    COMPLETED = "completed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class OrderLine:
    """One position of an order.

    Attributes:
        line_id: Number of the line, unique in the database.
        product_id: Product bought.
        sku_id: Variant bought.
        product_name: Name at the time of the order.
        variant: Variant as people read it, for example ``黑色 XL``; empty where there is only one.
        quantity: Pieces.
        unit_price: Yuan per piece at the time of the order.
        shipped: Whether the line is in a parcel.
    """

    line_id: int
    product_id: str
    sku_id: str
    product_name: str
    variant: str
    quantity: int
    unit_price: Decimal
    shipped: bool


@dataclass(frozen=True)
class ShipmentEvent:
    """One line of a carrier's trace.

    Attributes:
        at: When it happened.
        state: State of the parcel from then on.
        text: The carrier's words.
    """

    at: datetime
    state: ShipmentState
    text: str


@dataclass(frozen=True)
class Shipment:
    """A parcel.

    Attributes:
        shipment_id: Number of the parcel, unique in the database.
        order_no: Order that it belongs to.
        carrier: Code of the carrier (``sf``, ``zto``, ``yto``, ``jd``).
        carrier_name: Its name as people know it.
        waybill_no: Tracking number.
        state: Where the parcel stands.
        created_at: When the waybill was made.
        delivered_at: When it was signed for.
        events: The trace, oldest first.
        contents: What is in it, as people read it.
        as_of: When the carrier was last heard of, where it can't be asked just now; ``None`` where this is the present
            state of things.
    """

    shipment_id: int
    order_no: str
    carrier: str
    carrier_name: str
    waybill_no: str
    state: ShipmentState
    created_at: datetime
    delivered_at: datetime | None
    events: tuple[ShipmentEvent, ...]
    contents: tuple[str, ...]
    as_of: datetime | None = None

    @property
    def moved_at(self) -> datetime:
        """When the parcel was last heard of."""
        return self.events[-1].at if self.events else self.created_at


@dataclass(frozen=True)
class Order:
    """An order with its lines.

    Attributes:
        order_no: 18 digits, the first eight of them the day of the order.
        merchant_id: Shop that sold.
        customer_id: Buyer.
        state: Where the order stands.
        amount: What the buyer pays, in yuan, freight included.
        freight: Freight in yuan.
        created_at: When it was placed.
        paid_at: When it was paid.
        shipped_at: When its first parcel left.
        received_at: When its last parcel was signed for.
        ship_by: Until when the merchant promised to ship.
        closes_at: Until when it must be paid, or its group filled.
        group_size: Buyers that a group purchase needs; ``None`` for other orders.
        group_joined: Buyers that have joined so far.
        parent_order_no: The order that this one was split from.
        receiver_name: Recipient.
        receiver_phone: The recipient's phone.
        receiver_address: Where it goes.
        remark: What the buyer noted on it.
        lines: Its positions.
    """

    order_no: str
    merchant_id: str
    customer_id: str
    state: OrderState
    amount: Decimal
    freight: Decimal
    created_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    ship_by: datetime | None
    closes_at: datetime | None
    group_size: int | None
    group_joined: int | None
    parent_order_no: str | None
    receiver_name: str
    receiver_phone: str
    receiver_address: str
    remark: str
    lines: tuple[OrderLine, ...]

    @property
    def summary(self) -> str:
        """What was bought, as people read it, for example ``羊毛大衣(黑色 L)等2件``."""
        first = self.lines[0]
        text = first.product_name + (f"({first.variant})" if first.variant else "")
        pieces = sum(line.quantity for line in self.lines)
        return text if pieces == 1 else f"{text}等{pieces}件"


class Liable(str, Enum):
    """Who answers for what went wrong."""

    PLATFORM = "platform"
    MERCHANT = "merchant"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    CUSTOMER = "customer"
    NONE = "none"


@dataclass(frozen=True)
class AfterSaleLine:
    """A position of an order that an after-sale case is about.

    Attributes:
        line_id: The order's line.
        quantity: Pieces of it.
        sku_id: Variant wanted in exchange, or ``None``.
    """

    line_id: int
    quantity: int
    sku_id: str | None = None


@dataclass(frozen=True)
class AfterSale:
    """An after-sale case.

    Attributes:
        after_sale_no: ``AS`` and 14 digits.
        order_no: Order that it is about.
        merchant_id: Shop that sold.
        customer_id: Buyer.
        kind: What is asked for.
        state: Where it stands.
        reason: Why, in the buyer's words.
        amount: Yuan that go back; zero for exchanges and repairs.
        created_at: When it was filed.
        updated_at: When its state last changed.
        note: What the merchant last said of it.
        remark: What the buyer said beside the reason.
        lines: What it is about; empty where it is about the whole order.
        reason_code: Why, as one of the fixed codes; empty where none fits.
        evidence: Pictures and videos, by upload id or address.
        pickup: Whether the carrier fetches the goods at the customer's door.
        liable: Who answers for it.
        freight_payer: Who pays for sending goods back.
        rules: Ids of the rules that decided on it, the deciding one first.
        explanation: The decision in a sentence that customers read.
        parts: Yuan of ``amount`` for each of ``lines``, in their order; empty where nobody has divided it.
    """

    after_sale_no: str
    order_no: str
    merchant_id: str
    customer_id: str
    kind: AfterSaleKind
    state: AfterSaleState
    reason: str
    amount: Decimal
    created_at: datetime
    updated_at: datetime
    note: str
    remark: str = ""
    lines: tuple[AfterSaleLine, ...] = ()
    reason_code: str = ""
    evidence: tuple[str, ...] = ()
    pickup: bool = False
    liable: Liable = Liable.NONE
    freight_payer: Liable = Liable.NONE
    rules: tuple[str, ...] = ()
    explanation: str = ""
    parts: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class Variant:
    """One kind of a product that can be bought.

    Attributes:
        sku_id: Its number.
        name: As people read it, for example ``黑色 XL``; empty where there is only one.
        color: Its colour, or empty.
        size: Its size, or empty.
        price: Yuan.
        stock: Pieces per warehouse name.
    """

    sku_id: str
    name: str
    color: str
    size: str
    price: Decimal
    stock: dict[str, int]

    @property
    def available(self) -> int:
        """Pieces in all warehouses together."""
        return sum(self.stock.values())


@dataclass(frozen=True)
class Product:
    """A product of one merchant.

    Attributes:
        product_id: Its number.
        merchant_id: Shop that sells it.
        name: As the shop calls it.
        short_name: As people call it.
        category: ``clothing, electronics, food, fresh, cosmetics, home, books``.
        price: Lowest price of its variants, in yuan.
        on_sale: Whether it can be bought at all.
        attributes: What the shop says of it, name by value (``材质`` → ``羊毛``).
        size_chart: Rows of the size chart, each with ``size`` and, as far as they matter, ``height_cm``, ``weight_kg``
            and ``foot_mm`` as ``[least, most]``; empty where sizes do not matter.
        restock_at: When more is expected.
        variants: What can be bought.
        goods_class: What the right to return without a reason depends on, a name of
            ``xiaoer/commerce/policy/goods.yml``.
    """

    product_id: str
    merchant_id: str
    name: str
    short_name: str
    category: str
    price: Decimal
    on_sale: bool
    attributes: dict[str, str]
    size_chart: tuple[dict[str, object], ...]
    restock_at: datetime | None
    variants: tuple[Variant, ...]
    goods_class: str = "ordinary"


@dataclass(frozen=True)
class Promotion:
    """A campaign of a merchant or of the platform.

    Attributes:
        promotion_id: Its number.
        scope: Merchant id, or ``platform``.
        name: As customers know it.
        description: Its rule in the words that customers read.
        starts_at: When it begins.
        ends_at: When it ends.
    """

    promotion_id: str
    scope: str
    name: str
    description: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Invoice:
    """An invoice asked for.

    Attributes:
        order_no: Order that it is about.
        kind: ``personal`` or ``company``.
        title: Name on it.
        tax_number: The company's number, or empty.
        email: Where it is sent.
        state: ``requested`` or ``issued``.
    """

    order_no: str
    kind: str
    title: str
    tax_number: str
    email: str
    state: str


@dataclass(frozen=True)
class Reminder:
    """A customer's wish, put before the merchant, that an order be shipped.

    Attributes:
        order_no: Order that should be shipped.
        day: Day in Shanghai; an order has one a day.
        created: Whether this call wrote it, rather than an earlier one of the same day.
        at: When it was put, or ``None`` where the shop system does not say.
    """

    order_no: str
    day: date
    created: bool
    at: datetime | None = None


@dataclass(frozen=True)
class OrderQuery:
    """What to look for among a customer's orders; empty fields do not restrict.

    Attributes:
        states: Only orders in one of these.
        product_id: Only orders with this product.
        limit: At most so many, newest first.
    """

    states: frozenset[OrderState] = field(default_factory=frozenset)
    product_id: str | None = None
    limit: int = 5


@dataclass(frozen=True)
class ProductQuery:
    """What to look for among the products that can be bought now; empty fields do not restrict.

    Attributes:
        words: Words of which a name, a category or an attribute must have some.
        least: Lowest price in yuan.
        most: Highest price in yuan.
        limit: At most so many, those that fit best first, and among equals those with most pieces.
    """

    words: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    limit: int = 3
