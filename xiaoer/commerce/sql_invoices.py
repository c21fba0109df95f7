"""Asking for invoices, on the tables of the embedded mall."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce import rows
from xiaoer.commerce.audit import Call, Done, perform
from xiaoer.commerce.changes import InvoiceRequest
from xiaoer.commerce.errors import StateForbids
from xiaoer.commerce.model import Invoice, OrderState
from xiaoer.commerce.ownership import lock_order
from xiaoer.commerce.states import OPEN_TO_INVOICES
from xiaoer.commerce.tables import InvoiceRow, OrderRow
from xiaoer.commerce.wellformed import checked_invoice
from xiaoer.commerce.wire import orders as wire
from xiaoer.commerce.wire.values import encoded

REQUESTED = "requested"


class SqlInvoices:
    """The part of the embedded mall that takes wishes for invoices (see ``xiaoer.commerce.port.Commerce``)."""

    _engine: Engine

    def request_invoice(
        self, tenant: str, customer: str, order_no: str, request: InvoiceRequest, *, key: str, now: datetime
    ) -> Invoice:
        """Ask for the invoice of a paid order, or change what was asked for as long as it is not issued."""

        def work(session: Session, order: OrderRow) -> Done[Invoice]:
            if OrderState(order.state) not in OPEN_TO_INVOICES:
                raise StateForbids(order.state)
            row = session.get(InvoiceRow, order.order_no)
            if row is not None and row.state != REQUESTED:
                raise StateForbids(row.state)
            columns = checked_invoice(request)
            before = None if row is None else rows.invoice(row)
            if row is None:
                row = InvoiceRow(order_no=order.order_no, state=REQUESTED, created_at=now)
                session.add(row)
            for name, value in columns.items():
                setattr(row, name, value)
            after = rows.invoice(row)
            return Done(after, before, after)

        call = Call(tenant, "request_invoice", order_no, key, encoded(request), now)
        lock = partial(lock_order, tenant=tenant, order_no=order_no, customer=customer)
        return perform(self._engine, call, wire.Invoice, lock, work)
