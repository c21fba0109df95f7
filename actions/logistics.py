"""Parcels: where they are, and what the trace says when delivery went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from actions.base import Events
from actions.cards import order_card, track_card
from actions.events import resolved
from actions.order_choice import Found
from actions.order_task import OrderTask, order_button
from actions.picking import NUMERALS, plain
from actions.services import Services
from actions.speech import Reply, button, text_of
from actions.standing import WAITING, standing
from actions.turn import Turn
from actions.wording import goods, order_state, shipment_state, span, yuan
from xiaoer.clock import local_text
from xiaoer.commerce.matching import named_in
from xiaoer.commerce.model import Order, OrderState, Shipment, ShipmentEvent, ShipmentState

STUCK_AFTER = timedelta(hours=72)
"""How long a parcel may be silent on its way before that is called out."""

LATEST = 3
"""Events of a trace that the text tells; the card has all."""

ENDED = frozenset({ShipmentState.DELIVERED, ShipmentState.RETURNED})
TROUBLED = frozenset({ShipmentState.EXCEPTION, ShipmentState.RETURNED})
UNDER_WAY = frozenset({OrderState.SHIPPED, OrderState.PARTIALLY_SHIPPED})
TIERS = (
    UNDER_WAY,
    WAITING,
    frozenset({OrderState.COMPLETED}),
    frozenset({OrderState.PENDING_GROUP, OrderState.PENDING_PAYMENT}),
    frozenset(OrderState),
)

ESTIMATE = re.compile(r"预计[^，。；,;！!（(]*")
ASKS_WHEN = re.compile(r"[几哪]天|多久|什么时[候间]|啥时|何时|几点|几时|几号|今天|明天|后天|能到|赶得上|来得及")
PLACE = re.compile(r"第(?P<n>[一二两三四五1-5])[个件包]|另[外一]?[一]?[个件包]")


def silence(parcel: Shipment, now: datetime) -> timedelta | None:
    """Return for how long a parcel has been silent on its way, where that is long; ``None`` where all is well."""
    silent = now - parcel.moved_at
    return silent if parcel.state not in ENDED and silent >= STUCK_AFTER else None


def show_track(
    turn: Turn,
    reply: Reply,
    services: Services,
    order: Order,
    parcels: Sequence[Shipment],
    *,
    meant: Sequence[Shipment] | None = None,
) -> str | None:
    """Say where the parcels of an order are, with a card for each, and return what was offered.

    Args:
        turn: The present turn.
        reply: What is said.
        services: The outside world.
        order: The order.
        parcels: Its parcels.
        meant: Those of them to show; all where nothing is given.
    """
    offer = None
    pressed = turn.intent in ("urge", "urge_shipment")
    for number, parcel in enumerate(parcels, 1):
        if meant is not None and parcel not in meant:
            continue
        place = f" {text_of('logistics.place', number=number, count=len(parcels))}" if len(parcels) > 1 else ""
        lines, troubled = _parcel_lines(turn, parcel, order)
        if not troubled and pressed and parcel.state not in ENDED:
            lines.append(text_of("logistics.offer_press", carrier=parcel.carrier_name))
            troubled = True
        buttons = [button("转人工核实", "request_human")] if troubled else []
        if parcel.state is ShipmentState.DELIVERED and order.state in UNDER_WAY:
            buttons.append(order_button("没有收到", "report_logistics_problem", order))
        offer = "handoff" if troubled else offer
        reply.show(
            "logistics.track",
            track_card(parcel),
            buttons=buttons,
            order_no=parcel.order_no,
            carrier=parcel.carrier_name,
            waybill_no=parcel.waybill_no,
            state=shipment_state(parcel.state),
            place=place,
            contents=contents_of(parcel),
            detail="\n".join(lines),
        )
    missing = _not_sent(turn, services, order)
    if missing and (meant is None or len(meant) == len(parcels)):
        reply.say("logistics.not_sent_part", goods=missing, buttons=[order_button("催发货", "urge_shipment", order)])
    return offer


def contents_of(parcel: Shipment) -> str:
    """Return what is in a parcel, as people read it."""
    return "、".join(parcel.contents) or text_of("logistics.contents_unknown")


def _not_sent(turn: Turn, services: Services, order: Order) -> str:
    """Return what of an order and its parts is in no parcel yet, as people read it."""
    parts = services.commerce.list_parts(turn.tenant, turn.subject, order.order_no)
    waiting = [line for line in order.lines if not line.shipped] if order.state in WAITING else []
    waiting += [line for part in parts if part.state in WAITING for line in part.lines if not line.shipped]
    return goods(waiting)


def _parcel_lines(turn: Turn, parcel: Shipment, order: Order) -> tuple[list[str], bool]:
    """Return what is said of a parcel, and whether a person was offered."""
    if not parcel.events:
        lines = [text_of("logistics.no_events", created_at=local_text(parcel.created_at))]
    else:
        lines = [_event_line(event) for event in reversed(parcel.events[-LATEST:])]
    if parcel.as_of is not None:
        lines.insert(0, as_of_line(parcel.as_of))
    if parcel.state is ShipmentState.DELIVERED:
        lines.insert(0, _delivered_line(parcel))
        if order.state in UNDER_WAY:
            lines.append(text_of("logistics.not_confirmed"))
        return lines, False
    lines += _estimate_lines(turn, parcel)
    silent = silence(parcel, turn.now)
    if silent is not None:
        lines.append(text_of("logistics.stuck", silent=span(silent), carrier=parcel.carrier_name))
    elif parcel.state in TROUBLED:
        lines.append(text_of(f"logistics.{parcel.state.value}", carrier=parcel.carrier_name))
    return lines, silent is not None or parcel.state in TROUBLED


def _event_line(event: ShipmentEvent) -> str:
    return text_of("logistics.event", at=local_text(event.at), text=event.text)


def as_of_line(moment: datetime) -> str:
    """Return that the carrier can't be asked just now, and of when what follows is."""
    return text_of("logistics.as_of", at=local_text(moment))


def _delivered_line(parcel: Shipment) -> str:
    return text_of("logistics.delivered", at=local_text(parcel.delivered_at or parcel.moved_at))


def _estimate_lines(turn: Turn, parcel: Shipment) -> list[str]:
    """Return the arrival that the trace itself foresees; where it says none and that was asked, say so."""
    if parcel.state in ENDED:
        return []
    for event in reversed(parcel.events):
        found = ESTIMATE.search(event.text)
        if found:
            return [text_of("logistics.estimate", estimate=found[0], at=local_text(event.at))]
    return [text_of("logistics.no_estimate")] if ASKS_WHEN.search(turn.text) and not turn.tapped else []


def meant_parcels(turn: Turn, found: Found, parcels: Sequence[Shipment]) -> list[Shipment]:
    """Return the parcels of an order that are meant: the one whose number or contents were named, or all."""
    if found.waybill_no:
        named = [parcel for parcel in parcels if parcel.waybill_no.upper() == found.waybill_no.upper()]
        if named:
            return named
    if len(parcels) < 2 or turn.tapped:
        return list(parcels)
    contents = [(str(number), content, content) for number, parcel in enumerate(parcels) for content in _names(parcel)]
    numbers = {int(number) for number in named_in(turn.text, contents)}
    if numbers and len(numbers) < len(parcels):
        return [parcels[number] for number in sorted(numbers)]
    place = PLACE.search(plain(turn.text))
    if place is not None and place["n"]:
        number = NUMERALS[place["n"]]
        if number <= len(parcels) and turn.previous_action != "action_continue_task":
            return [parcels[number - 1]]
    return list(parcels)


def _names(parcel: Shipment) -> list[str]:
    """Return the names of what is in a parcel, without variant and pieces."""
    return [re.sub(r"(\([^()]*\))?×\d+$", "", content) for content in parcel.contents]


class QueryLogistics(OrderTask):
    """Says where the parcels of an order are."""

    task = "query_logistics"
    topic = "logistics"
    tiers = TIERS

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Show the track of each parcel, or say that nothing has been shipped."""
        offers = [self._track(turn, reply, services, found, order) for order in found.orders]
        return resolved(self.topic, offer=offers[0] if len(offers) == 1 else None, **found.slots)

    def _track(self, turn: Turn, reply: Reply, services: Services, found: Found, order: Order) -> str | None:
        parcels = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
        if not parcels:
            return show_not_shipped(turn, reply, order)
        return show_track(turn, reply, services, order, parcels, meant=meant_parcels(turn, found, parcels))


def show_not_shipped(turn: Turn, reply: Reply, order: Order) -> str | None:
    """Say that an order has no parcel yet and how it stands, and return what was offered."""
    told = standing(order, [], turn.now)
    shipped = order.state in (OrderState.SHIPPED, OrderState.COMPLETED)
    if shipped:  # the shop system says so but has no parcel: nothing to look at
        told.ask, told.offer = text_of("logistics.offer_check"), "handoff"
        told.buttons = [button("转人工核实", "request_human")]
    reply.show(
        "logistics.no_track" if shipped else "logistics.not_shipped",
        order_card(order),
        buttons=told.buttons,
        order_no=order.order_no,
        goods=goods(order.lines),
        state=order_state(order.state),
        amount=yuan(order.amount),
        detail=told.text,
    )
    return told.offer
