"""Losing a process in mid-conversation loses neither messages nor state."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from sqlalchemy import select

from tests.e2e.conftest import Visitor, texts
from tests.e2e.stack import Stack
from xiaoer.commerce.tables import OrderRow, ReminderRow
from xiaoer.database import reading

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Three processes of this module's own: the others' must not die."""
    stack = Stack(tmp_path_factory.mktemp("restart"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def waiting(stack: Stack) -> OrderRow:
    """An order that waits for shipment and was not urged yet."""
    urged = select(ReminderRow.order_no)
    with reading(stack.engine) as session:
        found = session.scalars(
            select(OrderRow)
            .where(OrderRow.state == "paid", OrderRow.amount < 5000, OrderRow.order_no.not_in(urged))
            .order_by(OrderRow.order_no)
        ).first()
        session.expunge_all()
        return found


@pytest.mark.parametrize("name", ["rasa", "actions", "desk"])
def test_a_restart_between_two_turns_keeps_the_thread(
    stack: Stack, visitor: Callable[..., Visitor], waiting: OrderRow, name: str
) -> None:
    person = visitor(waiting.customer_id, waiting.merchant_id)
    first = texts(person.say(f"订单{waiting.order_no}现在什么状态"))
    assert waiting.order_no in first

    stack.kill(name)
    stack.start(name)
    person.say("快点快点")  # has no object: only the kept state tells which order

    with reading(stack.engine) as session:
        reminders = session.scalars(select(ReminderRow).where(ReminderRow.order_no == waiting.order_no)).all()
    assert len(reminders) == 1
    authors = [message["author"] for message in person.conversation()["messages"]]
    assert authors[0] == "customer"
    assert authors.count("customer") == 2


@pytest.mark.parametrize("name", ["rasa", "actions"])
def test_a_message_during_an_outage_is_kept_and_goes_to_people(
    stack: Stack, visitor: Callable[..., Visitor], waiting: OrderRow, name: str
) -> None:
    person = visitor(waiting.customer_id, waiting.merchant_id)
    person.say("在吗")

    stack.kill(name)
    said = texts(person.say("我的订单到哪一步了"))
    seen = person.conversation()
    stack.start(name)

    assert "人工" in said
    assert seen["conversation"]["status"] == "queued"
    assert seen["conversation"]["handoff"]["reason"] == "assistant_down"
    assert "我的订单到哪一步了" in [message["text"] for message in seen["messages"]]


def test_a_message_while_the_desk_is_gone_is_refused_and_can_be_sent_again(
    stack: Stack, visitor: Callable[..., Visitor], waiting: OrderRow
) -> None:
    person = visitor(waiting.customer_id, waiting.merchant_id)
    person.say("在吗", message_id="m1")

    stack.kill("desk")
    with pytest.raises(httpx.TransportError):
        person.post("转人工", message_id="m2")
    stack.start("desk")
    first = person.say("转人工", message_id="m2")
    again = person.say("转人工", message_id="m2")

    assert texts(first) == texts(again)
    sent = [each["text"] for each in person.conversation()["messages"] if each["author"] == "customer"]
    assert sent == ["在吗", "转人工"]
