"""The actions that begin a wish: they find the order, and open the form or say why not."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from rasa_sdk.events import SlotSet

from actions.base import Events
from actions.order_choice import MOST_OPTIONS, Found, Several, remembered
from actions.order_task import OrderTask
from actions.service.after_sales import LIVE, WITHDRAWABLE, decision_on
from actions.service.arbitration import RequestArbitration
from actions.service.conduct import begin
from actions.service.draft import Draft, new_draft
from actions.service.invoicing import RequestInvoice
from actions.service.orders import Cancel, ChangeOrder, ChangeReceiver
from actions.service.plan import Context, Plan
from actions.service.plans import plan_of
from actions.service.remedies import Exchange, PriceProtection, Refund, Repair, Return
from actions.service.withdrawing import Withdraw
from actions.services import Services
from actions.speech import Reply
from actions.turn import Turn
from xiaoer.commerce.model import AfterSaleState, Order


class ServiceTask(OrderTask):
    """An action that begins what one plan does."""

    @property
    @abstractmethod
    def plan(self) -> type[Plan]:
        """The plan; without one the class is none that the action server registers."""

    def __init_subclass__(cls) -> None:
        """Take task, topic and suitable orders from the plan."""
        super().__init_subclass__()
        plan = vars(cls).get("plan")
        if plan is not None:
            cls.task, cls.topic, cls.tiers = plan.task, plan.topic, plan.tiers

    def tell(self, turn: Turn, reply: Reply, services: Services, found: Found) -> Events:
        """Begin with the order; of several the first, after which the next is offered."""
        plan = plan_of(self.task)
        if len(found.orders) == 1:
            return begin(plan, turn, reply, services, found.orders[0])
        drafts = [new_draft(self.task, order.order_no, {}) for order in found.orders]
        possible = [
            order for order, draft in zip(found.orders, drafts, strict=True) if self._open(turn, services, draft)
        ]
        if len(possible) < 2:
            return begin(plan, turn, reply, services, (possible or found.orders)[0])
        reply.say("service.one_by_one", count=len(possible))
        following = new_draft(self.task, possible[1].order_no, {})
        return [*begin(plan, turn, reply, services, possible[0]), SlotSet("paused", following.saved())]

    def _open(self, turn: Turn, services: Services, draft: Draft) -> bool:
        return plan_of(self.task).refuse(Context(turn, services, draft)) is None

    def tell_unsuitable(self, turn: Turn, reply: Reply, services: Services, orders: tuple[Order, ...]) -> Events:
        """Say why the only order that can be meant does not suit, or that there is none."""
        if len(orders) == 1:
            return begin(plan_of(self.task), turn, reply, services, orders[0])
        return super().tell_unsuitable(turn, reply, services, orders)


class CancelOrder(ServiceTask):
    """Begins to cancel an order."""

    plan = Cancel


class ChangeAddress(ServiceTask):
    """Begins to change recipient, phone or address."""

    plan = ChangeReceiver


class ChangeOrderTask(ServiceTask):
    """Begins to change an order's goods, or to note a wish on it."""

    plan = ChangeOrder


class _AfterSaleTask(ServiceTask):
    """Begins an after-sale wish; of several orders those with a case that runs are left out."""

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Keep the orders for which it can be filed."""
        return _kept(turn, several, [each for each in several.orders if self._possible(turn, services, each)])

    def _possible(self, turn: Turn, services: Services, order: Order) -> bool:
        cases = services.commerce.list_after_sales(turn.tenant, turn.subject, order.order_no)
        return not any(case.state in LIVE for case in cases)


def _kept(turn: Turn, several: Several, kept: Sequence[Order]) -> Found | Several:
    if len(kept) == 1:
        return Found((kept[0],), slots=remembered(turn, kept[0]))
    return Several(tuple(kept)) if kept else several


class ReturnGoods(_AfterSaleTask):
    """Begins a return."""

    plan = Return


class RequestRefund(_AfterSaleTask):
    """Begins a refund without return."""

    plan = Refund


class ExchangeGoods(_AfterSaleTask):
    """Begins an exchange."""

    plan = Exchange


class RequestRepair(_AfterSaleTask):
    """Begins a repair."""

    plan = Repair


class ProtectPrice(_AfterSaleTask):
    """Begins price protection; of several orders those whose price fell are meant."""

    plan = PriceProtection

    def _possible(self, turn: Turn, services: Services, order: Order) -> bool:
        context = Context(turn, services, new_draft(self.task, order.order_no, {}))
        return decision_on(context, PriceProtection.kind, "price_dropped").allowed


class WithdrawAfterSale(ServiceTask):
    """Begins to take a case back; of several orders those with a case that can be are meant."""

    plan = Withdraw

    def _act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        for number in turn.values("after_sale_no"):
            cases = services.commerce.list_after_sales(turn.tenant, turn.subject)
            meant = [case for case in cases if case.after_sale_no == number.strip().upper()]
            if not meant:
                reply.say("after_sales.unknown", number=number)
                return [SlotSet("offer", None)]
            order = services.commerce.get_order(turn.tenant, turn.subject, meant[0].order_no)
            return begin(plan_of(self.task), turn, reply, services, order)
        return super()._act(turn, reply, services)

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Keep the orders with a case that can be taken back."""
        cases = services.commerce.list_after_sales(turn.tenant, turn.subject)
        numbers = {case.order_no for case in cases if case.state in WITHDRAWABLE}
        return _kept(turn, several, [order for order in several.orders if order.order_no in numbers][:MOST_OPTIONS])


class InvoiceTask(ServiceTask):
    """Begins an invoice."""

    plan = RequestInvoice


class ArbitrationTask(ServiceTask):
    """Begins to call the platform in."""

    plan = RequestArbitration

    def narrow(self, turn: Turn, services: Services, several: Several) -> Found | Several:
        """Keep the orders that have an after-sale case, those that were rejected before the others."""
        cases = services.commerce.list_after_sales(turn.tenant, turn.subject)
        for numbers in (
            {case.order_no for case in cases if case.state is AfterSaleState.REJECTED},
            {case.order_no for case in cases},
        ):
            kept = [order for order in several.orders if order.order_no in numbers]
            if kept:
                return _kept(turn, several, kept)
        return several
