"""Taking a case back while others of the same order come and go in other conversations."""

from __future__ import annotations

from typing import Any

import pytest

from actions.service.doing import SubmitService
from actions.service.tasks import WithdrawAfterSale
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker, run_action
from tests.actions.mall import HOUR, Mall
from xiaoer.commerce.tables import AfterSaleRow, AuditEntryRow, OrderRow
from xiaoer.database import reading, writing


@pytest.fixture
def order(mall: Mall) -> OrderRow:
    return mall.order("completed", ("羊绒围巾", "灰色", 2, "99.50"))


def begun(services: Services, tracker: TrackerMaker, order: OrderRow) -> dict[str, Any]:
    """Ask for it, and return the slots as they are when it is shown for confirmation."""
    asked = tracker("撤销售后申请", "withdraw_after_sale", {"order_no": order.order_no})
    said = run_action(WithdrawAfterSale(services), asked)
    assert said.followup == "service_form"
    return said.slots


def confirmed(services: Services, tracker: TrackerMaker, slots: dict[str, Any]) -> Said:
    kept = {name: value for name, value in slots.items() if name != "confirm"}
    tracked = tracker("确认", "affirm", slots={**kept, "confirm": True}, latest_action_name="service_form")
    return run_action(SubmitService(services), tracked)


def states(mall: Mall, *cases: AfterSaleRow) -> list[str]:
    with reading(mall.engine) as session:
        return [session.get(AfterSaleRow, case.after_sale_no).state for case in cases]


def test_a_case_that_is_filed_before_the_confirmation_stays(
    services: Services, mall: Mall, tracker: TrackerMaker, order: OrderRow
) -> None:
    shown = mall.case(order)
    slots = begun(services, tracker, order)
    newer = mall.case(order, created_at=mall.now - HOUR)

    said = confirmed(services, tracker, slots)

    assert said.texts == [f"售后单 {shown.after_sale_no}（退货退款）已经撤销，不再处理。"]
    assert states(mall, shown, newer) == ["withdrawn", "pending_review"]


def test_a_case_that_was_taken_back_meanwhile_is_named_and_the_other_stays(
    services: Services, mall: Mall, tracker: TrackerMaker, order: OrderRow
) -> None:
    other = mall.case(order, created_at=mall.now - 48 * HOUR)
    shown = mall.case(order)
    slots = begun(services, tracker, order)
    with writing(mall.engine) as session:
        session.get(AfterSaleRow, shown.after_sale_no).state = "withdrawn"

    said = confirmed(services, tracker, slots)

    assert said.texts == [
        f"没有办成，什么都没有改动：售后单 {shown.after_sale_no}（退货退款）已经结束，目前【已撤销】，不需要撤销。"
    ]
    assert states(mall, shown, other) == ["withdrawn", "pending_review"]
    with reading(mall.engine) as session:
        assert session.query(AuditEntryRow).count() == 0
