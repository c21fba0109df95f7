"""Handing over to people, and pictures."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.handoff import HandOff, ReceiveMedia
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker, make_services, make_tracker, run_action
from tests.actions.mall import SHOES, Mall
from xiaoer.accounts.model import Identity, Role
from xiaoer.database import writing
from xiaoer.service.conversations import add_message, open_conversation
from xiaoer.service.model import Author, Conversation, Reason
from xiaoer.service.transitions import accept, hand_over, resolve

Run = Callable[..., Said]
IMAGE = [{"type": "image", "url": "https://example.com/a.jpg"}]


def opened(engine: Engine, now: datetime, sender: str = "s1", subject: str = "c1") -> Conversation:
    with writing(engine) as session:
        identity = Identity(subject, "m1", Role.CONSUMER)
        conversation = open_conversation(session, identity, sender, now=now)
        add_message(session, conversation.id, Author.CUSTOMER, now=now, text="转人工")
    return conversation


@pytest.fixture
def conversation(mall: Mall, now: datetime) -> Conversation:
    """An open conversation of the customer, with one message."""
    return opened(mall.engine, now)


@pytest.fixture
def hand(services: Services, tracker: TrackerMaker, run: Run, conversation: Conversation) -> Callable[..., Said]:
    """Hands the conversation over."""

    def ask(text: str = "转人工", intent: str = "request_human", **more: object) -> Said:
        return run(HandOff(services), tracker(text, intent, **{"conversation_id": conversation.id, **more}))

    return ask


def test_handing_over_writes_everything_that_was_learned(mall: Mall, hand: Run, now: datetime) -> None:
    order, viewed = mall.order("paid"), mall.order("shipped", SHOES)
    slots = {
        "order_no": order.order_no,
        "last_topic": "orders",
        "failures": 2,
        "options": ["x"],
        "high_value": False,
        "offer": "urge_shipment",
    }

    hand(slots=slots, order_no=viewed.order_no, sentiment="dissatisfied")

    handoff = mall.handoffs()[0]
    assert (handoff.reason, handoff.rule, handoff.sentiment, handoff.failures) == (
        "requested",
        "request_human",
        "dissatisfied",
        2,
    )
    assert handoff.slots == {"last_topic": "orders", "order_no": order.order_no}
    assert handoff.orders == [order.order_no, viewed.order_no]
    assert [message["text"] for message in handoff.transcript] == ["转人工"]
    assert mall.conversations()[0].status == "queued"
    assert mall.conversations()[0].waiting_since == now


def test_customer_is_told_who_answers_and_in_which_place(hand: Run) -> None:
    said = hand()

    assert said.texts == [
        "好的，已为您转接人工客服。\n接下来由云裳服饰的人工客服在这里回复您，您当前排在第 1 位。"
        "前面聊过的内容会一起转过去，不用重复说明。不想等的话，点“返回机器人”就可以继续由我来帮您。"
    ]
    assert said.cards == [{"type": "handoff", "status": "queued", "reason": "requested", "position": 1}]
    assert said.buttons == [{"title": "返回机器人", "payload": "返回机器人"}]


def test_what_was_counted_and_offered_is_forgotten(hand: Run) -> None:
    said = hand(slots={"failures": 3, "offer": "handoff", "handoff_reason": "unresolved", "task": "query_order"})

    assert said.leaves_form
    assert {name: said.slots[name] for name in ("failures", "offer", "handoff_reason", "handoff_rule", "task")} == {
        "failures": 0,
        "offer": None,
        "handoff_reason": None,
        "handoff_rule": None,
        "task": None,
    }
    assert "last_topic" not in said.slots


@pytest.mark.parametrize(
    ("reason", "opening", "priority"),
    [
        ("angry", "非常抱歉，这次让您失望了", "high"),
        ("policy", "很抱歉给您带来了不好的体验，您反映的情况我们很重视", "urgent"),
        ("unresolved", "抱歉，您的问题我没能解决好", "normal"),
        ("media", "图片收到了", "normal"),
        ("low_confidence", "这个问题我没有把握说准", "normal"),
        ("assistant_down", "抱歉，智能客服暂时无法正常回复", "normal"),
        ("nonsense", "好的，已为您转接人工客服", "normal"),
    ],
)
def test_words_and_priority_follow_the_reason(mall: Mall, hand: Run, reason: str, opening: str, priority: str) -> None:
    said = hand("算了", "complain", slots={"handoff_reason": reason, "handoff_rule": "some_rule"})

    assert said.text.startswith(opening)
    assert mall.conversations()[0].priority == priority
    assert mall.handoffs()[0].rule == "some_rule"
    assert mall.handoffs()[0].reason == (reason if reason != "nonsense" else "requested")


@pytest.mark.parametrize(
    ("intent", "slots", "rule"),
    [
        ("affirm", {"offer": "handoff"}, "offer"),
        ("affirm", {}, "affirm"),
        ("complain", {"offer": "handoff"}, "complain"),
        ("request_human", {"handoff_rule": "r" * 90}, "r" * 64),
    ],
)
def test_rule_is_the_offer_that_was_accepted_or_the_intent(
    mall: Mall, hand: Run, intent: str, slots: dict[str, str], rule: str
) -> None:
    hand("好的", intent, slots=slots)

    assert mall.handoffs()[0].rule == rule


def test_vips_are_looked_after_sooner(mall: Mall, hand: Run) -> None:
    hand(vip_level=2)

    assert mall.conversations()[0].priority == "high"


def test_place_in_the_queue_counts_those_before(mall: Mall, hand: Run, now: datetime) -> None:
    for number in range(2):
        earlier = opened(mall.engine, now, f"other-{number}", "c2")
        with writing(mall.engine) as session:
            hand_over(
                session, "m1", earlier.id, reason=Reason.REQUESTED, rule="r", now=now - timedelta(minutes=5 + number)
            )

    said = hand()

    assert "您当前排在第 3 位" in said.text
    assert said.cards[0]["position"] == 3


def test_asking_again_changes_nothing_and_says_the_place(mall: Mall, hand: Run) -> None:
    hand()
    before = mall.rows()

    said = hand(slots={"handoff_reason": "angry"})

    assert mall.rows() == before
    assert said.text.startswith("您已经在等待人工客服了，当前排在第 1 位")
    assert said.cards[0] == {"type": "handoff", "status": "queued", "reason": "requested", "position": 1}


def test_with_a_person_already_says_so(mall: Mall, hand: Run, conversation: Conversation, now: datetime) -> None:
    hand()
    with writing(mall.engine) as session:
        accept(session, "m1", conversation.id, None, now=now)

    said = hand()

    assert "人工客服已经接待您了" in said.text
    assert said.cards == [{"type": "handoff", "status": "human", "reason": "requested"}]
    assert len(mall.handoffs()) == 1


def test_closed_conversation_is_said_to_be_over(
    mall: Mall, hand: Run, conversation: Conversation, now: datetime
) -> None:
    with writing(mall.engine) as session:
        resolve(session, "m1", conversation.id, now=now)
    before = mall.rows()

    said = hand()

    assert mall.rows() == before
    assert "这次会话已经结束" in said.text


def test_sender_without_a_conversation_gets_one(mall: Mall, services: Services) -> None:
    for _ in range(2):
        run_action(HandOff(services), make_tracker("转人工", "request_human", sender="shell-user"))

    conversation = mall.conversations()[0]
    assert (conversation.sender, conversation.subject, conversation.status) == ("shell-user", "c1", "queued")
    assert len(mall.conversations()) == 1
    assert len(mall.handoffs()) == 1


def test_orders_of_others_are_not_handed_over(mall: Mall, hand: Run) -> None:
    foreign = mall.order("paid", customer="c2")

    hand(order_no=foreign.order_no, entities={"order_no": foreign.order_no}, slots={"order_no": foreign.order_no})

    assert mall.handoffs()[0].orders == []


def test_anonymous_visitors_and_staff_are_handed_over_too(mall: Mall, services: Services, hand: Run) -> None:
    run_action(
        HandOff(services), make_tracker("转人工", "request_human", subject="anonymous", role="anonymous", sender="a")
    )
    run_action(
        HandOff(services), make_tracker("转人工", "request_human", subject="staff1", role="merchant", sender="b")
    )

    assert sorted(row.role for row in mall.conversations() if row.status == "queued") == ["anonymous", "merchant"]


def test_handing_over_twice_at_once_writes_one_handoff(engine: Engine, now: datetime) -> None:
    mall = Mall(engine, now)
    conversation = opened(engine, now)

    def press(_: int) -> Said:
        tracker = make_tracker("转人工", "request_human", conversation_id=conversation.id)
        return run_action(HandOff(make_services(engine, now)), tracker)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(press, range(4)))

    assert len(mall.handoffs()) == 1
    assert sum("已为您转接" in each.text for each in said) == 1
    assert all(each.cards[0]["position"] == 1 for each in said)


@pytest.fixture
def show(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Sends a picture."""

    def ask(text: str = "[图片]", **more: object) -> Said:
        return run(ReceiveMedia(services), tracker(text, "inform", **{"attachments": IMAGE, **more}))

    return ask


@pytest.mark.parametrize("state", ["shipped", "completed", "partially_shipped"])
def test_picture_on_a_shipped_order_goes_to_a_person(mall: Mall, show: Run, state: str) -> None:
    order = mall.order(state)

    for said in (show(), show(order_no=order.order_no), show(slots={"order_no": order.order_no})):
        assert said.followup == "action_handoff"
        assert said.slots == {
            "order_no": order.order_no,
            "handoff_reason": "media",
            "handoff_rule": "media_on_order",
        }
        assert said.texts == []


def test_picture_on_an_order_in_after_sale_goes_to_a_person(mall: Mall, show: Run) -> None:
    order = mall.order("paid")
    mall.case(order, "refund", "pending_review")

    assert show(order_no=order.order_no).followup == "action_handoff"


@pytest.mark.parametrize("state", ["pending_payment", "pending_group", "paid", "cancelled", "closed"])
def test_picture_before_shipping_is_asked_about(mall: Mall, show: Run, state: str) -> None:
    order = mall.order(state)
    before = mall.rows()

    said = show(order_no=order.order_no)

    assert said.followup is None
    assert said.text.startswith("图片收到了。请问是关于什么的？")
    assert said.payloads == ["/report_item_problem", "/query_order", "/ask_product", "/request_human"]
    assert "failures" not in said.slots
    assert mall.rows() == before


def test_picture_on_no_order_in_particular_is_asked_about(mall: Mall, show: Run) -> None:
    mall.order("shipped")
    mall.order("completed", SHOES)

    assert show().followup is None


def test_picture_after_a_case_is_over_is_asked_about(mall: Mall, show: Run) -> None:
    order = mall.order("cancelled")
    mall.case(order, "refund", "completed")

    assert show(order_no=order.order_no).followup is None


def test_picture_on_somebody_elses_order_is_asked_about(mall: Mall, show: Run) -> None:
    foreign = mall.order("shipped", customer="c2")

    said = show(order_no=foreign.order_no)

    assert said.followup is None
    assert "handoff_reason" not in said.slots


def test_video_is_called_a_video(mall: Mall, show: Run) -> None:
    assert show(attachments=[{"type": "video", "url": "u"}]).text.startswith("视频收到了")


def test_picture_of_an_anonymous_visitor_is_asked_about(mall: Mall, show: Run) -> None:
    mall.order("shipped")

    said = show(role="anonymous", subject="anonymous")

    assert said.followup is None
    assert said.payloads == ["/ask_product", "/request_human"]
