"""Doing a change once: in one transaction with its audit entry, which also answers a repeated call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from xiaoer.commerce.errors import InvalidRequest, KeyReused
from xiaoer.commerce.tables import AuditEntryRow, OrderRow
from xiaoer.commerce.wire.values import Shape, encoded
from xiaoer.database import storable, writing

T = TypeVar("T")

CUSTOMER = "customer"
"""The actor of what a customer does."""

KEY_LENGTH = 128

ATTEMPTS = 3
"""How often a change is tried where another process takes the same key or number at the same moment."""


@dataclass(frozen=True)
class Call:
    """A call that changes something.

    Attributes:
        tenant: Tenant that it names.
        operation: Name of the call.
        subject: Number of the order or after-sale case that it is about.
        key: Its idempotency key.
        request: Everything else that it asks for, as JSON; the same yuan are the same text.
        now: The present moment.
        actor: ``customer``, or the id of an agent behind ``agent:``.
    """

    tenant: str
    operation: str
    subject: str
    key: str
    request: Any
    now: datetime
    actor: str = CUSTOMER

    @property
    def fingerprint(self) -> str:
        """What tells this request from another one, in 64 hexadecimal digits."""
        whole = [self.tenant, self.operation, self.subject, self.request]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a change has come to.

    Attributes:
        result: What the caller gets, now and at every repetition.
        before: What was changed, as it was; ``None`` where it is new.
        after: What was changed, as it is.
        subject: Number of the case that is new; empty where the call's subject was changed.
        rules: Ids of the rules that decided.
    """

    result: T
    before: Any
    after: Any
    subject: str = ""
    rules: tuple[str, ...] = field(default=())


def perform(
    engine: Engine,
    call: Call,
    shape: type[Shape],
    lock: Callable[[Session], OrderRow],
    work: Callable[[Session, OrderRow], Done[T]],
) -> T:
    """Do a change once, whoever else does the same or something else at this moment.

    Args:
        engine: The database.
        call: The call.
        shape: What it returns, as JSON keeps it.
        lock: Finds the order that it is about, and locks it.
        work: Makes the change.

    Returns:
        What ``work`` returned, now or when the key was used first.

    Raises:
        InvalidRequest: If the key is empty, too long or no text that can be kept.
        KeyReused: If the key belongs to another request.
    """
    if not 0 < len(call.key) <= KEY_LENGTH or not storable(call.key):
        raise InvalidRequest("key")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with writing(engine) as session:
                order = lock(session)
                known = _known(session, call, order.customer_id)
                if known is not None:
                    return cast(T, shape.parse_obj(known).domain())
                done = work(session, order)
                session.add(_entry(call, order, done))
                session.flush()
                return done.result
        except IntegrityError:  # another process took the key, on another order, or the number of the new case
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _known(session: Session, call: Call, customer: str) -> Any:
    entry = session.scalars(
        select(AuditEntryRow).where(
            AuditEntryRow.customer_id == customer, AuditEntryRow.actor == call.actor, AuditEntryRow.key == call.key
        )
    ).first()
    if entry is None:
        return None
    if entry.fingerprint != call.fingerprint:
        raise KeyReused(call.key)
    return entry.result


def _entry(call: Call, order: OrderRow, done: Done[Any]) -> AuditEntryRow:
    return AuditEntryRow(
        at=call.now,
        tenant=call.tenant,
        merchant_id=order.merchant_id,
        customer_id=order.customer_id,
        actor=call.actor,
        operation=call.operation,
        subject=done.subject or call.subject,
        key=call.key,
        fingerprint=call.fingerprint,
        before=encoded(done.before),
        after=encoded(done.after),
        rules=list(done.rules),
        result=encoded(done.result),
    )
