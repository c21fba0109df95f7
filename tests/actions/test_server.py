"""The action server: every action is registered, and each has a thread to wait in."""

from __future__ import annotations

import asyncio
from threading import Barrier

from rasa_sdk.executor import ActionExecutor

from actions.server import THREADS, make_room
from xiaoer.commerce.http_sessions import CONNECTIONS


def test_all_actions_are_registered_and_frames_are_not() -> None:
    executor = ActionExecutor()

    executor.register_package("actions")

    assert {"action_query_order", "action_urge_shipment", "action_thank"} <= set(executor.actions)


def test_actions_that_wait_do_not_hold_up_each_other() -> None:
    together = Barrier(THREADS)

    async def all_at_once() -> list[int]:
        await make_room(None, asyncio.get_running_loop())  # type: ignore[arg-type]
        return await asyncio.gather(*(asyncio.to_thread(together.wait, 20) for _ in range(THREADS)))

    assert sorted(asyncio.run(all_at_once())) == list(range(THREADS))
    assert CONNECTIONS >= THREADS
