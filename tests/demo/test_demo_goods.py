"""The demo's goods are of the classes that its shops say they are."""

from __future__ import annotations

from tests.demo.conftest import Mall
from xiaoer.commerce import rows


def test_goods_that_are_not_ordinary_are_of_their_class(mall: Mall) -> None:
    classes = {number: (row.category, row.goods_class) for number, row in mall.products.items()}
    assert {name for _, name in classes.values()} == {
        *("ordinary", "fresh", "food", "cosmetics", "intimate", "custom_made", "activated_electronics")
    }
    assert all(name == category for category, name in classes.values() if category in ("fresh", "food", "cosmetics"))
    assert sorted(number for number, (_, name) in classes.items() if name == "intimate") == ["P1011", "P1017", "P1019"]
    assert rows.product(mall.products["P1018"]).goods_class == "custom_made"
