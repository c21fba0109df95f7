"""Conversations that write to the same orders at the same time lose nothing and write nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.concurrent_writes import Figures, measure
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

CONVERSATIONS, ORDERS, IN_FLIGHT = 24, 4, 8


def held(stack: Stack) -> Figures:
    return measure(stack.url, stack.engine, conversations=CONVERSATIONS, orders=ORDERS, in_flight=IN_FLIGHT)


def assert_sound(figures: Figures) -> None:
    """Check that all is well, and that it was put to the test: there were writes, refusals, repetitions, crowds."""
    assert figures.violations == []
    assert figures.writes == figures.done > 0
    assert figures.refusals > 0
    assert figures.twice > 0
    assert figures.in_flight == IN_FLIGHT


def test_every_write_is_there_once_and_every_answer_is_true(stack: Stack) -> None:
    assert_sound(held(stack))


@pytest.mark.postgres
def test_every_write_is_there_once_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    stack = Stack(tmp_path / "stack", database_url=postgres_url)
    try:
        stack.start()
        figures = held(stack)
    finally:
        stack.stop()

    assert_sound(figures)
