"""The project's own conversations, held with the real processes on each kind of database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.evaluation]

CONVERSATIONS = ROOT / "tests" / "conversations"

WRITING = tuple(CONVERSATIONS / f"{topic}.yml" for topic in ("changes", "refunds", "knowledge_gaps"))
"""Conversations with every kind of write: what else they do is the same whatever the database."""


def hold(stack: Stack, *paths: Path) -> dict[str, object]:
    """Run the command that a merchant runs, and return what it prints."""
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "xiaoer.cli",
            "evaluate",
            "dialogues",
            *map(str, paths),
            "--desk",
            stack.url,
            "--json",
        ],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert finished.stdout, finished.stderr
    return dict(json.loads(finished.stdout))


def test_every_conversation_passes(stack: Stack) -> None:
    report = hold(stack, CONVERSATIONS)

    assert report["failures"] == []
    assert report["n"] == report["passed"]
    assert int(str(report["n"])) >= 20


@pytest.mark.postgres
def test_conversations_that_write_pass_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    stack = Stack(tmp_path / "stack", database_url=postgres_url)
    try:
        stack.start()
        report = hold(stack, *WRITING)
    finally:
        stack.stop()

    assert report["failures"] == []
