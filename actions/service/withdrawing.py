"""Taking an after-sale case back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actions.cards import after_sale_card
from actions.service.after_sales import LIVE, WITHDRAWABLE, money_label
from actions.service.plan import ANY, Context, Done, Plan, Refusal
from actions.speech import button, text_of
from actions.wording import after_sale_kind, after_sale_state, yuan
from xiaoer.commerce.model import AfterSale


class Withdraw(Plan):
    """Takes an after-sale case back."""

    task = "withdraw_after_sale"
    topic = "after_sales"
    tiers = (ANY,)
    reads = ("after_sale",)

    def case(self, context: Context) -> AfterSale | None:
        """Return the case that is meant: the one named, else the latest that can be taken back, else the latest."""
        named = [case for case in context.cases if case.after_sale_no == context.get("after_sale")]
        takeable = [case for case in context.cases if case.state in WITHDRAWABLE]
        return next(iter([*named, *takeable, *context.cases]), None)

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Keep which case is meant: what is confirmed is the one that was shown, whatever is filed meanwhile."""
        case = self.case(context)
        return {} if case is None else {"after_sale": case.after_sale_no}

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse where there is nothing to take back, or it is too late."""
        case = self.case(context)
        if case is None:
            return Refusal(text_of("service.no_case", order_no=context.draft.order_no))
        if case.state in WITHDRAWABLE:
            return None
        return Refusal(
            text_of(
                f"service.withdraw_{'late' if case.state in LIVE else 'over'}",
                case=case,
                kind=after_sale_kind(case.kind),
                state=after_sale_state(case.state),
            ),
            [
                button("查售后进度", "query_after_sale", after_sale_no=case.after_sale_no),
                button("转人工", "request_human"),
            ],
        )

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return the case."""
        case = self.case(context)
        if case is None:
            return []
        shown = [("售后单", case.after_sale_no), ("类型", after_sale_kind(case.kind))]
        shown.append(("目前状态", after_sale_state(case.state)))
        return [*shown, (money_label(case.kind), f"{yuan(case.amount)}元")] if case.amount > Decimal(0) else shown

    def remark(self, context: Context) -> str:
        """Return what follows."""
        return text_of("service.remark_withdraw_after_sale")

    def submit(self, context: Context) -> Done:
        """Take it back."""
        case = self.case(context)
        number = case.after_sale_no if case is not None else str(context.get("after_sale"))
        taken = context.services.commerce.withdraw_after_sale(
            context.turn.tenant, context.turn.subject, number, key=context.draft.key, now=context.turn.now
        )
        return Done(
            text_of("service.withdrawn", case=taken, kind=after_sale_kind(taken.kind)),
            after_sale_card(taken),
            [button("查订单", "query_order", order_no=taken.order_no)],
        )
