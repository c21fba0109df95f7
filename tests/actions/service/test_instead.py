"""What is wanted can't be done as it was named, and is begun as what it really is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actions.service.tasks import ChangeOrderTask, RequestRefund
from actions.services import Services
from tests.actions.mall import COAT, DAY, Mall
from tests.actions.service.talking import Talk
from xiaoer.commerce.tables import StockRow, VariantRow
from xiaoer.database import writing


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services)


def test_another_variant_of_what_has_arrived_is_an_exchange(mall: Mall, talk: Talk) -> None:
    order = mall.order("completed", COAT, received_at=mall.now - DAY)
    with writing(mall.engine) as session:
        bought = session.get(VariantRow, "m1-羊毛大衣-黑色 L")
        bought.color, bought.size = "黑色", "L"
        session.add(
            VariantRow(
                sku_id="xl",
                product_id="m1-羊毛大衣",
                position=9,
                name="黑色 XL",
                color="黑色",
                size="XL",
                price=Decimal("299.00"),
            )
        )
        session.flush()
        session.add(StockRow(sku_id="xl", warehouse="hz", quantity=3))

    told = talk.begin(ChangeOrderTask, "能改成黑色 XL吗", "change_order", {"color": "黑色", "size": "XL"})

    assert told.startswith("商品已经签收，换规格要走换货，我帮您申请。")
    assert talk.slots["service"] == "exchange_goods"
    assert (talk.slots["service_order"], talk.slots["variant"]) == (order.order_no, "xl")


def test_money_for_what_has_not_left_is_a_cancellation(mall: Mall, talk: Talk) -> None:
    order = mall.order("paid", COAT)

    told = talk.begin(RequestRefund, "给我退款", "request_refund")

    assert told.startswith(f"订单 {order.order_no} 还没有发货，不用走售后，直接取消就能退款。")
    assert talk.slots["service"] == "cancel_order"
    assert talk.fields["退款金额"] == "299.00元，原路退回"
