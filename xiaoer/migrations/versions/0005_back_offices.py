"""Add the merchants' own shop systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "back_offices",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("token", sa.String(length=4000), nullable=False),
        sa.Column("timeout_seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_back_offices_tenant_tenants")),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_back_offices")),
    )


def downgrade() -> None:
    op.drop_table("back_offices")
