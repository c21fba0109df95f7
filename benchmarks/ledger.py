"""What many conversations have left in the database, held against what each of them was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from benchmarks.contested import PIECES, Contested
from benchmarks.writers import Answer
from xiaoer.commerce import rows
from xiaoer.commerce.claims import ORDER_CANCELLED
from xiaoer.commerce.model import OrderState
from xiaoer.commerce.states import LIVE
from xiaoer.commerce.tables import AfterSaleRow, AuditEntryRow, InvoiceRow, OrderRow, ReminderRow, StockRow
from xiaoer.commerce.wire.values import encoded
from xiaoer.database import reading
from xiaoer.service.model import Author, Status
from xiaoer.service.tables import ConversationRow, HandoffRow, MessageRow

INVOICE, CASE_FILED, CASE_WITHDRAWN = "request_invoice", "apply_after_sale", "withdraw_after_sale"
CANCEL, URGE = "cancel_order", "urge_shipment"
OF_CASES = frozenset({CASE_FILED, CASE_WITHDRAWN})


class Ledger:
    """The orders before the conversations, and what is wrong with them afterwards.

    Args:
        engine: The database.
        orders: The orders, before anybody has written about them.
    """

    def __init__(self, engine: Engine, orders: Sequence[Contested]) -> None:
        self._engine = engine
        self._orders = orders
        with reading(engine) as session:
            self._stock = _stock(session)
            self._before = {each.order_no: encoded(rows.order(_order(session, each))) for each in orders}

    def writes(self) -> int:
        """Return how many changes of the orders are on record, reminders included."""
        with reading(self._engine) as session:
            return sum(len(_entries(session, each)) + len(_reminders(session, each)) for each in self._orders)

    def violations(self, answers: Sequence[Answer]) -> list[str]:
        """Return what must not be, in words; empty where every write is there once and every answer is true.

        Args:
            answers: What the conversations were told.
        """
        told: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            told[answer.order.order_no].append(answer)
        found: list[str] = []
        with reading(self._engine) as session:
            for order in self._orders:
                wrong = _Order(session, order, self._before[order.order_no], told[order.order_no]).wrong()
                found += [f"order {order.order_no}: {each}" for each in wrong]
            found += self._stock_moved(session)
            found += _conversations(session, self._orders)
        return found

    def _stock_moved(self, session: Session) -> Iterator[str]:
        """Say where pieces were lost or made: only those of cancelled orders have come back."""
        wanted = Counter(self._stock)
        for order in self._orders:
            row = _order(session, order)
            if OrderState(row.state) is OrderState.CANCELLED:
                wanted.update({line.sku_id: line.quantity for line in row.lines})
        for sku_id, count in _stock(session).items():
            if count != wanted[sku_id]:
                yield f"stock of {sku_id}: {count} pieces instead of {wanted[sku_id]}"


class _Order:
    """One order afterwards."""

    def __init__(
        self, session: Session, order: Contested, before: Mapping[str, Any], answers: Sequence[Answer]
    ) -> None:
        self._session = session
        self._before = before
        self._answers = answers
        self._row = _order(session, order)
        self._entries = _entries(session, order)
        self._reminders = _reminders(session, order)
        self._invoice = session.get(InvoiceRow, order.order_no)
        self._cases = {
            row.after_sale_no: row
            for row in session.scalars(select(AfterSaleRow).where(AfterSaleRow.order_no == order.order_no))
        }

    def wrong(self) -> Iterator[str]:
        """Say what is wrong with it."""
        yield from self._answers_untrue()
        yield from self._writes_untold()
        yield from self._chain_broken()
        yield from self._twice()

    def _answers_untrue(self) -> Iterator[str]:
        facts = {
            "cancelled": OrderState(self._row.state) is OrderState.CANCELLED,
            "urged": bool(self._reminders),
            "case_filed": any(entry.operation == CASE_FILED for entry in self._entries),
            "case_withdrawn": any(entry.operation == CASE_WITHDRAWN for entry in self._entries),
        }
        for answer in self._answers:
            if answer.done:
                written = [entry for entry in self._entries if _is_of(entry, answer)]
                count = len(self._reminders) if answer.wish.operation == URGE else len(written)
                if count != 1:
                    yield f"{answer.sender} was told that {answer.wish.name} is done; it is on record {count} times"
            elif not answer.why_not:
                yield f"{answer.sender} wanted {answer.wish.name} and was told neither that nor why not: {answer.text}"
            elif not facts[answer.why_not]:
                yield f"{answer.sender} was told “{answer.why_not}”, which is not so"

    def _writes_untold(self) -> Iterator[str]:
        done = [answer for answer in self._answers if answer.done]
        for entry in self._entries:
            count = sum(_is_of(entry, answer) for answer in done)
            if count != 1:
                yield f"{entry.operation} (entry {entry.id}) was told to {count} conversations"
        urged = sum(answer.wish.operation == URGE for answer in done)
        if urged != len(self._reminders):
            yield f"{urged} conversations were told of {len(self._reminders)} reminders"

    def _chain_broken(self) -> Iterator[str]:
        """Say where a change did not begin with what the one before had left: that one was lost."""
        last: dict[str, Any] = {self._row.order_no: dict(self._before)}
        for entry in self._entries:
            name = INVOICE if entry.operation == INVOICE else entry.subject
            if entry.before != last.get(name):
                yield f"{entry.operation} (entry {entry.id}) has overwritten what it did not know of"
            last[name] = entry.after
        now: dict[str, Any] = {self._row.order_no: encoded(rows.order(self._row))}
        now.update({number: encoded(rows.after_sale(row)) for number, row in self._cases.items() if number in last})
        if self._invoice is not None:
            now[INVOICE] = encoded(rows.invoice(self._invoice))
        for name, value in last.items():
            if now.get(name) != value:
                yield f"{name} is not as its last audit entry says"

    def _twice(self) -> Iterator[str]:
        refunds = [case for case in self._cases.values() if ORDER_CANCELLED in case.rules]
        cancelled = OrderState(self._row.state) is OrderState.CANCELLED
        if len(refunds) != cancelled or sum(case.amount for case in refunds) != (self._row.amount if cancelled else 0):
            yield f"it is {self._row.state} and has {len(refunds)} refunds"
        live = [case for case in self._cases.values() if case not in refunds and case.state in LIVE]
        pieces = sum(line.quantity for case in live for line in case.lines)
        if pieces > PIECES:
            yield f"its live cases are about {pieces} pieces; {PIECES} were bought"
        filed = {entry.subject for entry in self._entries if entry.operation == CASE_FILED}
        if {case.after_sale_no for case in self._cases.values() if case not in refunds} != filed:
            yield "it has cases that nobody is on record for"
        days = Counter(row.day for row in self._reminders)
        yield from (f"{count} reminders on {day}" for day, count in days.items() if count > 1)
        if (self._invoice is not None) != any(entry.operation == INVOICE for entry in self._entries):
            yield "its invoice and the record of it do not agree"


def _is_of(entry: AuditEntryRow, answer: Answer) -> bool:
    """Return whether an audit entry is what a conversation was told of."""
    if entry.operation != answer.wish.operation:
        return False
    before, after = entry.before or {}, entry.after
    changed = entry.operation in OF_CASES
    return all(
        after.get(field) == answer.values[value] and (changed or before.get(field) != after.get(field))
        for field, value in answer.wish.by.items()
    )


def _order(session: Session, order: Contested) -> OrderRow:
    return session.get(OrderRow, order.order_no)


def _entries(session: Session, order: Contested) -> list[AuditEntryRow]:
    wanted = select(AuditEntryRow).where(AuditEntryRow.customer_id == order.customer).order_by(AuditEntryRow.id)
    return list(session.scalars(wanted))


def _reminders(session: Session, order: Contested) -> list[ReminderRow]:
    return list(session.scalars(select(ReminderRow).where(ReminderRow.order_no == order.order_no)))


def _stock(session: Session) -> dict[str, int]:
    pieces = select(StockRow.sku_id, func.sum(StockRow.quantity)).group_by(StockRow.sku_id)
    return {sku_id: int(count) for sku_id, count in session.execute(pieces)}


def _conversations(session: Session, orders: Sequence[Contested]) -> Iterator[str]:
    """Say which conversations went to people, and which messages without an answer are in them."""
    customers = [order.customer for order in orders]
    mine = select(ConversationRow.id).where(ConversationRow.subject.in_(customers))
    handed = select(HandoffRow.reason, func.count()).where(HandoffRow.conversation_id.in_(mine))
    for reason, count in session.execute(handed.group_by(HandoffRow.reason)):
        yield f"{count} conversations were handed to people: {reason}"
    away = select(func.count()).where(ConversationRow.id.in_(mine), ConversationRow.status != Status.BOT.value)
    if count := session.scalar(away):
        yield f"{count} conversations are not with the assistant any more"
    answered = select(MessageRow.reply_to).where(MessageRow.reply_to.is_not(None))
    silent = select(func.count()).where(
        MessageRow.conversation_id.in_(mine),
        MessageRow.author == Author.CUSTOMER.value,
        MessageRow.id.not_in(answered),
    )
    if count := session.scalar(silent):
        yield f"{count} messages have no answer"
