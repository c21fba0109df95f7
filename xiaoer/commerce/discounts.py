"""What goods cost after everything that can be used together: a pure computation over rules that are data.

The order in which things count: the shop's campaigns (shares of the price first, then pieces at half price, then
reductions), one coupon of the shop, the platform's campaigns, one coupon of the platform, freight. Thresholds look at
what is still to be paid then; a shop's freight looks at its goods before any deduction. Deductions are rounded down to
whole fen. Campaigns count by themselves; coupons, and whether to do without a campaign that goes with no coupon (or
with nothing of the platform), are chosen so that the least is to be paid. For goods of one shop that choice is the best
there is; for those of several, coupons are chosen shop after shop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.benefits import Coupon, Deduction, Missed, Quote, Reason
from xiaoer.commerce.campaigns import FirstOrder, Gift, PercentOff, Reduction, SecondHalf
from xiaoer.commerce.effects import Effect, Line, effect_of, effect_of_coupon, fen
from xiaoer.commerce.offers import Buyer, Campaign, Freight, Offers

ORDER = (PercentOff, SecondHalf, Reduction, FirstOrder)
"""Rules in the order in which they count; all others take nothing off."""


@dataclass(frozen=True)
class _Choice:
    """What a customer can choose: coupons by scope, and to do without campaigns that stand in their way."""

    coupons: tuple[tuple[str, Coupon], ...] = ()
    without_couponless: bool = False
    without_platformless: bool = False

    def coupon(self, scope: str) -> Coupon | None:
        return dict(self.coupons).get(scope)


@dataclass
class _Bill:
    """A price on its way from the goods to what is to be paid."""

    lines: tuple[Line, ...]
    left: dict[str, int]
    couponless: set[str] = field(default_factory=set)
    platformless: set[str] = field(default_factory=set)
    couponed: set[str] = field(default_factory=set)
    deductions: list[Deduction] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    gifts: list[str] = field(default_factory=list)

    @property
    def to_pay(self) -> int:
        return sum(self.left.values())

    def left_of(self, lines: Sequence[Line]) -> int:
        return sum(self.left[line.sku_id] for line in lines)

    def take(self, lines: Sequence[Line], off: int) -> None:
        """Spread a deduction over lines by what is left of each, the fen that remain to the first."""
        total = self.left_of(lines)
        shares = {line.sku_id: off * self.left[line.sku_id] // total for line in lines}
        rest = off - sum(shares.values())
        for line in lines:
            more = min(rest, self.left[line.sku_id] - shares[line.sku_id])
            self.left[line.sku_id] -= shares[line.sku_id] + more
            rest -= more


def quote(lines: Sequence[Line], offers: Offers, *, now: datetime) -> Quote:
    """Return what goods cost.

    Args:
        lines: The goods, in any order; of a variant there may be several lines.
        offers: What can make them cheaper.
        now: The present moment.
    """
    merged = _merged(lines)
    usable = [coupon for coupon in offers.coupons if _unusable(coupon, now) is None]
    bills = [(choice, _bill(merged, offers, choice, now)) for choice in _choices(merged, offers, usable, now)]
    # Among equals: with fewer coupons, which are worth keeping, and always the same.
    _, best = min(bills, key=lambda pair: (pair[1].to_pay, len(pair[0].coupons), _key(pair[0])))
    freight = _freight(merged, offers.freights)
    return Quote(
        goods=_yuan(sum(line.amount for line in merged)),
        deductions=tuple(best.deductions),
        freight=_yuan(freight),
        payable=_yuan(best.to_pay + freight),
        missed=tuple(best.missed),
        gifts=tuple(best.gifts),
    )


def _key(choice: _Choice) -> tuple[bool, bool, list[str]]:
    ids = [coupon.coupon_id for _, coupon in choice.coupons]
    return choice.without_couponless, choice.without_platformless, ids


def _merged(lines: Sequence[Line]) -> tuple[Line, ...]:
    merged: dict[str, Line] = {}
    for line in lines:
        known = merged.get(line.sku_id)
        merged[line.sku_id] = line if known is None else replace(known, pieces=known.pieces + line.pieces)
    return tuple(merged[sku_id] for sku_id in sorted(merged))


def _yuan(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


def _freight(lines: Sequence[Line], freights: Mapping[str, Freight]) -> int:
    goods: dict[str, int] = {}
    for line in lines:
        goods[line.merchant_id] = goods.get(line.merchant_id, 0) + line.amount
    paying = [
        freights[shop] for shop, amount in goods.items() if shop in freights and amount < fen(freights[shop].free_from)
    ]
    return sum(fen(freight.amount) for freight in paying)


def _choices(lines: tuple[Line, ...], offers: Offers, usable: Sequence[Coupon], now: datetime) -> Iterator[_Choice]:
    shops = sorted({line.merchant_id for line in lines})
    rules = [campaign.rule for campaign in offers.campaigns if campaign.scope != PLATFORM]
    couponless = {False, bool(usable) and any(not rule.with_coupons for rule in rules)}
    platformless = {False, any(not rule.with_platform for rule in rules)}
    of_platform = [None, *(coupon for coupon in usable if coupon.scope == PLATFORM)]
    for without_c, without_p, coupon in product(sorted(couponless), sorted(platformless), of_platform):
        chosen = _Choice(((PLATFORM, coupon),) if coupon else (), without_c, without_p)
        if len(shops) == 1:
            yield chosen
            yield from (_with(chosen, each) for each in usable if each.scope == shops[0])
            continue
        for shop in shops:
            own = [chosen, *(_with(chosen, each) for each in usable if each.scope == shop)]
            chosen = min(own, key=lambda each: _bill(lines, offers, each, now).to_pay)
        yield chosen


def _with(choice: _Choice, coupon: Coupon) -> _Choice:
    return replace(choice, coupons=(*choice.coupons, (coupon.scope, coupon)))


def _bill(lines: tuple[Line, ...], offers: Offers, choice: _Choice, now: datetime) -> _Bill:
    bill = _Bill(lines, {line.sku_id: line.amount for line in lines})
    shops = sorted({line.merchant_id for line in lines})
    for scope in (*shops, PLATFORM):
        for campaign in sorted(offers.campaigns, key=_rank):
            if campaign.scope == scope and not isinstance(campaign.rule, Gift):
                _count_campaign(bill, campaign, choice, offers.buyer, now)
        _count_coupons(bill, [coupon for coupon in offers.coupons if coupon.scope == scope], choice.coupon(scope), now)
    for campaign in sorted(offers.campaigns, key=_rank):
        if campaign.scope in (*shops, PLATFORM) and isinstance(campaign.rule, Gift):
            _count_campaign(bill, campaign, choice, offers.buyer, now)
    return bill


def _rank(campaign: Campaign) -> tuple[int, str]:
    place = next((place for place, kind in enumerate(ORDER) if isinstance(campaign.rule, kind)), len(ORDER))
    return place, campaign.promotion_id


def _count_campaign(bill: _Bill, campaign: Campaign, choice: _Choice, buyer: Buyer, now: datetime) -> None:
    rule, of_platform = campaign.rule, campaign.scope == PLATFORM
    covered = [
        line
        for line in bill.lines
        if (of_platform or line.merchant_id == campaign.scope) and rule.covers(line.product_id, line.category)
    ]
    if isinstance(rule, FirstOrder) and not _is_first(rule, campaign.scope, buyer, now):
        _miss_campaign(bill, campaign, Effect(reason=Reason.FIRST_ORDER_ONLY))
        return
    if not covered:
        _miss_campaign(bill, campaign, Effect(reason=Reason.OTHER_PRODUCTS))
        return
    barred = bill.platformless if of_platform else set()
    if of_platform and not rule.with_coupons:
        barred = barred | bill.couponed
    free = [line for line in covered if line.sku_id not in barred]
    left_out = not of_platform and (
        (choice.without_couponless and not rule.with_coupons)
        or (choice.without_platformless and not rule.with_platform)
    )
    if not free or left_out:
        _miss_campaign(bill, campaign, Effect(reason=Reason.NOT_TOGETHER))
        return
    effect = effect_of(rule, free, bill.left_of(free))
    if effect.off:
        bill.take(free, effect.off)
        bill.deductions.append(Deduction(campaign.name, _yuan(effect.off), "promotion", campaign.promotion_id))
        bill.couponless |= set() if rule.with_coupons else {line.sku_id for line in free}
        bill.platformless |= set() if rule.with_platform else {line.sku_id for line in free}
    if effect.gift:
        bill.gifts.append(effect.gift)
    if effect.reason is not None:
        _miss_campaign(bill, campaign, effect)


def _is_first(rule: FirstOrder, scope: str, buyer: Buyer, now: datetime) -> bool:
    bought = bool(buyer.bought_at) if scope == PLATFORM else scope in buyer.bought_at
    since = buyer.registered_at
    return since is not None and not bought and now - since <= timedelta(days=rule.days)


def _miss_campaign(bill: _Bill, campaign: Campaign, effect: Effect) -> None:
    bill.missed.append(_missed(campaign.name, "promotion", campaign.promotion_id, effect))


def _missed(name: str, source: str, source_id: str, effect: Effect) -> Missed:
    return Missed(
        name,
        source,
        source_id,
        effect.reason or Reason.NOT_TOGETHER,
        yuan=None if effect.fen is None else _yuan(effect.fen),
        pieces=effect.pieces,
        gain=None if effect.gain is None else _yuan(effect.gain),
        gift=effect.next_gift,
    )


def _unusable(coupon: Coupon, now: datetime) -> Reason | None:
    if coupon.used_at is not None:
        return Reason.USED
    if coupon.ends_at <= now:
        return Reason.OVER
    return Reason.NOT_YET if coupon.starts_at > now else None


def _count_coupons(bill: _Bill, coupons: Sequence[Coupon], chosen: Coupon | None, now: datetime) -> None:
    # All are looked at before one is taken off: that the others reach no threshold after it is not the reason.
    effects = [(coupon, _coupon_effect(bill, coupon, now)) for coupon in sorted(coupons, key=_first_over)]
    for coupon, effect in effects:
        if effect.off and coupon == chosen:
            free = _couponable(bill, coupon)
            bill.take(free, effect.off)
            bill.couponed |= {line.sku_id for line in free}
            bill.deductions.append(Deduction(coupon.name, _yuan(effect.off), "coupon", coupon.coupon_id))
        else:
            bill.missed.append(_missed(coupon.name, "coupon", coupon.coupon_id, effect))


def _first_over(coupon: Coupon) -> tuple[datetime, str]:
    return coupon.ends_at, coupon.coupon_id


def _coupon_effect(bill: _Bill, coupon: Coupon, now: datetime) -> Effect:
    unusable = _unusable(coupon, now)
    if unusable is not None:
        return Effect(reason=unusable)
    if not any(_is_for(coupon, line) for line in bill.lines):
        return Effect(reason=Reason.OTHER_PRODUCTS)
    free = _couponable(bill, coupon)
    return effect_of_coupon(coupon, bill.left_of(free)) if free else Effect(reason=Reason.NOT_TOGETHER)


def _is_for(coupon: Coupon, line: Line) -> bool:
    own = coupon.scope in (PLATFORM, line.merchant_id)
    return own and (not coupon.products or line.product_id in coupon.products)


def _couponable(bill: _Bill, coupon: Coupon) -> list[Line]:
    barred = bill.couponless | (bill.platformless if coupon.scope == PLATFORM else set())
    return [line for line in bill.lines if _is_for(coupon, line) and line.sku_id not in barred]
