"""Holds many conversations about few orders at once, over the desk's REST channel."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.contested import Contested
from benchmarks.wishes import Wish, Wishes

REST = "/webhooks/rest/webhook"
CONFIRM = "确认"
QUESTION, SUMMARY = "form_question", "form_summary"
MOST_TURNS, MOST_WISHES = 8, 10
TWICE_EVERY = 3
"""Every third conversation sends what writes twice at once, as a client does that got no answer in time."""

SECONDS = 300.0
CASE = re.compile(r"AS\d{14}")


@dataclass(frozen=True)
class Answer:
    """What came of one wish.

    Attributes:
        order: The order.
        sender: The conversation.
        wish: What was wanted.
        text: The words of the last answer.
        values: The wish's own values, and ``case``: the after-sale case that the answer names, or empty.
    """

    order: Contested
    sender: str
    wish: Wish
    text: str
    values: Mapping[str, str]

    @property
    def done(self) -> bool:
        """Whether the customer was told that it was done."""
        return self.wish.is_done(self.text)

    @property
    def why_not(self) -> str:
        """Why not, as ``Wish.why_not``."""
        return "" if self.done else self.wish.why_not(self.text)


@dataclass
class Held:
    """All conversations.

    Attributes:
        conversations: How many.
        answers: What came of each wish.
        ms: How long each message took, in milliseconds, from sending it to its answer.
        twice: Messages that were sent twice at once.
        most_in_flight: The most messages that were under way at the same moment.
        seconds: From the first message to the last answer.
        failures: Answers that were no answers, in words.
    """

    conversations: int = 0
    answers: list[Answer] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    twice: int = 0
    most_in_flight: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


async def hold(desk: str, orders: Sequence[Contested], wishes: Wishes, conversations: int, in_flight: int) -> Held:
    """Hold conversations, the same number about each order, all of them open at once.

    The conversations about an order wait for each other before their first write, so that they write together.

    Args:
        desk: Address of the desk.
        orders: What they are about.
        wishes: What they want.
        conversations: How many; those beyond a multiple of the orders are about the first ones.
        in_flight: How many messages are under way at most; the others wait in this process.
    """
    held = Held(conversations)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=in_flight)
    shares = Counter(number % len(orders) for number in range(conversations))
    gates = [_Gate(shares[place]) for place in range(len(orders))]
    free = asyncio.Semaphore(in_flight)
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=desk, limits=limits, timeout=SECONDS, trust_env=False) as client:
        line = _Line(client, free, held)
        await asyncio.gather(
            *(
                _Conversation(line, orders[number % len(orders)], gates[number % len(orders)], number).hold(
                    wishes.script(orders[number % len(orders)].kind, number // len(orders))
                )
                for number in range(conversations)
            )
        )
    held.seconds = time.perf_counter() - began
    return held


class _Gate:
    """Opens when everybody has come."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._open = asyncio.Event()

    def come(self) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()

    async def wait(self) -> None:
        await self._open.wait()


class _Line:
    """Sends messages, so many at a time."""

    def __init__(self, client: httpx.AsyncClient, free: asyncio.Semaphore, held: Held) -> None:
        self._client = client
        self._free = free
        self._under_way = 0
        self.held = held

    async def send(self, order: Contested, sender: str, text: str, message_id: str) -> list[dict[str, Any]] | None:
        """Send a message and return what it is answered; ``None`` where that is no answer."""
        body = {"sender": sender, "message": text, "metadata": {"message_id": message_id}}
        async with self._free:
            self._under_way += 1
            self.held.most_in_flight = max(self.held.most_in_flight, self._under_way)
            began = time.perf_counter()
            try:
                response = await self._client.post(REST, json=body, headers={"Authorization": f"Bearer {order.token}"})
            except httpx.HTTPError as error:
                self.held.failures.append(f"{sender}: “{text}” had no answer: {type(error).__name__}")
                return None
            finally:
                self._under_way -= 1
                self.held.ms.append((time.perf_counter() - began) * 1000)
        if response.status_code != httpx.codes.OK:
            self.held.failures.append(f"{sender}: “{text}” was answered with status {response.status_code}")
            return None
        return list(response.json())


class _Conversation:
    """One conversation about an order."""

    def __init__(self, line: _Line, order: Contested, gate: _Gate, number: int) -> None:
        self._line = line
        self._order = order
        self._gate = gate
        self._came = False
        self._twice = number % TWICE_EVERY == 0
        self._sent = 0
        self._number = number
        self.sender = f"{order.customer}-{number}"

    async def hold(self, script: Sequence[Wish]) -> None:
        """Want one thing after the other."""
        try:
            for place, wish in enumerate(script):
                await self._want(wish, self._values(place))
        finally:
            self._come()

    def _values(self, place: int) -> dict[str, str]:
        """Return the values of a wish, which no other wish of any conversation has."""
        number = self._number * MOST_WISHES + place
        return {
            "order_no": self._order.order_no,
            "phone": f"139{number:08d}",
            "address": f"浙江省杭州市西湖区文三路{self._number + 1}号{place + 1}幢502室",
            "email": f"bench{number}@example.com",
        }

    async def _want(self, wish: Wish, values: dict[str, str]) -> None:
        text = wish.says.format_map(values)
        replies = await self._write(text) if wish.at_once else await self._say(text)
        for _ in range(MOST_TURNS):
            custom = (replies[-1].get("custom") or {}) if replies else {}
            if custom.get("type") == QUESTION and custom.get("slot") in wish.answers:
                replies = await self._say(wish.answers[custom["slot"]].format_map(values))
            elif custom.get("type") == SUMMARY:
                replies = await self._write(CONFIRM)
            else:
                break
        if replies is None:
            return
        words = "\n".join(str(reply.get("text") or "") for reply in replies)
        case = CASE.search(words)
        known = {**values, "case": case.group() if case else ""}
        self._line.held.answers.append(Answer(self._order, self.sender, wish, words, known))

    async def _say(self, text: str) -> list[dict[str, Any]] | None:
        return await self._line.send(self._order, self.sender, text, self._next_id())

    async def _write(self, text: str) -> list[dict[str, Any]] | None:
        """Send what makes the assistant write, together with the other conversations about the order."""
        self._come()
        await self._gate.wait()
        if not self._twice:
            return await self._say(text)
        message_id = self._next_id()
        self._line.held.twice += 1
        first, second = await asyncio.gather(
            *(self._line.send(self._order, self.sender, text, message_id) for _ in range(2))
        )
        if first is not None and second is not None and first != second:
            self._line.held.failures.append(f"{self.sender}: “{text}” sent twice was answered differently")
        return first

    def _come(self) -> None:
        if not self._came:
            self._came = True
            self._gate.come()

    def _next_id(self) -> str:
        self._sent += 1
        return f"m{self._sent}"
