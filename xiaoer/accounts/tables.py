"""Tables of accounts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, UniqueConstraint

from xiaoer.database import Base, Money, UtcDateTime


class TenantRow(Base):
    """A merchant, or the platform (id ``platform``), with the key that signs its visitor tokens."""

    __tablename__ = "tenants"

    id = Column(String(64), primary_key=True)
    name = Column(String(100), nullable=False)
    category = Column(String(32), nullable=False, default="")
    level = Column(Integer, nullable=False, default=1)
    gmv = Column(Money, nullable=False, default=0)
    anonymous_allowed = Column(Boolean, nullable=False, default=False)
    signing_key = Column(String(128), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)


class CustomerRow(Base):
    """A buyer with one account on the platform."""

    __tablename__ = "customers"

    id = Column(String(64), primary_key=True)
    name = Column(String(64), nullable=False)
    phone = Column(String(20), nullable=False)
    vip_level = Column(Integer, nullable=False, default=0)
    created_at = Column(UtcDateTime, nullable=False)


class CustomerIdentityRow(Base):
    """The id under which one channel knows a customer."""

    __tablename__ = "customer_identities"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"), nullable=False, index=True)
    channel = Column(String(32), nullable=False)
    external_id = Column(String(128), nullable=False)


class AgentRow(Base):
    """A person who serves customers, of one merchant or of the platform."""

    __tablename__ = "agents"

    id = Column(String(64), primary_key=True)
    tenant = Column(ForeignKey("tenants.id"), nullable=False, index=True)
    name = Column(String(64), nullable=False)
    role = Column(String(32), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
