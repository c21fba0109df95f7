"""Tables of the service desk."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text

from xiaoer.database import Base, UtcDateTime

OPEN = text("status <> 'closed'")
UNDONE = text("state = 'open'")
UNDONE_WITHOUT_ORDER = text("state = 'open' AND order_no IS NULL")


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


class FollowUpRow(Base):
    """Something that was promised to a customer: somebody looks into it and answers.

    Neither customer nor order refers to a row: the shop system may be another than this database.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        # One open a day (Shanghai), topic and order, also when two processes take the wish at once.
        Index(
            "uq_follow_ups_open",
            "tenant",
            "customer_id",
            "order_no",
            "topic",
            "day",
            unique=True,
            sqlite_where=UNDONE,
            postgresql_where=UNDONE,
        ),
        # The same where no order is known: databases take empty values for different ones.
        Index(
            "uq_follow_ups_open_without_order",
            "tenant",
            "customer_id",
            "topic",
            "day",
            unique=True,
            sqlite_where=UNDONE_WITHOUT_ORDER,
            postgresql_where=UNDONE_WITHOUT_ORDER,
        ),
        Index("ix_follow_ups_due", "tenant", "state", "due_at"),
    )

    id = Column(Integer, primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False)
    customer_id = Column(String(64), nullable=False)
    conversation_id = Column(ForeignKey("conversations.id"), index=True)
    order_no = Column(String(32))
    topic = Column(String(32), nullable=False)
    detail = Column(Text, nullable=False, default="")
    state = Column(String(16), nullable=False)
    day = Column(Date, nullable=False)
    due_at = Column(UtcDateTime)
    created_at = Column(UtcDateTime, nullable=False)
    updated_at = Column(UtcDateTime, nullable=False)


class TicketRow(Base):
    """A matter that people work on beyond the conversation; customer and order are as in ``FollowUpRow``."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_owner", "tenant", "customer_id", "created_at"),
        Index("ix_tickets_state", "tenant", "state"),
    )

    ticket_no = Column(String(32), primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False)
    customer_id = Column(String(64), nullable=False)
    conversation_id = Column(ForeignKey("conversations.id"), index=True)
    order_no = Column(String(32), index=True)
    topic = Column(String(32), nullable=False)
    subject = Column(String(200), nullable=False)
    detail = Column(Text, nullable=False, default="")
    state = Column(String(16), nullable=False)
    priority = Column(String(16), nullable=False)
    liable = Column(String(16), nullable=False)
    rules = Column(JSON, nullable=False, default=list)
    created_at = Column(UtcDateTime, nullable=False)
    updated_at = Column(UtcDateTime, nullable=False)
