"""A merchant's own rules: more than the platform grants, never less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xiaoer.commerce.model import Liable
from xiaoer.commerce.policy.entries import CompensationRule, FreightRule, GoodsClass, MerchantFile, Term
from xiaoer.commerce.policy.errors import PolicyError

if TYPE_CHECKING:
    from xiaoer.commerce.policy.tables import Tables


def loosened(tables: Tables, own: MerchantFile, file: str) -> Tables:
    """Return the platform's tables with what a merchant grants beyond them.

    Args:
        tables: The platform's tables.
        own: The merchant's rules.
        file: Their file's name, for errors.

    Raises:
        PolicyError: If the merchant grants less anywhere, or names what is not there.
    """
    return replace(
        tables,
        version=f"{tables.version}+{own.version.isoformat()}",
        terms={**tables.terms, **{name: _term(tables.terms, own, name, file) for name in own.terms}},
        goods={**tables.goods, **{name: _goods(tables.goods, own, name, file) for name in own.goods}},
        freight=_freight(tables, own, file),
        compensation=_compensation(tables, own, file),
    )


def _term(terms: Mapping[str, Term], own: MerchantFile, name: str, file: str) -> Term:
    if name not in terms:
        raise PolicyError(file, f"terms: {name} is no time")
    old, new = terms[name], own.terms[name]
    term = Term(days=new.days, source=f"商家规则（{file}）")
    if term.days < old.days:
        raise PolicyError(file, f"terms: {name} tightens what {old.source} grants ({term.text} for {old.text})")
    return term


def _goods(classes: Mapping[str, GoodsClass], own: MerchantFile, name: str, file: str) -> GoodsClass:
    if name not in classes:
        raise PolicyError(file, f"goods: {name} is no class of goods")
    old, new = classes[name], own.goods[name]
    if new.rank < old.no_reason.rank:
        raise PolicyError(file, f"goods: {name} tightens what {old.source} grants ({new.value})")
    return old.copy(update={"no_reason": new})


def _freight(tables: Tables, own: MerchantFile, file: str) -> list[FreightRule]:
    rules = {rule.id: rule for rule in tables.freight}
    for name, payer in own.freight.items():
        if name not in rules:
            raise PolicyError(file, f"freight: {name} is no rule of freight")
        if payer is not Liable.MERCHANT or rules[name].payer not in (Liable.CUSTOMER, Liable.MERCHANT):
            raise PolicyError(file, f"freight: {name} can only pass from the customer to the merchant")
        rules[name] = rules[name].copy(update={"payer": payer})
    return list(rules.values())


def _compensation(tables: Tables, own: MerchantFile, file: str) -> list[CompensationRule]:
    rules = {rule.id: rule for rule in tables.compensation}
    for name, more in own.compensation.items():
        if name not in rules:
            raise PolicyError(file, f"compensation: {name} is no rule of compensation")
        old = rules[name]
        for field, value in more:
            if value is not None and value < (getattr(old, field) or Decimal("Infinity")):
                raise PolicyError(file, f"compensation: {name} tightens {field} ({value})")
        new = old.copy(update=more.dict(exclude_none=True))
        if new.most is not None and new.most < new.least:
            raise PolicyError(file, f"compensation: {name} pays at least more than at most")
        rules[name] = new
    return list(rules.values())
