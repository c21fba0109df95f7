"""Parcels with their traces, in the words of the carrier that brings them."""

from __future__ import annotations

from datetime import datetime

from xiaoer.commerce.model import ShipmentState
from xiaoer.commerce.tables import ShipmentEventRow, ShipmentRow
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.files import CarrierEntry, CustomerEntry, TenantEntry
from xiaoer.seeding.numbers import Numbers

ON_THE_WAY = {
    ShipmentState.CREATED: 0,
    ShipmentState.PICKED_UP: 1,
    ShipmentState.IN_TRANSIT: 2,
    ShipmentState.EXCEPTION: 2,
    ShipmentState.OUT_FOR_DELIVERY: 3,
    ShipmentState.DELIVERED: 3,
    ShipmentState.RETURNED: 3,
}
"""How far a parcel has come along its carrier's steps, by the state that it has reached."""

FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


class ParcelMaker:
    """Makes parcels; each has a waybill number of its own."""

    def __init__(self, carriers: dict[str, CarrierEntry], numbers: Numbers) -> None:
        """Take the carriers' wordings by code, and the source of numbers."""
        self._carriers = carriers
        self._numbers = numbers

    def make(
        self,
        carrier_id: str,
        sender: TenantEntry,
        receiver: CustomerEntry,
        chance: Chance,
        *,
        state: ShipmentState,
        shipped_at: datetime,
        last_at: datetime,
        signed: str,
    ) -> ShipmentRow:
        """Return a parcel whose trace begins at ``shipped_at`` and whose last line is of ``last_at``."""
        shipped_at, last_at = shipped_at.replace(microsecond=0), last_at.replace(microsecond=0)
        carrier = self._carriers[carrier_id]
        waybill = self._numbers.waybill(carrier.waybill, chance)
        words = _words(carrier, sender, receiver, chance, waybill)
        lines = _lines(carrier, state, signed, chance)
        events = _events([(at, step, text.format_map(words)) for at, step, text in lines], shipped_at, last_at)
        return ShipmentRow(
            carrier=carrier.id,
            carrier_name=carrier.name,
            waybill_no=waybill,
            state=state.value,
            created_at=shipped_at,
            delivered_at=last_at if state is ShipmentState.DELIVERED else None,
            events=events,
        )


def _lines(
    carrier: CarrierEntry, state: ShipmentState, signed: str, chance: Chance
) -> list[tuple[float, ShipmentState, str]]:
    """Return the share of the way, the state and the words of each line of a trace."""
    steps = [step for step in carrier.steps if ON_THE_WAY[step.state] <= ON_THE_WAY[state]]
    if state is ShipmentState.IN_TRANSIT:
        least = next(at for at, step in enumerate(steps, 1) if step.state is ShipmentState.IN_TRANSIT)
        steps = steps[: chance.number("steps", least, len(steps))]
    lines = [(step.at, step.state, step.text) for step in steps]
    if state is ShipmentState.DELIVERED:
        lines.append((1.0, state, carrier.signed[signed]))
    elif state is ShipmentState.EXCEPTION:
        lines.append((steps[-1].at + 0.1, state, chance.pick("exception", carrier.exception)))
    elif state is ShipmentState.RETURNED:
        lines += [(1.0 + 0.4 * at, state, text) for at, text in enumerate(carrier.returned)]
    return lines


def _events(
    lines: list[tuple[float, ShipmentState, str]], first_at: datetime, last_at: datetime
) -> list[ShipmentEventRow]:
    begin, end = lines[0][0], lines[-1][0]
    way = (end - begin) or 1.0
    events = []
    for share, state, text in lines:
        at = last_at if share == end else first_at + (last_at - first_at) * ((share - begin) / way)
        events.append(ShipmentEventRow(at=at.replace(microsecond=0), state=state.value, text=text))
    return events


def _words(
    carrier: CarrierEntry, sender: TenantEntry, receiver: CustomerEntry, chance: Chance, waybill: str
) -> dict[str, str]:
    def phone(purpose: str) -> str:
        return f"138001{chance.number(purpose, 90_000, 99_999)}"

    def short(name: str) -> str:
        return name.removesuffix("市")

    return {
        "waybill": waybill,
        "service_phone": carrier.service_phone,
        "origin_city": sender.warehouse_city,
        "origin": short(sender.warehouse_city),
        "province": receiver.province,
        "city": receiver.city,
        "to": short(receiver.city),
        "district": receiver.district,
        "area": receiver.district.removesuffix("区").removesuffix("县"),
        "collector": chance.pick("collector", FAMILY_NAMES) + "师傅",
        "collector_phone": phone("collector phone"),
        "courier": chance.pick("courier", FAMILY_NAMES) + "师傅",
        "courier_phone": phone("courier phone"),
        "code": f"{chance.number('shelf', 1, 12)}-{chance.number('row', 1, 6)}-{chance.number('code', 1000, 9999)}",
    }
