"""Tables of knowledge."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text

from xiaoer.database import Base, UtcDateTime


class EntryRow(Base):
    """A question with its answer, of one scope and layer."""

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
    status = Column(String(16), nullable=False, default="active")


class RevisionRow(Base):
    """How often a scope's knowledge has changed: what an index in memory compares itself with."""

    __tablename__ = "knowledge_revisions"

    scope = Column(ForeignKey("tenants.id"), primary_key=True)
    revision = Column(Integer, nullable=False)
