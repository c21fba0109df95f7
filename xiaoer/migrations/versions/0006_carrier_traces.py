"""Add the traces that carriers gave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carrier_traces",
        sa.Column("carrier", sa.String(length=16), nullable=False),
        sa.Column("waybill_no", sa.String(length=40), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "waybill_no", name=op.f("pk_carrier_traces")),
    )


def downgrade() -> None:
    op.drop_table("carrier_traces")
