"""A mall, a scripted desk in front of it, and holding a conversation with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy.engine import Engine

from tests.xiaoer.evaluation.dialogues.mall import Mall, simple_mall
from tests.xiaoer.evaluation.dialogues.scripted import Desk, running
from xiaoer.evaluation.dialogues.files import read_conversations
from xiaoer.evaluation.dialogues.runner import Result, Runner
from xiaoer.evaluation.dialogues.script import Conversation

Read = Callable[[str], list[Conversation]]
Hold = Callable[[str], Result]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read conversations written in the test."""

    def read(text: str) -> list[Conversation]:
        path = tmp_path / "talk.yml"
        path.write_text(dedent(text), encoding="utf-8")
        return read_conversations(path)

    return read


@pytest.fixture
def mall(sqlite_engine: Engine, now: datetime) -> Mall:
    """One merchant with one product and one customer."""
    return simple_mall(sqlite_engine, now)


@pytest.fixture
def desk(sqlite_engine: Engine, now: datetime) -> Iterator[Desk]:
    """A desk that says what the test tells it to."""
    with running(Desk(sqlite_engine, now)) as desk:
        yield desk


@pytest.fixture
def hold(desk: Desk, read: Read, now: datetime) -> Hold:
    """Hold the one conversation that is written in the test."""
    runner = Runner(desk.engine, desk.url, clock=lambda: now)

    def hold(text: str) -> Result:
        (conversation,) = read(text)
        return runner.hold(conversation)

    return hold
