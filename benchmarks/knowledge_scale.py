"""What the knowledge search takes in time and memory where many merchants have much to say."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine
from threadpoolctl import threadpool_limits

from benchmarks.knowledge_made import open_many
from benchmarks.knowledge_shops import DEVELOPMENT, questions_of
from benchmarks.report import say
from benchmarks.timing import median, percentile
from xiaoer.accounts.model import PLATFORM
from xiaoer.database import reading, writing
from xiaoer.knowledge.indexes import Indexes
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.rows import draft_of
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.knowledge.store import list_entries, update_entry

MEGABYTE = 1e6


def measure(url: str, *, merchants: int, entries: int, searches: int, now: datetime) -> list[tuple[str, str]]:
    """Return what was measured, as rows of a table.

    Args:
        url: An empty database.
        merchants: How many merchants.
        entries: How many entries each has.
        searches: How many searches, divided among the merchants.
        now: The present moment.
    """
    say(f"writing {merchants} x {entries} entries")
    engine, names = open_many(url, merchants=merchants, entries=entries, now=now)
    indexes = Indexes(engine)
    knowledge = KnowledgeBase(engine, indexes=indexes)
    with threadpool_limits(1):
        indexes.of(PLATFORM)
        before = _resident()
        builds = []
        for number, name in enumerate(names, start=1):
            builds.append(_seconds(lambda name=name: indexes.of(name)))  # type: ignore[misc]
            if number % 20 == 0:
                say(f"{number} indexes built, the last in {builds[-1]:.1f} s")
        grown = _resident() - before
        held = [indexes.of(name)[1][0] for name in names]
        bytes_held = sum(scope.index.nbytes for scope in held)
        walls, processor, database = _search_all(engine, knowledge, names, searches, now)
        again = _change_one(engine, names[0], now, lambda: indexes.of(names[0]))
    after = [indexes.of(name)[1][0] for name in names]
    anew = sum(one is not other for one, other in zip(held, after, strict=True))
    engine.dispose()
    return [
        ("merchants x entries", f"{merchants} x {entries}"),
        ("build, s a merchant: median, p95", f"{median(builds):.1f}, {percentile(builds, 0.95):.1f}"),
        ("build, s: all one after the other", f"{sum(builds):.0f}"),
        ("index, MB a merchant", f"{bytes_held / MEGABYTE / merchants:.1f}"),
        ("index, MB: all", f"{bytes_held / MEGABYTE:.0f}"),
        ("resident memory that the indexes took, MB", f"{grown / MEGABYTE:.0f}"),
        ("search, ms: median, p95", f"{median(walls):.1f}, {percentile(walls, 0.95):.1f}"),
        ("search, ms of the processor: median, p95", f"{median(processor):.1f}, {percentile(processor, 0.95):.1f}"),
        ("of it in the database", f"{sum(database) / sum(walls):.0%}"),
        ("one entry changed: new index, s", f"{again:.2f}"),
        ("one entry changed: indexes built", str(anew)),
    ]


def _search_all(
    engine: Engine, knowledge: KnowledgeBase, names: list[str], searches: int, now: datetime
) -> tuple[list[float], list[float], list[float]]:
    """Return milliseconds of each search: by the clock, of the processor, and in statements to the database."""
    texts = [each.question for questions in questions_of(DEVELOPMENT).values() for each in questions]
    chance = random.Random(0)  # noqa: S311
    walls, processor, database = [], [], []
    for number in range(searches):
        text = chance.choice(texts)
        with _statements(engine) as spent:
            begun, worked = time.perf_counter(), time.thread_time()
            knowledge.search(names[number % len(names)], text, now=now)
            walls.append((time.perf_counter() - begun) * 1000)
            processor.append((time.thread_time() - worked) * 1000)
        database.append(sum(spent) * 1000)
    return walls, processor, database


@contextmanager
def _statements(engine: Engine) -> Iterator[list[float]]:
    """Give the seconds that each statement takes, filled in as they come."""
    spent: list[float] = []
    begun: list[float] = []

    def before(*_: object) -> None:
        begun.append(time.perf_counter())

    def after(*_: object) -> None:
        spent.append(time.perf_counter() - begun.pop())

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield spent
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _change_one(engine: Engine, merchant: str, now: datetime, search: Callable[[], object]) -> float:
    with reading(engine) as session:
        entry = list_entries(session, merchant, limit=1)[0]
    with writing(engine) as session:
        update_entry(session, merchant, entry.id, draft_of(entry), Change("benchmark", now))
    return _seconds(search)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096
