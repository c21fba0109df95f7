"""What Alembic runs: revisions on the connection that ``xiaoer.migrations`` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from xiaoer.schema import metadata


def plain_type(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Write the project's own column types as what they are stored as, so that old revisions need no present code."""
    if kind == "type" and isinstance(value, TypeDecorator):
        return f"sa.{value.impl!r}"
    return False


def ours(_object: Any, name: str | None, kind: str, reflected: bool, _compared: Any) -> bool:
    """Leave tables alone that others, like Rasa's tracker store, keep in the same database."""
    return not (kind == "table" and reflected and name not in metadata.tables)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=plain_type,
    include_object=ours,
)
with context.begin_transaction():
    context.run_migrations()
