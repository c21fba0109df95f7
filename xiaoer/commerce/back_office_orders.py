"""What the merchant's people do with orders and parcels, on the tables of the embedded mall."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce import claims, rows
from xiaoer.commerce.audit import Call, Done, perform
from xiaoer.commerce.cases import cases_of
from xiaoer.commerce.errors import InvalidRequest, ShipmentNotFound, StateForbids
from xiaoer.commerce.model import Order, OrderState, Shipment, ShipmentState
from xiaoer.commerce.ownership import lock_order, of_tenant
from xiaoer.commerce.states import PARCEL_OVER, OrderEvent, order_after
from xiaoer.commerce.tables import OrderLineRow, OrderRow, ShipmentEventRow, ShipmentRow
from xiaoer.commerce.wellformed import checked_text
from xiaoer.commerce.wire import orders as wire
from xiaoer.commerce.wire.values import encoded

WAYBILL = re.compile(r"[A-Z0-9-]{6,40}")
CARRIER_LENGTH = (1, 16)
CARRIER_NAME_LENGTH = (1, 32)
TRACE_LENGTH = (1, 300)


@dataclass(frozen=True)
class Parcel:
    """A parcel as it leaves.

    Attributes:
        line_ids: The order's lines that are in it.
        carrier: Code of the carrier.
        carrier_name: Its name as people know it.
        waybill_no: Tracking number.
    """

    line_ids: tuple[int, ...]
    carrier: str
    carrier_name: str
    waybill_no: str


class BackOfficeOrders:
    """Paying, shipping and completing orders.

    ``tenant`` is the merchant, or ``platform``; ``agent`` is who does it. Keys, repeats and audit entries are as in
    ``xiaoer.commerce.port.Commerce``; keys are told apart by agent and customer.
    """

    _engine: Engine

    def pay_order(self, tenant: str, order_no: str, *, agent: str, key: str, now: datetime) -> Order:
        """Note that an order was paid; a group purchase then waits until the group is full.

        Raises:
            OrderNotFound: If the tenant has no such order.
            StateForbids: If it does not wait for payment.
            KeyReused: If the key belongs to another request.
        """

        def work(_session: Session, order: OrderRow) -> None:
            waits = order.group_size is not None and (order.group_joined or 0) + 1 < order.group_size
            order.state = order_after(order.state, OrderEvent.JOIN_GROUP if waits else OrderEvent.PAY)
            order.paid_at = now
            if order.group_size is not None:
                order.group_joined = (order.group_joined or 0) + 1
            if not waits:
                order.closes_at = None

        return self._move(Call(tenant, "pay_order", order_no, key, {}, now, f"agent:{agent}"), work)

    def fill_group(self, tenant: str, order_no: str, *, agent: str, key: str, now: datetime) -> Order:
        """Note that a group purchase has all its buyers.

        Raises:
            OrderNotFound: If the tenant has no such order.
            StateForbids: If it does not wait for buyers, or is not paid.
            KeyReused: If the key belongs to another request.
        """

        def work(_session: Session, order: OrderRow) -> None:
            if order.paid_at is None:
                raise StateForbids(order.state)
            order.state = order_after(order.state, OrderEvent.FILL_GROUP)
            order.group_joined = order.group_size
            order.closes_at = None

        return self._move(Call(tenant, "fill_group", order_no, key, {}, now, f"agent:{agent}"), work)

    def complete_order(self, tenant: str, order_no: str, *, agent: str, key: str, now: datetime) -> Order:
        """Note that the buyer has everything.

        Raises:
            OrderNotFound: If the tenant has no such order.
            StateForbids: If not everything was shipped, or it is over.
            KeyReused: If the key belongs to another request.
        """

        def work(_session: Session, order: OrderRow) -> None:
            order.state = order_after(order.state, OrderEvent.COMPLETE)
            order.received_at = order.received_at or now

        return self._move(Call(tenant, "complete_order", order_no, key, {}, now, f"agent:{agent}"), work)

    def ship_lines(
        self, tenant: str, order_no: str, parcel: Parcel, *, agent: str, key: str, now: datetime
    ) -> Shipment:
        """Send lines of an order on their way.

        Raises:
            OrderNotFound: If the tenant has no such order.
            StateForbids: If the order is not to be shipped; or a line is in a case that may give it back unshipped.
            InvalidRequest: If a line is not the order's, has left or is refunded; or the waybill can't be right.
            KeyReused: If the key belongs to another request.
        """

        def work(session: Session, order: OrderRow) -> Done[Shipment]:
            before = rows.order(order)
            shipment = _ship(session, order, parcel, now)
            return Done(shipment, before, rows.order(order))

        call = Call(tenant, "ship_lines", order_no, key, encoded(parcel), now, f"agent:{agent}")
        return perform(self._engine, call, wire.Shipment, partial(lock_order, tenant=tenant, order_no=order_no), work)

    def record_trace(
        self, tenant: str, waybill_no: str, state: ShipmentState, text: str, *, agent: str, key: str, now: datetime
    ) -> Shipment:
        """Add a line to the trace of a parcel; the last parcel that is signed for tells when the order was received.

        Raises:
            ShipmentNotFound: If the tenant has no such parcel.
            StateForbids: If it was delivered or has come back.
            InvalidRequest: If the words are missing or too long.
            KeyReused: If the key belongs to another request.
        """

        def work(session: Session, order: OrderRow) -> Done[Shipment]:
            row = session.scalars(select(ShipmentRow).where(ShipmentRow.waybill_no == number)).one()
            before = rows.shipment(row)
            _trace(session, order, row, state, text=checked_text(text, "text", TRACE_LENGTH), now=now)
            after = rows.shipment(row)
            return Done(after, before, after, subject=order.order_no)

        number = waybill_no.strip().upper()
        request = {"state": state.value, "text": text}
        call = Call(tenant, "record_trace", number, key, request, now, f"agent:{agent}")
        return perform(self._engine, call, wire.Shipment, partial(_order_of_parcel, tenant=tenant, number=number), work)

    def _move(self, call: Call, work: Callable[[Session, OrderRow], None]) -> Order:
        def change(session: Session, order: OrderRow) -> Done[Order]:
            before = rows.order(order)
            work(session, order)
            session.flush()
            after = rows.order(order)
            return Done(after, before, after)

        lock = partial(lock_order, tenant=call.tenant, order_no=call.subject)
        return perform(self._engine, call, wire.Order, lock, change)


def _order_of_parcel(session: Session, *, tenant: str, number: str) -> OrderRow:
    if not WAYBILL.fullmatch(number):
        raise ShipmentNotFound(number)
    wanted = select(OrderRow.order_no).join(ShipmentRow, ShipmentRow.order_no == OrderRow.order_no)
    order_no = session.scalars(of_tenant(wanted.where(ShipmentRow.waybill_no == number), OrderRow, tenant)).first()
    if order_no is None:
        raise ShipmentNotFound(number)
    return lock_order(session, tenant, order_no)


def _ship(session: Session, order: OrderRow, parcel: Parcel, now: datetime) -> Shipment:
    order_after(order.state, OrderEvent.SHIP_SOME)  # whatever is wrong with the lines, the state comes first
    waybill_no = parcel.waybill_no.strip().upper()
    taken = select(ShipmentRow.shipment_id).where(ShipmentRow.waybill_no == waybill_no)
    if not WAYBILL.fullmatch(waybill_no) or session.scalars(taken).first() is not None:
        raise InvalidRequest("waybill_no")
    lines = _to_ship(session, order, parcel.line_ids)
    row = ShipmentRow(
        order_no=order.order_no,
        carrier=checked_text(parcel.carrier, "carrier", CARRIER_LENGTH),
        carrier_name=checked_text(parcel.carrier_name, "carrier_name", CARRIER_NAME_LENGTH),
        waybill_no=waybill_no,
        state=ShipmentState.CREATED.value,
        created_at=now,
    )
    session.add(row)
    session.flush()
    for line in lines:
        line.shipment_id = row.shipment_id
    order.shipped_at = order.shipped_at or now
    rest = claims.lines_to_ship(order, cases_of(session, order))
    order.state = order_after(order.state, OrderEvent.SHIP_SOME if rest else OrderEvent.SHIP_REST)
    session.flush()
    session.refresh(row)
    return rows.shipment(row)


def _to_ship(session: Session, order: OrderRow, line_ids: Sequence[int]) -> list[OrderLineRow]:
    cases = cases_of(session, order)
    waiting = {line.line_id: line for line in claims.lines_to_ship(order, cases)}
    if not line_ids or len(set(line_ids)) < len(line_ids) or not set(line_ids) <= waiting.keys():
        raise InvalidRequest("line_ids")
    for case in claims.counted(cases):
        if claims.may_stop_shipping(case) and claims.pieces_of(case, order).keys() & set(line_ids):
            raise StateForbids(case.state)
    return [waiting[line_id] for line_id in line_ids]


def _trace(
    session: Session, order: OrderRow, row: ShipmentRow, state: ShipmentState, *, text: str, now: datetime
) -> None:
    if ShipmentState(row.state) in PARCEL_OVER:
        raise StateForbids(row.state)
    session.add(ShipmentEventRow(shipment_id=row.shipment_id, at=now, state=state.value, text=text))
    row.state = state.value
    if state is ShipmentState.DELIVERED:
        row.delivered_at = now
    session.flush()
    session.refresh(row)
    parcels = {each.state for each in order.shipments}
    if parcels == {ShipmentState.DELIVERED.value} and OrderState(order.state) is OrderState.SHIPPED:
        order.received_at = order.received_at or now
