"""A shop's system that fails in the middle of a write: what was filled in is kept, and another try writes it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from actions.service.doing import ResumeService, SubmitService
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker, run_action
from tests.actions.mall import Mall
from xiaoer.commerce.changes import OrderChanged
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AfterSaleRow, OrderRow
from xiaoer.database import reading


class Silent(SqlCommerce):
    """Writes, and then says nothing."""

    def cancel_order(
        self, tenant: str, customer: str, order_no: str, *, reason: str, key: str, now: datetime
    ) -> OrderChanged:
        """Write, and fail all the same."""
        super().cancel_order(tenant, customer, order_no, reason=reason, key=key, now=now)
        raise BackOfficeDown(tenant, written=True)


def refunds(mall: Mall) -> int:
    with reading(mall.engine) as session:
        return int(session.scalar(select(func.count(AfterSaleRow.after_sale_no))))


def confirmed(services: Services, tracker: TrackerMaker, slots: dict[str, Any]) -> Said:
    return run_action(
        SubmitService(services), tracker("确认", "affirm", slots=slots, latest_action_name="service_form")
    )


def test_what_was_filled_in_is_kept_and_written_once(services: Services, mall: Mall, tracker: TrackerMaker) -> None:
    order = mall.order("paid")
    slots = {
        "service": "cancel_order",
        "service_order": order.order_no,
        "service_key": "k1",
        "confirm": True,
        "reason": "disliked",
    }
    silent = replace(services, commerce=Silent(services.engine))

    failed = confirmed(silent, tracker, slots)

    assert failed.texts[-1] == "您填的内容我还留着，过一会儿可以再试一次，不会重复提交。"
    assert failed.slots["service"] is None
    assert failed.slots["confirm"] is None
    assert failed.slots["offer"] == "resume_service"
    assert failed.slots["paused"] == {
        "task": "cancel_order",
        "order_no": order.order_no,
        "key": "k1",
        "values": {"reason": "disliked"},
    }
    assert refunds(mall) == 1

    again = confirmed(services, tracker, slots)

    assert again.texts[0].startswith(f"订单 {order.order_no}（羊毛大衣(黑色 L)×1）已经取消。")
    assert refunds(mall) == 1
    with reading(mall.engine) as session:
        assert session.get(OrderRow, order.order_no).state == "cancelled"


def test_going_on_asks_to_confirm_with_the_same_key(services: Services, mall: Mall, tracker: TrackerMaker) -> None:
    order = mall.order("paid")
    paused = {"task": "cancel_order", "order_no": order.order_no, "key": "k1", "values": {"reason": "disliked"}}

    said = run_action(ResumeService(services), tracker("/affirm", slots={"paused": paused, "offer": "resume_service"}))

    assert said.texts == ["好的，接着办“取消订单”："]
    assert said.followup == "service_form"
    assert (said.slots["service"], said.slots["service_key"], said.slots["confirm"]) == ("cancel_order", "k1", None)
    assert said.slots["paused"] is None
