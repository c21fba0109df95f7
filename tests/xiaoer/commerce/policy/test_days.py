"""Where times end, in Shanghai, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.xiaoer.commerce.policy.cases import facts
from xiaoer.clock import SHANGHAI
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.tables import load_tables

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "received",
    [
        datetime(2026, 11, 12, 0, 0, tzinfo=SHANGHAI),
        datetime(2026, 11, 12, 23, 59, 59, tzinfo=SHANGHAI),
        datetime(2026, 11, 11, 16, 0, tzinfo=timezone.utc),  # midnight in Shanghai, still the 11th in UTC
        datetime(2026, 11, 12, 15, 59, 59, tzinfo=timezone.utc),
    ],
)
def test_seven_days_end_at_midnight_of_the_seventh_day_after_the_day_of_receipt(received: datetime) -> None:
    end = datetime(2026, 11, 20, 0, 0, tzinfo=SHANGHAI)
    last = decide(facts(received=received, now=end - SECOND), load_tables())
    over = decide(facts(received=received, now=end), load_tables())
    assert (last.rules[0], over.rules[0]) == ("own_choice.in_time", "own_choice.too_late")
    assert "到11月19日24点为止" in last.sentence
    assert over.sentence.startswith("签收于11月12日，7天无理由退换到11月19日24点为止，已经超过1小时")


def test_days_are_the_same_whatever_the_zone_of_now() -> None:
    received = datetime(2026, 11, 12, 9, 0, tzinfo=SHANGHAI)
    utc = datetime(2026, 11, 19, 15, 59, 59, tzinfo=timezone.utc)
    assert decide(facts(received=received, now=utc), load_tables()).allowed
    assert not decide(facts(received=received, now=utc + SECOND), load_tables()).allowed


def test_bad_fresh_food_has_the_seven_days_of_the_law() -> None:
    fresh = {"category": "fresh", "goods": "fresh", "received": datetime(2026, 11, 12, 9, 30, tzinfo=SHANGHAI)}
    end = datetime(2026, 11, 20, 0, 0, tzinfo=SHANGHAI)
    last = decide(facts("refund", "quality", **fresh, now=end - SECOND), load_tables())
    assert (last.allowed, last.rules[0]) == (True, "fresh.refund")
    assert "到11月19日24点为止" in last.sentence
    assert decide(facts("refund", "quality", **fresh, now=end), load_tables()).rules[0] == "fresh.too_late"


@pytest.mark.parametrize(
    ("kind", "reason", "days"), [("return", "quality", 15), ("refund", "quality", 15), ("return", "counterfeit", 365)]
)
def test_days_of_faults(kind: str, reason: str, days: int) -> None:
    received = datetime(2025, 6, 1, 12, 0, tzinfo=SHANGHAI)
    end = datetime(2025, 6, 2, 0, 0, tzinfo=SHANGHAI) + timedelta(days=days)
    assert decide(facts(kind, reason, received=received, now=end - SECOND), load_tables()).allowed
    assert not decide(facts(kind, reason, received=received, now=end), load_tables()).allowed


def test_a_parcel_nobody_knows_the_receipt_of_has_only_just_arrived() -> None:
    assert decide(facts(received=None), load_tables()).allowed
