"""A name that is new in the shop's database is recognised by a Rasa that is running already."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components.names import DATABASE
from components.parsing import parse_lines
from xiaoer import migrations
from xiaoer.accounts.tables import TenantRow
from xiaoer.cli.model import ensure_model, model_path
from xiaoer.commerce.tables import ProductRow
from xiaoer.database import open_engine, writing

ROOT = Path(__file__).parents[2]
NAME = "星河投影仪X9"
TEXT = f"{NAME}还有货吗"
PATIENCE = 30

pytestmark = pytest.mark.rasa


def products(parsed: dict[str, Any]) -> list[str]:
    return [value for entity, value in parsed["entities"] if entity == "product"]


def test_a_product_is_recognised_soon_after_it_is_written(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_model(ROOT)
    url = f"sqlite:///{tmp_path / 'mall.db'}"
    engine = open_engine(url)
    migrations.upgrade(engine)
    monkeypatch.setenv(DATABASE, url)

    def asked() -> Iterator[str]:
        yield json.dumps(TEXT)
        with writing(engine) as session:
            session.add(TenantRow(id="m1", name="星河影音", signing_key="k", created_at=now))
            session.flush()
            session.add(
                ProductRow(
                    product_id="P9001",
                    merchant_id="m1",
                    name=NAME,
                    short_name=NAME,
                    category="electronics",
                    price=Decimal("1999.00"),
                    on_sale=True,
                    attributes={},
                    size_chart=[],
                )
            )
        until = time.monotonic() + PATIENCE
        yield from itertools.takewhile(lambda _: time.monotonic() < until, itertools.repeat(json.dumps(TEXT)))

    answers = parse_lines(model_path(ROOT), asked())
    before = products(next(answers))
    after = next((found for found in map(products, answers) if NAME in found), [])
    engine.dispose()

    assert before == ["投影仪"]  # what the learned extractor makes of it
    assert after == [NAME]
