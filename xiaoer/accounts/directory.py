"""Looking up tenants, customers and agents."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.accounts.errors import AgentNotFound, CustomerNotFound, TenantNotFound
from xiaoer.accounts.model import PLATFORM, Customer, Role, Tenant
from xiaoer.accounts.tables import AgentRow, CustomerIdentityRow, CustomerRow, TenantRow


def _tenant(row: TenantRow) -> Tenant:
    return Tenant(row.id, row.name, row.category, row.level, row.gmv, row.anonymous_allowed)


def get_tenant(session: Session, tenant: str) -> Tenant:
    """Return a merchant or the platform.

    Raises:
        TenantNotFound: If there is none with this id.
    """
    row = session.get(TenantRow, tenant)
    if row is None:
        raise TenantNotFound(tenant)
    return _tenant(row)


def signing_key(session: Session, tenant: str) -> str:
    """Return the key that signs the visitor tokens of a tenant.

    Raises:
        TenantNotFound: If there is none with this id.
    """
    row = session.get(TenantRow, tenant)
    if row is None:
        raise TenantNotFound(tenant)
    return str(row.signing_key)


def list_merchants(session: Session) -> list[Tenant]:
    """Return all merchants by id, without the platform."""
    rows = session.scalars(select(TenantRow).where(TenantRow.id != PLATFORM).order_by(TenantRow.id))
    return [_tenant(row) for row in rows]


def get_customer(session: Session, customer: str) -> Customer:
    """Return a customer.

    Raises:
        CustomerNotFound: If there is none with this id.
    """
    row = session.get(CustomerRow, customer)
    if row is None:
        raise CustomerNotFound(customer)
    return Customer(row.id, row.name, row.phone, row.vip_level)


def customer_by_identity(session: Session, channel: str, external_id: str) -> Customer:
    """Return the customer whom a channel knows under an id of its own.

    Raises:
        CustomerNotFound: If no customer is known there under this id.
    """
    found = session.scalars(
        select(CustomerIdentityRow.customer_id).where(
            CustomerIdentityRow.channel == channel, CustomerIdentityRow.external_id == external_id
        )
    ).first()
    if found is None:
        raise CustomerNotFound(f"{channel}:{external_id}")
    return get_customer(session, found)


def agent_role(session: Session, tenant: str, agent: str) -> Role:
    """Return the role of an agent at a tenant.

    Raises:
        AgentNotFound: If the tenant has no such agent.
    """
    row = session.get(AgentRow, agent)
    if row is None or row.tenant != tenant:
        raise AgentNotFound(agent)
    return Role(row.role)


def add_tenant(
    session: Session,
    tenant: str,
    *,
    name: str,
    now: datetime,
    category: str = "",
    level: int = 1,
    gmv: Decimal = Decimal(0),
    anonymous_allowed: bool = False,
) -> Tenant:
    """Add a merchant (or the platform itself) with a fresh signing key.

    Args:
        session: A writing session.
        tenant: Its id.
        name: Its name as customers know it.
        now: The present moment.
        category: Its trade.
        level: Its level, 0 to 5.
        gmv: Gross merchandise value of the last 30 days, in yuan.
        anonymous_allowed: Whether visitors without a token may ask its knowledge.
    """
    row = TenantRow(
        id=tenant,
        name=name,
        category=category,
        level=level,
        gmv=gmv,
        anonymous_allowed=anonymous_allowed,
        signing_key=secrets.token_hex(32),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _tenant(row)
