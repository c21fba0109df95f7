"""Tables of knowledge."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from xiaoer.database import Base, UtcDateTime


class EntryRow(Base):
    """A question with its answer, of one scope and layer, as it is now."""

    __tablename__ = "knowledge_entries"

    id = Column(Integer, primary_key=True)
    scope = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    layer = Column(String(16), nullable=False)
    question = Column(String(300), nullable=False)
    similar_questions = Column(JSON, nullable=False, default=list)
    answer = Column(Text, nullable=False)
    product_id = Column(ForeignKey("products.product_id"), index=True)
    product_label = Column(String(120), nullable=False, default="")
    valid_from = Column(UtcDateTime)
    valid_to = Column(UtcDateTime)
    version = Column(Integer, nullable=False, default=1)
    status = Column(String(16), nullable=False, default="published")


class VersionRow(Base):
    """What an entry said at one of its versions, and who made it say so."""

    __tablename__ = "knowledge_versions"

    entry_id = Column(ForeignKey("knowledge_entries.id"), primary_key=True)
    version = Column(Integer, primary_key=True)
    # The whole of the entry, so that what it said stays readable when columns are added.
    content = Column(JSON, nullable=False)
    action = Column(String(16), nullable=False)
    by = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    import_id = Column(ForeignKey("knowledge_imports.id"), index=True)


class ImportRow(Base):
    """A file that was imported: what became of its rows, and those that could not be."""

    __tablename__ = "knowledge_imports"

    id = Column(Integer, primary_key=True)
    scope = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    file_name = Column(String(255), nullable=False)
    by = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    status = Column(String(16), nullable=False, default="applied")
    added = Column(Integer, nullable=False)
    updated = Column(Integer, nullable=False)
    unchanged = Column(Integer, nullable=False)
    duplicates = Column(Integer, nullable=False)
    rejected = Column(JSON, nullable=False, default=list)
    rolled_back_by = Column(String(64))
    rolled_back_at = Column(UtcDateTime)


class RevisionRow(Base):
    """How often a scope's knowledge has changed: what an index in memory compares itself with."""

    __tablename__ = "knowledge_revisions"

    scope = Column(ForeignKey("tenants.id"), primary_key=True)
    revision = Column(Integer, nullable=False)


class SynonymRow(Base):
    """Words that mean the same to the customers of one scope."""

    __tablename__ = "knowledge_synonyms"

    id = Column(Integer, primary_key=True)
    scope = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    words = Column(JSON, nullable=False)
    by = Column(String(64), nullable=False)
    at = Column(UtcDateTime, nullable=False)


class QuestionRow(Base):
    """A question that found no good answer at a tenant, and how often it was asked."""

    __tablename__ = "knowledge_questions"
    __table_args__ = (
        UniqueConstraint("tenant", "form"),
        Index("ix_knowledge_questions_open", "tenant", "status", "last_asked_at"),
    )

    id = Column(Integer, primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False)
    form = Column(String(300), nullable=False)
    text = Column(String(300), nullable=False)
    product_id = Column(ForeignKey("products.product_id"))
    count = Column(Integer, nullable=False)
    # How the last asking ended: not known, a choice was offered, or the answer was no use.
    outcome = Column(String(16), nullable=False)
    entry_id = Column(ForeignKey("knowledge_entries.id"))
    first_asked_at = Column(UtcDateTime, nullable=False)
    last_asked_at = Column(UtcDateTime, nullable=False)
    status = Column(String(16), nullable=False, default="open")
    closed_by = Column(String(64))
    closed_at = Column(UtcDateTime)


class FeedbackRow(Base):
    """What a customer said of an answer, once for each conversation and entry."""

    __tablename__ = "knowledge_feedback"
    __table_args__ = (UniqueConstraint("conversation_id", "entry_id"),)

    id = Column(Integer, primary_key=True)
    entry_id = Column(ForeignKey("knowledge_entries.id"), nullable=False, index=True)
    version = Column(Integer, nullable=False)
    tenant = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    conversation_id = Column(String(40), nullable=False)
    helpful = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False)
