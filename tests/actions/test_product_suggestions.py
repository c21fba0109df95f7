"""Products side by side, and products that fit a wish."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from actions.product_suggestions import ActionRecommendProduct
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.factories import BY_TESTS
from tests.goods import add_buyer, add_product, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    wool = {"材质": "羊毛90%", "洗涤": "干洗"}
    down = {"填充物": "白鸭绒", "洗涤": "手洗"}
    add_product(sqlite_engine, "P1", "双面羊毛大衣女", "双面羊毛大衣", price="899", stock=10, attributes=wool)
    add_product(sqlite_engine, "P2", "短款羽绒服女", "短款羽绒服", price="569", stock=30, attributes=down)
    add_product(sqlite_engine, "P3", "长款羽绒服男", "长款羽绒服", price="769", stock=20, attributes=down)
    add_product(sqlite_engine, "P4", "纯棉卫衣", "纯棉卫衣", price="149", stock=40)
    add_product(sqlite_engine, "P5", "薄款羽绒服", "薄款羽绒服", price="199", stock=0)


def suggest(run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
    return run(ActionRecommendProduct(services), tracker(text, "recommend_product", **more))


def compare(run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
    return run(ActionRecommendProduct(services), tracker(text, "compare_products", **more))


def test_products_that_fit_are_shown(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = suggest(run, services, tracker, "推荐一款羽绒服")
    assert said.texts == [
        "按您的要求，店里有这些可以看看：",
        "1. 短款羽绒服女，569.00元，有货",
        "2. 长款羽绒服男，769.00元，有货",
    ]
    assert [card["product_id"] for card in said.cards] == ["P2", "P3"]
    assert {card["type"] for card in said.cards} == {"product_card"}
    assert said.slots == {"failures": 0, "last_topic": "products", "offer": None, "options": ["P2", "P3"]}


def test_a_single_one_is_kept_in_mind(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = suggest(run, services, tracker, "想给我妈买件600以内的羽绒服")
    assert said.texts == ["按您的要求，店里有这款可以看看：", "1. 短款羽绒服女，569.00元，有货"]
    assert said.slots["product_id"] == "P2"


def test_a_budget_alone(services: Services, tracker: TrackerMaker, run: Run) -> None:
    assert [card["product_id"] for card in suggest(run, services, tracker, "两百以内有什么推荐").cards] == ["P4"]


def test_a_budget_that_nothing_meets_is_said(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = suggest(run, services, tracker, "推荐一款三百以内的羽绒服")
    assert said.texts == [
        "300元以内的没有找到，符合其他要求的有：",
        "1. 短款羽绒服女，569.00元，有货",
        "2. 长款羽绒服男，769.00元，有货",
    ]


def test_nothing_fits(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = suggest(run, services, tracker, "推荐个笔记本电脑", slots={"failures": 1})
    assert said.texts == [
        "没有找到符合您要求的商品。店里现在有货的有：纯棉卫衣、短款羽绒服、长款羽绒服、双面羊毛大衣。"
        "您可以告诉我想要的种类或预算。"
    ]
    assert said.cards == []
    assert said.slots == {"failures": 2, "offer": None, "last_topic": "products"}


def test_nothing_in_particular(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = suggest(run, services, tracker, "有什么推荐的吗")
    assert said.texts[0] == "店里现在有货的商品里，库存比较足的有："
    assert [card["product_id"] for card in said.cards] == ["P4", "P2", "P3"]


def test_the_shops_own_advice_goes_first(services: Services, tracker: TrackerMaker, run: Run) -> None:
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("送妈妈推荐哪款", "送妈妈多选双面羊毛大衣，轻暖好搭。"), BY_TESTS)
    said = suggest(run, services, tracker, "送妈妈推荐哪款")
    assert said.texts[0] == "送妈妈多选双面羊毛大衣，轻暖好搭。\n（来自店铺说明）"
    assert said.cards[0]["type"] == "knowledge_answer"
    assert {card["product_id"] for card in said.cards[1:]} == {"P1", "P2"}


def test_two_products_side_by_side(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = compare(run, services, tracker, "羊毛大衣和短款羽绒服哪个好")
    assert said.texts == [
        "帮您对比一下：\n1. 双面羊毛大衣女：899.00元，有货\n2. 短款羽绒服女：569.00元，有货\n"
        "· 洗涤：双面羊毛大衣 干洗；短款羽绒服 手洗\n哪款更合适，看您更看重哪一点。"
    ]
    assert said.cards == [
        {
            "type": "product_comparison",
            "products": [
                {
                    "product_id": "P1",
                    "name": "双面羊毛大衣女",
                    "price": "899.00",
                    "stock_text": "有货",
                    "attributes": {"材质": "羊毛90%", "洗涤": "干洗"},
                },
                {
                    "product_id": "P2",
                    "name": "短款羽绒服女",
                    "price": "569.00",
                    "stock_text": "有货",
                    "attributes": {"填充物": "白鸭绒", "洗涤": "手洗"},
                },
            ],
        }
    ]
    assert said.slots == {"failures": 0, "last_topic": "products", "offer": None, "options": ["P1", "P2"]}


def test_products_of_one_name_side_by_side(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = compare(run, services, tracker, "这几款羽绒服有什么区别")
    assert [each["product_id"] for each in said.cards[0]["products"]] == ["P2", "P3", "P5"]


def test_the_one_in_view_with_another(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = compare(run, services, tracker, "这个跟羊毛大衣比哪个好", product_id="P2")
    assert [each["product_id"] for each in said.cards[0]["products"]] == ["P1", "P2"]


def test_the_other_one_is_asked_for(services: Services, tracker: TrackerMaker, run: Run) -> None:
    asked = compare(run, services, tracker, "羊毛大衣好不好，跟另一款比呢")
    assert asked.texts == ["您想把双面羊毛大衣女和哪一款对比？告诉我另一款的名字，我把价格和参数列给您看。"]
    assert asked.slots["task"] == "recommend_product"
    assert asked.slots["product_id"] == "P1"
    other = tracker("卫衣", "inform", slots=asked.slots)
    said = run(ActionRecommendProduct(services), after(other, ("羊毛大衣好不好，跟另一款比呢", "compare_products")))
    assert [each["product_id"] for each in said.cards[0]["products"]] == ["P1", "P4"]
    assert said.slots["task"] is None


def test_a_comparison_of_nothing_named(services: Services, tracker: TrackerMaker, run: Run) -> None:
    asked = compare(run, services, tracker, "哪个好", slots={"task": "recommend_product"})
    assert asked.texts == ["您想对比哪几款？告诉我商品的名字，我把价格和参数列给您看。"]
    assert asked.slots["failures"] == 1


def test_knowledge_compares_kinds(services: Services, tracker: TrackerMaker, run: Run) -> None:
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("羊绒和羊毛有什么区别", "羊绒更细更轻，羊毛更挺括。"), BY_TESTS)
    said = compare(run, services, tracker, "羊绒和羊毛有什么区别")
    assert said.texts == ["羊绒更细更轻，羊毛更挺括。\n（来自店铺说明）"]
