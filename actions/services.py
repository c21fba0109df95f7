"""What the actions work with: the shop system, the knowledge, the database and the clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Engine

from xiaoer.clock import Clock, clock_from
from xiaoer.commerce.carriers.tracking import tracked
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.routing import RoutedCommerce
from xiaoer.database import open_engine
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.settings import Settings


@dataclass(frozen=True)
class Services:
    """The outside world of an action.

    Attributes:
        engine: The database, for conversations and accounts.
        commerce: The shop system.
        knowledge: What the tenants know.
        clock: The present moment.
        policies: The decision tables for after-sales, by merchant.
        shell_identity: Trusted metadata assumed for messages that carry none, as ``rasa shell`` sends them.
    """

    engine: Engine
    commerce: Commerce
    knowledge: KnowledgeBase
    clock: Clock
    policies: Policies = field(default_factory=Policies)
    shell_identity: dict[str, Any] = field(default_factory=dict)


def connect(settings: Settings) -> Services:
    """Return the services that the settings name.

    Args:
        settings: The settings of this process.

    Raises:
        ValueError: If the identity for the shell is no JSON object.
        PolicyError: If a merchant's rules say something that can't be.
    """
    engine = open_engine(settings.database)
    clock = clock_from(settings.now)
    shell_identity = json.loads(settings.shell_identity) if settings.shell_identity else {}
    if not isinstance(shell_identity, dict):
        raise ValueError("XIAOER_SHELL_IDENTITY must be a JSON object")
    policies = Policies(settings.policies)
    policies.check()
    return Services(
        engine=engine,
        commerce=tracked(RoutedCommerce(engine, policies), settings, engine, clock),
        knowledge=KnowledgeBase(engine, folder=settings.indexes),
        clock=clock,
        shell_identity=shell_identity,
        policies=policies,
    )


@lru_cache(maxsize=1)
def process_services() -> Services:
    """Return the services of this process, connected at the first call."""
    return connect(Settings())
