"""Takes 快递100's pushes into the parcels of the embedded mall.

Source: https://apifox.com/apidoc/project-514987/api-8568518; a push has the whole trace each time (``lastResult``).
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce.carriers.errors import ForgedPush, MalformedTrace
from xiaoer.commerce.carriers.memory import TraceMemory
from xiaoer.commerce.carriers.signing import is_signed
from xiaoer.commerce.carriers.traces import Trace, read_trace
from xiaoer.commerce.carriers.vocabulary import vocabulary
from xiaoer.commerce.model import OrderState, ShipmentState
from xiaoer.commerce.states import PARCEL_OVER
from xiaoer.commerce.tables import OrderRow, ShipmentEventRow, ShipmentRow
from xiaoer.database import writing


def read_push(param: str, signature: str, *, salt: str) -> Trace:
    """Return the trace that a push carries.

    Args:
        param: The form's field ``param``, exactly as it came.
        signature: The form's field ``sign``.
        salt: What we asked 快递100 to sign with.

    Raises:
        ForgedPush: If it is not signed with our salt.
        MalformedTrace: If it does not have the documented form.
    """
    if not is_signed(signature, param, salt):
        raise ForgedPush
    try:
        push = json.loads(param)
    except (ValueError, RecursionError) as error:
        raise MalformedTrace(type(error).__name__) from error
    if not isinstance(push, dict):
        raise MalformedTrace("not an object")
    return read_trace(push.get("lastResult"))


def take_push(engine: Engine, trace: Trace, *, now: datetime) -> bool:
    """Take a trace into the parcel with its number and carrier, and return whether there is one.

    Args:
        engine: The domain's database.
        trace: What the push says.
        now: The present moment.
    """
    with writing(engine) as session:
        recorded = record_trace(session, trace)
    if recorded:
        carrier = vocabulary().companies[trace.company]
        TraceMemory(engine).keep(carrier.code, trace.waybill_no, trace, now=now)
    return recorded


def record_trace(session: Session, trace: Trace) -> bool:
    """Write what is new in a trace into the parcel with its number and carrier, and return whether there is one.

    A trace that is known adds nothing, and an older one does not move a parcel back.

    Args:
        session: A session that writes.
        trace: What the carrier says.
    """
    wanted = select(ShipmentRow.order_no).where(ShipmentRow.waybill_no == trace.waybill_no)
    order_no = session.scalars(wanted).first()
    if order_no is None:
        return False
    # The order is locked before its parcels are read, so that two pushes do not add the same lines.
    order = session.get(OrderRow, order_no, with_for_update=True)
    parcel = next(each for each in order.shipments if each.waybill_no == trace.waybill_no)
    carrier = vocabulary().companies.get(trace.company)
    if carrier is None or vocabulary().carrier(parcel.carrier) != carrier:
        return False
    moved_at = max((event.at for event in parcel.events), default=None)
    known = {(event.at, event.text) for event in parcel.events}
    for event in trace.events:
        if (event.at, event.text) not in known:
            parcel.events.append(ShipmentEventRow(at=event.at, state=event.state.value, text=event.text))
    if trace.moved_at is not None and (moved_at is None or trace.moved_at >= moved_at):
        _move(order, parcel, trace)
    return True


def _move(order: OrderRow, parcel: ShipmentRow, trace: Trace) -> None:
    """Bring a parcel to where its trace says it is, by the rules of ``BackOfficeOrders.record_trace``.

    What has come to its end stays there, and an order is received when its last parcel is signed for.
    """
    if ShipmentState(parcel.state) in PARCEL_OVER:
        return
    parcel.state = trace.state.value
    if trace.state is not ShipmentState.DELIVERED:
        return
    parcel.delivered_at = trace.delivered_at
    delivered = all(each.state == ShipmentState.DELIVERED.value for each in order.shipments)
    if delivered and OrderState(order.state) is OrderState.SHIPPED and order.received_at is None:
        order.received_at = max(each.delivered_at for each in order.shipments if each.delivered_at)
