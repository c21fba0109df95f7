"""How soon several processes serve what one of them has imported."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from benchmarks.knowledge_made import drafts_of
from benchmarks.report import say
from benchmarks.servers import Desk
from xiaoer import migrations
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tables import AgentRow
from xiaoer.accounts.tokens import issue_token
from xiaoer.clock import system_clock
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.learning import learned_meaning
from xiaoer.knowledge.model import Draft

DESKS = 4
PAUSE = 0.05
PATIENCE = 600.0
TITLES = ("import", "written after, s", "served by the first, s", "served by all, s")


@dataclass(frozen=True)
class _Desks:
    urls: Sequence[str]
    client: httpx.Client
    tokens: dict[str, str]

    def call(self, method: str, url: str, shop: str, path: str, **more: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.tokens[shop]}"}
        address = f"{url}/api/v1/knowledge/{shop}{path}"
        response = self.client.request(method, address, headers=headers, **more)  # type: ignore[arg-type]
        if response.status_code != httpx.codes.OK:
            raise click.ClickException(f"{path} was answered with status {response.status_code}: {response.text}")
        return dict(response.json())

    def answers(self, url: str, shop: str, wanted: Draft) -> bool:
        found = self.call("GET", url, shop, "/search", params={"q": wanted.question, "limit": 3})["found"]
        return wanted.answer in [each["answer"] for each in found]  # type: ignore[attr-defined]


def served(folder: Path, database: str, sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """Return for imports of several sizes how soon they were written and served, as rows of a table.

    Each file is imported at the first of four desks into the knowledge of a merchant that all of them have answered
    for; all four are asked for its last row until they have it. Seconds count from when the file is sent.

    Args:
        folder: Where the desks write, all of them, as on one machine.
        database: Address of an empty database.
        sizes: How many rows the files have.
    """
    learned_meaning()  # not in the time of the first
    with _running(folder, database, sizes) as desks:
        return [_import(desks, number, size) for number, size in enumerate(sizes)]


def _import(desks: _Desks, number: int, size: int) -> tuple[str, ...]:
    drafts, shop = drafts_of(number, size), _shop(size)
    for url in desks.urls:
        desks.answers(url, shop, drafts[-1])  # loads what a process has learned
    say(f"importing {size} rows")
    file = {"file": ("rows.csv", _csv(drafts), "text/csv")}
    begun = time.perf_counter()
    desks.call("POST", desks.urls[0], shop, "/imports", files=file)
    written = time.perf_counter() - begun

    def wait(url: str) -> float:
        while not desks.answers(url, shop, drafts[-1]):
            if time.perf_counter() - begun > PATIENCE:
                raise click.ClickException(f"{size} rows are not served after {PATIENCE:.0f} s")
            time.sleep(PAUSE)
        return time.perf_counter() - begun

    with ThreadPoolExecutor() as pool:
        seconds = list(pool.map(wait, desks.urls))
    return f"{size} rows", f"{written:.1f}", f"{min(seconds):.1f}", f"{max(seconds):.1f}"


@contextmanager
def _running(folder: Path, database: str, sizes: Sequence[int]) -> Iterator[_Desks]:
    """Give running desks on a database with a merchant for each size."""
    engine, now, tokens = open_engine(database), system_clock(), {}
    migrations.upgrade(engine)
    with writing(engine) as session:
        add_tenant(session, PLATFORM, name="platform", now=now)
        for shop in map(_shop, sizes):
            add_tenant(session, shop, name=shop, now=now)
            session.add(AgentRow(id=f"{shop}-1", tenant=shop, name=shop, role=Role.AGENT.value, created_at=now))
    with reading(engine) as session:
        for shop in map(_shop, sizes):
            tokens[shop] = issue_token(session, Identity(f"{shop}-1", shop, Role.AGENT), now=now)
    engine.dispose()
    with ExitStack() as running:
        client = running.enter_context(httpx.Client(trust_env=False, timeout=PATIENCE))
        say(f"starting {DESKS} desks")
        urls = [running.enter_context(Desk(folder, database, {})).url for _ in range(DESKS)]
        yield _Desks(urls, client, tokens)


def _shop(size: int) -> str:
    return f"shop{size}"


def _csv(drafts: Sequence[Draft]) -> bytes:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["问题", "相似问法", "答案", "层级", "商品"])
    layers = {"product": "商品", "campaign": "活动"}
    for draft in drafts:
        similar = "|".join(draft.similar_questions)
        rows.writerow([draft.question, similar, draft.answer, layers[draft.layer.value], draft.product_label])
    return file.getvalue().encode()
