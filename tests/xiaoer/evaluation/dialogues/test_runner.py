from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from tests.xiaoer.evaluation.dialogues.conftest import Hold, Read
from tests.xiaoer.evaluation.dialogues.mall import Mall
from tests.xiaoer.evaluation.dialogues.scripted import Desk, Heard, Refusal
from xiaoer.accounts.model import Role
from xiaoer.commerce.model import Liable
from xiaoer.commerce.tables import AfterSaleRow, OrderLineRow, OrderRow, ReminderRow
from xiaoer.database import writing
from xiaoer.evaluation.dialogues.runner import Failure, Runner
from xiaoer.knowledge.feedback import record_feedback
from xiaoer.knowledge.model import Change, Draft
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.store import add_entry
from xiaoer.service.follow_ups import open_follow_up
from xiaoer.service.tickets import open_ticket


def failures(hold: Hold, text: str) -> list[tuple[int, str, str]]:
    return [(each.turn, each.expected, each.got) for each in hold(text).failures]


def test_words_of_texts_buttons_and_cards_count(mall: Mall, desk: Desk, hold: Hold) -> None:
    order_no = mall.order(state="shipped")
    mall.parcel(order_no)

    def script(heard: Heard) -> None:
        heard.say("您的包裹在路上", buttons=("催 件",))
        heard.say(custom={"type": "logistics_track", "carrier": "中通快递", "events": [{"text": "到达ＡＢＣ站"}]})

    desk.script = script

    result = hold(
        """
        - name: words
          given: {order: {state: shipped}}
          in_view: {order_no: "${order.order_no}"}
          turns:
          - user: 快递${order.order_no|spaced}到哪了
            expect:
              text_any: [不是这个, 催件]
              text_all: [包裹 在路上, "${order.carrier_name}", 到达abc站]
              text_none: [抱歉]
              anywhere: [在路上]
              custom: [order_card, logistics_track]
              custom_none: handoff
              silent: false
              status: [bot, queued]
              priority: normal
        """
    )

    assert result.passed
    (heard,) = desk.heard
    assert heard.text == "快递2026 1121 0000 0000 01到哪了"
    assert heard.metadata == {"order_no": order_no}
    assert (heard.identity.subject, heard.identity.tenant, heard.identity.role) == ("c1", "m1", Role.CONSUMER)


def test_what_is_not_met_is_named_with_expected_and_got(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order("100")

    def script(heard: Heard) -> None:
        heard.say("好的,已为您查询订单100", buttons=("转人工",))
        heard.say(custom={"type": "order_card", "order_no": "100"})

    desk.script = script

    got = "好的,已为您查询订单100 [转人工] / <order_card>"
    assert failures(
        hold,
        """
        - name: words
          given: {order: {}}
          turns:
          - user: 查订单
            expect: {status: bot}
          - user: 查订单
            expect:
              text_any: [没有, "${order.order_no|last4}2"]
              text_all: [好的, 谢谢]
              text_none: [转人工, 再见]
              anywhere: [再见]
              custom: rating
              custom_none: true
              silent: true
              status: queued
              reason: angry
              priority: [high, urgent]
              wait: 0.3
        """,
    ) == [
        (2, "text_any: [没有, 1002]", got),
        (2, "text_all: [谢谢]", got),
        (2, "text_none: [转人工]", got),
        (2, "anywhere: [再见]", f"{got} / {got}"),
        (2, "custom: [rating]", f"[order_card] {got}"),
        (2, "custom_none: true", f"[order_card] {got}"),
        (2, "silent: true", got),
        (2, "status: [queued]", "bot"),
        (2, "reason: [angry]", "none"),
        (2, "priority: [high, urgent]", "normal"),
    ]


def test_a_conversation_ends_with_its_first_turn_that_fails(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    result = hold(
        """
        - name: three turns
          given: {order: {}}
          turns:
          - user: 一
            expect: {text_any: [您说]}
          - user: 二
            expect: {text_none: [您说]}
          - user: 三
        """
    )

    assert result.failures == (Failure(2, "text_none: [您说]", "您说:二"),)
    assert [heard.text for heard in desk.heard] == ["一", "二"]
    assert len({heard.sender for heard in desk.heard}) == 1


def test_every_conversation_has_a_sender_of_its_own(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    text = "- {name: a, given: {order: {}}, turns: [{user: 你好}]}"

    assert hold(text).passed
    assert hold(text).passed
    assert len({heard.sender for heard in desk.heard}) == 2


def write_reminder(heard: Heard, order_no: str, now: datetime) -> None:
    heard.write(ReminderRow(order_no=order_no, merchant_id="m1", customer_id="c1", day=now.date(), created_at=now))


def write_case(heard: Heard, order_no: str, now: datetime, *, number: str = "AS1", customer: str = "c1") -> None:
    heard.write(
        AfterSaleRow(
            after_sale_no=number,
            order_no=order_no,
            merchant_id="m1",
            customer_id=customer,
            kind="refund",
            state="refunding",
            reason="拍错了,不想要了",
            amount=Decimal("59.90"),
            created_at=now,
            updated_at=now,
        )
    )


def write_gaps(heard: Heard, now: datetime) -> None:
    with writing(heard.desk.engine) as session:
        entry = add_entry(session, "m1", Draft("包邮吗", "包邮。"), Change("tests", now))
        record_feedback(session, "m1", entry.id, "k1", helpful=False, now=now)
        record_question(session, "m1", "店里有WiFi吗", outcome=Outcome.UNKNOWN, now=now)


def write_promises(heard: Heard, order_no: str, now: datetime) -> None:
    with writing(heard.desk.engine) as session:
        open_follow_up(session, "m1", "c1", "logistics", now=now, order_no=order_no)
        open_ticket(session, "m1", "c1", "orders", subject="赔付", now=now, order_no=order_no, liable=Liable.MERCHANT)


WRITTEN = """
    - name: rows
      given: {order: {state: paid}}
      turns:
      - user: 取消订单
        expect:
          wait: 0
          written: %s
"""


@pytest.fixture
def cancelling(mall: Mall, desk: Desk, now: datetime) -> str:
    """A desk that cancels the order, with a refund and a reminder; returns the order's number."""
    mall.after_sale(mall.order("old", state="completed"), kind="repair", number="AS0")
    order_no = mall.order("100", state="paid", amount="59.90")

    def script(heard: Heard) -> None:
        heard.change(OrderRow, order_no, state="cancelled", receiver_address="北京市 朝阳区1号")
        heard.change(OrderLineRow, 2, quantity=3)
        write_case(heard, order_no, now)
        write_reminder(heard, order_no, now)
        write_promises(heard, order_no, now)
        write_gaps(heard, now)
        heard.say("好的")

    desk.script = script
    return order_no


@pytest.mark.parametrize(
    "wanted",
    [
        "{order: {state: cancelled}}",
        '{order: {order_no: "${order.order_no}", receiver_address: 北京市朝阳区1号, count: 1}}',
        "{order: {receiver_address: ~朝阳区, quantity: 3, variant: 黑色L}}",
        "{after_sale: {kind: refund, state: [refunding, completed], amount: 59.9, reason: ~不想要}}",
        '{after_sale: {amount: "${order.amount}", note: null, count: 1}}',
        '{reminder: {order_no: "${order.order_no}", count: 1}, after_sale: {}}',
        '{follow_up: {order_no: "${order.order_no}", topic: logistics, count: 1}}',
        '{ticket: {order_no: "${order.order_no}", topic: orders, state: open, liable: merchant}}',
        "{question: {text: 店里有 WiFi 吗, outcome: unknown}, feedback: {helpful: false, count: 1}}",
        "{feedback: {helpful: true, count: 0}}",
        "{invoice: {count: 0}}",
        "{after_sale: {kind: repair, count: 0}}",
    ],
)
def test_rows_that_were_written_are_found(cancelling: str, hold: Hold, wanted: str) -> None:
    assert failures(hold, WRITTEN % wanted) == []


@pytest.mark.parametrize(
    ("wanted", "expected", "got"),
    [
        ("{order: {state: closed}}", "order {state: closed}", "0 such; new or changed: {state: cancelled}"),
        ("{order: {quantity: 2}}", "order {quantity: 2}", "0 such; new or changed: {quantity: [3]}"),
        ("{after_sale: {kind: repair}}", "after_sale {kind: repair}", "0 such; new or changed: {kind: refund}"),
        (
            "{after_sale: {kind: refund, count: 2}}",
            "after_sale {kind: refund, count: 2}",
            "1 such; new or changed: {kind: refund}",
        ),
        (
            "{reminder: {count: 0}}",
            "reminder {count: 0}",
            "1 such; new or changed: {id: 1, order_no: 100, merchant_id: m1, customer_id: c1, day: 2026-11-21}",
        ),
        ("{invoice: {}}", "invoice {}", "0 such; new or changed: nothing"),
        ("{invoice: {colour: red}}", "invoice {colour: red}", "invoice has no column colour"),
        (
            "{ticket: {topic: logistics}}",
            "ticket {topic: logistics}",
            "0 such; new or changed: {topic: orders}",
        ),
        (
            '{follow_up: {order_no: "${order.order_no}", topic: payment}}',
            "follow_up {order_no: 100, topic: payment}",
            "0 such; new or changed: {order_no: 100, topic: logistics}",
        ),
    ],
)
def test_rows_that_were_not_written_are_missed(
    cancelling: str, hold: Hold, wanted: str, expected: str, got: str
) -> None:
    assert failures(hold, WRITTEN % wanted) == [(1, f"written: {expected}", got)]


DENIED = """
    - name: denial
      given: {order: {other_customer: true}}
      turns:
      - user: 取消订单${order.order_no}
        expect:
          not_written: [after_sale, reminder, invoice, order]
          unchanged: [order]
"""


def test_denial_holds_where_nothing_was_written(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.customer("c2")
    mall.order("100", customer="c1")
    mall.order("200", customer="c2")

    assert hold(DENIED).passed
    assert [(heard.identity.subject, heard.text) for heard in desk.heard] == [("c2", "取消订单100")]


def test_denial_fails_where_something_was_written(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.customer("c2")
    mall.order("100", customer="c1")
    mall.order("200", customer="c2")

    def script(heard: Heard) -> None:
        heard.change(OrderRow, "100", state="cancelled")
        write_case(heard, "100", now, customer="c2")
        write_reminder(heard, "100", now)

    desk.script = script

    found = failures(hold, DENIED)

    assert [(turn, expected) for turn, expected, _ in found] == [
        (1, "not_written: after_sale"),
        (1, "not_written: reminder"),
        (1, "unchanged: order"),
    ]
    assert found[0][2].startswith("{after_sale_no: AS1, order_no: 100,")
    assert found[2][2] == "state: paid → cancelled"


def test_a_change_of_a_line_is_a_change_and_a_touched_time_is_none(
    mall: Mall, desk: Desk, hold: Hold, now: datetime
) -> None:
    case = mall.after_sale(mall.order("100", state="completed"))
    says = "{user: 你好, expect: {unchanged: [order, after_sale]}}"
    text = f"- {{name: a, given: {{order: {{}}, after_sale: {{}}}}, turns: [{says}]}}"
    desk.script = lambda heard: heard.change(AfterSaleRow, case, updated_at=now.replace(year=2027))

    assert hold(text).passed

    desk.script = lambda heard: heard.change(OrderLineRow, 1, variant="白色 L")

    ((turn, expected, got),) = failures(hold, text)
    assert (turn, expected) == (1, "unchanged: order")
    assert "'variant': '黑色 L'" in got
    assert "'variant': '白色 L'" in got


def test_denial_of_promises_fails_where_one_was_made(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    order_no = mall.order("100")
    text = "- {name: a, given: {order: {}}, turns: [{user: 你好, expect: {not_written: [order, ticket, follow_up]}}]}"

    assert failures(hold, text) == []

    desk.script = lambda heard: write_promises(heard, order_no, now)

    assert [expected for _, expected, _ in failures(hold, text)] == ["not_written: ticket", "not_written: follow_up"]


def test_replies_by_push_count(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.order("100")

    def script(heard: Heard) -> None:
        heard.say("请稍等")
        heard.push("已经催了仓库", after=0.4, custom={"type": "order_card"})
        desk.later(0.6, lambda: write_reminder(heard, "100", now))
        desk.later(0.7, lambda: heard.hand_over("angry"))

    desk.script = script

    result = hold(
        """
        - name: pushes
          given: {order: {}}
          turns:
          - user: 催一下
            expect:
              text_all: [请稍等, 催了仓库]
              custom: order_card
              written: {reminder: {count: 1}}
              status: queued
              reason: angry
              priority: high
        """
    )

    assert result.passed
    assert 0.6 < result.seconds < 2.5


def test_waiting_ends(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    def script(heard: Heard) -> None:
        heard.say("请稍等")
        heard.push("已经催了仓库", after=1.5)

    desk.script = script
    text = "- {name: a, given: {order: {}}, turns: [{user: 催一下, expect: {text_any: [仓库], wait: 0.3}}]}"

    result = hold(text)

    assert result.failures == (Failure(1, "text_any: [仓库]", "请稍等"),)
    assert result.seconds < 1.2


def test_nothing_is_waited_for_without_need(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    text = """
        - name: quick
          given: {order: {}}
          turns:
          - user: 你好
            expect: {text_any: [您说], status: bot, written: {order: {count: 0}}, not_written: [order]}
          - user: 你好
            expect: {text_any: [您说], text_none: [您说]}
    """

    result = hold(text)

    assert [each.expected for each in result.failures] == ["text_none: [您说]"]
    assert result.seconds < 0.5


def test_replies_that_come_only_by_push_are_seen_once(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    desk.mute = True

    assert failures(
        hold,
        """
        - name: a
          given: {order: {}}
          turns:
          - user: 你好
            expect: {text_any: ["您说:你好"]}
          - user: 在吗
            expect: {text_any: [没有], wait: 0}
        """,
    ) == [(2, "text_any: [没有]", "您说:在吗")]


def test_silence_must_last_a_moment(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    text = """
        - name: silence
          given: {order: {}}
          turns:
          - user: 你好
            expect: {silent: true}
    """
    desk.script = lambda heard: None

    assert hold(text).passed

    desk.script = lambda heard: heard.push("在的", after=0.25)

    assert failures(hold, text) == [(1, "silent: true", "在的")]
    assert failures(hold, text.replace("silent: true", "text_none: [在的]")) == [(1, "text_none: [在的]", "在的")]
    assert failures(hold, text.replace("silent: true", "custom_none: true")) == []
    desk.script = lambda heard: None
    assert failures(hold, text.replace("true", "false, wait: 0.2")) == [(1, "silent: false", "nothing came")]


def test_people_act_and_the_customer_sees_it(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    def script(heard: Heard) -> None:
        if "人工" in heard.text:
            heard.hand_over("requested")
            heard.say("已为您转接", custom={"type": "handoff", "status": "queued"})
        elif heard.status.value == "bot":
            heard.say("我是机器人")

    desk.script = script

    result = hold(
        """
        - name: people
          given: {order: {}, customer: {}}
          turns:
          - user: 转人工
            expect: {custom: handoff, status: queued, reason: requested}
          - agent: accept
            expect: {text_any: [小林], status: human}
          - user: 我的${order.product_name}呢
            expect: {silent: true, status: human}
          - agent: {reply: "${customer.name}您好，我来处理"}
            expect: {text_all: [王芳您好], text_none: [机器人], status: human}
          - agent: return_to_bot
            expect: {status: bot, anywhere: [已为您转接]}
          - user: 在吗
            expect: {text_any: [我是机器人]}
          - agent: resolve
            expect: {status: closed, text_any: [结束]}
        """
    )

    assert result.failures == ()
    assert desk.acted == [
        ("m1-a1", "accept", ""),
        ("m1-a1", "reply", "王芳您好，我来处理"),
        ("m1-a1", "return_to_bot", ""),
        ("m1-a1", "resolve", ""),
    ]


def test_people_must_be_there_to_act(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.merchant("m2", agents=0)
    mall.order(merchant="m2")

    assert failures(hold, "- {name: a, given: {order: {}}, turns: [{user: 你好}, {agent: accept}]}") == [
        (2, "an answer of the desk", "the tenant has nobody who could accept")
    ]
    assert failures(hold, "- {name: a, given: {merchant: {id: m1}}, turns: [{agent: accept}]}") == [
        (1, "an answer of the desk", "there is no conversation yet to accept")
    ]


def form(now: datetime, *, confirmations: int = 1, summaries: int = 99) -> Callable[[Heard], None]:
    """Return a desk that asks for a reason and a photo, shows a summary, and writes once it is confirmed."""
    asked: list[str] = []

    def script(heard: Heard) -> None:
        order_no = heard.metadata["order_no"]
        if heard.times == 1:
            asked.append("reason")
            heard.say("为什么要退呢", custom={"type": "form_question", "slot": "reason"})
        elif asked[-1] == "reason":
            asked.append("photo")
            heard.say("请发张照片", custom={"type": "form_question", "slot": "photo"})
        elif asked[-1] == "photo":
            asked.append("confirm")
            heard.say("请确认", custom={"type": "form_summary"})
        elif heard.text == "对，确认" and asked.count("confirm") >= confirmations:
            write_case(heard, order_no, now)
            asked.append("done")
            heard.say("已提交退款")
        elif asked.count("confirm") < summaries:
            asked.append("confirm")
            heard.say("请再确认", custom={"type": "form_summary"})
        else:
            heard.say("不懂")

    return script


FORM = """
    - name: form
      given: {order: {}}
      in_view: {order_no: "${order.order_no}"}
      answers: {reason: "${order.variant}不好看", photo: [image, video], note: 没有}
      turns:
      - user: 我要退货
        expect: {text_any: [为什么], custom: form_question}
      - user: 对，确认
        until_written: true
        expect:
          text_any: [已提交]
          text_none: [请再确认]
          written: {after_sale: {kind: refund, count: 1}}
          wait: 0.2
"""


@pytest.mark.parametrize(("confirmations", "sent"), [(1, 1), (2, 2), (4, 4)])
def test_forms_are_answered_and_confirmed_until_written(
    mall: Mall, desk: Desk, hold: Hold, now: datetime, confirmations: int, sent: int
) -> None:
    mall.order()
    desk.script = form(now, confirmations=confirmations)

    assert hold(FORM).failures == ()
    assert [heard.text for heard in desk.heard] == ["我要退货", "黑色 L不好看", "", *["对，确认"] * sent]
    assert desk.heard[2].metadata["attachments"] == [
        {"type": "image", "upload_id": "upload-1"},
        {"type": "video", "upload_id": "upload-2"},
    ]
    assert desk.uploads == ["image/png", "video/mp4"]


def test_confirming_ends_after_three_repetitions(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.order()
    desk.script = form(now, confirmations=5)

    assert failures(hold, FORM) == [
        (2, "text_any: [已提交]", "请再确认 <form_summary>"),
        (2, "text_none: [请再确认]", "请再确认 <form_summary>"),
        (2, "written: after_sale {kind: refund, count: 1}", "0 such; new or changed: nothing"),
    ]
    assert [heard.text for heard in desk.heard].count("对，确认") == 4


def test_confirming_ends_where_the_summary_does(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.order()
    desk.script = form(now, confirmations=5, summaries=2)

    assert [each[0] for each in failures(hold, FORM)] == [2, 2]
    assert [heard.text for heard in desk.heard].count("对，确认") == 2


def test_questions_are_answered_where_the_script_has_ended(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.order()
    desk.script = form(now)

    result = hold(
        """
        - name: form
          given: {order: {}}
          in_view: {order_no: "${order.order_no}"}
          answers: {reason: 不好看, photo: 没有照片}
          turns:
          - user: 我要退货
            expect: {text_all: [为什么, 照片, 请确认], custom: form_summary, not_written: [after_sale]}
        """
    )

    assert result.failures == ()
    assert [heard.text for heard in desk.heard] == ["我要退货", "不好看", "没有照片"]


def test_questions_are_not_answered_before_a_turn_that_answers_itself(
    mall: Mall, desk: Desk, hold: Hold, now: datetime
) -> None:
    mall.order()
    desk.script = form(now)

    assert hold(
        """
        - name: form
          given: {order: {}}
          in_view: {order_no: "${order.order_no}"}
          answers: {reason: 不好看}
          turns:
          - user: 我要退货
          - user: 尺码太小
            expect: {text_any: [照片]}
        """
    ).passed
    assert [heard.text for heard in desk.heard] == ["我要退货", "尺码太小"]


def test_a_form_that_keeps_asking_is_left(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    desk.script = lambda heard: heard.say("为什么", custom={"type": "form_question", "slot": "reason"})

    result = hold(
        """
        - name: form
          given: {order: {}}
          answers: {reason: 不好看}
          turns:
          - user: 我要退货
            expect: {custom_none: form_question}
        """
    )

    assert not result.passed
    assert [heard.text for heard in desk.heard] == ["我要退货", "不好看", "不好看", "不好看"]


def test_answers_wait_for_a_question_that_comes_by_push(mall: Mall, desk: Desk, hold: Hold, now: datetime) -> None:
    mall.order()
    desk.script = form(now)
    desk.mute = True

    assert hold(FORM).failures == ()


def test_attachments_are_uploaded_and_named(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    assert hold("- {name: a, given: {order: {}}, turns: [{user: 看图, attachments: [image, video, file]}]}").passed
    assert desk.uploads == ["image/png", "video/mp4", "application/pdf"]
    assert [each["type"] for each in desk.heard[0].metadata["attachments"]] == ["image", "video", "file"]


def test_anonymous_visitors_have_no_token(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.merchant("m9", anonymous_allowed=True)

    def script(heard: Heard) -> None:
        heard.say("请先登录")
        heard.push("或者转人工", after=0.3)
        heard.hand_over("requested")

    desk.script = script

    result = hold(
        """
        - name: anonymous
          role: anonymous
          given: {merchant: {anonymous_allowed: true}}
          turns:
          - user: 查一下订单
            attachments: [image]
            expect: {text_all: [请先登录, 转人工], status: queued, reason: requested, not_written: [reminder]}
        """
    )

    assert result.failures == ()
    (heard,) = desk.heard
    assert (heard.identity.subject, heard.identity.tenant, heard.identity.role) == ("anonymous", "m9", Role.ANONYMOUS)
    assert heard.metadata["merchant"] == "m9"
    assert heard.metadata["attachments"][0]["url"].startswith("https://")


def test_staff_speak_with_a_token_of_their_shop(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    assert hold("- {name: a, role: merchant, given: {merchant: {id: m1}}, turns: [{user: 怎么报名活动}]}").passed
    (heard,) = desk.heard
    assert (heard.identity.subject, heard.identity.tenant, heard.identity.role) == ("m1-a1", "m1", Role.MERCHANT)


def test_the_token_carries_the_vip_level(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.customer("c9", vip=3)
    mall.order(customer="c9")

    assert hold("- {name: a, given: {customer: {vip: true}}, turns: [{user: 你好}]}").passed
    assert desk.heard[0].identity.vip_level == 3


def test_a_turn_that_came_too_soon_is_sent_again_later(mall: Mall, desk: Desk, read: Read, now: datetime) -> None:
    mall.order()
    desk.refusals = [Refusal(429, "太快了", Retry_After="7"), Refusal(429, "太快了")]
    paused: list[float] = []
    runner = Runner(desk.engine, desk.url, clock=lambda: now, pause=paused.append)

    (conversation,) = read("- {name: a, given: {order: {}}, turns: [{user: 你好, expect: {text_any: [您说]}}]}")

    assert runner.hold(conversation).passed
    assert paused == [7.0, 1.0]
    assert [heard.text for heard in desk.heard] == ["你好"]


def test_a_refusal_in_words_is_what_the_visitor_reads(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()
    desk.refusals = [Refusal(413, "消息太长了")]

    assert hold("- {name: a, given: {order: {}}, turns: [{user: 很长, expect: {text_any: [太长了]}}]}").passed


@pytest.mark.parametrize(
    ("refusal", "got"),
    [
        (Refusal(500, "服务出了点问题"), "HTTP 500: 服务出了点问题"),
        (Refusal(401, "请先登录"), "HTTP 401: 请先登录"),
        (Refusal(502, None), "HTTP 502 without a message for the visitor"),
        (Refusal(413, None), "HTTP 413 without a message for the visitor"),
        (Refusal(200, None), "the desk's answer is no JSON"),
        (Refusal(200), "the desk's answer to a message is no list of messages"),
    ],
)
def test_a_desk_that_breaks_its_contract_fails_the_turn(
    mall: Mall, desk: Desk, hold: Hold, refusal: Refusal, got: str
) -> None:
    mall.order()
    desk.refusals = [refusal]

    assert failures(hold, "- {name: a, given: {order: {}}, turns: [{user: 你好}]}") == [
        (1, "an answer of the desk", got)
    ]


def test_a_desk_that_is_not_there_fails_the_turn(mall: Mall, read: Read, now: datetime) -> None:
    mall.order()
    (conversation,) = read("- {name: a, given: {order: {}}, turns: [{user: 你好}]}")

    result = Runner(mall.engine, "http://127.0.0.1:9", clock=lambda: now).hold(conversation)

    assert result.failures == (
        Failure(1, "an answer of the desk", "the desk at http://127.0.0.1:9 does not answer: ConnectionError"),
    )


def test_without_a_test_clock_nothing_is_said(mall: Mall, desk: Desk, hold: Hold) -> None:
    mall.order()

    assert failures(hold, "- {name: a, given: {order: {}}, turns: [{user: 你好}, {clock: +3d}]}") == [
        (2, "clock: +3d", "the server has no test clock to move")
    ]
    assert desk.heard == []


def test_what_can_not_be_picked_fails_before_the_first_turn(mall: Mall, desk: Desk, hold: Hold) -> None:
    assert failures(hold, "- {name: a, given: {order: {stuck: true}}, turns: [{user: 你好}]}") == [
        (0, "rows for what is given", "no order fits {stuck: true}")
    ]
    assert desk.heard == []
