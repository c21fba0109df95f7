from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from components.catalogue import names_of
from components.name_index import NameIndex
from components.names import NameEntityExtractor

LOOKUPS = Path(__file__).parents[2] / "data" / "lookups"
Make = Callable[[str], Message]

TABLES = (
    "CREATE TABLE tenants (id VARCHAR(64), name VARCHAR(100))",
    "CREATE TABLE products (product_id VARCHAR(32), merchant_id VARCHAR(64), name VARCHAR(120), short_name VARCHAR(60),"
    " category VARCHAR(32))",
    "CREATE TABLE variants (product_id VARCHAR(32), color VARCHAR(30), size VARCHAR(30))",
    "INSERT INTO tenants VALUES ('platform', '集市优选'), ('yunshang', '云裳服饰旗舰店'), ('jixing', '极星数码专营店')",
    "INSERT INTO products VALUES ('P1', 'yunshang', '云裳双面羊毛大衣女中长款', '双面羊毛大衣', 'clothing'),"
    " ('P2', 'jixing', '极星S9影像旗舰手机5G', '极星S9手机', 'electronics'),"
    " ('P3', 'jixing', '极星A5长续航智能手机5G', '极星A5手机', 'electronics'),"
    " ('P4', 'jixing', '《慢下来的厨房》四季家常菜谱', '慢下来的厨房', 'books')",
    "INSERT INTO variants VALUES ('P1', '燕麦色', 'XL'), ('P1', '02番茄红', ''), ('P2', '暖调W30', '42')",
)


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    """The address of a shop's database and an engine that may write to it."""
    url = str(request.getfixturevalue(f"{request.param}_url"))
    engine = create_engine(url, future=True)
    run(engine, *TABLES)
    yield url, engine
    engine.dispose()


@pytest.fixture
def load(storage: ModelStorage, context: ExecutionContext) -> Callable[[str], NameEntityExtractor]:
    def load(url: str) -> NameEntityExtractor:
        config = {"lookups": str(LOOKUPS), "database": url, "refresh_seconds": 0.05}
        resource = NameEntityExtractor.create(config, storage, Resource("names"), context).train(TrainingData())
        return NameEntityExtractor.load(config, storage, resource, context)

    return load


def values(names: NameEntityExtractor, message: Message, tenant: str = "") -> list[tuple[str, str]]:
    message.set("metadata", {"tenant": tenant} if tenant else None)
    return [(each["entity"], each["value"]) for each in names.process([message])[0].get("entities")]


def eventually(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    return check()


@pytest.mark.parametrize(
    ("typed", "tenant", "expected"),
    [
        ("双面羊毛大衣还有吗", "", [("product", "双面羊毛大衣")]),
        ("云裳双面羊毛大衣女中长款多少钱", "jixing", [("product", "云裳双面羊毛大衣女中长款")]),
        ("s9手机卡不卡", "jixing", [("product", "极星S9手机")]),
        ("这件大衣起球吗", "yunshang", [("product", "双面羊毛大衣")]),
        ("这件大衣起球吗", "", []),
        ("手机好用吗", "jixing", [("product", "手机")]),
        ("厨房用的", "jixing", []),
        ("燕麦色XL", "", [("color", "燕麦色"), ("size", "XL")]),
        ("番茄红那支", "", [("color", "番茄红")]),
        ("极星数码的客服", "", [("merchant", "极星数码专营店")]),
        ("要42的", "", []),
    ],
)
def test_names_of_the_database(
    shop: tuple[str, Engine],
    load: Callable[[str], NameEntityExtractor],
    message: Make,
    typed: str,
    tenant: str,
    expected: list[tuple[str, str]],
) -> None:
    assert values(load(shop[0]), message(typed), tenant) == expected


def test_changes_are_known_without_training(
    shop: tuple[str, Engine], load: Callable[[str], NameEntityExtractor], message: Make
) -> None:
    url, engine = shop
    names = load(url)
    assert values(names, message("筋膜枪有货吗")) == []
    run(engine, "INSERT INTO products VALUES ('P9', 'jixing', '极星筋膜枪', '筋膜枪', 'electronics')")
    assert eventually(lambda: values(names, message("筋膜枪有货吗")) == [("product", "筋膜枪")])
    run(engine, "UPDATE products SET short_name = '肌肉放松仪' WHERE product_id = 'P9'")
    assert eventually(lambda: values(names, message("肌肉放松仪")) == [("product", "肌肉放松仪")])
    assert values(names, message("筋膜枪有货吗")) == []
    run(engine, "DELETE FROM products WHERE product_id = 'P9'")
    assert eventually(lambda: values(names, message("肌肉放松仪")) == [])


def test_a_broken_database_leaves_the_last_names(
    sqlite_url: str,
    load: Callable[[str], NameEntityExtractor],
    message: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = create_engine(sqlite_url, future=True)
    run(engine, *TABLES)
    names = load(sqlite_url)
    with caplog.at_level(logging.INFO, "components.catalogue"):
        run(engine, "ALTER TABLE products RENAME TO elsewhere")
        assert eventually(lambda: len(caplog.records) == 1)
        time.sleep(0.3)
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert values(names, message("双面羊毛大衣")) == [("product", "双面羊毛大衣")]
        run(engine, "ALTER TABLE elsewhere RENAME TO products")
        assert eventually(lambda: [record.levelname for record in caplog.records] == ["WARNING", "INFO"])


def test_a_missing_database_is_not_created(
    tmp_path: Path, load: Callable[[str], NameEntityExtractor], message: Make
) -> None:
    names = load(f"sqlite:///{tmp_path / 'none.db'}")
    assert values(names, message("黑色发顺丰")) == [("color", "黑色"), ("carrier", "顺丰")]
    assert not (tmp_path / "none.db").exists()


def test_the_thread_ends_with_the_component(sqlite_url: str, load: Callable[[str], NameEntityExtractor]) -> None:
    run(create_engine(sqlite_url, future=True), *TABLES)
    before = set(threading.enumerate())
    names = load(sqlite_url)
    (follower,) = set(threading.enumerate()) - before
    del names
    gc.collect()
    assert eventually(lambda: not follower.is_alive())


def test_ten_thousand_characters_are_searched_quickly() -> None:
    index = NameIndex(names_of(((), (("a", "面" * 60, "面" * 30, "food"),), ())))
    began = datetime.now().astimezone()
    index.find("面" * 10_000, "a")
    assert (datetime.now().astimezone() - began).total_seconds() < 2
