"""What all applications after the sale have in common: the rules decide, a picture may be needed, a case is filed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from actions.cards import after_sale_card
from actions.order_task import order_button
from actions.service.plan import ANY, UNDER_WAY, UNSHIPPED, Context, Done, Plan, Refusal
from actions.service.words import says
from actions.speech import Button, button, text_of
from actions.wording import after_sale_kind, after_sale_state, goods, yuan
from xiaoer.commerce.changes import Application
from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleLine, AfterSaleState, OrderState
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.facts import facts_of
from xiaoer.commerce.policy.reasons import reason_label

RECEIVED = frozenset({OrderState.COMPLETED})
TASK_OF = {
    AfterSaleKind.RETURN: "return_goods",
    AfterSaleKind.REFUND: "request_refund",
    AfterSaleKind.EXCHANGE: "exchange_goods",
    AfterSaleKind.REPAIR: "request_repair",
    AfterSaleKind.PRICE_PROTECTION: "price_protection",
}
WITHDRAWABLE = frozenset({AfterSaleState.PENDING_REVIEW, AfterSaleState.APPROVED, AfterSaleState.AWAITING_RETURN})
OWN_CHOICES = frozenset({"no_longer_wanted", "disliked", "size_mismatch", "ordered_by_mistake"})
LIVE = frozenset(AfterSaleState) - {AfterSaleState.COMPLETED, AfterSaleState.REJECTED, AfterSaleState.WITHDRAWN}
OWN_CHOICE, FAULT, LOST = "no_longer_wanted", "quality", "not_received"
"""Reasons that stand for their groups while the customer has not said why."""


def application_of(context: Context, kind: AfterSaleKind, reason: str | None = None) -> Application:
    """Return what a draft applies for.

    Args:
        context: The draft.
        kind: What is asked for.
        reason: Reason code to decide with instead of the draft's.
    """
    code = reason or str(context.get("reason") or "")
    chosen = context.get("items") or context.get("quantity") or context.get("variant")
    lines = context.lines if chosen else ()
    pieces = context.get("quantity") if len(lines) == 1 else None
    return Application(
        order_no=context.draft.order_no,
        kind=kind,
        lines=tuple(
            AfterSaleLine(line.line_id, int(pieces or line.quantity), context.get("variant")) for line in lines
        ),
        reason=str(context.get("reason_text") or (reason_label(code) if code not in ("", "other") else "")),
        reason_code="" if code == "other" else code,
        evidence=tuple(context.get("photo") or ()),
        opened=_opened(str(context.get("reason_text") or "")),
        pickup=context.get("pickup") is not False and kind in (AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE),
    )


def _opened(words: str) -> bool | None:
    """Return whether the customer said that the goods were opened or used; ``None`` where nothing was said."""
    return True if says("opened", words) else False if says("unopened", words) else None


def decision_on(context: Context, kind: AfterSaleKind, reason: str | None = None) -> Decision:
    """Return what the decision tables say of a draft, with its reason or another."""
    application = application_of(context, kind, reason)
    turn = context.turn
    tenant = context.order.merchant_id
    facts = facts_of(context.services.commerce, tenant, turn.subject, application, turn.now)
    return decide(facts, context.services.policies.tables_of(tenant))


class AfterSalePlan(Plan):
    """Files an after-sale case of one kind.

    Attributes:
        kind: Its kind.
        instead: The task that does what is wanted of an order that has not left.
        unshipped: Name of the text that says so.
    """

    topic = "after_sales"
    tiers = (RECEIVED | UNDER_WAY, ANY)
    reads: ClassVar[tuple[str, ...]] = ("items", "quantity", "reason", "reason_text", "pickup")
    evidence = True
    kind: ClassVar[AfterSaleKind]
    usual: ClassVar[tuple[str, ...]] = (OWN_CHOICE, FAULT)
    """Reasons that are tried while the customer has not said why: where all are refused, so is the wish."""
    instead: ClassVar[str] = "cancel_order"
    unshipped: ClassVar[str] = "cancel_instead"

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse what the decision tables do not allow, with what they allow instead."""
        order = context.order
        if order.state in UNSHIPPED and (self.instead == "change_order" or order.paid_at is not None):
            return Refusal(text_of(f"service.{self.unshipped}", order_no=order.order_no), instead=self.instead)
        live = [case for case in context.cases if case.state in LIVE and not self._beside(context, case)]
        if live:
            return refuse_live(context, live[0])
        if context.get("reason"):
            decision = decision_on(context, self.kind)
            return None if decision.allowed else self._refusal(context, decision)
        free, *others = [decision_on(context, self.kind, code) for code in self.usual]
        if free.allowed or any(other.allowed for other in others):
            return None
        alternatives = (each.alternatives for each in (free, *others))
        return self._refusal(context, replace(free, alternatives=next(filter(None, alternatives), ())))

    def _beside(self, context: Context, case: AfterSale) -> bool:
        """Return whether a live case leaves room for this one: it is about other goods, or about the price only."""
        if AfterSaleKind.PRICE_PROTECTION in (case.kind, self.kind):
            return case.kind is not self.kind
        taken = {line.line_id for line in case.lines}
        return bool(taken) and bool({line.line_id for line in context.order.lines} - taken)

    def _refusal(self, context: Context, decision: Decision) -> Refusal:
        if decision.rules[0] == "under_way.intercept":
            return _refuse_under_way(context, decision)
        return Refusal(
            text_of("service.not_eligible", sentence=why_not(context, decision), alternatives=decision.alternatives),
            [*_alternatives(context, decision), button("转人工", "request_human")],
        )

    def notice(self, context: Context) -> str:
        """Return that only faults still count, where the days for returning without a reason are over."""
        if context.get("reason") or self.kind is AfterSaleKind.REPAIR:
            return ""
        decision = decision_on(context, self.kind, OWN_CHOICE)
        return "" if decision.allowed else text_of("service.only_faults", sentence=decision.sentence)

    def needed(self, context: Context) -> Sequence[str]:
        """Return goods, pieces, reason, and a picture where the tables want one."""
        lines = context.lines
        slots = []
        if len(context.order.lines) > 1:
            slots.append("items")
        if len(lines) == 1 and lines[0].quantity > 1 and (context.get("items") or len(context.order.lines) == 1):
            slots.append("quantity")
        slots += self.between(context)
        slots.append("reason")
        if context.get("reason") and self.wants_picture(context):
            slots.append("photo")
        return slots

    def between(self, context: Context) -> list[str]:
        """Return slots that the kind needs before the reason."""
        return []

    def wants_picture(self, context: Context) -> bool:
        """Return whether the tables want a picture."""
        return decision_on(context, self.kind).evidence_needed

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return kind, pieces, reason, evidence, money, and who pays for sending back."""
        decision = decision_on(context, self.kind)
        shown = [("申请类型", after_sale_kind(self.kind))]
        if context.get("quantity"):
            shown.append(("数量", f"{context.get('quantity')}件"))
        shown += self.own_fields(context)
        shown.append(("原因", reason_words(context)))
        if context.get("photo"):
            shown.append(("凭证", f"{len(context.get('photo'))}份"))
        if decision.amount:
            shown.append((money_label(self.kind), f"{yuan(decision.amount)}元"))
        if self.kind in (AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE):
            shown.append(("寄回方式", "自己寄回" if context.get("pickup") is False else "上门取件"))
            shown.append(("寄回运费", text_of(f"service.freight_{decision.freight_payer.value}")))
        return shown

    def own_fields(self, context: Context) -> list[tuple[str, str]]:
        """Return what only this kind shows."""
        return []

    def remark(self, context: Context) -> str:
        """Return why it is granted, and that the shop reviews it."""
        return text_of(f"service.remark_{self.kind.value}", sentence=decision_on(context, self.kind).sentence)

    def submit(self, context: Context) -> Done:
        """File the case."""
        case = context.services.commerce.apply_after_sale(
            context.turn.tenant,
            context.turn.subject,
            application_of(context, self.kind),
            key=context.draft.key,
            now=context.turn.now,
        )
        return Done(
            text_of("service.filed", case=case, kind=after_sale_kind(case.kind), state=after_sale_state(case.state)),
            after_sale_card(case),
            [button("查售后进度", "query_after_sale", after_sale_no=case.after_sale_no)],
        )


def reason_words(context: Context) -> str:
    """Return why, as the summary shows it: the reason's label, or the customer's own words where it has none."""
    code = str(context.get("reason") or "")
    return reason_label(code) if code not in ("", "other") else str(context.get("reason_text") or "")


def money_label(kind: AfterSaleKind) -> str:
    """Return what the money of a case is called."""
    return "补差金额" if kind is AfterSaleKind.PRICE_PROTECTION else "退款金额"


def _alternatives(context: Context, decision: Decision) -> list[Button]:
    return [
        order_button(f"申请{after_sale_kind(kind)}", TASK_OF[kind], context.order) for kind in decision.alternatives
    ]


def why_not(context: Context, decision: Decision, reason: str | None = None) -> str:
    """Return why something is refused: where only money could go back without goods, why that is refused too."""
    if decision.alternatives or not decision.rules[0].endswith(".refund_instead"):
        return decision.sentence
    return decision_on(context, AfterSaleKind.REFUND, reason).sentence


def _refuse_under_way(context: Context, decision: Decision) -> Refusal:
    """Offer to have a parcel stopped that is still on its way."""
    order = context.order
    return Refusal(
        text_of("service.under_way", order_no=order.order_no, goods=goods(order.lines), sentence=decision.sentence),
        [
            {"title": "帮我拦截快递", "payload": "/affirm"},
            order_button("查物流", "query_logistics", order),
            button("转人工", "request_human"),
        ],
        offer="intercept_parcel",
    )


def refuse_live(context: Context, case: AfterSale) -> Refusal:
    """Return that another case runs already, and what can be done about that one."""
    buttons = [button("查售后进度", "query_after_sale", after_sale_no=case.after_sale_no)]
    if case.state in WITHDRAWABLE:
        buttons.append(button("撤销这个申请", "withdraw_after_sale", after_sale_no=case.after_sale_no))
    return Refusal(
        text_of("service.case_live", case=case, kind=after_sale_kind(case.kind), state=after_sale_state(case.state)),
        [*buttons, button("转人工", "request_human")],
    )
