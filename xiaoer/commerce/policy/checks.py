"""Mistakes that show only when the decision tables are seen together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xiaoer.commerce.policy.entries import Rule, When
from xiaoer.commerce.policy.errors import PolicyError
from xiaoer.commerce.policy.terms import Group

if TYPE_CHECKING:
    from xiaoer.commerce.policy.tables import Tables

CATEGORIES = frozenset({"clothing", "electronics", "food", "fresh", "cosmetics", "home", "books"})
"""Categories of products."""


def check_rules(tables: Tables) -> None:
    """Find what refers to nothing, is there twice, or can never hold.

    Raises:
        PolicyError: If there is such a rule, or a table has no last rule that fits always.
    """
    named: dict[str, Sequence[Rule]] = {
        "eligibility.yml": tables.eligibility,
        "liability.yml": tables.liability,
        "freight.yml": tables.freight,
        "compensation.yml": tables.compensation,
    }
    seen: set[str] = set()
    for file, rules in named.items():
        for number, rule in enumerate(rules):
            if rule.id in seen:
                raise PolicyError(file, f"{rule.id}: the id is given twice")
            seen.add(rule.id)
            _check_names(file, rule, tables)
            _check_reach(file, rule, rules[:number], tables)
        if file != "compensation.yml" and (not rules or rules[-1].when.conditions):
            raise PolicyError(file, "the last rule must fit always")
    if "ordinary" not in tables.goods:
        raise PolicyError("goods.yml", "needs the class ordinary")
    for task, codes in tables.offered.items():
        for code in codes:
            _known(code, tables.reasons, "reasons.yml", task, "reason code")
    if "usual" not in tables.offered:
        raise PolicyError("reasons.yml", "offered needs the list usual")


def _check_names(file: str, rule: Rule, tables: Tables) -> None:
    for code in rule.when.reasons or []:
        _known(code, tables.reasons, file, rule.id, "reason code")
    for name in rule.when.classes or []:
        _known(name, tables.goods, file, rule.id, "class of goods")
    for name in rule.when.categories or []:
        _known(name, CATEGORIES, file, rule.id, "category")
    for term in (rule.when.within, rule.when.after):
        if term is not None:
            _known(term, tables.terms, file, rule.id, "time")


def _known(name: str, names: Any, file: str, place: str, what: str) -> None:
    if name not in names:
        raise PolicyError(file, f"{place}: {name} is no {what}")


def _check_reach(file: str, rule: Rule, earlier: Sequence[Rule], tables: Tables) -> None:
    conditions = _effective(rule.when, tables)
    for name in ("reasons", "classes"):
        if conditions.get(name) == set():
            raise PolicyError(file, f"{rule.id}: can never hold, its conditions on {name} exclude each other")
    for other in earlier:
        if _covers(_effective(other.when, tables), conditions):
            raise PolicyError(file, f"{rule.id}: can never hold, {other.id} comes before it and fits all it fits")


def _effective(when: When, tables: Tables) -> dict[str, Any]:
    """Return the conditions with lists as sets, reasons narrowed by groups, and classes by returning without a reason.

    Classes are not narrowed for comparing rules: a merchant may change what a class grants.
    """
    found = {name: set(value) if isinstance(value, list) else value for name, value in when.conditions.items()}
    groups = found.pop("groups", None)
    if groups is not None:
        codes = {code for code, reason in tables.reasons.items() if reason.group in groups}
        codes |= {""} if Group.UNSTATED in groups else set()
        found["reasons"] = codes & found["reasons"] if "reasons" in found else codes
    return found


def _covers(earlier: dict[str, Any], later: dict[str, Any]) -> bool:
    return all(
        name in later and (later[name] <= wanted if isinstance(wanted, set) else later[name] == wanted)
        for name, wanted in earlier.items()
    )
