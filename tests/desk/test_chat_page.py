from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import unavailable
from tests.desk.conftest import FakeRasa, Shop, Talk, desk_on
from tests.desk.server import served
from tests.desk.test_demo import demo  # noqa: F401
from xiaoer.service.tables import ConversationRow, MessageRow
from xiaoer.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

CARDS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {
            "type": "order_card",
            "order_no": "202611200000000001",
            "state_text": "已发货",
            "amount": "6999.00",
            "merchant_name": "云裳服饰",
            "lines": [{"product_name": "羊毛<b>大衣</b>", "variant": "黑色 L", "quantity": 2, "unit_price": "3499.5"}],
            "created_at": "2026-11-20T08:00:00+00:00",
        },
        ["202611200000000001", "已发货", "¥6999.00", "羊毛<b>大衣</b> · 黑色 L", "¥3499.50 ×2", "11月20日 16:00"],
    ),
    (
        {
            "type": "logistics_track",
            "carrier_name": "中通快递",
            "waybill_no": "ZT1",
            "state_text": "运输中",
            "events": [{"at": "11月20日 09:05", "text": "到达杭州"}, {"text": "已揽收"}],
        },
        ["中通快递 ZT1", "运输中", "11月20日 09:05", "到达杭州", "已揽收"],
    ),
    (
        {
            "type": "after_sale_card",
            "after_sale_no": "AS20261120000001",
            "order_no": "202611200000000001",
            "kind_text": "退货退款",
            "state_text": "待商家审核",
            "amount": "199.00",
            "created_at": "11月20日 09:05",
        },
        ["退货退款", "待商家审核", "AS20261120000001", "202611200000000001", "¥199.00", "11月20日 09:05"],
    ),
    (
        {"type": "invoice_card", "order_no": "202611200000000001", "title": "云上科技", "state_text": "待开具"},
        ["发票", "云上科技", "待开具", "202611200000000001"],
    ),
    (
        {"type": "ticket_card", "ticket_no": "TK1", "title": "申请平台介入", "state_text": "待处理"},
        ["申请平台介入", "TK1", "待处理"],
    ),
    (
        {"type": "product_card", "name": "大衣", "price": 99, "stock_text": "有货", "attributes": {"材质": "羊毛"}},
        ["大衣", "¥99.00", "有货", "材质", "羊毛"],
    ),
    (
        {"type": "product_card", "name": "围巾", "payable": "84.00", "pieces": 2, "url": "https://mall.test/item/P2"},
        ["围巾", "到手价（2 件）", "¥84.00", "去下单"],
    ),
    (
        {
            "type": "coupon_card",
            "coupons": [
                {
                    "name": "店铺券",
                    "threshold": "199.00",
                    "discount": "15.00",
                    "ends_at": "11月30日 12:00",
                    "state_text": "可用",
                },
                {
                    "name": "红包",
                    "threshold": "0.00",
                    "discount": "5.00",
                    "state_text": "已经用过",
                    "note": "还差49.00元才能用",
                },
            ],
        },
        ["店铺券", "可用", "满 ¥199.00 减 ¥15.00 · 11月30日 12:00 到期", "减 ¥5.00", "已经用过", "还差49.00元才能用"],
    ),
    (
        {
            "type": "product_comparison",
            "products": [{"name": "甲", "price": "1", "attributes": {"屏幕": "6.1"}}, {"name": "乙"}],
        },
        ["甲", "乙", "屏幕", "6.1"],
    ),
    (
        {"type": "knowledge_answer", "question": "怎么退", "answer": "七天内可退", "source": "平台规则"},
        ["怎么退", "七天内可退", "来自平台规则"],
    ),
    ({"type": "form_summary", "fields": [{"label": "原因", "value": "太大"}]}, ["请核对", "原因", "太大"]),
    ({"type": "rating"}, ["请为本次服务打分"]),
    ({"type": "form_question", "slot": "reason", "options": ["质量问题"]}, ["质量问题"]),
    ({"type": "order_card", "lines": "x", "amount": {}}, []),
    ({"type": "logistics_track", "events": [None, 7]}, []),
    ({"type": "no such card"}, []),
    ({"type": "constructor"}, []),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        path = os.environ.get("XIAOER_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except sync_api.Error:
            unavailable("Chromium")
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert broken == []


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    with served(app) as address:
        yield address


def bubbles(page: Any) -> list[str]:
    return [text for text in page.locator(".row[data-id] .bubble").all_inner_texts() if text]


def say(page: Any, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def test_talks_taps_and_remembers(page: Any, address: str, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "选一个", "buttons": [{"title": "查物流", "payload": '/track{"a": 1}'}]}]
    page.goto(f"{address}/chat?merchant=m1&order=202611200000000001#token={shop.token()}")
    page.wait_for_selector("#compose:visible")
    assert "token" not in page.url
    assert page.inner_text("#shop") == "云裳服饰"
    say(page, "<img src=x onerror=alert(1)>")
    page.click("text=查物流")
    page.locator(".choices").nth(1).wait_for()
    assert bubbles(page) == ["<img src=x onerror=alert(1)>", "选一个", "查物流", "选一个"]
    assert rasa.last["message"] == '/track{"a": 1}'
    assert rasa.last["metadata"]["order_no"] == "202611200000000001"
    page.reload()
    page.locator(".choices").nth(1).wait_for()
    assert bubbles(page) == ["<img src=x onerror=alert(1)>", "选一个", "查物流", "选一个"]
    assert shop.count(ConversationRow, MessageRow) == [1, 4]


@pytest.mark.parametrize(("card", "words"), CARDS)
def test_draws_cards(page: Any, address: str, shop: Shop, rasa: FakeRasa, card: Any, words: list[str]) -> None:
    rasa.answer = [{"text": "请看"}, {"custom": card}]
    page.goto(f"{address}/chat#token={shop.token()}")
    say(page, "看看")
    page.wait_for_selector("text=请看")
    shown = page.inner_text(".row.bot[data-id]")
    for word in ["请看", *words]:
        assert word in shown


def test_people_take_over(page: Any, address: str, shop: Shop, rasa: FakeRasa, client: Any) -> None:
    rasa.status = 500
    page.goto(f"{address}/chat#token={shop.token()}")
    say(page, "还在吗")
    page.wait_for_selector("#banner:visible")
    assert "下一位就是您" in page.inner_text("#banner")
    conversation = shop.rows(ConversationRow)[0].id
    people = Talk(client, shop)
    people.agent(conversation, "accept")
    people.agent(conversation, "reply", text="我是小王")
    page.wait_for_selector(".row.agent >> text=我是小王")
    assert page.inner_text("#state") == "人工客服为您服务"
    page.click("#banner button")
    page.wait_for_selector("text=已为您切回智能客服")
    assert page.is_hidden("#banner")
    assert bubbles(page)[-2] == "返回机器人"


def test_outlives_a_restart(page: Any, shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    with served(desk_on(shop, rasa, settings)) as address:
        page.goto(f"{address}/chat#token={shop.token()}")
        say(page, "第一句")
        page.wait_for_selector("text=请问有什么可以帮您")
    say(page, "第二句")
    page.click(".failed button", trial=True)
    with served(desk_on(shop, rasa, settings), port=int(address.rpartition(":")[2])):
        page.click(".failed button")
        page.locator(".row.bot[data-id]").nth(1).wait_for()
        page.wait_for_selector("#notice", state="hidden")
    assert bubbles(page)[::2] == ["第一句", "第二句"]
    assert [row.text for row in shop.rows(MessageRow) if row.author == "customer"] == ["第一句", "第二句"]


def test_sends_pictures(page: Any, address: str, shop: Shop, rasa: FakeRasa) -> None:
    page.goto(f"{address}/chat#token={shop.token()}")
    page.wait_for_selector("#compose:visible")
    picture = page.screenshot()
    page.set_input_files("#file", files=[{"name": "a.png", "mimeType": "image/png", "buffer": picture}])
    page.wait_for_selector(".row.customer[data-id] img[src^='blob:']")
    page.wait_for_selector(".row.bot[data-id]")
    assert rasa.last["metadata"]["attachments"][0]["type"] == "image"
    page.set_input_files("#file", files=[{"name": "a.png", "mimeType": "image/png", "buffer": b"MZ"}])
    page.wait_for_selector(".failed >> text=仅支持")
    assert page.locator(".failed button").count() == 0


def test_the_demo_lets_choose(page: Any, address: str, demo: Shop) -> None:  # noqa: F811
    page.goto(f"{address}/")
    page.click(".chooser >> text=顾客c2 · VIP2")
    page.wait_for_selector("#compose:visible")
    say(page, "你好")
    page.wait_for_selector("text=请问有什么可以帮您")
    assert demo.rows(ConversationRow)[0].subject == "c2"
    page.click("#switch")
    page.click(".chooser >> text=匿名访客")
    page.wait_for_selector("h1 >> text=极客数码")
    say(page, "你好")
    page.wait_for_selector("text=请问有什么可以帮您")
    assert sorted(row.role for row in demo.rows(ConversationRow)) == ["anonymous", "consumer"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "链接里没有店铺信息"),
        ("?merchant=m1", "请先登录"),
        ("?merchant=nobody", "没有找到这家店铺"),
        ("#token=x.y.z", "链接里没有店铺信息"),
    ],
)
def test_says_clearly_what_is_missing(page: Any, address: str, query: str, words: str) -> None:
    page.goto(f"{address}/chat{query}")
    page.wait_for_selector(f".empty >> text={words}")
    assert page.is_hidden("#compose")
    assert page.locator(".chooser").count() == 0


def test_anonymous_visitors_just_talk(page: Any, address: str, shop: Shop) -> None:
    page.goto(f"{address}/chat?merchant=m2")
    say(page, "你好")
    page.wait_for_selector("text=请问有什么可以帮您")
    page.reload()
    page.wait_for_selector("text=请问有什么可以帮您")
    assert shop.count(ConversationRow) == [1]


def test_the_api_page(page: Any, address: str) -> None:
    page.goto(f"{address}/docs")
    page.click('summary:has-text("/health")')
    page.click("details[open] button")
    page.wait_for_selector("""details[open] pre:has-text('"database":"ok"')""")
