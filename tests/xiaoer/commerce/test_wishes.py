from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.goods import add_product, add_shop
from xiaoer.commerce.model import ProductQuery
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.wishes import best_fits, fit, read_wish


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("推荐一款送妈妈的羽绒服，200以内", ("妈妈", "羽绒服"), None, "200"),
        ("三千以内的手机", ("手机",), None, "3000"),
        ("不超过两百的", (), None, "200"),
        ("预算500", (), None, "500"),
        ("100到200的卫衣", ("卫衣",), "100", "200"),
        ("两三百的裤子", ("裤子",), "200", "300"),
        ("200块左右", (), "160", "240"),
        ("3000以上的笔记本", ("笔记本",), "3000", None),
        ("男鞋有推荐吗", ("男", "鞋"), None, None),
        ("你家都有啥好东西推荐下呗", (), None, None),
        ("99999999999999999999以内", (), None, None),
    ],
)
def test_a_wish_is_read(text: str, words: tuple[str, ...], least: str | None, most: str | None) -> None:
    wish = read_wish(text)
    assert wish.words == words
    assert wish.least == (None if least is None else Decimal(least))
    assert wish.most == (None if most is None else Decimal(most))


@given(st.text(max_size=400))
def test_any_text_makes_a_wish(text: str) -> None:
    wish = read_wish(text)
    assert wish.least is None or wish.least == wish.least.quantize(Decimal("0.01"))
    assert wish.most is None or wish.most == wish.most.quantize(Decimal("0.01"))


def test_names_count_more_than_categories_and_those_more_than_attributes() -> None:
    def score(word: str) -> int:
        return fit([word], name="短款羽绒服女", category="clothing", remarks="填充物 白鸭绒")

    assert score("羽绒服") > score("衣服") > score("鸭绒") > score("手机") == 0
    assert score("妈妈") > 0


def test_whom_it_is_for_says_little_of_the_goods() -> None:
    def score(name: str) -> int:
        return fit(["妈妈", "外套"], name=name, category="clothing", remarks="")

    assert score("摇粒绒外套女") > score("摇粒绒外套男") > score("羊绒衫女") > score("羊绒衫男") == 0


def test_only_what_fits_nearly_as_well_as_the_best_stays() -> None:
    assert best_fits({"a": 3, "b": 6, "c": 5, "d": 0}) == ["b", "c"]
    assert best_fits({}) == []


def test_products_are_found_by_words_and_price(engine: Engine) -> None:
    add_shop(engine)
    add_shop(engine, "m2", "极星数码")
    add_product(engine, "P1", "短款羽绒服女", "短款羽绒服", price="569", stock=5)
    add_product(engine, "P2", "长款羽绒服女", "长款羽绒服", price="799", stock=50)
    add_product(engine, "P3", "纯棉卫衣男女同款", "纯棉卫衣", price="149", stock=99)
    add_product(engine, "P4", "薄款羽绒服", "薄款羽绒服", price="199", stock=0)
    add_product(engine, "P5", "旧款羽绒服", "旧款羽绒服", price="99", on_sale=False)
    add_product(engine, "P6", "蓝牙耳机", "蓝牙耳机", tenant="m2", category="electronics", price="399")
    commerce = SqlCommerce(engine)

    def found(tenant: str, query: ProductQuery) -> list[str]:
        return [product.product_id for product in commerce.list_products(tenant, query)]

    assert found("m1", ProductQuery(words=("羽绒服",))) == ["P2", "P1"]
    assert found("m1", ProductQuery(words=("羽绒服",), most=Decimal(600))) == ["P1"]
    assert found("m1", ProductQuery(words=("羽绒服",), least=Decimal(600))) == ["P2"]
    assert found("m1", ProductQuery(words=("耳机",))) == []
    assert found("platform", ProductQuery(words=("耳机",))) == ["P6"]
    assert found("m1", ProductQuery(most=Decimal(200))) == ["P3"]
    assert found("m1", ProductQuery(limit=2)) == ["P3", "P2"]
