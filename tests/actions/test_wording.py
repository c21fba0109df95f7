"""How facts read in Chinese."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from actions import wording
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState, ShipmentState


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=3, hours=5, minutes=59), "3天5小时"),
        (timedelta(days=2, minutes=3), "2天"),
        (timedelta(hours=5, minutes=59), "5小时"),
        (timedelta(minutes=40), "40分钟"),
        (timedelta(seconds=3), "1分钟"),
    ],
)
def test_lengths_of_time(length: timedelta, words: str) -> None:
    assert wording.span(length) == words


def test_money_has_two_decimals() -> None:
    assert wording.yuan(Decimal("299")) == "299.00"
    assert wording.yuan(Decimal("0.5")) == "0.50"


def test_moments_are_those_of_shanghai() -> None:
    moment = datetime(2026, 11, 20, 17, 5, tzinfo=timezone.utc)

    assert wording.day(moment) == "11月21日"
    assert wording.time_of_day(moment) == "01:05"


def test_every_state_and_kind_has_its_own_words() -> None:
    words = [
        *map(wording.order_state, OrderState),
        *map(wording.shipment_state, ShipmentState),
        *map(wording.after_sale_kind, AfterSaleKind),
        *map(wording.after_sale_state, AfterSaleState),
    ]

    assert all(words)
    assert wording.order_state(OrderState.PAID) == "待发货"
