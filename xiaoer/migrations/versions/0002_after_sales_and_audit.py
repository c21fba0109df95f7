"""Keep what after-sale cases are about and how they were decided, and an audit entry of every change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DECIDED = (
    sa.Column("remark", sa.String(length=200), server_default="", nullable=False),
    sa.Column("reason_code", sa.String(length=40), server_default="", nullable=False),
    sa.Column("evidence", sa.JSON(), server_default="[]", nullable=False),
    sa.Column("pickup", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("liable", sa.String(length=16), server_default="none", nullable=False),
    sa.Column("freight_payer", sa.String(length=16), server_default="none", nullable=False),
    sa.Column("rules", sa.JSON(), server_default="[]", nullable=False),
    sa.Column("explanation", sa.String(length=500), server_default="", nullable=False),
)


def upgrade() -> None:
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("goods_class", sa.String(length=32), server_default="ordinary", nullable=False))
    with op.batch_alter_table("after_sales", schema=None) as batch_op:
        for column in DECIDED:
            batch_op.add_column(column.copy())

    op.create_table(
        "after_sale_lines",
        sa.Column("after_sale_no", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_sale_no"],
            ["after_sales.after_sale_no"],
            name=op.f("fk_after_sale_lines_after_sale_no_after_sales"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.line_id"], name=op.f("fk_after_sale_lines_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["variants.sku_id"], name=op.f("fk_after_sale_lines_sku_id_variants")),
        sa.PrimaryKeyConstraint("after_sale_no", "line_id", name=op.f("pk_after_sale_lines")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=72), nullable=False),
        sa.Column("operation", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_audit_entries_customer_id_customers")),
        sa.ForeignKeyConstraint(["merchant_id"], ["tenants.id"], name=op.f("fk_audit_entries_merchant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("customer_id", "actor", "key", name=op.f("uq_audit_entries_customer_id")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_merchant_id"), ["merchant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_merchant_id"))

    op.drop_table("audit_entries")
    op.drop_table("after_sale_lines")
    with op.batch_alter_table("after_sales", schema=None) as batch_op:
        for column in reversed(DECIDED):
            batch_op.drop_column(column.name)
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_column("goods_class")
