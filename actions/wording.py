"""How facts read in Chinese: states, goods, money, moments and lengths of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from actions.texts import replies
from xiaoer.clock import SHANGHAI, local_day
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderLine, OrderState, ShipmentState

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def order_state(state: OrderState) -> str:
    """Return where an order stands, for example ``待发货``."""
    return replies("states")[f"order_{state.value}"]


def shipment_state(state: ShipmentState) -> str:
    """Return where a parcel stands, for example ``运输中``."""
    return replies("states")[f"shipment_{state.value}"]


def after_sale_kind(kind: AfterSaleKind) -> str:
    """Return what is asked for after the sale, for example ``退货退款``."""
    return replies("states")[f"kind_{kind.value}"]


def after_sale_state(state: AfterSaleState) -> str:
    """Return where an after-sale case stands, for example ``退款处理中``."""
    return replies("states")[f"after_sale_{state.value}"]


def yuan(amount: Decimal) -> str:
    """Return an amount in yuan with two decimals, without the unit."""
    return f"{amount:.2f}"


def goods(lines: Iterable[OrderLine]) -> str:
    """Return what was bought, for example ``羊毛大衣(黑色 L)×1、围巾×2``."""
    return "、".join(
        f"{line.product_name}{f'({line.variant})' if line.variant else ''}×{line.quantity}" for line in lines
    )


def day(moment: datetime) -> str:
    """Return the day of a moment in Shanghai, for example ``11月20日``."""
    local = local_day(moment)
    return f"{local.month}月{local.day}日"


def time_of_day(moment: datetime) -> str:
    """Return the time of a moment in Shanghai, for example ``09:05``."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def span(length: timedelta) -> str:
    """Return a length of time, rounded down: ``3天5小时``, ``5小时``, ``40分钟``; at least one minute."""
    days, hours = length // DAY, length % DAY // HOUR
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    return f"{hours}小时" if hours else f"{max(length // MINUTE, 1)}分钟"
