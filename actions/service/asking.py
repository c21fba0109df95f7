"""Asking for what a wish needs, one thing at a time, and showing the whole before it is done."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from actions.base import GIVEN_UP, SERVICE_FORM, Events, TopicAction
from actions.service.draft import CONFIRM, draft_of
from actions.service.plan import Context
from actions.service.plans import plan_of
from actions.service.reading_goods import variant_names
from actions.services import Services
from actions.speech import Button, Reply, button, text_of
from actions.texts import replies
from actions.turn import Turn
from actions.wording import goods
from xiaoer.commerce.policy.reasons import offered_reasons

YES, NO, LEAVE = "确认提交", "我要修改", "先不办了"


class AskServiceSlot(TopicAction):
    """Asks for one slot of the open wish; subclasses name it."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """Name of the slot; without one the class is none that the action server registers."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return f"action_ask_{SERVICE_FORM}_{self.slot}"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Ask, unless a person is called now."""
        draft = draft_of(turn)
        if draft is None or int(turn.slots.get("failures") or 0) >= GIVEN_UP:
            return []
        self.ask(Context(turn, services, draft), reply)
        return []

    def ask(self, context: Context, reply: Reply) -> None:
        """Ask with what can be tapped as an answer."""
        task = context.draft.task
        own = f"ask_{self.slot}_{task}"
        name = own if own in replies("service") else f"ask_{self.slot}"
        options = self.options(context)
        listed = "\n".join(f"{number}. {option}" for number, option in enumerate(options, 1))
        card: dict[str, Any] = {"type": "form_question", "slot": self.slot, "options": options}
        buttons = [_plain_button(option) for option in options]
        if int(context.turn.slots.get("form_failures") or 0) > 1:
            buttons += [button("转人工", "request_human"), button("算了", "stop")]
        reply.show(f"service.{name}", card, buttons=buttons, listed=listed, **self.facts(context))

    def options(self, context: Context) -> list[str]:
        """Return what can be answered, as far as it is a list."""
        return []

    def facts(self, context: Context) -> dict[str, object]:
        """Return what the question's text names."""
        return {"goods": goods(context.lines), "order_no": context.draft.order_no}


def _plain_button(title: str) -> Button:
    return {"title": title, "payload": title}


class AskItems(AskServiceSlot):
    """Asks which goods of the order are meant."""

    slot = "items"

    def options(self, context: Context) -> list[str]:
        """Return the positions, and all of them."""
        return [*(goods([line]) for line in context.order.lines), "全部"]


class AskQuantity(AskServiceSlot):
    """Asks how many pieces are meant."""

    slot = "quantity"


class AskVariant(AskServiceSlot):
    """Asks which variant is wanted."""

    slot = "variant"

    def options(self, context: Context) -> list[str]:
        """Return the variants that are in stock."""
        product = context.product(context.lines[0])
        return [each.name for each in product.variants if each.available and each.name]

    def facts(self, context: Context) -> dict[str, object]:
        """Return the goods and what there is."""
        return {**super().facts(context), "variants": variant_names(context.product(context.lines[0]))}


class AskReason(AskServiceSlot):
    """Asks why."""

    slot = "reason"

    def options(self, context: Context) -> list[str]:
        """Return the usual reasons of the task."""
        return offered_reasons(context.draft.task)


class AskPhoto(AskServiceSlot):
    """Asks for pictures as evidence."""

    slot = "photo"


class AskPickup(AskServiceSlot):
    """Asks how goods come back."""

    slot = "pickup"

    def options(self, context: Context) -> list[str]:
        """Return the two ways."""
        return ["上门取件", "自己寄回"]


class AskNote(AskServiceSlot):
    """Asks for a note in free words."""

    slot = "note"


class AskReceiverName(AskServiceSlot):
    """Asks for the recipient."""

    slot = "receiver_name"


class AskReceiverPhone(AskServiceSlot):
    """Asks for the recipient's phone."""

    slot = "receiver_phone"


class AskAddress(AskServiceSlot):
    """Asks for an address."""

    slot = "address"

    def facts(self, context: Context) -> dict[str, object]:
        """Return where the order goes now."""
        return {**super().facts(context), "address": context.order.receiver_address}


class AskInvoiceKind(AskServiceSlot):
    """Asks whether a person or a company gets the invoice."""

    slot = "invoice_kind"

    def options(self, context: Context) -> list[str]:
        """Return the two kinds."""
        return ["个人", "公司"]


class AskInvoiceTitle(AskServiceSlot):
    """Asks for the name on the invoice."""

    slot = "invoice_title"

    def facts(self, context: Context) -> dict[str, object]:
        """Return the kind of the invoice."""
        return {**super().facts(context), "kind": context.get("invoice_kind")}


class AskTaxNumber(AskServiceSlot):
    """Asks for a company's tax number."""

    slot = "tax_number"


class AskEmail(AskServiceSlot):
    """Asks where the invoice is sent."""

    slot = "email"


class AskConfirm(AskServiceSlot):
    """Shows the whole wish and asks whether it is right."""

    slot = CONFIRM

    def ask(self, context: Context, reply: Reply) -> None:
        """Show the summary."""
        plan = plan_of(context.draft.task)
        fields = [("订单", context.draft.order_no), ("商品", goods(context.lines)), *plan.fields(context)]
        reply.show(
            "service.summary",
            {
                "type": "form_summary",
                "task": plan.task,
                "order_no": context.draft.order_no,
                "fields": [{"label": label, "value": value} for label, value in fields],
            },
            buttons=[_plain_button(YES), _plain_button(NO), button(LEAVE, "stop")],
            title=text_of(f"service.title_{plan.task}"),
            fields=fields,
            remark=plan.remark(context),
        )
