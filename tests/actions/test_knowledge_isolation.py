"""A shop's visitors are answered by that shop and the platform alone, whatever page, slot or payload names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rasa_sdk import Action

from actions.answers import find_answer
from actions.knowledge import ActionFallback, ActionSearchKnowledge
from actions.products import ActionAskPrice, ActionAskProduct
from actions.services import Services
from actions.turn import read_turn
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import answered
from tests.actions.gaps import Unsure, questions, ratings
from tests.factories import BY_TESTS
from tests.goods import add_product, add_shops
from xiaoer.commerce.model import Product
from xiaoer.commerce.port import Commerce
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

OURS, THEIRS = 1, 2
QUESTION = "这件羊绒衫能机洗吗"


@pytest.fixture(autouse=True)
def shops(services: Services) -> None:
    add_shops(services.engine)
    add_product(services.engine, "P1", "云裳羊绒衫", "羊绒衫")
    add_product(services.engine, "P2", "别家羊绒衫", "羊绒衫", tenant="m2")
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("运费怎么算", "本店满99元包邮。"), BY_TESTS)
        add_entry(session, "m2", Draft("运费怎么算", "别家一律十元。"), BY_TESTS)
        add_entry(session, "m2", Draft(QUESTION, "别家说可以机洗。", product_id="P2"), BY_TESTS)


class Careless:
    """A shop system that tells anybody about any product."""

    def __init__(self, inner: Commerce) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_product(self, tenant: str, product_id: str) -> Product:
        return self._inner.get_product("platform", product_id)

    def find_products(self, tenant: str, text: str, *, limit: int = 5) -> list[Product]:
        return self._inner.find_products("platform", text, limit=limit)


@pytest.fixture
def careless(services: Services) -> Services:
    return replace(services, commerce=Careless(services.commerce))  # type: ignore[arg-type]


def test_a_product_of_another_shop_does_not_change_who_answers(services: Services, tracker: TrackerMaker) -> None:
    theirs = services.commerce.get_product("m2", "P2")

    def answer(tenant: str, text: str) -> str | None:
        turn = read_turn(tracker(text, tenant=tenant), now=services.clock(), fallback_identity={})
        found = find_answer(turn, services, text, theirs)
        return None if found is None else found.entry.answer

    assert answer("m1", "运费怎么算") == "本店满99元包邮。"
    assert answer("m1", QUESTION) is None
    assert answer("platform", "运费怎么算") == "别家一律十元。"
    assert answer("m2", QUESTION) == "别家说可以机洗。"


@pytest.mark.parametrize("action", [ActionSearchKnowledge, ActionAskProduct, ActionAskPrice, ActionFallback])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        (QUESTION, {"product_id": "P2"}),
        ("运费怎么算", {"product_id": "P2"}),
        (QUESTION, {"slots": {"product_id": "P2"}}),
        ("运费怎么算", {"slots": {"product_id": "P2"}}),
        ('/ask_product{"product": "P2"}', {}),
        ('/ask_price{"product": "P2"}', {"slots": {"task": "ask_price"}}),
    ],
)
def test_no_page_slot_or_payload_has_another_shop_answer(
    careless: Services,
    tracker: TrackerMaker,
    run: Run,
    action: type[Action],
    text: str,
    place: dict[str, Any],
) -> None:
    asked = tracker(text, "ask_product", **place)
    if text.startswith("/"):
        asked = answered(asked, (QUESTION, []))
    said = run(action(careless), asked)
    assert "别家说可以机洗" not in said.text
    assert "别家一律十元" not in said.text
    assert {card["scope"] for card in said.cards if card["type"] == "knowledge_answer"} <= {"m1", "platform"}
    assert {each["tenant"] for each in questions(careless.engine)} <= {"m1"}


def test_a_shop_of_another_card_is_not_believed(services: Services, tracker: TrackerMaker, run: Run) -> None:
    card = {"type": "knowledge_offer", "questions": [{"entry_id": THEIRS, "question": "…", "scope": "m2"}]}
    for tapped in (tracker(f'/ask_service_info{{"entry": "{THEIRS}"}}'), tracker("1", "inform")):
        said = run(ActionSearchKnowledge(services), answered(tapped, ("运费", [card])))
        assert said.cards == []
        assert said.texts[0].startswith("这个问题我没有查到准确的说明")


class TestPlatform:
    """Visitors of the platform itself are answered by the shop of the product that they look at."""

    def test_what_was_offered_is_answered_rated_and_recorded_for_that_shop(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        unsure = replace(services, knowledge=Unsure(services.knowledge, ("m1", OURS)))  # type: ignore[arg-type]
        here = {"tenant": "platform", "product_id": "P1", "conversation_id": "k1"}
        offer = run(ActionSearchKnowledge(unsure), tracker("寄过来要钱不", "ask_shipping_policy", **here))
        chosen = answered(tracker(offer.payloads[0], **here), ("寄过来要钱不", offer))
        answer = run(ActionSearchKnowledge(unsure), chosen)
        assert answer.texts == ["本店满99元包邮。\n（来自店铺说明）"]
        turns = ("寄过来要钱不", offer), (offer.payloads[0], answer)
        run(ActionSearchKnowledge(unsure), answered(tracker(answer.payloads[1], **here), *turns))
        assert ratings(services.engine) == [("m1", OURS, "k1", False)]
        recorded = {"tenant": "m1", "text": "寄过来要钱不", "outcome": "unhelpful", "entry_id": OURS, "count": 2}
        assert questions(services.engine) == [recorded]

    def test_a_shops_entry_that_was_not_shown_is_not_known(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        tapped = tracker(f'/ask_service_info{{"entry": "{OURS}"}}', tenant="platform")
        assert run(ActionSearchKnowledge(services), tapped).cards == []
