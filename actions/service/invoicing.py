"""The invoice of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.order_task import order_button
from actions.service.plan import ANY, UNDER_WAY, Context, Done, Plan, Refusal
from actions.service.reading_invoices import names_company
from actions.service.words import says
from actions.speech import button, text_of
from actions.wording import goods, order_state, yuan
from xiaoer.commerce.changes import InvoiceRequest
from xiaoer.commerce.model import Invoice, OrderState

PAID = frozenset({OrderState.PAID, OrderState.COMPLETED}) | UNDER_WAY
KINDS = {"personal": "个人", "company": "公司"}
ISSUED = "issued"


class RequestInvoice(Plan):
    """Asks for an invoice, or changes what was asked for as long as it is not issued."""

    task = "request_invoice"
    topic = "other"
    tiers = (PAID, ANY)
    reads = ("invoice_kind", "invoice_title", "tax_number", "email")

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Take over what was asked for before, where only a part is to be changed."""
        before = self._invoice(context)
        known = any(context.get(name) for name in self.reads)
        if before is None or not known or context.get("invoice_kind") not in (None, before.kind):
            return {}
        if (
            before.kind == "company"
            and context.get("invoice_title")
            and not names_company(context.get("invoice_title"))
        ):
            return {}
        old = {
            "invoice_kind": before.kind,
            "invoice_title": before.title,
            "tax_number": before.tax_number,
            "email": before.email,
        }
        return {name: value for name, value in old.items() if value and not context.get(name)}

    def adjust(self, context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Forget title and tax number where the invoice is to be made out to somebody of the other kind."""
        kind = context.get("invoice_kind")
        if kind is None or values.get("invoice_kind") in (None, kind):
            return values
        return {"invoice_title": None, "tax_number": None, **values}

    def _invoice(self, context: Context) -> Invoice | None:
        return context.services.commerce.get_invoice(context.turn.tenant, context.turn.subject, context.draft.order_no)

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse unpaid and cancelled orders, and show an invoice that is issued."""
        order = context.order
        if order.state not in PAID:
            return Refusal(
                text_of(
                    "service.invoice_unpaid",
                    order_no=order.order_no,
                    goods=goods(order.lines),
                    state=order_state(order.state),
                    order=order,
                ),
                [order_button("查订单", "query_order", order)],
            )
        before = self._invoice(context)
        if before is None:
            return None
        if before.state != ISSUED:
            return self._refuse_waiting(context, before)
        return Refusal(
            text_of("service.invoice_issued", invoice=before, kind=KINDS.get(before.kind, before.kind)),
            [button("转人工", "request_human")],
            offer="handoff",
        )

    def _refuse_waiting(self, context: Context, before: Invoice) -> Refusal | None:
        """Answer who only asks when the invoice comes."""
        known = any(context.get(name) for name in self.reads)
        if known or not says("invoice_progress", context.turn.text):
            return None
        return Refusal(
            text_of("service.invoice_waiting", invoice=before, kind=KINDS.get(before.kind, before.kind)),
            [
                order_button("修改发票信息", "request_invoice", context.order),
                button("转人工", "request_human"),
            ],
        )

    def notice(self, context: Context) -> str:
        """Return what was asked for before."""
        before = self._invoice(context)
        if before is None:
            asks = says("invoice_progress", context.turn.text)
            return text_of("service.invoice_none", order_no=context.draft.order_no) if asks else ""
        return text_of("service.invoice_before", invoice=before, kind=KINDS.get(before.kind, before.kind))

    def needed(self, context: Context) -> Sequence[str]:
        """Return kind, title, a company's tax number, and the address."""
        company = context.get("invoice_kind") == "company"
        return ("invoice_kind", "invoice_title", *(("tax_number",) if company else ()), "email")

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return what the invoice will say."""
        shown = [
            ("发票类型", f"{KINDS[context.get('invoice_kind')]}（电子普通发票）"),
            ("抬头", str(context.get("invoice_title"))),
        ]
        if context.get("invoice_kind") == "company":
            shown.append(("税号", str(context.get("tax_number"))))
        return [*shown, ("金额", f"{yuan(context.order.amount)}元"), ("邮箱", str(context.get("email")))]

    def submit(self, context: Context) -> Done:
        """Ask for it."""
        kind = str(context.get("invoice_kind"))
        request = InvoiceRequest(
            kind=kind,
            title=str(context.get("invoice_title")),
            tax_number=str(context.get("tax_number") or "") if kind == "company" else "",
            email=str(context.get("email")),
        )
        invoice = context.services.commerce.request_invoice(
            context.turn.tenant,
            context.turn.subject,
            context.draft.order_no,
            request,
            key=context.draft.key,
            now=context.turn.now,
        )
        return Done(
            text_of("service.invoice_requested", invoice=invoice, kind=KINDS[invoice.kind]),
            {
                "type": "invoice_card",
                "order_no": invoice.order_no,
                "kind": invoice.kind,
                "title": invoice.title,
                "state": invoice.state,
                "state_text": text_of(f"states.invoice_{invoice.state}"),
            },
            [order_button("查订单", "query_order", context.order)],
        )
