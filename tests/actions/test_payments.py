"""Paying: what is said of the order, what knowledge answers, and what is looked into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest

from actions.payments import PaymentIssue, Trouble, trouble_in
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.actions.mall import DAY, HOUR, SHOES, Mall
from tests.factories import BY_TESTS, row_counts
from xiaoer.database import reading, writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry
from xiaoer.service.follow_ups import list_follow_ups
from xiaoer.service.model import FollowUp

Run = Callable[..., Said]
FollowUps = Callable[[], list[FollowUp]]
ORDER = "202611200003214567"
PROMISED = (
    "已经为您登记，会有工作人员核实，最晚 11月22日 12:00 前答复您（平台规则：付款问题24小时内核实答复）。"
    "核实为重复扣款或扣款未成功的，原路退回。"
)
WAYS = Draft(
    "支持哪些支付方式",
    "支持微信、支付宝、云闪付、银行卡和账户余额，暂不支持货到付款。",
    similar_questions=("可以用花呗吗", "能货到付款吗"),
)
FAILING = Draft(
    "付款失败怎么办", "可换一种方式再付；重复扣款原路退回。", similar_questions=("支付不了", "重复扣款怎么退")
)


@pytest.fixture
def rules(mall: Mall) -> None:
    """What the platform knows of paying."""
    with writing(mall.engine) as session:
        for draft in (WAYS, FAILING):
            add_entry(session, "platform", draft, BY_TESTS)


@pytest.fixture
def say(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Says something of paying."""

    def ask(
        text: str, intent: str = "payment_issue", *, earlier: Sequence[tuple[str, str]] = (), **more: object
    ) -> Said:
        return run(PaymentIssue(services), after(tracker(text, intent, **more), *earlier))

    return ask


@pytest.fixture
def follow_ups(services: Services) -> FollowUps:
    """Reads the customer's follow-ups."""

    def read() -> list[FollowUp]:
        with reading(services.engine) as session:
            return list_follow_ups(session, "m1", "c1")

    return read


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("我好像被扣了两次钱", Trouble.CHARGED_TWICE),
        ("重複扣款了", Trouble.CHARGED_TWICE),
        ("付了1280 卡里扣了2560", Trouble.CHARGED_TWICE),
        ("钱扣了但是显示未支付", Trouble.PAID_BUT_UNPAID),
        ("付款成功却显示待付款", Trouble.PAID_BUT_UNPAID),
        ("付不了款", Trouble.FAILED),
        ("付了八遍都失败", Trouble.FAILED),
        ("点支付一直转圈", Trouble.FAILED),
        ("尾款付不了", Trouble.DEPOSIT),
        ("怎么付款", Trouble.HOW),
        ("超时没付 还能付吗", Trouble.HOW),
        ("能货到付款吗", Trouble.QUESTION),
        ("能不能收到货再给钱", Trouble.QUESTION),
        ("", Trouble.QUESTION),
    ],
)
def test_the_words_tell_the_trouble(text: str, trouble: Trouble) -> None:
    assert trouble_in(text) is trouble


def test_charged_twice_is_told_from_the_order_and_looked_into(
    mall: Mall, say: Run, follow_ups: FollowUps, now: datetime
) -> None:
    mall.order("paid", order_no=ORDER)

    said = say("扣了我两次钱")

    assert said.texts[0] == (
        "订单 202611200003214567（羊毛大衣(黑色 L)×1，299.00元）目前是【待发货】。\n"
        "系统显示这笔订单在 11月20日 13:00 付款成功，金额 299.00元。\n"
        "订单上只登记了这一次付款，没有第二笔，您的扣款需要核实。\n"
        f"{PROMISED}\n"
        "需要的话可以点“转人工”，由人工客服核实。"
    )
    assert said.cards[0]["type"] == "order_card"
    assert said.payloads == ["/request_human"]
    assert said.slots["offer"] == "handoff"
    assert said.slots["order_no"] == ORDER
    assert [(each.order_no, each.topic, each.detail, each.due_at) for each in follow_ups()] == [
        (ORDER, "payment", "扣了我两次钱", now + DAY)
    ]


def test_a_second_order_of_the_same_amount_is_named(mall: Mall, say: Run) -> None:
    mall.order("paid", order_no=ORDER)
    twin = mall.order("paid", placed=DAY + HOUR)

    said = say("重复扣款了", entities={"order_no": ORDER})

    assert f"您还有一笔订单 {twin.order_no}，金额也是 299.00元，在 11月20日 12:00 付款" in said.text


@pytest.mark.parametrize("other", [{"placed": 3 * DAY}, {"customer": "c2"}, {"state": "pending_payment"}])
def test_no_other_order_is_named(mall: Mall, say: Run, other: dict[str, object]) -> None:
    mall.order("paid", order_no=ORDER)
    mall.order(**{"state": "paid", **other})  # type: ignore[arg-type]

    assert "您还有一笔订单" not in say("重复扣款了", entities={"order_no": ORDER}).text


def test_a_second_claim_of_the_day_finds_the_first(mall: Mall, say: Run, follow_ups: FollowUps) -> None:
    mall.order("paid")
    say("扣了我两次钱")

    assert "今天 12:00 已经为您登记过了" in say("重复扣款了怎么还没人管").text
    assert len(follow_ups()) == 1


def test_paid_but_unpaid_says_that_nothing_has_arrived(
    mall: Mall, say: Run, follow_ups: FollowUps, now: datetime
) -> None:
    mall.order("pending_payment", order_no=ORDER, closes_at=now + HOUR)

    said = say("钱扣了但是显示未支付")

    assert "请在 11月21日 13:00 前完成付款" in said.text
    assert "系统里还没有收到，核实前请先不要重复付款。" in said.text
    assert PROMISED in said.text
    assert [(each.order_no, each.topic) for each in follow_ups()] == [(ORDER, "payment")]


def test_paid_but_unpaid_is_disproved_by_the_order(mall: Mall, say: Run) -> None:
    mall.order("paid", order_no=ORDER)
    before = row_counts(mall.engine)

    said = say("付款成功却显示待付款", entities={"order_no": ORDER})

    assert "系统显示这笔订单在 11月20日 13:00 付款成功，金额 299.00元。\n付款已经到账，不用再付。" in said.text
    assert row_counts(mall.engine) == before


def test_a_closed_order_without_payment_is_looked_into(mall: Mall, say: Run, follow_ups: FollowUps) -> None:
    mall.order("closed", order_no=ORDER)

    said = say("钱扣了订单没付成")

    assert "系统里没有这笔订单的付款记录，订单已经关闭。" in said.text
    assert [each.order_no for each in follow_ups()] == [ORDER]


def test_a_cancelled_order_that_was_paid_for_leads_to_its_refund(mall: Mall, say: Run) -> None:
    mall.order("cancelled", order_no=ORDER)
    before = row_counts(mall.engine)

    said = say("付了钱还显示没付", entities={"order_no": ORDER})

    assert "系统显示这笔订单在 11月20日 13:00 付过款，金额 299.00元，订单后来关闭了。" in said.text
    assert said.payloads == ["/request_human", f'/query_refund{{"order_no": "{ORDER}"}}']
    assert row_counts(mall.engine) == before


@pytest.mark.usefixtures("rules")
def test_a_failed_payment_says_until_when_and_what_to_do(mall: Mall, say: Run, now: datetime) -> None:
    mall.order("paid")
    mall.order("pending_payment", order_no=ORDER, closes_at=now + HOUR)
    before = row_counts(mall.engine)

    said = say("怎么付不了款")

    assert "还没有付款，请在 11月21日 13:00 前完成付款" in said.texts[0]
    assert "请回到订单页换一种支付方式再试。我不能代您付款，也不会发收款码或转账账号给您。" in said.texts[0]
    assert "转人工" in said.texts[0]
    assert said.cards[1] == {
        "type": "knowledge_answer",
        "question": "付款失败怎么办",
        "answer": "可换一种方式再付；重复扣款原路退回。",
        "source": said.cards[1]["source"],
        "layer": said.cards[1]["layer"],
        "scope": "platform",
        "entry_id": said.cards[1]["entry_id"],
        "version": 1,
        "product_id": None,
    }
    assert row_counts(mall.engine) == before


def test_what_is_over_can_no_longer_be_paid(mall: Mall, say: Run, now: datetime) -> None:
    mall.order("pending_payment", closes_at=now - HOUR)

    assert "这笔订单不能再付款了，还需要的话请重新下单。" in say("付不了款").text


@pytest.mark.usefixtures("rules")
def test_a_failed_payment_without_an_unpaid_order_is_answered_from_knowledge(mall: Mall, say: Run) -> None:
    mall.order("paid")

    said = say("怎么付不了款")

    assert said.texts[0] == "没有查到您待付款的订单。"
    assert [card["type"] for card in said.cards] == ["knowledge_answer"]


@pytest.mark.usefixtures("rules")
def test_what_was_talked_about_before_is_not_meant_once_it_is_paid_for(mall: Mall, say: Run, now: datetime) -> None:
    before = mall.order("paid")
    mall.order("pending_payment", order_no=ORDER, closes_at=now + HOUR)

    said = say("怎么付款", slots={"order_no": before.order_no})

    assert [card.get("order_no") for card in said.cards if card["type"] == "order_card"] == [ORDER]
    assert "在订单页点“去付款”就可以付" in said.text


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("role", ["consumer", "anonymous", "merchant"])
def test_questions_are_answered_from_knowledge_to_anybody(mall: Mall, say: Run, role: str) -> None:
    mall.order("pending_payment")

    said = say("能货到付款吗", role=role, subject="c1" if role == "consumer" else role)

    assert [card["type"] for card in said.cards] == ["knowledge_answer"]
    assert "暂不支持货到付款" in said.text
    assert said.slots["failures"] == 0


def test_what_nobody_knows_is_said_and_a_person_offered(say: Run) -> None:
    said = say("能用数字人民币吗")

    assert "没有查到准确的说明" in said.text
    assert said.payloads == ["/request_human"]
    assert said.slots["failures"] == 1


def test_several_orders_are_asked_for_and_the_words_are_kept(mall: Mall, say: Run, follow_ups: FollowUps) -> None:
    mall.order("paid")
    chosen = mall.order("paid", SHOES)

    asked = say("扣了我两次钱")

    assert asked.followup == "order_form"
    assert asked.slots["task"] == "payment_issue"
    assert follow_ups() == []

    said = say(
        "第二个",
        "inform",
        earlier=[("扣了我两次钱", "payment_issue")],
        slots={"order_no": chosen.order_no},
        latest_action_name="action_continue_task",
    )

    assert "没有第二笔" in said.text
    assert [(each.order_no, each.detail) for each in follow_ups()] == [(chosen.order_no, "扣了我两次钱")]


@pytest.mark.usefixtures("rules")
def test_a_question_beside_the_choice_of_an_order_leaves_the_choice_open(mall: Mall, say: Run) -> None:
    said = say("能货到付款吗", active_loop="order_form", slots={"task": "urge_shipment"})

    assert said.cards[0]["type"] == "knowledge_answer"
    assert said.followup == "order_form"
    assert not said.leaves_form


@pytest.mark.parametrize("owner", [{"customer": "c2"}, {"merchant": "m2"}])
@pytest.mark.parametrize("text", ["扣了我两次钱", "钱扣了显示没付", "付不了款", "怎么付款"])
def test_an_order_of_somebody_else_writes_nothing(mall: Mall, say: Run, owner: dict[str, str], text: str) -> None:
    mall.order("paid", order_no=ORDER, **owner)
    before = row_counts(mall.engine)

    said = say(text, entities={"order_no": ORDER})

    assert f"没有查到 {ORDER} 对应的订单" in said.text
    assert "299.00" not in said.text
    assert row_counts(mall.engine) == before


@pytest.mark.parametrize("role", ["anonymous", "merchant"])
def test_a_claim_of_who_is_no_customer_writes_nothing(mall: Mall, say: Run, role: str) -> None:
    mall.order("paid", order_no=ORDER)
    before = row_counts(mall.engine)

    said = say("扣了我两次钱", role=role, subject=role, entities={"order_no": ORDER})

    assert ("需要先登录" if role == "anonymous" else "您现在用的是商家账号") in said.text
    assert ORDER not in said.text
    assert row_counts(mall.engine) == before
