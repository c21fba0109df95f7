from __future__ import annotations

import pytest

from xiaoer.evaluation.dialogues.placeholders import Placeholder, fill, parse_placeholders

KINDS = {"order": "order", "order_b": "order", "product": "product"}


def test_placeholders_are_found_with_their_filters() -> None:
    assert parse_placeholders("${order.order_no|spaced} 和 ${ order_b.amount | last4 | fullwidth }", KINDS) == [
        Placeholder("order", "order_no", ("spaced",)),
        Placeholder("order_b", "amount", ("last4", "fullwidth")),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${order.colour}", "order has no colour; it has amount, carrier_name"),
        ("${product.order_no}", "product has no order_no"),
        ("${order_c.order_no}", "nothing given is named order_c; there are order, order_b, product"),
        ("${order.order_no|upper}", "there is no filter upper; there are fullwidth, last4, spaced"),
        ("${order}", "is no placeholder like"),
        ("${order.order_no", "a placeholder is not closed"),
        ("${}", "is no placeholder like"),
    ],
)
def test_an_unknown_placeholder_is_a_mistake(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        parse_placeholders(text, KINDS)


def test_filters_are_applied_in_order() -> None:
    values = {"order.order_no": "202611210000000001", "order.waybill_no": "SF1234567890"}

    assert fill("单号${order.order_no|spaced}", values) == "单号2026 1121 0000 0000 01"
    assert fill("${order.order_no|last4|fullwidth}", values) == "０００１"
    assert fill("${order.waybill_no|spaced}", values) == "SF1234 5678 90"
    assert fill("${order.waybill_no|fullwidth}", values) == "ＳＦ１２３４５６７８９０"
    assert fill("没有", values) == "没有"
