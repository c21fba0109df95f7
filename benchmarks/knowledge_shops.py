"""A mall with the demo shops and those of a folder: each shop a spreadsheet, with questions beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from xiaoer import migrations
from xiaoer.accounts.directory import add_tenant
from xiaoer.database import open_engine, writing
from xiaoer.evaluation.knowledge import Question, read_questions
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.imports import import_file
from xiaoer.knowledge.model import Change
from xiaoer.seeding import seed

ROOT = Path(__file__).resolve().parents[1]
DEVELOPMENT = ROOT / "data" / "knowledge"
"""Shops and questions that weights, words and thresholds were chosen with."""
UNSEEN = ROOT / "tests" / "xiaoer" / "knowledge" / "unseen"
"""Shops and questions that nothing was chosen with."""
DEMO = ROOT / "tests" / "xiaoer" / "knowledge" / "questions.tsv"
"""Questions to the demo shops that words and weights were chosen with."""


def open_mall(url: str, folder: Path, *, now: datetime) -> Engine:
    """Fill an empty database with the demo mall and the shops of a folder.

    Args:
        url: SQLAlchemy address.
        folder: Folder with a spreadsheet for each shop, named by the merchant's id.
        now: The present moment.
    """
    engine = open_engine(url)
    migrations.upgrade(engine)
    seed(engine, ROOT / "demo", now=now)
    for path in sorted(folder.glob("*.csv")):
        with writing(engine) as session:
            add_tenant(session, path.stem, name=path.stem, now=now)
        import_file(
            engine, path.stem, read_file(path.name, path.read_bytes()), Change("benchmark", now), file_name=path.name
        )
    return engine


def questions_of(folder: Path) -> dict[str, list[Question]]:
    """Return the questions of a folder, by file."""
    return {path.stem: read_questions(path) for path in sorted(folder.glob("*.tsv"))}
