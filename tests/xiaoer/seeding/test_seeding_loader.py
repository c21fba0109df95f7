"""Loading a mall: all of it or nothing, always the same, into either kind of database."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Engine

from tests.factories import BY_TESTS
from xiaoer.accounts.directory import add_tenant
from xiaoer.accounts.model import PLATFORM
from xiaoer.accounts.tables import TenantRow
from xiaoer.commerce.model import OrderState
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import OrderRow
from xiaoer.database import open_engine, reading, writing
from xiaoer.knowledge.history import list_versions
from xiaoer.knowledge.model import Action, Draft, Layer, Version
from xiaoer.knowledge.store import add_entry, list_entries
from xiaoer.knowledge.tables import VersionRow
from xiaoer.schema import metadata
from xiaoer.seeding import SeedError, demo_loaded, seed

DEMO = Path(__file__).parents[3] / "demo"


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without the keys that sign tokens."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                map(repr, connection.execute(select(*(c for c in table.columns if c.name != "signing_key"))))
            )
            for table in metadata.sorted_tables
        }


def is_empty(engine: Engine) -> bool:
    return not any(contents(engine).values())


def test_a_mall_is_loaded(engine: Engine, now: datetime) -> None:
    with reading(engine) as session:
        assert not demo_loaded(session)
    report = seed(engine, DEMO, now=now)
    assert report.loaded
    with reading(engine) as session:
        assert demo_loaded(session)
        assert report.rows["orders"] == 400 == session.scalar(select(func.count()).select_from(OrderRow))
    written = {name: len(rows) for name, rows in contents(engine).items() if rows}
    assert report.rows == written


def test_the_loaded_mall_can_be_worked_with(engine: Engine, now: datetime) -> None:
    """Numbers that the database gives itself go on behind the loaded rows."""
    seed(engine, DEMO, now=now)
    with reading(engine) as session:
        order = session.scalars(select(OrderRow).where(OrderRow.state == OrderState.PAID.value)).first()
        tenant, customer, order_no = order.merchant_id, order.customer_id, order.order_no
    assert SqlCommerce(engine).urge_shipment(tenant, customer, order_no, now=now).created
    draft = Draft(layer=Layer.CAMPAIGN, question="新问题", similar_questions=(), answer="新答案")
    with writing(engine) as session:
        assert add_entry(session, tenant, draft, BY_TESTS).version == 1


def test_knowledge_is_published_and_its_history_begins(engine: Engine, now: datetime) -> None:
    seed(engine, DEMO, now=now)
    with reading(engine) as session:
        scopes = session.scalars(select(TenantRow.id)).all()
        entries = [entry for scope in scopes for entry in list_entries(session, scope)]
        assert len(entries) == session.scalar(select(func.count()).select_from(VersionRow)) > 100
        for entry in entries[::50]:
            (version,) = list_versions(session, entry.scope, entry.id)
            assert version == Version(entry, Action.CREATED, "seed", now, None)


def test_two_malls_for_one_moment_are_equal(tmp_path: Path, now: datetime) -> None:
    engines = [open_engine(f"sqlite:///{tmp_path / name}.db") for name in ("first", "second")]
    for engine in engines:
        metadata.create_all(engine)
        seed(engine, DEMO, now=now)
    first, second = map(contents, engines)
    assert first == second
    with reading(engines[0]) as one, reading(engines[1]) as other:
        keys = {session.get(TenantRow, PLATFORM).signing_key for session in (one, other)}
    assert len(keys) == 2


def test_another_moment_moves_the_same_orders(tmp_path: Path, now: datetime) -> None:
    bought = []
    for days in (0, 400):
        engine = open_engine(f"sqlite:///{tmp_path / str(days)}.db")
        metadata.create_all(engine)
        seed(engine, DEMO, now=now + timedelta(days=days, hours=5))
        with reading(engine) as session:
            rows = session.scalars(select(OrderRow))
            bought.append(
                sorted(
                    (row.merchant_id, row.customer_id, row.state, row.amount, [line.sku_id for line in row.lines])
                    for row in rows
                )
            )
    assert bought[0] == bought[1]


def test_loading_again_changes_nothing(engine: Engine, now: datetime) -> None:
    seed(engine, DEMO, now=now)
    before = contents(engine)
    report = seed(engine, DEMO, now=now + timedelta(days=3))
    assert (report.loaded, report.rows) == (False, {})
    assert contents(engine) == before


def test_a_database_in_use_is_left_alone(sqlite_engine: Engine, now: datetime) -> None:
    with writing(sqlite_engine) as session:
        add_tenant(session, "mine", name="自己的店", now=now)
    before = contents(sqlite_engine)
    assert not seed(sqlite_engine, DEMO, now=now).loaded
    assert contents(sqlite_engine) == before
    with reading(sqlite_engine) as session:
        assert not demo_loaded(session)


def test_loading_is_quick(sqlite_engine: Engine, now: datetime) -> None:
    begin = time.process_time()  # how busy the machine is otherwise does not count
    seed(sqlite_engine, DEMO, now=now)
    assert time.process_time() - begin < 5


def test_the_marker_has_a_table() -> None:
    assert "installation" in metadata.tables
    assert inspect(metadata.tables["installation"]).primary_key.columns.keys() == ["key"]


Break = Callable[[str], str]


@pytest.mark.parametrize(
    ("file", "broken", "message"),
    [
        ("tenants.yml", lambda text: "- id: [", "tenants.yml: "),
        ("tenants.yml", lambda text: "id: yunshang", "tenants.yml: must be a list"),
        (
            "tenants.yml",
            lambda text: text.replace("level: 4", "level: 9", 1),
            "tenants.yml: entry 2 (yunshang): level: ",
        ),
        ("tenants.yml", lambda text: text.replace("[jd, sf]", "[jd, ems]"), "tenants.yml: jixing: ems is no carrier"),
        ("tenants.yml", lambda text: text.replace("role: agent}", "role: consumer}", 1), "is no role of an agent"),
        ("customers.yml", lambda text: text.replace("id: c002", "id: c001"), "customers.yml: entry 2 (c001): "),
        ("customers.yml", lambda text: text.replace('"13800110017"', '"1380011"'), "entry 1 (c001): phone: "),
        ("products/jixing.yml", lambda text: text.replace("id: P2002", "id: 2002"), "entry 2 (2002): id: "),
        ("products/jixing.yml", lambda text: text.replace("id: P2002", "id: P2001"), "was given before"),
        ("products/yunshang.yml", lambda text: text.replace("[白色 2XL]", "[紫色 2XL]"), "紫色 2XL is no variant"),
        (
            "products/shanye.yml",
            lambda text: text.replace("category: fresh", "category: raw", 1),
            "(P3011): category: ",
        ),
        ("orders.yml", lambda text: text.replace("paid: 82h..118h", "paid: 118h..82h", 1), "runs backwards"),
        (
            "orders.yml",
            lambda text: text.replace("state: paid", "state: lost", 1),
            "entry 9 (同一人两单待发货): state: ",
        ),
        ("orders.yml", lambda text: text.replace("customers: [c001]", "customers: [c777]"), "c777 is no customer"),
        ("orders.yml", lambda text: text.replace("products: [P4002]", "products: [P1017]"), "P1017 is no product"),
        ("orders.yml", lambda text: text.replace("placed: 15m..3h, ", "", 1), "needs exactly one of placed, paid"),
        (
            "orders.yml",
            lambda text: text.replace("lines: 3, parcels: 2", "lines: 1, parcels: 2", 1),
            "needs a line for",
        ),
        (
            "orders.yml",
            lambda text: text.replace("products: [P4002]", "lines: 90"),
            "entry 7 (拼团买面膜还差三人): needs 90",
        ),
        ("orders.yml", lambda text: text.replace("signed: guard", "signed: dog", 1), "dog is no way to sign for jd"),
        ("orders.yml", lambda text: text.replace("paid_more: 50, ", "", 1), "price protection needs paid_more"),
        ("orders.yml", lambda text: text.replace("merchant: mujian", "merchant: nobody", 1), "nobody is no merchant"),
        (
            "traces.yml",
            lambda text: text.replace("【{origin_city}】顺丰", "【{orgin_city}】顺丰"),
            "traces.yml: entry 1 (sf): steps.1.text: ",
        ),
        ("promotions.yml", lambda text: text.replace("scope: jixing", "scope: j", 1), "j is no tenant"),
        ("promotions.yml", lambda text: text.replace("PR-JIXING-02", "PR-JIXING-01"), "was given before"),
        (
            "tenants.yml",
            lambda text: text.replace("id: jixing-he", "id: yunshang-lin"),
            "yunshang-lin was given before",
        ),
        ("products/mujian.yml", lambda text: text.replace("id: P5012", "id: P4001"), "P4001 was given before"),
        ("promotions.yml", lambda text: text.replace("-4d..+6d", "soon", 1), "entry 1 (PR-PLATFORM-01): valid: "),
        ("promotions.yml", lambda text: text.replace("{+6d}", "{+6y}", 1), "entry 1 (PR-PLATFORM-01): description: "),
        ("promotions.yml", lambda text: text.replace("kind: second_half", "kind: half"), "(PR-YUNSHANG-01): rule: "),
        ("promotions.yml", lambda text: text.replace("P1003, P1006", "P4001, P1006"), "P4001 is no product"),
        (
            "coupons.yml",
            lambda text: text.replace("[P1016, P1017]", "[P2004]"),
            "(CP-YUNSHANG-03): P2004 is no product",
        ),
        ("coupons.yml", lambda text: text.replace("c011: 1d", "c099: 1d"), "c099 is no customer"),
        ("coupons.yml", lambda text: text.replace("used: {c009: 3d", "used: {c009: soon"), "(CP-SHANYE-01): used: "),
        ("coupons.yml", lambda text: text.replace("CP-JIXING-02", "CP-JIXING-01"), "was given before"),
        ("memberships.yml", lambda text: text.replace("id: shanye", "id: nobody"), "nobody is no tenant"),
        ("memberships.yml", lambda text: text.replace("c045: {", "c777: {"), "c777 is no customer"),
        ("knowledge/huayan.yml", lambda text: text.replace("product: P4001", "product: P1001"), "P1001 is no product"),
        ("knowledge/huayan.yml", lambda text: text.replace("answer: ", "anwser: ", 1), "entry 1 (下单后多久发货): "),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_written(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, file: str, broken: Break, message: str
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert broken(text) != text
    (folder / file).write_text(broken(text), encoding="utf-8")
    with pytest.raises(SeedError) as caught:
        seed(sqlite_engine, folder, now=now)
    assert message in str(caught.value)
    assert caught.value.file == file
    assert is_empty(sqlite_engine)


def test_a_missing_file_is_named(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder)
    (folder / "traces.yml").unlink()
    with pytest.raises(SeedError, match=r"^traces\.yml: No such file"):
        seed(sqlite_engine, folder, now=now)
    assert is_empty(sqlite_engine)


def test_knowledge_of_nobody_is_refused(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder)
    (folder / "knowledge" / "huayan.yml").rename(folder / "knowledge" / "nobody.yml")
    with pytest.raises(SeedError, match=r"^knowledge/nobody\.yml: nobody is no tenant$"):
        seed(sqlite_engine, folder, now=now)
    assert is_empty(sqlite_engine)
