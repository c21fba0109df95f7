"""One question, asked over and over, is answered by whichever entry holds at the moment and stands first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.e2e.conftest import Visitor
from tests.e2e.stack import Stack
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import system_clock
from xiaoer.commerce.tables import OrderRow, ProductRow
from xiaoer.database import reading

pytestmark = pytest.mark.e2e

QUESTION = "下雨天你们发货会不会用防水袋包装"
SOON = timedelta(seconds=1.5)


class Editors:
    """The people of a shop and of the platform, who write knowledge at the desk and take back what they wrote."""

    def __init__(self, stack: Stack, merchant: str) -> None:
        """Let them in.

        Args:
            stack: The processes.
            merchant: The shop.
        """
        self._url = stack.url
        self._written: list[tuple[str, int]] = []
        self._headers = {scope: self._headers_of(stack, scope) for scope in (merchant, PLATFORM)}

    def _headers_of(self, stack: Stack, scope: str) -> dict[str, str]:
        with reading(stack.engine) as session:
            person = session.scalars(select(AgentRow).where(AgentRow.tenant == scope).order_by(AgentRow.id)).first()
            who = Identity(subject=person.id, tenant=scope, role=Role(person.role))
            return {"Authorization": f"Bearer {issue_token(session, who, now=system_clock())}"}

    def _call(self, method: str, scope: str, path: str, **more: Any) -> dict[str, Any]:
        address = f"{self._url}/api/v1/knowledge/{scope}/entries{path}"
        response = httpx.request(method, address, headers=self._headers[scope], timeout=30, trust_env=False, **more)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def add(self, scope: str, layer: str, answer: str, **more: Any) -> int:
        """Add an entry about the question and return its number."""
        words = {"question": QUESTION, "answer": answer, "layer": layer, **more}
        number = int(self._call("POST", scope, "", json=words)["id"])
        self._written.append((scope, number))
        return number

    def change(self, scope: str, number: int, **more: Any) -> None:
        """Change some of what an entry says."""
        known = self._call("GET", scope, f"/{number}")
        names = ("question", "answer", "layer", "similar_questions", "product_id", "product_label")
        kept = {name: known[name] for name in (*names, "valid_from", "valid_to", "version")}
        self._call("PUT", scope, f"/{number}", json={**kept, **more})

    def retire(self, scope: str, number: int) -> None:
        """Take an entry out of the answers."""
        self._call("POST", scope, f"/{number}/retire")

    def take_back(self) -> None:
        """Retire all that was added, for the tests that come after on the same processes."""
        for scope, number in self._written:
            self.retire(scope, number)


@pytest.fixture
def editors(stack: Stack, order: OrderRow) -> Iterator[Editors]:
    people = Editors(stack, order.merchant_id)
    yield people
    people.take_back()


@pytest.fixture
def product(stack: Stack, order: OrderRow) -> str:
    """A product of the order's shop."""
    with reading(stack.engine) as session:
        wanted = select(ProductRow.product_id).where(ProductRow.merchant_id == order.merchant_id)
        return str(session.scalar(wanted.order_by(ProductRow.product_id).limit(1)))


def until(moment: datetime) -> None:
    """Wait until a moment has passed."""
    time.sleep(max(0.0, (moment - system_clock()).total_seconds()) + 0.1)


def test_entries_follow_each_other_as_they_hold(
    editors: Editors, visitor: Callable[..., Visitor], order: OrderRow, product: str
) -> None:
    shop = order.merchant_id
    person = visitor(order.customer_id, shop)

    def told() -> tuple[int, str, str, str, str]:
        replies = person.say(QUESTION, product_id=product)
        cards = [reply["custom"] for reply in replies if (reply.get("custom") or {}).get("type") == "knowledge_answer"]
        assert len(cards) == 1, replies
        (card,) = cards
        (spoken,) = [reply["text"] for reply in replies if card["answer"] in (reply.get("text") or "")]
        assert spoken == f"{card['answer']}\n（来自{card['source']}）"
        return card["entry_id"], card["source"], card["layer"], card["scope"], card["answer"]

    rule = editors.add(PLATFORM, "product", "平台要求雨天防水包装。")
    by_platform = (rule, "平台规则", "product", PLATFORM, "平台要求雨天防水包装。")
    assert told() == by_platform

    begin = system_clock() + SOON
    campaign = editors.add(shop, "campaign", "活动期间免费套防水袋。", valid_from=begin.isoformat())
    by_campaign = (campaign, "店铺说明", "campaign", shop, "活动期间免费套防水袋。")
    until(begin)
    assert told() == by_campaign

    of_product = editors.add(shop, "product", "这款自带防水袋。", product_id=product)
    by_product = (of_product, "店铺商品说明", "product", shop, "这款自带防水袋。")
    assert told() == by_product

    emergency = editors.add(shop, "emergency", "暴雨，今天暂停发货。")
    assert told() == (emergency, "店铺紧急通知", "emergency", shop, "暴雨，今天暂停发货。")

    end = system_clock() + SOON
    editors.change(shop, emergency, valid_to=end.isoformat())
    until(end)
    assert told() == by_product

    editors.retire(shop, of_product)
    assert told() == by_campaign

    end = system_clock() + SOON
    editors.change(shop, campaign, valid_to=end.isoformat())
    until(end)
    assert told() == by_platform
    assert person.conversation()["conversation"]["status"] == "bot"
