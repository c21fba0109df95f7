"""Inserting a row or changing the one that is there, in one statement that no other writer can come between."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, table: Any) -> Any:
    """Return an ``INSERT`` that knows ``ON CONFLICT``, which SQLAlchemy has for each kind of database apart.

    Args:
        session: The session that it will be run in.
        table: The table's class.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
