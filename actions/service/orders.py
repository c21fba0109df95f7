"""Changes of an order that has not left yet: cancelling, the recipient, variant and quantity, a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from actions.cards import order_card
from actions.order_task import order_button
from actions.service.after_sales import reason_words
from actions.service.plan import ANY, UNDER_WAY, UNSHIPPED, Context, Done, Plan, Refusal
from actions.service.reading import note_in
from actions.service.words import says
from actions.speech import button, text_of
from actions.wording import goods, order_state, yuan
from xiaoer.commerce.changes import LineChange, OrderChanged, ReceiverChange
from xiaoer.commerce.errors import InvalidRequest
from xiaoer.commerce.model import Order, OrderLine, OrderState, Variant

OVER = frozenset({OrderState.CANCELLED, OrderState.CLOSED})


class Cancel(Plan):
    """Cancels an order before it is shipped; money that was paid goes back."""

    task = "cancel_order"
    tiers = (UNSHIPPED, UNDER_WAY, ANY)
    reads = ("reason", "reason_text")

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse what has left or is over; say what can be done instead."""
        order = context.order
        if order.state in UNSHIPPED:
            return None
        if order.state in OVER:
            return Refusal(_over(order), [order_button("查订单", "query_order", order)])
        if order.state is OrderState.COMPLETED:
            return Refusal(
                text_of("service.cancel_completed", order_no=order.order_no, goods=goods(order.lines)),
                [
                    order_button("申请退货退款", "return_goods", order),
                    order_button("申请换货", "exchange_goods", order),
                ],
            )
        sent = "cancel_shipped" if order.state is OrderState.SHIPPED else "cancel_partly_shipped"
        return Refusal(
            text_of(f"service.{sent}", order_no=order.order_no, goods=goods(order.lines)),
            [
                {"title": "帮我拦截快递", "payload": "/affirm"},
                order_button("查物流", "query_logistics", order),
                order_button("收到后退货", "return_goods", order),
            ],
            offer="intercept_parcel",
        )

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return the money that goes back, and why."""
        shown = [("当前状态", order_state(context.order.state))]
        if context.order.paid_at is not None:
            shown.append(("退款金额", f"{yuan(context.order.amount)}元，原路退回"))
        if reason_words(context):
            shown.append(("取消原因", reason_words(context)))
        return shown

    def remark(self, context: Context) -> str:
        """Return that it can't be undone."""
        return text_of("service.remark_cancel_order")

    def submit(self, context: Context) -> Done:
        """Cancel."""
        changed = context.services.commerce.cancel_order(
            context.turn.tenant,
            context.turn.subject,
            context.draft.order_no,
            reason=str(context.get("reason_text") or reason_words(context)),
            key=context.draft.key,
            now=context.turn.now,
        )
        return _changed("cancelled", changed)


def _over(order: Order) -> str:
    return text_of(
        "service.order_over", order_no=order.order_no, goods=goods(order.lines), state=order_state(order.state)
    )


def _changed(name: str, changed: OrderChanged) -> Done:
    order, refund = changed.order, changed.refund
    text = text_of(f"service.{name}", order=order, goods=goods(order.lines), refund=refund)
    buttons = [order_button("查订单", "query_order", order)]
    if refund is not None:
        buttons.append(button("查退款进度", "query_refund", order_no=order.order_no))
    return Done(text, order_card(order), buttons)


class _BeforeShipping(Plan):
    """What all changes of an order have in common: they are possible until it leaves.

    Attributes:
        person: Title of the button that calls a person for an order that has left.
    """

    tiers = (UNSHIPPED, UNDER_WAY, ANY)
    person: ClassVar[str] = "转人工处理"

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse what has left or is over."""
        order = context.order
        if order.state in UNSHIPPED:
            return None
        if order.state in OVER:
            return Refusal(_over(order), [order_button("查订单", "query_order", order)])
        if order.state is OrderState.COMPLETED:
            return self.refuse_completed(context)
        return Refusal(
            text_of(f"service.{self.task}_shipped", order_no=order.order_no, goods=goods(order.lines)),
            [
                {"title": self.person, "payload": "/affirm"},
                order_button("查物流", "query_logistics", order),
            ],
            offer="handoff",
        )

    def refuse_completed(self, context: Context) -> Refusal:
        """Refuse an order that has arrived."""
        order = context.order
        return Refusal(
            text_of("service.change_completed", order_no=order.order_no, goods=goods(order.lines)),
            [order_button("申请换货", "exchange_goods", order), order_button("申请退货退款", "return_goods", order)],
        )


class ChangeReceiver(_BeforeShipping):
    """Changes recipient, phone or address."""

    task = "change_address"
    person = "转人工联系快递"
    reads = ("receiver_name", "receiver_phone", "address")

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Return which parts are to be changed, where the words name them without saying to what."""
        wanted = [
            slot
            for slot, name in (
                ("receiver_name", "wants_name"),
                ("receiver_phone", "wants_phone"),
                ("address", "wants_address"),
            )
            if says(name, words) and not (slot == "address" and says("address_stays", words))
        ]
        known = [name for name in self.reads if context.get(name)]
        return {"wanted": wanted or ([] if known else ["address"])}

    def needed(self, context: Context) -> Sequence[str]:
        """Return the parts that were named."""
        return [name for name in self.reads if name in (context.get("wanted") or ()) or context.get(name)]

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return each changed part, before and after."""
        order = context.order
        parts = (
            ("收件人", order.receiver_name, context.get("receiver_name")),
            ("手机号", order.receiver_phone, context.get("receiver_phone")),
            ("收货地址", order.receiver_address, context.get("address")),
        )
        return [(label, f"{before} → {after}") for label, before, after in parts if after]

    def submit(self, context: Context) -> Done:
        """Change the recipient."""
        changed = context.services.commerce.change_receiver(
            context.turn.tenant,
            context.turn.subject,
            context.draft.order_no,
            ReceiverChange(context.get("receiver_name"), context.get("receiver_phone"), context.get("address")),
            key=context.draft.key,
            now=context.turn.now,
        )
        return _changed("receiver_changed", changed)


class ChangeOrder(_BeforeShipping):
    """Changes variant or quantity of a position, or notes a wish on the order."""

    task = "change_order"
    reads = ("items", "variant", "quantity", "note")

    def refuse_completed(self, context: Context) -> Refusal:
        """Begin an exchange where another variant is wanted of goods that have arrived."""
        if context.get("variant"):
            return Refusal(text_of("service.exchange_instead"), instead="exchange_goods")
        return super().refuse_completed(context)

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Return what is to be changed; a wish that is neither variant nor quantity is a note in its own words."""
        if context.get("variant"):
            return {"wanted": ["variant"]}
        if context.get("quantity") and says("wants_quantity", words):
            return {"wanted": ["quantity"]}
        if says("wants_note", words):
            return {"wanted": ["note"], "note": note_in(words), "quantity": None}
        if says("wants_quantity", words):
            return {"wanted": ["quantity"], "quantity": None}
        if self._has_variants(context) and (not words or says("wants_variant", words)):
            return {"wanted": ["variant"], "quantity": None}
        return {"wanted": ["note"], "note": note_in(words), "quantity": None}

    def _has_variants(self, context: Context) -> bool:
        return any(len(context.product(line).variants) > 1 for line in context.lines)

    def needed(self, context: Context) -> Sequence[str]:
        """Return the position, where there are several, and what is to be changed of it."""
        wanted = list(context.get("wanted") or ["variant"])
        known = [name for name in ("variant", "quantity") if context.get(name) and name not in wanted]
        if wanted == ["note"] and not known:
            return wanted
        wanted = [name for name in wanted if name != "note" or context.get("note")] or known
        several = len(context.order.lines) > 1
        return [*(["items"] if several else []), *wanted, *known]

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse what has left, and what would cost more than was paid."""
        refusal = super().refuse(context)
        if refusal is not None or len(context.lines) != 1 or context.order.state is OrderState.PENDING_PAYMENT:
            return refusal
        line = context.lines[0]
        wanted = _wanted_variant(context, line)
        if wanted is not None and wanted.available <= 0:
            return Refusal(
                text_of("service.variant_sold_out", variant=wanted.name),
                [order_button("换别的", "change_order", context.order), button("转人工", "request_human")],
            )
        price = wanted.price if wanted is not None else line.unit_price
        dearer = price * int(context.get("quantity") or line.quantity) - line.unit_price * line.quantity
        if dearer <= 0:
            return None
        return Refusal(
            text_of("service.payment_needed", amount=dearer),
            [order_button("取消订单重拍", "cancel_order", context.order), button("转人工", "request_human")],
        )

    def fields(self, context: Context) -> list[tuple[str, str]]:
        """Return what is changed, before and after, and the money that goes back."""
        if not context.get("variant") and not context.get("quantity"):
            return [("备注", str(context.get("note") or ""))]
        line = context.lines[0]
        variant = _wanted_variant(context, line)
        quantity = int(context.get("quantity") or line.quantity)
        shown = []
        if variant is not None:
            shown.append(("规格", f"{line.variant or '默认'} → {variant.name}"))
        if context.get("quantity"):
            shown.append(("数量", f"{line.quantity} → {quantity}"))
        price = variant.price if variant is not None else line.unit_price
        cheaper = line.unit_price * line.quantity - price * quantity
        if cheaper > 0 and context.order.paid_at is not None:
            shown.append(("退回差额", f"{yuan(cheaper)}元，原路退回"))
        return shown

    def submit(self, context: Context) -> Done:
        """Change the position, or note the wish."""
        commerce, turn, draft = context.services.commerce, context.turn, context.draft
        if not context.get("variant") and not context.get("quantity"):
            noted = commerce.change_remark(
                turn.tenant, turn.subject, draft.order_no, str(context.get("note")), key=draft.key, now=turn.now
            )
            return _changed("remark_changed", noted)
        if len(context.lines) != 1:
            raise InvalidRequest("items")
        change = LineChange(context.lines[0].line_id, context.get("variant"), context.get("quantity"))
        return _changed(
            "line_changed",
            commerce.change_line(turn.tenant, turn.subject, draft.order_no, change, key=draft.key, now=turn.now),
        )


def _wanted_variant(context: Context, line: OrderLine) -> Variant | None:
    wanted = context.get("variant")
    return next((each for each in context.product(line).variants if each.sku_id == wanted), None) if wanted else None
