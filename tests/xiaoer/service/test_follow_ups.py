"""Follow-ups: one a day, topic and order, and nobody sees another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from tests.factories import BUYER, add_conversation
from tests.goods import add_shop
from xiaoer.accounts.model import Identity, Role
from xiaoer.database import reading, writing
from xiaoer.service.follow_ups import list_follow_ups, open_follow_up
from xiaoer.service.model import FollowUp, FollowUpState
from xiaoer.service.tables import FollowUpRow

ORDER = "202611150003214567"
OTHER_ORDER = "202611150003214568"
DAY = timedelta(days=1)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """A database with two merchants."""
    add_shop(engine, "m1")
    add_shop(engine, "m2")
    return engine


def promise(
    engine: Engine, now: datetime, *, tenant: str = "m1", customer: str = "c1", topic: str = "logistics", **more: Any
) -> FollowUp:
    with writing(engine) as session:
        return open_follow_up(session, tenant, customer, topic, now=now, **{"order_no": ORDER, **more})


def kept(engine: Engine, tenant: str = "m1", customer: str = "c1", **more: Any) -> list[FollowUp]:
    with reading(engine) as session:
        return list_follow_ups(session, tenant, customer, **more)


def test_a_follow_up_is_kept_with_all_that_was_promised(shop: Engine, now: datetime) -> None:
    conversation = add_conversation(shop)

    opened = promise(shop, now, conversation_id=conversation.id, detail="五天没动", due_at=now + DAY)

    assert opened.created
    assert kept(shop) == [
        FollowUp(
            id=opened.id,
            tenant="m1",
            customer_id="c1",
            conversation_id=conversation.id,
            order_no=ORDER,
            topic="logistics",
            detail="五天没动",
            state=FollowUpState.OPEN,
            due_at=now + DAY,
            created_at=now,
            updated_at=now,
        )
    ]


def test_a_second_wish_of_the_day_finds_the_first(shop: Engine, now: datetime) -> None:
    first = promise(shop, now, detail="五天没动", due_at=now + DAY)

    second = promise(shop, now + timedelta(hours=3), detail="还是没动", due_at=now + 2 * DAY)

    assert not second.created
    assert (second.id, second.detail, second.due_at, second.created_at) == (first.id, "五天没动", now + DAY, now)
    assert len(kept(shop)) == 1


def test_the_day_is_that_of_shanghai(shop: Engine, now: datetime) -> None:
    promise(shop, now)  # noon in Shanghai

    assert not promise(shop, now + timedelta(hours=11, minutes=59)).created
    assert promise(shop, now + timedelta(hours=12)).created


@pytest.mark.parametrize(
    "other",
    [
        {"order_no": "202611150003214568"},
        {"topic": "payment"},
        {"customer": "c2"},
        {"tenant": "m2"},
        {"order_no": None},
    ],
)
def test_another_matter_is_another_follow_up(shop: Engine, now: datetime, other: dict[str, Any]) -> None:
    promise(shop, now)

    assert promise(shop, now, **other).created


def test_without_an_order_there_is_one_a_day_and_topic(shop: Engine, now: datetime) -> None:
    assert promise(shop, now, order_no=None, topic="payment").created
    assert not promise(shop, now, order_no=None, topic="payment").created


def test_what_was_done_can_be_wished_for_again(shop: Engine, now: datetime) -> None:
    first = promise(shop, now)
    with writing(shop) as session:
        session.get(FollowUpRow, first.id).state = FollowUpState.DONE.value

    assert promise(shop, now).created
    assert [each.state for each in kept(shop, state=FollowUpState.DONE)] == [FollowUpState.DONE]


def test_processes_that_open_at_once_open_one(shop: Engine, now: datetime) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: promise(shop, now), range(4)))

    assert sorted(each.created for each in opened) == [False, False, False, True]
    assert len({each.id for each in opened}) == 1


def test_nobody_lists_those_of_others(shop: Engine, now: datetime) -> None:
    own = promise(shop, now)

    assert kept(shop, customer="c2") == []
    assert kept(shop, tenant="m2") == []
    assert [each.id for each in kept(shop, order_no=ORDER)] == [own.id]
    assert kept(shop, order_no="202611150003214568") == []


@pytest.mark.parametrize("holder", [Identity("c2", "m1", Role.CONSUMER), Identity("c1", "m2", Role.CONSUMER)])
def test_a_conversation_of_somebody_else_is_not_kept(shop: Engine, now: datetime, holder: Identity) -> None:
    assert holder != BUYER
    conversation = add_conversation(shop, identity=holder)

    assert promise(shop, now, conversation_id=conversation.id).conversation_id is None


def test_a_conversation_that_the_desk_does_not_know_is_not_kept(shop: Engine, now: datetime) -> None:
    assert promise(shop, now, conversation_id="rasa-shell").conversation_id is None
