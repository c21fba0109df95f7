"""Keeps traces in the database, so that a parcel is not asked for more often than 快递100 bears.

快递100 locks a number that is asked for more than once in half an hour
(https://api.kuaidi100.com/document/5ff2c3e7ba1bf00302f5612e).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from xiaoer.commerce.carriers.tables import CarrierTraceRow
from xiaoer.commerce.carriers.traces import Trace
from xiaoer.commerce.model import ShipmentEvent, ShipmentState
from xiaoer.commerce.states import PARCEL_OVER
from xiaoer.database import reading, writing

MOVING = timedelta(minutes=30)
"""How long the trace of a parcel under way counts as present, and a carrier that knows nothing is left alone."""

OVER = timedelta(hours=24)
"""How long that of a parcel that has come to its end does."""

AFTER_FAILURE = timedelta(minutes=5)
"""How long a parcel is not asked for after an attempt that failed."""

CLAIM = timedelta(minutes=1)
"""How long others wait for who has taken it on to ask; longer than all attempts take."""


@dataclass(frozen=True)
class Known:
    """The last that is known of a parcel.

    Attributes:
        trace: What its carrier said; ``None`` where it has said nothing yet.
        known_at: When it said so.
        ask_at: From when on it may be asked again.
        failed: Whether the last attempt to ask failed.
        subscribed: Whether pushes were asked for.
    """

    trace: Trace | None
    known_at: datetime | None
    ask_at: datetime
    failed: bool
    subscribed: bool


class TraceMemory:
    """The traces in a database.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, carrier: str, waybill_no: str) -> Known | None:
        """Return what is known of a parcel; ``None`` where its carrier was never asked.

        Args:
            carrier: Our code of the carrier.
            waybill_no: The number, in capitals.
        """
        with reading(self._engine) as session:
            row = session.get(CarrierTraceRow, (carrier, waybill_no))
            return None if row is None else _known(row)

    def claim(self, carrier: str, waybill_no: str, *, now: datetime) -> bool:
        """Return whether the caller is the one to ask the carrier now; others are told no for a minute."""
        try:
            with writing(self._engine) as session:
                row = session.get(CarrierTraceRow, (carrier, waybill_no), with_for_update=True)
                if row is None:
                    session.add(CarrierTraceRow(carrier=carrier, waybill_no=waybill_no, ask_at=now + CLAIM))
                    return True
                if row.ask_at > now:
                    return False
                row.ask_at = now + CLAIM
                return True
        except IntegrityError:  # another process wrote the row between our look and our write
            return False

    def keep(self, carrier: str, waybill_no: str, trace: Trace, *, now: datetime) -> None:
        """Keep a trace; of two the one that goes further stays."""

        def change(row: CarrierTraceRow) -> None:
            remember(row, trace, now=now)

        self._change(carrier, waybill_no, change, now=now)

    def keep_silence(self, carrier: str, waybill_no: str, *, now: datetime) -> None:
        """Keep that the carrier knows nothing of the parcel yet."""

        def change(row: CarrierTraceRow) -> None:
            row.ask_at, row.failed = now + MOVING, False

        self._change(carrier, waybill_no, change, now=now)

    def keep_failure(self, carrier: str, waybill_no: str, *, now: datetime) -> None:
        """Keep that the carrier could not be asked."""

        def change(row: CarrierTraceRow) -> None:
            row.ask_at, row.failed = now + AFTER_FAILURE, True

        self._change(carrier, waybill_no, change, now=now)

    def keep_subscription(self, carrier: str, waybill_no: str, *, now: datetime) -> None:
        """Keep that pushes were asked for."""

        def change(row: CarrierTraceRow) -> None:
            row.subscribed = True

        self._change(carrier, waybill_no, change, now=now)

    def _change(
        self, carrier: str, waybill_no: str, change: Callable[[CarrierTraceRow], None], *, now: datetime
    ) -> None:
        try:
            self._change_once(carrier, waybill_no, change, now=now)
        except IntegrityError:  # another process wrote the row between our look and our write; now it is there
            self._change_once(carrier, waybill_no, change, now=now)

    def _change_once(
        self, carrier: str, waybill_no: str, change: Callable[[CarrierTraceRow], None], *, now: datetime
    ) -> None:
        with writing(self._engine) as session:
            row = session.get(CarrierTraceRow, (carrier, waybill_no), with_for_update=True)
            if row is None:
                row = CarrierTraceRow(carrier=carrier, waybill_no=waybill_no, ask_at=now)
                session.add(row)
            change(row)


def remember(row: CarrierTraceRow, trace: Trace, *, now: datetime) -> None:
    """Put a trace into a row; of two the one that goes further stays.

    Args:
        row: The parcel's row.
        trace: What the carrier says.
        now: The present moment.
    """
    known = _known(row).trace
    if known is None or known.moved_at is None or (trace.moved_at and trace.moved_at >= known.moved_at):
        row.company, row.state = trace.company, trace.state.value
        row.events = [[event.at.isoformat(), event.state.value, event.text] for event in trace.events]
    row.known_at, row.failed = now, False
    row.ask_at = now + (OVER if ShipmentState(row.state) in PARCEL_OVER else MOVING)


def _known(row: CarrierTraceRow) -> Known:
    trace = None
    if row.state is not None:
        events = tuple(
            ShipmentEvent(datetime.fromisoformat(at), ShipmentState(was), text) for at, was, text in row.events
        )
        trace = Trace(row.company, row.waybill_no, ShipmentState(row.state), events)
    return Known(trace, row.known_at, row.ask_at, bool(row.failed), bool(row.subscribed))
