"""Campaigns that run now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from actions.promotions import ActionAskPromotion
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.goods import NOON, add_product, add_promotion, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

WINTER = "· 冬季满减：全店满300元减40元，可与店铺券同用（11月30日 12:00结束）"


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "m2", "极星数码")
    add_shop(sqlite_engine, "platform", "集市优选")


def ask(run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
    return run(ActionAskPromotion(services), tracker(text, "ask_promotion", **more))


def test_what_runs_now_with_its_rule_and_end(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    add_promotion(services.engine, "A2", "平台红包", "每日可领5元红包。", scope="platform")
    add_promotion(services.engine, "A3", "年货节", starts_at=NOON + timedelta(days=30), ends_at=NOON + timedelta(60))
    add_promotion(services.engine, "A4", "数码周", scope="m2")
    said = ask(run, services, tracker, "现在有什么活动", slots={"failures": 2})
    assert said.texts == [f"现在正在进行的活动：\n{WINTER}\n· 平台红包：每日可领5元红包（11月30日 12:00结束）"]
    assert said.slots == {"failures": 0, "last_topic": "other", "offer": None}


def test_nothing_runs(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "有活动吗")
    assert said.texts == ["目前没有正在进行的优惠活动。"]
    assert said.slots["failures"] == 0


def test_a_detail_is_answered_from_knowledge(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    with writing(services.engine) as session:
        add_entry(session, "m1", Draft("满减可以和会员价叠加吗", "满减和会员价不能叠加，以更优惠的为准。"))
    said = ask(run, services, tracker, "满减可以和会员价叠加吗")
    assert said.texts == ["满减和会员价不能叠加，以更优惠的为准。\n（来源：本店说明）"]
    assert said.cards[0]["type"] == "knowledge_answer"
    assert ask(run, services, tracker, "最近有什么满减活动").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_a_detail_that_nobody_wrote_down_gets_the_rules(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    assert ask(run, services, tracker, "第二件半价吗").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_a_tapped_button_gets_everything(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    assert ask(run, services, tracker, "/ask_promotion").texts == [f"现在正在进行的活动：\n{WINTER}"]


def test_on_the_platform_the_shop_in_view_is_meant(services: Services, tracker: TrackerMaker, run: Run) -> None:
    add_promotion(services.engine)
    add_product(services.engine, "P1")
    assert ask(run, services, tracker, "有活动吗", tenant="platform").texts == ["目前没有正在进行的优惠活动。"]
    in_view = ask(run, services, tracker, "有活动吗", tenant="platform", product_id="P1")
    assert in_view.texts == [f"现在正在进行的活动：\n{WINTER}"]
