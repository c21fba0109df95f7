"""What goods cost after campaigns, coupons and freight: exact prices, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.benefits import Coupon, Deduction, Missed, Quote, Reason
from xiaoer.commerce.campaigns import RuleInvalid, read_rule
from xiaoer.commerce.discounts import quote
from xiaoer.commerce.effects import Line
from xiaoer.commerce.offers import Buyer, Campaign, Freight, Offers

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
CROSS_SHOP = {"kind": "reduction", "threshold": "300", "discount": "40", "repeated": True}


def line(price: str, pieces: int = 1, product: str = "P1", *, shop: str = "m1", category: str = "clothing") -> Line:
    return Line(f"{product}-{price}", product, shop, category, int(Decimal(price) * 100), pieces)


def campaign(rule: dict[str, Any], scope: str = "m1", name: str = "活动", promotion_id: str = "") -> Campaign:
    return Campaign(promotion_id or f"{scope}-{rule['kind']}", scope, name, read_rule(rule))


def coupon(threshold: str, discount: str, scope: str = "m1", **more: Any) -> Coupon:
    known: dict[str, Any] = {
        "coupon_id": f"{scope}-{threshold}-{discount}",
        "name": f"满{threshold}减{discount}",
        "products": (),
        "starts_at": NOW - DAY,
        "ends_at": NOW + DAY,
        "used_at": None,
        **more,
    }
    return Coupon(scope=scope, threshold=Decimal(threshold), discount=Decimal(discount), **known)


def priced(
    lines: Sequence[Line],
    *campaigns: Campaign,
    coupons: Sequence[Coupon] = (),
    freights: dict[str, Freight] | None = None,
    buyer: Buyer | None = None,
) -> Quote:
    return quote(lines, Offers(campaigns, coupons, freights or {}, buyer or Buyer()), now=NOW)


def off(found: Quote) -> list[tuple[str, str]]:
    return [(each.source_id, str(each.amount)) for each in found.deductions]


def why(found: Quote) -> list[tuple[str, Reason]]:
    return [(each.source_id, each.reason) for each in found.missed]


def test_nothing_counts() -> None:
    assert priced([line("19.90", 3)]) == Quote(Decimal("59.70"), (), Decimal("0.00"), Decimal("59.70"))


@pytest.mark.parametrize(
    ("price", "taken", "missing", "gain"),
    [
        ("288", [], "12.00", "40.00"),
        ("299.99", [], "0.01", "40.00"),
        ("300", [("platform-reduction", "40.00")], "300.00", "40.00"),
        ("899", [("platform-reduction", "80.00")], "1.00", "40.00"),
    ],
)
def test_a_reduction_per_multiple(price: str, taken: list[tuple[str, str]], missing: str, gain: str) -> None:
    found = priced([line(price)], campaign(CROSS_SHOP, "platform", "跨店满减"))
    assert off(found) == taken
    assert found.payable == Decimal(price) - sum(Decimal(amount) for _, amount in taken)
    reason = Reason.NEXT_STEP if taken else Reason.BELOW_THRESHOLD
    assert found.missed == (
        Missed("跨店满减", "promotion", "platform-reduction", reason, yuan=Decimal(missing), gain=Decimal(gain)),
    )


def test_a_reduction_once_and_one_with_a_limit() -> None:
    once = {"kind": "reduction", "threshold": "129", "discount": "20"}
    assert off(priced([line("400")], campaign(once))) == [("m1-reduction", "20.00")]
    books = {"kind": "reduction", "threshold": "100", "discount": "50", "repeated": True, "most": "200"}
    found = priced([line("950")], campaign(books))
    assert off(found) == [("m1-reduction", "200.00")]
    assert found.missed == ()
    assert priced([line("390")], campaign(books)).missed[0].gain == Decimal(50)


def test_a_share_of_the_price_by_pieces_and_with_a_limit() -> None:
    fruit = {"kind": "percent", "steps": [{"pieces": 2, "percent": 90}, {"pieces": 3, "percent": 85}]}
    one = priced([line("49.90")], campaign(fruit))
    assert (off(one), one.missed[0].reason, one.missed[0].pieces) == ([], Reason.TOO_FEW_PIECES, 1)
    two = priced([line("49.90", 2)], campaign(fruit))
    assert (off(two), two.missed[0].reason, two.missed[0].pieces) == ([("m1-percent", "9.98")], Reason.NEXT_STEP, 1)
    assert off(priced([line("49.90", 2), line("39.90")], campaign(fruit))) == [("m1-percent", "20.95")]
    limited = {"kind": "percent", "steps": [{"percent": 95}], "most": "50"}
    assert off(priced([line("1999")], campaign(limited))) == [("m1-percent", "50.00")]


def test_what_is_taken_off_is_rounded_down() -> None:
    assert off(priced([line("0.99")], campaign({"kind": "percent", "steps": [{"percent": 85}]}))) == [
        ("m1-percent", "0.14")
    ]
    assert off(priced([line("0.99", 2)], campaign({"kind": "second_half"}))) == [("m1-second_half", "0.49")]


def test_the_second_piece_at_half_price() -> None:
    sweaters = campaign({"kind": "second_half", "products": ["P3", "P6"]})
    pair = [line("459", product="P3"), line("149", product="P6"), line("899", product="P1")]
    assert off(priced(pair, sweaters)) == [("m1-second_half", "74.50")]
    three = [line("459", 2, "P3"), line("149", 1, "P6")]
    found = priced(three, sweaters)
    assert off(found) == [("m1-second_half", "229.50")]
    assert (found.missed[0].reason, found.missed[0].pieces) == (Reason.NEXT_STEP, 1)
    assert why(priced([line("899")], sweaters)) == [("m1-second_half", Reason.OTHER_PRODUCTS)]


def test_goods_that_a_campaign_is_not_for() -> None:
    everything_but = campaign({"kind": "reduction", "threshold": "129", "discount": "20", "except_products": ["P15"]})
    assert off(priced([line("298", product="P15"), line("100")], everything_but)) == []
    books = campaign({"kind": "reduction", "threshold": "100", "discount": "50", "categories": ["books"]})
    assert off(priced([line("60", category="books"), line("60", product="P2", category="home")], books)) == []
    assert off(priced([line("60", 2, category="books"), line("60", product="P2", category="home")], books)) == [
        ("m1-reduction", "50.00")
    ]


def test_a_first_order() -> None:
    rule = campaign({"kind": "first_order", "threshold": "39", "discount": "10", "days": 30}, "platform")
    new = Buyer(NOW - 3 * DAY)
    assert off(priced([line("40")], rule, buyer=new)) == [("platform-first_order", "10.00")]
    assert priced([line("38")], rule, buyer=new).missed[0].yuan == Decimal(1)
    for buyer in (Buyer(), Buyer(NOW - 31 * DAY), Buyer(NOW - 3 * DAY, frozenset({"m2"}))):
        found = priced([line("40")], rule, buyer=buyer)
        assert (off(found), why(found)) == ([], [("platform-first_order", Reason.FIRST_ORDER_ONLY)])


def test_gifts_by_what_is_paid() -> None:
    steps = [{"threshold": "299", "gift": "面膜3片"}, {"threshold": "599", "gift": "面膜10片"}]
    gift = campaign({"kind": "gift", "steps": steps})
    found = priced([line("620")], gift, campaign(CROSS_SHOP, "platform"))
    assert (found.gifts, found.payable) == (("面膜3片",), Decimal(540))
    assert [(each.source_id, each.yuan, each.gift) for each in found.missed if each.gift] == [
        ("m1-gift", Decimal(59), "面膜10片")
    ]
    assert priced([line("620")], gift).gifts == ("面膜10片",)
    assert priced([line("100")], gift).missed[0].yuan == Decimal(199)


def test_the_shop_comes_before_the_platform() -> None:
    """899 − 60 of the shop − 40 of its coupon leaves 799, of which two times 300 bring 80; 5 more by the platform."""
    found = priced(
        [line("899")],
        campaign(CROSS_SHOP, "platform"),
        campaign({"kind": "reduction", "threshold": "500", "discount": "60"}),
        coupons=[coupon("399", "40"), coupon("199", "15"), coupon("0", "5", "platform")],
    )
    assert found.deductions == (
        Deduction("活动", Decimal(60), "promotion", "m1-reduction"),
        Deduction("满399减40", Decimal(40), "coupon", "m1-399-40"),
        Deduction("活动", Decimal(80), "promotion", "platform-reduction"),
        Deduction("满0减5", Decimal(5), "coupon", "platform-0-5"),
    )
    assert found.payable == Decimal(714)
    assert ("m1-199-15", Reason.NOT_TOGETHER) in why(found)


def test_a_coupon_is_not_used_where_that_would_cost_more() -> None:
    """305 − 40 is less than 305 − 10, after which 300 are no longer reached."""
    found = priced([line("305")], campaign(CROSS_SHOP, "platform"), coupons=[coupon("0", "10")])
    assert found.payable == Decimal(265)
    assert off(found) == [("platform-reduction", "40.00")]
    assert ("m1-0-10", Reason.NOT_TOGETHER) in why(found)


@pytest.mark.parametrize(
    ("discount", "payable", "used"), [("40", "688.50", "second_half"), ("300", "618.00", "coupon")]
)
def test_a_campaign_that_goes_with_no_coupon(discount: str, payable: str, used: str) -> None:
    """459 twice: half of the second piece is 229.50, which a coupon must beat."""
    half = campaign({"kind": "second_half", "with_coupons": False})
    found = priced([line("459", 2)], half, coupons=[coupon("399", discount)])
    assert found.payable == Decimal(payable)
    assert [each.source_id for each in found.deductions] == [
        "m1-second_half" if used == "second_half" else f"m1-399-{discount}"
    ]
    assert [each.reason for each in found.missed] == [Reason.NOT_TOGETHER]


def test_the_coupon_counts_for_the_other_goods_all_the_same() -> None:
    half = campaign({"kind": "second_half", "with_coupons": False, "products": ["P3"]})
    found = priced([line("459", 2, "P3"), line("500")], half, coupons=[coupon("399", "40")])
    assert off(found) == [("m1-second_half", "229.50"), ("m1-399-40", "40.00")]


def test_a_campaign_that_goes_with_nothing_of_the_platform() -> None:
    shop = campaign({"kind": "reduction", "threshold": "300", "discount": "30", "with_platform": False})
    found = priced([line("300")], shop, campaign(CROSS_SHOP, "platform"))
    assert (off(found), found.payable) == ([("platform-reduction", "40.00")], Decimal(260))
    found = priced([line("310")], shop, campaign(CROSS_SHOP, "platform"), coupons=[coupon("0", "11")])
    assert (off(found), found.payable) == ([("m1-reduction", "30.00"), ("m1-0-11", "11.00")], Decimal(269))


def test_why_a_coupon_does_not_count() -> None:
    coupons = [
        coupon("199", "15"),
        coupon("0", "6", products=("P9",)),
        coupon("0", "7", used_at=NOW - DAY),
        coupon("0", "8", ends_at=NOW),
        coupon("0", "9", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY),
        coupon("0", "3", "m2"),
    ]
    found = priced([line("150")], coupons=coupons)
    assert off(found) == []
    assert {each.source_id: (each.reason, each.yuan) for each in found.missed} == {
        "m1-199-15": (Reason.BELOW_THRESHOLD, Decimal(49)),
        "m1-0-6": (Reason.OTHER_PRODUCTS, None),
        "m1-0-7": (Reason.USED, None),
        "m1-0-8": (Reason.OVER, None),
        "m1-0-9": (Reason.NOT_YET, None),
    }


@pytest.mark.parametrize(("price", "freight"), [("98.99", "10"), ("99", "0")])
def test_freight_by_the_goods_before_deductions(price: str, freight: str) -> None:
    found = priced([line(price)], coupons=[coupon("0", "5")], freights={"m1": Freight(Decimal(10), Decimal(99))})
    assert (found.freight, found.payable) == (Decimal(freight), Decimal(price) - 5 + Decimal(freight))


def test_goods_of_two_shops_reach_the_platforms_threshold_together() -> None:
    lines = [line("200"), line("120", product="P2", shop="m2")]
    freights = {"m1": Freight(Decimal(10), Decimal(99)), "m2": Freight(Decimal(8), Decimal(150))}
    found = priced(lines, campaign(CROSS_SHOP, "platform"), coupons=[coupon("100", "9", "m2")], freights=freights)
    assert (off(found), found.freight, found.payable) == (
        [("m2-100-9", "9.00"), ("platform-reduction", "40.00")],
        Decimal(8),
        Decimal(279),
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "magic"}, "magic|permitted"),
        ({"kind": "reduction", "threshold": "10", "discount": "20"}, "more than the threshold"),
        ({"kind": "percent", "steps": []}, "steps"),
        ({"kind": "second_half", "until": "tomorrow"}, "until"),
        ({"threshold": "300"}, "kind"),
    ],
)
def test_rules_that_cannot_be(data: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleInvalid, match=message):
        read_rule(data)


yuan = st.integers(1, 100_000).map(lambda fen: str(Decimal(fen) / 100))
products = st.sampled_from(["P1", "P2", "P3"])
lines_of = st.lists(
    st.builds(line, yuan, st.integers(1, 5), products),
    min_size=1,
    max_size=4,
)
flags = st.fixed_dictionaries({"with_coupons": st.booleans(), "with_platform": st.booleans()})
rules = st.one_of(
    st.builds(
        lambda threshold, share, repeated: {
            "kind": "reduction",
            "threshold": threshold,
            "discount": str(max(Decimal("0.01"), (Decimal(threshold) * share / 100).quantize(Decimal("0.01")))),
            "repeated": repeated,
        },
        yuan,
        st.integers(1, 99),
        st.booleans(),
    ),
    st.builds(
        lambda pieces, percent: {"kind": "percent", "steps": [{"pieces": pieces, "percent": percent}]},
        st.integers(1, 4),
        st.integers(1, 99),
    ),
    st.just({"kind": "second_half"}),
    st.builds(lambda product: {"kind": "second_half", "products": [product]}, products),
)
campaigns_of = st.lists(st.tuples(rules, flags, st.sampled_from(["m1", "platform"])), max_size=3).map(
    lambda found: [
        campaign({**rule, **more}, scope, promotion_id=str(number)) for number, (rule, more, scope) in enumerate(found)
    ]
)
coupon_of = st.builds(
    lambda threshold, discount, scope, only: coupon(threshold, discount, scope, products=tuple(only)),
    yuan,
    yuan,
    st.sampled_from(["m1", "platform"]),
    st.lists(products, max_size=1),
)
coupons_of = st.lists(coupon_of, max_size=3, unique_by=lambda each: each.coupon_id)


@given(lines_of, campaigns_of, coupons_of)
def test_no_price_is_negative_or_above_the_goods(
    lines: list[Line], campaigns: list[Campaign], coupons: list[Coupon]
) -> None:
    found = priced(lines, *campaigns, coupons=coupons)
    goods = sum(Decimal(each.amount) / 100 for each in lines)
    assert found.goods == goods
    assert 0 <= found.payable <= goods
    assert found.payable == goods - sum(each.amount for each in found.deductions)
    assert all(each.amount > 0 for each in found.deductions)
    assert sum(each.source == "coupon" for each in found.deductions) <= 2


@given(lines_of, campaigns_of, coupons_of, coupon_of)
def test_another_coupon_makes_nothing_dearer(
    lines: list[Line], campaigns: list[Campaign], coupons: list[Coupon], another: Coupon
) -> None:
    before = priced(lines, *campaigns, coupons=coupons)
    after = priced(lines, *campaigns, coupons=[*[each for each in coupons if each != another], another])
    assert after.payable <= before.payable


@given(st.data(), lines_of, campaigns_of, coupons_of)
def test_the_order_of_things_does_not_matter(
    data: st.DataObject, lines: list[Line], campaigns: list[Campaign], coupons: list[Coupon]
) -> None:
    first = priced(lines, *campaigns, coupons=coupons)
    shuffled = [data.draw(st.permutations(each)) for each in (lines, campaigns, coupons)]
    assert priced(shuffled[0], *shuffled[1], coupons=shuffled[2]) == first
