from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.assistant import Assistant, AssistantUnavailable, read_replies
from tests.desk.conftest import FakeRasa
from xiaoer.settings import Settings


def brief(body: Any) -> list[tuple[Any, ...]]:
    return [(each.text, each.buttons, each.custom, each.image) for each in read_replies(body)]


CARD = {"type": "order_card"}


@pytest.mark.parametrize(
    ("body", "replies"),
    [
        ([], []),
        ([{"recipient_id": "x", "text": "好"}], [("好", [], None, None)]),
        ([{"text": "好"}, {"custom": CARD}], [("好", [], CARD, None)]),
        (
            [{"text": "一"}, {"custom": CARD}, {"custom": {"type": "b"}}],
            [("一", [], CARD, None), ("", [], {"type": "b"}, None)],
        ),
        ([{"custom": CARD}, {"text": "后"}], [("", [], CARD, None), ("后", [], None, None)]),
        ([{"text": "图"}, {"image": "https://x.cn/a"}], [("图", [], None, None), ("", [], None, "https://x.cn/a")]),
        (
            [{"text": "选", "buttons": [{"title": "甲", "payload": "/a"}, {"title": "乙"}, {"payload": "/c"}, "x"]}],
            [("选", [{"title": "甲", "payload": "/a"}, {"title": "乙", "payload": "乙"}], None, None)],
        ),
        ([{"text": 7, "buttons": {}, "custom": "x", "image": 3}], []),
        ([{"text": "a\0b"}], [("ab", [], None, None)]),
    ],
)
def test_reads_what_rasa_answers(body: Any, replies: list[tuple[Any, ...]]) -> None:
    assert brief(body) == replies


@pytest.mark.parametrize("body", [None, {}, "x", 7, ["x"], [None]])
def test_what_is_no_list_of_messages_is_no_answer(body: Any) -> None:
    with pytest.raises(ValueError, match="not a list"):
        read_replies(body)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_answer_is_read_or_refused(body: Any) -> None:
    with contextlib.suppress(ValueError):
        assert all(each.text or each.buttons or each.custom or each.image for each in read_replies(body))


def assistant(handler: Any, **settings: Any) -> Assistant:
    values = {"rasa_timeout": 0.2, "breaker_threshold": 2, "breaker_seconds": 0.2, **settings}
    return Assistant(Settings(data_dir=Path(), **values), httpx.MockTransport(handler))


def failing(error: Exception) -> Any:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


@pytest.mark.parametrize(
    "handler",
    [
        failing(httpx.ConnectError("refused")),
        failing(httpx.ReadTimeout("slow")),
        lambda _: httpx.Response(500, json=[{"text": "internal"}]),
        lambda _: httpx.Response(404),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={"text": "x"}),
        FakeRasa(delay=5),
    ],
    ids=["refused", "slow", "500", "404", "html", "object", "hangs"],
)
def test_no_usable_answer(handler: Any) -> None:
    with pytest.raises(AssistantUnavailable):
        asyncio.run(assistant(handler).ask("c", "你好", {}))


def test_the_breaker_opens_and_closes_again() -> None:
    rasa = FakeRasa(status=500)

    async def story() -> list[int]:
        behind, counts = assistant(rasa), []

        async def ask() -> None:
            with contextlib.suppress(AssistantUnavailable):
                await behind.ask("c", "你好", {})
            counts.append(len(rasa.asked))

        for _ in range(4):
            await ask()
        await asyncio.sleep(0.25)
        await ask()  # half open: one try, which fails
        await ask()
        await asyncio.sleep(0.25)
        rasa.status = 200
        await ask()
        await ask()
        return counts

    assert asyncio.run(story()) == [1, 2, 2, 2, 3, 3, 4, 5]


def test_a_success_in_between_keeps_it_closed() -> None:
    rasa = FakeRasa()

    async def story() -> None:
        behind = assistant(rasa)
        for status in (500, 200, 500, 200, 500):
            rasa.status = status
            try:
                await behind.ask("c", "你好", {})
            except AssistantUnavailable:
                assert status == 500

    asyncio.run(story())
    assert len(rasa.asked) == 5


def test_asks_in_rasas_protocol() -> None:
    rasa = FakeRasa()
    replies = asyncio.run(assistant(rasa).ask("conv", "/a", {"tenant": "m1"}))
    assert rasa.asked == [{"sender": "conv", "message": "/a", "metadata": {"tenant": "m1"}}]
    assert [each.text for each in replies] == ["您好，请问有什么可以帮您？"]
