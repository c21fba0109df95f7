from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.engine import Engine

from tests.goods import add_product, add_shop
from xiaoer.commerce.model import Product
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.variants import named_variants


def product(engine: Engine, kinds: Sequence[str]) -> Product:
    add_shop(engine)
    add_product(engine, variants=dict.fromkeys(kinds, ("100", 1)))
    return SqlCommerce(engine).get_product("m1", "P1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("黑色L有吗", ["黑色 L"]),
        ("黑色的有吗", ["黑色 L", "黑色 XL"]),
        ("有XL吗", ["黑色 XL", "奶白色 XL"]),
        ("xl的还有没", ["黑色 XL", "奶白色 XL"]),
        ("白的有货吗", ["奶白色 XL", "奶白色 2XL"]),
        ("XXL码有没有", ["奶白色 2XL"]),
        ("双面羊毛大衣有货吗", ["黑色 L", "黑色 XL", "奶白色 XL", "奶白色 2XL"]),
    ],
)
def test_a_text_names_variants(sqlite_engine: Engine, text: str, expected: list[str]) -> None:
    named = named_variants(product(sqlite_engine, ["黑色 L", "黑色 XL", "奶白色 XL", "奶白色 2XL"]), text)
    assert [each.name for each in named.variants] == expected
    assert named.unknown == ()
    assert named.narrowed == (len(expected) < 4)


def test_what_the_product_does_not_have_is_said(sqlite_engine: Engine) -> None:
    coat = product(sqlite_engine, ["黑色 L", "奶白色 XL"])
    assert named_variants(coat, "紫色的有吗").unknown == ("紫色",)
    assert named_variants(coat, "有香芋紫吗", colors=["香芋紫"]).unknown == ("香芋紫",)
    assert named_variants(coat, "40码有吗", sizes=["40码"]).unknown == ("40码",)
    assert named_variants(coat, "黑色XL有吗").unknown == ("黑色 XL",)


def test_memory_and_names_tell_variants_apart(sqlite_engine: Engine) -> None:
    phone = product(sqlite_engine, ["曜石黑 8GB+128GB", "曜石黑 8GB+256GB"])
    assert [each.size for each in named_variants(phone, "256G的有货吗").variants] == ["8GB+256GB"]
    assert [each.size for each in named_variants(phone, "曜石黑有货吗").variants] == ["8GB+128GB", "8GB+256GB"]


def test_a_part_of_the_name_is_enough(sqlite_engine: Engine) -> None:
    robot = product(sqlite_engine, ["标准版", "自动集尘版"])
    assert [each.name for each in named_variants(robot, "带集尘的多少钱").variants] == ["自动集尘版"]
    assert named_variants(robot, "多少钱").variants == robot.variants
