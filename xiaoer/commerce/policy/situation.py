"""What the rules ask of a case, worked out for each position."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, Liable, OrderState, Shipment, ShipmentState
from xiaoer.commerce.policy.entries import When
from xiaoer.commerce.policy.facts import ORDINARY, CaseFacts, LineFacts
from xiaoer.commerce.policy.tables import Tables
from xiaoer.commerce.policy.terms import Group, NoReason, Opened, ParcelState, Stage

NOT_PROTECTED = frozenset({AfterSaleState.REJECTED, AfterSaleState.WITHDRAWN})
FACT_OF = {
    "kinds": "kind",
    "reasons": "reason",
    "groups": "group",
    "stages": "stage",
    "classes": "goods_class",
    "categories": "category",
    "no_reason": "no_reason",
    "opened": "opened",
    "parcels": "parcel",
    "liable": "liable",
}
"""Which field of a situation each list of conditions is about."""


@dataclass(frozen=True)
class Situation:
    """A case as one of its positions sees it.

    Attributes:
        kind: What is asked for.
        reason: Reason code, or empty.
        group: Group of the reason.
        stage: Where the position stands.
        goods_class: Class of its goods.
        category: Category of its goods.
        no_reason: Whether its goods can be returned without a reason here.
        opened: Whether they were opened.
        parcel: Where its parcel stands.
        late: Whether it left, or still waits, after the promised time.
        mishap: Whether the carrier reported trouble on the way.
        cheaper: Whether it costs less now than was paid.
        protected: Whether a fall of its price was made good already, or is being.
        received_at: When it was received, or ``None``.
        now: The present moment.
        price: Yuan of its pieces before what the whole order had off.
        bought_at: Yuan a piece cost.
        now_at: Yuan a piece costs now, as far as that is known.
        liable: Who answers, once that is decided.
    """

    kind: AfterSaleKind
    reason: str
    group: Group
    stage: Stage
    goods_class: str
    category: str
    no_reason: NoReason
    opened: Opened
    parcel: ParcelState
    late: bool
    mishap: bool
    cheaper: bool
    protected: bool
    received_at: datetime | None
    now: datetime
    price: Decimal
    bought_at: Decimal
    now_at: Decimal
    liable: Liable = Liable.NONE


def situations(facts: CaseFacts, tables: Tables) -> list[Situation]:
    """Return the case as each of its positions sees it; one without a position where none is meant."""
    return [_situation(facts, tables, each) for each in facts.lines or (None,)]


def holds(when: When, situation: Situation, tables: Tables) -> bool:
    """Return whether all conditions of a rule hold."""
    for name, wanted in when.conditions.items():
        if name in FACT_OF:
            if getattr(situation, FACT_OF[name]) not in wanted:
                return False
        elif name in ("within", "after"):
            limit = limit_of(when, situation, tables)
            if limit is None or (situation.now < limit) is not (name == "within"):
                return False
        elif getattr(situation, name) is not wanted:
            return False
    return True


def limit_of(when: When, situation: Situation, tables: Tables) -> datetime | None:
    """Return the moment at which the time of a rule is over, or ``None`` where none runs."""
    name = when.within or when.after
    if name is None or situation.received_at is None:
        return None
    return tables.ends(name, situation.received_at)


def _situation(facts: CaseFacts, tables: Tables, line: LineFacts | None) -> Situation:
    parcel = None if line is None else _parcel(facts, line)
    stage = _stage(facts, line, parcel)
    reason = tables.reasons.get(facts.reason_code)
    goods_class = ORDINARY if line is None or line.goods_class not in tables.goods else line.goods_class
    price = Decimal(0) if line is None else line.line.unit_price * line.quantity
    drop = Decimal(0) if line is None else drop_of(line)
    return Situation(
        kind=facts.kind,
        reason="" if reason is None else reason.code,
        group=Group.UNSTATED if reason is None else reason.group,
        stage=stage,
        goods_class=goods_class,
        category="" if line is None else line.category,
        no_reason=tables.goods[goods_class].no_reason,
        opened={None: Opened.UNKNOWN, True: Opened.YES, False: Opened.NO}[facts.opened],
        parcel=_parcel_state(parcel, facts.now, tables),
        late=_late(facts),
        mishap=parcel is not None and any(event.state is ShipmentState.EXCEPTION for event in parcel.events),
        cheaper=drop > 0,
        protected=line is not None and _protected(facts, line.line.line_id),
        received_at=_received_at(facts, parcel) if stage is Stage.RECEIVED else None,
        now=facts.now,
        price=price,
        bought_at=Decimal(0) if line is None else line.line.unit_price,
        now_at=Decimal(0) if line is None else line.line.unit_price - drop,
    )


def _stage(facts: CaseFacts, line: LineFacts | None, parcel: Shipment | None) -> Stage:
    order = facts.order
    if order.state in (OrderState.CANCELLED, OrderState.CLOSED):
        return Stage.OVER
    if order.state is OrderState.PENDING_PAYMENT or (order.state is OrderState.PENDING_GROUP and order.paid_at is None):
        return Stage.UNPAID
    if line is None:
        return Stage.NOTHING
    # Of orders that another system ships no parcel may be known: then the order's state counts.
    left = line.line.shipped or order.state in (OrderState.SHIPPED, OrderState.COMPLETED)
    if not left:
        meant = {each.line.line_id: each.quantity for each in facts.lines}
        whole = all(meant.get(each.line_id, 0) >= each.quantity for each in order.lines)
        return Stage.UNSHIPPED if whole and order.state is not OrderState.PARTIALLY_SHIPPED else Stage.WAITING
    if parcel is not None and parcel.state is ShipmentState.RETURNED:
        return Stage.SENT_BACK
    delivered = parcel is not None and parcel.state is ShipmentState.DELIVERED
    return Stage.RECEIVED if delivered or order.state is OrderState.COMPLETED else Stage.UNDER_WAY


def _parcel(facts: CaseFacts, line: LineFacts) -> Shipment | None:
    """Return the parcel with a position: the one that names it, or else the only one."""
    name = line.line.product_name + (f"({line.line.variant})" if line.line.variant else "")
    named = [each for each in facts.parcels if any(content.startswith(f"{name}×") for content in each.contents)]
    if named:
        return named[0]
    return facts.parcels[0] if len(facts.parcels) == 1 else None


def _parcel_state(parcel: Shipment | None, now: datetime, tables: Tables) -> ParcelState:
    if parcel is None:
        return ParcelState.NONE
    settled = {
        ShipmentState.DELIVERED: ParcelState.DELIVERED,
        ShipmentState.EXCEPTION: ParcelState.EXCEPTION,
        ShipmentState.RETURNED: ParcelState.RETURNED,
    }
    if parcel.state in settled:
        return settled[parcel.state]
    quiet = now - parcel.moved_at >= timedelta(hours=tables.stuck_hours)
    return ParcelState.STUCK if quiet else ParcelState.MOVING


def _received_at(facts: CaseFacts, parcel: Shipment | None) -> datetime:
    """Return when a position was received; where nobody knows, its time has only begun."""
    signed = None if parcel is None else parcel.delivered_at
    return signed or facts.order.received_at or facts.now


def _late(facts: CaseFacts) -> bool:
    order = facts.order
    if order.ship_by is None or order.paid_at is None:
        return False
    return (order.shipped_at or facts.now) > order.ship_by


def drop_of(line: LineFacts) -> Decimal:
    """Return by how many yuan a piece has become cheaper, as far as its price is known."""
    return Decimal(0) if line.price is None else max(line.line.unit_price - line.price, Decimal(0))


def _protected(facts: CaseFacts, line_id: int) -> bool:
    return any(
        case.kind is AfterSaleKind.PRICE_PROTECTION
        and case.state not in NOT_PROTECTED
        and (not case.lines or line_id in {each.line_id for each in case.lines})
        for case in facts.cases
    )
