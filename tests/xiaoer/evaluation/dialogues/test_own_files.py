"""The project's own conversations and the example of the documentation can be read, and the demo mall has the rows."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.xiaoer.evaluation.dialogues.conftest import Read
from xiaoer.evaluation.dialogues.errors import CannotPick
from xiaoer.evaluation.dialogues.files import find_files, read_conversations
from xiaoer.evaluation.dialogues.picking import pick
from xiaoer.evaluation.dialogues.script import Conversation
from xiaoer.seeding import seed

ROOT = Path(__file__).parents[4]
FILES = find_files([ROOT / "tests" / "conversations"])


def unfilled(engine: Engine, conversations: list[Conversation], now: datetime) -> dict[str, str]:
    """Return the conversations that find no rows, with the reason."""
    found = {}
    for conversation in conversations:
        try:
            pick(engine, conversation, now=now)
        except CannotPick as error:
            found[conversation.name] = str(error)
    return found


@pytest.fixture
def demo(sqlite_engine: Engine, now: datetime) -> Engine:
    """The demo mall."""
    seed(sqlite_engine, ROOT / "demo", now=now)
    return sqlite_engine


def test_every_conversation_finds_its_rows_in_the_demo_mall(demo: Engine, now: datetime, read: Read) -> None:
    conversations = [each for file in FILES for each in read_conversations(file)]
    documented = (ROOT / "docs" / "conversations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(# wool.*?)```", documented, re.DOTALL)

    assert unfilled(demo, conversations + read(example), now) == {}


def test_names_are_unique_and_there_are_enough() -> None:
    names = [each.name for file in FILES for each in read_conversations(file)]

    assert len(names) == len(set(names)) >= 20
    assert {file.stem for file in FILES} >= {
        "orders",
        "logistics",
        "urging",
        "products",
        "knowledge",
        "handoff",
        "identity",
        "bad_input",
    }
