"""The tables of steps: every state can be reached, the last ones are left by nothing."""

from __future__ import annotations

import pytest

from xiaoer.commerce.errors import StateForbids
from xiaoer.commerce.model import AfterSaleKind, AfterSaleState, OrderState
from xiaoer.commerce.states import CASE_STEPS, LIVE, ORDER_STEPS, CaseEvent, OrderEvent, case_after, order_after


def test_each_event_has_its_steps() -> None:
    assert set(ORDER_STEPS) == set(OrderEvent)
    assert set(CASE_STEPS) == set(CaseEvent)


def test_orders_that_are_over_stay_so() -> None:
    for state in (OrderState.COMPLETED, OrderState.CLOSED, OrderState.CANCELLED):
        for event in OrderEvent:
            with pytest.raises(StateForbids):
                order_after(state.value, event)


@pytest.mark.parametrize("kind", AfterSaleKind)
def test_every_kind_of_case_comes_to_an_end_from_wherever_it_is(kind: AfterSaleKind) -> None:
    reached, edge = set(), {AfterSaleState.PENDING_REVIEW}
    while edge:
        reached |= edge
        edge = {
            step.after for steps in CASE_STEPS.values() for step in steps if kind in step.kinds and step.before & edge
        } - reached
    assert {AfterSaleState.COMPLETED, AfterSaleState.REJECTED, AfterSaleState.WITHDRAWN} <= reached
    for state in reached:
        assert any(can(kind, state, event) for event in CaseEvent) == (state in LIVE)


def can(kind: AfterSaleKind, state: AfterSaleState, event: CaseEvent) -> bool:
    try:
        case_after(kind.value, state.value, event)
    except StateForbids:
        return False
    return True


def test_money_only_goes_back_where_it_should() -> None:
    paying = {
        (kind, state) for kind in AfterSaleKind for state in AfterSaleState if can(kind, state, CaseEvent.PAY_REFUND)
    }
    assert paying == {
        (AfterSaleKind.RETURN, AfterSaleState.REFUNDING),
        (AfterSaleKind.REFUND, AfterSaleState.REFUNDING),
        (AfterSaleKind.PRICE_PROTECTION, AfterSaleState.REFUNDING),
    }
