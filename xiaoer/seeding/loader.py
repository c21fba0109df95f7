"""Writing the demo mall into an empty database, all of it or nothing."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.accounts.tables import AgentRow, CustomerIdentityRow, CustomerRow, TenantRow
from xiaoer.database import reading, writing
from xiaoer.knowledge.model import Action, Change, EntryStatus, Layer
from xiaoer.knowledge.rows import entry_of, version_row
from xiaoer.knowledge.tables import EntryRow, RevisionRow, VersionRow
from xiaoer.seeding import benefits
from xiaoer.seeding.catalogue import build_catalogue
from xiaoer.seeding.chance import Chance
from xiaoer.seeding.files import AgentEntry, CustomerEntry, KnowledgeEntry, TenantEntry
from xiaoer.seeding.orders import OrderMaker
from xiaoer.seeding.reading import Mall, read_mall
from xiaoer.seeding.spans import with_days
from xiaoer.seeding.tables import InstallationRow

MARKER = "demo_loaded_for"
OPENED = timedelta(days=400)
"""How long ago the shops opened and the customers registered, at least."""


@dataclass(frozen=True)
class SeedReport:
    """What a call of ``seed`` did.

    Attributes:
        loaded: Whether the mall was written; false where the database held tenants already.
        rows: Rows written per table.
    """

    loaded: bool
    rows: dict[str, int] = field(default_factory=dict)


def demo_loaded(session: Session) -> bool:
    """Return whether this database was filled with a demo mall."""
    return session.get(InstallationRow, MARKER) is not None


def seed(engine: Engine, folder: Path, *, now: datetime) -> SeedReport:
    """Write the mall that a folder describes into a database without tenants; any other is left as it is.

    Two databases filled for the same moment hold the same rows, except for the keys that sign visitor tokens.

    Args:
        engine: A database with all tables.
        folder: Folder of the data files, see ``xiaoer.seeding.reading.read_mall``.
        now: The moment that all dates in the files are counted from.

    Raises:
        SeedError: If a file is missing or wrong; nothing was written.
    """
    with reading(engine) as session:
        if _has_tenants(session):
            return SeedReport(loaded=False)
    stages = list(_stages(read_mall(folder), now.replace(microsecond=0)))
    rows: Counter[str] = Counter()
    with writing(engine) as session:
        if _has_tenants(session):  # somebody else was faster
            return SeedReport(loaded=False)
        for stage in stages:
            rows.update(_write(session, stage))
        # What entries say is kept by their ids, which the database has given just now.
        rows.update(
            _write(session, [_version(row, now) for stage in stages for row in stage if isinstance(row, EntryRow)])
        )
    return SeedReport(loaded=True, rows=dict(rows))


def _write(session: Session, stage: list[Any]) -> Counter[str]:
    session.add_all(stage)
    written = Counter(row.__tablename__ for row in session.new)
    session.flush()
    return written


def _has_tenants(session: Session) -> bool:
    return session.scalars(select(TenantRow.id).limit(1)).first() is not None


def _stages(mall: Mall, now: datetime) -> Iterator[list[Any]]:
    """Yield rows in the order in which they can be written: what others refer to comes first."""
    yield [_tenant(tenant, now) for tenant in mall.tenants.values()]
    yield [_agent(tenant.id, agent, now) for tenant in mall.tenants.values() for agent in tenant.agents]
    yield [_customer(customer, now) for customer in mall.customers.values()]
    yield [row for customer in mall.customers.values() for row in _identities(customer)]
    catalogue = build_catalogue(mall, now)
    yield catalogue.rows
    orders = OrderMaker(mall, catalogue, now).make_all()
    yield [order for order in orders.orders if order.parent_order_no is None]
    yield [order for order in orders.orders if order.parent_order_no is not None]
    yield [*orders.after_sales, *orders.invoices]
    yield [
        *benefits.storefronts(mall.tenants.values()),
        *(benefits.promotion(promotion, now) for promotion in mall.promotions),
        *(benefits.coupon(coupon, now) for coupon in mall.coupons),
        *(benefits.plan(membership) for membership in mall.memberships),
    ]
    yield [*benefits.wallets(mall, now), *benefits.memberships(mall, orders.orders)]
    yield [_entry(scope, entry, now) for scope, entries in mall.knowledge.items() for entry in entries]
    yield [RevisionRow(scope=scope, revision=1) for scope in mall.knowledge]
    yield [InstallationRow(key=MARKER, value=now.isoformat())]


def _tenant(tenant: TenantEntry, now: datetime) -> TenantRow:
    return TenantRow(
        id=tenant.id,
        name=tenant.name,
        category=tenant.category,
        level=tenant.level,
        gmv=tenant.gmv,
        anonymous_allowed=tenant.anonymous_allowed,
        # The only thing left to true chance: whoever knows this key can sign in as any customer.
        signing_key=secrets.token_hex(32),
        created_at=now - OPENED - timedelta(days=365),
    )


def _agent(tenant: str, agent: AgentEntry, now: datetime) -> AgentRow:
    return AgentRow(id=agent.id, tenant=tenant, name=agent.name, role=agent.role.value, created_at=now - OPENED)


def _customer(customer: CustomerEntry, now: datetime) -> CustomerRow:
    since = timedelta(hours=Chance(customer.id).number("registered", 0, 9000))
    return CustomerRow(
        id=customer.id,
        name=customer.name,
        phone=customer.phone,
        vip_level=customer.vip_level,
        created_at=now - OPENED - since,
    )


def _identities(customer: CustomerEntry) -> list[CustomerIdentityRow]:
    chance = Chance(customer.id)
    known = {
        "web": customer.id,
        "app": f"u{chance.number('app', 10**9, 10**10 - 1)}",
        "mini_program": f"oX{chance.number('mini program', 10**19, 10**20 - 1)}",
    }
    return [
        CustomerIdentityRow(customer_id=customer.id, channel=channel, external_id=external)
        for channel, external in known.items()
    ]


def _entry(scope: str, entry: KnowledgeEntry, now: datetime) -> EntryRow:
    return EntryRow(
        scope=scope,
        layer=(entry.layer or (Layer.PRODUCT if entry.product or entry.label else Layer.CAMPAIGN)).value,
        question=entry.question,
        similar_questions=entry.similar,
        answer=with_days(entry.answer, now),
        product_id=entry.product,
        product_label=entry.label,
        valid_from=None if entry.valid is None else now + entry.valid.least,
        valid_to=None if entry.valid is None else now + entry.valid.most,
        version=1,
        status=EntryStatus.PUBLISHED.value,
    )


def _version(row: EntryRow, now: datetime) -> VersionRow:
    return version_row(entry_of(row), Action.CREATED, Change(by="seed", at=now.replace(microsecond=0)))
