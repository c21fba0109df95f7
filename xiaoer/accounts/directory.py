"""Looking up tenants, customers and agents."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.accounts.errors import (
    AgentExists,
    AgentNotFound,
    CustomerNotFound,
    RoleNotAllowed,
    TenantExists,
    TenantNotFound,
)
from xiaoer.accounts.model import MERCHANT_ROLES, PLATFORM, PLATFORM_ROLES, Agent, Customer, Role, Tenant
from xiaoer.accounts.tables import AgentRow, CustomerIdentityRow, CustomerRow, TenantRow


def _tenant(row: TenantRow) -> Tenant:
    return Tenant(row.id, row.name, row.category, row.level, row.gmv, row.anonymous_allowed)


def _agent(row: AgentRow) -> Agent:
    return Agent(row.id, row.tenant, row.name, Role(row.role))


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


def get_agent(session: Session, agent: str) -> Agent:
    """Return a person who serves customers, of whichever tenant.

    Raises:
        AgentNotFound: If there is none with this id.
    """
    row = session.get(AgentRow, agent)
    if row is None:
        raise AgentNotFound(agent)
    return _agent(row)


def list_agents(session: Session, tenant: str | None = None) -> list[Agent]:
    """Return the people of a tenant, or of all tenants where none is named, by tenant and id."""
    wanted = select(AgentRow).order_by(AgentRow.tenant, AgentRow.id)
    if tenant is not None:
        wanted = wanted.where(AgentRow.tenant == tenant)
    return [_agent(row) for row in session.scalars(wanted)]


def add_agent(session: Session, agent: str, *, tenant: str, name: str, role: Role, now: datetime) -> Agent:
    """Add a person who serves a tenant's customers.

    Args:
        session: A writing session.
        agent: The person's id, unique over all tenants.
        tenant: Merchant id, or ``platform``.
        name: The person's name as customers see it.
        role: One of the roles of the tenant's people.
        now: The present moment.

    Raises:
        TenantNotFound: If there is no such tenant.
        RoleNotAllowed: If people of this tenant can't have the role.
        AgentExists: If the id is taken.
    """
    get_tenant(session, tenant)
    allowed = PLATFORM_ROLES if tenant == PLATFORM else MERCHANT_ROLES
    if role not in allowed:
        names = " or ".join(sorted(each.value for each in allowed))
        raise RoleNotAllowed(f"the people of {tenant} are {names}, not {role.value}")
    if session.get(AgentRow, agent) is not None:
        raise AgentExists(agent)
    row = AgentRow(id=agent, tenant=tenant, name=name, role=role.value, created_at=now)
    session.add(row)
    session.flush()
    return _agent(row)


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

    Raises:
        TenantExists: If there is one with this id.
    """
    if session.get(TenantRow, tenant) is not None:
        raise TenantExists(tenant)
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
