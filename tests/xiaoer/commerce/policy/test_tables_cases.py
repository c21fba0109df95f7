"""One case for each rule of the tables: whether it fires first, and what it says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.xiaoer.commerce.policy.cases import ago, case, facts, line, meant, order, parcel
from xiaoer.commerce.model import AfterSaleKind, Liable
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.facts import CaseFacts
from xiaoer.commerce.policy.tables import load_tables

WAITING = order("partially_shipped", lines=(line(1), line(2, shipped=False)))
ON_THE_WAY = order("shipped")
FRESH = {"category": "fresh", "goods": "fresh"}
SIGNED = parcel("delivered", moved=ago(hours=30))
STUCK = parcel("in_transit", moved=ago(hours=72))
MOVING = parcel("in_transit", moved=ago(hours=71))
UNSHIPPED_LATE = order("paid", shipped_at=None, ship_by=ago(hours=1), lines=(line(shipped=False),))

ELIGIBILITY: dict[str, tuple[CaseFacts, bool, str]] = {
    "case.unpaid": (facts(order=order("pending_payment", paid_at=None)), False, "订单还没有付款"),
    "case.over": (facts("refund", order=order("cancelled")), False, "订单已经取消或关闭"),
    "case.nothing_left": (facts(lines=()), False, "都已经在售后处理中"),
    "price.perishable": (facts("price_protection", "price_dropped", **FRESH, price="90"), False, "不参加价保"),
    "price.protected_before": (
        facts("price_protection", "price_dropped", price="90", cases=(case(state="completed"),)),
        False,
        "已经申请过价保",
    ),
    "price.not_fallen": (facts("price_protection", "price_dropped", price="100"), False, "您买的时候是100元一件"),
    "price.before_receipt": (
        facts("price_protection", "price_dropped", price="95.5", order=ON_THE_WAY, parcels=(MOVING,)),
        True,
        "每件买的时候100元，现在95.5元，可以退差价9元",
    ),
    "price.in_time": (
        facts("price_protection", "price_dropped", price="90"),
        True,
        "签收于11月18日，价保到11月25日24点为止；每件买的时候100元，现在90元，可以退差价20元",
    ),
    "price.too_late": (
        facts("price_protection", "price_dropped", price="90", received=ago(days=9)),
        False,
        "签收于11月12日，价保到11月19日24点为止，已经超过2天",
    ),
    "unshipped.cancel": (facts("refund", order=UNSHIPPED_LATE), False, "直接取消订单就会全额退款"),
    "unshipped.part": (facts("refund", order=WAITING, lines=(meant(WAITING.lines[1]),)), True, "不发并退款200元"),
    "unshipped.refund_instead": (facts("return", order=WAITING, lines=(meant(WAITING.lines[1]),)), False, "申请退款"),
    "sent_back.refund": (facts("refund", order=ON_THE_WAY, parcels=(parcel("returned"),)), True, "可以退款200元"),
    "sent_back.refund_instead": (facts("return", order=ON_THE_WAY, parcels=(parcel("returned"),)), False, "不用再寄"),
    "lost.stuck": (facts("refund", "not_received", order=ON_THE_WAY, parcels=(STUCK,)), True, "可以退款210元"),
    "under_way.intercept": (facts("refund", "not_received", order=ON_THE_WAY, parcels=(MOVING,)), False, "拦截"),
    "lost.signed": (
        facts("refund", "not_received", order=ON_THE_WAY, parcels=(SIGNED,)),
        True,
        "物流显示11月20日签收，您没有收到；12月5日24点前可以申请，核实后退款210元",
    ),
    "lost.too_late": (facts("refund", "not_received", received=ago(days=16)), False, "已经超过12小时"),
    "lost.refund_instead": (facts("exchange", "not_received"), False, "没收到货请申请退款"),
    "repair.not_these_goods": (facts("repair", "quality"), False, "不提供维修"),
    "repair.nothing_broken": (facts("repair", "disliked", category="electronics"), False, "维修只适用于"),
    "repair.in_time": (
        facts("repair", "malfunction", category="electronics", received=ago(days=365)),
        True,
        "签收于2025年11月21日，保修到11月21日24点为止",
    ),
    "repair.too_late": (
        facts("repair", "malfunction", category="home", received=ago(days=366)),
        False,
        "保修到11月20日24点为止，已经超过12小时",
    ),
    "fresh.refund": (
        facts("refund", "expired", **FRESH, received=ago(days=7)),
        True,
        "签收于11月14日，生鲜有坏的7天内可以申请，到11月21日24点为止，拍照即可，不用寄回，最多退款200元。",
    ),
    "fresh.too_late": (
        facts("refund", "quality", **FRESH, received=ago(days=8)),
        False,
        "签收于11月13日，生鲜有坏的要在7天内申请，到11月20日24点为止，已经超过12小时。",
    ),
    "fresh.refund_instead": (facts("return", "quality", **FRESH, received=ago(hours=5)), False, "拍照申请退款"),
    "fault.missing": (facts("refund", "missing_item"), True, "少件到12月3日24点为止可以申请"),
    "fault.food": (facts("refund", "quality", category="food", goods="food"), True, "最多退款200元"),
    "fault.refund": (
        facts("refund", "damaged"),
        True,
        "签收于11月18日，到12月3日24点为止可以申请仅退款；不寄回商品能不能退、退多少由商家审核，最多200元。",
    ),
    "fault.refund_too_late": (
        facts("refund", "quality", received=ago(days=16)),
        False,
        "签收于11月5日，这类问题的退款到11月20日24点为止可以申请，已经超过12小时。",
    ),
    "own_choice.send_back": (facts("refund", "disliked"), False, "要寄回商品才能退款"),
    "fault.counterfeit": (facts("return", "counterfeit", received=ago(days=100)), True, "假货到"),
    "fault.in_time": (
        facts("return", "quality", received=ago(days=15)),
        True,
        "签收于11月6日，质量等问题15天内可以退换，到11月21日24点为止",
    ),
    "fault.too_late": (
        facts("exchange", "wrong_item", received=ago(days=16)),
        False,
        "签收于11月5日，质量等问题的退换到11月20日24点为止，已经超过12小时",
    ),
    "own_choice.never": (
        facts(goods="custom_made"),
        False,
        "这是定制商品，按您的要求制作，无法再次销售，不支持无理由退换",
    ),
    "own_choice.opened": (facts(goods="cosmetics", opened=True), False, "拆封或使用后不支持无理由退换"),
    "own_choice.unopened": (facts(goods="intimate"), True, "贴身衣物要没有拆封、没有使用"),
    "own_choice.in_time": (facts(), True, "签收于11月18日，7天无理由退换到11月25日24点为止，商品要完好。"),
    "own_choice.too_late": (
        facts(received=ago(days=9)),
        False,
        "签收于11月12日，7天无理由退换到11月19日24点为止，已经超过2天",
    ),
    "case.other": (facts("repair", "quality", category=""), False, "请转人工核实"),
}

LIABILITY: dict[str, tuple[CaseFacts, Liable]] = {
    "liable.late_shipping": (facts("refund", "late_delivery", order=UNSHIPPED_LATE), Liable.MERCHANT),
    "liable.late_transport": (
        facts("refund", "late_delivery", order=ON_THE_WAY, parcels=(STUCK,)),
        Liable.CARRIER,
    ),
    "liable.lost": (facts("refund", "not_received", order=ON_THE_WAY, parcels=(SIGNED,)), Liable.CARRIER),
    "liable.not_shipped": (facts("refund", "not_received", order=UNSHIPPED_LATE), Liable.MERCHANT),
    "liable.damaged_on_the_way": (
        facts("return", "damaged", parcels=(parcel("delivered", mishap=True),)),
        Liable.CARRIER,
    ),
    "liable.by_reason": (facts("return", "wrong_item"), Liable.WAREHOUSE),
}

FREIGHT: dict[str, tuple[CaseFacts, Liable]] = {
    "freight.nothing_back": (facts("refund", "missing_item"), Liable.NONE),
    "freight.repair": (facts("repair", "malfunction", category="electronics"), Liable.MERCHANT),
    "freight.fault": (
        facts("return", "damaged", parcels=(parcel("delivered", mishap=True),)),
        Liable.MERCHANT,
    ),
    "freight.own_choice": (facts(), Liable.CUSTOMER),
}

COMPENSATION: dict[str, tuple[CaseFacts, tuple[str, str]]] = {
    "compensation.late_shipping": (facts("refund", "late_delivery", order=UNSHIPPED_LATE), ("1", "10")),
    "compensation.expired_food": (
        facts("return", "expired", category="food", goods="food"),
        ("1000", "2000"),
    ),
    "compensation.counterfeit": (facts("return", "counterfeit"), ("500", "600")),
}


@pytest.mark.parametrize("rule", ELIGIBILITY)
def test_a_rule_decides_its_case(rule: str) -> None:
    about, allowed, words = ELIGIBILITY[rule]
    decision = decide(about, load_tables())
    assert (decision.rules[0], decision.allowed) == (rule, allowed)
    assert words in decision.sentence


@pytest.mark.parametrize("rule", LIABILITY)
def test_who_is_liable(rule: str) -> None:
    about, liable = LIABILITY[rule]
    decision = decide(about, load_tables())
    assert (decision.rules[1], decision.liable) == (rule, liable)


@pytest.mark.parametrize("rule", FREIGHT)
def test_who_pays_for_sending_back(rule: str) -> None:
    about, payer = FREIGHT[rule]
    decision = decide(about, load_tables())
    assert (decision.rules[2], decision.freight_payer) == (rule, payer)


@pytest.mark.parametrize("rule", COMPENSATION)
def test_what_is_paid_beside_the_refund(rule: str) -> None:
    about, (least, most) = COMPENSATION[rule]
    decision = decide(about, load_tables())
    assert (decision.rules[-1], decision.compensation) == (rule, (Decimal(least), Decimal(most)))


def test_every_rule_has_a_case() -> None:
    tables = load_tables()
    assert {rule.id for rule in tables.eligibility} == set(ELIGIBILITY)
    assert {rule.id for rule in tables.liability} == set(LIABILITY)
    assert {rule.id for rule in tables.freight} == set(FREIGHT)
    assert {rule.id for rule in tables.compensation} == set(COMPENSATION)


EXCEPTIONS = {
    **dict.fromkeys(["custom_made", "fresh", "periodical", "near_expiry", "flawed"], (False, False, False)),
    **dict.fromkeys(["digital", "cosmetics", "food", "intimate", "activated_electronics"], (True, False, True)),
    "ordinary": (True, True, True),
}


@pytest.mark.parametrize("goods", EXCEPTIONS)
def test_what_each_class_of_goods_means_for_returning_without_a_reason(goods: str) -> None:
    found = tuple(decide(facts(goods=goods, opened=opened), load_tables()).allowed for opened in (False, True, None))
    assert found == EXCEPTIONS[goods]


def test_every_class_of_goods_has_a_case() -> None:
    assert set(load_tables().goods) == set(EXCEPTIONS)


def test_faults_go_back_whatever_the_class_and_opened() -> None:
    for goods in set(EXCEPTIONS) - {"fresh"}:
        assert decide(facts("return", "quality", goods=goods, opened=True), load_tables()).allowed


@pytest.mark.parametrize(
    "reason", ["quality", "malfunction", "not_as_described", "wrong_item", "damaged", "missing_item"]
)
def test_money_for_faults_without_sending_back_is_up_to_what_was_paid_and_needs_a_picture(reason: str) -> None:
    decision = decide(facts("refund", reason), load_tables())
    assert (decision.allowed, decision.amount, decision.evidence_needed) == (True, Decimal("200.00"), True)
    assert not decide(facts("refund", reason, received=ago(days=16)), load_tables()).allowed


def test_alternatives_are_only_what_is_granted() -> None:
    tables = load_tables()
    assert decide(facts("refund", "disliked"), tables).alternatives == (AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE)
    assert decide(facts("refund", "quality", received=ago(days=16)), tables).alternatives == ()
    broken = facts("refund", "malfunction", category="electronics", received=ago(days=16))
    assert decide(broken, tables).alternatives == (AfterSaleKind.REPAIR,)
    fake = facts("refund", "counterfeit", received=ago(days=16))
    assert decide(fake, tables).alternatives == (AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE)
    late = decide(facts("return", "malfunction", category="electronics", received=ago(days=16)), tables)
    assert late.alternatives == (AfterSaleKind.REPAIR,)
    assert decide(facts("refund", order=UNSHIPPED_LATE), tables).alternatives == ()


@pytest.mark.parametrize(
    ("about", "needed"),
    [
        (facts("return", "quality"), True),
        (facts("return", "quality", evidence=1), True),
        (facts("return", "disliked"), False),
        (facts("refund", "quality"), True),
        (facts("refund", "not_received"), False),
        (facts("price_protection", "quality", price="90"), False),
        (facts("return", "quality", received=ago(days=16)), False),
    ],
)
def test_faults_need_a_picture_where_they_can_be_filed(about: CaseFacts, needed: bool) -> None:
    assert decide(about, load_tables()).evidence_needed is needed
