"""What is found, whose it is, and when it is seen."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from xiaoer.database import writing
from xiaoer.knowledge.model import Answer, Draft, Entry, Layer, Verdict
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import retire_entry, update_entry

Add = Callable[..., Entry]
SECOND = timedelta(seconds=1)


def said(found: Answer | None) -> tuple[str, str] | None:
    return None if found is None else (found.entry.answer, found.source)


# Precedence --------------------------------------------------------------------------------------------------------

LADDER = [
    ("店铺紧急通知", {"scope": "shop", "layer": Layer.EMERGENCY}),
    ("平台紧急通知", {"scope": "platform", "layer": Layer.EMERGENCY}),
    ("店铺商品说明", {"scope": "shop", "layer": Layer.PRODUCT, "product_id": "P1"}),
    ("店铺说明", {"scope": "shop", "layer": Layer.CAMPAIGN}),
    ("店铺说明", {"scope": "shop", "layer": Layer.PRODUCT}),
    ("平台规则", {"scope": "platform", "layer": Layer.CAMPAIGN}),
    ("平台规则", {"scope": "platform", "layer": Layer.PRODUCT}),
]
PAIRINGS = [(upper, lower) for upper in range(len(LADDER)) for lower in range(upper + 1, len(LADDER))]


@pytest.mark.parametrize(("upper", "lower"), PAIRINGS)
@pytest.mark.parametrize("upper_first", [True, False])
def test_the_higher_layer_wins(
    small_mall: Engine, add_small: Add, now: datetime, *, upper: int, lower: int, upper_first: bool
) -> None:
    for step in (upper, lower) if upper_first else (lower, upper):
        add_small(question="双十二期间几天发货", answer=f"第{step}级", **LADDER[step][1])
    knowledge = KnowledgeBase(small_mall)
    found = knowledge.search("shop", "双十二几天能发货呀", now=now, product_id="P1")
    assert [said(answer) for answer in found] == [
        (f"第{upper}级", LADDER[upper][0]),
        (f"第{lower}级", LADDER[lower][0]),
    ]
    assert knowledge.answer("shop", "双十二几天能发货呀", now=now, product_id="P1") == found[0]


def test_a_bad_match_does_not_win_by_its_layer(small_mall: Engine, add_small: Add, now: datetime) -> None:
    add_small("shop", "春节期间快递停运通知", "停运", layer=Layer.EMERGENCY)
    add_small("shop", "春节期间有什么活动", "满减", layer=Layer.CAMPAIGN)
    add_small("platform", "春节期间客服几点上班", "平台九点")
    answer = KnowledgeBase(small_mall).answer("shop", "春节客服几点上班", now=now)
    assert said(answer) == ("平台九点", "平台规则")


# Validity ----------------------------------------------------------------------------------------------------------


def test_an_entry_holds_from_its_first_moment_until_before_its_last(mall: Engine, add: Add, now: datetime) -> None:
    add("shop", "包邮吗", "平时满99元包邮。")
    add("shop", "包邮吗", "今天全场包邮。", layer=Layer.EMERGENCY, valid_from=now, valid_to=now + SECOND)
    knowledge = KnowledgeBase(mall)
    moments = [now - SECOND, now, now + SECOND / 2, now + SECOND]
    assert [said(knowledge.answer("shop", "包邮不", now=moment)) for moment in moments] == [
        ("平时满99元包邮。", "店铺说明"),
        ("今天全场包邮。", "店铺紧急通知"),
        ("今天全场包邮。", "店铺紧急通知"),
        ("平时满99元包邮。", "店铺说明"),
    ]


def test_open_ended_entries_hold_from_or_until_their_one_edge(
    small_mall: Engine, add_small: Add, now: datetime
) -> None:
    add_small("shop", "门店地址在哪里", "新址", valid_from=now)
    add_small("other", "门店地址在哪里", "旧址", valid_to=now)
    knowledge = KnowledgeBase(small_mall)
    assert knowledge.answer("shop", "门店在哪", now=now - SECOND) is None
    assert said(knowledge.answer("shop", "门店在哪", now=now)) == ("新址", "店铺说明")
    assert said(knowledge.answer("other", "门店在哪", now=now - SECOND)) == ("旧址", "店铺说明")
    assert knowledge.answer("other", "门店在哪", now=now) is None


# Changes -----------------------------------------------------------------------------------------------------------


def test_every_change_is_seen_at_once_by_every_knowledge_base(mall: Engine, add: Add, now: datetime) -> None:
    first, second = KnowledgeBase(mall), KnowledgeBase(mall)

    def answers() -> list[tuple[str, str] | None]:
        return [said(each.answer("shop", "请问邮费怎么收", now=now)) for each in (first, second)]

    assert answers() == [None, None]
    entry = add("shop", "邮费怎么收", "八元")
    assert answers() == [("八元", "店铺说明")] * 2
    with writing(mall) as session:
        update_entry(session, "shop", entry.id, Draft(question="邮费怎么收", answer="十元"), BY_TESTS)
    assert answers() == [("十元", "店铺说明")] * 2
    with writing(mall) as session:
        retire_entry(session, "shop", entry.id, BY_TESTS)
    assert answers() == [None, None]
    add("platform", "邮费怎么收", "看商家")
    assert answers() == [("看商家", "平台规则")] * 2


def test_a_search_without_a_change_costs_two_queries(mall: Engine, add: Add, now: datetime) -> None:
    add("shop", "包邮吗")
    knowledge = KnowledgeBase(mall)
    knowledge.search("shop", "包邮吗", now=now)
    statements: list[str] = []
    event.listen(mall, "before_cursor_execute", lambda *given: statements.append(given[2]))
    knowledge.search("shop", "包邮吗", now=now)
    assert [statement.split()[0] for statement in statements if statement != "BEGIN"] == ["SELECT", "SELECT"]


# Products ----------------------------------------------------------------------------------------------------------


def test_no_product_is_guessed_where_several_answer_and_none_is_meant(
    small_mall: Engine, add_small: Add, now: datetime
) -> None:
    coat = add_small("shop", "羊毛大衣怎么洗", "干洗", layer=Layer.PRODUCT, product_id="P1")
    jacket = add_small("shop", "短款羽绒服怎么洗", "手洗", layer=Layer.PRODUCT, product_id="P2")
    knowledge = KnowledgeBase(small_mall)
    finding = knowledge.ask("shop", "怎么洗", now=now)
    assert (finding.verdict, {each.entry.id for each in finding.answers}) == (Verdict.OFFER, {coat.id, jacket.id})
    for product_id, answer in (("P1", "干洗"), ("P2", "手洗")):
        found = knowledge.answer("shop", "怎么洗", now=now, product_id=product_id)
        assert said(found) == (answer, "店铺商品说明")


def test_two_products_entries_in_the_same_words_are_offered(small_mall: Engine, add_small: Add, now: datetime) -> None:
    add_small("shop", "怎么洗", "干洗", layer=Layer.PRODUCT, product_id="P1")
    add_small("shop", "怎么洗", "手洗", layer=Layer.CAMPAIGN, product_id="P2")
    knowledge = KnowledgeBase(small_mall)
    assert knowledge.ask("shop", "怎么洗", now=now).verdict is Verdict.OFFER
    found = knowledge.answer("shop", "怎么洗", now=now, product_id="P1")
    assert said(found) == ("干洗", "店铺商品说明")


def test_nothing_is_found_where_all_that_fits_is_over_or_about_another_product(
    small_mall: Engine, add_small: Add, now: datetime
) -> None:
    add_small("shop", "怎么洗", "干洗", layer=Layer.PRODUCT, product_id="P1")
    add_small("shop", "怎么洗衣服", "手洗", layer=Layer.CAMPAIGN, valid_to=now)
    knowledge = KnowledgeBase(small_mall)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert knowledge.search("shop", "怎么洗", now=now, product_id="P2") == []


# Tenants -----------------------------------------------------------------------------------------------------------


def test_another_merchants_entry_is_never_found(mall: Engine, add: Add, now: datetime) -> None:
    add("other", "包邮吗", "数码店包邮")
    add("other", "数码店紧急停发", "停发", layer=Layer.EMERGENCY)
    knowledge = KnowledgeBase(mall)
    for tenant in ("shop", "platform", "nobody"):
        assert knowledge.search(tenant, "包邮吗", now=now, limit=50) == []
        assert knowledge.search(tenant, "数码店紧急停发", now=now, product_id="P3", limit=50) == []
    assert said(knowledge.answer("other", "包邮吗", now=now)) == ("数码店包邮", "店铺说明")


def test_the_platforms_own_visitors_find_the_platforms_entries_once(
    small_mall: Engine, add_small: Add, now: datetime
) -> None:
    add_small("platform", "怎么注销账号", "在设置里")
    found = KnowledgeBase(small_mall).search("platform", "怎么注销账号", now=now)
    assert [said(answer) for answer in found] == [("在设置里", "平台规则")]


# Products ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def washing(add_small: Add) -> dict[str, Entry]:
    return {
        "coat": add_small("shop", "羊毛大衣怎么洗", "大衣干洗", layer=Layer.PRODUCT, product_id="P1"),
        "down": add_small("shop", "羽绒服怎么洗", "羽绒手洗", layer=Layer.PRODUCT, product_id="P2"),
        "scarf": add_small("shop", "怎么清洗", "围巾冷水洗", layer=Layer.PRODUCT, product_label="羊绒围巾"),
        "all": add_small("shop", "几天发货", "两天"),
    }


@pytest.mark.parametrize(
    ("text", "view", "expected"),
    [
        ("怎么洗", "P1", "大衣干洗"),
        ("怎么洗", "P2", "羽绒手洗"),
        ("这个可以机洗吗", "P2", "羽绒手洗"),
        ("羽绒服怎么洗", "P1", "羽绒手洗"),
        ("羽绒服怎么洗", None, "羽绒手洗"),
        ("大衣要怎么清洗呢", None, "大衣干洗"),
        ("围巾怎么洗", "P1", "围巾冷水洗"),
        ("羊绒围巾怎么洗", None, "围巾冷水洗"),
        ("大衣几天发货", None, "两天"),
        ("围巾几天能发货", "P1", "两天"),
    ],
)
def test_the_product_named_or_in_view_answers(
    small_mall: Engine, washing: dict[str, Entry], now: datetime, *, text: str, view: str | None, expected: str
) -> None:
    found = KnowledgeBase(small_mall).answer("shop", text, now=now, product_id=view)
    assert found is not None
    assert found.entry.answer == expected


def test_another_products_entry_is_never_found(small_mall: Engine, washing: dict[str, Entry], now: datetime) -> None:
    knowledge = KnowledgeBase(small_mall)
    with writing(small_mall) as session:
        retire_entry(session, "shop", washing["coat"].id, BY_TESTS)
    assert knowledge.answer("shop", "羊毛大衣怎么洗", now=now) is None
    assert knowledge.answer("shop", "怎么洗", now=now, product_id="P1") is None
    ids = {answer.entry.id for answer in knowledge.search("shop", "羊毛大衣怎么洗", now=now, limit=50)}
    assert not ids & {washing["down"].id, washing["scarf"].id}


# Awkward input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t　",
        "😀😀😀👍🏻",
        "？？？！！！……",
        "a" * 10_000,
        "啊" * 10_000,
        "，" * 10_000,
        "嗯，" * 5_000,
        "锟斤拷烫烫烫" * 2_000,
        "' OR 1=1; DROP TABLE knowledge_entries; --",
        "%_%' UNION SELECT * FROM tenants",
        "<script>alert('x')</script><img src=x onerror=alert(1)>",
        "\u202e\u200b\u0000\u0007\ufeff",
        "\ud800",
        '/inform{"order_no":"1"}',
    ],
)
def test_what_is_no_question_gets_no_answer_and_quickly(
    small_mall: Engine, washing: dict[str, Entry], now: datetime, text: str
) -> None:
    knowledge = KnowledgeBase(small_mall)
    knowledge.search("shop", "几天发货", now=now)
    begun = time.perf_counter()
    assert knowledge.answer("shop", text, now=now) is None
    assert knowledge.answer("shop", text, now=now, product_id="no such'product") is None
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "在吗，想问一下你们家包不包邮啊，我在新疆",
        "我昨天看了好久了一直在犹豫。你们这个邮费怎么算？我朋友说她上次买的时候没注意",
        "ＢＡＯ邮　吗？？？包　邮　不！",
        "运 费 多 少",
    ],
)
def test_a_question_is_found_inside_of_chat(small_mall: Engine, add_small: Add, now: datetime, text: str) -> None:
    add_small("shop", "包邮吗", "满99元包邮", similar_questions=("运费多少",))
    add_small("shop", "几点上班", "九点")
    add_small("platform", "怎么退货", "七天内")
    assert said(KnowledgeBase(small_mall).answer("shop", text, now=now)) == ("满99元包邮", "店铺说明")


def test_several_threads_search_while_entries_change(mall: Engine, add: Add, now: datetime) -> None:
    add("shop", "包邮吗", "第0版")
    knowledge = KnowledgeBase(mall)

    def search(number: int) -> bool:
        if number % 10 == 9:
            add("shop", f"第{number}号活动是什么", "活动")
        found = knowledge.answer("shop", "包邮吗", now=now)
        return found is not None and found.entry.answer == "第0版"

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(search, range(60)))
    found = knowledge.answer("shop", "第59号活动是什么", now=now)
    assert found is not None
    assert found.entry.question == "第59号活动是什么"
