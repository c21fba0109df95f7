"""Rasa's own commands on the project: its data, its policies, its shell."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.e2e.stack import ROOT, Stack
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.cli.project import quiet_environment

pytestmark = pytest.mark.rasa

STORIES = ROOT / "tests" / "stories"


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Rasa's in the project, with the names of its tables only, whatever shop is set up here."""
    return subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=ROOT,
        env={**quiet_environment(), "XIAOER_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_data_is_valid_without_a_warning() -> None:
    finished = rasa("data", "validate", "--fail-on-warnings")

    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]


def test_every_conversation_test_passes_from_the_words_to_the_actions(tmp_path: Path) -> None:
    stories = [story for file in STORIES.glob("test_*.yml") for story in yaml.safe_load(file.read_text())["stories"]]
    assert len(stories) >= 120
    ensure_model(ROOT)

    finished = rasa(
        *("test", "core", "--model", str(model_path(ROOT)), "--stories", str(STORIES)),
        *("--e2e", "--fail-on-prediction-errors", "--out", str(tmp_path)),
    )

    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]


@pytest.mark.e2e
def test_the_shell_talks_about_a_real_order_of_the_demo_customer(stack: Stack) -> None:
    terminal, inside = pty.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-m", "xiaoer.cli", "shell"],
        cwd=ROOT,
        env={**stack.environment, "TERM": "dumb", "PROMPT_TOOLKIT_NO_CPR": "1"},
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    try:
        started = read_until(terminal, "Your input", 120)
        os.write(terminal, "我的快递到哪了\r".encode())
        answered = read_until(terminal, r"运单|包裹|哪一个订单|哪个订单|哪一单|订单", 60)
        os.write(terminal, b"/stop\r")
        shell.wait(timeout=60)
    finally:
        if shell.poll() is None:
            shell.kill()
        os.close(terminal)

    assert "you are customer" in started
    assert "Traceback" not in answered


def read_until(terminal: int, pattern: str, seconds: float) -> str:
    """Read from a terminal until a pattern has come, and return what came."""
    seen = ""
    until = time.monotonic() + seconds
    while not re.search(pattern, seen):
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            raise AssertionError(f"{pattern!r} did not come; the terminal shows:\n{seen[-2000:]}")
        seen += os.read(terminal, 65536).decode(errors="replace")
    return seen
