"""Which pairs of entries are reported, as what, and in what their answers differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

import pytest

from tests.factories import make_entry
from xiaoer.knowledge.answers import Difference, difference
from xiaoer.knowledge.conflicts import Conflict, ConflictKind, find_conflicts
from xiaoer.knowledge.model import Entry, EntryStatus, Layer
from xiaoer.knowledge.products import ProductNames

Make = Callable[..., Entry]


def told(conflicts: list[Conflict]) -> list[tuple[str, int, int]]:
    return [(conflict.kind.value, conflict.first.id, conflict.second.id) for conflict in conflicts]


def test_two_answers_to_one_question_are_a_conflict() -> None:
    (found,) = find_conflicts(
        [
            make_entry(1, "满多少包邮", "满99元包邮"),
            make_entry(2, "退款多久到账", "三天"),
            make_entry(3, "怎么才能免邮费", "满59元包邮", similar_questions=("满多少包邮呀",)),
        ]
    )
    assert (found.kind, found.first.id, found.second.id, found.similarity) == (ConflictKind.CONFLICT, 1, 3, 1.0)
    assert found.questions == ("满多少包邮", "满多少包邮呀")
    assert found.differs == Difference(("99",), ("59",), numbers=True)


def test_the_same_answer_twice_is_a_duplicate() -> None:
    entries = [make_entry(1, "可以开发票吗", "亲，可以开电子发票。"), make_entry(2, "能开发票不", "可以开电子发票哦")]
    (found,) = find_conflicts(entries)
    assert (found.kind, found.differs) == (ConflictKind.DUPLICATE, Difference((), (), numbers=False))
    assert found.similarity == 1.0
    assert find_conflicts(list(reversed(entries))) == [found]


@pytest.mark.parametrize(
    ("one", "other", "kind", "winner"),
    [
        ({}, {"layer": Layer.PRODUCT}, "conflict", 1),
        ({"layer": Layer.PRODUCT}, {}, "conflict", 2),
        ({}, {"layer": Layer.PRODUCT, "answer": "一"}, "overridden", 1),
        ({}, {"layer": Layer.EMERGENCY}, "overridden", 2),
        ({"scope": "platform"}, {}, "overridden", 2),
        ({"scope": "platform"}, {"answer": "一"}, "overridden", 2),
        ({"scope": "platform", "layer": Layer.EMERGENCY}, {}, "overridden", 1),
        ({"scope": "platform", "layer": Layer.EMERGENCY}, {"layer": Layer.EMERGENCY}, "overridden", 2),
        ({"scope": "platform"}, {"scope": "platform"}, "conflict", 1),
        ({"product_id": "P1"}, {"product_id": "P1"}, "conflict", 1),
        ({"product_label": "围巾"}, {"product_label": "围巾"}, "conflict", 1),
    ],
)
def test_kind_and_winner_follow_scope_and_layer(
    one: dict[str, object], other: dict[str, object], kind: str, winner: int
) -> None:
    entries = [
        make_entry(1, "会起球吗", **{"answer": "一", **one}),
        make_entry(2, "会不会起球", **{"answer": "二", **other}),
    ]
    assert told(find_conflicts(entries)) == [(kind, winner, 3 - winner)]


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "other"},
        {"product_id": "P1"},
        {"product_label": "围巾"},
        {"status": EntryStatus.DRAFT},
        {"status": EntryStatus.RETIRED},
        {"question": "会掉色吗"},
        {"question": "x14会起球吗"},
    ],
)
def test_what_never_meets_is_not_reported(other: dict[str, object]) -> None:
    assert find_conflicts([make_entry(1, "会起球吗", "会"), replace(make_entry(2, "会起球吗", "有时"), **other)]) == []
    assert find_conflicts([]) == []


def test_only_what_holds_at_the_same_time_is_reported(now: datetime) -> None:
    week = timedelta(days=7)
    early = make_entry(1, "有什么活动", "满100减10", valid_to=now)
    late = make_entry(2, "有什么活动", "满200减30", valid_from=now, valid_to=now + week)
    always = make_entry(3, "有什么活动", "没有")
    inside = make_entry(4, "有什么活动", "满300减50", valid_from=now + week / 2, valid_to=now + week / 2 + week)
    assert told(find_conflicts([early, late])) == []
    assert told(find_conflicts([late, inside])) == [("conflict", 2, 4)]
    assert {each[1:] for each in told(find_conflicts([early, late, always]))} == {(1, 3), (2, 3)}


def test_a_products_name_alone_makes_no_two_questions_alike() -> None:
    names = ProductNames([("P1", "暖冬双面羊毛大衣女", "双面羊毛大衣")])
    about = {"product_id": "P1", "layer": Layer.PRODUCT}
    entries = [
        make_entry(1, "双面羊毛大衣会起球吗", "会", **about),
        make_entry(2, "双面羊毛大衣会掉色吗", "不会", **about),
        make_entry(3, "会不会起球", "偶尔", **about),
    ]
    assert told(find_conflicts(entries, names=names)) == [("conflict", 1, 3)]


def test_the_worst_come_first() -> None:
    entries = [
        make_entry(1, "会起球吗", "不会"),
        make_entry(2, "会起球吗", "轻微"),
        make_entry(3, "几天发货", "48小时"),
        make_entry(4, "几天发货", "24小时"),
        make_entry(5, "能刻字吗", "能"),
        make_entry(6, "能刻字吗", "能。"),
        make_entry(7, "包安装吗", "包"),
        make_entry(8, "包安装吗", "看商品", scope="platform"),
    ]
    expected = [("conflict", 3, 4), ("conflict", 1, 2), ("duplicate", 5, 6), ("overridden", 7, 8)]
    assert told(find_conflicts(entries)) == expected
    assert told(find_conflicts(entries, limit=2)) == expected[:2]


@pytest.mark.parametrize(
    ("first", "second", "ours", "theirs", "numbers"),
    [
        ("满99元包邮", "满 99 元 包邮！", (), (), False),
        ("七天内可退", "7天内可退", (), (), False),
        ("押金1,000元", "押金1000.0元", (), (), False),
        ("可以机洗", "不可以机洗", (), ("不",), False),
        ("48小时内发货", "48小时内不发货", (), ("不",), False),
        ("满99减10.5", "满99减20", ("10.5",), ("20",), True),
        ("不好意思，能退", "能退", (), (), False),
        ("用顺丰寄", "用圆通寄", ("顺丰",), ("圆通",), False),
        ("运费由您出", "运费由我们出", ("你",), ("我们",), False),
        ("会", "有时会", (), ("有时",), False),
    ],
)
def test_answers_differ_in_words_numbers_and_denials(
    first: str, second: str, ours: tuple[str, ...], theirs: tuple[str, ...], *, numbers: bool
) -> None:
    assert difference(first, second) == Difference(ours, theirs, numbers)


def test_thousands_are_compared_in_seconds() -> None:
    goods = [f"{kind}{model}" for kind in ("大衣", "耳机", "台灯", "面膜", "背包") for model in range(80)]
    topics = ["怎么保养", "保修多久", "什么时候发货", "有什么颜色", "适合送人吗"]
    mine = [f"{name}{topic}" for name in goods for topic in topics]
    entries = [
        *(make_entry(number, text, "一", scope="shop") for number, text in enumerate(mine, start=1)),
        *(make_entry(number, text, "二", scope="platform") for number, text in enumerate(mine, start=10_001)),
    ]
    assert len(entries) == 4000
    start = perf_counter()
    found = find_conflicts(entries)
    assert perf_counter() - start < 60  # some seconds on an idle machine
    overridden = {(each.first.id, each.second.id) for each in found if each.kind is ConflictKind.OVERRIDDEN}
    assert {(number, number + 10_000) for number in range(1, 2001)} <= overridden
