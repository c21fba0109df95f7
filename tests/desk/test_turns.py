from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import FakeRasa, Shop, Talk, desk_on
from xiaoer.accounts.model import Role
from xiaoer.database import writing
from xiaoer.service.model import Reason
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow
from xiaoer.service.transitions import hand_over
from xiaoer.settings import Settings

DOWN = (
    "抱歉，智能客服暂时无法回复，已为您转接人工客服。您当前排在第 1 位，接下来由人工客服为您解答。"
    "您的消息已保存，无需重复发送。"
)
DOWN_CARD = {"type": "handoff", "status": "queued", "position": 1, "reason": "assistant_down"}
BACK = "好的，已为您切回智能客服，请问有什么可以帮您？"
ORDER, ORDER_OF_OTHERS, CHEAP_ORDER = (f"{20261120 * 10**10 + number}" for number in (1, 2, 3))


def queue(shop: Shop, body: dict[str, Any], reason: Reason = Reason.REQUESTED) -> None:
    """Hand over as the actions do, while the desk waits for Rasa."""
    with writing(shop.engine) as session:
        hand_over(session, body["metadata"]["tenant"], body["sender"], reason=reason, rule="asked", now=shop.now)


# --- what the assistant is told -------------------------------------------------------------------------------------


def test_the_assistant_is_told_who_and_what(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    attachment = {"type": "image", "url": "https://x.cn/a.png"}
    headers = shop.auth("c1", channel="app", vip_level=1, product_id="P0", order_no="0")
    talk.say("我的大衣", headers=headers, order_no=ORDER, product_id="P1", attachments=[attachment], sneaky=True)
    conversation = shop.rows(ConversationRow)[0].id
    assert rasa.last == {
        "sender": conversation,
        "message": "我的大衣",
        "metadata": {
            "tenant": "m1",
            "subject": "c1",
            "role": "consumer",
            "channel": "app",
            "vip_level": 1,
            "conversation_id": conversation,
            "product_id": "P1",
            "order_no": ORDER,
            "attachments": [attachment],
            "high_value": True,
        },
    }
    talk.say("再问", headers=headers)
    told = rasa.last["metadata"]
    assert (told["product_id"], told["order_no"], told["attachments"]) == ("P0", "0", [])


@pytest.mark.parametrize(
    ("subject", "tenant", "role", "order_no", "high"),
    [
        ("c1", "m1", Role.CONSUMER, ORDER, True),
        ("c1", "platform", Role.CONSUMER, ORDER, True),
        ("c1", "m1", Role.CONSUMER, CHEAP_ORDER, False),
        ("c1", "m1", Role.CONSUMER, ORDER_OF_OTHERS, False),
        ("c1", "m2", Role.CONSUMER, ORDER, False),
        ("c1", "m1", Role.CONSUMER, "nonsense", False),
        ("c1", "m1", Role.MERCHANT, ORDER, False),
    ],
)
def test_high_value_is_an_own_order_in_view(
    talk: Talk, shop: Shop, rasa: FakeRasa, subject: str, tenant: str, role: Role, order_no: str, high: bool
) -> None:
    talk.say("问", headers=shop.auth(subject, tenant, role), order_no=order_no)
    assert rasa.last["metadata"]["high_value"] is high


@pytest.mark.parametrize(("subject", "vouched", "told"), [("c1", 0, 0), ("c1", 3, 3), ("c2", 0, 2), ("c2", 1, 2)])
def test_the_higher_vip_level_counts(
    talk: Talk, shop: Shop, rasa: FakeRasa, subject: str, vouched: int, told: int
) -> None:
    talk.say(headers=shop.auth(subject, vip_level=vouched))
    assert rasa.last["metadata"]["vip_level"] == told


def test_payloads_only_from_buttons(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    payload = '/choose_order{"order_no": "1"}'
    talk.say(payload)
    assert rasa.last["message"] == payload[1:]
    rasa.answer = [{"text": "哪个？", "buttons": [{"title": "第一单", "payload": payload}]}, {"text": "请选择"}]
    talk.say("订单")
    talk.say(payload)
    assert rasa.last["message"] == payload
    talk.say("第一单")
    assert rasa.last["message"] == payload
    talk.say(payload, headers=shop.auth("c2"))
    assert rasa.last["message"] == payload[1:]
    written = [row.text for row in shop.rows(MessageRow) if row.author == "customer"]
    assert written == [payload, "订单", "第一单", "第一单", payload]


def test_old_buttons_are_forgotten(talk: Talk, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "选", "buttons": [{"title": "甲", "payload": "/a"}]}]
    talk.say("开始")
    rasa.answer = [{"text": "好"}]
    for _ in range(9):
        talk.say("嗯")
    talk.say("/a")
    assert rasa.last["message"] == "/a"
    talk.say("/a")
    assert rasa.last["message"] == "a"


def test_an_attachment_alone(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    attachment = {"type": "image", "url": "https://x.cn/a.png"}
    talk.say(None, attachments=[attachment])
    assert rasa.last["message"] == "[图片]"
    assert (shop.rows(MessageRow)[0].text, shop.rows(MessageRow)[0].attachments) == ("", [attachment])


# --- what is written ------------------------------------------------------------------------------------------------


def test_question_and_answers_are_written(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "一"}, {"custom": {"type": "order_card"}}, {"image": "https://x.cn/a.png"}]
    talk.say("你好", message_id="k1")
    rows = [(row.author, row.text, row.custom, row.image, row.client_id, row.reply_to) for row in shop.rows(MessageRow)]
    assert rows == [
        ("customer", "你好", None, None, "k1", None),
        ("bot", "一", {"type": "order_card"}, None, None, 1),
        ("bot", "", None, "https://x.cn/a.png", None, 1),
    ]


def test_a_message_sent_twice_is_answered_twice_and_written_once(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    first = talk.say("取消订单", message_id="k1")
    before = shop.count(ConversationRow, MessageRow)
    rasa.answer = [{"text": "另一个回答"}]
    assert talk.say("取消订单", message_id="k1") == first
    assert shop.count(ConversationRow, MessageRow) == before
    assert len(rasa.asked) == 1
    assert talk.say("取消订单", message_id="k2") == [{"recipient_id": "s1", "text": "另一个回答"}]


def test_a_message_id_is_the_visitors_own(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    talk.say("我的", message_id="k1")
    talk.say("别人的", message_id="k1", headers=shop.auth("c2"))
    talk.say("另一个会话", message_id="k1", sender="s2")
    assert len(rasa.asked) == 3


def test_a_message_sent_twice_at_once(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.delay = 0.1
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: talk.say("确认", message_id="k1"), range(4)))
    assert answers == [answers[0]] * 4
    assert len(rasa.asked) == 1
    assert shop.count(ConversationRow, MessageRow) == [1, 2]


def test_a_message_sent_again_after_the_conversation_was_closed(talk: Talk, shop: Shop) -> None:
    first = talk.say("谢谢", message_id="k1")
    assert talk.agent(shop.rows(ConversationRow)[0].id, "resolve").status_code == 200
    assert talk.say("谢谢", message_id="k1") == first
    assert shop.count(ConversationRow) == [1]
    talk.say("还有问题", message_id="k2")
    assert [row.status for row in sorted(shop.rows(ConversationRow), key=lambda row: row.status)] == ["bot", "closed"]


def test_turns_of_one_conversation_follow_each_other(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.delay = 0.05
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: talk.say(f"第{number}句"), range(5)))
    assert rasa.most_busy == 1
    authors = [row.author for row in shop.rows(MessageRow)]
    assert authors == ["customer", "bot"] * 5
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: talk.say("问", sender=f"other{number}"), range(3)))
    assert rasa.most_busy > 1


def test_who_hangs_up_finds_the_answer_later(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    rasa.delay = 0.2
    app = desk_on(shop, rasa, settings)

    async def story() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
            body = {"sender": "s1", "message": "你好"}
            asking = asyncio.create_task(client.post("/webhooks/rest/webhook", json=body, headers=shop.auth()))
            await asyncio.sleep(0.1)
            asking.cancel()
            await asyncio.sleep(0.4)

    asyncio.run(story())
    assert [row.text for row in shop.rows(MessageRow)] == ["你好", "您好，请问有什么可以帮您？"]


def test_the_desk_finishes_its_turns_before_it_stops(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    rasa.delay = 0.3
    app = desk_on(shop, rasa, settings)

    async def story() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://desk") as client,
        ):
            body = {"sender": "s1", "message": "你好"}
            asking = asyncio.create_task(client.post("/webhooks/rest/webhook", json=body, headers=shop.auth()))
            await asyncio.sleep(0.1)
            asking.cancel()

    asyncio.run(story())
    assert len(shop.rows(MessageRow)) == 2


def test_a_new_desk_goes_on_where_the_old_one_stopped(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    rasa.answer = [{"text": "选", "buttons": [{"title": "甲", "payload": "/a"}]}]
    with TestClient(desk_on(shop, rasa, settings)) as client:
        first = Talk(client, shop).say("你好", message_id="k1")
    with TestClient(desk_on(shop, rasa, settings)) as client:
        talk = Talk(client, shop)
        assert talk.say("你好", message_id="k1") == first
        talk.say("/a")
        assert rasa.last["message"] == "/a"
        assert [message["text"] for message in talk.state()["messages"]] == ["你好", "选", "甲", "选"]
    assert shop.count(ConversationRow) == [1]


def test_a_turn_that_a_crash_cut_short_is_taken_up_again(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    talk.say("你好", message_id="k0")
    talk.say("取消订单", message_id="k1")
    with writing(shop.engine) as session:
        session.delete(session.get(MessageRow, 4))
    assert talk.say("取消订单", message_id="k1") == [{"recipient_id": "s1", "text": "您好，请问有什么可以帮您？"}]
    assert [row.author for row in shop.rows(MessageRow)] == ["customer", "bot", "customer", "bot"]
    with writing(shop.engine) as session:
        session.delete(session.get(MessageRow, 2))
    assert talk.say("你好", message_id="k0") == []
    assert len(rasa.asked) == 3


# --- who has the floor ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer", "delay"),
    [
        (500, [{"text": "x"}], 0),
        (200, [], 0),
        (200, {"no": "list"}, 0),
        (200, [{"text": ""}], 0),
        (200, [{"text": "x"}], 3),
    ],
    ids=["500", "empty", "object", "blank", "slow"],
)
def test_people_answer_when_the_assistant_does_not(
    talk: Talk, shop: Shop, rasa: FakeRasa, status: int, answer: Any, delay: float
) -> None:
    rasa.status, rasa.answer, rasa.delay = status, answer, delay
    assert talk.say("我的快递", order_no=ORDER) == [{"recipient_id": "s1", "text": DOWN, "custom": DOWN_CARD}]
    conversation, handoff = shop.rows(ConversationRow)[0], shop.rows(HandoffRow)[0]
    assert (conversation.status, conversation.priority) == ("queued", "normal")
    assert (handoff.reason, handoff.rule, handoff.orders) == ("assistant_down", "assistant_down", [ORDER])
    assert [each["text"] for each in handoff.transcript] == ["我的快递"]
    assert [(row.author, row.reply_to) for row in shop.rows(MessageRow)] == [("customer", None), ("bot", 1)]
    asked = len(rasa.asked)
    assert talk.say("还在吗") == []
    assert len(rasa.asked) == asked
    assert shop.rows(MessageRow)[-1].text == "还在吗"


def test_a_vip_waits_less(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.status = 500
    talk.say()
    talk.say(headers=shop.auth("c2"))
    assert talk.state(subject="c2")["conversation"]["queue_position"] == 1
    assert talk.state()["conversation"]["queue_position"] == 2


def test_an_open_breaker_hands_over_without_asking(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.status = 500
    for number in range(5):
        talk.say(sender=f"s{number}")
    assert len(rasa.asked) == 3
    assert [row.reason for row in shop.rows(HandoffRow)] == ["assistant_down"] * 5


def test_the_actions_hand_over_during_the_turn(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "已为您转接人工客服"}, {"custom": {"type": "handoff", "status": "queued"}}]
    rasa.on_ask = lambda body: queue(shop, body)
    replies = talk.say("转人工")
    assert [reply["text"] for reply in replies] == ["已为您转接人工客服"]
    assert talk.state()["conversation"]["handoff"]["reason"] == "requested"
    assert shop.count(HandoffRow) == [1]


@pytest.mark.parametrize("status", [200, 500])
def test_the_truth_about_a_handoff_without_words(talk: Talk, shop: Shop, rasa: FakeRasa, status: int) -> None:
    rasa.answer, rasa.status = [], status
    rasa.on_ask = lambda body: queue(shop, body, Reason.ANGRY)
    replies = talk.say("投诉")
    assert replies[0]["text"].startswith("已为您转接人工客服。您当前排在第 1 位")
    assert replies[0]["custom"] == {"type": "handoff", "status": "queued", "position": 1, "reason": "angry"}
    assert [row.reason for row in shop.rows(HandoffRow)] == ["angry"]


def test_a_person_took_over_during_the_turn(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    def taken(body: dict[str, Any]) -> list[Any]:
        queue(shop, body)
        assert talk.agent(body["sender"], "accept").status_code == 200
        return []

    rasa.on_ask = taken
    assert talk.say("转人工") == []
    assert shop.rows(ConversationRow)[0].status == "human"


def test_it_was_closed_during_the_turn(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    def closed(body: dict[str, Any]) -> list[Any]:
        assert talk.agent(body["sender"], "resolve").status_code == 200
        return []

    rasa.on_ask = closed
    assert talk.say("你好") == [{"recipient_id": "s1", "text": "抱歉，刚才没能处理您的消息，请再发送一次。"}]
    assert shop.count(HandoffRow) == [0]


@pytest.mark.parametrize("words", ["返回机器人", "不等了！", " 返回 机器人 "])
@pytest.mark.parametrize("accepted", [False, True])
def test_going_back_to_the_assistant(talk: Talk, shop: Shop, rasa: FakeRasa, words: str, accepted: bool) -> None:
    rasa.status = 500
    talk.say()
    conversation = shop.rows(ConversationRow)[0].id
    if accepted:
        talk.agent(conversation, "accept")
    rasa.status = 200
    expected = [{"recipient_id": "s1", "text": BACK, "custom": {"type": "handoff", "status": "bot"}}]
    assert talk.say(words, message_id="k") == expected
    assert len(rasa.asked) == 1
    row = shop.rows(ConversationRow)[0]
    assert (row.status, row.assignee, row.waiting_since) == ("bot", None, None)
    assert talk.say(words, message_id="k") == expected
    assert talk.say("你好")[0]["text"] == "您好，请问有什么可以帮您？"


def test_with_the_assistant_those_words_are_words(talk: Talk, rasa: FakeRasa) -> None:
    talk.say("不等了")
    assert rasa.last["message"] == "不等了"


def test_its_button_goes_back_too(talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    rasa.answer = [{"text": "已转接", "buttons": [{"title": "不等了", "payload": "/return_to_bot"}]}]
    rasa.on_ask = lambda body: queue(shop, body)
    talk.say("转人工")
    assert talk.say("/return_to_bot")[0]["text"] == BACK
    assert shop.rows(ConversationRow)[0].status == "bot"
    assert len(rasa.asked) == 1
