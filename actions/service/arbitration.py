"""Asking the platform to step in, with what the rules say of who answers and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.order_task import order_button
from actions.service.after_sales import decision_on
from actions.service.plan import ANY, UNDER_WAY, Context, Done, Plan
from actions.service.said import bare
from actions.speech import button, text_of
from actions.wording import after_sale_kind, yuan
from xiaoer.commerce.model import AfterSaleKind, Liable, OrderState
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.reasons import reason_called
from xiaoer.database import writing
from xiaoer.service.tickets import open_ticket

TOPIC = "arbitration"
LEAST_WORDS = 8


class RequestArbitration(Plan):
    """Opens a ticket with the platform, after the decision tables have been read to the customer."""

    task = "request_arbitration"
    topic = "after_sales"
    tiers = (frozenset({OrderState.COMPLETED}) | UNDER_WAY, ANY)
    reads = ("reason", "reason_text")
    evidence = True

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Take the words as the statement, where they say what happened."""
        if context.get("reason"):
            return {"note": bare(words)} if len(words) >= LEAST_WORDS else {}
        case = next(iter(context.cases), None)
        code = None if case is None else case.reason_code or reason_called(case.reason)
        return {"reason": code} if code else {}

    def needed(self, context: Context) -> Sequence[str]:
        """Return the statement."""
        return ("note",)

    def decision(self, context: Context) -> Decision:
        """Return what the tables say of it, as of a refund."""
        return decision_on(context, AfterSaleKind.REFUND)

    def liable(self, context: Context) -> Liable:
        """Return who answers; nobody while it is not known why, which the tables would take for the buyer's choice."""
        return self.decision(context).liable if context.get("reason") not in (None, "other") else Liable.NONE

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return the statement, the cases it is about, and what the rules say."""
        decision = self.decision(context)
        shown = [("申请事项", "平台介入"), ("情况说明", str(context.get("note")))]
        if context.cases:
            case = context.cases[0]
            shown.append(("相关售后", f"{after_sale_kind(case.kind)}（{case.after_sale_no}）"))
        if context.get("photo"):
            shown.append(("凭证", f"{len(context.get('photo'))}份"))
        shown.append(("初步判定责任", text_of(f"service.liable_{self.liable(context).value}")))
        if decision.compensation is not None:
            least, most = decision.compensation
            shown.append(("规则内补偿", f"{yuan(least)}元" if least == most else f"{yuan(least)}–{yuan(most)}元"))
        return shown

    def remark(self, context: Context) -> str:
        """Return that people of the platform decide."""
        return text_of("service.remark_request_arbitration")

    def submit(self, context: Context) -> Done:
        """Open the ticket."""
        decision, turn = self.decision(context), context.turn
        with writing(context.services.engine) as session:
            ticket = open_ticket(
                session,
                turn.tenant,
                turn.subject,
                TOPIC,
                subject=text_of("service.title_request_arbitration"),
                now=turn.now,
                detail=str(context.get("note")),
                order_no=context.draft.order_no,
                conversation_id=turn.conversation_id,
                liable=self.liable(context),
                rules=decision.rules,
            )
        return Done(
            text_of("service.arbitration_opened", ticket=ticket),
            {
                "type": "ticket_card",
                "ticket_no": ticket.ticket_no,
                "topic": TOPIC,
                "title": ticket.subject,
                "order_no": context.draft.order_no,
                "state": ticket.state.value,
                "state_text": text_of(f"states.ticket_{ticket.state.value}"),
            },
            [button("转人工", "request_human"), order_button("查售后进度", "query_after_sale", context.order)],
        )
