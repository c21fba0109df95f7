"""Deliveries that went wrong: what is said of the trace, what is promised, and what is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from actions.delivery import Problem, problem_in, promised_day
from actions.logistics_problems import ReportLogisticsProblem
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.actions.mall import COAT, DAY, HOUR, SCARF, SHOES, Mall
from tests.factories import row_counts
from xiaoer.database import reading
from xiaoer.service.follow_ups import list_follow_ups
from xiaoer.service.model import FollowUp

Run = Callable[..., Said]
ORDER = "202611150003214567"
WAYBILL = "SF1478852036974"
MOVING = (
    (20 * HOUR, "picked_up", "【杭州市】顺丰速运 已收取快件"),
    (3 * HOUR, "in_transit", "【成都市】快件到达【成都武侯营业点】"),
)
STUCK = (101 * HOUR, "in_transit", "快件已发车")
SIGNED = (26 * HOUR, "delivered", "已签收，签收人：门卫代收")
PROMISED = (
    "已经为您登记，会有工作人员核实，最晚 11月22日 12:00 前答复您（平台规则：商家24小时内向快递核实）。"
    "核实为丢件的，补发或全额退款。"
)


@pytest.fixture
def report(services: Services, tracker: TrackerMaker, run: Run) -> Callable[..., Said]:
    """Says that delivery went wrong."""

    def ask(
        text: str = "物流好几天都不更新了",
        intent: str = "report_logistics_problem",
        *,
        earlier: Sequence[tuple[str, str]] = (),
        **more: object,
    ) -> Said:
        return run(ReportLogisticsProblem(services), after(tracker(text, intent, **more), *earlier))

    return ask


@pytest.fixture
def follow_ups(services: Services) -> Callable[[], list[FollowUp]]:
    """Reads the customer's follow-ups."""

    def read() -> list[FollowUp]:
        with reading(services.engine) as session:
            return list_follow_ups(session, "m1", "c1")

    return read


def test_reported_stuck_parcel_is_stated_from_its_trace_and_looked_into(
    mall: Mall, report: Run, follow_ups: Callable[[], list[FollowUp]], now: datetime
) -> None:
    order = mall.order("shipped", order_no=ORDER, placed=9 * DAY)
    mall.parcel(order, "in_transit", STUCK, waybill_no=WAYBILL)
    before = mall.rows()

    said = report()

    assert said.texts == [
        "抱歉给您添麻烦了，我查了一下订单 202611150003214567（羊毛大衣(黑色 L)×1），顺丰速运运单 SF1478852036974：\n"
        "最近一条物流是 11月17日 07:00：“快件已发车”，到现在已经4天5小时没有更新，确实不正常。\n"
        "包裹停得太久，需要向快递核实它在哪里。\n"
        f"{PROMISED}\n"
        "需要我现在就帮您转人工客服，向顺丰速运核实这个包裹吗？"
    ]
    assert [card["type"] for card in said.cards] == ["logistics_track"]
    assert said.slots["offer"] == "handoff"
    assert said.slots["last_topic"] == "logistics"
    assert said.payloads[0] == "/request_human"
    assert mall.rows() == before
    ((order_no, topic, detail, due_at),) = [
        (each.order_no, each.topic, each.detail, each.due_at) for each in follow_ups()
    ]
    assert (order_no, topic, due_at) == (ORDER, "logistics", now + DAY)
    assert detail == f"物流好几天都不更新了（{WAYBILL}）"


def test_a_second_report_of_the_day_finds_the_first(
    mall: Mall, report: Run, follow_ups: Callable[[], list[FollowUp]]
) -> None:
    mall.parcel(mall.order("shipped", placed=9 * DAY), "in_transit", STUCK)
    report()

    said = report("都几天了还是不动")

    assert "今天 12:00 已经为您登记过了" in said.text
    assert "最晚 11月22日 12:00 前会有工作人员答复您" in said.text
    assert len(follow_ups()) == 1


def test_reported_missing_parcel_quotes_the_signature(mall: Mall, report: Run) -> None:
    order = mall.order("shipped")
    mall.parcel(order, "delivered", (26 * HOUR, "delivered", "已签收，签收人：门卫代收"))

    said = report("显示已签收可是我根本没收到")

    assert "物流显示已在 11月20日 10:00 签收，记录是“已签收，签收人：门卫代收”" in said.text
    assert "您可以先看看家人、门卫或代收点有没有代收。" in said.text
    assert PROMISED in said.text
    assert said.slots["offer"] == "handoff"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("out_for_delivery", "目前显示正在派送，11月21日 10:00：“词”，还没有签收记录"),
        ("exception", "物流在 11月21日 10:00 登记了异常：“词”"),
        ("returned", "包裹被退回寄件人了，11月21日 10:00：“词”"),
        ("in_transit", "最近一条物流是2小时前（11月21日 10:00）：“词”，目前【运输中】"),
    ],
)
def test_reported_problem_states_what_the_trace_knows(mall: Mall, report: Run, state: str, words: str) -> None:
    mall.parcel(mall.order("shipped"), state, (2 * HOUR, state, "词"))

    assert words in report("快递出问题了").text


def test_reported_parcel_is_the_one_with_the_problem(mall: Mall, report: Run) -> None:
    order = mall.order("shipped", COAT, SCARF, placed=9 * DAY)
    mall.parcel(order, "in_transit", (90 * HOUR, "in_transit", "已发车"), lines=[0], waybill_no="SF1000000000001")
    mall.parcel(order, "delivered", (30 * HOUR, "delivered", "已签收"), lines=[1], waybill_no="SF1000000000002")

    assert [card["waybill_no"] for card in report("物流好几天没动静").cards] == ["SF1000000000001"]
    assert [card["waybill_no"] for card in report("显示签收但是没收到").cards] == ["SF1000000000002"]


def test_reported_order_is_the_one_with_the_problem(mall: Mall, report: Run) -> None:
    mall.parcel(mall.order("shipped"), "in_transit", *MOVING)
    stuck = mall.order("shipped", SHOES, placed=9 * DAY)
    mall.parcel(stuck, "in_transit", (101 * HOUR, "in_transit", "快件已发车"))

    said = report()

    assert said.slots["order_no"] == stuck.order_no


def test_reported_order_is_asked_for_where_no_trace_stands_out(mall: Mall, report: Run) -> None:
    mall.parcel(mall.order("shipped"), "in_transit", *MOVING)
    mall.parcel(mall.order("shipped", SHOES), "in_transit", *MOVING)

    assert report().followup == "order_form"


def test_reported_order_that_was_never_shipped(mall: Mall, report: Run) -> None:
    mall.order("paid")

    said = report("快递呢，丢了吗")

    assert "还没有物流信息" in said.text
    assert said.slots["offer"] == "urge_shipment"


def test_a_problem_is_told_with_the_age_of_what_is_known(
    mall: Mall, silent_carriers: Services, tracker: TrackerMaker, run: Run
) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "exception", (3 * HOUR, "exception", "【成都市】派送不成功"), waybill_no=WAYBILL)

    said = run(ReportLogisticsProblem(silent_carriers), tracker("快递怎么异常了", "report_logistics_problem"))

    assert said.texts[0].splitlines()[1:3] == [
        "物流公司暂时查不到最新进展，下面是 11月21日 10:00 的记录。",
        "物流在 11月21日 09:00 登记了异常：“【成都市】派送不成功”。",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("物流停在同一个地方好几天没更新了", Problem.STUCK),
        ("卡在中转站三天了", Problem.STUCK),
        ("显示签收我没收到", Problem.NOT_RECEIVED),
        ("驿站说没有我这个件", Problem.NOT_RECEIVED),
        ("包裹顯示已簽收,我沒有收到", Problem.NOT_RECEIVED),
        ("快递员擅自放驿站了", Problem.NOT_TO_DOOR),
        ("死活不给送上门", Problem.NOT_TO_DOOR),
        ("快递丢了", Problem.LOST),
        ("送错小区了", Problem.WRONG_PLACE),
        ("我没拒收 物流写我拒收给退了", Problem.REFUSED),
        ("箱子压扁了,里面碎了", Problem.DAMAGED),
        ("承诺次日达 第三天了", Problem.LATE),
        ("快递员态度恶劣", None),
        ("", None),
    ],
)
def test_the_words_tell_the_problem(text: str, problem: Problem | None) -> None:
    assert problem_in(text) is problem


@pytest.mark.parametrize(
    ("text", "state", "event", "words"),
    [
        ("物流五天没动了", "in_transit", "到达成都", "从物流看，包裹还在更新，没有停住。"),
        ("物流不更新了", "delivered", "已签收", "从物流看，包裹已经签收。如果您没有收到，请点“没有收到”。"),
        ("怎么还没收到", "in_transit", "到达成都", "从物流看，包裹还没有签收，还在送往您的路上。"),
        ("说好昨天到的", "in_transit", "预计11月23日送达", "物流里写的到达日期是 11月23日，还没有过。"),
        ("超时了吧", "delivered", "预计今天送达，已签收", "包裹没有晚于这一天送到。"),
    ],
)
def test_what_the_trace_disproves_is_said_and_nothing_is_written(
    mall: Mall, report: Run, text: str, state: str, event: str, words: str
) -> None:
    mall.parcel(mall.order("shipped"), state, (2 * HOUR, state, event))
    before = row_counts(mall.engine)

    said = report(text)

    assert words in said.text
    assert "登记" not in said.text
    assert said.payloads[0] == "/request_human"
    assert row_counts(mall.engine) == before


@pytest.mark.parametrize(
    ("text", "state", "event", "words"),
    [
        ("快递不送上门", "delivered", "已放入【武侯菜鸟驿站】", "您要求送货上门，这一点会一起登记给商家和顺丰速运。"),
        ("包裹丢了", "in_transit", "到达成都", "物流里还没有丢件的记录，要向顺丰速运核实才能确认。"),
        ("送错地方了", "delivered", "已签收", "订单上的收货地址是“浙江省杭州市西湖区文三路1号”"),
        (
            "说我拒收，我没有",
            "returned",
            "客户拒收，退回",
            "物流在 11月21日 10:00 有一条拒收的记录：“客户拒收，退回”。",
        ),
        ("说我拒收，我没有", "in_transit", "到达成都", "物流里目前没有拒收的记录。"),
        ("次日达都三天了", "in_transit", "到达成都", "物流里没有写到达日期，我不好替快递判断晚了多久。"),
        ("预计的时间早过了", "in_transit", "预计11月20日送达", "物流里写的到达日期是 11月20日，已经过了，很抱歉。"),
        ("快递员骂人", "in_transit", "到达成都", "您说的情况物流里看不出来，要向顺丰速运核实。"),
        ("物流好久不动", "exception", "快件破损待处理", "这个情况需要向顺丰速运核实。"),
    ],
)
def test_what_the_trace_cannot_settle_is_looked_into(
    mall: Mall,
    report: Run,
    follow_ups: Callable[[], list[FollowUp]],
    text: str,
    state: str,
    event: str,
    words: str,
) -> None:
    order = mall.order("shipped")
    mall.parcel(order, state, (2 * HOUR, state, event))

    said = report(text)

    assert words in said.text
    assert PROMISED in said.text
    assert [card["type"] for card in said.cards] == ["logistics_track"]
    assert [(each.order_no, each.topic) for each in follow_ups()] == [(order.order_no, "logistics")]


def test_damage_on_the_way_offers_the_after_sale_flow(mall: Mall, report: Run) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "delivered", (2 * HOUR, "delivered", "已签收"))

    said = report("送来箱子都压烂了")

    assert said.payloads[:3] == [
        f'/return_goods{{"order_no": "{ORDER}"}}',
        f'/request_refund{{"order_no": "{ORDER}"}}',
        "/request_human",
    ]
    assert PROMISED in said.text


def test_the_button_below_a_delivered_parcel_means_that_it_did_not_arrive(
    mall: Mall, report: Run, follow_ups: Callable[[], list[FollowUp]]
) -> None:
    order = mall.order("shipped", order_no=ORDER)
    mall.parcel(order, "delivered", SIGNED, waybill_no=WAYBILL)

    said = report(f'/report_logistics_problem{{"order_no": "{ORDER}"}}')

    assert "有没有代收" in said.text
    assert [each.detail for each in follow_ups()] == [f"没有收到（{WAYBILL}）"]


def test_a_report_without_words_asks_what_is_wrong(mall: Mall, report: Run) -> None:
    mall.parcel(mall.order("shipped"), "in_transit", *MOVING)
    before = row_counts(mall.engine)

    said = report("/report_logistics_problem")

    assert "请告诉我具体遇到了什么" in said.text
    assert row_counts(mall.engine) == before


def test_a_sent_order_without_a_parcel_is_looked_into(
    mall: Mall, report: Run, follow_ups: Callable[[], list[FollowUp]]
) -> None:
    order = mall.order("shipped")

    said = report("快递到现在没有任何信息")

    assert said.texts[0] == PROMISED
    assert "但还查不到物流信息" in said.texts[1]
    assert [(each.order_no, each.detail) for each in follow_ups()] == [(order.order_no, "快递到现在没有任何信息")]


def test_nothing_is_promised_before_anything_was_sent(mall: Mall, report: Run) -> None:
    mall.order("paid")
    before = row_counts(mall.engine)

    said = report("快递是不是丢了")

    assert "还没有物流信息" in said.text
    assert row_counts(mall.engine) == before


def test_the_words_are_kept_while_the_order_is_chosen(
    mall: Mall, report: Run, follow_ups: Callable[[], list[FollowUp]]
) -> None:
    mall.parcel(mall.order("shipped"), "in_transit", *MOVING)
    chosen = mall.order("shipped", SHOES)
    mall.parcel(chosen, "in_transit", *MOVING, waybill_no=WAYBILL)

    said = report(
        "第一个",
        "inform",
        slots={"order_no": chosen.order_no},
        latest_action_name="action_continue_task",
        earlier=[("快递被我弄丢了是吧", "report_logistics_problem")],
    )

    assert "物流里还没有丢件的记录" in said.text
    assert [(each.order_no, each.detail) for each in follow_ups()] == [
        (chosen.order_no, f"快递被我弄丢了是吧（{WAYBILL}）")
    ]


@pytest.mark.parametrize("customer", [{"customer": "c2"}, {"merchant": "m2"}])
def test_an_order_of_somebody_else_writes_nothing(mall: Mall, report: Run, customer: dict[str, str]) -> None:
    mall.parcel(mall.order("shipped", order_no=ORDER, **customer), "in_transit", STUCK, waybill_no=WAYBILL)
    before = row_counts(mall.engine)

    said = report(entities={"order_no": ORDER})

    assert f"没有查到 {ORDER} 对应的订单" in said.text
    assert WAYBILL not in said.text
    assert said.cards == []
    assert row_counts(mall.engine) == before


@pytest.mark.parametrize(("role", "subject"), [("anonymous", "anonymous"), ("merchant", "staff-1")])
def test_who_is_no_customer_writes_nothing(mall: Mall, report: Run, role: str, subject: str) -> None:
    mall.parcel(mall.order("shipped"), "in_transit", STUCK)
    before = row_counts(mall.engine)

    report(role=role, subject=subject)

    assert row_counts(mall.engine) == before


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("预计11月22日送达", (2026, 11, 22)),
        ("预计1月2日送达", (2027, 1, 2)),
        ("预计明天送达", (2026, 11, 22)),
        ("预计后天18:00前送达", (2026, 11, 23)),
        ("预计2月31日送达", None),
        ("预计很快送达", None),
        ("到达成都", None),
    ],
)
def test_the_day_that_the_trace_promises(
    services: Services, mall: Mall, text: str, day: tuple[int, int, int] | None
) -> None:
    mall.parcel(mall.order("shipped", order_no=ORDER), "in_transit", (timedelta(hours=2), "in_transit", text))
    (parcel,) = services.commerce.list_shipments("m1", "c1", ORDER)

    found = promised_day(parcel)

    assert (found and (found.year, found.month, found.day)) == day
