"""Goods that came damaged, wrong or incomplete: what can be done about it, to be chosen with one tap."""

from __future__ import annotations

from actions.base import Events
from actions.events import resolved
from actions.order_choice import Found
from actions.order_task import OrderTask, order_button
from actions.service.after_sales import LIVE, TASK_OF, decision_on, why_not
from actions.service.conduct import begin, request_of
from actions.service.draft import new_draft
from actions.service.plan import ANY, UNDER_WAY, UNSHIPPED, Context
from actions.service.plans import plan_of
from actions.service.reading import read
from actions.services import Services
from actions.speech import Reply, button
from actions.turn import Turn
from actions.wording import after_sale_kind, after_sale_state, goods
from xiaoer.commerce.model import AfterSaleKind, Order, OrderState
from xiaoer.commerce.policy.reasons import reason_label

KINDS = (AfterSaleKind.RETURN, AfterSaleKind.EXCHANGE, AfterSaleKind.REFUND, AfterSaleKind.REPAIR)


class ReportItemProblem(OrderTask):
    """Says which remedies the rules give for what is wrong with goods, and keeps what was told for the one chosen."""

    task = "report_item_problem"
    topic = "after_sales"
    tiers = (frozenset({OrderState.COMPLETED}) | UNDER_WAY, ANY)

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Offer the remedies."""
        order = found.orders[0]
        said = request_of(turn, self.task)
        context = Context(turn, services, new_draft("return_goods", order.order_no, {}))
        told = {name: read(name, said, context, asked=False) for name in ("reason", "reason_text")}
        told = {name: value for name, value in told.items() if value}
        photo = list(said.pictures) or turn.slots.get("photo")
        slots = {**found.slots, **told, "photo": photo}
        running = [case for case in context.cases if case.state in LIVE]
        if running:
            case = running[0]
            reply.say(
                "service.problem_case_live",
                case=case,
                kind=after_sale_kind(case.kind),
                state=after_sale_state(case.state),
                buttons=[
                    button("查售后进度", "query_after_sale", after_sale_no=case.after_sale_no),
                    button("转人工", "request_human"),
                ],
            )
            return resolved(self.topic, offer="handoff", **slots)
        if order.state in UNSHIPPED:
            return [*resolved(self.topic, **slots), *begin(plan_of("return_goods"), turn, reply, services, order)]
        return [*self._offer(context.knowing(told), turn, reply, order), *resolved(self.topic, **slots)]

    def _offer(self, context: Context, turn: Turn, reply: Reply, order: Order) -> Events:
        code = str(context.get("reason") or "quality")
        decisions = {kind: decision_on(context, kind, code) for kind in KINDS}
        possible = [kind for kind in KINDS if decisions[kind].allowed]
        buttons = [order_button(f"申请{after_sale_kind(kind)}", TASK_OF[kind], order) for kind in possible]
        label = reason_label(code) if context.get("reason") else ""
        refused = decisions[AfterSaleKind.RETURN]
        sentence = decisions[possible[0]].sentence if possible else why_not(context, refused, code)
        reply.say(
            "service.problem" if possible else "service.problem_late",
            order_no=order.order_no,
            goods=goods(order.lines),
            label=label,
            sentence=sentence,
            kinds="、".join(after_sale_kind(kind) for kind in possible),
            buttons=[*buttons, button("转人工", "request_human")],
        )
        return []
