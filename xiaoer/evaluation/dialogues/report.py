"""What is said of conversations that were held: lines for people, one object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xiaoer.evaluation.dialogues.runner import BEFORE, Failure, Result


def as_lines(result: Result) -> list[str]:
    """Return a conversation's line of progress, and what was not met under it."""
    mark = "ok  " if result.passed else "FAIL"
    lines = [f"{mark} {result.conversation.file}: {result.conversation.name} ({result.seconds:.1f} s)"]
    for failure in result.failures:
        lines += [f"     {_where(failure)}: expected {failure.expected}", f"       got {_indented(failure.got)}"]
    return lines


def summary(results: Sequence[Result]) -> str:
    """Return the last line of a report."""
    passed = sum(result.passed for result in results)
    return f"{passed} of {len(results)} conversations passed in {sum(result.seconds for result in results):.1f} s"


def as_object(results: Sequence[Result]) -> dict[str, Any]:
    """Return ``{n, passed, failures: [{name, turn, expected, got}]}``; turn 0 is before the first one."""
    return {
        "n": len(results),
        "passed": sum(result.passed for result in results),
        "failures": [
            {
                "name": result.conversation.name,
                "turn": failure.turn,
                "expected": failure.expected,
                "got": failure.got,
            }
            for result in results
            for failure in result.failures
        ],
    }


def _where(failure: Failure) -> str:
    return "before the first turn" if failure.turn == BEFORE else f"turn {failure.turn}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n           ")
