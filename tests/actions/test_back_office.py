"""What a customer reads when a merchant's own system gives no usable answer, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from actions.handoff import HandOff
from actions.moods import ActionSoothe
from actions.order_form import AskOrderChoice, ValidateOrderForm
from actions.orders import QueryOrder, UrgeShipment
from actions.services import Services
from actions.smalltalk import ActionGreet
from tests.actions.conftest import make_tracker, run_action
from tests.actions.mall import Mall
from tests.xiaoer.commerce import misbehaving as ways
from tests.xiaoer.commerce.misbehaving import TIMEOUT, TOKEN, Handler, Office, misbehaving
from tests.xiaoer.commerce.test_http import BAD, MINE, ORDER
from xiaoer.commerce.back_offices import BackOffice, connect_back_office
from xiaoer.commerce.routing import RoutedCommerce
from xiaoer.database import reading, writing
from xiaoer.service.tables import FollowUpRow

DOWN = (
    "抱歉，云裳服饰的系统现在没有响应，我暂时查不到也办不了那边的业务，什么都没有提交，不是您的操作有问题。\n"
    "我已经把您的问题登记下来，会有人跟进。\n"
    "您可以过几分钟再发一次，或者点“转人工”，由人工客服来处理。"
)
UNKNOWN = (
    "抱歉，云裳服饰的系统没有回应，您刚才的操作有没有办成，我现在确认不了。\n"
    "我已经登记下来，会有人核实结果。\n"
    "您可以过几分钟让我再查一次，或者点“转人工”，由人工客服帮您核实。"
)

OWNERS = {ways.others, ways.another_shops}
"""Ways that the answer to a reminder can't have: it names no owner."""

bad = pytest.mark.parametrize("way", BAD, ids=lambda way: way.__name__)


@pytest.fixture
def office(mall: Mall) -> Iterator[Office]:
    """The system of the shop m1, from now on."""
    with misbehaving(ORDER) as (office, url):
        with writing(mall.engine) as session:
            connect_back_office(session, BackOffice("m1", url, TOKEN, TIMEOUT))
        yield office


@pytest.fixture
def services(services: Services, office: Office) -> Services:
    return replace(services, commerce=RoutedCommerce(services.engine))


def follow_ups(services: Services) -> list[tuple[Any, ...]]:
    with reading(services.engine) as session:
        rows = session.scalars(select(FollowUpRow).order_by(FollowUpRow.id))
        return [(row.tenant, row.customer_id, row.topic, row.detail, row.state) for row in rows]


@bad
def test_a_question_that_nobody_answers(services: Services, office: Office, way: Callable[[Handler], None]) -> None:
    office.behave = way

    said = run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order"))

    assert said.texts == [DOWN]
    assert said.payloads == ["/request_human"]
    assert said.slots == {"failures": 1, "offer": "handoff"}
    assert said.ends_turn
    assert follow_ups(services) == [("m1", "c1", "back_office", "m1: query_order", "open")]


@pytest.mark.parametrize("way", [way for way in BAD if way not in OWNERS], ids=lambda way: way.__name__)
def test_a_write_that_nobody_answers(services: Services, office: Office, way: Callable[[Handler], None]) -> None:
    office.behave, office.on = way, frozenset({"POST"})

    said = run_action(UrgeShipment(services), make_tracker("催一下发货", "urge_shipment"))

    unknown = BAD[way][1]
    assert said.texts == [UNKNOWN if unknown else DOWN]
    assert said.payloads == ["/request_human"]
    detail = "m1: urge_shipment (结果未知)" if unknown else "m1: urge_shipment"
    assert follow_ups(services) == [("m1", "c1", "back_office", detail, "open")]
    assert [each for each in office.asked if each.startswith("POST")] == [f"POST /api/orders/{MINE}/urge"]


def test_what_passes_is_not_noticed(services: Services, office: Office) -> None:
    office.behave = ways.busy_at_first

    said = run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order"))

    assert MINE in said.text
    assert "待发货" in said.text
    assert follow_ups(services) == []


def test_the_same_question_is_noted_once_a_day(services: Services, office: Office) -> None:
    office.behave = ways.broken
    for _ in range(3):
        run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order"))

    assert len(follow_ups(services)) == 1


def test_the_third_failure_leaves_the_word_to_the_escalation(services: Services, office: Office) -> None:
    office.behave = ways.broken

    said = run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order", slots={"failures": 2}))

    assert said.slots["failures"] == 3
    assert not said.ends_turn


def test_a_form_that_asks_for_the_order_says_so_as_well(services: Services, office: Office) -> None:
    office.behave = ways.broken
    slots = {"task": "query_order", "options": [MINE]}
    tracker = make_tracker("第一个", "inform", slots=slots, active_loop="order_form")

    assert run_action(ValidateOrderForm(services), tracker).texts == []
    said = run_action(AskOrderChoice(services), tracker)

    assert said.texts == [DOWN]
    assert not said.ends_turn


def test_other_shops_are_not_touched_by_it(services: Services, office: Office, mall: Mall) -> None:
    office.behave = ways.broken
    order = mall.order(merchant="m2")

    said = run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order", tenant="m2"))

    assert order.order_no in said.text
    assert office.asked == []


def test_the_platform_shows_what_the_others_have(services: Services, office: Office, mall: Mall) -> None:
    office.behave = ways.broken
    order = mall.order(merchant="m2")

    said = run_action(QueryOrder(services), make_tracker("我的订单到哪了", "query_order", tenant="platform"))

    assert order.order_no in said.text
    assert "GET /api/orders" in office.asked


def test_who_wants_a_person_gets_one_whatever_the_system_does(services: Services, office: Office, mall: Mall) -> None:
    office.behave = ways.broken

    said = run_action(HandOff(services), make_tracker(f"转人工，{MINE}", "request_human", {"order_no": MINE}))

    assert [card["type"] for card in said.cards] == ["handoff"]
    assert [row.orders for row in mall.handoffs()] == [[]]


def test_who_is_angry_is_soothed_and_who_greets_is_greeted(services: Services, office: Office) -> None:
    office.behave = ways.broken

    soothed = run_action(ActionSoothe(services), make_tracker("太差劲了", "complain", sentiment="dissatisfied"))
    greeted = run_action(ActionGreet(services), make_tracker("你好", "greet", order_no=MINE, product_id="P1"))

    assert soothed.payloads == ["/request_human"]
    assert "系统" not in soothed.text + greeted.text
    assert follow_ups(services) == []
