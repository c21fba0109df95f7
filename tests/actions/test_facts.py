"""A fact by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from actions.facts import ActionInform
from actions.product_sizes import ActionAskSize
from actions.products import ActionAskPrice
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.goods import add_buyer, add_product, add_shop

Run = Callable[..., Said]

NUMBER = "202611200000000001"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "m2", "极星数码")
    add_buyer(sqlite_engine)
    chart = [{"size": "M", "height_cm": [150, 165], "weight_kg": [45, 60]}]
    add_product(sqlite_engine, "P1", "双面羊毛大衣", variants={"黑色 M": ("899", 5)}, size_chart=chart)
    add_product(sqlite_engine, "P2", "短款羽绒服", "短款羽绒服", price="569")
    add_product(sqlite_engine, "P3", "长款羽绒服", "长款羽绒服", price="769")
    add_product(sqlite_engine, "P9", "蓝牙耳机", "蓝牙耳机", tenant="m2")


def inform(run: Run, services: Services, tracker: object) -> Said:
    return run(ActionInform(services), tracker)


@pytest.mark.parametrize(
    ("entities", "slots", "action"),
    [
        ({"order_no": NUMBER}, {}, "action_query_order"),
        ({"order_no": NUMBER}, {"task": "urge_shipment"}, "action_urge_shipment"),
        ({"order_no": NUMBER}, {"task": "ask_size"}, "action_query_order"),
        ({"order_no": NUMBER}, {"last_topic": "orders"}, "action_query_order"),
        ({"order_no": NUMBER}, {"last_topic": "logistics"}, "action_query_logistics"),
        ({"order_no": NUMBER}, {"last_topic": "after_sales"}, "action_query_after_sale"),
        ({"waybill_no": "SF1000000000001"}, {"last_topic": "orders"}, "action_query_logistics"),
        ({"after_sale_no": "AS20261120000001"}, {}, "action_query_after_sale"),
    ],
)
def test_numbers_go_where_they_belong(
    services: Services, tracker: TrackerMaker, run: Run, entities: dict[str, Any], slots: dict[str, Any], action: str
) -> None:
    said = inform(run, services, tracker(next(iter(entities.values())), entities=entities, slots=slots))
    assert said.followup == action
    assert said.texts == []
    assert said.slots == {}


def test_a_tapped_product_completes_the_question(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"task": "ask_price", "options": ["P2", "P3"]}
    said = inform(run, services, tracker('/inform{"product": "P3"}', slots=slots))
    assert said.followup == "action_ask_price"
    assert said.slots == {"product_id": "P3", "product_view": None}


def test_another_shops_product_completes_nothing(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = inform(run, services, tracker('/inform{"product": "P9"}', slots={"task": "ask_price"}))
    assert said.followup is None
    assert said.slots == {"offer": None}


@pytest.mark.parametrize("text", ["第二个", "2", "最后一个", "长款的", "长款羽绒服"])
def test_a_typed_choice_completes_the_question(services: Services, tracker: TrackerMaker, run: Run, text: str) -> None:
    asked = run(ActionAskPrice(services), tracker("羽绒服多少钱", "ask_price"))
    chosen = after(tracker(text, slots=asked.slots), ("羽绒服多少钱", "ask_price"))
    said = inform(run, services, chosen)
    assert said.followup == "action_ask_price"
    assert said.slots == {"product_id": "P3", "product_view": None}
    then = after(tracker(text, slots={**asked.slots, **said.slots}), ("羽绒服多少钱", "ask_price"))
    assert run(ActionAskPrice(services), then).text == "长款羽绒服现在的价格是769.00元。"


def test_a_choice_that_stays_open_asks_again(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = inform(run, services, tracker("羽绒服", slots={"task": "ask_price"}))
    assert said.followup == "action_ask_price"
    assert said.slots == {}


@pytest.mark.parametrize("text", ["160 100斤", "身高160", "130"])
def test_measures_complete_the_question_of_size(services: Services, tracker: TrackerMaker, run: Run, text: str) -> None:
    slots = {"task": "ask_size", "product_id": "P1"}
    assert inform(run, services, tracker(text, slots=slots)).followup == "action_ask_size"
    assert inform(run, services, tracker(text, slots={"product_id": "P1"})).followup is None


def test_the_whole_way_to_a_size(services: Services, tracker: TrackerMaker, run: Run) -> None:
    first = run(ActionAskSize(services), tracker("大衣穿什么码", "ask_size"))
    told = after(tracker("160 100斤", slots=first.slots), ("大衣穿什么码", "ask_size"))
    assert inform(run, services, told).followup == "action_ask_size"
    assert "建议选 M 码" in run(ActionAskSize(services), told).text


def test_a_variant_of_the_product_talked_about(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"product_id": "P1", "last_topic": "products"}
    assert (
        inform(run, services, tracker("黑色M", entities={"color": "黑色"}, slots=slots)).followup == "action_ask_stock"
    )
    assert inform(run, services, tracker("黑色M", entities={"color": "黑色"})).followup is None


def test_a_product_alone_is_kept_in_mind(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = inform(run, services, tracker("羊毛大衣", slots={"failures": 1}))
    assert said.texts == ["您想了解双面羊毛大衣的哪方面？"]
    assert said.titles == ["价格", "库存", "选尺码"]
    assert said.slots == {"offer": None, "product_id": "P1", "product_view": None}


def test_anything_else_is_acknowledged_and_not_counted(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = inform(run, services, tracker("我在杭州", slots={"failures": 1}))
    assert said.texts == ["好的，收到。请问您想让我查什么，或者办什么？"]
    assert said.slots == {"offer": None}


def test_a_question_that_was_not_answered_is_put_once_more(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"task": "ask_size", "product_id": "P1"}
    vague = after(tracker("不知道", slots=slots), ("大衣穿什么码", "ask_size"))
    assert inform(run, services, vague).followup == "action_ask_size"
    later = after(tracker("我在杭州", slots=slots), ("大衣穿什么码", "ask_size"), ("不知道", "inform"))
    assert inform(run, services, later).texts == ["好的，收到。请问您想让我查什么，或者办什么？"]


def test_while_an_order_is_chosen_product_tasks_wait(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"task": "query_order", "options": [NUMBER]}
    said = inform(run, services, tracker("大衣", slots=slots, active_loop="order_form"))
    assert said.followup is None
