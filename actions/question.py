"""What a turn asks, in words: typed now, or typed before the button or the fact that completes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from actions.order_choice import CONTINUE
from actions.turn import Earlier, Turn

NOT_UNDERSTOOD = "nlu_fallback"


@dataclass(frozen=True)
class Question:
    """The words of a question, and what was found in them.

    Attributes:
        texts: What was typed, turn by turn, oldest first; empty where only buttons were tapped.
        entities: The entities found, oldest first.
    """

    texts: tuple[str, ...]
    entities: tuple[dict[str, Any], ...]

    @property
    def text(self) -> str:
        """All that was typed."""
        return " ".join(self.texts)

    def values(self, entity: str) -> list[str]:
        """Return the values of an entity, the latest first."""
        return [str(found["value"]) for found in reversed(self.entities) if found.get("entity") == entity]


def question_of(turn: Turn, task: str, *intents: str) -> Question:
    """Return what a turn asks of a task.

    While the task waits for something (slot ``task``), a turn that names it belongs to the question of an earlier turn.
    A tapped button belongs to the turn before it, if that was not understood or asked the same.

    Args:
        turn: The present turn.
        task: The action's name without ``action_``; an intent of this name asks it.
        *intents: Other intents that ask it.
    """
    asking = {task, *intents}
    now = () if turn.tapped else (Earlier(turn.text, turn.intent, turn.entities),)
    if turn.slots.get("task") == task and (turn.tapped or turn.intent not in asking):
        return _joined([*_since(turn.earlier, asking), *now])
    before = turn.earlier[-1] if turn.earlier else None
    if turn.tapped and before is not None and before.intent in {*asking, NOT_UNDERSTOOD}:
        return _joined(_typed([before]))
    return _joined(now)


def _since(earlier: Iterable[Earlier], asking: set[str]) -> list[Earlier]:
    """Return what was typed since the question was put, the question included; nothing where it is out of sight."""
    said = list(earlier)
    for start in range(len(said) - 1, -1, -1):
        if said[start].intent in {*asking, NOT_UNDERSTOOD} and not said[start].text.startswith("/"):
            return _typed(said[start:])
    return []


def _typed(said: Iterable[Earlier]) -> list[Earlier]:
    return [each for each in said if not each.text.startswith("/")]


def _joined(said: Iterable[Earlier]) -> Question:
    said = list(said)
    return Question(tuple(each.text for each in said), tuple(found for each in said for found in each.entities))


def words_of_task(turn: Turn, task: str) -> str:
    """Return the words that a task was asked for with, also where the order was chosen since, or a button tapped.

    Args:
        turn: The present turn.
        task: The action's name without ``action_``; an intent of this name asks it.
    """
    if turn.previous_action != CONTINUE and turn.slots.get("task") != task:
        return question_of(turn, task).text
    asked = (each.text for each in reversed(turn.earlier) if each.intent == task and not each.text.startswith("/"))
    own = "" if turn.tapped or turn.intent != task else turn.text
    return own or next(asked, "" if turn.tapped else turn.text)
