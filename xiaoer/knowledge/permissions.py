"""Whose knowledge the people at the desk may see and change."""

from __future__ import annotations

from xiaoer.accounts.model import MERCHANT_ROLES, PLATFORM, PLATFORM_ROLES, Agent


def may_read(agent: Agent, scope: str) -> bool:
    """Whether somebody may see a scope's knowledge: a merchant's people their own, the platform's everybody's.

    Args:
        agent: Who asks.
        scope: Merchant id, or ``platform``.
    """
    return agent.role in PLATFORM_ROLES or may_write(agent, scope)


def may_write(agent: Agent, scope: str) -> bool:
    """Whether somebody may change a scope's knowledge: everybody their own alone.

    Args:
        agent: Who asks.
        scope: Merchant id, or ``platform``.
    """
    if scope == PLATFORM:
        return agent.role in PLATFORM_ROLES
    return agent.role in MERCHANT_ROLES and agent.tenant == scope
