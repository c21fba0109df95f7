"""What the demo mall's shops and its platform know, and which of them wins where they disagree."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.demo.conftest import Mall
from xiaoer.commerce.tables import ProductRow
from xiaoer.knowledge.model import Entry
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries, revision

SCOPES = ["platform", "yunshang", "jixing", "shanye", "huayan", "mujian"]


@pytest.fixture(scope="module")
def search(mall: Mall) -> KnowledgeBase:
    return KnowledgeBase(mall.session.get_bind())


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_knows_enough(mall: Mall, scope: str) -> None:
    entries = list_entries(mall.session, scope)
    assert len([entry for entry in entries if entry.valid_at(mall.now)]) >= 42
    assert revision(mall.session, scope) == 1
    asked = [
        text for entry in entries for text in (entry.question, *entry.similar_questions) if entry.valid_from is None
    ]
    assert len(asked) == len(set(asked))
    for entry in entries:
        assert 2 <= len(entry.similar_questions) <= 4, entry.question
        assert 8 <= len(entry.answer) <= 150, entry.question
        assert "{" not in entry.answer
        assert (entry.layer == "product") == bool(entry.product_id or entry.product_label) or entry.layer == "emergency"


def test_products_belong_to_the_scope(mall: Mall) -> None:
    owner = dict(mall.session.execute(select(ProductRow.product_id, ProductRow.merchant_id)).all())
    for scope in SCOPES:
        about = [entry.product_id for entry in list_entries(mall.session, scope) if entry.product_id]
        assert all(owner[product] == scope for product in about)


def test_layers_and_validity(mall: Mall) -> None:
    entries: list[Entry] = [entry for scope in SCOPES for entry in list_entries(mall.session, scope)]
    valid = [entry for entry in entries if entry.valid_at(mall.now)]
    assert {entry.layer for entry in valid} == {"product", "campaign", "emergency"}
    assert {entry.scope for entry in valid if entry.layer == "emergency"} == {"platform", "jixing", "shanye"}
    assert any(not entry.valid_at(mall.now) for entry in entries)
    assert any(entry.product_label for entry in valid)


@pytest.mark.parametrize(
    ("tenant", "question", "source", "words"),
    [
        ("platform", "下单后多久发货", "平台规则", "48小时"),
        ("jixing", "下单后多久发货", "店铺说明", "24小时"),
        ("mujian", "下单后多久发货", "店铺说明", "72小时"),
        ("shanye", "下单后多久发货", "店铺紧急通知", "暴雪"),
        ("jixing", "价保几天", "店铺说明", "15天"),
        ("platform", "价保几天", "平台规则", "7天"),
        ("shanye", "丑苹果坏了多久内拍照赔", "店铺商品说明", "48小时"),
        ("yunshang", "香云纱外套什么时候发货", "店铺商品说明", "72小时"),
        ("jixing", "移动电源鼓包了怎么办", "店铺紧急通知", "停用"),
        ("yunshang", "平台介入要提供什么证据", "平台规则", "面单"),
        ("platform", "一件代发怎么对接", "平台规则", "供应商"),
    ],
)
def test_who_wins(mall: Mall, search: KnowledgeBase, tenant: str, question: str, source: str, words: str) -> None:
    found = search.answer(tenant, question, now=mall.now)
    assert found is not None
    assert (found.source, words in found.entry.answer) == (source, True)


def test_questions_find_their_own_answer(mall: Mall, search: KnowledgeBase) -> None:
    missed = [
        (scope, entry.question)
        for scope in SCOPES
        for entry in list_entries(mall.session, scope)
        if entry.valid_at(mall.now) and entry.layer != "emergency" and not _finds(search, mall, scope, entry)
    ]
    assert missed == [("shanye", "下单后多久发货")]  # there the emergency wins


def _finds(search: KnowledgeBase, mall: Mall, scope: str, entry: Entry) -> bool:
    found = search.answer(scope, entry.question, now=mall.now, product_id=entry.product_id)
    return found is not None and found.entry.id == entry.id
