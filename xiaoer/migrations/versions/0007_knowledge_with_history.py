"""Give knowledge a history, imports, synonyms, and the questions that nobody could answer."""

from __future__ import annotations

from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATUSES = {"active": "published", "archived": "retired"}


def upgrade() -> None:
    op.create_table(
        "knowledge_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.JSON(), nullable=False),
        sa.Column("rolled_back_by", sa.String(length=64), nullable=True),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["scope"], ["tenants.id"], name=op.f("fk_knowledge_imports_scope_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_imports")),
    )
    with op.batch_alter_table("knowledge_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_imports_scope"), ["scope"], unique=False)

    op.create_table(
        "knowledge_synonyms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scope"], ["tenants.id"], name=op.f("fk_knowledge_synonyms_scope_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_synonyms")),
    )
    with op.batch_alter_table("knowledge_synonyms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_synonyms_scope"), ["scope"], unique=False)

    op.create_table(
        "knowledge_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entries.id"], name=op.f("fk_knowledge_feedback_entry_id_knowledge_entries")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_knowledge_feedback_tenant_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_feedback")),
        sa.UniqueConstraint("conversation_id", "entry_id", name=op.f("uq_knowledge_feedback_conversation_id")),
    )
    with op.batch_alter_table("knowledge_feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_feedback_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_feedback_tenant"), ["tenant"], unique=False)

    op.create_table(
        "knowledge_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=300), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("product_id", sa.String(length=32), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("first_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entries.id"], name=op.f("fk_knowledge_questions_entry_id_knowledge_entries")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.product_id"], name=op.f("fk_knowledge_questions_product_id_products")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_knowledge_questions_tenant_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_questions")),
        sa.UniqueConstraint("tenant", "form", name=op.f("uq_knowledge_questions_tenant")),
    )
    with op.batch_alter_table("knowledge_questions", schema=None) as batch_op:
        batch_op.create_index("ix_knowledge_questions_open", ["tenant", "status", "last_asked_at"], unique=False)

    op.create_table(
        "knowledge_versions",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["knowledge_entries.id"], name=op.f("fk_knowledge_versions_entry_id_knowledge_entries")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["knowledge_imports.id"], name=op.f("fk_knowledge_versions_import_id_knowledge_imports")
        ),
        sa.PrimaryKeyConstraint("entry_id", "version", name=op.f("pk_knowledge_versions")),
    )
    with op.batch_alter_table("knowledge_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_versions_import_id"), ["import_id"], unique=False)

    _begin_history()


def _begin_history() -> None:
    """Give the entries that are there their present statuses, and a first version that says what they say."""
    entries = sa.table(
        "knowledge_entries",
        *(
            sa.column(name, kind)
            for name, kind in {
                "id": sa.Integer,
                "layer": sa.String,
                "question": sa.String,
                "similar_questions": sa.JSON,
                "answer": sa.Text,
                "product_id": sa.String,
                "product_label": sa.String,
                "valid_from": sa.DateTime(timezone=True),
                "valid_to": sa.DateTime(timezone=True),
                "version": sa.Integer,
                "status": sa.String,
            }.items()
        ),
    )
    versions = sa.table(
        "knowledge_versions",
        *(
            sa.column(name, kind)
            for name, kind in {
                "entry_id": sa.Integer,
                "version": sa.Integer,
                "content": sa.JSON,
                "action": sa.String,
                "by": sa.String,
                "at": sa.DateTime(timezone=True),
            }.items()
        ),
    )
    connection = op.get_bind()
    for old, new in STATUSES.items():
        connection.execute(entries.update().where(entries.c.status == old).values(status=new))
    now = datetime.now(timezone.utc)
    for row in connection.execute(sa.select(entries)).mappings().all():
        content = {column.name: row[column.name] for column in entries.c if column.name not in ("id", "version")}
        for name in ("valid_from", "valid_to"):
            moment = content[name]
            if moment is not None:  # SQLite keeps UTC without saying so
                content[name] = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).isoformat()
        connection.execute(
            versions.insert().values(
                entry_id=row["id"], version=row["version"], content=content, action="created", by="system", at=now
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("knowledge_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_versions_import_id"))

    op.drop_table("knowledge_versions")
    with op.batch_alter_table("knowledge_questions", schema=None) as batch_op:
        batch_op.drop_index("ix_knowledge_questions_open")

    op.drop_table("knowledge_questions")
    with op.batch_alter_table("knowledge_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_feedback_tenant"))
        batch_op.drop_index(batch_op.f("ix_knowledge_feedback_entry_id"))

    op.drop_table("knowledge_feedback")
    with op.batch_alter_table("knowledge_synonyms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_synonyms_scope"))

    op.drop_table("knowledge_synonyms")
    with op.batch_alter_table("knowledge_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_imports_scope"))

    op.drop_table("knowledge_imports")
    for old, new in STATUSES.items():
        op.execute(
            sa.text("UPDATE knowledge_entries SET status = :old WHERE status = :new").bindparams(old=old, new=new)
        )
