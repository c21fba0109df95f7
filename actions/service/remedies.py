"""The remedies after the sale: return, refund, exchange, repair, price protection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.service.after_sales import (
    FAULT,
    LIVE,
    LOST,
    OWN_CHOICE,
    OWN_CHOICES,
    AfterSalePlan,
    decision_on,
    refuse_live,
)
from actions.service.plan import UNDER_WAY, Context, Refusal
from actions.service.words import says
from actions.speech import text_of
from actions.wording import yuan
from xiaoer.commerce.model import AfterSaleKind, Liable


class Return(AfterSalePlan):
    """Sends goods back for money."""

    task = "return_goods"
    kind = AfterSaleKind.RETURN


class Refund(AfterSalePlan):
    """Wants money back without sending goods."""

    task = "request_refund"
    kind = AfterSaleKind.REFUND
    usual = (OWN_CHOICE, FAULT, "missing_item", "damaged", "not_received")

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Take it as not received where the parcel is stuck on its way and no other reason is given than impatience."""
        reason = context.get("reason")
        impatient = reason in OWN_CHOICES and says("impatient", words)
        if context.order.state not in UNDER_WAY or not (reason is None or impatient):
            return {}
        if not decision_on(context, self.kind, LOST).rules[0].startswith("lost.stuck"):
            return {}
        return {"reason": LOST}

    def notice(self, context: Context) -> str:
        """Return nothing: what is sent back for money becomes a return."""
        return ""

    def refuse(self, context: Context) -> Refusal | None:
        """Begin a return instead, where the goods can go back and the money only then."""
        refusal = super().refuse(context)
        if refusal is None or not context.get("reason") or decision_on(context, self.kind).allowed:
            return refusal
        if not decision_on(context, AfterSaleKind.RETURN).allowed:
            return refusal
        return Refusal(text_of("service.return_instead"), instead="return_goods")


class Exchange(AfterSalePlan):
    """Wants another piece or variant."""

    task = "exchange_goods"
    kind = AfterSaleKind.EXCHANGE
    instead = "change_order"
    unshipped = "change_instead"
    reads = ("items", "quantity", "variant", "reason", "reason_text", "pickup")

    def between(self, context: Context) -> list[str]:
        """Return the variant, where the goods have several and are not just faulty."""
        lines = context.lines
        choosable = len(lines) == 1 and len(context.product(lines[0]).variants) > 1
        faulty = bool(context.get("reason")) and decision_on(context, self.kind).liable is not Liable.CUSTOMER
        return ["variant"] if choosable and (context.get("variant") or not faulty) else []

    def own_fields(self, context: Context) -> list[tuple[str, str]]:
        """Return what it is exchanged for."""
        wanted = context.get("variant")
        if not wanted or len(context.lines) != 1:
            return [("换成", "同款同规格")]
        product = context.product(context.lines[0])
        name = next((each.name for each in product.variants if each.sku_id == wanted), "")
        return [("换成", name)]


class Repair(AfterSalePlan):
    """Wants goods mended."""

    task = "request_repair"
    kind = AfterSaleKind.REPAIR


class PriceProtection(AfterSalePlan):
    """Wants the difference to a price that fell since."""

    task = "price_protection"
    kind = AfterSaleKind.PRICE_PROTECTION
    reads = ()
    evidence = False

    def begin(self, context: Context, words: str) -> dict[str, Any]:
        """Return the only reason there is."""
        return {"reason": "price_dropped"}

    def refuse(self, context: Context) -> Refusal | None:
        """Refuse where no price has fallen, or the time for it is over."""
        decision = decision_on(context, self.kind, "price_dropped")
        if decision.allowed:
            live = [case for case in context.cases if case.kind is self.kind and case.state in LIVE]
            return refuse_live(context, live[0]) if live else None
        return self._refusal(context, decision)

    def notice(self, context: Context) -> str:
        """Return nothing: the summary says all."""
        return ""

    def needed(self, context: Context) -> Sequence[str]:
        """Return nothing: the difference is computed."""
        return ()

    def own_fields(self, context: Context) -> list[tuple[str, str]]:
        """Return paid and present price of each position that became cheaper."""
        shown = []
        for line in context.lines:
            now = next((each.price for each in context.product(line).variants if each.sku_id == line.sku_id), None)
            if now is not None and now < line.unit_price:
                shown.append(
                    (line.product_name, f"下单价{yuan(line.unit_price)}元 → 现价{yuan(now)}元，×{line.quantity}")
                )
        return shown
