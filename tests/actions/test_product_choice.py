"""Which product a turn is about, as seen in the price that is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from actions.products import ActionAskPrice, ActionAskProduct
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.goods import add_buyer, add_order, add_product, add_shop

Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "m2", "极星数码")
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    add_product(sqlite_engine, "P1", "云裳双面羊毛大衣女", "双面羊毛大衣", price="899", stock=10)
    add_product(sqlite_engine, "P2", "云裳短款羽绒服女", "短款羽绒服", price="569", stock=30)
    add_product(sqlite_engine, "P3", "云裳长款羽绒服女", "长款羽绒服", price="769", stock=20)
    add_product(sqlite_engine, "P9", "极星蓝牙耳机", "蓝牙耳机", tenant="m2", category="electronics", price="399")


def price(run: Run, services: Services, tracker: object) -> str | None:
    cards = run(ActionAskPrice(services), tracker).cards
    return cards[0]["product_id"] if cards else None


def test_a_name_wins_over_the_view_and_the_view_over_what_was_talked_about_elsewhere(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    told = {"product_id": "P3", "product_view": None}
    named = tracker("羊毛大衣多少钱", "ask_price", slots=told, product_id="P2")
    assert price(run, services, named) == "P1"
    assert price(run, services, tracker("多少钱", "ask_price", slots=told, product_id="P2")) == "P2"
    assert price(run, services, tracker("多少钱", "ask_price", slots=told)) == "P3"


def test_what_was_talked_about_on_this_page_wins_over_the_page(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    first = run(ActionAskPrice(services), tracker("羊毛大衣多少钱", "ask_price", product_id="P2"))
    assert (first.slots["product_id"], first.slots["product_view"]) == ("P1", "P2")
    assert price(run, services, tracker("那能便宜吗", "ask_price", slots=first.slots, product_id="P2")) == "P1"
    assert price(run, services, tracker("多少钱", "ask_price", slots=first.slots, product_id="P3")) == "P3"


def test_a_tapped_product_wins_over_everything(services: Services, tracker: TrackerMaker, run: Run) -> None:
    tapped = tracker('/inform{"product": "P3"}', slots={"task": "ask_price"}, product_id="P1")
    said = run(ActionAskPrice(services), after(tapped, ("羽绒服多少钱", "ask_price")))
    assert said.text == "云裳长款羽绒服女现在的价格是769.00元。"
    assert said.slots == {
        "failures": 0,
        "last_topic": "products",
        "offer": None,
        "product_id": "P3",
        "product_view": "P1",
        "task": None,
        "options": None,
    }


def test_several_named_equally_are_offered(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = run(ActionAskPrice(services), tracker("羽绒服多少钱", "ask_price"))
    assert said.text == "您说的是下面哪一款？\n1. 短款羽绒服\n2. 长款羽绒服"
    assert said.titles == ["短款羽绒服", "长款羽绒服"]
    assert said.payloads == ['/inform{"product": "P2"}', '/inform{"product": "P3"}']
    assert said.slots == {
        "offer": None,
        "last_topic": "products",
        "task": "ask_price",
        "options": ["P2", "P3"],
    }
    assert said.cards == []


def test_of_several_the_one_in_view_is_meant(services: Services, tracker: TrackerMaker, run: Run) -> None:
    assert price(run, services, tracker("羽绒服多少钱", "ask_price", product_id="P3")) == "P3"


def test_asked_again_without_an_answer_it_has_not_helped(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = run(
        ActionAskPrice(services), tracker("羽绒服多少钱", "ask_price", slots={"task": "ask_price", "failures": 1})
    )
    assert said.slots["failures"] == 2


def test_while_an_order_is_chosen_its_task_stays(services: Services, tracker: TrackerMaker, run: Run) -> None:
    slots = {"task": "query_order", "options": ["202611200000000001"]}
    opened = tracker("羽绒服多少钱", "ask_price", slots=slots, active_loop="order_form")
    said = run(ActionAskPrice(services), opened)
    assert said.payloads == ['/ask_price{"product": "P2"}', '/ask_price{"product": "P3"}']
    assert "task" not in said.slots
    assert "options" not in said.slots
    tapped = tracker('/ask_price{"product": "P2"}', slots=slots, active_loop="order_form")
    done = run(ActionAskPrice(services), tapped)
    assert done.text == "云裳短款羽绒服女现在的价格是569.00元。"
    assert "task" not in done.slots


def test_the_goods_of_the_order_talked_about(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_order(services.engine, "202611200000000001", product_ids=["P2"])
    add_order(services.engine, "202611200000000002", product_ids=["P1", "P3"])
    one = tracker("这个多少钱", "ask_price", slots={"order_no": "202611200000000001"})
    assert price(run, services, one) == "P2"
    both = run(ActionAskPrice(services), tracker("这个多少钱", "ask_price", order_no="202611200000000002"))
    assert both.titles == ["双面羊毛大衣", "长款羽绒服"]


def test_somebody_elses_order_tells_nothing(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_buyer(services.engine, "c2", "李明")
    add_order(services.engine, "202611200000000009", product_ids=["P1"], customer="c2")
    said = run(ActionAskPrice(services), tracker("这个多少钱", "ask_price", order_no="202611200000000009"))
    assert said.cards == []
    assert said.titles == ["短款羽绒服", "长款羽绒服", "双面羊毛大衣"]  # what the shop has most of


def test_nothing_in_sight_asks_with_what_was_bought(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_order(services.engine, product_ids=["P1"])
    said = run(ActionAskPrice(services), tracker("多少钱", "ask_price"))
    assert said.text == "请问您问的是哪一款商品？可以告诉我名字，或从这些里选：\n1. 双面羊毛大衣"
    anonymous = run(ActionAskPrice(services), tracker("多少钱", "ask_price", role="anonymous", subject="anonymous"))
    assert anonymous.titles == ["短款羽绒服", "长款羽绒服", "双面羊毛大衣"]


def test_another_shops_product_is_unknown_here_but_not_to_the_platform(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    assert price(run, services, tracker("多少钱", "ask_price", product_id="P9")) is None
    assert price(run, services, tracker("蓝牙耳机多少钱", "ask_price")) is None
    assert price(run, services, tracker("蓝牙耳机多少钱", "ask_price", tenant="platform")) == "P9"


def test_less_than_a_name_speaks_of_what_is_in_view(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_product(services.engine, "P6", "云裳羊绒衫", "羊绒衫", price="459")
    assert price(run, services, tracker("含羊绒的多少钱", "ask_price", product_id="P1")) == "P1"
    assert price(run, services, tracker("羊绒衫多少钱", "ask_price", product_id="P1")) == "P6"
    assert price(run, services, tracker("含羊绒的多少钱", "ask_price")) == "P6"


def test_a_model_names_a_product(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_product(services.engine, "P7", "极星S9影像手机", "极星S9手机", price="5999")
    add_product(services.engine, "P8", "极星A5长续航手机", "极星A5手机", price="1699")
    assert price(run, services, tracker("S9多少钱", "ask_price")) == "P7"
    assert price(run, services, tracker("a5 多少钱", "ask_price")) == "P8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第一个多少钱", "P3"),
        ("第2款多少钱", "P2"),
        ("最后一款多少钱", "P2"),
        ("第二件半价吗", "P1"),
        ("第一次买多少钱", "P1"),
    ],
)
def test_a_place_in_what_was_listed(
    services: Services, tracker: TrackerMaker, run: Run, text: str, expected: str
) -> None:
    listed = {"options": ["P3", "P2"]}
    assert price(run, services, tracker(text, "ask_price", slots=listed, product_id="P1")) == expected
    opened = tracker(text, "ask_price", slots=listed, product_id="P1", active_loop="order_form")
    assert price(run, services, opened) == "P1"


def test_an_empty_shop_says_so(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_shop(services.engine, "m3", "空店")
    said = run(ActionAskPrice(services), tracker("多少钱", "ask_price", tenant="m3", subject="c9"))
    assert said.text == "抱歉，没有找到您说的商品。您可以告诉我商品的名字，我再查一次。"
    assert said.slots == {"failures": 1, "offer": None, "last_topic": "products"}


def test_the_question_before_the_choice_is_remembered(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_product(services.engine, "P5", "纯棉卫衣", "纯棉卫衣", attributes={"洗涤": "可机洗"})
    tapped = tracker('/inform{"product": "P5"}', slots={"task": "ask_product"})
    said = run(ActionAskProduct(services), after(tapped, ("能机洗吗", "ask_product")))
    assert said.text == "纯棉卫衣的洗涤：可机洗。"
    typed = tracker("卫衣那个", slots={"task": "ask_product"})
    said = run(ActionAskProduct(services), after(typed, ("能机洗吗", "ask_product")))
    assert said.text == "纯棉卫衣的洗涤：可机洗。"
