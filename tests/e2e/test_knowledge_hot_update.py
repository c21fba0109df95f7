"""A change of knowledge made in one process is served by all others within seconds, whole, and without a wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from tests.actions.conftest import DOMAIN, make_tracker
from tests.conftest import new_database
from tests.e2e.stack import Stack
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import Identity, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import system_clock
from xiaoer.database import open_engine, reading, writing

pytestmark = pytest.mark.e2e

PATIENCE = 60.0
"""Seconds after which the test no longer waits for a process; how soon each serves a change is kept, not judged."""

PAUSE = 0.05
"""Seconds between two looks at a process."""

ROWS = 400
"""More than a search waits for: processes build beside what they have."""
SHOP = "hot"
AGENT = "hot-1"
QUESTION = "云朵杯垫能不能刻星座"

Reader = Callable[[str], "str | None"]


class Fleet:
    """Two desks and two action servers on one database, and somebody who writes knowledge at the first desk."""

    def __init__(self, stacks: list[Stack]) -> None:
        """Take running processes over.

        Args:
            stacks: Each with a desk and an action server, all on one database.
        """
        self.stacks = stacks
        self.engine: Engine = stacks[0].engine
        with writing(self.engine) as session:
            add_tenant(session, SHOP, name="热更新店", now=system_clock(), anonymous_allowed=True)
            person = AgentRow(id=AGENT, tenant=SHOP, name="小热", role=Role.AGENT.value, created_at=system_clock())
            session.add(person)
        with reading(self.engine) as session:
            token = issue_token(session, Identity(subject=AGENT, tenant=SHOP, role=Role.AGENT), now=system_clock())
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(timeout=60, trust_env=False)

    def desk(self, method: str, path: str, *, number: int = 0, **more: Any) -> Any:
        """Return what a desk answers to the shop's agent."""
        address = f"{self.stacks[number].url}/api/v1/knowledge/{SHOP}{path}"
        response = self._client.request(method, address, headers=self._headers, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def searched(self, number: int, question: str) -> str | None:
        """Return what a desk finds first for the very words of a question."""
        found = self.desk("GET", "/search", number=number, params={"q": question, "limit": 1})["found"]
        return found[0]["answer"] if found and found[0]["question"] == question else None

    def said(self, number: int, question: str) -> str | None:
        """Return what an action server says to a visitor of the shop who asks the very words of a question."""
        tracker = make_tracker(question, "ask_service_info", tenant=SHOP, subject="anonymous", role="anonymous")
        call = {
            "version": "3.6.21",
            "next_action": "action_search_knowledge",
            "sender_id": tracker.sender_id,
            "tracker": {**tracker.current_state(), "events": tracker.events, "latest_action_name": "action_listen"},
            "domain": DOMAIN,
        }
        response = self._client.post(self.stacks[number].settings.actions_url, json=call)
        assert response.status_code == 200, response.text
        cards = [each["custom"] for each in response.json()["responses"] if each.get("custom")]
        answers = [card["answer"] for card in cards if card["type"] == "knowledge_answer"]
        return answers[0] if answers and cards[0]["question"] == question else None

    @property
    def readers(self) -> dict[str, Reader]:
        """How each of the four processes is asked a question, by name."""
        return {
            f"{name} {number + 1}": lambda question, ask=ask, number=number: ask(number, question)  # type: ignore[misc]
            for number in range(len(self.stacks))
            for name, ask in (("desk", self.searched), ("actions", self.said))
        }

    def asked(self, question: str) -> dict[str, str | None]:
        """Return what each process says to a question that is put to it once."""
        with ThreadPoolExecutor() as pool:
            return dict(zip(self.readers, pool.map(lambda read: read(question), self.readers.values()), strict=True))

    def seconds_until(self, question: str, answer: str | None) -> dict[str, float]:
        """Return for each process after how many seconds it gave an answer.

        Raises:
            TimeoutError: If one of them never does.
        """
        begin = time.monotonic()

        def wait(name: str) -> float:
            while self.readers[name](question) != answer:
                if time.monotonic() - begin > PATIENCE:
                    raise TimeoutError(name)
                time.sleep(PAUSE)
            return time.monotonic() - begin

        with ThreadPoolExecutor() as pool:
            return dict(zip(self.readers, pool.map(wait, self.readers), strict=True))

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Four processes on one database of each kind."""
    folder = tmp_path_factory.mktemp(f"fleet_{request.param}")
    with ExitStack() as ending:
        url = f"sqlite:///{folder / 'mall.db'}"
        if request.param == "postgres":
            url = ending.enter_context(new_database())
        stacks = []
        for name in ("first", "second"):
            stacks.append(Stack(folder / name, database_url=url))
            ending.callback(stacks[-1].stop)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda stack: stack.start("desk", "actions"), stacks))
        fleet = Fleet(stacks)
        ending.callback(fleet.close)
        for read in fleet.readers.values():
            read(QUESTION)  # the first question loads what a process has learned
        yield fleet


def keep(seconds: dict[str, float], record: Callable[[str, object], None], what: str) -> None:
    """Keep how soon each process served a change with the test's report; ``-s`` prints it."""
    rounded = {name: round(each, 2) for name, each in seconds.items()}
    record(what, rounded)
    print(what, rounded)


def test_every_change_of_an_entry_is_served_by_all_from_the_next_question_on(fleet: Fleet) -> None:
    def served(answer: str | None) -> None:
        assert fleet.asked(QUESTION) == dict.fromkeys(fleet.readers, answer)

    entry = fleet.desk("POST", "/entries", json={"question": QUESTION, "answer": "可以刻。"})
    path = f"/entries/{entry['id']}"
    served("可以刻。")
    fleet.desk("PUT", path, json={"question": QUESTION, "answer": "只刻十二个。", "version": 1})
    served("只刻十二个。")
    fleet.desk("POST", f"{path}/retire")
    served(None)
    fleet.desk("POST", f"{path}/publish")
    served("只刻十二个。")
    fleet.desk("POST", f"{path}/rollback", json={"to_version": 1})
    served("可以刻。")
    fleet.desk("POST", f"{path}/retire")
    served(None)
    assert len(fleet.readers) == 4


def the_file(word: str) -> tuple[list[str], dict[str, Any]]:
    """Return the questions of several hundred rows, and the file of them."""
    questions = [f"{word}第{number}号杯垫几天能到货" for number in range(ROWS)]
    lines = ["问题,答案", *(f"{question},{word}{number}天。" for number, question in enumerate(questions))]
    return questions, {"file": (f"{word}.csv", "\n".join(lines).encode(), "text/csv")}


class Watch:
    """Looks at an import from the other processes, over and over, until it is told to stop."""

    def __init__(self, fleet: Fleet, word: str, questions: list[str]) -> None:
        """Prepare to look; nothing is looked at yet.

        Args:
            fleet: The processes.
            word: What stands in every row.
            questions: The rows' questions.
        """
        self._fleet, self._word = fleet, word
        self._first, self._last = questions[0], questions[-1]
        self.done = threading.Event()
        self.counts: list[int] = []
        self.halves: list[str] = []
        self.looks = dict.fromkeys(["rows", *fleet.readers], 0)

    def rows(self) -> None:
        """Count the rows at the second desk, page by page: where one page has them all have."""
        while not self.done.is_set():
            found, after = 0, 0
            while after is not None:
                wanted = {"q": self._word, "limit": 200, "after": after}
                page = self._fleet.desk("GET", "/entries", number=1, params=wanted)
                found, after = found + len(page["entries"]), page["next_after"]
            self.counts.append(found)
            self.looks["rows"] += 1
            time.sleep(PAUSE)

    def answers(self, name: str, read: Reader) -> None:
        """Ask a process for one end of the file and then for the other: where the one is known the other is."""
        while not self.done.is_set():
            one, other = (self._first, self._last) if self.looks[name] % 2 else (self._last, self._first)
            if read(one) is not None and read(other) is None:
                self.halves.append(name)
            self.looks[name] += 1
            time.sleep(PAUSE)


@contextmanager
def watched(fleet: Fleet, word: str, questions: list[str]) -> Iterator[Watch]:
    """Look at the rows of a file from all processes while the block runs."""
    watch = Watch(fleet, word, questions)
    with ThreadPoolExecutor() as pool:
        looking = [pool.submit(watch.rows)]
        looking += [pool.submit(watch.answers, name, read) for name, read in fleet.readers.items()]
        try:
            while not all(watch.looks.values()):
                time.sleep(0.05)
                assert not any(each.done() for each in looking), [each.exception() for each in looking if each.done()]
            yield watch
            time.sleep(0.5)  # and a little longer, so that the end is seen too
        finally:
            watch.done.set()
    for each in looking:
        each.result()


def test_an_import_is_seen_whole_or_not_at_all_and_served_by_all(
    fleet: Fleet, record_property: Callable[[str, object], None]
) -> None:
    questions, file = the_file("星辰")
    with watched(fleet, "星辰", questions) as watch:
        report = fleet.desk("POST", "/imports", files=file)
        keep(fleet.seconds_until(questions[-1], f"星辰{ROWS - 1}天。"), record_property, "imported")

    assert report["added"] == ROWS
    assert set(watch.counts) == {0, ROWS}
    assert watch.halves == []
    assert fleet.asked(questions[0]) == dict.fromkeys(fleet.readers, "星辰0天。")

    fleet.desk("POST", f"/imports/{report['id']}/rollback")
    keep(fleet.seconds_until(questions[0], None), record_property, "import rolled back")
    assert fleet.asked(questions[-1]) == dict.fromkeys(fleet.readers)


@contextmanager
def long_write(engine: Engine) -> Iterator[None]:
    """Hold a writing transaction open in which knowledge of the shop has changed."""
    other = open_engine(engine.url.render_as_string(hide_password=False))
    plain = other.execution_options(xiaoer_write=True)  # BEGIN IMMEDIATE, where the database is SQLite
    try:
        with plain.connect() as connection, connection.begin() as transaction:
            changed = connection.execute(
                text("UPDATE knowledge_revisions SET revision = revision + 1 WHERE scope = :scope"), {"scope": SHOP}
            )
            assert changed.rowcount == 1
            connection.execute(
                text("UPDATE knowledge_entries SET answer = '没写完' WHERE scope = :scope"), {"scope": SHOP}
            )
            yield
            transaction.rollback()
    finally:
        other.dispose()


def test_readers_do_not_wait_for_a_writer(fleet: Fleet) -> None:
    entry = fleet.desk("POST", "/entries", json={"question": QUESTION, "answer": "一直可以。"})
    assert fleet.asked(QUESTION) == dict.fromkeys(fleet.readers, "一直可以。")

    with ThreadPoolExecutor() as pool:
        with long_write(fleet.engine):
            path = f"/entries/{entry['id']}"
            change = {"question": QUESTION, "answer": "可以了。", "version": 1}
            writer = pool.submit(fleet.desk, "PUT", path, json=change)
            time.sleep(1)
            assert fleet.asked(QUESTION) == dict.fromkeys(fleet.readers, "一直可以。")
            for number in range(2):
                listed = fleet.desk("GET", path, number=number)
                assert (listed["answer"], listed["version"]) == ("一直可以。", 1)
            assert not writer.done()  # it is a lock that other writers wait for
        assert writer.result()["version"] == 2
    assert fleet.asked(QUESTION) == dict.fromkeys(fleet.readers, "可以了。")
