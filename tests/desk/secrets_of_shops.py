"""Two shops and the platform, each with secrets in all that it keeps to itself, and a desk on them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from desk.app import create_app
from tests.desk.conftest import Shop
from tests.desk.knowledge import PEOPLE, add_people
from tests.factories import add_conversation
from tests.sheets import broken, parsed, sheet_of
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.database import open_engine, writing
from xiaoer.knowledge.feedback import record_feedback
from xiaoer.knowledge.imports import import_file
from xiaoer.knowledge.model import Change, Draft, EntryStatus
from xiaoer.knowledge.questions import Outcome, record_question
from xiaoer.knowledge.store import add_entry, retire_entry, update_entry
from xiaoer.knowledge.synonyms_store import set_synonyms
from xiaoer.knowledge.tables import EntryRow, ImportRow, QuestionRow
from xiaoer.service.model import Author
from xiaoer.service.tables import ConversationRow, MessageRow
from xiaoer.settings import Settings

A, B, UNKNOWN = "m1", "m2", "m9"
SCOPES = (A, B, PLATFORM, UNKNOWN)
SECRETS = {A: "secretofalpha", B: "secretofbeta", PLATFORM: "secretofplatform"}
"""What stands in everything that a scope keeps to itself."""

PUBLIC = "publicofplatform"
"""What stands in the platform's published entries, which the visitors of every shop are told."""

FIRST = ("大衣能机洗吗", "耳机能降噪吗", "怎么开店呢")


def plant(engine: Engine, shop: Shop) -> None:
    """Give every scope entries of every status, versions, an import, synonyms, questions and a conversation."""
    now = shop.now
    add_people(shop)
    for scope, first in zip(SECRETS, FIRST, strict=True):
        secret, change = SECRETS[scope], Change(f"by-{SECRETS[scope]}", now)
        shown = PUBLIC if scope == PLATFORM else secret
        with writing(engine) as session:
            entry = add_entry(session, scope, Draft(first, f"{secret}旧"), change, status=EntryStatus.DRAFT)
            changed = Draft(first, f"{secret}新", similar_questions=(f"{secret}吗",))
            update_entry(session, scope, entry.id, changed, change)
            for number in range(2):
                add_entry(session, scope, Draft(f"{first}{'呢' * number}", f"{shown}第{number + 7}天"), change)
            gone = add_entry(session, scope, Draft(f"退休{secret}", secret, product_label=secret), change)
            retire_entry(session, scope, gone.id, change)
            set_synonyms(session, scope, [[secret, f"{secret}二"]], change)
            record_question(session, scope, f"{secret}怎么办", outcome=Outcome.UNKNOWN, now=now)
            record_feedback(session, scope, entry.id, f"k-{scope}", helpful=False, now=now)
        rows = sheet_of(parsed(2, f"导入{secret}", secret, status=EntryStatus.DRAFT), broken(3, f"错{secret}", secret))
        import_file(engine, scope, rows, change, file_name=f"{secret}.csv")
        visitor = Identity(subject="c1", tenant=scope, role=Role.CONSUMER)
        said = [(Author.CUSTOMER, f"{secret}在哪"), (Author.AGENT, f"{secret}在这")]
        add_conversation(engine, "s1", identity=visitor, now=now, messages=said)


@dataclass
class World:
    """Two shops and the platform, with a desk on them; ids and tokens are those of the beginning.

    Attributes:
        client: What the desk is asked with.
        shop: The rows.
        file: The database's file.
        planted: The file that it was copied from.
        ids: By scope the ids of what it has, or ids that nothing has.
        headers: By kind of caller what it shows.
    """

    client: TestClient
    shop: Shop
    file: Path
    planted: Path

    def __post_init__(self) -> None:
        self.ids = {scope: self._found(scope) for scope in SCOPES}
        self.headers = self._shown()

    def restore(self) -> None:
        """Make the database what it was at the beginning."""
        with closing(sqlite3.connect(self.planted)) as source, closing(sqlite3.connect(self.file)) as target:
            source.backup(target)

    def state(self) -> list[list[tuple[Any, ...]]]:
        """Return every row of every table as it is stored."""
        with closing(sqlite3.connect(self.file)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            return [connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables]

    def _found(self, scope: str) -> dict[str, str]:
        def first(table: Any, of: Any) -> str:
            return str(next((row.id for row in self.shop.rows(table) if of(row)), 2**31 - 1))

        conversation = first(ConversationRow, lambda row: row.tenant == scope)
        return {
            "scope": scope,
            "entry_id": first(EntryRow, lambda row: row.scope == scope),
            "import_id": first(ImportRow, lambda row: row.scope == scope),
            "question_id": first(QuestionRow, lambda row: row.tenant == scope),
            "conversation_id": conversation,
            "message_id": first(
                MessageRow, lambda row: row.conversation_id == conversation and row.author == Author.AGENT.value
            ),
            "first": dict(zip(SECRETS, FIRST, strict=True)).get(scope, "喵喵喵"),
        }

    def _shown(self) -> dict[str, dict[str, str]]:
        ours: dict[str, tuple[str, str, Role]] = {
            "consumer of A": ("c1", A, Role.CONSUMER),
            "anonymous at A": ("anon-1", A, Role.ANONYMOUS),
            "merchant visitor of A": ("staff-1", A, Role.MERCHANT),
            "system of A": ("oms", A, Role.SYSTEM),
            "agent of A": ("a1", *PEOPLE["a1"]),
            "admin of A": ("a3", *PEOPLE["a3"]),
            "agent of B": ("a4", *PEOPLE["a4"]),
            "platform agent": ("p1", *PEOPLE["p1"]),
            "platform admin": ("p2", *PEOPLE["p2"]),
        }
        shop = self.shop
        claims = {"sub": "p2", "tenant": PLATFORM, "role": "platform_admin", "exp": shop.now.timestamp() + 60}
        return {
            "nobody": {},
            "expired": shop.auth("a1", *PEOPLE["a1"], lifetime=timedelta(seconds=-1)),
            "forged": {"Authorization": f"Bearer {jwt.encode(claims, 'k' * 64, algorithm='HS256')}"},
            **{caller: shop.auth(*who) for caller, who in ours.items()},
        }


@contextmanager
def opened(planted: Path, folder: Path, now: datetime) -> Iterator[World]:
    """Give a desk on a copy of a planted database."""
    file = folder / "world.db"
    shutil.copy(planted, file)
    engine = open_engine(f"sqlite:///{file}")
    app = create_app(Settings(data_dir=folder, rate_limit="10000/minute"), engine=engine, clock=lambda: now)
    with TestClient(app) as client:  # one loop for all requests
        yield World(client, Shop(engine, now), file, planted)
    engine.dispose()
