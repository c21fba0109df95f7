"""Knowledge of many merchants, made by recombining what the shops of the project write down."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from sqlalchemy.engine import Engine

from benchmarks.knowledge_shops import DEVELOPMENT
from xiaoer import migrations
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import PLATFORM
from xiaoer.database import open_engine, writing
from xiaoer.knowledge.bulk import Write, write_all
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.model import Action, Change, Draft, EntryStatus, Layer
from xiaoer.knowledge.rows import lock_scope
from xiaoer.knowledge.text import BREAKS

Written = tuple[str, tuple[str, ...], str]
"""Question, other ways to ask it, and answer."""

PHRASINGS = 3
PRODUCTS = 200
"""How many products a merchant's entries are about."""
ABOUT_PRODUCTS = 0.5

OPENERS = ("请问", "想问下", "我想知道", "麻烦问一下", "亲，", "帮我看看", "之前忘了问，", "顺便问下")
ENDINGS = ("", "呢", "呀", "啊", "，急", "，谢谢", "，在线等")
MAKES = ("云朵", "山岚", "半夏", "北岸", "知秋", "小满", "拾光", "青禾", "木白", "鹿鸣", "海盐", "晴川", "归野", "橙子")
KINDS = ("保温杯", "双肩包", "台灯", "折叠椅", "电饭煲", "连衣裙", "跑步鞋", "蓝牙耳机", "毛毯", "净水器", "行李箱")
LINES = ("Pro", "Lite", "二代", "加大款", "儿童款", "旅行装", "经典款", "升级版", "静音款", "薄款")


def open_many(url: str, *, merchants: int, entries: int, now: datetime) -> tuple[Engine, list[str]]:
    """Fill an empty database with merchants that have much to say; the same numbers give the same texts.

    Args:
        url: SQLAlchemy address.
        merchants: How many merchants.
        entries: How many entries each has, and the platform.
        now: The present moment.

    Returns:
        The database and the merchants' ids.
    """
    engine = open_engine(url)
    migrations.upgrade(engine)
    names = [f"m{number:03}" for number in range(merchants)]
    change = Change("benchmark", now)
    for number, name in enumerate([PLATFORM, *names]):
        drafts = drafts_of(number, entries)
        writes = [Write(None, draft, EntryStatus.PUBLISHED, Action.CREATED) for draft in drafts]
        with writing(engine) as session:
            add_tenant(session, name, name=name, now=now)
            lock_scope(session, name)
            write_all(session, name, writes, change)
    return engine, names


def drafts_of(number: int, entries: int) -> list[Draft]:
    """Return what a merchant has to say; the same numbers give the same texts.

    Args:
        number: Which merchant.
        entries: How many entries.
    """
    return list(_drafts(_written(), random.Random(number), entries))  # noqa: S311


@lru_cache(maxsize=1)
def _written() -> list[Written]:
    """Return question, other ways to ask it, and answer of what the project's shops write down."""
    files = sorted(DEVELOPMENT.glob("*.csv"))
    rows = [row for path in files for row in read_file(path.name, path.read_bytes()).rows]
    return [(row.question, row.similar_questions or (), row.answer) for row in rows]


def _drafts(written: list[Written], chance: random.Random, count: int) -> Iterator[Draft]:
    products = [f"{chance.choice(MAKES)}{chance.choice(KINDS)}{chance.choice(LINES)}" for _ in range(PRODUCTS)]
    asked: set[str] = set()
    while len(asked) < count:
        question, similar, answer = chance.choice(written)
        other = chance.choice(written)
        label = chance.choice(products) if chance.random() < ABOUT_PRODUCTS else ""
        ways = [f"{label}{question}", *similar, _varied(question, chance), _varied(question, chance)]
        ways[0] = ways[0] if ways[0] not in asked else f"{label}{_varied(question, chance)}，{other[0]}"
        if ways[0] in asked or len(ways[0]) > 200:
            continue
        asked.add(ways[0])
        said = f"{answer}{chance.choice(BREAKS.split(other[2]))}。"
        layer = Layer.PRODUCT if label else Layer.CAMPAIGN
        yield Draft(ways[0], said, layer, tuple(dict.fromkeys(ways[1:PHRASINGS])), product_label=label)


def _varied(question: str, chance: random.Random) -> str:
    return f"{chance.choice(OPENERS)}{question}{chance.choice(ENDINGS)}"
