"""Who is calling: visitors and agents by their tokens, anonymous visitors where the tenant allows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from desk.errors import DeskError
from xiaoer.accounts.directory import get_agent, get_customer, get_tenant
from xiaoer.accounts.errors import AgentNotFound, CustomerNotFound, ExpiredToken, InvalidToken, TenantNotFound
from xiaoer.accounts.model import PLATFORM, PLATFORM_ROLES, VISITOR_ROLES, Agent, Identity, Role, Tenant
from xiaoer.accounts.tokens import verify_token

ANONYMOUS = "anonymous"
SCHEME = "bearer "
LONGEST_ID = 64


@dataclass(frozen=True)
class Caller:
    """A verified person at the desk.

    Attributes:
        agent: The person.
        everywhere: Whether the person serves every tenant.
    """

    agent: Agent
    everywhere: bool

    def may_see(self, tenant: str) -> bool:
        """Whether conversations of the tenant are the person's business."""
        return self.everywhere or tenant == self.agent.tenant


def bearer(header: str | None) -> str | None:
    """Return the token of an ``Authorization`` header, or ``None`` where there is no header.

    Raises:
        DeskError: If the header holds something else.
    """
    if not header:
        return None
    if not header.lower().startswith(SCHEME) or not header[len(SCHEME) :].strip():
        raise DeskError("token_invalid")
    return header[len(SCHEME) :].strip()


def verified(session: Session, token: str, *, now: datetime) -> Identity:
    """Return whom a token stands for.

    Raises:
        DeskError: If the token is expired or not good.
    """
    try:
        return verify_token(session, token, now=now)
    except ExpiredToken as error:
        raise DeskError("token_expired") from error
    except InvalidToken as error:
        raise DeskError("token_invalid") from error


def visitor(session: Session, token: str | None, merchant: object, *, now: datetime) -> Identity:
    """Return the visitor, with the higher of the VIP levels that the shop and the customer's account name.

    Args:
        session: A session to read with.
        token: The visitor token, if one was sent.
        merchant: Tenant that a visitor without a token names, of whatever type the client sent.
        now: The present moment.

    Raises:
        DeskError: If the token is not good or not a visitor's, or if there must be one.
    """
    if token is None:
        if isinstance(merchant, str) and allows_anonymous(session, merchant):
            return Identity(subject=ANONYMOUS, tenant=merchant, role=Role.ANONYMOUS)
        raise DeskError("token_required")
    identity = verified(session, token, now=now)
    if identity.role not in VISITOR_ROLES:
        raise DeskError("not_a_visitor")
    if identity.role is Role.ANONYMOUS and not allows_anonymous(session, identity.tenant):
        raise DeskError("token_required")
    if identity.role is Role.CONSUMER:
        try:
            customer = get_customer(session, identity.subject)
        except CustomerNotFound as error:
            raise DeskError("customer_unknown") from error
        return replace(identity, vip_level=max(identity.vip_level, customer.vip_level))
    return identity


def shopper(session: Session, token: str | None, *, now: datetime) -> Identity:
    """Return who asks for orders and goods: a customer, or a system of the tenant's.

    Raises:
        DeskError: If there is no good token, or it is of somebody who has no orders.
    """
    if token is None:
        raise DeskError("token_required")
    identity = verified(session, token, now=now)
    if identity.role not in (Role.SYSTEM, Role.CONSUMER):
        raise DeskError("not_a_shopper")
    return identity if identity.role is Role.SYSTEM else visitor(session, token, None, now=now)


def known_tenant(session: Session, tenant: str) -> Tenant:
    """Return the tenant that a client names.

    Raises:
        TenantNotFound: If there is none with this id, or it can be no id at all.
    """
    # PostgreSQL refuses NUL and lone surrogates with an error of its own.
    if not 0 < len(tenant) <= LONGEST_ID or not tenant.isprintable():
        raise TenantNotFound("unprintable")
    return get_tenant(session, tenant)


def allows_anonymous(session: Session, tenant: str) -> bool:
    """Return whether a tenant exists and talks to visitors without an account."""
    try:
        return known_tenant(session, tenant).anonymous_allowed
    except TenantNotFound:
        return False


def caller(session: Session, token: str | None, *, now: datetime) -> Caller:
    """Return the agent; the role is the one on record, whatever the token says.

    Raises:
        DeskError: If the token is missing, not good, a visitor's, or of nobody on record.
    """
    if token is None:
        raise DeskError("token_required")
    identity = verified(session, token, now=now)
    if not identity.role.serves:
        raise DeskError("not_an_agent")
    try:
        agent = get_agent(session, identity.subject)
    except AgentNotFound as error:
        raise DeskError("agent_unknown") from error
    if agent.tenant != identity.tenant:
        raise DeskError("agent_unknown")
    return Caller(agent, everywhere=agent.tenant == PLATFORM and agent.role in PLATFORM_ROLES)
