"""The order form as Rasa itself runs it, with the actions called as Rasa's own requests call them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.order_form import AskOrderChoice, ContinueTask, ValidateOrderForm
from actions.orders import QueryOrder, UrgeShipment
from actions.services import Services
from tests.actions.mall import DAY, SHOES, Mall

FORM = "order_form"


class Server(EndpointConfig):
    """Answers as the action server does, without a socket."""

    def __init__(self, *actions: Action) -> None:
        super().__init__("http://127.0.0.1/webhook")
        self._actions = {action.name(): action for action in actions}

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> dict[str, Any]:
        dispatcher = CollectingDispatcher()
        action = self._actions[json["next_action"]]
        events = await action.run(dispatcher, Tracker.from_dict(json["tracker"]), json["domain"])
        return {"events": events, "responses": dispatcher.messages}


class Talk:
    """A conversation that the test steers as Rasa's processor would."""

    def __init__(self, services: Services) -> None:
        self.domain = Domain.load(str(Path(__file__).parents[2] / "domain.yml"))
        self.tracker = DialogueStateTracker.from_events("s1", [], slots=self.domain.slots)
        self.nlg = TemplatedNaturalLanguageGenerator({})
        self.server = Server(
            *(made(services) for made in (ValidateOrderForm, AskOrderChoice, ContinueTask, QueryOrder, UrgeShipment))
        )

    def hear(self, text: str, intent: str) -> None:
        metadata = {"tenant": "m1", "subject": "c1", "role": "consumer"}
        self.tracker.update(ActionExecuted("action_listen"), self.domain)
        parsed = {"intent": {"name": intent, "confidence": 1.0}, "entities": [], "text": text, "metadata": metadata}
        message = UserUttered(text, parsed["intent"], [], parse_data=parsed, metadata=metadata)
        self.tracker.update(message, self.domain)

    def do(self, name: str) -> list[str]:
        """Run an action and return what was said."""
        action = FormAction(name, self.server) if name == FORM else RemoteAction(name, action_endpoint=self.server)
        channel = CollectingOutputChannel()
        events = asyncio.run(action.run(channel, self.nlg, self.tracker, self.domain))
        self.tracker.update(ActionExecuted(name), self.domain)
        for event in events:
            self.tracker.update(event, self.domain)
        return [event.text for event in events if event.type_name == "bot" and event.text]

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)


@pytest.fixture
def talk(services: Services) -> Talk:
    return Talk(services)


@pytest.fixture
def two_waiting(mall: Mall) -> list[str]:
    return [mall.order("paid").order_no, mall.order("paid", SHOES, placed=2 * DAY).order_no]


def test_choosing_one_of_two_presses_for_that_one(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    assert talk.tracker.followup_action == FORM

    asked = talk.do(FORM)
    assert "请问要催哪一个" in asked[0]
    assert talk.tracker.active_loop_name == FORM

    talk.hear("第二个", "inform")
    assert talk.do(FORM) == []
    assert talk.tracker.active_loop_name is None
    assert talk.slot("order_choice") == two_waiting[1]

    talk.do("action_continue_task")
    assert talk.tracker.followup_action == "action_urge_shipment"
    assert "运动鞋" in talk.do("action_urge_shipment")[0]
    assert mall.reminders() == [two_waiting[1]]
    assert talk.slot("task") is None


def test_all_are_pressed_for(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    talk.do(FORM)
    talk.hear("都催一下", "urge_shipment")
    talk.do(FORM)
    talk.do("action_continue_task")
    talk.do("action_urge_shipment")

    assert mall.reminders() == two_waiting
    assert talk.slot("options") is None


def test_another_question_interrupts_and_the_form_asks_again(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    talk.do(FORM)
    talk.hear("你们家包邮吗", "ask_shipping_policy")
    with pytest.raises(ActionExecutionRejection):
        talk.do(FORM)
    talk.tracker.update(ActionExecutionRejected(FORM), talk.domain)
    talk.tracker.update(ActionExecuted("action_search_knowledge"), talk.domain)

    assert "请问要催哪一个" in talk.do(FORM)[0]
    assert talk.slot("form_failures") == 0
    assert talk.tracker.active_loop_name == FORM
    assert mall.reminders() == []


def test_useless_answers_are_counted_and_asked_again(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    talk.do(FORM)
    for count, words in ((1, "没有对应上"), (2, "18位订单号或订单尾号")):
        talk.hear("嗯", "affirm")
        said = talk.do(FORM)
        assert words in said[0]
        assert "请问要催哪一个" in said[1]
        assert talk.slot("form_failures") == talk.slot("failures") == count

    talk.hear("第一个", "inform")
    talk.do(FORM)
    assert talk.slot("order_choice") == two_waiting[0]
    assert talk.slot("form_failures") == 0


def test_another_task_replaces_the_form(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    talk.do(FORM)
    talk.hear("查一下运动鞋那单到哪一步了", "query_order")
    with pytest.raises(ActionExecutionRejection):
        talk.do(FORM)
    talk.tracker.update(ActionExecutionRejected(FORM), talk.domain)

    assert "运动鞋" in talk.do("action_query_order")[0]
    assert talk.tracker.active_loop_name is None
    assert talk.slot("requested_slot") is None
    assert mall.reminders() == []


def test_another_task_that_must_ask_takes_the_form_over(mall: Mall, talk: Talk, two_waiting: list[str]) -> None:
    talk.hear("催发货", "urge_shipment")
    talk.do("action_urge_shipment")
    talk.do(FORM)
    talk.hear("我的订单怎么样了", "query_order")
    with pytest.raises(ActionExecutionRejection):
        talk.do(FORM)
    talk.tracker.update(ActionExecutionRejected(FORM), talk.domain)
    talk.do("action_query_order")

    assert talk.tracker.followup_action == FORM
    assert "请问您要查哪一个订单" in talk.do(FORM)[0]
    assert talk.slot("task") == "query_order"
