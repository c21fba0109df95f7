"""Filing and withdrawing after-sale cases, on the tables of the embedded mall."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.commerce import claims, rows
from xiaoer.commerce.applications import check_exchange, checked_application, wanted_lines
from xiaoer.commerce.audit import Call, Done, perform
from xiaoer.commerce.cases import add_case, cases_of, step_case
from xiaoer.commerce.changes import Application
from xiaoer.commerce.eligibility import judge, worth
from xiaoer.commerce.errors import InvalidRequest, NotEligible, StateForbids
from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleState
from xiaoer.commerce.ownership import lock_case, lock_order
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.refundable import shares
from xiaoer.commerce.states import GOODS_COME_BACK, MONEY_GOES_BACK, CaseEvent
from xiaoer.commerce.tables import AfterSaleRow, OrderRow
from xiaoer.commerce.wire import orders as wire
from xiaoer.commerce.wire.values import encoded


class SqlAfterSales:
    """The part of the embedded mall that files after-sale cases (see ``xiaoer.commerce.port.Commerce``)."""

    _engine: Engine
    _policies: Policies

    def apply_after_sale(
        self, tenant: str, customer: str, application: Application, *, key: str, now: datetime
    ) -> AfterSale:
        """File an after-sale case, decided by the rules at that moment."""

        def work(session: Session, order: OrderRow) -> Done[AfterSale]:
            case = rows.after_sale(_file(session, order, application, self._policies, now))
            return Done(case, None, case, subject=case.after_sale_no, rules=case.rules)

        checked_application(application)
        order_no = application.order_no
        call = Call(tenant, "apply_after_sale", order_no, key, encoded(application), now)
        lock = partial(lock_order, tenant=tenant, order_no=order_no, customer=customer)
        return perform(self._engine, call, wire.AfterSale, lock, work)

    def withdraw_after_sale(
        self, tenant: str, customer: str, after_sale_no: str, *, key: str, now: datetime
    ) -> AfterSale:
        """Take back an after-sale case before goods or money are on their way."""

        def work(session: Session, _order: OrderRow) -> Done[AfterSale]:
            row = session.get(AfterSaleRow, after_sale_no)
            before = rows.after_sale(row)
            step_case(row, CaseEvent.WITHDRAW, now)
            after = rows.after_sale(row)
            return Done(after, before, after)

        call = Call(tenant, "withdraw_after_sale", after_sale_no, key, {}, now)
        return perform(
            self._engine,
            call,
            wire.AfterSale,
            lambda session: lock_case(session, tenant, after_sale_no, customer)[0],
            work,
        )


def _file(
    session: Session, order: OrderRow, application: Application, policies: Policies, now: datetime
) -> AfterSaleRow:
    cases = cases_of(session, order)
    wanted = wanted_lines(order, cases, application)
    application = replace(application, lines=tuple(wanted.values()))
    decision = judge(session, order, application, cases, policies=policies, now=now)
    if not decision.allowed or (decision.evidence_needed and not application.evidence):
        raise NotEligible(decision)
    if application.kind is AfterSaleKind.EXCHANGE:
        check_exchange(session, order, wanted)
    most = worth(session, order, cases, application, wanted)
    unshipped = any(not claims.is_shipped(order, line) for line in order.lines if line.line_id in wanted)
    if unshipped and application.kind in GOODS_COME_BACK:
        raise StateForbids(order.state)
    # A piece that is refunded before it has left is not sent any more, so it is refunded whole.
    partly = not (unshipped and application.kind is AfterSaleKind.REFUND)
    amount = _amount(application, decision, partly=partly)
    parts = shares(min(amount, sum(most.lines.values(), Decimal(0))), most.lines)
    return add_case(
        session,
        order,
        application.kind,
        {each.line_id: (each.quantity, parts[each.line_id], each.sku_id) for each in wanted.values()},
        now=now,
        state=AfterSaleState.PENDING_REVIEW.value,
        amount=amount,
        reason=application.reason.strip(),
        remark=application.note.strip(),
        reason_code=application.reason_code,
        evidence=list(application.evidence),
        pickup=application.pickup,
        liable=decision.liable.value,
        freight_payer=decision.freight_payer.value,
        rules=list(decision.rules),
        explanation=decision.sentence,
    )


def _amount(application: Application, decision: Decision, *, partly: bool) -> Decimal:
    if application.kind not in MONEY_GOES_BACK:
        if application.amount is not None:
            raise InvalidRequest("amount")
        return Decimal(0)
    limit = decision.amount
    wanted = limit if application.amount is None else application.amount
    # A gift was not paid for and can be given back all the same; but nobody asks for money where none is left.
    if (
        wanted > limit
        or (wanted < limit and not partly)
        or (limit <= 0 and application.kind is not AfterSaleKind.RETURN)
    ):
        raise InvalidRequest("amount")
    return wanted
