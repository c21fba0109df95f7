"""Until when customers are promised an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from xiaoer.service.promises import promise, read_promise

ENTRY: dict[str, Any] = {"rule": "SV-01", "hours": 24, "source": "平台规则", "outcome": "退款。"}


@pytest.mark.parametrize(("topic", "rule"), [("logistics", "SV-01"), ("payment", "SV-02")])
def test_a_promise_is_counted_from_now(topic: str, rule: str, now: datetime) -> None:
    assert promise(topic).rule == rule
    assert promise(topic).until(now) == now + timedelta(hours=24)


def test_nothing_is_promised_for_other_topics() -> None:
    with pytest.raises(KeyError):
        promise("weather")


@pytest.mark.parametrize(
    "change", [{"hours": 0}, {"hours": "24"}, {"hours": True}, {"rule": ""}, {"source": None}, {"colour": "red"}]
)
def test_a_broken_entry_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="logistics"):
        read_promise("logistics", {**ENTRY, **change})
