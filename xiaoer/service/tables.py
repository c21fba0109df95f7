"""Tables of the service desk."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text

from xiaoer.database import Base, UtcDateTime

OPEN = text("status <> 'closed'")


class ConversationRow(Base):
    """A conversation of one visitor with one tenant."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_visitor", "tenant", "subject", "sender"),
        Index("ix_conversations_queue", "tenant", "status", "waiting_since"),
        # A visitor's client has one open conversation of a name, also when two desks take its first message at once.
        Index(
            "uq_conversations_open",
            "tenant",
            "subject",
            "role",
            "sender",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id = Column(String(40), primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False)
    subject = Column(String(64), nullable=False)
    role = Column(String(16), nullable=False)
    sender = Column(String(128), nullable=False)
    channel = Column(String(32), nullable=False)
    status = Column(String(16), nullable=False)
    priority = Column(String(16), nullable=False)
    assignee = Column(ForeignKey("agents.id"))
    waiting_since = Column(UtcDateTime)
    first_reply_at = Column(UtcDateTime)
    created_at = Column(UtcDateTime, nullable=False)
    updated_at = Column(UtcDateTime, nullable=False)


class MessageRow(Base):
    """One message of a conversation."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    author = Column(String(16), nullable=False)
    text = Column(Text, nullable=False, default="")
    buttons = Column(JSON, nullable=False, default=list)
    custom = Column(JSON)
    image = Column(String(500))
    attachments = Column(JSON, nullable=False, default=list)
    client_id = Column(String(128))
    reply_to = Column(ForeignKey("messages.id"), index=True)
    at = Column(UtcDateTime, nullable=False)


class HandoffRow(Base):
    """Why and with what a conversation was handed to people."""

    __tablename__ = "handoffs"

    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    reason = Column(String(24), nullable=False)
    rule = Column(String(64), nullable=False)
    sentiment = Column(String(16), nullable=False, default="")
    failures = Column(Integer, nullable=False, default=0)
    slots = Column(JSON, nullable=False, default=dict)
    orders = Column(JSON, nullable=False, default=list)
    transcript = Column(JSON, nullable=False, default=list)
    at = Column(UtcDateTime, nullable=False)


class UploadRow(Base):
    """A file that a visitor has sent; its bytes lie in the folder of uploads."""

    __tablename__ = "uploads"

    id = Column(String(40), primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    subject = Column(String(64), nullable=False)
    media_type = Column(String(32), nullable=False)
    size = Column(Integer, nullable=False)
    at = Column(UtcDateTime, nullable=False)
