"""What one rule or coupon takes off the goods that it is for, and what is missing for more. Amounts are whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch

from xiaoer.commerce.benefits import Coupon, Reason
from xiaoer.commerce.campaigns import Announcement, FirstOrder, Gift, PercentOff, Reduction, Rule, SecondHalf


@dataclass(frozen=True)
class Line:
    """Goods of one variant.

    Attributes:
        sku_id: The variant.
        product_id: Its product.
        merchant_id: Who sells it.
        category: The product's category.
        price: Fen for a piece.
        pieces: How many.
    """

    sku_id: str
    product_id: str
    merchant_id: str
    category: str
    price: int
    pieces: int

    @property
    def amount(self) -> int:
        """Fen for all pieces."""
        return self.price * self.pieces


@dataclass(frozen=True)
class Effect:
    """What a rule or coupon does to a price.

    Attributes:
        off: Fen that it takes off.
        reason: Why it takes nothing off, or not more; ``None`` where no more is to be had.
        fen: Fen missing for that.
        pieces: Pieces missing for that.
        gain: Fen that it would then take off beyond ``off``, where that is known.
        gift: What comes along.
        next_gift: What would come along then.
    """

    off: int = 0
    reason: Reason | None = None
    fen: int | None = None
    pieces: int | None = None
    gain: int | None = None
    gift: str = ""
    next_gift: str = ""


def fen(yuan: Decimal) -> int:
    """Return yuan in whole fen; parts of a fen are dropped."""
    return int(yuan * 100)


@singledispatch
def effect_of(rule: Rule, lines: Sequence[Line], left: int) -> Effect:
    """Return what a rule does.

    Args:
        rule: The rule.
        lines: The goods that it is for, at least one.
        left: Fen that are still to be paid for them after what counts before.

    Raises:
        TypeError: If nothing is known of such a rule.
    """
    raise TypeError(f"{type(rule).__name__} has no effect on a price")


@effect_of.register
def _percent(rule: PercentOff, lines: Sequence[Line], left: int) -> Effect:
    count = sum(line.pieces for line in lines)
    steps = sorted(rule.steps, key=lambda step: step.pieces)
    reached = [step for step in steps if step.pieces <= count]
    further = steps[len(reached)].pieces - count if len(reached) < len(steps) else None
    if not reached:
        return Effect(reason=Reason.TOO_FEW_PIECES, pieces=further)
    # What is taken off is rounded down to the fen, so that it is never more than the rule says.
    off = left * (100 - reached[-1].percent) // 100
    if rule.most is not None and off >= fen(rule.most):
        return Effect(min(fen(rule.most), left))
    return Effect(off, reason=Reason.NEXT_STEP if further else None, pieces=further)


@effect_of.register
def _second_half(rule: SecondHalf, lines: Sequence[Line], left: int) -> Effect:
    off, single = 0, 0
    for line in sorted(lines, key=lambda line: -line.price):
        count = line.pieces
        if single:  # the dearer piece of a pair still waits for the cheaper one
            off, count = off + line.price // 2, count - 1
        off, single = off + count // 2 * (line.price // 2), count % 2
    if not off:
        return Effect(reason=Reason.TOO_FEW_PIECES, pieces=1)
    return Effect(min(off, left), reason=Reason.NEXT_STEP if single else None, pieces=1 if single else None)


@effect_of.register
def _reduction(rule: Reduction, lines: Sequence[Line], left: int) -> Effect:
    threshold = fen(rule.threshold)
    times = left // threshold if rule.repeated else min(left // threshold, 1)
    off = _reduced(rule, times)
    gain = _reduced(rule, times + 1) - off
    if gain <= 0 or (times and not rule.repeated):
        return Effect(off)
    reason = Reason.NEXT_STEP if times else Reason.BELOW_THRESHOLD
    return Effect(off, reason=reason, fen=(times + 1) * threshold - left, gain=gain)


def _reduced(rule: Reduction, times: int) -> int:
    off = times * fen(rule.discount)
    return off if rule.most is None else min(off, fen(rule.most))


@effect_of.register
def _first_order(rule: FirstOrder, lines: Sequence[Line], left: int) -> Effect:
    return _from_threshold(fen(rule.threshold), fen(rule.discount), left)


@effect_of.register
def _gift(rule: Gift, lines: Sequence[Line], left: int) -> Effect:
    steps = sorted(rule.steps, key=lambda step: step.threshold)
    reached = [step for step in steps if fen(step.threshold) <= left]
    further = steps[len(reached)] if len(reached) < len(steps) else None
    gift = reached[-1].gift if reached else ""
    if further is None:
        return Effect(gift=gift)
    reason = Reason.NEXT_STEP if reached else Reason.BELOW_THRESHOLD
    return Effect(reason=reason, fen=fen(further.threshold) - left, gift=gift, next_gift=further.gift)


@effect_of.register
def _announcement(rule: Announcement, lines: Sequence[Line], left: int) -> Effect:
    return Effect(reason=Reason.WITHOUT_PRICE)


def effect_of_coupon(coupon: Coupon, left: int) -> Effect:
    """Return what a coupon that can be used does to goods that it is for.

    Args:
        coupon: The coupon.
        left: Fen that are still to be paid for them.
    """
    return _from_threshold(fen(coupon.threshold), fen(coupon.discount), left)


def _from_threshold(threshold: int, discount: int, left: int) -> Effect:
    if left < threshold:
        return Effect(reason=Reason.BELOW_THRESHOLD, fen=threshold - left, gain=discount)
    return Effect(min(discount, left))
