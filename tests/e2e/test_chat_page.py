"""The page ``/chat`` in a real browser, against the real processes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import unavailable
from tests.e2e.stack import Stack
from xiaoer.commerce.tables import OrderRow

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
CHROMIUM = os.environ.get("XIAOER_TEST_CHROMIUM") or shutil.which("chromium") or ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM:
        unavailable("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a phone's size on which any script error fails the test."""
    page = browser.new_page(viewport={"width": 400, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def ask(page: Page, words: str) -> None:
    """Type and send."""
    box = page.get_by_role("textbox").first
    box.fill(words)
    box.press("Enter")


def enter(page: Page, stack: Stack, order: OrderRow) -> None:
    """Open the page of a shop with a customer's token, as a shop's own link does."""
    from tests.e2e.conftest import Visitor
    from xiaoer.accounts.model import Identity, Role
    from xiaoer.accounts.tokens import issue_token
    from xiaoer.clock import system_clock
    from xiaoer.database import reading

    with reading(stack.engine) as session:
        identity = Identity(subject=order.customer_id, tenant=order.merchant_id, role=Role.CONSUMER)
        person = Visitor(stack.url, issue_token(session, identity, now=system_clock()))
    page.goto(f"{stack.url}/chat?merchant={order.merchant_id}#token={person.token}")


def test_a_demo_customer_is_chosen_asks_and_reads_words_and_card(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/chat")
    page.get_by_role("button", name=re.compile("个订单")).first.click()
    ask(page, "你们包邮吗")

    expect(page.get_by_text("你们包邮吗")).to_be_visible()
    expect(page.get_by_text("来自").first).to_be_visible(timeout=20_000)


def test_words_buttons_and_history_survive_a_reload(page: Page, stack: Stack, order: OrderRow) -> None:
    enter(page, stack, order)
    ask(page, f"{order.order_no}到哪一步了")
    expect(page.get_by_text(order.order_no).nth(1)).to_be_visible(timeout=20_000)

    page.reload()

    expect(page.get_by_text(order.order_no).nth(1)).to_be_visible(timeout=20_000)


def test_a_handoff_shows_who_answers_and_the_way_back(page: Page, stack: Stack, order: OrderRow) -> None:
    enter(page, stack, order)
    ask(page, "转人工")
    expect(page.get_by_text("人工客服").first).to_be_visible(timeout=20_000)

    page.get_by_role("button", name="返回机器人").first.click()

    expect(page.get_by_text("智能客服").first).to_be_visible(timeout=20_000)


def test_what_is_typed_stays_text(page: Page, stack: Stack, order: OrderRow) -> None:
    enter(page, stack, order)
    ask(page, "<img src=x onerror=\"document.title='owned'\"><b>粗</b>")

    expect(page.get_by_text("<b>粗</b>")).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0
