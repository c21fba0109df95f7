"""Add coupons, wallets, memberships, storefronts, and what campaigns take off a price."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("promotions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rule", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "storefronts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("page", sa.String(length=300), nullable=False),
        sa.Column("freight", sa.BigInteger(), nullable=False),
        sa.Column("free_from", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_storefronts_tenant_tenants")),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_storefronts")),
    )
    op.create_table(
        "coupons",
        sa.Column("coupon_id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scope"], ["tenants.id"], name=op.f("fk_coupons_scope_tenants")),
        sa.PrimaryKeyConstraint("coupon_id", name=op.f("pk_coupons")),
    )
    with op.batch_alter_table("coupons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coupons_scope"), ["scope"], unique=False)

    op.create_table(
        "wallets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.coupon_id"], name=op.f("fk_wallets_coupon_id_coupons")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_wallets_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("customer_id", "coupon_id", name=op.f("uq_wallets_customer_id")),
    )
    op.create_table(
        "membership_plans",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("points_per_hundred_yuan", sa.Integer(), nullable=False),
        sa.Column("yuan_per_hundred_points", sa.BigInteger(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_membership_plans_tenant_tenants")),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_membership_plans")),
    )
    op.create_table(
        "memberships",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_memberships_customer_id_customers")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_memberships_tenant_tenants")),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name=op.f("pk_memberships")),
    )


def downgrade() -> None:
    op.drop_table("memberships")
    op.drop_table("membership_plans")
    op.drop_table("wallets")
    with op.batch_alter_table("coupons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coupons_scope"))

    op.drop_table("coupons")
    op.drop_table("storefronts")
    with op.batch_alter_table("promotions", schema=None) as batch_op:
        batch_op.drop_column("rule")
