"""The cards of orders and parcels, which clients draw beside the text."""

from __future__ import annotations

from typing import Any

from actions.wording import after_sale_kind, after_sale_state, order_state, shipment_state, yuan
from xiaoer.clock import local_text
from xiaoer.commerce.model import AfterSale, Order, Shipment


def order_card(order: Order) -> dict[str, Any]:
    """Return the card of an order."""
    return {
        "type": "order_card",
        "order_no": order.order_no,
        "state": order.state.value,
        "state_text": order_state(order.state),
        "amount": yuan(order.amount),
        "lines": [
            {
                "product_name": line.product_name,
                "variant": line.variant,
                "quantity": line.quantity,
                "unit_price": yuan(line.unit_price),
            }
            for line in order.lines
        ],
        "created_at": local_text(order.created_at),
    }


def track_card(parcel: Shipment) -> dict[str, Any]:
    """Return the card of a parcel's trace, the newest event first."""
    return {
        "type": "logistics_track",
        "order_no": parcel.order_no,
        "carrier_name": parcel.carrier_name,
        "waybill_no": parcel.waybill_no,
        "state": parcel.state.value,
        "state_text": shipment_state(parcel.state),
        "events": [{"at": local_text(event.at), "text": event.text} for event in reversed(parcel.events)],
    }


def after_sale_card(case: AfterSale) -> dict[str, Any]:
    """Return the card of an after-sale case."""
    return {
        "type": "after_sale_card",
        "after_sale_no": case.after_sale_no,
        "order_no": case.order_no,
        "kind": case.kind.value,
        "kind_text": after_sale_kind(case.kind),
        "state": case.state.value,
        "state_text": after_sale_state(case.state),
        "amount": yuan(case.amount),
        "rules": list(case.rules),
        "explanation": case.explanation,
        "created_at": local_text(case.created_at),
    }
