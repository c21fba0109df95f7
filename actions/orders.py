"""Orders: where they stand, pressing for shipment, and why they come in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Events
from actions.cards import order_card
from actions.events import resolved
from actions.logistics import UNDER_WAY, show_track
from actions.order_choice import MOST_OPTIONS, ORDERS_SEEN, Found, Several, remembered
from actions.order_task import OrderTask, order_button, titled
from actions.services import Services
from actions.speech import Reply, button, text_of
from actions.standing import (
    WAITING,
    Standing,
    case_lines,
    part_lines,
    promise_line,
    sent_lines,
    standing,
)
from actions.turn import Turn
from actions.wording import goods, order_state, shipment_state, time_of_day, yuan
from xiaoer.clock import local_text
from xiaoer.commerce.errors import NotUrgeable
from xiaoer.commerce.model import Order, OrderState, Reminder, Shipment

ACTIVE = frozenset(
    {
        OrderState.PENDING_PAYMENT,
        OrderState.PENDING_GROUP,
        OrderState.PAID,
        OrderState.PARTIALLY_SHIPPED,
        OrderState.SHIPPED,
    }
)
ANY = frozenset(OrderState)
WHY = re.compile(r"为[什啥何]|為什|原因|凭什么|(怎么|怎麼|咋)(就|给我|会|是|有)?[拆分两二三成不]")


def stand(turn: Turn, services: Services, order: Order) -> Standing:
    """Return what is said of an order with its parts and its after-sale cases."""
    parcels = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
    parts = services.commerce.list_parts(turn.tenant, turn.subject, order.order_no)
    cases = services.commerce.list_after_sales(turn.tenant, turn.subject, order.order_no)
    told = standing(order, parcels, turn.now)
    if order.parent_order_no:
        told.lines.insert(0, text_of("orders.part_of", order_no=order.parent_order_no))
    if parts:
        told.lines = [*part_lines(order, parts), *told.lines]
        waiting = [part for part in parts if part.state in WAITING]
        if waiting and order.state not in WAITING:
            told.lines += [text_of("orders.part_promise", promise=promise_line(part, turn.now)) for part in waiting]
            told.ask, told.offer = text_of("orders.offer_urge_rest"), "urge_shipment"
            told.buttons.insert(0, order_button("催发货", "urge_shipment", order))
    if order.state is OrderState.CANCELLED and order.paid_at is not None and not cases:
        told.lines.append(text_of("orders.no_refund"))
        told.ask, told.offer = text_of("orders.offer_check_refund"), "handoff"
        told.buttons.append(button("转人工", "request_human"))
    if cases:
        told.lines += case_lines(cases)
        told.buttons.append(order_button("查售后进度", "query_after_sale", order))
    return told


def show_order(reply: Reply, order: Order, told: Standing, *, name: str = "orders.status") -> None:
    """Say where an order stands, with its card."""
    reply.show(
        name,
        order_card(order),
        buttons=told.buttons,
        order_no=order.order_no,
        state=order_state(order.state),
        goods=goods(order.lines),
        amount=yuan(order.amount),
        detail=told.text,
    )


class QueryOrder(OrderTask):
    """Says where an order stands and what comes next."""

    task = "query_order"
    tiers = (ACTIVE, ANY)

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Show the orders."""
        offer = None
        for order in found.orders:
            told = stand(turn, services, order)
            show_order(reply, order, told)
            offer = told.offer if len(found.orders) == 1 else None
        return resolved(self.topic, offer=offer, **found.slots)


class UrgeShipment(OrderTask):
    """Puts a reminder to ship before the merchant, at once and once a day."""

    task = "urge_shipment"
    tiers = (WAITING,)
    most = ORDERS_SEEN

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Urge the orders, each as far as it waits for shipment."""
        ends = [self._urge(turn, reply, services, order) for order in found.orders]
        topic, offer = (
            ends[0] if len(ends) == 1 else (self.topic, "handoff" if (self.topic, "handoff") in ends else None)
        )
        return resolved(topic, offer=offer, **found.slots)

    def _urge(self, turn: Turn, reply: Reply, services: Services, order: Order) -> tuple[str, str | None]:
        """Urge an order, or those of its parts that wait, and return topic and offer."""
        targets = [order]
        if order.state not in WAITING:
            parts = services.commerce.list_parts(turn.tenant, turn.subject, order.order_no)
            targets = [part for part in parts if part.state in WAITING]
        reminders = [self._remind(turn, reply, services, target) for target in targets]
        written = [reminder.created for reminder in reminders if reminder is not None]
        if written:
            return self.topic, None if any(written) else "handoff"
        return self._not_waiting(turn, reply, services, order)

    def _remind(self, turn: Turn, reply: Reply, services: Services, order: Order) -> Reminder | None:
        try:
            reminder = services.commerce.urge_shipment(turn.tenant, turn.subject, order.order_no, now=turn.now)
        except NotUrgeable:  # shipped or cancelled between our look and our write
            return None
        rest = order.state is OrderState.PARTIALLY_SHIPPED
        urged = "orders.urged_rest" if rest else "orders.urged"
        reply.show(
            urged if reminder.created else "orders.urged_before",
            order_card(order),
            buttons=[] if reminder.created else [button("转人工", "request_human")],
            order_no=order.order_no,
            goods=goods(line for line in order.lines if not (rest and line.shipped)),
            promise=promise_line(order, turn.now),
            at=local_text(reminder.at or turn.now),
            time=time_of_day(reminder.at or turn.now),
        )
        return reminder

    def _not_waiting(self, turn: Turn, reply: Reply, services: Services, order: Order) -> tuple[str, str | None]:
        order = services.commerce.get_order(turn.tenant, turn.subject, order.order_no)
        parcels = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
        if order.state is OrderState.SHIPPED and parcels:
            reply.say("orders.not_waiting_shipped", order_no=order.order_no, goods=goods(order.lines))
            return "logistics", show_track(turn, reply, services, order, parcels)
        told = stand(turn, services, order)
        show_order(reply, order, told, name="orders.not_waiting")
        return self.topic, told.offer

    def tell_unsuitable(self, turn: Turn, reply: Reply, services: Services, orders: tuple[Order, ...]) -> Events:
        """Say that nothing waits for shipment; where one order can be meant, say how it stands instead."""
        if not orders:
            reply.say("orders.none")
            return resolved(self.topic)
        under_way = [order for order in orders if order.state in ACTIVE]
        if len(orders) == 1 or len(under_way) == 1:
            order = (under_way or orders)[0]
            topic, offer = self._not_waiting(turn, reply, services, order)
            return resolved(topic, offer=offer, **remembered(turn, order))
        buttons = [order_button(title, "query_order", order) for order, title in titled(under_way[:MOST_OPTIONS])]
        reply.say("orders.nothing_to_ship_but" if buttons else "orders.nothing_to_ship", buttons=buttons)
        return resolved(self.topic)


class SplitOrder(OrderTask):
    """Says into which parcels and parts an order went, what is in each, and what is still to come."""

    task = "split_order"
    tiers = (UNDER_WAY, WAITING, frozenset({OrderState.COMPLETED}), ANY)

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Keep the orders that did come in parts."""
        apart = [order for order in several.orders[:MOST_OPTIONS] if self._in_parts(turn, services, order)]
        if len(apart) == 1:
            return Found((apart[0],), slots=remembered(turn, apart[0]))
        return Several(tuple(apart)) if apart else several

    def _in_parts(self, turn: Turn, services: Services, order: Order) -> bool:
        commerce = services.commerce
        return (
            order.state is OrderState.PARTIALLY_SHIPPED
            or len(commerce.list_shipments(turn.tenant, turn.subject, order.order_no)) > 1
            or bool(commerce.list_parts(turn.tenant, turn.subject, order.order_no))
        )

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Show what is in which parcel."""
        offer = None
        for order in found.orders:
            told = self._parts(turn, services, order)
            show_order(reply, order, told, name="orders.split")
            offer = told.offer if len(found.orders) == 1 else None
        return resolved(self.topic, offer=offer, **found.slots)

    def _parts(self, turn: Turn, services: Services, order: Order) -> Standing:
        parcels = services.commerce.list_shipments(turn.tenant, turn.subject, order.order_no)
        parts = services.commerce.list_parts(turn.tenant, turn.subject, order.order_no)
        told = Standing()
        if len(parcels) + len(parts) < 2 and order.state is not OrderState.PARTIALLY_SHIPPED:
            told = standing(order, parcels, turn.now)
            told.lines.insert(0, text_of("orders.not_split" if parcels else "orders.not_sent_yet"))
        else:
            told.lines = [*(part_lines(order, parts) if parts else []), *_content_lines(parcels)]
            self._still_to_come(turn, told, order, parts)
            if WHY.search(turn.text) and not turn.tapped:
                told.lines.append(text_of("orders.split_reason"))
                told.buttons.append(button("转人工", "request_human"))
        return told

    def _still_to_come(self, turn: Turn, told: Standing, order: Order, parts: Sequence[Order]) -> None:
        waiting = [each for each in (order, *parts) if each.state in WAITING]
        for each in waiting:
            if each.state is OrderState.PARTIALLY_SHIPPED:
                told.lines += sent_lines(each)[-1:]
            told.lines.append(promise_line(each, turn.now))
        if waiting:
            told.ask, told.offer = text_of("orders.offer_urge_rest"), "urge_shipment"
            told.buttons.append(order_button("催发货", "urge_shipment", order))
        else:
            told.ask, told.offer = text_of("orders.offer_track"), "query_logistics"
        told.buttons.append(order_button("查物流", "query_logistics", order))


def _content_lines(parcels: Sequence[Shipment]) -> list[str]:
    """Return one line for each parcel: what is in it, who carries it, where it is."""
    return [
        text_of(
            "orders.content",
            number=number,
            contents="、".join(parcel.contents) or text_of("orders.content_unknown"),
            carrier=parcel.carrier_name,
            waybill_no=parcel.waybill_no,
            state=shipment_state(parcel.state),
        )
        for number, parcel in enumerate(parcels, 1)
    ]
