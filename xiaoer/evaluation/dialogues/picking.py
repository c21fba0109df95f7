"""Picking the rows that a conversation is given, and its speaker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from xiaoer.accounts.model import PLATFORM, Role
from xiaoer.accounts.tables import AgentRow, CustomerRow, TenantRow
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, ProductRow
from xiaoer.database import reading
from xiaoer.evaluation.dialogues.cast import Cast, Settled
from xiaoer.evaluation.dialogues.columns import TABLES, with_columns
from xiaoer.evaluation.dialogues.describing import describe
from xiaoer.evaluation.dialogues.errors import CannotPick
from xiaoer.evaluation.dialogues.script import Conversation, Pick, Selection
from xiaoer.evaluation.dialogues.traits import order_fits, product_fits
from xiaoer.evaluation.dialogues.watching import ANONYMOUS
from xiaoer.service.model import Status
from xiaoer.service.tables import ConversationRow

KEYS = {"order": "order_no", "after_sale": "after_sale_no", "product": "product_id", "customer": "id", "merchant": "id"}
"""Primary key of each kind."""


def pick(engine: Engine, conversation: Conversation, *, now: datetime) -> Cast:
    """Return rows that fit what a conversation is given, and who speaks.

    The choice is the same for the same database. Entries are looked at in order, and a row that leaves a later entry
    without any is given up for the next one.

    Args:
        engine: The running database.
        conversation: What is wanted.
        now: The present moment.

    Raises:
        CannotPick: If no rows fit; the words name the entry that could not be filled.
    """
    with reading(engine) as session:
        return _Search(session, conversation, now).cast()


class _Search:
    """Looks for rows entry by entry, stepping back where an entry can't be filled."""

    def __init__(self, session: Session, conversation: Conversation, now: datetime) -> None:
        self._session = session
        self._given = conversation.given
        self._role = conversation.role
        self._placeholders = sorted(conversation.placeholders)
        self._now = now
        self._farthest = -1

    def cast(self) -> Cast:
        found = next(self._fill(0, Settled()), None)
        if found is not None:
            return found
        if self._farthest == len(self._given):
            raise CannotPick(f"nobody fits as the speaker ({self._role.value})")
        entry = self._given[self._farthest]
        words = f"no {entry.name} fits {shown(entry.selection)}"
        needed = self._needed(entry)
        beside = [each.name for each in self._given[: self._farthest]]
        raise CannotPick(
            words
            + (f" and has {', '.join(needed)}" if needed else "")
            + (f" beside {', '.join(beside)}" if beside else "")
        )

    def _needed(self, entry: Pick) -> list[str]:
        """Return what the conversation's texts say of a row."""
        return [each.partition(".")[2] for each in self._placeholders if each.startswith(f"{entry.name}.")]

    def _fill(self, at: int, settled: Settled) -> Iterator[Cast]:
        self._farthest = max(self._farthest, at)
        if at == len(self._given):
            found = self._finish(settled)
            if found is not None:
                yield found
            return
        entry = self._given[at]
        for after in self._candidates(entry, settled):
            if self._describable(entry, after):
                yield from self._fill(at + 1, after)

    def _candidates(self, entry: Pick, settled: Settled) -> Iterator[Settled]:
        if entry.kind in ("order", "after_sale"):
            return self._owned(entry, settled)
        if entry.kind == "product":
            return self._products(entry, settled)
        return self._customers(entry, settled) if entry.kind == "customer" else self._merchants(entry, settled)

    def _describable(self, entry: Pick, settled: Settled) -> bool:
        """Return whether the row just picked has all that the conversation's texts say of it."""
        row = settled.rows[-1][2]
        return all(describe(self._session, row, attribute, self._now) for attribute in self._needed(entry))

    def _rows(self, kind: str, query: Select) -> Iterator[Any]:
        """Yield rows one after the other: a search seldom needs more than a few of them."""
        table = TABLES[kind]
        for key in self._session.scalars(query.with_only_columns(getattr(table, KEYS[kind]))).all():
            row = self._session.get(table, key)
            if row is not None:
                yield row

    def _owned(self, entry: Pick, settled: Settled) -> Iterator[Settled]:
        table, key, strange = TABLES[entry.kind], KEYS[entry.kind], entry.selection.of_somebody_else
        query = with_columns(select(table), entry.kind, entry.selection.columns)
        query = query.where(getattr(table, key).not_in(settled.keys(entry.kind, key)))
        if settled.tenant is not None:
            query = query.where(table.merchant_id == settled.tenant)
        first = settled.first(entry.kind) if entry.suffixed else None
        if strange:
            query = self._of_strangers(query, table, settled)
        elif first is not None:
            query = query.where(table.customer_id == first.customer_id)
        elif settled.customer is not None:
            query = query.where(table.customer_id == settled.customer)
        else:
            query = query.where(table.customer_id.not_in(sorted(settled.strangers)))
        order: list[Any] = [getattr(table, key)]
        about = settled.first("order")
        if settled.likely_tenant is not None:
            order.insert(0, (table.merchant_id == settled.likely_tenant).desc())
        if about is not None:
            order.insert(0, (table.order_no == about.order_no).desc())
        for row in self._rows(entry.kind, _least_busy(query, table.customer_id).order_by(*order)):
            if not self._fits(entry, row):
                continue
            changes: dict[str, Any] = {"tenant": row.merchant_id}
            if strange:
                changes["strangers"] = settled.strangers | {row.customer_id}
            elif row.customer_id not in settled.strangers:
                changes["customer"] = row.customer_id
            yield settled.with_row(entry.name, entry.kind, row, **changes)

    def _of_strangers(self, query: Select, table: Any, settled: Settled) -> Select:
        if settled.customer is None:
            return query
        known = select(OrderRow.merchant_id).where(OrderRow.customer_id == settled.customer)
        return query.where(table.customer_id != settled.customer, table.merchant_id.in_(known))

    def _fits(self, entry: Pick, row: Any) -> bool:
        if entry.kind == "order":
            return order_fits(self._session, row, entry.selection.traits, self._now)
        nested = entry.selection.order
        return nested is None or next(self._orders(nested, OrderRow.order_no == row.order_no), None) is not None

    def _orders(self, selection: Selection, *conditions: Any) -> Iterator[OrderRow]:
        """Yield the orders that fit, newest first."""
        query = with_columns(select(OrderRow), "order", selection.columns).where(*conditions)
        for row in self._rows("order", query.order_by(OrderRow.created_at.desc(), OrderRow.order_no.desc())):
            if order_fits(self._session, row, selection.traits, self._now):
                yield row

    def _products(self, entry: Pick, settled: Settled) -> Iterator[Settled]:
        query = with_columns(select(ProductRow), "product", entry.selection.columns)
        query = query.where(ProductRow.product_id.not_in(settled.keys("product", "product_id")))
        order: list[Any] = [ProductRow.on_sale.desc(), ProductRow.product_id]
        if settled.tenant is not None:
            query = query.where(ProductRow.merchant_id == settled.tenant)
        elif settled.likely_tenant is not None:
            order.insert(0, (ProductRow.merchant_id == settled.likely_tenant).desc())
        for row in self._rows("product", query.order_by(*order)):
            if product_fits(row, entry.selection.traits):
                yield settled.with_row(entry.name, "product", row, tenant=row.merchant_id)

    def _customers(self, entry: Pick, settled: Settled) -> Iterator[Settled]:
        query = with_columns(select(CustomerRow), "customer", entry.selection.columns)
        query = query.where(CustomerRow.id.not_in(sorted(settled.strangers)))
        if "vip" in entry.selection.traits:
            query = query.where((CustomerRow.vip_level > 0) == entry.selection.traits["vip"])
        another = entry.suffixed and settled.customer is not None
        if another:
            query = query.where(CustomerRow.id != settled.customer)
        elif settled.customer is not None:
            query = query.where(CustomerRow.id == settled.customer)
        query = query.where(CustomerRow.id.not_in(settled.keys("customer", "id")))
        for row in self._rows("customer", self._buyers_first(query, settled)):
            yield from self._with_customer(entry, settled, row, speaks=not another)

    def _with_customer(self, entry: Pick, settled: Settled, row: CustomerRow, *, speaks: bool) -> Iterator[Settled]:
        nested = entry.selection.order
        merchants = self._merchants_of(row.id)
        if settled.strangers and settled.tenant is not None and settled.tenant not in merchants:
            return
        likely = merchants[0] if merchants else None
        if nested is not None:
            conditions = [OrderRow.customer_id == row.id]
            if nested.of_somebody_else:
                conditions = [OrderRow.customer_id != row.id, OrderRow.merchant_id.in_(merchants)]
            if settled.tenant is not None:
                conditions.append(OrderRow.merchant_id == settled.tenant)
            fitting = {order.merchant_id for order in self._orders(nested, *conditions)}
            likely = next((each for each in merchants if each in fitting), None)
            if likely is None:
                return
        changes: dict[str, Any] = {"customer": row.id} if speaks else {}
        yield settled.with_row(entry.name, "customer", row, likely_tenant=likely, **changes)

    def _merchants_of(self, customer: str) -> list[str]:
        """Return where a customer has bought, the latest first."""
        query = select(OrderRow.merchant_id).where(OrderRow.customer_id == customer)
        found = self._session.scalars(query.order_by(OrderRow.created_at.desc(), OrderRow.order_no.desc()))
        return list(dict.fromkeys(found))

    def _merchants(self, entry: Pick, settled: Settled) -> Iterator[Settled]:
        columns = entry.selection.columns
        query = with_columns(select(TenantRow), "merchant", columns)
        if "id" not in columns:
            query = query.where(TenantRow.id != PLATFORM)
        another = entry.suffixed and settled.first("merchant") is not None
        if another:
            query = query.where(TenantRow.id.not_in(settled.keys("merchant", "id")))
        elif settled.tenant is not None:
            query = query.where(TenantRow.id == settled.tenant)
        order: list[Any] = [TenantRow.id]
        if settled.likely_tenant is not None:
            order.insert(0, (TenantRow.id == settled.likely_tenant).desc())
        for row in self._rows("merchant", query.order_by(*order)):
            yield settled.with_row(entry.name, "merchant", row, **({} if another else {"tenant": row.id}))

    def _buyers_first(self, query: Select, settled: Settled) -> Select:
        """Return a query for customers with those first who have bought at the merchant, and among them the idle."""
        buyers = select(OrderRow.customer_id)
        if settled.tenant is not None:
            buyers = buyers.where(OrderRow.merchant_id == settled.tenant)
        query = query.order_by(CustomerRow.id.in_(buyers).desc())
        return _least_busy(query, CustomerRow.id).order_by(CustomerRow.id)

    def _finish(self, settled: Settled) -> Cast | None:
        if not self._given:
            settled = next(self._nothing_given(), settled)
        tenant = settled.tenant or settled.likely_tenant
        merchant = None if tenant is None else self._session.get(TenantRow, tenant)
        if merchant is None:
            return None
        subject, vip_level = self._speaker(settled, merchant)
        if subject is None:
            return None
        rows = {name: (kind, getattr(row, KEYS[kind])) for name, kind, row in settled.rows}
        owned = (row for _, _, row in settled.rows if isinstance(row, (OrderRow, AfterSaleRow)))
        values = self._values(settled, merchant, subject)
        if values is None:
            return None
        return Cast(merchant.id, subject, self._role, vip_level, rows, frozenset(row.order_no for row in owned), values)

    def _nothing_given(self) -> Iterator[Settled]:
        """Yield somebody for a conversation that needs nobody in particular."""
        if self._role is Role.CONSUMER:
            for each in self._customers(Pick("customer", "customer", Selection()), Settled()):
                if each.likely_tenant is not None:
                    yield Settled(customer=each.customer, likely_tenant=each.likely_tenant)
        else:
            allowed = {"anonymous_allowed": (True,)} if self._role is Role.ANONYMOUS else {}
            for each in self._merchants(Pick("merchant", "merchant", Selection(allowed)), Settled()):
                if self._role is Role.ANONYMOUS or self._staff(str(each.tenant)) is not None:
                    yield Settled(tenant=each.tenant)

    def _speaker(self, settled: Settled, merchant: TenantRow) -> tuple[str | None, int]:
        if self._role is Role.ANONYMOUS:
            asked = any(
                entry.kind == "merchant" and "anonymous_allowed" in entry.selection.columns for entry in self._given
            )
            return (ANONYMOUS if merchant.anonymous_allowed or asked else None), 0
        if self._role is Role.MERCHANT:
            return self._staff(merchant.id), 0
        speaker = self._session.get(CustomerRow, settled.customer) if settled.customer else None
        if speaker is None:
            query = select(CustomerRow).where(CustomerRow.id.not_in(sorted(settled.strangers)))
            if settled.strangers:
                buyers = select(OrderRow.customer_id).where(OrderRow.merchant_id == merchant.id)
                query = query.where(CustomerRow.id.in_(buyers))
            asking = Settled(tenant=merchant.id)
            speaker = next(self._rows("customer", self._buyers_first(query, asking)), None)
        return (None, 0) if speaker is None else (speaker.id, speaker.vip_level)

    def _staff(self, tenant: str) -> str | None:
        query = select(AgentRow.id).where(AgentRow.tenant == tenant)
        query = _least_busy(query, AgentRow.id).order_by((AgentRow.role == Role.AGENT.value).desc(), AgentRow.id)
        found = self._session.scalars(query).first()
        return None if found is None else str(found)

    def _values(self, settled: Settled, merchant: TenantRow, subject: str) -> dict[str, str] | None:
        known = {name: row for name, _, row in settled.rows}
        known.setdefault("merchant", merchant)
        if "customer" not in known and self._role is Role.CONSUMER:
            known["customer"] = self._session.get(CustomerRow, subject)
        values = {}
        for key in self._placeholders:
            name, _, attribute = key.partition(".")
            row = known.get(name)
            values[key] = "" if row is None else describe(self._session, row, attribute, self._now)
        return values if all(values.values()) else None


def _least_busy(query: Select, customer: Any) -> Select:
    """Return a query with the rows of those first who hold the fewest open conversations, mostly none."""
    busy = (
        select(ConversationRow.subject, func.count().label("open"))
        .where(ConversationRow.status != Status.CLOSED.value)
        .group_by(ConversationRow.subject)
        .subquery()
    )
    return query.outerjoin(busy, busy.c.subject == customer).order_by(func.coalesce(busy.c.open, 0))


def shown(selection: Selection) -> str:
    """Return selectors as a file would write them, for people."""
    parts = [f"{name}: {_shown(values)}" for name, values in selection.columns.items()]
    parts += [f"{name}: {_shown(value)}" for name, value in selection.traits.items()]
    if selection.order is not None:
        parts.append(f"order: {shown(selection.order)}")
    return "{" + ", ".join(parts) + "}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        texts = [_shown(each) for each in value]
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if hasattr(value, "least"):
        return f"[{value.least:g}, {value.most:g}]"
    return str(value)
