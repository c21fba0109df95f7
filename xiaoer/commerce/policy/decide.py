"""Deciding an after-sale wish by the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TypeVar

from xiaoer.clock import local_day
from xiaoer.commerce.model import AfterSaleKind, Liable
from xiaoer.commerce.policy.decision import Decision
from xiaoer.commerce.policy.entries import EligibilityRule, Rule
from xiaoer.commerce.policy.facts import CaseFacts
from xiaoer.commerce.policy.situation import Situation, drop_of, holds, limit_of, situations
from xiaoer.commerce.policy.tables import Tables
from xiaoer.commerce.policy.terms import Outcome
from xiaoer.commerce.refundable import FEN, worth

AnyRule = TypeVar("AnyRule", bound=Rule)
Fired = tuple[EligibilityRule, Situation]


def decide(facts: CaseFacts, tables: Tables) -> Decision:
    """Return what the tables say of a wish.

    Each position is decided by the first rule that fits it; the wish is granted where every position is.

    Args:
        facts: What is known.
        tables: The tables of the merchant who sold.
    """
    fired = _eligibility(facts, tables)
    deciding = _deciding(fired, tables)
    rule, situation = deciding
    allowed = rule.then is Outcome.GRANT
    liability = first(tables.liability, situation, tables)
    reason = tables.reasons.get(situation.reason)
    liable = liability.liable or (Liable.CUSTOMER if reason is None else reason.liable)
    situation = replace(situation, liable=liable)
    ids = [rule.id, *(each.id for each, _ in fired if each.then is rule.then), liability.id]
    payer = Liable.NONE
    if allowed:
        freight = first(tables.freight, situation, tables)
        payer = freight.payer
        ids.append(freight.id)
    amount = _amount(facts) if allowed else Decimal(0)
    compensation, paid_by = _compensation(situation, [each for _, each in fired], tables)
    return Decision(
        allowed=allowed,
        rules=tuple(dict.fromkeys([*ids, *paid_by])),
        sentence=_sentence(rule, situation, tables, amount),
        liable=liable,
        freight_payer=payer,
        evidence_needed=allowed and _needs_picture(facts, tables),
        amount=amount,
        compensation=compensation,
        alternatives=_alternatives(rule, facts, tables),
        version=tables.version,
    )


def first(rules: Sequence[AnyRule], situation: Situation, tables: Tables) -> AnyRule:
    """Return the first rule that fits; the last of every table fits always."""
    return next(rule for rule in rules if holds(rule.when, situation, tables))


def _eligibility(facts: CaseFacts, tables: Tables) -> list[Fired]:
    return [(first(tables.eligibility, each, tables), each) for each in situations(facts, tables)]


def _deciding(fired: Sequence[Fired], tables: Tables) -> Fired:
    """Return the first refusal, or else the grant that ends first."""
    refused = [each for each in fired if each[0].then is Outcome.REFUSE]
    if refused:
        return refused[0]

    def end(each: Fired) -> float:
        limit = limit_of(each[0].when, each[1], tables)
        return float("inf") if limit is None else limit.timestamp()

    return min(fired, key=end)


def _needs_picture(facts: CaseFacts, tables: Tables) -> bool:
    reason = tables.reasons.get(facts.reason_code)
    return reason is not None and reason.picture and facts.kind is not AfterSaleKind.PRICE_PROTECTION


def _amount(facts: CaseFacts) -> Decimal:
    """Return the yuan that go back at most, in whole fen: never more than cases have left of what was paid."""
    pieces = {each.line.line_id: each.quantity for each in facts.lines}
    drops = {each.line.line_id: drop_of(each) for each in facts.lines}
    most = worth(facts.order, facts.cases, facts.kind, pieces, drops, reason=facts.reason_code)
    return most.total.quantize(FEN, ROUND_DOWN)


def _compensation(
    deciding: Situation, everything: Sequence[Situation], tables: Tables
) -> tuple[tuple[Decimal, Decimal] | None, list[str]]:
    """Return least and most yuan by the first rule that fits a position, for all positions that it fits, and its id."""
    for rule in tables.compensation:
        fitting = [each for each in everything if holds(rule.when, replace(each, liable=deciding.liable), tables)]
        if fitting:
            price = sum((each.price for each in fitting), Decimal(0))
            most = max(price * rule.percent / 100, rule.least)
            capped = most if rule.most is None else min(most, rule.most)
            return (rule.least.quantize(FEN), capped.quantize(FEN, ROUND_DOWN)), [rule.id]
    return None, []


def _alternatives(rule: EligibilityRule, facts: CaseFacts, tables: Tables) -> tuple[AfterSaleKind, ...]:
    """Return those of a rule's alternatives that are granted themselves."""
    return tuple(
        kind
        for kind in rule.alternatives
        if kind is not facts.kind
        and all(each.then is Outcome.GRANT for each, _ in _eligibility(replace(facts, kind=kind), tables))
    )


def _sentence(rule: EligibilityRule, situation: Situation, tables: Tables, amount: Decimal) -> str:
    limit = limit_of(rule.when, situation, tables)
    name = rule.when.within or rule.when.after
    goods, now = tables.goods[situation.goods_class], situation.now
    return rule.sentence.format(
        received="" if situation.received_at is None else _day(situation.received_at, now),
        until="" if limit is None else _end(limit, now),
        over="" if limit is None else _over(situation.now - limit),
        limit="" if name is None else tables.terms[name].text,
        goods=goods.label,
        why=goods.why,
        amount=_yuan(amount),
        bought_at=_yuan(situation.bought_at),
        now_at=_yuan(situation.now_at),
    )


def _day(moment: datetime, now: datetime) -> str:
    """Return a day in Shanghai, with its year where that is not the present one."""
    day = local_day(moment)
    year = "" if day.year == local_day(now).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _end(limit: datetime, now: datetime) -> str:
    """Return the end of a time as people say it: midnight is 24点 of the day before."""
    return f"{_day(limit - timedelta(seconds=1), now)}24点"


def _over(passed: timedelta) -> str:
    """Return how long a time has been over, begun days and hours counted."""
    hours = max(-(-passed // timedelta(hours=1)), 1)
    return f"{-(-hours // 24)}天" if hours >= 24 else f"{hours}小时"


def _yuan(amount: Decimal) -> str:
    """Return yuan without needless zeros."""
    text = f"{amount:.2f}"
    return text.rstrip("0").rstrip(".")
