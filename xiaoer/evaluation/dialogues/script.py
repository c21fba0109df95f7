"""What a file of conversations says, once it has been read and found to be well formed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from xiaoer.accounts.model import Role

DEFAULT_WAIT = 3.0
"""Seconds that replies may take to arrive by push."""


@dataclass(frozen=True)
class Range:
    """A closed interval of whole days or hours.

    Attributes:
        least: Its lower end.
        most: Its upper end.
    """

    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether a length of time lies in it, counted in whole units as people count: 5.4 days are 5 days."""
        return self.least <= value and int(value) <= self.most


@dataclass(frozen=True)
class Selection:
    """Which rows of a kind fit.

    Attributes:
        columns: Name of a column → values, any of which it may have (``None`` for an empty one), as the file has them.
        traits: Name of a trait that is no column (``stuck``, ``received_days``) → its parsed value.
        order: What an order of the row must be like, for the kinds that nest one.
    """

    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    order: Selection | None = None

    @property
    def of_somebody_else(self) -> bool:
        """Whether the speaker must be another customer than the row's."""
        nested = self.order is not None and self.order.of_somebody_else
        return bool(self.traits.get("other_customer")) or nested


@dataclass(frozen=True)
class Pick:
    """One entry of ``given``.

    Attributes:
        name: ``order``, or with a suffix ``order_b``.
        kind: ``order``.
        selection: Which rows fit.
    """

    name: str
    kind: str
    selection: Selection

    @property
    def suffixed(self) -> bool:
        """Whether it asks for another row beside the first one of its kind."""
        return self.name != self.kind


@dataclass(frozen=True)
class Written:
    """A row that must be new or have changed.

    Attributes:
        kind: ``order``, ``after_sale``, ``invoice``, …
        columns: Name of a column → what it must hold, or a list of which any will do.
        count: Exactly how many such rows there must be; at least one when ``None``.
    """

    kind: str
    columns: Mapping[str, Any]
    count: int | None = None


@dataclass(frozen=True)
class Expectation:
    """What must hold after a turn; ``None`` and empty fields expect nothing.

    Attributes:
        text_any: At least one of these is in the turn's replies.
        text_all: All of these are.
        text_none: None of these is.
        anywhere: At least one of these is in the replies so far.
        custom: A message of one of these types came; empty for a message of any type.
        custom_none: No message of one of these types came; empty for no typed message at all.
        silent: Whether nothing came.
        status: One of these is the conversation's status.
        reason: One of these is the reason of its handoff.
        priority: One of these is its priority.
        written: Rows that are new or have changed.
        not_written: Kinds of which there is no new row.
        unchanged: Names of picked rows that are as they were.
        wait: Seconds for which what comes later still counts.
    """

    text_any: tuple[str, ...] | None = None
    text_all: tuple[str, ...] | None = None
    text_none: tuple[str, ...] | None = None
    anywhere: tuple[str, ...] | None = None
    custom: tuple[str, ...] | None = None
    custom_none: tuple[str, ...] | None = None
    silent: bool | None = None
    status: tuple[str, ...] | None = None
    reason: tuple[str, ...] | None = None
    priority: tuple[str, ...] | None = None
    written: tuple[Written, ...] = ()
    not_written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    wait: float = DEFAULT_WAIT

    @property
    def about_silence(self) -> bool:
        """Whether something that comes a moment later would break it."""
        return self.silent is True or self.text_none is not None or self.custom_none is not None


@dataclass(frozen=True)
class UserTurn:
    """The speaker says something.

    Attributes:
        number: Place in the script, from 1.
        text: The words.
        attachments: ``image``, ``video`` or ``file`` each.
        until_written: Whether it is said again while a summary waits for a confirmation.
        expect: What must hold afterwards.
    """

    number: int
    text: str
    attachments: tuple[str, ...] = ()
    until_written: bool = False
    expect: Expectation = Expectation()


@dataclass(frozen=True)
class AgentTurn:
    """A person of the tenant does something in the workbench.

    Attributes:
        number: Place in the script, from 1.
        action: ``accept``, ``reply``, ``resolve`` or ``return_to_bot``.
        text: The words of a reply.
        expect: What must hold for the customer afterwards.
    """

    number: int
    action: str
    text: str = ""
    expect: Expectation = Expectation()


@dataclass(frozen=True)
class ClockTurn:
    """Time passes on the server.

    Attributes:
        number: Place in the script, from 1.
        text: How much, as the file says it.
        shift: How much.
        expect: What must hold for the customer afterwards.
    """

    number: int
    text: str
    shift: timedelta
    expect: Expectation = Expectation()


Turn: TypeAlias = UserTurn | AgentTurn | ClockTurn


@dataclass(frozen=True)
class Conversation:
    """A scripted conversation.

    Attributes:
        file: File that it is from.
        name: Its name there.
        role: What the speaker is: consumer, merchant or anonymous.
        given: Rows to pick, in order.
        in_view: ``product_id`` or ``order_no`` → what the speaker looks at.
        answers: Slot of a form → words, or types of attachments, that answer a question for it.
        turns: What happens, in order; at least one turn.
        placeholders: ``order.order_no`` and the like: all that its texts need to know of the picked rows.
    """

    file: str
    name: str
    role: Role
    given: tuple[Pick, ...]
    in_view: Mapping[str, str]
    answers: Mapping[str, str | tuple[str, ...]]
    turns: tuple[Turn, ...]
    placeholders: frozenset[str] = frozenset()
