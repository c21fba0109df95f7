"""Pressing and complaining."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from actions.moods import ActionSoothe, ActionUrge
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.goods import add_buyer, add_order, add_product, add_shop
from xiaoer.commerce.tables import ReminderRow
from xiaoer.database import reading

Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_buyer(sqlite_engine)
    add_buyer(sqlite_engine, "c2", "李明")
    add_product(sqlite_engine)
    add_order(sqlite_engine, "202611200000000009", customer="c2")


class TestUrge:
    def urge(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionUrge(services), tracker)

    @pytest.mark.parametrize(
        ("state", "action"),
        [
            ("paid", "action_urge_shipment"),
            ("shipped", "action_query_logistics"),
        ],
    )
    def test_the_only_kind_of_order_is_meant(
        self, services: Services, tracker: TrackerMaker, run: Run, state: str, action: str
    ) -> None:
        add_order(services.engine, state=state)
        said = self.urge(run, services, tracker("快点", "urge"))
        assert said.followup == action
        assert said.texts == []
        with reading(services.engine) as session:
            assert session.scalar(select(func.count()).select_from(ReminderRow)) == 0

    @pytest.mark.parametrize("state", ["paid", "shipped", "cancelled"])
    def test_an_order_that_is_named_is_meant_however_it_stands(
        self, services: Services, tracker: TrackerMaker, run: Run, state: str
    ) -> None:
        add_order(services.engine, "202611200000000001", state=state)
        said = self.urge(run, services, tracker("催202611200000000001", "urge", {"order_no": "202611200000000001"}))
        assert said.followup == "action_urge_shipment"
        assert said.texts == []

    def test_of_two_kinds_one_is_asked_for(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, "202611200000000001", state="paid")
        add_order(services.engine, "202611200000000002", state="shipped")
        said = self.urge(run, services, tracker("催一下", "urge"))
        assert said.texts == ["您是想催发货，还是想查快递到哪了？"]
        assert said.payloads == ["/urge_shipment", "/query_logistics"]
        assert said.slots == {"offer": None}
        again = after(tracker("快点啊", "urge", slots={"failures": 1}), ("催一下", "urge"))
        assert self.urge(run, services, again).slots["failures"] == 2

    def test_nothing_to_press_for(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, state="completed")
        said = self.urge(run, services, tracker("快点", "urge"))
        assert said.texts == ["您想催的是哪件事？告诉我订单号或者商品，我马上查。"]
        assert said.titles == ["转人工"]

    def test_after_something_that_people_do(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, state="paid")
        said = self.urge(run, services, tracker("快点", "urge", slots={"offer": "handoff"}))
        assert said.texts == ["需要人工客服办的事，点“转人工”，我把前面聊过的内容一起转过去。"]
        assert said.slots["offer"] == "handoff"
        assert said.followup is None

    def test_visitors_sign_in_first(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.urge(run, services, tracker("快点", "urge", role="anonymous", subject="anonymous"))
        assert said.texts == ["您想催的是订单的话，请先登录，我才能看到进度。"]


class TestSoothe:
    def soothe(self, run: Run, services: Services, tracker: object) -> Said:
        return run(ActionSoothe(services), tracker)

    def test_an_apology_with_what_can_be_done(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, state="paid")
        said = self.soothe(run, services, tracker("你们太差劲了", "complain", slots={"failures": 1}))
        assert said.texts == [
            "让您遇到这样的事，很抱歉。您可以告诉我是哪一笔订单、出了什么问题，我马上查；想直接找人工客服，也可以现在就转。"
        ]
        assert said.titles == ["催发货", "转人工"]
        assert said.slots == {"offer": "handoff"}  # an apology resolves nothing

    def test_what_was_talked_about_is_remembered(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        add_order(services.engine, state="shipped")
        said = self.soothe(run, services, tracker("什么破快递", "complain", slots={"last_topic": "logistics"}))
        assert said.texts == ["让您着急了，很抱歉。我可以马上查最新进度，也可以现在就帮您转人工客服。"]
        assert said.titles == ["查物流", "转人工"]

    def test_buttons_that_were_not_taken_have_not_helped(
        self, services: Services, tracker: TrackerMaker, run: Run
    ) -> None:
        slots = {"failures": 1}
        ignored = after(tracker("气死我了", "complain", slots=slots), ("啊啊啊", "nlu_fallback"))
        said = self.soothe(run, services, ignored)
        assert said.texts == ["很抱歉，前面没帮上您的忙。要不现在就帮您转人工客服？您说的情况会一起转过去，不用重复。"]
        assert said.slots == {"failures": 2, "offer": "handoff"}
        twice = after(tracker("无语", "complain"), ("你们太差劲了", "complain"))
        assert self.soothe(run, services, twice).text.startswith("很抱歉，前面没帮上您的忙。")
        plain = after(tracker("气死我了", "complain", slots=slots), ("你好", "greet"), buttons=False)
        assert "failures" not in self.soothe(run, services, plain).slots

    def test_visitors_have_nothing_but_people(self, services: Services, tracker: TrackerMaker, run: Run) -> None:
        said = self.soothe(run, services, tracker("差评", "complain", role="anonymous", subject="anonymous"))
        assert said.titles == ["转人工"]
