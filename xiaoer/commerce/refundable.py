"""What of an order can still go back to its buyer, in pieces and in yuan, whatever the rules say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from xiaoer.commerce.model import AfterSale, AfterSaleKind, AfterSaleState, Order
from xiaoer.commerce.states import LIVE, MONEY_GOES_BACK

FEN = Decimal("0.01")

NOT_RECEIVED = "not_received"
"""Reason code of goods that have not come: who sells bears that, the freight included (民法典 第六百零四条)."""

LINE_CHANGED = "order.line_changed"
"""Rule of a case that gives back the difference of a cheaper line: its pieces and yuan have left the order."""


@dataclass(frozen=True)
class Worth:
    """The most that can go back.

    Attributes:
        lines: Yuan by line id.
        freight: Yuan of the freight that the order was shipped with.
        left: Yuan that no case has taken of all that was paid.
    """

    lines: Mapping[int, Decimal]
    freight: Decimal
    left: Decimal

    @property
    def total(self) -> Decimal:
        """Yuan in all."""
        return max(min(sum(self.lines.values(), self.freight), self.left), Decimal(0))


def worth(
    order: Order,
    cases: Sequence[AfterSale],
    kind: AfterSaleKind,
    pieces: Mapping[int, int],
    drops: Mapping[int, Decimal],
    *,
    reason: str = "",
) -> Worth:
    """Return what can go back for pieces at most.

    Freight goes back only where nothing was shipped or nothing has come, and nothing of the order remains.

    Args:
        order: A paid order.
        cases: All its cases.
        kind: What is asked for.
        pieces: Pieces by line id.
        drops: Yuan by line id that a piece costs less than when it was bought.
        reason: Why, as a reason code.
    """
    left = order.amount - sum((case.amount for case in counted(cases)), Decimal(0))
    if kind not in MONEY_GOES_BACK:
        return Worth(dict.fromkeys(pieces, Decimal(0)), Decimal(0), left)
    most = yuan_left(order, cases, pieces)
    if kind is AfterSaleKind.PRICE_PROTECTION:
        fallen = {line_id: drops[line_id] * pieces[line_id] for line_id in most}
        return Worth({line_id: min(most[line_id], fallen[line_id]) for line_id in most}, Decimal(0), left)
    whole = all(pieces.get(line_id, 0) == count for line_id, count in pieces_left(order, cases).items())
    nothing_came = order.shipped_at is None or reason == NOT_RECEIVED
    goes_back = kind is AfterSaleKind.REFUND and whole and nothing_came
    rest = left - sum(most.values(), Decimal(0))
    return Worth(most, min(order.freight, max(rest, Decimal(0))) if goes_back else Decimal(0), left)


def yuan_left(order: Order, cases: Sequence[AfterSale], pieces: Mapping[int, int]) -> dict[int, Decimal]:
    """Return the most that can go back for pieces, in yuan by line id.

    The pieces of a line are worth the same each: what was paid for it, less what price protection has given back. No
    line gives back more than was paid for it, whatever its cases are.

    Args:
        order: A paid order.
        cases: All its cases.
        pieces: Pieces by line id.
    """
    goods = max(order.amount - order.freight, Decimal(0))
    paid = shares(goods, {line.line_id: line.unit_price * line.quantity for line in order.lines})
    taken = _taken(order, cases)
    protected = _taken(order, [case for case in cases if case.kind is AfterSaleKind.PRICE_PROTECTION])
    most: dict[int, Decimal] = {}
    for line in order.lines:
        line_id = line.line_id
        if line_id in pieces:
            each = (paid[line_id] - protected[line_id]) / max(line.quantity, 1)
            share = (each * pieces[line_id]).quantize(FEN, ROUND_UP)  # the last piece pays for it
            most[line_id] = max(min(share, paid[line_id] - taken[line_id]), Decimal(0))
    return most


def pieces_left(order: Order, cases: Sequence[AfterSale]) -> dict[int, int]:
    """Return the pieces by line id that are in no live case and were not given back or refunded.

    Price protection takes no pieces.

    Args:
        order: The order.
        cases: Its after-sale cases.
    """
    taken: Counter[int] = Counter()
    for case in counted(cases):
        gone = case.state in LIVE or case.kind in (AfterSaleKind.RETURN, AfterSaleKind.REFUND)
        if gone and case.kind is not AfterSaleKind.PRICE_PROTECTION:
            taken.update(_pieces_of(case, order))
    return {line.line_id: max(line.quantity - taken[line.line_id], 0) for line in order.lines}


def takes(state: str, rules: Collection[str]) -> bool:
    """Return whether a case takes something of what its order now holds: one that lives or was granted."""
    return LINE_CHANGED not in rules and (AfterSaleState(state) in LIVE or state == AfterSaleState.COMPLETED.value)


def counted(cases: Sequence[AfterSale]) -> list[AfterSale]:
    """Return the cases that take something of what the order now holds."""
    return [case for case in cases if takes(case.state.value, case.rules)]


def shares(amount: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Divide yuan by weight into whole fen that add up; equally where nothing weighs anything.

    Args:
        amount: Yuan, not negative.
        weights: Weight by line id.
    """
    total = sum(weights.values(), Decimal(0))
    parts: dict[int, Decimal] = {}
    rest, weight_left, count_left = amount, total, len(weights)
    for line_id, weight in weights.items():
        share = rest * weight / weight_left if weight_left else rest / count_left
        parts[line_id] = share.quantize(FEN, ROUND_DOWN) if count_left > 1 else rest
        rest -= parts[line_id]
        weight_left -= weight
        count_left -= 1
    return parts


def _pieces_of(case: AfterSale, order: Order) -> dict[int, int]:
    """Return the pieces by line id that a case is about; one without lines is about the whole order."""
    return {each.line_id: each.quantity for each in case.lines or order.lines}


def _taken(order: Order, cases: Sequence[AfterSale]) -> dict[int, Decimal]:
    """Return the yuan by line id that live and completed cases take back."""
    taken = {line.line_id: Decimal(0) for line in order.lines}
    for case in counted(cases):
        for line_id, yuan in _parts(order, case).items():
            taken[line_id] = taken.get(line_id, Decimal(0)) + yuan
    return taken


def _parts(order: Order, case: AfterSale) -> dict[int, Decimal]:
    """Return what a case gives back by line id; where nobody has divided it, by the prices of its pieces."""
    if case.lines and len(case.parts) == len(case.lines):
        return {line.line_id: part for line, part in zip(case.lines, case.parts, strict=True)}
    prices = {line.line_id: line.unit_price for line in order.lines}
    weights = {line_id: prices.get(line_id, Decimal(0)) * count for line_id, count in _pieces_of(case, order).items()}
    goods = max(order.amount - order.freight, Decimal(0))
    return shares(min(case.amount, goods), weights)
