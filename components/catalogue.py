"""The names of the shop's database, kept up to date beside the turns: products, shops, colours, sizes."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from xiaoer.language.normalise import normalise

logger = logging.getLogger(__name__)

PLATFORM = "platform"
"""The tenant that all shops belong to; it has no goods of its own."""

LARGEST_SHARE = 0.02
"""Share of the time that reading and indexing may take: a large catalogue is read less often."""

BOOKS = "books"
"""A category whose names end in anything: 厨房 is no head word of 慢下来的厨房."""

_QUERIES = (
    "SELECT id, name FROM tenants WHERE id <> 'platform' ORDER BY id",
    "SELECT merchant_id, name, short_name, category FROM products ORDER BY product_id",
    "SELECT DISTINCT p.merchant_id, v.color, v.size FROM variants v JOIN products p ON p.product_id = v.product_id"
    " ORDER BY p.merchant_id, v.color, v.size",
)

_MODEL = re.compile(r"(?<![a-z0-9])[a-z]+\d+[a-z]*(?![a-z0-9])")
_SHOP_ENDING = re.compile(r"(?:官方)?(?:旗舰店|专营店|专卖店|企业店|自营店|直营店)$")
# 01豆沙玫瑰 and 瓷白C10 are called 豆沙玫瑰 and 瓷白; 自然N20 is not called 自然.
_COLOR_CODE = re.compile(r"^[0-9A-Za-z]+(?=[^\W0-9A-Za-z]{2})|(?<=[黑白红蓝绿灰紫粉黄棕褐橙金银驼青色])[0-9A-Za-z]+$")
_NO_HEADS = frozenset({"套装", "礼盒", "组合", "系列", "家庭装"})
_SHORTEST_HEAD = 2
_SHORTEST_SHOP = 3


@dataclass(frozen=True)
class Name:
    """What a way of writing stands for.

    Attributes:
        value: The name as the database or the lookup table has it.
        tenant: Whose name it is; empty where it is everybody's.
        head: Whether only the end of the name was written, which the names of other goods share: 大衣.
    """

    value: str
    tenant: str = ""
    head: bool = False


Names = dict[str, dict[str, tuple[Name, ...]]]
"""For each entity, every way of writing (in normal form and lower case) and what it stands for."""

Rows = tuple[tuple[tuple[str, ...], ...], ...]
"""The rows of the queries, one tuple of rows for each."""


def read_rows(engine: Engine) -> Rows:
    """Return shops, products and variants.

    Args:
        engine: The shop's database.

    Raises:
        SQLAlchemyError: If the database can't be read or has no such tables.
    """
    with engine.connect() as connection:
        return tuple(
            tuple(tuple(str(column or "") for column in row) for row in connection.execute(text(query)))
            for query in _QUERIES
        )


def names_of(rows: Rows) -> Names:
    """Return every way of writing the names of the database.

    Args:
        rows: What ``read_rows`` returned.
    """
    collected: defaultdict[str, defaultdict[str, dict[Name, None]]] = defaultdict(lambda: defaultdict(dict))
    for entity, way, name in _ways(rows):
        form = (normalise(way).text if not way.isascii() else way).lower().strip()
        if form:
            collected[entity][form][name] = None
            collected[entity][form.replace(" ", "")][name] = None
    return {entity: {form: tuple(names) for form, names in forms.items()} for entity, forms in collected.items()}


def _ways(rows: Rows) -> Iterator[tuple[str, str, Name]]:
    """Give entity, way of writing and name, for every name of the database."""
    shops, products, variants = rows
    for _, name in shops:
        yield "merchant", name, Name(name)
        short = _SHOP_ENDING.sub("", name)
        if len(short) >= _SHORTEST_SHOP:
            yield "merchant", short, Name(name)
    for tenant, name, short, category in products:
        yield "product", name, Name(name, tenant)
        yield "product", short, Name(short, tenant)
        for model in _MODEL.findall(re.sub(r"[\u3400-\u9fff]+", " ", short.lower())):
            yield "product", model, Name(short, tenant)
        if category != BOOKS:
            for start in range(1, len(short) - _SHORTEST_HEAD + 1):
                if short[start:] not in _NO_HEADS:
                    yield "product", short[start:], Name(short, tenant, head=True)
    for tenant, color, size in variants:
        for way in dict.fromkeys((color, _COLOR_CODE.sub("", color))):
            if len(way) > 1:
                yield "color", way, Name(way, tenant)
        if size and not size.isdecimal():
            yield "size", size, Name(size, tenant)


def open_read_only(url: str) -> Engine:
    """Return an engine that never writes: a missing SQLite file stays missing.

    Args:
        url: SQLAlchemy address, ``sqlite:///…`` or ``postgresql://…``.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(
            address, future=True, pool_size=1, max_overflow=0, pool_pre_ping=True, connect_args={"connect_timeout": 5}
        )

    def connect() -> sqlite3.Connection:
        # Opened anew each time: a file that was replaced (a restored backup) is seen.
        place = str(address.database).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        return sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=5)

    return create_engine("sqlite://", creator=connect, future=True, poolclass=NullPool)


class CatalogueFollower:
    """Reads the names again and again in a thread of its own, and hands them on when they have changed.

    While the database does not answer, the last names stay; that is logged once, and so is its return.
    """

    def __init__(self, url: str, publish: Callable[[Names], None], seconds: float) -> None:
        """Prepare; nothing is read yet.

        Args:
            url: SQLAlchemy address of the shop's database.
            publish: Takes the names; called in the follower's thread, so it must swap and not change.
            seconds: Pause between two readings, longer where a reading takes long.
        """
        self._engine = open_read_only(url)
        self._publish = publish
        self._seconds = seconds
        self._last: Rows | None = None
        self._failing = False
        self._stopping = threading.Event()

    def start(self) -> None:
        """Read once, so that the first turn knows the names, and go on in a thread."""
        spent = self.refresh()
        threading.Thread(target=self._follow, args=(spent,), name="catalogue", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end at its next step."""
        self._stopping.set()

    def refresh(self) -> float:
        """Read the names, publish them if they have changed, and return the seconds that this took."""
        began = time.monotonic()
        try:
            rows = read_rows(self._engine)
        except (SQLAlchemyError, OSError) as error:
            if not self._failing:
                logger.warning("the names of the shop's database can't be read, the last ones stay: %s", error)
            self._failing = True
            return time.monotonic() - began
        if self._failing:
            logger.info("the names of the shop's database can be read again")
        self._failing = False
        if rows != self._last:
            self._publish(names_of(rows))
            self._last = rows
        return time.monotonic() - began

    def _follow(self, spent: float) -> None:
        while not self._stopping.wait(max(self._seconds, spent / LARGEST_SHARE)):
            spent = self.refresh()
        self._engine.dispose()
