"""What there is to say of an order in each state: the facts, the next step, and what is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from actions.order_task import order_button
from actions.speech import Button, text_of
from actions.wording import after_sale_kind, after_sale_state, goods, order_state, shipment_state, span, yuan
from xiaoer.clock import local_text
from xiaoer.commerce.model import AfterSale, AfterSaleState, Order, OrderState, Shipment, ShipmentState

FINISHED = frozenset({AfterSaleState.COMPLETED, AfterSaleState.REJECTED, AfterSaleState.WITHDRAWN})
"""States in which nothing more happens to an after-sale case."""

WAITING = frozenset({OrderState.PAID, OrderState.PARTIALLY_SHIPPED})
"""States in which an order, or the rest of it, waits for shipment."""


@dataclass
class Standing:
    """What is said of an order.

    Attributes:
        lines: The sentences.
        ask: The sentence that offers to do something, or empty.
        offer: What it offers, or ``None``.
        buttons: What can be tapped.
    """

    lines: list[str] = field(default_factory=list)
    ask: str = ""
    offer: str | None = None
    buttons: list[Button] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The sentences, one below the other."""
        return "\n".join([*self.lines, *([self.ask] if self.ask else [])])


def standing(order: Order, parcels: Sequence[Shipment], now: datetime) -> Standing:
    """Return what is said of an order by itself, without its parts and cases.

    Args:
        order: The order.
        parcels: Its own parcels.
        now: The present moment.
    """
    if order.state is OrderState.PENDING_PAYMENT:
        return Standing([payment_line(order, now)])
    if order.state is OrderState.PENDING_GROUP:
        return Standing([group_line(order, now)])
    if order.state in WAITING:
        return _waiting(order, parcels, now)
    if order.state is OrderState.SHIPPED:
        return _shipped(order, parcels)
    return Standing([_over_line(order)])


def payment_line(order: Order, now: datetime) -> str:
    """Return until when an unpaid order must be paid."""
    if order.closes_at is None:
        return text_of("orders.unpaid")
    name = "unpaid_until" if order.closes_at > now else "unpaid_late"
    return text_of(f"orders.{name}", until=local_text(order.closes_at))


def group_line(order: Order, now: datetime) -> str:
    """Return how many buyers a group purchase still needs, and until when."""
    if order.group_size is None:
        return text_of("orders.group")
    joined = order.group_joined or 0
    missing = max(order.group_size - joined, 0)
    if not missing:
        return text_of("orders.group_full", size=order.group_size)
    counts = {"size": order.group_size, "joined": joined, "missing": missing}
    if order.closes_at is None:
        return text_of("orders.group_missing", **counts)
    name = "group_until" if order.closes_at > now else "group_late"
    return text_of(f"orders.{name}", until=local_text(order.closes_at), **counts)


def promise_line(order: Order, now: datetime) -> str:
    """Return until when the merchant promised to ship; that it is overdue is admitted."""
    if order.ship_by is None:
        return text_of("orders.no_promise")
    until = local_text(order.ship_by)
    if order.ship_by >= now:
        return text_of("orders.promise", until=until)
    return text_of("orders.promise_late", until=until, late=span(now - order.ship_by))


def _waiting(order: Order, parcels: Sequence[Shipment], now: datetime) -> Standing:
    told = Standing(offer="urge_shipment", buttons=[order_button("催发货", "urge_shipment", order)])
    if order.state is OrderState.PAID:
        if order.paid_at is not None:
            told.lines.append(text_of("orders.paid", paid_at=local_text(order.paid_at)))
        told.ask = text_of("orders.offer_urge")
    else:
        told.lines += sent_lines(order)
        told.lines += parcel_lines(parcels)
        told.buttons.append(order_button("查物流", "query_logistics", order))
        told.ask = text_of("orders.offer_urge_rest")
    told.lines.append(promise_line(order, now))
    return told


def sent_lines(order: Order) -> list[str]:
    """Return which lines of an order are in parcels, and which are still to come."""
    sent = [line for line in order.lines if line.shipped]
    waiting = [line for line in order.lines if not line.shipped]
    return [
        *([text_of("orders.sent_part", goods=goods(sent))] if sent else []),
        *([text_of("orders.waiting_part", goods=goods(waiting))] if waiting else []),
    ]


def _shipped(order: Order, parcels: Sequence[Shipment]) -> Standing:
    told = Standing(offer="query_logistics", buttons=[order_button("查物流", "query_logistics", order)])
    if order.shipped_at is not None:
        told.lines.append(text_of("orders.shipped", shipped_at=local_text(order.shipped_at)))
    told.lines += parcel_lines(parcels)
    if parcels and all(parcel.state is ShipmentState.DELIVERED for parcel in parcels):
        told.lines.append(text_of("orders.delivered_not_confirmed"))
        told.buttons.append(order_button("没有收到", "report_logistics_problem", order))
    told.ask = text_of("orders.offer_track")
    return told


def parcel_lines(parcels: Sequence[Shipment]) -> list[str]:
    """Return one line for each parcel: carrier, waybill, state."""
    return [
        text_of(
            "orders.parcel",
            carrier=parcel.carrier_name,
            waybill_no=parcel.waybill_no,
            state=shipment_state(parcel.state),
            at=local_text(parcel.moved_at),
        )
        for parcel in parcels
    ]


def _over_line(order: Order) -> str:
    if order.state is OrderState.COMPLETED:
        if order.received_at is None:
            return text_of("orders.completed")
        return text_of("orders.completed_at", received_at=local_text(order.received_at))
    if order.state is OrderState.CLOSED:
        return text_of("orders.closed_unpaid" if order.paid_at is None else "orders.closed")
    return text_of("orders.cancelled_unpaid" if order.paid_at is None else "orders.cancelled")


def part_lines(order: Order, parts: Sequence[Order]) -> list[str]:
    """Return one line for the order and each part that was split from it: number, goods, state."""
    lines = [
        text_of(
            "orders.part_origin" if each is order else "orders.part",
            number=number,
            order_no=each.order_no,
            goods=goods(each.lines),
            state=order_state(each.state),
        )
        for number, each in enumerate([order, *parts], 1)
    ]
    return [text_of("orders.parts", count=len(lines)), *lines]


def case_lines(cases: Sequence[AfterSale]) -> list[str]:
    """Return what after-sale cases an order has: those that still run, or else the latest that was not withdrawn."""
    running = [case for case in cases if case.state not in FINISHED]
    over = [case for case in cases if case.state is not AfterSaleState.WITHDRAWN]
    return [
        text_of(
            "orders.case_money" if case.amount else "orders.case",
            kind=after_sale_kind(case.kind),
            state=after_sale_state(case.state),
            after_sale_no=case.after_sale_no,
            amount=yuan(case.amount),
        )
        for case in running or over[:1]
    ]
