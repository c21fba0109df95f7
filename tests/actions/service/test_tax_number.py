"""Numbers in a wish for an invoice: an order's is no tax number, whatever its check digit."""

from __future__ import annotations

import pytest
from stdnum.cn import uscc

from actions.service.tasks import InvoiceTask
from actions.services import Services
from tests.actions.conftest import TrackerMaker, run_action
from tests.actions.mall import Mall


@pytest.fixture
def number() -> str:
    """An order number with the check digit of a tax number."""
    return next(each for each in (f"20261120874013{tail:04d}" for tail in range(1000)) if uscc.is_valid(each))


def test_an_order_number_is_no_tax_number(services: Services, mall: Mall, tracker: TrackerMaker, number: str) -> None:
    mall.order("paid", order_no=number)
    asked = tracker(f"订单{number}要开发票", "request_invoice", {"order_no": number})

    said = run_action(InvoiceTask(services), asked)

    assert said.followup == "service_form"
    assert {said.slots[name] for name in ("invoice_kind", "invoice_title", "tax_number", "email")} == {None}


def test_a_tax_number_beside_it_is_one(services: Services, mall: Mall, tracker: TrackerMaker, number: str) -> None:
    tax_number = uscc_with("91330106MA2CFGXY8")
    mall.order("paid", order_no=number)
    asked = tracker(f"订单{number}开公司发票，税号{tax_number}", "request_invoice", {"order_no": number})

    said = run_action(InvoiceTask(services), asked)

    assert said.slots["invoice_kind"] == "company"
    assert said.slots["tax_number"] == tax_number


def uscc_with(beginning: str) -> str:
    return beginning + uscc.calc_check_digit(beginning)
