"""Holding conversations with the running desk, one after the other."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Engine

from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import Clock
from xiaoer.database import reading
from xiaoer.evaluation.dialogues.cast import Cast
from xiaoer.evaluation.dialogues.client import DeskClient, Reply
from xiaoer.evaluation.dialogues.errors import CannotPick, DeskFailure
from xiaoer.evaluation.dialogues.expecting import Ledger, Miss, Seen, check, filled
from xiaoer.evaluation.dialogues.picking import pick
from xiaoer.evaluation.dialogues.placeholders import fill
from xiaoer.evaluation.dialogues.rows import kinds_wanted
from xiaoer.evaluation.dialogues.script import DEFAULT_WAIT, AgentTurn, ClockTurn, Conversation, Expectation, UserTurn
from xiaoer.evaluation.dialogues.watching import anonymous_view

BEFORE = 0
"""Number of the turn that stands for what happens before the first one."""

REPEATS = 3
"""How often a confirmation is said again."""

ANSWERS = 3
"""How often a question for the same slot is answered: a form that keeps asking is a failure, not a reason to go on."""

GRACE = 0.5
"""Seconds that silence must last to count as such."""

INTERVAL = 0.2
"""Seconds between two looks at the conversation."""

SUMMARY = "form_summary"
QUESTION = "form_question"


@dataclass(frozen=True)
class Failure:
    """An expectation that was not met.

    Attributes:
        turn: Number of the turn, from 1; 0 for what comes before the first one.
        expected: What was expected.
        got: What there was instead.
    """

    turn: int
    expected: str
    got: str


@dataclass(frozen=True)
class Result:
    """How a conversation went.

    Attributes:
        conversation: Which one.
        failures: What was not met; empty where it passed.
        seconds: How long it took.
    """

    conversation: Conversation
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether everything was met."""
        return not self.failures


class Runner:
    """Holds conversations.

    Args:
        engine: The database of the running desk.
        desk: Base address of the desk.
        clock: The present moment as the desk sees it.
        pause: Waits for so many seconds.
        ticking: Seconds that only grow.
    """

    def __init__(
        self,
        engine: Engine,
        desk: str,
        *,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
        ticking: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._desk = desk
        self._clock = clock
        self._pause = pause
        self._ticking = ticking

    def hold(self, conversation: Conversation) -> Result:
        """Hold a conversation up to its first turn that does not go as expected."""
        began = self._ticking()
        failures = self._hold(conversation)
        return Result(conversation, tuple(failures), self._ticking() - began)

    def _hold(self, conversation: Conversation) -> list[Failure]:
        for turn in conversation.turns:
            if isinstance(turn, ClockTurn):  # known before anything is said or written
                return [Failure(turn.number, f"clock: {turn.text}", "the server has no test clock to move")]
        try:
            cast = pick(self._engine, conversation, now=self._clock())
        except CannotPick as error:
            return [Failure(BEFORE, "rows for what is given", str(error))]
        ledger = Ledger(self._engine, cast, kinds_wanted(conversation))
        client = self._client(cast)
        try:
            return _Scene(client, conversation, cast, ledger, pause=self._pause, ticking=self._ticking).play()
        finally:
            client.close()

    def _client(self, cast: Cast) -> DeskClient:
        now = self._clock()
        with reading(self._engine) as session:
            token = None
            if cast.role is not Role.ANONYMOUS:
                visitor = Identity(cast.subject, cast.tenant, cast.role, vip_level=cast.vip_level)
                token = issue_token(session, visitor, now=now)
            query = select(AgentRow).where(AgentRow.tenant == cast.tenant)
            agent = session.scalars(query.order_by((AgentRow.role == Role.AGENT.value).desc(), AgentRow.id)).first()
            agent_token = None
            if agent is not None:
                agent_token = issue_token(session, Identity(agent.id, agent.tenant, Role(agent.role)), now=now)
        sender = f"evaluation-{secrets.token_hex(8)}"
        return DeskClient(
            self._desk,
            sender=sender,
            merchant=cast.tenant,
            token=token,
            view=anonymous_view(self._engine, cast.tenant, sender) if token is None else None,
            agent_token=agent_token,
            pause=self._pause,
        )


class _Scene:
    """One conversation under way."""

    def __init__(
        self,
        client: DeskClient,
        conversation: Conversation,
        cast: Cast,
        ledger: Ledger,
        *,
        pause: Callable[[float], None],
        ticking: Callable[[], float],
    ) -> None:
        self._client = client
        self._conversation = conversation
        self._values = cast.values
        self._ledger = ledger
        self._pause = pause
        self._ticking = ticking
        self._in_view = {key: fill(text, cast.values) for key, text in conversation.in_view.items()}
        self._answered: Counter[str] = Counter()
        self._said = False
        self._last: list[Reply] = []
        self._replies: list[Reply] = []
        self._so_far: list[Reply] = []

    def play(self) -> list[Failure]:
        for turn in self._conversation.turns:
            try:
                self._perform(turn)
                misses = self._judge(filled(turn.expect, self._values))
            except DeskFailure as error:
                return [Failure(turn.number, "an answer of the desk", str(error))]
            if misses:
                return [Failure(turn.number, miss.expected, miss.got) for miss in misses]
        return []

    def _perform(self, turn: UserTurn | AgentTurn | ClockTurn) -> None:
        if isinstance(turn, UserTurn):
            self._speak(turn)
        elif isinstance(turn, AgentTurn):
            self._begin()
            self._client.act(turn.action, fill(turn.text, self._values))

    def _speak(self, turn: UserTurn) -> None:
        is_last = turn is self._conversation.turns[-1]
        if turn.until_written:
            self._answer_questions()
        repeats = REPEATS if turn.until_written else 0
        while True:
            self._begin()
            self._send(fill(turn.text, self._values), turn.attachments)
            if is_last:
                self._answer_questions()
            if not repeats or not any(reply.type == SUMMARY for reply in self._last_reply()):
                return
            repeats -= 1

    def _answer_questions(self) -> None:
        """Answer what forms ask for, as far as the file has answers."""
        answers = self._conversation.answers
        while answers:
            slot = self._asked()
            if slot not in answers or self._answered[slot] == ANSWERS:
                return
            self._answered[slot] += 1
            answer = answers[slot]
            if isinstance(answer, str):
                self._send(fill(answer, self._values))
            else:
                self._send("", answer)

    def _asked(self) -> str:
        """Return the slot that the last reply asks for, or nothing."""
        asked = [str((reply.custom or {}).get("slot", "")) for reply in self._last_reply() if reply.type == QUESTION]
        return asked[-1] if asked else ""

    def _begin(self) -> None:
        if self._said:
            self._observe()  # what came late belongs to the turn before
        self._replies, self._last = [], []

    def _send(self, text: str, attachments: tuple[str, ...] = ()) -> None:
        self._last = []
        self._said = True
        self._receive(self._client.say(text, attachments=attachments, in_view=self._in_view))

    def _receive(self, replies: list[Reply]) -> None:
        self._last += replies
        self._replies += replies
        self._so_far += replies

    def _observe(self) -> None:
        self._receive(self._client.poll())

    def _last_reply(self) -> list[Reply]:
        """Return the reply to what was said last, waiting for it if it comes by push."""
        until = self._ticking() + DEFAULT_WAIT
        while self._said and not self._last and self._ticking() < until:
            self._observe()
            if not self._last:
                self._pause(INTERVAL)
        return self._last

    def _judge(self, expect: Expectation) -> list[Miss]:
        """Return what is not met, once it is clear that nothing which may still come would change that."""
        began = self._ticking()
        deadline = began + expect.wait
        quiet_until = began + min(GRACE, expect.wait) if expect.about_silence else began
        while True:
            self._observe()
            misses = check(expect, Seen(self._replies, self._so_far, self._client.standing), self._ledger)
            now = self._ticking()
            if misses and (now >= deadline or not any(miss.mendable for miss in misses)):
                return misses
            if not misses and now >= quiet_until:
                return []
            self._pause(INTERVAL)
