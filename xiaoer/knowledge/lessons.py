"""What the search learns from: entries of shops with the questions that people ask them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Lesson:
    """A shop's entries and questions to them.

    Attributes:
        questions: The entries' own questions.
        answers: Their answers.
        asked: What people ask, each with the place of the entry that answers it.
    """

    questions: Sequence[str]
    answers: Sequence[str]
    asked: Sequence[tuple[str, int]]


def read_lesson(path: Path) -> Lesson:
    """Read a shop's entries and the questions to them.

    Args:
        path: A table with the columns ``question``, ``answer`` and ``asked``, the last with ``|`` between questions.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    asked = [(text, place) for place, row in enumerate(rows) for text in row["asked"].split("|")]
    return Lesson([row["question"] for row in rows], [row["answer"] for row in rows], asked)


def read_shop(entries: Path, questions: Path) -> Lesson:
    """Read a shop's spreadsheet with the questions to it; other ways to ask that it has itself are questions too.

    Args:
        entries: A CSV with the columns ``问题``, ``相似问法`` (``|`` between them) and ``答案``.
        questions: A table with the columns ``question`` and ``expected``, an entry's question or ``none``.
    """
    with entries.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    places = {row["问题"]: place for place, row in enumerate(rows)}
    asked = [(text, place) for place, row in enumerate(rows) for text in row["相似问法"].split("|") if text]
    with questions.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["expected"] in places:
                asked.append((row["question"], places[row["expected"]]))
    return Lesson([row["问题"] for row in rows], [row["答案"] for row in rows], asked)
