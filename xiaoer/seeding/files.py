"""What the data files of a mall may say, entry by entry."""

from __future__ import annotations

from decimal import Decimal
from string import Formatter
from typing import Any, Literal

from pydantic import BaseModel, Field, root_validator, validator

from xiaoer.accounts.model import Role
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState, ShipmentState
from xiaoer.commerce.policy.tables import load_tables
from xiaoer.knowledge.model import Layer
from xiaoer.seeding.spans import Span, dated, length, span

Category = Literal["clothing", "electronics", "food", "fresh", "cosmetics", "home", "books"]
Who = Literal["regular", "frequent", "vip"]
ANCHORS = ("placed", "paid", "shipped", "received")
WORDS = frozenset(
    {
        *("waybill", "service_phone", "origin_city", "origin", "province", "city", "to", "district", "area"),
        *("collector", "collector_phone", "courier", "courier_phone", "code"),
    }
)
"""What the carriers' texts may have in braces."""

WAY = (
    ShipmentState.CREATED,
    ShipmentState.PICKED_UP,
    ShipmentState.IN_TRANSIT,
    ShipmentState.OUT_FOR_DELIVERY,
)
"""States that a parcel goes through before it is signed for."""


class Entry(BaseModel):
    """Anything that a file lists; unknown names are mistakes."""

    class Config:
        """What is accepted."""

        extra = "forbid"
        allow_mutation = False
        arbitrary_types_allowed = True


def spans(*names: str) -> Any:
    """Return a validator that reads stretches of time."""

    def read(value: object) -> Span | None:
        return None if value is None else span(str(value))

    return validator(*names, pre=True, allow_reuse=True)(read)


class AgentEntry(Entry):
    """A person who serves customers."""

    id: str
    name: str
    role: Role

    @validator("role")
    def _serves(cls, role: Role) -> Role:  # noqa: N805
        if not role.serves:
            raise ValueError(f"{role.value} is no role of an agent")
        return role


class FreightEntry(Entry):
    """What a shop takes for sending, in yuan."""

    amount: Decimal
    free_from: Decimal


class TenantEntry(Entry):
    """A merchant, or the platform."""

    id: str
    name: str
    category: str = ""
    level: int = Field(1, ge=0, le=5)
    gmv: Decimal = Decimal(0)
    anonymous_allowed: bool = False
    warehouse_city: str = ""
    ship_within: str = "48h"
    freight: FreightEntry | None = None
    page: str = Field("", max_length=300)
    carriers: list[str] = []
    agents: list[AgentEntry] = []

    @validator("ship_within")
    def _length(cls, text: str) -> str:  # noqa: N805
        length(text)
        return text


class CustomerEntry(Entry):
    """A buyer, with the address that orders go to."""

    id: str
    name: str
    phone: str = Field(regex=r"^1\d{10}$")
    province: str
    city: str
    district: str
    street: str
    vip_level: int = Field(0, ge=0)
    frequent: bool = False

    @property
    def address(self) -> str:
        """The address as it stands on a parcel."""
        return "".join([self.province if self.province != self.city else "", self.city, self.district, self.street])


class VariantEntry(Entry):
    """A variant that colours and sizes alone do not describe."""

    name: str
    color: str = ""
    size: str = ""
    price: Decimal | None = None


class SizeEntry(Entry):
    """A row of a size chart; each range is ``[least, most]``."""

    size: str
    height_cm: tuple[int, int] | None = None
    weight_kg: tuple[int, int] | None = None
    foot_mm: tuple[int, int] | None = None


class ProductEntry(Entry):
    """A product with its variants: the list ``variants``, or else every colour in every size."""

    id: str = Field(regex=r"^P\d{4}$")
    name: str = Field(max_length=120)
    short_name: str = Field(max_length=60)
    category: Category
    goods_class: str = "ordinary"
    price: Decimal = Field(gt=0)
    colors: list[str] = []
    sizes: list[str] = []
    variants: list[VariantEntry] = []
    attributes: dict[str, str]
    size_chart: list[SizeEntry] = []
    stock: dict[str, int]
    sold_out: bool = False
    out_of_stock: list[str] = []
    restock: str | None = None
    ship_within: str | None = None
    on_sale: bool = True

    @validator("goods_class")
    def _known_class(cls, name: str) -> str:  # noqa: N805
        if name not in load_tables().goods:
            raise ValueError(f"{name} is no class of xiaoer/commerce/policy/goods.yml")
        return name

    @validator("restock", "ship_within")
    def _length(cls, text: str | None) -> str | None:  # noqa: N805
        if text is not None:
            length(text)
        return text


class GroupEntry(Entry):
    """A group purchase that is not full yet."""

    size: int = Field(ge=2)
    joined: int = Field(ge=1)


class AfterSaleEntry(Entry):
    """An after-sale case of every order of a scenario."""

    kind: AfterSaleKind
    state: AfterSaleState
    reason: str
    note: str = ""


class InvoiceEntry(Entry):
    """An invoice of every order of a scenario; a personal one bears the customer's name."""

    state: Literal["requested", "issued"]
    company: str = ""
    tax_number: str = ""


class SplitEntry(Entry):
    """A part that an order was split into, with lines of its own."""

    state: OrderState
    lines: int = Field(1, ge=1)
    trace: ShipmentState = ShipmentState.IN_TRANSIT


class Scenario(Entry):
    """Orders of one kind: how many, where they stand, and since when (exactly one of four anchors).

    Attributes:
        placed: How long ago they were placed; likewise ``paid``, ``shipped`` and ``received``.
        quiet: How long ago their parcels were last heard of, where that matters.
        trace: State that their parcels have reached.
        signed: Who signed, where the customer did not: a key of the carriers' wordings.
        waiting: Lines that are not in a parcel yet.
        paid_more: Yuan that a piece cost above today's price.
        other_variant: Whether another variant of the same price must be in stock.
        dear: Whether goods of 5,000 yuan and more are meant; they are left out elsewhere.
        customers: Who ordered, in turn; else ``who`` says which kind of customer.
    """

    name: str
    merchant: str
    count: int = Field(1, ge=1)
    state: OrderState
    placed: Span | None = None
    paid: Span | None = None
    shipped: Span | None = None
    received: Span | None = None
    closes: Span | None = None
    quiet: Span | None = None
    category: Category | None = None
    products: list[str] = []
    lines: int = Field(1, ge=1)
    pieces: int = Field(1, ge=1)
    parcels: int = Field(1, ge=1)
    waiting: int = Field(0, ge=0)
    carrier: str | None = None
    trace: ShipmentState = ShipmentState.IN_TRANSIT
    signed: str = "self"
    paid_more: Decimal = Decimal(0)
    in_stock: bool = False
    other_variant: bool = False
    dear: bool = False
    customers: list[str] = []
    who: Who = "regular"
    group: GroupEntry | None = None
    split: SplitEntry | None = None
    after_sale: AfterSaleEntry | None = None
    invoice: InvoiceEntry | None = None
    remark: str = ""

    _read = spans("placed", "paid", "shipped", "received", "closes", "quiet")

    @root_validator(skip_on_failure=True)
    def _one_anchor(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        given = [name for name in ANCHORS if values[name] is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(ANCHORS)}")
        if values["parcels"] + values["waiting"] > values["lines"]:
            raise ValueError("needs a line for each parcel and each waiting line")
        return values


def _wording(text: str) -> str:
    unknown = {name for _, name, _, _ in Formatter().parse(text) if name is not None} - WORDS
    if unknown:
        raise ValueError(f"{{{unknown.pop()}}} is nothing that is filled in")
    return text


class StepEntry(Entry):
    """A line of a carrier's trace: ``at`` is the share of the way, from 0 (left) to 1 (signed)."""

    state: ShipmentState
    at: float = Field(ge=0, le=1)
    text: str

    _known = validator("text", allow_reuse=True)(_wording)


class CarrierEntry(Entry):
    """A carrier and its words; ``{city}`` and the like are filled in, ``#`` in ``waybill`` stands for a digit."""

    id: str
    name: str
    waybill: str = Field(regex=r"^[A-Z0-9]+#{8,}$")
    service_phone: str
    steps: list[StepEntry]
    signed: dict[str, str]
    exception: list[str] = Field(min_items=1)
    returned: list[str] = Field(min_items=1)

    _known = validator("signed", "exception", "returned", each_item=True, allow_reuse=True)(_wording)

    @validator("steps")
    def _whole_way(cls, steps: list[StepEntry]) -> list[StepEntry]:  # noqa: N805
        if [step.at for step in steps] != sorted(step.at for step in steps):
            raise ValueError("the steps are not in their order")
        if [state for state in WAY if state not in {step.state for step in steps}]:
            raise ValueError(f"needs a step each of {', '.join(state.value for state in WAY)}")
        return steps


class KnowledgeEntry(Entry):
    """A question with its answer; without a layer it is about its product, or else the shop's own rule."""

    question: str = Field(max_length=300)
    similar: list[str]
    answer: str
    layer: Layer | None = None
    product: str | None = None
    label: str = ""
    valid: Span | None = None

    _read = spans("valid")
    _days = validator("answer", allow_reuse=True)(dated)

    @validator("label")
    def _one_product(cls, label: str, values: dict[str, Any]) -> str:  # noqa: N805
        if label and values.get("product"):
            raise ValueError("stands beside a product of the catalogue")
        return label
