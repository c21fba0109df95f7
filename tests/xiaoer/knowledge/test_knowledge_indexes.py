"""The indexes of all scopes: what is built again, when, and what answers meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.factories import BY_TESTS
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import writing
from xiaoer.knowledge import indexes as module
from xiaoer.knowledge.indexes import CATALOGUE_SECONDS, Indexes
from xiaoer.knowledge.model import Entry, Layer
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.synonyms_store import set_synonyms

Add = Callable[..., Entry]


def test_only_the_scope_that_changed_is_built_again(small_mall: Engine, add_small: Add) -> None:
    add_small("shop", "包邮吗")
    add_small("platform", "怎么注销账号")
    indexes = Indexes(small_mall)
    _, (shop, platform) = indexes.of("shop")
    assert indexes.of("shop")[1] == (shop, platform)
    added = add_small("shop", "几点上班")
    _, (shop_now, platform_now) = indexes.of("shop")
    assert platform_now.index is platform.index
    assert shop_now.index is not shop.index
    assert shop_now.index.ids.tolist() == [*shop.index.ids.tolist(), added.id]
    assert indexes.of("platform")[1] == (platform_now,)


def test_a_product_renamed_is_seen_when_the_catalogue_is_read_again(
    small_mall: Engine, add_small: Add, now: datetime
) -> None:
    moment = [0.0]
    add_small("shop", "羊毛大衣怎么洗", "请干洗", layer=Layer.PRODUCT, product_id="P1")
    indexes = Indexes(small_mall, clock=lambda: moment[0])
    knowledge = KnowledgeBase(small_mall, indexes=indexes)
    assert indexes.of("shop")[0].named("斗篷怎么洗") == frozenset()
    with writing(small_mall) as session:
        product = session.get(ProductRow, "P1")
        assert product is not None
        product.name, product.short_name = "暖冬斗篷", "斗篷"
    moment[0] = CATALOGUE_SECONDS - 0.1
    assert indexes.of("shop")[0].named("斗篷怎么洗") == frozenset()
    moment[0] = CATALOGUE_SECONDS
    assert indexes.of("shop")[0].named("斗篷怎么洗") == frozenset({"P1"})
    assert indexes.of("shop")[0].named("羊毛大衣") == frozenset()
    assert [each.entry.answer for each in knowledge.search("shop", "斗篷怎么洗", now=now)] == ["请干洗"]


def test_a_shops_own_synonyms_reach_its_search_and_no_other(small_mall: Engine, add_small: Add, now: datetime) -> None:
    for scope in ("shop", "other"):
        add_small(scope, "邮费怎么收")
    knowledge = KnowledgeBase(small_mall)

    def scores() -> list[float]:
        return [knowledge.search(scope, "车马费怎么收", now=now)[0].score for scope in ("shop", "other")]

    shop, other = scores()
    assert shop == other
    with writing(small_mall) as session:
        set_synonyms(session, "shop", [["邮费", "车马费"]], BY_TESTS)
    shop_now, other_now = scores()
    assert shop_now > max(shop, 0.9)
    assert other_now == other


def many_entries(engine: Engine, add: Add) -> None:
    for question in ("几点上班", "怎么退货", "发什么快递"):
        add("shop", question)


def other_synonyms(engine: Engine, add: Add) -> None:
    with writing(engine) as session:
        set_synonyms(session, "shop", [["邮费", "车马费"]], BY_TESTS)


@pytest.mark.parametrize("change", [many_entries, other_synonyms])
def test_much_work_is_done_apart_while_the_old_index_answers(
    small_mall: Engine, add_small: Add, monkeypatch: pytest.MonkeyPatch, change: Callable[[Engine, Add], None]
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    for question in ("包邮吗", "邮费多少", "能开发票吗"):
        add_small("shop", question)
    indexes = Indexes(small_mall)
    _, (old, _) = indexes.of("shop")
    begun, may_build = threading.Event(), threading.Event()
    builders: list[threading.Thread] = []
    build = indexes._build

    def slow(session: Session, name: str, *rest: object) -> object:
        builders.append(threading.current_thread())
        begun.set()
        assert may_build.wait(30)
        return build(session, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(indexes, "_build", slow)
    change(small_mall, add_small)
    for _ in range(3):
        assert indexes.of("shop")[1][0] is old
    assert begun.wait(30)
    assert len(builders) == 1
    assert builders[0] is not threading.current_thread()
    may_build.set()
    until = time.monotonic() + 30
    while indexes.of("shop")[1][0] is old and time.monotonic() < until:
        time.sleep(0.01)
    _, (new, _) = indexes.of("shop")
    assert (new.words != old.words) is (change is other_synonyms)
    assert len(new.index) == (6 if change is many_entries else 3)


def test_a_few_changes_are_waited_for(small_mall: Engine, add_small: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    add_small("shop", "包邮吗")
    indexes = Indexes(small_mall)
    indexes.of("shop")
    for question in ("几点上班", "怎么退货"):
        add_small("shop", question)
    assert len(indexes.of("shop")[1][0].index) == 3
